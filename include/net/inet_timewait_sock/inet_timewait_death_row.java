// SPDX-License-Identifier: GPL-2.0-only
package net.inet_timewait_sock;

import linux.list.hlist_head;
import linux.timer.timer_list;
import linux.workqueue.work_struct;
import net.inet_hashtables.inet_hashinfo;

/**
 * Where time-wait sockets wait for their end: a fine wheel for those that live a few round trips ("twcal"),
 * a coarse one for those that live the full minute.
 */
public final class inet_timewait_death_row {
    public static final int INET_TWDR_RECYCLE_SLOTS_LOG = 5;
    public static final int INET_TWDR_RECYCLE_SLOTS = 1 << INET_TWDR_RECYCLE_SLOTS_LOG;

    /** Logarithm of a slot's length in jiffies: 128 ms, so that all of them make four seconds. */
    public static final int INET_TWDR_RECYCLE_TICK = 10 + 2 - INET_TWDR_RECYCLE_SLOTS_LOG;

    public static final int INET_TWDR_TWKILL_SLOTS = 8;

    /** Most that a timer kills in one go; the rest is left to a work queue. */
    public static final int INET_TWDR_TWKILL_QUOTA = 100;

    /** The slot of the fine wheel that is due next; -1: it is empty. */
    public int twcal_hand;

    public long twcal_jiffie;
    public final timer_list twcal_timer = new timer_list();
    public final hlist_head<inet_timewait_sock>[] twcal_row = heads(INET_TWDR_RECYCLE_SLOTS);

    public int tw_count;

    /** Length of a slot of the coarse wheel, in jiffies. */
    public int period;

    /** Slots that the work queue has to finish. */
    public int thread_slots;

    public final work_struct twkill_work = new work_struct();
    public final timer_list tw_timer = new timer_list();
    public int slot;
    public final hlist_head<inet_timewait_sock>[] cells = heads(INET_TWDR_TWKILL_SLOTS);
    public inet_hashinfo hashinfo;

    /** {@code net.ipv4.tcp_tw_recycle}, {@code net.ipv4.tcp_max_tw_buckets}. */
    public int sysctl_tw_recycle;

    public int sysctl_max_tw_buckets;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static hlist_head<inet_timewait_sock>[] heads(int n) {
        hlist_head<inet_timewait_sock>[] heads = new hlist_head[n];
        for (int i = 0; i < n; i++) {
            heads[i] = new hlist_head<>();
        }
        return heads;
    }
}
