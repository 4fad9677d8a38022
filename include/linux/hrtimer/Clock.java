// SPDX-License-Identifier: GPL-2.0-only
package linux.hrtimer;

import static linux.interrupt.Softirq.HRTIMER_SOFTIRQ;
import static linux.interrupt.Softirq.open_softirq;
import static linux.interrupt.Softirq.raise_softirq_irqoff;
import static linux.jiffies.Jiffies.INITIAL_JIFFIES;

import java.util.ArrayDeque;
import java.util.Arrays;
import linux.interrupt.Softirq;
import linux.jiffies.Jiffies;
import linux.timer.Timers;

/**
 * Virtual time. It stands still while anything can run, and moves to the next event when every task
 * sleeps: so a breakpoint costs no time, and the same program sees the same times in every run.
 *
 * <p>A tick falls on each full millisecond since boot. Of several events at one time the tick comes
 * first, then the hrtimers in the order in which they were started: what was sent at a tick and takes
 * 10 ms arrives after the tenth tick from then, as on a machine where sending costs a little time.
 */
public final class Clock {
    private Clock() {}

    public static final long NSEC_PER_MSEC = 1_000_000;
    public static final long NSEC_PER_SEC = 1_000_000_000;
    private static final long NSEC_PER_JIFFY = NSEC_PER_SEC / Jiffies.HZ;

    /** Wall-clock time of boot: 2015-01-01 00:00:00 UTC, in seconds. */
    public static final long BOOT_SECONDS = 1_420_070_400;

    /** Nanoseconds since boot. */
    private static long now;

    /** Does computing take time? */
    private static boolean busy;

    private static hrtimer[] heap;
    private static int size;
    private static long started;

    /** Started for a time that was over: no interrupt will come for them, {@link #run_hrtimer_softirq} takes them. */
    private static final ArrayDeque<hrtimer> late = new ArrayDeque<>();

    /** Called when the machine boots. */
    public static void boot() {
        now = 0;
        busy = false;
        Costs.boot();
        heap = new hrtimer[16];
        size = 0;
        started = 0;
        late.clear();
        Jiffies.jiffies = INITIAL_JIFFIES;
    }

    public static void hrtimers_init() {
        open_softirq(HRTIMER_SOFTIRQ, Clock::run_hrtimer_softirq);
    }

    /** Nanoseconds since boot. */
    public static long now() {
        return now;
    }

    /** {@code ktime_get}: the monotonic clock in nanoseconds. */
    public static long ktime_get() {
        return now;
    }

    /** {@code ktime_get_real}: nanoseconds since 1970. */
    public static long ktime_get_real() {
        return BOOT_SECONDS * NSEC_PER_SEC + now;
    }

    /** Seconds since 1970. */
    public static long get_seconds() {
        return BOOT_SECONDS + now / NSEC_PER_SEC;
    }

    /**
     * Starts the timer, or starts it anew. The clock cannot interrupt for a time that is over: then a softirq takes the timer, and until
     * that comes others may run first, even if it is the caller's sleep that is to end at once.
     *
     * @param expires nanoseconds since boot
     */
    public static void hrtimer_start(hrtimer timer, long expires) {
        hrtimer_cancel(timer);
        timer.expires = expires;
        if (expires <= now) {
            late.addLast(timer);
            raise_softirq_irqoff(HRTIMER_SOFTIRQ);
            return;
        }
        timer.order = started++;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        up(size++, timer);
    }

    /** @return true if it was started and had not run yet */
    public static boolean hrtimer_cancel(hrtimer timer) {
        int i = timer.index;
        if (i < 0) {
            return late.remove(timer);
        }
        timer.index = -1;
        hrtimer last = heap[--size];
        heap[size] = null;
        if (last != timer) {
            down(i, last);
            if (heap[i] == last) {
                up(i, last);
            }
        }
        return true;
    }

    public static boolean hrtimer_active(hrtimer timer) {
        return timer.index >= 0 || late.contains(timer);
    }

    /** Timers started and not yet run: for those who check that nothing was left behind. */
    public static int hrtimersPending() {
        return size + late.size();
    }

    private static boolean earlier(hrtimer a, hrtimer b) {
        return a.expires != b.expires ? a.expires < b.expires : a.order < b.order;
    }

