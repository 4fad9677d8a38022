// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import net.route.rtable;

/** What ICMP has taught about one destination behind a next hop: a smaller MTU, or a better gateway. */
public final class fib_nh_exception {
    public fib_nh_exception fnhe_next;

    /** Older than the namespace's: not valid any more. */
    public int fnhe_genid;

    public int fnhe_daddr;

    /** Path MTU; 0: none learnt. */
    public int fnhe_pmtu;

    /** 0: none learnt. */
    public int fnhe_gw;

    /** When {@link #fnhe_pmtu} ends, in jiffies; 0: never. */
    public long fnhe_expires;

    /** The cached entries. */
    public rtable fnhe_rth_input;

    public rtable fnhe_rth_output;

    /** Used last, in jiffies. */
    public long fnhe_stamp;
}
