// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Bits.skb_copy_from_linear_data_offset;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Copy.pskb_expand_head;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_set_tail_pointer;
import static linux.skbuff.Frags.__skb_frag_ref;
import static linux.skbuff.Frags.__skb_frag_unref;
import static linux.skbuff.Frags.skb_can_coalesce;
import static linux.skbuff.Frags.skb_frag_page;
import static linux.skbuff.Frags.skb_frag_ref;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.Frags.skb_frag_size_add;
import static linux.skbuff.Frags.skb_frag_size_set;
import static linux.skbuff.Frags.skb_frag_size_sub;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;

/**
 * Moving payload from one packet of TCP's send queue to another without copying it: {@code tcp_fragment} cuts a
 * packet in two, and when a SACK block covers a packet, {@code tcp_shift_skb_data} moves its pages to the one before.
 */
public final class Split {
    private Split() {}

    /** The cut is in the linear part: its rest is copied, all pages move. */
    static void skb_split_inside_header(sk_buff skb, sk_buff skb1, int len, int pos) {
        int i;

        skb_copy_from_linear_data_offset(skb, len, skb1.head, skb_put(skb1, pos - len), pos - len);
        for (i = 0; i < skb.shinfo.nr_frags; i++) {
            skb1.shinfo.frags(i).copy(skb.shinfo.frags(i));
        }

        skb1.shinfo.nr_frags = skb.shinfo.nr_frags;
        skb.shinfo.nr_frags = 0;
        skb1.data_len = skb.data_len;
        skb1.len += skb1.data_len;
        skb.data_len = 0;
        skb.len = len;
        skb_set_tail_pointer(skb, len);
    }

    /** The cut is in the pages: those behind it move, the one that it hits is used by both. */
    static void skb_split_no_header(sk_buff skb, sk_buff skb1, int len, int pos) {
        int i;
        int k = 0;
        int nfrags = skb.shinfo.nr_frags;

        skb.shinfo.nr_frags = 0;
        skb1.len = skb1.data_len = skb.len - len;
        skb.len = len;
        skb.data_len = len - pos;

        for (i = 0; i < nfrags; i++) {
            int size = skb_frag_size(skb.shinfo.frags(i));

            if (pos + size > len) {
                skb1.shinfo.frags(k).copy(skb.shinfo.frags(i));

                if (pos < len) {
                    skb_frag_ref(skb, i);
                    skb1.shinfo.frags(0).page_offset += len - pos;
                    skb_frag_size_sub(skb1.shinfo.frags(0), len - pos);
                    skb_frag_size_set(skb.shinfo.frags(i), len - pos);
                    skb.shinfo.nr_frags++;
                }
                k++;
            } else {
                skb.shinfo.nr_frags++;
            }
            pos += size;
        }
        skb1.shinfo.nr_frags = k;
    }

    /**
     * Moves all but the first {@code len} bytes to {@code skb1}. The caller sees to {@code truesize}, and that
     * {@code skb} is not cloned.
     *
     * @param skb1 empty; needs tailroom for what is cut off the linear part
     */
    public static void skb_split(sk_buff skb, sk_buff skb1, int len) {
        int pos = skb_headlen(skb);

        skb1.shinfo.tx_flags = skb.shinfo.tx_flags & SKBTX_SHARED_FRAG;
        if (ltU32(len, pos)) {
            skb_split_inside_header(skb, skb1, len, pos);
        } else {
            skb_split_no_header(skb, skb1, len, pos);
        }
    }

    /** The pieces are going to be changed: they must not be shared with a clone. @return true: no memory */
    static boolean skb_prepare_for_shift(sk_buff skb) {
        return skb_cloned(skb) && pskb_expand_head(skb, 0, 0, GFP_ATOMIC) != 0;
    }

    /**
     * Moves up to {@code shiftlen} bytes from the front of {@code skb} to the end of {@code tgt}.
     *
     * @param skb must not have linear data
     * @return how many were moved: {@code shiftlen}, or 0 if there are too few places for pieces or no memory
     */
    public static int skb_shift(sk_buff tgt, sk_buff skb, int shiftlen) {
        int from;
        int to;
        int merge;
        int todo;
        skb_frag_t fragfrom;
        skb_frag_t fragto;

        BUG_ON(gtU32(shiftlen, skb.len));
        BUG_ON(skb_headlen(skb) != 0);

        todo = shiftlen;
        from = 0;
        to = tgt.shinfo.nr_frags;
        fragfrom = skb.shinfo.frags(from);

        onlymerged:
        {
            if (to == 0 || !skb_can_coalesce(tgt, to, skb_frag_page(fragfrom), fragfrom.page_offset)) {
                merge = -1;
            } else {
                merge = to - 1;

                todo -= skb_frag_size(fragfrom);
                if (todo < 0) {
                    if (skb_prepare_for_shift(skb) || skb_prepare_for_shift(tgt)) {
                        return 0;
                    }

                    fragfrom = skb.shinfo.frags(from);
                    fragto = tgt.shinfo.frags(merge);

                    skb_frag_size_add(fragto, shiftlen);
                    skb_frag_size_sub(fragfrom, shiftlen);
                    fragfrom.page_offset += shiftlen;

                    break onlymerged;
                }

                from++;
            }

            if (shiftlen == skb.len && skb.shinfo.nr_frags - from > MAX_SKB_FRAGS - to) {
                return 0;
            }

            if (skb_prepare_for_shift(skb) || skb_prepare_for_shift(tgt)) {
                return 0;
            }

            while (todo > 0 && from < skb.shinfo.nr_frags) {
                if (to == MAX_SKB_FRAGS) {
                    return 0;
                }

                fragfrom = skb.shinfo.frags(from);
                fragto = tgt.shinfo.frags(to);

                if (todo >= skb_frag_size(fragfrom)) {
                    fragto.copy(fragfrom);
                    todo -= skb_frag_size(fragfrom);
                    from++;
                    to++;

                } else {
                    __skb_frag_ref(fragfrom);
                    fragto.page = fragfrom.page;
                    fragto.page_offset = fragfrom.page_offset;
                    skb_frag_size_set(fragto, todo);

                    fragfrom.page_offset += todo;
                    skb_frag_size_sub(fragfrom, todo);
                    todo = 0;

                    to++;
                    break;
                }
            }

            // Nothing can fail any more.
            tgt.shinfo.nr_frags = to;

            if (merge >= 0) {
                fragfrom = skb.shinfo.frags(0);
                fragto = tgt.shinfo.frags(merge);

                skb_frag_size_add(fragto, skb_frag_size(fragfrom));
                __skb_frag_unref(fragfrom);
            }

            to = 0;
            while (from < skb.shinfo.nr_frags) {
                skb.shinfo.frags(to++).copy(skb.shinfo.frags(from++));
            }
            skb.shinfo.nr_frags = to;

            BUG_ON(todo > 0 && skb.shinfo.nr_frags == 0);
        }
        tgt.ip_summed = CHECKSUM_PARTIAL;
        skb.ip_summed = CHECKSUM_PARTIAL;

        skb.len -= shiftlen;
        skb.data_len -= shiftlen;
        skb.truesize -= shiftlen;
        tgt.len += shiftlen;
        tgt.data_len += shiftlen;
        tgt.truesize += shiftlen;

        return shiftlen;
    }
}
