// SPDX-License-Identifier: GPL-2.0-only
package linux.timer;

import static linux.bug.Bug.BUG_ON;
import static linux.interrupt.Softirq.TIMER_SOFTIRQ;
import static linux.interrupt.Softirq.open_softirq;
import static linux.jiffies.Jiffies.time_after_eq;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_splice_init;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.interrupt.Softirq;
import linux.jiffies.Jiffies;
import linux.list.list_head;

/**
 * The timer wheel, {@code kernel/timer.c}: 256 lists for the next 256 jiffies, and four coarser rows of
 * 64 that are dealt out to the row below when their turn comes. Starting and stopping a timer costs the
 * same however many there are, which is what TCP needs: it restarts timers for every packet.
 *
 * <p>Order within a jiffy matters to who sends first: timers run in the order in which they came into
 * the list of that jiffy, and those dealt out from a coarser row come in at that moment.
 */
public final class Timers {
    private Timers() {}

    private static final int TVN_BITS = 6;
    private static final int TVR_BITS = 8;
    private static final int TVN_SIZE = 1 << TVN_BITS;
    private static final int TVR_SIZE = 1 << TVR_BITS;
    private static final int TVN_MASK = TVN_SIZE - 1;
    private static final int TVR_MASK = TVR_SIZE - 1;
    private static final long MAX_TVAL = (1L << TVR_BITS + 4 * TVN_BITS) - 1;

    /** Returned by {@link #nextTimerJiffies} when there is no timer. */
    public static final long NO_TIMER = Long.MAX_VALUE;

    /** {@code struct tvec_base}: rows tv1 (fine) to tv5. */
    private static list_head<timer_list>[] tv1;

    private static list_head<timer_list>[][] tvn;

    /** The next jiffy to be worked off. */
    private static long timer_jiffies;

    private static int active_timers;

