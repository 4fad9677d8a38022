// SPDX-License-Identifier: GPL-2.0-only
package linux.interrupt;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON_ONCE;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.jiffies.Jiffies;
import linux.sched.Sched;
import linux.sched.task_struct;

/**
 * Softirqs, {@code kernel/softirq.c}: the work of an interrupt that can wait until nobody minds. They run
 * on the stack of whoever enables bottom halves again or returns from an interrupt, so on loopback one
 * stack leads from {@code tcp_sendmsg} into the receiver's {@code tcp_v4_rcv}.
 *
 * <p>{@code preempt_count} counts the reasons why that must not happen now: interrupts entered ({@link
 * #HARDIRQ_OFFSET}), softirqs being served ({@link #SOFTIRQ_OFFSET}), bottom halves disabled (twice
 * that, so that the two can be told apart).
 */
public final class Softirq {
    private Softirq() {}

    public static final int HI_SOFTIRQ = 0;
    public static final int TIMER_SOFTIRQ = 1;
    public static final int NET_TX_SOFTIRQ = 2;
    public static final int NET_RX_SOFTIRQ = 3;
    public static final int TASKLET_SOFTIRQ = 6;
    public static final int HRTIMER_SOFTIRQ = 8;
    private static final int NR_SOFTIRQS = 10;

    static final int SOFTIRQ_OFFSET = 1 << 8;
    static final int SOFTIRQ_DISABLE_OFFSET = 2 * SOFTIRQ_OFFSET;
    static final int SOFTIRQ_MASK = 0xff << 8;
    static final int HARDIRQ_OFFSET = 1 << 16;
    static final int HARDIRQ_MASK = 0xf << 16;

    /** How long softirqs may go on in one go; what is left is for ksoftirqd. */
    private static final long MAX_SOFTIRQ_TIME = 2 * Jiffies.HZ / 1000;

    private static final int MAX_SOFTIRQ_RESTART = 10;

    /** What a softirq does. */
    public interface Action {
        void call();
    }

    private static Action[] softirq_vec;
    private static int pending;
    private static int preempt_count;
    private static task_struct ksoftirqd;

    private static tasklet_struct tasklet_head;
    private static tasklet_struct tasklet_tail;

    /** Called when the machine boots. */
    public static void softirq_init() {
        softirq_vec = new Action[NR_SOFTIRQS];
        pending = 0;
        preempt_count = 0;
        tasklet_head = null;
        tasklet_tail = null;
        ksoftirqd = Sched.kthread_create("ksoftirqd/0", Softirq::run_ksoftirqd);
        open_softirq(TASKLET_SOFTIRQ, Softirq::tasklet_action);
    }

    public static void open_softirq(int nr, Action action) {
        softirq_vec[nr] = action;
    }

    public static int preempt_count() {
        return preempt_count;
    }

    /** Is a softirq being served, or are bottom halves disabled? */
    public static boolean in_softirq() {
        return (preempt_count & SOFTIRQ_MASK) != 0;
    }

    /** Is a softirq being served? */
    public static boolean in_serving_softirq() {
        return (preempt_count & SOFTIRQ_OFFSET) != 0;
    }

    public static boolean in_irq() {
        return (preempt_count & HARDIRQ_MASK) != 0;
    }

    public static boolean in_interrupt() {
        return (preempt_count & (HARDIRQ_MASK | SOFTIRQ_MASK)) != 0;
    }

    private static void wakeup_softirqd() {
        Sched.wake_up_process(ksoftirqd);
    }

    public static void local_bh_disable() {
        preempt_count += SOFTIRQ_DISABLE_OFFSET;
    }

    /** Enables bottom halves again, and serves the softirqs that came up meanwhile. */
    public static void local_bh_enable() {
        BUG_ON((preempt_count & SOFTIRQ_MASK) < SOFTIRQ_DISABLE_OFFSET);
        WARN_ON_ONCE(in_irq());
        preempt_count -= SOFTIRQ_DISABLE_OFFSET;
        if (pending != 0 && !in_interrupt()) {
            do_softirq();
        }
    }

    static void __do_softirq() {
        long end = Jiffies.jiffies + MAX_SOFTIRQ_TIME;
        int max_restart = MAX_SOFTIRQ_RESTART;

        int work = pending;
        preempt_count += SOFTIRQ_OFFSET;
        Clock.spend(Costs.costs().softirq());

        restart:
        while (true) {
            pending = 0;
            while (work != 0) {
                int nr = Integer.numberOfTrailingZeros(work);
                int prev_count = preempt_count;

                softirq_vec[nr].call();
                BUG_ON(prev_count != preempt_count);
                work &= work - 1;
            }

            work = pending;
            if (work != 0) {
                if (Jiffies.jiffies - end < 0 && !Sched.need_resched() && --max_restart != 0) {
                    continue restart;
                }
                wakeup_softirqd();
            }
            break;
        }
        preempt_count -= SOFTIRQ_OFFSET;
        WARN_ON_ONCE(in_interrupt());
    }

    public static void do_softirq() {
        if (in_interrupt()) {
            return;
        }
        if (pending != 0) {
            __do_softirq();
        }
    }

    public static void irq_enter() {
        preempt_count += HARDIRQ_OFFSET;
    }

    /** The end of an interrupt: serves the softirqs that it raised. */
    public static void irq_exit() {
        preempt_count -= HARDIRQ_OFFSET;
        if (!in_interrupt() && pending != 0) {
            __do_softirq();
        }
    }

    public static void __raise_softirq_irqoff(int nr) {
        pending |= 1 << nr;
    }

    /**
     * Marks a softirq as pending. Inside an interrupt, a softirq or with bottom halves disabled it runs
     * when that ends; in a task there is nothing to wait for, so ksoftirqd is woken.
     */
    public static void raise_softirq_irqoff(int nr) {
        __raise_softirq_irqoff(nr);
        if (!in_interrupt()) {
            wakeup_softirqd();
        }
    }

    public static void raise_softirq(int nr) {
        raise_softirq_irqoff(nr);
    }

    /** Is something left to do? */
    public static boolean local_softirq_pending() {
        return pending != 0;
    }

    /** The kernel thread for what the softirqs could not finish in one go. */
    private static void run_ksoftirqd() {
        while (true) {
            Sched.set_current_state(task_struct.TASK_INTERRUPTIBLE);
            if (pending == 0) {
                Sched.schedule();
            }
            Sched.set_current_state(task_struct.TASK_RUNNING);
            while (pending != 0) {
                __do_softirq();
                Sched.cond_resched();
            }
        }
    }

    public static void tasklet_init(tasklet_struct t, tasklet_struct.Function func, Object data) {
        t.next = null;
        t.scheduled = false;
        t.func = func;
        t.data = data;
    }

    public static void tasklet_schedule(tasklet_struct t) {
        if (!t.scheduled) {
            t.scheduled = true;
            __tasklet_schedule(t);
        }
    }

    private static void __tasklet_schedule(tasklet_struct t) {
        t.next = null;
        if (tasklet_head == null) {
            tasklet_head = t;
        } else {
            tasklet_tail.next = t;
        }
        tasklet_tail = t;
        raise_softirq_irqoff(TASKLET_SOFTIRQ);
    }

    private static void tasklet_action() {
        tasklet_struct list = tasklet_head;
        tasklet_head = null;
        tasklet_tail = null;

        while (list != null) {
            tasklet_struct t = list;

            list = list.next;
            t.scheduled = false;
            t.func.call(t.data);
        }
    }
}
