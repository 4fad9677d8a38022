// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_MASK;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_SOFTWARE;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdevice.Features.net_gso_ok;
import static net.dst.Garbage.dst_release;
import static net.sock.Fields.sk_tx_queue_clear;

import net.dst.dst_entry;

/**
 * The route that a connected socket keeps, and what the device on it can do. The names with two underscores want the
 * socket to be locked.
 */
public final class Dst {
    private Dst() {}

    /** The route, without a reference: good as long as the socket is locked. */
    public static dst_entry __sk_dst_get(sock sk) {
        return sk.sk_dst_cache;
    }

    /** The route with a reference for the caller, or null. */
    public static dst_entry sk_dst_get(sock sk) {
        dst_entry dst;

        dst = sk.sk_dst_cache;
        if (dst != null) {
            if (dst.__refcnt != 0) {
                dst.__refcnt++;
            } else {
                dst = null;
            }
        }
        return dst;
    }

    /** Packets seem to get lost on the route: asks it whether another one should be found. */
    public static void dst_negative_advice(sock sk) {
        dst_entry ndst;
        dst_entry dst = __sk_dst_get(sk);

        if (dst != null && dst.ops.negative_advice != null) {
            ndst = dst.ops.negative_advice.call(dst);

            if (ndst != dst) {
                sk.sk_dst_cache = ndst;
                sk_tx_queue_clear(sk);
            }
        }
    }

    /** Takes {@code dst} over, with the caller's reference, and gives the old route back. */
    public static void __sk_dst_set(sock sk, dst_entry dst) {
        dst_entry old_dst;

        sk_tx_queue_clear(sk);
        old_dst = sk.sk_dst_cache;
        sk.sk_dst_cache = dst;
        dst_release(old_dst);
    }

    public static void sk_dst_set(sock sk, dst_entry dst) {
        dst_entry old_dst;

        sk_tx_queue_clear(sk);
        old_dst = sk.sk_dst_cache;
        sk.sk_dst_cache = dst;
        dst_release(old_dst);
    }

    public static void __sk_dst_reset(sock sk) {
        __sk_dst_set(sk, null);
    }

    public static void sk_dst_reset(sock sk) {
        sk_dst_set(sk, null);
    }

    /** Can packets of several segments be given to the device? */
    public static boolean sk_can_gso(sock sk) {
        return net_gso_ok(sk.sk_route_caps, sk.sk_gso_type);
    }

    /** From now on the socket does without these abilities of its devices. */
    public static void sk_nocaps_add(sock sk, long flags) {
        sk.sk_route_nocaps |= flags;
        sk.sk_route_caps &= ~flags;
    }

    /** The route if it is still good, else null: then the socket has none any more. No reference is taken. */
    public static dst_entry __sk_dst_check(sock sk, int cookie) {
        dst_entry dst = __sk_dst_get(sk);

        if (dst != null && dst.obsolete != 0 && dst.ops.check.call(dst, cookie) == null) {
            sk_tx_queue_clear(sk);
            sk.sk_dst_cache = null;
            dst_release(dst);
            return null;
        }

        return dst;
    }

    /** The same for callers that do not have the socket locked; they get a reference. */
    public static dst_entry sk_dst_check(sock sk, int cookie) {
        dst_entry dst = sk_dst_get(sk);

        if (dst != null && dst.obsolete != 0 && dst.ops.check.call(dst, cookie) == null) {
            sk_dst_reset(sk);
            dst_release(dst);
            return null;
        }

        return dst;
    }

    /**
     * Takes the route over and looks what its device can do. What the device cannot, software does: segments are
     * split below IP, so TCP builds large packets in any case, with scattered data and without checksums.
     */
    public static void sk_setup_caps(sock sk, dst_entry dst) {
        __sk_dst_set(sk, dst);
        sk.sk_route_caps = dst.dev.features;
        if ((sk.sk_route_caps & NETIF_F_GSO) != 0) {
            sk.sk_route_caps |= NETIF_F_GSO_SOFTWARE;
        }
        sk.sk_route_caps &= ~sk.sk_route_nocaps;
        if (sk_can_gso(sk)) {
            if (dst.header_len != 0) {
                sk.sk_route_caps &= ~NETIF_F_GSO_MASK;
            } else {
                sk.sk_route_caps |= NETIF_F_SG | NETIF_F_HW_CSUM;
                sk.sk_gso_max_size = dst.dev.gso_max_size;
                sk.sk_gso_max_segs = dst.dev.gso_max_segs;
            }
        }
    }
}