    /** Called when the machine boots. */
    public static void init_timers() {
        tv1 = row(TVR_SIZE);
        tvn = newRows();
        for (int i = 0; i < 4; i++) {
            tvn[i] = row(TVN_SIZE);
        }
        timer_jiffies = Jiffies.jiffies;
        active_timers = 0;
        open_softirq(TIMER_SOFTIRQ, Timers::run_timer_softirq);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static list_head<timer_list>[][] newRows() {
        return new list_head[4][];
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static list_head<timer_list>[] row(int size) {
        list_head<timer_list>[] row = new list_head[size];
        for (int i = 0; i < size; i++) {
            row[i] = new list_head<>();
        }
        return row;
    }

    /** Timers that are pending now, for those who check that nothing was left behind. */
    public static int pending() {
        return active_timers;
    }

    /** Every pending timer: to say which one was left behind. */
    public static java.util.List<timer_list> all() {
        java.util.List<timer_list> found = new java.util.ArrayList<>();
        collect(tv1, found);
        for (list_head<timer_list>[] row : tvn) {
            collect(row, found);
        }
        return found;
    }

    private static void collect(list_head<timer_list>[] row, java.util.List<timer_list> found) {
        for (list_head<timer_list> head : row) {
            for (list_head<timer_list> p = head.next; p != head; p = p.next) {
                found.add(p.owner);
            }
        }
    }

    static void internal_add_timer(timer_list timer) {
        long expires = timer.expires;
        long idx = expires - timer_jiffies;
        list_head<timer_list> vec;

        if (idx < 0) {
            // In the past: with the next jiffy that is worked off.
            vec = tv1[(int) timer_jiffies & TVR_MASK];
        } else if (idx < TVR_SIZE) {
            vec = tv1[(int) expires & TVR_MASK];
        } else if (idx < 1 << TVR_BITS + TVN_BITS) {
            vec = tvn[0][(int) (expires >>> TVR_BITS) & TVN_MASK];
        } else if (idx < 1 << TVR_BITS + 2 * TVN_BITS) {
            vec = tvn[1][(int) (expires >>> TVR_BITS + TVN_BITS) & TVN_MASK];
        } else if (idx < 1 << TVR_BITS + 3 * TVN_BITS) {
            vec = tvn[2][(int) (expires >>> TVR_BITS + 2 * TVN_BITS) & TVN_MASK];
        } else {
            if (idx > MAX_TVAL) {
                expires = MAX_TVAL + timer_jiffies;
            }
            vec = tvn[3][(int) (expires >>> TVR_BITS + 3 * TVN_BITS) & TVN_MASK];
        }
        list_add_tail(timer.entry, vec);
        active_timers++;
    }

    public static boolean timer_pending(timer_list timer) {
        return timer.entry.next != null;
    }

    public static void init_timer(timer_list timer) {
        timer.entry.next = null;
        timer.slack = -1;
    }

    public static void setup_timer(timer_list timer, timer_list.Function function, Object data) {
        init_timer(timer);
        timer.function = function;
        timer.data = data;
    }

    private static boolean detach_if_pending(timer_list timer) {
        if (!timer_pending(timer)) {
            return false;
        }
        list_head<timer_list> entry = timer.entry;
        entry.prev.next = entry.next;
        entry.next.prev = entry.prev;
        entry.next = null;
        entry.prev = null;
        active_timers--;
        return true;
    }

    static int __mod_timer(timer_list timer, long expires) {
        BUG_ON(timer.function == null);

        boolean ret = detach_if_pending(timer);
        Clock.spend(Costs.costs().timerStart());
        timer.expires = expires;
        internal_add_timer(timer);
        return ret ? 1 : 0;
    }

    /**
     * Rounds a timer that is far away up to a rounder number, by at most 1/256 of its length, so that
     * several expire together. A retransmission after 51 s may thus come 0.2 s late.
     */
    static long apply_slack(timer_list timer, long expires) {
        long expires_limit;

        if (timer.slack >= 0) {
            expires_limit = expires + timer.slack;
        } else {
            long delta = expires - Jiffies.jiffies;

            if (delta < 256) {
                return expires;
            }

            expires_limit = expires + delta / 256;
        }
        long mask = expires ^ expires_limit;
        if (mask == 0) {
            return expires;
        }

        mask = Long.highestOneBit(mask) - 1;

        return expires_limit & ~mask;
    }

    /**
     * Starts the timer, or starts it anew.
     *
     * @param expires in jiffies
     * @return 1 if it was pending
     */
    public static int mod_timer(timer_list timer, long expires) {
        expires = apply_slack(timer, expires);

        if (timer_pending(timer) && timer.expires == expires) {
            return 1;
        }

        return __mod_timer(timer, expires);
    }

    /** Like {@link #mod_timer}, without the slack: the timer runs when it is due. */
    public static int mod_timer_pinned(timer_list timer, long expires) {
        if (timer.expires == expires && timer_pending(timer)) {
            return 1;
        }

        return __mod_timer(timer, expires);
    }

    public static void add_timer(timer_list timer) {
        BUG_ON(timer_pending(timer));
        mod_timer(timer, timer.expires);
    }

    /** @return 1 if it was pending */
    public static int del_timer(timer_list timer) {
        if (!detach_if_pending(timer)) {
            return 0;
        }
        Clock.spend(Costs.costs().timerStop());
        return 1;
    }

    /** The handler cannot be running elsewhere: there is one CPU. */
    public static int del_timer_sync(timer_list timer) {
        return del_timer(timer);
    }

    private static int cascade(list_head<timer_list>[] tv, int index) {
        list_head<timer_list> tv_list = new list_head<>();

        list_splice_init(tv[index], tv_list);
        for (list_head<timer_list> p = tv_list.next, tmp; p != tv_list; p = tmp) {
            tmp = p.next;
            active_timers--;
            internal_add_timer(p.owner);
        }
        return index;
    }

    private static int index(int n) {
        return (int) (timer_jiffies >>> TVR_BITS + n * TVN_BITS) & TVN_MASK;
    }

    private static void __run_timers() {
        list_head<timer_list> work_list = new list_head<>();

        while (time_after_eq(Jiffies.jiffies, timer_jiffies)) {
            int index = (int) timer_jiffies & TVR_MASK;

            if (index == 0
                    && cascade(tvn[0], index(0)) == 0
                    && cascade(tvn[1], index(1)) == 0
                    && cascade(tvn[2], index(2)) == 0) {
                cascade(tvn[3], index(3));
            }
            ++timer_jiffies;
            INIT_LIST_HEAD(work_list);
            list_splice_init(tv1[index], work_list);
            while (!list_empty(work_list)) {
                timer_list timer = work_list.next.owner;

                detach_if_pending(timer);
                timer.function.call(timer.data);
            }
        }
    }

    private static void run_timer_softirq() {
        if (time_after_eq(Jiffies.jiffies, timer_jiffies)) {
            __run_timers();
        }
    }

    /** The tick: called once for every jiffy that somebody waits for. */
    public static void run_local_timers() {
        Softirq.raise_softirq(TIMER_SOFTIRQ);
    }

    /**
     * The jiffy at which the next timer expires or a coarser row has to be dealt out: until then time
     * can pass in one step.
     */
    public static long nextTimerJiffies() {
        if (active_timers == 0) {
            return NO_TIMER;
        }
        long j = timer_jiffies;
        while (true) {
            if ((j & TVR_MASK) == 0
                    && ((j & TVR_SIZE * TVN_SIZE - 1) == 0
                            || !list_empty(tvn[0][(int) (j >>> TVR_BITS) & TVN_MASK]))) {
                return j;
            }
            if (j - timer_jiffies < TVR_SIZE) {
                if (!list_empty(tv1[(int) j & TVR_MASK])) {
                    return j;
                }
                j++;
            } else {
                j = (j | TVR_MASK) + 1;
            }
        }
    }

    /** The jiffies before {@code to} are over, and no timer was due in them. */
    public static void skipTo(long to) {
        timer_jiffies = to;
    }
}
