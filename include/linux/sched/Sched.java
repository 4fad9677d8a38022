// SPDX-License-Identifier: GPL-2.0-only
package linux.sched;

import static linux.bug.Bug.BUG_ON;
import static linux.fs.Files.put_files_struct;
import static linux.mm.Mm.put_page;
import static linux.sched.task_struct.TASK_DEAD;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.sched.task_struct.TASK_UNINTERRUPTIBLE;
import static linux.timer.Timers.del_timer_sync;
import static linux.timer.Timers.setup_timer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import linux.bug.Oops;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.hrtimer.hrtimer;
import linux.interrupt.Softirq;
import linux.jiffies.Jiffies;
import linux.timer.Timers;
import linux.timer.timer_list;

/**
 * The scheduler: one CPU, no preemption, first in first out. A task runs until it sleeps; who was woken
 * first runs next. So a run is deterministic, to the packet.
 *
 * <p>Each task has a Java thread, and all but one of them wait. The thread of the task that sleeps last
 * plays the idle task too: it moves the clock and takes the interrupts until somebody can run. In a
 * debugger the frames of {@link #idle} therefore stand on top of those of some sleeping system call;
 * {@link #current} says whose they are.
 */
public final class Sched {
    private Sched() {}

    public static final long MAX_SCHEDULE_TIMEOUT = Long.MAX_VALUE;

    /** How often a waiting thread looks before it parks, at most: some tens of microseconds. In vain, and it looks half as long next time. */
    static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 4000 : 0;

    /** The task that looks before it parks: who gave the CPU away last. A second one would take the processor from the one that works. */
    private static volatile task_struct spinner;

    /** The task that runs. */
    public static task_struct current;

    /** The task that runs when nobody can: interrupts that come then are on its account. */
    private static task_struct idle;

    /** {@code init}: the thread that booted the machine. It hears of a crash. */
    private static task_struct init;

    private static final ArrayDeque<task_struct> runqueue = new ArrayDeque<>();
    private static final List<task_struct> tasks = new ArrayList<>();
    private static int lastPid;
    private static boolean need_resched;

    /** Why the machine stopped, or null while it runs. */
    private static volatile Throwable halted;

    /** Thrown in every thread of a machine that has stopped; nobody should catch it. */
    private static final class Halted extends Error {
        private static final long serialVersionUID = 1L;

        Halted(Throwable cause) {
            super("the machine has stopped", cause, false, false);
        }
    }

    /** Starts anew, with the calling thread as task number 1. Called when the machine boots. */
    public static void sched_init() {
        halt();
        halted = null;
        tasks.clear();
        runqueue.clear();
        lastPid = 0;
        need_resched = false;
        idle = new task_struct(0, "idle", null);
        init = new task_struct(++lastPid, "init", null);
        init.thread = Thread.currentThread();
        init.on_rq = true;
        init.onCpu = true;
        current = init;
    }