    private static void up(int i, hrtimer timer) {
        while (i > 0) {
            int parent = i - 1 >>> 1;
            if (!earlier(timer, heap[parent])) {
                break;
            }
            heap[i] = heap[parent];
            heap[i].index = i;
            i = parent;
        }
        heap[i] = timer;
        timer.index = i;
    }

    private static void down(int i, hrtimer timer) {
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && earlier(heap[child + 1], heap[child])) {
                child++;
            }
            if (!earlier(heap[child], timer)) {
                break;
            }
            heap[i] = heap[child];
            heap[i].index = i;
            i = child;
        }
        heap[i] = timer;
        timer.index = i;
    }

    private static void run_hrtimer_softirq() {
        runLate();
    }

    /** Runs those that were late when it began: one that starts itself anew, too late again, waits for the next softirq. */
    private static void runLate() {
        for (int n = late.size(); n > 0 && !late.isEmpty(); n--) {
            hrtimer timer = late.removeFirst();
            timer.function.call(timer);
        }
    }

    private static long timeOf(long jiffies) {
        return (jiffies - INITIAL_JIFFIES) * NSEC_PER_JIFFY;
    }

    /** When the next event is due, in nanoseconds since boot; {@code Long.MAX_VALUE}: never. */
    public static long nextEvent() {
        long tick = Timers.nextTimerJiffies();
        long next = tick == Timers.NO_TIMER ? Long.MAX_VALUE : timeOf(tick);
        return size == 0 ? next : Math.min(next, heap[0].expires);
    }

    /**
     * Moves the clock to the next event and takes its interrupt, with the softirqs that follow it.
     *
     * @return false if there is no event before {@code limit}; the clock stands where it stood
     */
    public static boolean nextInterrupt(long limit) {
        long tick = Timers.nextTimerJiffies();
        long tickTime = tick == Timers.NO_TIMER ? Long.MAX_VALUE : timeOf(tick);
        long hrTime = size == 0 ? Long.MAX_VALUE : heap[0].expires;
        long next = Math.min(tickTime, hrTime);

        if (next == Long.MAX_VALUE || next > limit) {
            return false;
        }
        // What came due while the CPU was busy is late.
        now = Math.max(now, next);
        if (tickTime <= hrTime) {
            Jiffies.jiffies = Math.max(Jiffies.jiffies, tick);
            Timers.skipTo(tick);
            Softirq.irq_enter();
            runLate();
            Timers.run_local_timers();
            Softirq.irq_exit();
        } else {
            ticksUntil(next);
            hrtimer timer = heap[0];
            hrtimer_cancel(timer);
            Softirq.irq_enter();
            runLate();
            timer.function.call(timer);
            Softirq.irq_exit();
        }
        return true;
    }

    /** Moves the clock to {@code to}, before which nothing is due. */
    public static void passTo(long to) {
        now = to;
        ticksUntil(to);
    }

    /** The ticks until {@code time} have come, and none of them had anything to do. */
    private static void ticksUntil(long time) {
        long j = INITIAL_JIFFIES + time / NSEC_PER_JIFFY;
        if (j > Jiffies.jiffies) {
            Jiffies.jiffies = j;
        }
        Timers.skipTo(j + 1);
    }

    /**
     * The CPU is busy for {@code ns}: the clock moves on, jiffies too. What comes due meanwhile is taken when the task goes back to
     * user mode or sleeps. Nobody has to call this: a machine on which computing takes no time is a machine, too.
     */
    public static void spend(long ns) {
        if (ns == 0) {
            return;
        }
        busy = true;
        now += ns + ((now + ns) / NSEC_PER_JIFFY - now / NSEC_PER_JIFFY) * Costs.costs().tick();
        long j = INITIAL_JIFFIES + now / NSEC_PER_JIFFY;
        if (j > Jiffies.jiffies) {
            Jiffies.jiffies = j;
            if (Timers.nextTimerJiffies() > j) {
                // The ticks had nothing to do: a timer that is started now waits for the next one.
                Timers.skipTo(j + 1);
            }
        }
    }

    /** Takes the interrupts that have come due while the CPU was busy. */
    public static void takeOverdue() {
        while (busy && nextInterrupt(now)) {
            // the next one
        }
    }
}
