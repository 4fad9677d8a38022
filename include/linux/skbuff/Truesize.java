// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.mm.Mm.PAGE_SIZE;

/**
 * What a packet costs, in bytes. Every limit on a socket's memory counts {@code truesize}, so these sums decide
 * how large a window is offered and how much may be sent: they are those of a 64-bit machine, though a Java
 * object has another size.
 */
public final class Truesize {
    private Truesize() {}

    /** A cache line. */
    public static final int SMP_CACHE_BYTES = 64;

    /** Headroom that every received packet begins with. */
    public static final int NET_SKB_PAD = 64;

    /** What an Ethernet driver shifts a packet by to align the IP header: not worth it on x86. */
    public static final int NET_IP_ALIGN = 0;

    /** Up to a full cache line. */
    public static int SKB_DATA_ALIGN(int X) {
        return X + (SMP_CACHE_BYTES - 1) & -SMP_CACHE_BYTES;
    }

    /** How much is left for data of {@code X} bytes of memory: the skb_shared_info lies behind it. */
    public static int SKB_WITH_OVERHEAD(int X) {
        return X - SKB_DATA_ALIGN(skb_shared_info.SIZE);
    }

    /** How much data fits behind {@code X} bytes of headroom when all is to fit into {@code 1 << ORDER} pages. */
    public static int SKB_MAX_ORDER(int X, int ORDER) {
        return SKB_WITH_OVERHEAD((PAGE_SIZE << ORDER) - X);
    }

    public static int SKB_MAX_HEAD(int X) {
        return SKB_MAX_ORDER(X, 0);
    }

    /** The largest linear part that can be had without much ado. */
    public static final int SKB_MAX_ALLOC = SKB_MAX_ORDER(0, 2);

    /** The least that a packet with {@code X} bytes of linear data costs. */
    public static int SKB_TRUESIZE(int X) {
        return X + SKB_DATA_ALIGN(sk_buff.SIZE) + SKB_DATA_ALIGN(skb_shared_info.SIZE);
    }
}
