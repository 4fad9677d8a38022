// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.kernel.Kernel.ALIGN;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.skbuff.Alloc.newSkb;
import static linux.skbuff.Alloc.revive;
import static linux.skbuff.Cb.copyCb;
import static linux.skbuff.Copy.pskb_expand_head;
import static linux.skbuff.Copy.skb_copy;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.skb_release_all;
import static linux.skbuff.Meta.skb_copy_hash;
import static linux.skbuff.Meta.skb_copy_queue_mapping;
import static linux.skbuff.Meta.skb_pfmemalloc;
import static linux.skbuff.SkbConst.SKB_DATAREF_MASK;
import static linux.skbuff.SkbConst.SKB_DATAREF_SHIFT;
import static linux.skbuff.Truesize.NET_SKB_PAD;
import static linux.skbuff.sk_buff.SKB_FCLONE_CLONE;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static net.dst.Dst.skb_dst_copy;

import linux.gfp.Gfp;

/**
 * Clones: several sk_buffs over the same bytes, and who may write to them. Nobody may write what another can see:
 * who wants to asks {@link #skb_cloned} and makes a copy first ({@link #skb_unclone}, {@link #skb_cow}).
 *
 * <p>TCP's send queue is the exception that makes it cheap. The packet on the queue declares with {@link
 * #skb_header_release} that it will never look at the header, so its clone, on the way out, may write TCP, IP and
 * link header in front of bytes that both share: {@link #skb_header_cloned} says so.
 */
public final class Clone {
    private Clone() {}

    // ---- include/linux/skbuff.h ----

    /** Are the bytes shared with another sk_buff? */
    public static boolean skb_cloned(sk_buff skb) {
        return skb.cloned && (skb.shinfo.dataref & SKB_DATAREF_MASK) != 1;
    }

    /** Makes sure that the bytes are the packet's own. @return 0 or {@code -ENOMEM} */
    public static int skb_unclone(sk_buff skb, int pri) {
        if (skb_cloned(skb)) {
            return pskb_expand_head(skb, 0, 0, pri);
        }

        return 0;
    }

    /** Does somebody else rely on the header? Those who have released it do not count. */
    public static boolean skb_header_cloned(sk_buff skb) {
        int dataref;

        if (!skb.cloned) {
            return false;
        }

        dataref = skb.shinfo.dataref;
        dataref = (dataref & SKB_DATAREF_MASK) - (dataref >> SKB_DATAREF_SHIFT);
        return dataref != 1;
    }

    /** From now on only the payload matters to this packet: clones may write to the header. */
    public static void skb_header_release(sk_buff skb) {
        BUG_ON(skb.nohdr);
        skb.nohdr = true;
        skb.shinfo.dataref += 1 << SKB_DATAREF_SHIFT;
    }

    /** Has the sk_buff itself, not just its bytes, another user? */
    public static boolean skb_shared(sk_buff skb) {
        return skb.users != 1;
    }

    /** Gives up a shared packet for a clone of one's own. @return the packet to go on with; null: no memory */
    public static sk_buff skb_share_check(sk_buff skb, int pri) {
        if (skb_shared(skb)) {
            sk_buff nskb = skb_clone(skb, pri);

            if (nskb != null) {
                consume_skb(skb);
            } else {
                kfree_skb(skb);
            }
            skb = nskb;
        }
        return skb;
    }

    /** Gives up a clone for a copy of one's own. @return the packet to go on with; null: no memory */
    public static sk_buff skb_unshare(sk_buff skb, int pri) {
        if (skb_cloned(skb)) {
            sk_buff nskb = skb_copy(skb, pri);

            kfree_skb(skb);
            skb = nskb;
        }
        return skb;
    }

    /** May the first {@code len} bytes be written to? In a clone they may if they were header to the original. */
    public static boolean skb_clone_writable(sk_buff skb, int len) {
        return !skb_header_cloned(skb) && leU32(skb_headroom(skb) + len, skb.hdr_len);
    }

    static int __skb_cow(sk_buff skb, int headroom, boolean cloned) {
        int delta = 0;

        if (gtU32(headroom, skb_headroom(skb))) {
            delta = headroom - skb_headroom(skb);
        }

        if (delta != 0 || cloned) {
            return pskb_expand_head(skb, ALIGN(delta, NET_SKB_PAD), 0, GFP_ATOMIC);
        }
        return 0;
    }

