// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.hrtimer.Clock.ktime_get_real;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.Skel_others.PACKET_HOST;
import static linux.skbuff.Skel_others.skb_dst_drop;

/** Small notes on a packet that are none of the bytes: when it came, on which queue, from whose memory. */
public final class Meta {
    private Meta() {}

    // ---- include/linux/skbuff.h ----

    /** Was the memory taken from the reserves? Then only a socket that swapping depends on may have it. */
    public static boolean skb_pfmemalloc(sk_buff skb) {
        return skb.pfmemalloc;
    }

    public static void skb_copy_hash(sk_buff to, sk_buff from) {
        to.rxhash = from.rxhash;
        to.l4_rxhash = from.l4_rxhash;
    }

    /** Notes that the packet was here now. */
    public static void __net_timestamp(sk_buff skb) {
        skb.tstamp = ktime_get_real();
    }

    /** The time of a packet that nobody has noted one for. */
    public static long net_invalid_timestamp() {
        return 0;
    }

    public static void skb_set_queue_mapping(sk_buff skb, int queue_mapping) {
        skb.queue_mapping = queue_mapping & 0xffff;
    }

    public static int skb_get_queue_mapping(sk_buff skb) {
        return skb.queue_mapping;
    }

    public static void skb_copy_queue_mapping(sk_buff to, sk_buff from) {
        to.queue_mapping = from.queue_mapping;
    }

    // ---- net/core/skbuff.c ----

    /**
     * Wipes off what the stack has noted, so that the packet can come in anew.
     *
     * @param xnet into another network namespace: it must not be charged to a socket of this one either
     */
    public static void skb_scrub_packet(sk_buff skb, boolean xnet) {
        if (xnet) {
            skb_orphan(skb);
        }
        skb.tstamp = 0;
        skb.pkt_type = PACKET_HOST;
        skb.skb_iif = 0;
        skb.local_df = false;
        skb_dst_drop(skb);
        skb.mark = 0;
        skb.reserved_tailroom = 0;
    }
}
