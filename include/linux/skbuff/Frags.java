// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.mm.Mm.get_page;
import static linux.mm.Mm.put_page;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;

import linux.mm.page;

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
}
