// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

/** The SYN queue of a listener: a hash table of requests that wait for their third ACK. */
public final class listen_sock {
    /** Logarithm of how many requests may wait. */
    public int max_qlen_log;

    /** A flood was reported: 1 with cookies, 2 without. */
    public int synflood_warned;

    public int qlen;

    /** Those that have not timed out once. */
    public int qlen_young;

    /** Where the timer goes on next. */
    public int clock_hand;

    public int hash_rnd;
    public int nr_table_entries;
    public request_sock[] syn_table;
}
