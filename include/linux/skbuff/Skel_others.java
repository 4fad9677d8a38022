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

    static final long NETIF_F_SG = 1;
    static final long NETIF_F_FRAGLIST = 1 << 6;
    static final long NETIF_F_HW_CSUM = 8;

    static int skb_network_protocol(sk_buff skb, linux.compiler.IntRef depth) {
        return skb.protocol;
    }

    static boolean can_checksum_protocol(long features, int protocol) {
        return (features & 8) != 0 || (features & 2) != 0 && protocol == 0x800;
    }

    static int skb_gro_offset(sk_buff skb) {
        return Cb.NAPI_GRO_CB(skb).data_offset;
    }

    static int skb_gro_len(sk_buff skb) {
        return skb.len - Cb.NAPI_GRO_CB(skb).data_offset;
    }
}
