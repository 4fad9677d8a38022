// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.printk.Printk.net_warn_ratelimited;
import static linux.skbuff.Alloc.__alloc_skb;
import static linux.skbuff.Bits.skb_copy_from_linear_data_offset;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Checksum.skb_copy_and_csum_bits;
import static linux.skbuff.Clone.__copy_skb_header;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_cow_head;
import static linux.skbuff.Copy.skb_alloc_rx_flag;
import static linux.skbuff.Copy.skb_headers_offset_update;
import static linux.skbuff.Data.__skb_push;
import static linux.skbuff.Data.__skb_put;
import static linux.skbuff.Data.skb_end_offset;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.__skb_frag_ref;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.Frags.skb_frag_size_sub;
import static linux.skbuff.Frags.skb_has_frag_list;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.kfree_skb_list;
import static linux.skbuff.Free.skb_release_head_state;
import static linux.skbuff.Headers.skb_mac_header;
import static linux.skbuff.Headers.skb_reset_mac_len;
import static linux.skbuff.Paged.pskb_trim;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static linux.skbuff.Skel_others.NETIF_F_FRAGLIST;
import static linux.skbuff.Skel_others.NETIF_F_SG;
import static linux.skbuff.Skel_others.can_checksum_protocol;
import static linux.skbuff.Skel_others.skb_network_protocol;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.ERR_PTR;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;

import linux.compiler.IntRef;

/**
 * Cutting a large packet into segments for a device that cannot. TCP sends up to 64 KB as one packet with {@code
 * gso_size} set; {@code dev_hard_start_xmit} has it cut just before the driver, by way of the protocols'
 * {@code gso_segment}: {@code inet_gso_segment} and {@code tcp_gso_segment}, which puts the headers right that
 * {@link #skb_segment} has copied.
 */
public final class Gso {
    private Gso() {}

    // ---- include/linux/skbuff.h ----

    /** Must the packet be made linear for a device that can do no more than {@code features}? */
    public static boolean skb_needs_linearize(sk_buff skb, long features) {
        return skb_is_nonlinear(skb)
                && ((skb_has_frag_list(skb) && (features & NETIF_F_FRAGLIST) == 0)
                        || (skb.shinfo.nr_frags != 0 && (features & NETIF_F_SG) == 0));
    }

    public static skb_gso_cb SKB_GSO_CB(sk_buff skb) {
        skb_gso_cb cb = skb.gso_cb;
        if (cb == null) {
            cb = skb.gso_cb = new skb_gso_cb();
        }
        return cb;
    }

    /** Length of the headers that a tunnel has put in front of the link header that is looked at. */
    public static int skb_tnl_header_len(sk_buff inner_skb) {
        return skb_mac_header(inner_skb) - SKB_GSO_CB(inner_skb).mac_offset;
    }

    /** Does the packet stand for several segments? */
    public static boolean skb_is_gso(sk_buff skb) {
        return skb.shinfo.gso_size != 0;
    }

    // ---- net/core/skbuff.c ----

