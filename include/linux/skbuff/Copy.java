// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.skbuff.Alloc.__alloc_skb;
import static linux.skbuff.Alloc.__kmalloc_reserve;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Bits.skb_copy_from_linear_data;
import static linux.skbuff.Clone.__copy_skb_header;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_shared;
import static linux.skbuff.Data.skb_end_offset;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Data.skb_tail_pointer;
import static linux.skbuff.Frags.skb_frag_ref;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.skb_clone_fraglist;
import static linux.skbuff.Free.skb_free_head;
import static linux.skbuff.Free.skb_release_data;
import static linux.skbuff.Headers.skb_mac_header_was_set;
import static linux.skbuff.Meta.skb_pfmemalloc;
import static linux.skbuff.SkbConst.SKB_ALLOC_FCLONE;
import static linux.skbuff.SkbConst.SKB_ALLOC_RX;
import static linux.skbuff.Truesize.SKB_DATA_ALIGN;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;

/**
 * Copies of a packet and of its linear part. {@code skb_copy} copies every byte into one linear packet; the names
 * with a p (for "partial" or "paged") copy the linear part only and share the pages.
 */
public final class Copy {
    private Copy() {}

    // ---- include/linux/skbuff.h ----

    /** A copy with the pages shared. @param headroom of the copy */
    public static sk_buff __pskb_copy(sk_buff skb, int headroom, int gfp_mask) {
        return __pskb_copy_fclone(skb, headroom, gfp_mask, false);
    }

    /** A copy with the pages shared. */
    public static sk_buff pskb_copy(sk_buff skb, int gfp_mask) {
        return __pskb_copy(skb, skb_headroom(skb), gfp_mask);
    }

    /** {@link #pskb_copy} of which a clone will be made soon. */
    public static sk_buff pskb_copy_for_clone(sk_buff skb, int gfp_mask) {
        return __pskb_copy_fclone(skb, skb_headroom(skb), gfp_mask, true);
    }

    // ---- net/core/skbuff.c ----

    /** The bytes have moved by {@code off} within {@code head}, so the headers have, too. */
    static void skb_headers_offset_update(sk_buff skb, int off) {
        if (skb.ip_summed == CHECKSUM_PARTIAL) {
            skb.csum_start = skb.csum_start + off & 0xffff;
        }
        skb.transport_header = skb.transport_header + off & 0xffff;
        skb.network_header = skb.network_header + off & 0xffff;
        if (skb_mac_header_was_set(skb)) {
            skb.mac_header = skb.mac_header + off & 0xffff;
        }
        skb.inner_transport_header = skb.inner_transport_header + off & 0xffff;
        skb.inner_network_header = skb.inner_network_header + off & 0xffff;
        skb.inner_mac_header = skb.inner_mac_header + off & 0xffff;
    }

    /** Copies what layers have noted and how the packet is to be cut into segments. */
    public static void copy_skb_header(sk_buff new_, sk_buff old) {
        __copy_skb_header(new_, old);

        new_.shinfo.gso_size = old.shinfo.gso_size;
        new_.shinfo.gso_segs = old.shinfo.gso_segs;
        new_.shinfo.gso_type = old.shinfo.gso_type;
    }

    /** A copy of a packet that was allowed to use the reserves may do so, too. */
    static int skb_alloc_rx_flag(sk_buff skb) {
        if (skb_pfmemalloc(skb)) {
            return SKB_ALLOC_RX;
        }
        return 0;
    }

    /** A copy of its own with all bytes in the linear part, headroom included. @return null: no memory */
    public static sk_buff skb_copy(sk_buff skb, int gfp_mask) {
        int headerlen = skb_headroom(skb);
        int size = skb_end_offset(skb) + skb.data_len;
        sk_buff n = __alloc_skb(size, gfp_mask, skb_alloc_rx_flag(skb));

        if (n == null) {
            return null;
        }

        skb_reserve(n, headerlen);
        skb_put(n, skb.len);

        if (skb_copy_bits(skb, -headerlen, n.head, 0, headerlen + skb.len) != 0) {
            BUG();
        }

        copy_skb_header(n, skb);
        return n;
    }

