// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import net.dst.dst_entry;

/** Stands in for what other branches bring; goes away when they are merged. */
final class Skel_others {
    private Skel_others() {}

    static final int PACKET_HOST = 0;

    static void dst_hold(dst_entry dst) {
        dst.__refcnt++;
    }

    static void skb_dst_drop(sk_buff skb) {
        if (skb._skb_refdst != null) {
            if (!skb._skb_dst_noref) {
                skb._skb_refdst.__refcnt--;
            }
            skb._skb_refdst = null;
        }
    }

    static void skb_dst_copy(sk_buff nskb, sk_buff oskb) {
        nskb._skb_refdst = oskb._skb_refdst;
        nskb._skb_dst_noref = oskb._skb_dst_noref;
        if (!nskb._skb_dst_noref && nskb._skb_refdst != null) {
            nskb._skb_refdst.__refcnt++;
        }
    }
}
