// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.E2BIG;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Clone.__copy_skb_header;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.__skb_put;
import static linux.skbuff.Data.skb_end_offset;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.skb_frag_size_set;
import static linux.skbuff.Frags.skb_frag_size_sub;
import static linux.skbuff.Headers.skb_mac_header;
import static linux.skbuff.Headers.skb_network_offset;
import static linux.skbuff.Headers.skb_set_mac_header;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Headers.skb_transport_offset;
import static linux.skbuff.Skel_others.skb_gro_len;
import static linux.skbuff.Skel_others.skb_gro_offset;
import static linux.skbuff.Truesize.SKB_DATA_ALIGN;
import static linux.skbuff.Truesize.SKB_TRUESIZE;
import static linux.skbuff.napi_gro_cb.NAPI_GRO_FREE;
import static linux.skbuff.napi_gro_cb.NAPI_GRO_FREE_STOLEN_HEAD;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;

import linux.compiler.Ref;
import linux.mm.page;

/**
 * Receive coalescing: segments of one flow that a driver brings in one go become one packet. {@code
 * tcp_gro_receive} has compared the headers and calls in.
 */
public final class Gro {
    private Gro() {}

    /**
     * Adds the payload of {@code skb} to the end of the packet that is held. As long as the bytes lie in pages, the
     * pages move. Otherwise {@code skb} itself is hung onto a frag_list: the first time, the held packet becomes
     * the first on the list of a new one that has nothing but headers.
     *
     * @param head the held packet; replaced in the latter case
     * @return 0; {@code -E2BIG}, {@code -ENOMEM}: not merged
     */
    public static int skb_gro_receive(Ref<sk_buff> head, sk_buff skb) {
        skb_shared_info pinfo;
        skb_shared_info skbinfo = skb.shinfo;
        int offset = skb_gro_offset(skb);
        int headlen = skb_headlen(skb);
        sk_buff nskb;
        sk_buff lp;
        sk_buff p = head.val;
        int len = skb_gro_len(skb);
        int delta_truesize;
        int headroom;

        if (p.len + len >= 65536) {
            return -E2BIG;
        }

        lp = NAPI_GRO_CB(p).last;
        pinfo = lp.shinfo;

        done:
        {
            merge:
            {
                if (headlen <= offset) {
                    int frag;
                    int frag2;
                    int i = skbinfo.nr_frags;
                    int nr_frags = pinfo.nr_frags + i;

                    if (nr_frags > MAX_SKB_FRAGS) {
                        break merge;
                    }

                    offset -= headlen;
                    pinfo.nr_frags = nr_frags;
                    skbinfo.nr_frags = 0;

                    frag = nr_frags;
                    frag2 = i;
                    do {
                        pinfo.frags(--frag).copy(skbinfo.frags(--frag2));
                    } while (--i != 0);

                    pinfo.frags(frag).page_offset += offset;
                    skb_frag_size_sub(pinfo.frags(frag), offset);

                    // The linear part has nothing of it: what it costs goes with the sk_buff.
                    delta_truesize = skb.truesize - SKB_TRUESIZE(skb_end_offset(skb));

                    skb.truesize -= skb.data_len;
                    skb.len -= skb.data_len;
                    skb.data_len = 0;

                    NAPI_GRO_CB(skb).free = NAPI_GRO_FREE;
                    break done;
                } else if (skb.head_frag) {
                    int nr_frags = pinfo.nr_frags;
                    skb_frag_t frag;
                    page page = skb.headPage;
                    int first_size = headlen - offset;
                    int first_offset;

                    if (nr_frags + 1 + skbinfo.nr_frags > MAX_SKB_FRAGS) {
                        break merge;
                    }

                    first_offset = skb.data + offset;

                    pinfo.nr_frags = nr_frags + 1 + skbinfo.nr_frags;

                    frag = pinfo.frags(nr_frags);
                    frag.page = page;
                    frag.page_offset = first_offset;
                    skb_frag_size_set(frag, first_size);

                    for (int i = 0; i < skbinfo.nr_frags; i++) {
                        pinfo.frags(nr_frags + 1 + i).copy(skbinfo.frags(i));
                    }

                    delta_truesize = skb.truesize - SKB_DATA_ALIGN(sk_buff.SIZE);
                    NAPI_GRO_CB(skb).free = NAPI_GRO_FREE_STOLEN_HEAD;
                    break done;
                }
                pinfo = p.shinfo;

                if (pinfo.frag_list != null) {
                    break merge;
                }
                if (skb_gro_len(p) != pinfo.gso_size) {
                    return -E2BIG;
                }

                headroom = skb_headroom(p);
                nskb = alloc_skb(headroom + skb_gro_offset(p), GFP_ATOMIC);
                if (nskb == null) {
                    return -ENOMEM;
                }

                __copy_skb_header(nskb, p);
                nskb.mac_len = p.mac_len;

                skb_reserve(nskb, headroom);
                __skb_put(nskb, skb_gro_offset(p));

                skb_set_mac_header(nskb, skb_mac_header(p) - p.data);
                skb_set_network_header(nskb, skb_network_offset(p));
                skb_set_transport_header(nskb, skb_transport_offset(p));

                __skb_pull(p, skb_gro_offset(p));
                System.arraycopy(
                        p.head, skb_mac_header(p), nskb.head, skb_mac_header(nskb), p.data - skb_mac_header(p));

                nskb.shinfo.frag_list = p;
                nskb.shinfo.gso_size = pinfo.gso_size;
                pinfo.gso_size = 0;
                skb_header_release(p);
                NAPI_GRO_CB(nskb).last = p;

                nskb.data_len += p.len;
                nskb.truesize += p.truesize;
                nskb.len += p.len;

                head.val = nskb;
                nskb.next = p.next;
                p.next = null;

                p = nskb;
            }
            delta_truesize = skb.truesize;
            if (offset > headlen) {
                int eat = offset - headlen;

                skbinfo.frags(0).page_offset += eat;
                skb_frag_size_sub(skbinfo.frags(0), eat);
                skb.data_len -= eat;
                skb.len -= eat;
                offset = headlen;
            }

            __skb_pull(skb, offset);

            if (NAPI_GRO_CB(p).last == p) {
                p.shinfo.frag_list = skb;
            } else {
                NAPI_GRO_CB(p).last.next = skb;
            }
            NAPI_GRO_CB(p).last = skb;
            skb_header_release(skb);
            lp = p;
        }
        NAPI_GRO_CB(p).count++;
        p.data_len += len;
        p.truesize += delta_truesize;
        p.len += len;
        if (lp != p) {
            lp.data_len += len;
            lp.truesize += delta_truesize;
            lp.len += len;
        }
        NAPI_GRO_CB(skb).same_flow = 1;
        return 0;
    }
}
