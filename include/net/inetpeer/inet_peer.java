// SPDX-License-Identifier: GPL-2.0-only
package net.inetpeer;

/** What is remembered about a host: how many ICMP messages it has got lately. */
public final class inet_peer {
    /** Host order. */
    public final int daddr;

    /** Jiffies that have not been spent on messages yet, u32. */
    public int rate_tokens;

    /** When they were counted last. */
    public long rate_last;

    /** Counts the fragments that it sent. */
    public int rid;

    /** When it was used last. */
    public int dtime;

    public int refcnt;

    inet_peer(int daddr) {
        this.daddr = daddr;
    }
}
