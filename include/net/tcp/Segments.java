// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.skbuff.sk_buff;
import uapi.linux.tcp.tcphdr;

/** A packet on the queue may stand for several segments, which the device or GSO makes of it. */
public final class Segments {
    private Segments() {}

    /** {@code tcp_flag_byte}: all flags of a header, {@code TCPHDR_*}. */
    public static int tcp_flag_byte(tcphdr th) {
        return th.flags();
    }

    /** How many segments; all counters of congestion control count these. */
    public static int tcp_skb_pcount(sk_buff skb) {
        return skb.shinfo.gso_segs;
    }

    /** Payload of each of them in bytes; only means something if there is more than one. */
    public static int tcp_skb_mss(sk_buff skb) {
        return skb.shinfo.gso_size;
    }
}
