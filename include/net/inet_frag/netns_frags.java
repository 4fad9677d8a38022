// SPDX-License-Identifier: GPL-2.0-only
package net.inet_frag;

import linux.list.list_head;
import linux.percpu_counter.percpu_counter;

/** Fragments of a namespace that wait for the others. */
public final class netns_frags {
    /** Incomplete datagrams. */
    public int nqueues;

    /** The same, the one that got nothing for longest first. */
    public final list_head<inet_frag_queue> lru_list = new list_head<>();

    /** What they cost, in bytes of kernel memory. */
    public percpu_counter mem = new percpu_counter();

    /** {@code net.ipv4.ipfrag_time}, in jiffies. */
    public int timeout;

    /** Above the first, datagrams are given up until the second is reached; in bytes. */
    public int high_thresh;

    public int low_thresh;
}
