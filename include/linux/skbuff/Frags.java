// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOMEM;
import static linux.kernel.Kernel.min;
import static linux.mm.Mm.get_page;
import static linux.mm.Mm.put_page;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static linux.skbuff.Skel_others.sk_page_frag_refill;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;

import linux.mm.page;
import linux.mm.page_frag;
import linux.sched.Sched;
import net.ip.GetFrag;
import net.sock.sock;

/**
 * The pieces of pages that hang on a packet. Most of what TCP sends is there: sendmsg copies the application's
 * bytes into a page and adds one piece after the other ({@code tcp_sendmsg}). Each piece holds one reference on
 * its page.
 */
public final class Frags {
    private Frags() {}

    public static int skb_frag_size(skb_frag_t frag) {
        return frag.size;
    }

    public static void skb_frag_size_set(skb_frag_t frag, int size) {
        frag.size = size;
    }

    public static void skb_frag_size_add(skb_frag_t frag, int delta) {
        frag.size += delta;
    }

    public static void skb_frag_size_sub(skb_frag_t frag, int delta) {
        frag.size -= delta;
    }

    /** Piece {@code i} becomes {@code size} bytes of a page; the page's count is up to the caller. */
    public static void __skb_fill_page_desc(sk_buff skb, int i, page page, int off, int size) {
        skb_frag_t frag = skb.shinfo.frags(i);

        frag.page = page;
        frag.page_offset = off;
        skb_frag_size_set(frag, size);
    }

    /** {@link #__skb_fill_page_desc} for the last piece: the packet has {@code i + 1} now. */
    public static void skb_fill_page_desc(sk_buff skb, int i, page page, int off, int size) {
        __skb_fill_page_desc(skb, i, page, off, size);
        skb.shinfo.nr_frags = i + 1;
    }

    public static page skb_frag_page(skb_frag_t frag) {
        return frag.page;
    }

    public static void __skb_frag_ref(skb_frag_t frag) {
        get_page(skb_frag_page(frag));
    }

    /** One more holds the page of piece {@code f}. */
    public static void skb_frag_ref(sk_buff skb, int f) {
        __skb_frag_ref(skb.shinfo.frags(f));
    }

    public static void __skb_frag_unref(skb_frag_t frag) {
        put_page(skb_frag_page(frag));
    }

    /** Gives back the page of piece {@code f}. */
    public static void skb_frag_unref(sk_buff skb, int f) {
        __skb_frag_unref(skb.shinfo.frags(f));
    }

    /**
     * Do the bytes at {@code off} of {@code page} continue the last piece? Then it can grow instead of another
     * being added.
     *
     * @param i how many pieces the packet has
     */
    public static boolean skb_can_coalesce(sk_buff skb, int i, page page, int off) {
        if (i != 0) {
            skb_frag_t frag = skb.shinfo.frags(i - 1);

            return page == skb_frag_page(frag) && off == frag.page_offset + skb_frag_size(frag);
        }
        return false;
    }

    /** May somebody else write to a page while the packet is being sent ({@code sendfile})? */
    public static boolean skb_has_shared_frag(sk_buff skb) {
        return skb_is_nonlinear(skb) && (skb.shinfo.tx_flags & SKBTX_SHARED_FRAG) != 0;
    }

    public static boolean skb_has_frag_list(sk_buff skb) {
        return skb.shinfo.frag_list != null;
    }

    public static void skb_frag_list_init(sk_buff skb) {
        skb.shinfo.frag_list = null;
    }

    // ---- net/core/skbuff.c ----

    /**
     * Adds {@code length} bytes of a datagram in pieces of the pages that the calling task is filling, and charges the
     * socket for them.
     *
     * @param from passed on to {@code getfrag}, which copies
     * @return 0; {@code -EMSGSIZE}: no place for another piece; {@code -ENOMEM}; {@code -EFAULT}. What was added
     *     before an error stays.
     */
    public static int skb_append_datato_frags(sock sk, sk_buff skb, GetFrag getfrag, Object from, int length) {
        int frg_cnt = skb.shinfo.nr_frags;
        int copy;
        int offset = 0;
        int ret;
        page_frag pfrag = Sched.current.task_frag;

        do {
            if (frg_cnt >= MAX_SKB_FRAGS) {
                return -EMSGSIZE;
            }

            if (!sk_page_frag_refill(sk, pfrag)) {
                return -ENOMEM;
            }

            copy = min(length, pfrag.size - pfrag.offset);

            ret = getfrag.call(from, pfrag.page.data, pfrag.offset, offset, copy, 0, skb);
            if (ret < 0) {
                return -EFAULT;
            }

            skb_fill_page_desc(skb, frg_cnt, pfrag.page, pfrag.offset, copy);
            frg_cnt++;
            pfrag.offset += copy;
            get_page(pfrag.page);

            skb.truesize += copy;
            sk.sk_wmem_alloc += copy;
            skb.len += copy;
            skb.data_len += copy;
            offset += copy;
            length -= copy;

        } while (length > 0);

        return 0;
    }
}