    /** Stops the machine: the threads of its tasks end. The thread that booted it may go on. */
    public static void halt() {
        stop(new IllegalStateException("halted"));
        for (task_struct t : tasks) {
            if (t.thread != null && t.thread != Thread.currentThread()) {
                try {
                    t.thread.join(1000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
        tasks.clear();
    }

    private static void stop(Throwable why) {
        if (halted == null) {
            halted = why;
        }
        for (task_struct t : tasks) {
            LockSupport.unpark(t.thread);
        }
        if (init != null) {
            LockSupport.unpark(init.thread);
        }
    }

    /** Makes a kernel thread, in the namespace of whoever makes it; {@link #wake_up_process} starts it. */
    public static task_struct kthread_create(String comm, Runnable body) {
        task_struct t = new task_struct(++lastPid, comm, body);
        t.net_ns = current.net_ns;
        t.state = TASK_UNINTERRUPTIBLE;
        return t;
    }

    /** Makes a kernel thread and lets it wait for its turn. */
    public static task_struct kthread_run(String comm, Runnable body) {
        task_struct t = kthread_create(comm, body);
        wake_up_process(t);
        return t;
    }

    public static void set_current_state(int state) {
        current.state = state;
    }

    /** Should the task that runs give way soon? Only the idle task ever should. */
    public static boolean need_resched() {
        return need_resched;
    }

    public static boolean is_idle_task(task_struct t) {
        return t == idle;
    }

    /** @return 1 if it slept */
    public static int wake_up_process(task_struct p) {
        if (p.state == TASK_RUNNING || p.state == TASK_DEAD) {
            return 0;
        }
        p.state = TASK_RUNNING;
        Clock.spend(Costs.costs().wakeUp());
        if (!p.on_rq) {
            p.on_rq = true;
            if (p.urgent) {
                runqueue.addFirst(p);
            } else {
                runqueue.addLast(p);
            }
            if (current == idle) {
                need_resched = true;
            }
        }
        return 1;
    }

    /** Lets those run who wait already, then goes on. */
    public static void yield() {
        Clock.takeOverdue();
        Clock.spend(Costs.costs().sleep());
        runqueue.addLast(current);
        switchTo(current, runqueue.removeFirst());
    }

    public static void cond_resched() {
        returnToUser();
        if (need_resched || !runqueue.isEmpty() && current == idle) {
            schedule();
        }
    }

    /** The end of a system call, or a place where a kernel thread does not mind: takes what is overdue, lets an urgent task go first. */
    public static void returnToUser() {
        Clock.takeOverdue();
        task_struct next = runqueue.peekFirst();
        if (next != null && next.urgent && !current.urgent) {
            runqueue.removeFirst();
            runqueue.addFirst(current);
            switchTo(current, next);
        }
    }

    /** The task computes for {@code ns}, in user mode: interrupts come in between, and a more urgent task does not have to wait. */
    public static void compute(long ns) {
        while (ns > 0) {
            returnToUser();
            long step = Math.min(ns, Math.max(Clock.nextEvent() - Clock.now(), 1));
            Clock.spend(step);
            ns -= step;
        }
        returnToUser();
    }

    /**
     * Gives the CPU away. Returns when this task has been woken and it is its turn; at once if it was
     * woken since it set its state.
     */
    public static void schedule() {
        task_struct prev = current;

        if (Softirq.in_interrupt()) {
            throw new Oops("BUG: scheduling while atomic: " + prev.comm);
        }
        Clock.takeOverdue();
        if (prev.state == TASK_RUNNING) {
            return;
        }
        Clock.spend(Costs.costs().sleep());
        if (prev.sleeping != null) {
            prev.sleeping.run();
        }
        prev.on_rq = false;
        if (runqueue.isEmpty()) {
            idle();
        }
        task_struct next = runqueue.removeFirst();
        if (next != prev) {
            switchTo(prev, next);
        }
        Clock.spend(Costs.costs().resume());
    }

    /** Moves the clock from event to event until a task can run. */
    private static void idle() {
        task_struct prev = current;

        current = idle;
        while (runqueue.isEmpty()) {
            if (!Clock.nextInterrupt(Long.MAX_VALUE)) {
                Oops stuck = new Oops("every task sleeps and nothing will ever wake one: " + sleepers());
                current = prev;
                throw crash(stuck);
            }
        }
        need_resched = false;
        current = prev;
    }

    private static String sleepers() {
        StringBuilder s = new StringBuilder(init.state == TASK_RUNNING ? "" : "init ");
        for (task_struct t : tasks) {
            if (t.state == TASK_INTERRUPTIBLE || t.state == TASK_UNINTERRUPTIBLE) {
                s.append(t.comm).append(' ');
            }
        }
        return s.toString().strip();
    }

    private static void switchTo(task_struct prev, task_struct next) {
        prev.onCpu = false;
        current = next;
        if (next.thread == null) {
            start(next);
        } else {
            next.onCpu = true;
            if (next.parked) {
                LockSupport.unpark(next.thread);
            }
        }
        if (prev.state != TASK_DEAD) {
            awaitCpu(prev);
        }
    }

    private static void start(task_struct t) {
        t.onCpu = true;
        t.thread = new Thread(() -> run(t), t.comm);
        t.thread.setDaemon(true);
        tasks.add(t);
        t.thread.start();
    }

    private static void run(task_struct t) {
        try {
            t.body.run();
            exit(t);
        } catch (Halted e) {
            // The machine is gone; so is this thread.
        } catch (Throwable e) {
            crash(e);
        }
    }

    private static void exit(task_struct t) {
        BUG_ON(current != t);
        t.flags |= task_struct.PF_EXITING;
        if (t.files != null) {
            put_files_struct(t.files);
        }
        if (t.task_frag.page != null) {
            put_page(t.task_frag.page);
        }
        tasks.remove(t);
        t.state = TASK_DEAD;
        t.exited.complete_all();
        t.on_rq = false;
        if (runqueue.isEmpty()) {
            idle();
        }
        switchTo(t, runqueue.removeFirst());
    }

    /** A task has failed: stops the machine and lets the thread that booted it say why. */
    private static Error crash(Throwable why) {
        boolean first = halted == null;
        stop(why);
        if (first && Thread.currentThread() == init.thread) {
            throw sneaky(why);
        }
        return new Halted(why);
    }

    private static void awaitCpu(task_struct me) {
        spinner = me;
        for (int i = 0; i < me.spins && spinner == me; i++) {
            if (me.onCpu) {
                me.spins = SPINS;
                return;
            }
            Thread.onSpinWait();
        }
        me.spins = Math.max(me.spins >> 1, SPINS >> 4);
        me.parked = true;
        while (!me.onCpu) {
            if (halted != null) {
                if (me == init) {
                    throw sneaky(new Oops("the machine stopped: " + halted.getMessage(), halted));
                }
                throw new Halted(halted);
            }
            LockSupport.park(me);
        }
        me.parked = false;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> Error sneaky(Throwable e) throws T {
        throw (T) e;
    }

    private static void process_timeout(Object data) {
        wake_up_process((task_struct) data);
    }

    /**
     * Sleeps until {@code timeout} jiffies have passed or somebody wakes the task, which has set its state
     * before.
     *
     * @return what is left of {@code timeout}: 0 when all of it has passed
     */
    public static long schedule_timeout(long timeout) {
        if (timeout == MAX_SCHEDULE_TIMEOUT) {
            schedule();
            return timeout;
        }
        if (timeout < 0) {
            linux.printk.Printk.pr_err("schedule_timeout: wrong timeout value %x", timeout);
            current.state = TASK_RUNNING;
            return 0;
        }

        long expire = timeout + Jiffies.jiffies;
        timer_list timer = new timer_list();

        setup_timer(timer, Sched::process_timeout, current);
        Timers.mod_timer_pinned(timer, expire);
        schedule();
        del_timer_sync(timer);

        timeout = expire - Jiffies.jiffies;
        return timeout < 0 ? 0 : timeout;
    }

    public static long schedule_timeout_uninterruptible(long timeout) {
        set_current_state(TASK_UNINTERRUPTIBLE);
        return schedule_timeout(timeout);
    }

    /**
     * Sleeps until the clock shows {@code expires} or somebody wakes the task, which has set its state before.
     *
     * @param expires nanoseconds since boot, {@code Long.MAX_VALUE}: no limit
     * @return 0 when the time has come, -1 when the task was woken before
     */
    public static int schedule_hrtimeout(long expires) {
        if (expires == Long.MAX_VALUE) {
            schedule();
            return -1;
        }
        task_struct me = current;
        boolean[] expired = new boolean[1];
        hrtimer timer = new hrtimer(t -> {
            expired[0] = true;
            wake_up_process(me);
        });
        Clock.hrtimer_start(timer, expires);
        schedule();
        Clock.hrtimer_cancel(timer);
        set_current_state(TASK_RUNNING);
        return expired[0] ? 0 : -1;
    }

    /** {@code nanosleep}. */
    public static void nanosleep(long ns) {
        long until = Clock.now() + ns;
        do {
            set_current_state(TASK_INTERRUPTIBLE);
        } while (schedule_hrtimeout(until) != 0);
    }

    public static void msleep(int msecs) {
        long timeout = Jiffies.msecs_to_jiffies(msecs) + 1;

        while (timeout != 0) {
            timeout = schedule_timeout_uninterruptible(timeout);
        }
    }

    /** Nobody can signal a task of this machine. */
    public static boolean signal_pending(task_struct p) {
        return false;
    }
}