    /** Makes the linear part writable, with at least {@code headroom} in front. @return 0 or {@code -ENOMEM} */
    public static int skb_cow(sk_buff skb, int headroom) {
        return __skb_cow(skb, headroom, skb_cloned(skb));
    }

    /** {@link #skb_cow} for one who writes to the header only. */
    public static int skb_cow_head(sk_buff skb, int headroom) {
        return __skb_cow(skb, headroom, skb_header_cloned(skb));
    }

    // ---- net/core/skbuff.c ----

    /** {@code skb + 1} of the first of a pair: where a clone lives for which nothing has to be allocated. */
    public static sk_buff companion(sk_buff skb) {
        sk_buff n = skb.companion;

        if (n == null) {
            n = skb.companion = new sk_buff();
            n.companion = skb;
            n.freed = true;
        }
        return n;
    }

    /** Copies what layers have noted; not the bytes, nor the lengths, nor who owns the packet. */
    static void __copy_skb_header(sk_buff new_, sk_buff old) {
        new_.tstamp = old.tstamp;
        new_.dev = old.dev;
        new_.transport_header = old.transport_header;
        new_.network_header = old.network_header;
        new_.mac_header = old.mac_header;
        new_.inner_transport_header = old.inner_transport_header;
        new_.inner_network_header = old.inner_network_header;
        new_.inner_mac_header = old.inner_mac_header;
        skb_dst_copy(new_, old);
        skb_copy_hash(new_, old);
        new_.ooo_okay = old.ooo_okay;
        new_.encapsulation = old.encapsulation;
        copyCb(new_, old);
        new_.csum = old.csum;
        new_.csum_start = old.csum_start;
        new_.csum_offset = old.csum_offset;
        new_.local_df = old.local_df;
        new_.pkt_type = old.pkt_type;
        new_.ip_summed = old.ip_summed;
        skb_copy_queue_mapping(new_, old);
        new_.priority = old.priority;
        new_.pfmemalloc = old.pfmemalloc;
        new_.protocol = old.protocol;
        new_.mark = old.mark;
        new_.reserved_tailroom = old.reserved_tailroom;
        new_.skb_iif = old.skb_iif;
    }

    /** Makes {@code n} a clone of {@code skb}. */
    static sk_buff __skb_clone(sk_buff n, sk_buff skb) {
        n.next = n.prev = null;
        n.sk = null;
        __copy_skb_header(n, skb);

        n.len = skb.len;
        n.data_len = skb.data_len;
        n.mac_len = skb.mac_len;
        n.hdr_len = skb.nohdr ? skb_headroom(skb) : skb.hdr_len;
        n.cloned = true;
        n.nohdr = false;
        n.destructor = null;
        n.tail = skb.tail;
        n.end = skb.end;
        n.head = skb.head;
        n.headPage = skb.headPage;
        n.shinfo = skb.shinfo;
        n.head_frag = skb.head_frag;
        n.data = skb.data;
        n.truesize = skb.truesize;
        n.users = 1;

        skb.shinfo.dataref++;
        skb.cloned = true;

        return n;
    }

    /** {@code dst} lets go of all that it has and becomes a clone of {@code src}. */
    public static sk_buff skb_morph(sk_buff dst, sk_buff src) {
        skb_release_all(dst);
        return __skb_clone(dst, src);
    }

    /**
     * A second sk_buff over the same bytes, with one user and no owner. Of a pair the second half is taken, if it
     * is not in use.
     *
     * @return null: no memory
     */
    public static sk_buff skb_clone(sk_buff skb, int gfp_mask) {
        sk_buff n;

        if (skb.fclone == SKB_FCLONE_ORIG && (n = companion(skb)).fclone == SKB_FCLONE_UNAVAILABLE) {
            n.fclone = SKB_FCLONE_CLONE;
            skb.fclone_ref++;
            revive(n);
        } else {
            if (skb_pfmemalloc(skb)) {
                gfp_mask |= __GFP_MEMALLOC;
            }

            if (Gfp.fails(gfp_mask)) {
                return null;
            }

            n = newSkb();
            n.fclone = SKB_FCLONE_UNAVAILABLE;
        }

        return __skb_clone(n, skb);
    }
}
