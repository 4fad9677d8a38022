// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.skbuff.Meta.__net_timestamp;

import linux.skbuff.sk_buff;

/**
 * The time of arrival of packets, {@code net/core/dev.c}: taken only while somebody wants it ({@code SO_TIMESTAMP}).
 */
public final class Timestamps {
    private Timestamps() {}

    /** How many want it: a static key in C. */
    static int netstamp_needed;

    public static void net_enable_timestamp() {
        netstamp_needed++;
    }

    public static void net_disable_timestamp() {
        netstamp_needed--;
    }

    static void net_timestamp_set(sk_buff skb) {
        skb.tstamp = 0;
        if (netstamp_needed > 0) {
            __net_timestamp(skb);
        }
    }

    /** Takes the time of arrival, if it is wanted at this place ({@code cond}) and has not been taken before. */
    static void net_timestamp_check(boolean cond, sk_buff skb) {
        if (netstamp_needed > 0) {
            if (cond && skb.tstamp == 0) {
                __net_timestamp(skb);
            }
        }
    }
}