    /**
     * Cuts the payload into pieces of {@code gso_size} bytes, each with a copy of all headers in front. Linear bytes
     * are copied, pages are shared. A packet that receive coalescing has put together comes apart at the same
     * places.
     *
     * @param head_skb its data begin behind the headers; afterwards at the link header
     * @param features {@code NETIF_F_*} of the device: without SG the segments are linear, and summed up when there
     *     is no checksum offload for the protocol
     * @return the first segment, {@code next} links them; or an error pointer: {@code -EINVAL}, {@code -ENOMEM}
     */
    public static sk_buff skb_segment(sk_buff head_skb, long features) {
        sk_buff segs = null;
        sk_buff tail = null;
        sk_buff list_skb = head_skb.shinfo.frag_list;
        int mss = head_skb.shinfo.gso_size;
        int doffset = head_skb.data - skb_mac_header(head_skb);
        sk_buff frag_skb = head_skb;
        int offset = doffset;
        int tnl_hlen = skb_tnl_header_len(head_skb);
        int headroom;
        int len;
        int proto;
        boolean csum;
        boolean sg = (features & NETIF_F_SG) != 0;
        int nfrags = head_skb.shinfo.nr_frags;
        int err = -ENOMEM;
        int i = 0;
        int pos;
        IntRef dummy = new IntRef();

        __skb_push(head_skb, doffset);
        proto = skb_network_protocol(head_skb, dummy);
        if (proto == 0) {
            return ERR_PTR(-EINVAL);
        }

        csum = can_checksum_protocol(features, proto);

        headroom = skb_headroom(head_skb);
        pos = skb_headlen(head_skb);

        err:
        {
            do {
                sk_buff nskb;
                int hsize;
                int size;

                len = head_skb.len - offset;
                if (len > mss) {
                    len = mss;
                }

                hsize = skb_headlen(head_skb) - offset;
                if (hsize < 0) {
                    hsize = 0;
                }
                if (hsize > len || !sg) {
                    hsize = len;
                }

                // Here and below, C's pointer frag is frag_skb.shinfo.frags(i).
                if (hsize == 0
                        && i >= nfrags
                        && skb_headlen(list_skb) != 0
                        && (skb_headlen(list_skb) == len || sg)) {
                    BUG_ON(skb_headlen(list_skb) > len);

                    i = 0;
                    nfrags = list_skb.shinfo.nr_frags;
                    frag_skb = list_skb;
                    pos += skb_headlen(list_skb);

                    while (pos < offset + len) {
                        BUG_ON(i >= nfrags);

                        size = skb_frag_size(frag_skb.shinfo.frags(i));
                        if (pos + size > offset + len) {
                            break;
                        }

                        i++;
                        pos += size;
                    }

                    nskb = skb_clone(list_skb, GFP_ATOMIC);
                    list_skb = list_skb.next;

                    if (nskb == null) {
                        break err;
                    }

                    if (pskb_trim(nskb, len) != 0) {
                        kfree_skb(nskb);
                        break err;
                    }

                    hsize = skb_end_offset(nskb);
                    if (skb_cow_head(nskb, doffset + headroom) != 0) {
                        kfree_skb(nskb);
                        break err;
                    }

                    nskb.truesize += skb_end_offset(nskb) - hsize;
                    skb_release_head_state(nskb);
                    __skb_push(nskb, doffset);
                } else {
                    nskb = __alloc_skb(hsize + doffset + headroom, GFP_ATOMIC, skb_alloc_rx_flag(head_skb));

                    if (nskb == null) {
                        break err;
                    }

                    skb_reserve(nskb, headroom);
                    __skb_put(nskb, doffset);
                }

                if (segs != null) {
                    tail.next = nskb;
                } else {
                    segs = nskb;
                }
                tail = nskb;

                __copy_skb_header(nskb, head_skb);

                skb_headers_offset_update(nskb, skb_headroom(nskb) - headroom);
                skb_reset_mac_len(nskb);

                skb_copy_from_linear_data_offset(
                        head_skb, -tnl_hlen, nskb.head, nskb.data - tnl_hlen, doffset + tnl_hlen);

                perform_csum_check:
                {
                    if (nskb.len == len + doffset) {
                        break perform_csum_check;
                    }

                    if (!sg) {
                        nskb.ip_summed = CHECKSUM_NONE;
                        nskb.csum = skb_copy_and_csum_bits(head_skb, offset, nskb.head, skb_put(nskb, len), len, 0);
                        continue;
                    }

                    skb_copy_from_linear_data_offset(head_skb, offset, nskb.head, skb_put(nskb, hsize), hsize);

                    nskb.shinfo.tx_flags = head_skb.shinfo.tx_flags & SKBTX_SHARED_FRAG;

                    skip_fraglist:
                    while (pos < offset + len) {
                        skb_frag_t nskb_frag;

                        if (i >= nfrags) {
                            BUG_ON(skb_headlen(list_skb) != 0);

                            i = 0;
                            nfrags = list_skb.shinfo.nr_frags;
                            frag_skb = list_skb;

                            BUG_ON(nfrags == 0);

                            list_skb = list_skb.next;
                        }

                        if (nskb.shinfo.nr_frags >= MAX_SKB_FRAGS) {
                            net_warn_ratelimited("skb_segment: too many frags: %d %d\n", pos, mss);
                            break err;
                        }

                        nskb_frag = nskb.shinfo.frags(nskb.shinfo.nr_frags);
                        nskb_frag.copy(frag_skb.shinfo.frags(i));
                        __skb_frag_ref(nskb_frag);
                        size = skb_frag_size(nskb_frag);

                        if (pos < offset) {
                            nskb_frag.page_offset += offset - pos;
                            skb_frag_size_sub(nskb_frag, offset - pos);
                        }

                        nskb.shinfo.nr_frags++;

                        if (pos + size <= offset + len) {
                            i++;
                            pos += size;
                        } else {
                            skb_frag_size_sub(nskb_frag, pos + size - (offset + len));
                            break skip_fraglist;
                        }
                    }

                    nskb.data_len = len - hsize;
                    nskb.len += nskb.data_len;
                    nskb.truesize += nskb.data_len;
                }

                if (!csum) {
                    nskb.csum = skb_checksum(nskb, doffset, nskb.len - doffset, 0);
                    nskb.ip_summed = CHECKSUM_NONE;
                }
            } while ((offset += len) < head_skb.len);

            return segs;
        }

        kfree_skb_list(segs);
        return ERR_PTR(err);
    }
}