    /**
     * A copy of the linear part, sharing pages and frag_list: for one who only writes to the header.
     *
     * @param headroom of the copy
     * @param fclone make it a pair
     * @return null: no memory
     */
    public static sk_buff __pskb_copy_fclone(sk_buff skb, int headroom, int gfp_mask, boolean fclone) {
        int size = skb_headlen(skb) + headroom;
        int flags = skb_alloc_rx_flag(skb) | (fclone ? SKB_ALLOC_FCLONE : 0);
        sk_buff n = __alloc_skb(size, gfp_mask, flags);

        if (n == null) {
            return null;
        }

        skb_reserve(n, headroom);
        skb_put(n, skb_headlen(skb));
        skb_copy_from_linear_data(skb, n.head, n.data, n.len);

        n.truesize += skb.data_len;
        n.data_len = skb.data_len;
        n.len = skb.len;

        if (skb.shinfo.nr_frags != 0) {
            int i;

            for (i = 0; i < skb.shinfo.nr_frags; i++) {
                n.shinfo.frags(i).copy(skb.shinfo.frags(i));
                skb_frag_ref(skb, i);
            }
            n.shinfo.nr_frags = i;
        }

        if (skb_has_frag_list(skb)) {
            n.shinfo.frag_list = skb.shinfo.frag_list;
            skb_clone_fraglist(n);
        }

        copy_skb_header(n, skb);
        return n;
    }

    /**
     * Moves the linear part to new memory with more room; pages stay. Afterwards nothing is shared with a clone any
     * more. {@code truesize} is left alone: who is charged for the packet has to see to that. Offsets into {@code
     * head} that were taken before are wrong.
     *
     * @param nhead more headroom, in bytes
     * @param ntail more tailroom, at least
     * @return 0, or {@code -ENOMEM} and the packet is as it was
     */
    public static int pskb_expand_head(sk_buff skb, int nhead, int ntail, int gfp_mask) {
        int i;
        byte[] data;
        int size = nhead + skb_end_offset(skb) + ntail;
        skb_shared_info shinfo = skb.shinfo;

        BUG_ON(nhead < 0);

        if (skb_shared(skb)) {
            BUG();
        }

        size = SKB_DATA_ALIGN(size);

        if (skb_pfmemalloc(skb)) {
            gfp_mask |= __GFP_MEMALLOC;
        }
        data = __kmalloc_reserve(size + SKB_DATA_ALIGN(skb_shared_info.SIZE), gfp_mask, null);
        if (data == null) {
            return -ENOMEM;
        }
        size = data.length;

        System.arraycopy(skb.head, 0, data, nhead, skb_tail_pointer(skb));

        if (skb_cloned(skb)) {
            shinfo = new skb_shared_info();
            shinfo.copy(skb.shinfo);

            for (i = 0; i < skb.shinfo.nr_frags; i++) {
                skb_frag_ref(skb, i);
            }

            if (skb_has_frag_list(skb)) {
                skb_clone_fraglist(skb);
            }

            skb_release_data(skb);
        } else {
            skb_free_head(skb);
        }

        skb.head = data;
        skb.head_frag = false;
        skb.headPage = null;
        skb.shinfo = shinfo;
        skb.data += nhead;
        skb.end = size;
        skb.tail += nhead;
        skb_headers_offset_update(skb, nhead);
        skb.cloned = false;
        skb.hdr_len = 0;
        skb.nohdr = false;
        skb.shinfo.dataref = 1;
        return 0;
    }

    /** A packet over the same data with a writable header and at least {@code headroom}. @return null: no memory */
    public static sk_buff skb_realloc_headroom(sk_buff skb, int headroom) {
        sk_buff skb2;
        int delta = headroom - skb_headroom(skb);

        if (delta <= 0) {
            skb2 = pskb_copy(skb, GFP_ATOMIC);
        } else {
            skb2 = skb_clone(skb, GFP_ATOMIC);
            if (skb2 != null && pskb_expand_head(skb2, SKB_DATA_ALIGN(delta), 0, GFP_ATOMIC) != 0) {
                kfree_skb(skb2);
                skb2 = null;
            }
        }
        return skb2;
    }

    /** A linear copy of its own with as much room in front and behind as is asked for. @return null: no memory */
    public static sk_buff skb_copy_expand(sk_buff skb, int newheadroom, int newtailroom, int gfp_mask) {
        sk_buff n = __alloc_skb(newheadroom + skb.len + newtailroom, gfp_mask, skb_alloc_rx_flag(skb));
        int oldheadroom = skb_headroom(skb);
        int head_copy_len;
        int head_copy_off;

        if (n == null) {
            return null;
        }

        skb_reserve(n, newheadroom);

        skb_put(n, skb.len);

        head_copy_len = oldheadroom;
        head_copy_off = 0;
        if (newheadroom <= head_copy_len) {
            head_copy_len = newheadroom;
        } else {
            head_copy_off = newheadroom - head_copy_len;
        }

        if (skb_copy_bits(skb, -head_copy_len, n.head, head_copy_off, skb.len + head_copy_len) != 0) {
            BUG();
        }

        copy_skb_header(n, skb);

        skb_headers_offset_update(n, newheadroom - oldheadroom);

        return n;
    }
}
