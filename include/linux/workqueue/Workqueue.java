// SPDX-License-Identifier: GPL-2.0-only
package linux.workqueue;

import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.cond_resched;
import static linux.timer.Timers.add_timer;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.init_timer;

import java.util.ArrayDeque;
import linux.sched.Sched;
import linux.sched.task_struct;
import linux.timer.Timers;
import linux.wait.Wait;
import linux.wait.wait_queue_head_t;

/**
 * Work queues, {@code kernel/workqueue.c}: works run one after the other in the order in which they were
 * queued, in kernel threads called kworker. When a work sleeps, the next one goes on in another worker.
 */
public final class Workqueue {
    private Workqueue() {}

    /** The queue of those who have none of their own. */
    public static workqueue_struct system_wq;

    private record Item(work_struct work, workqueue_struct wq) {}

    private static ArrayDeque<Item> worklist;
    private static ArrayDeque<task_struct> idleWorkers;
    private static int workers;
    private static wait_queue_head_t flushed;

    /** Called when the machine boots. */
    public static void init_workqueues() {
        worklist = new ArrayDeque<>();
        idleWorkers = new ArrayDeque<>();
        workers = 0;
        flushed = new wait_queue_head_t();
        system_wq = alloc_workqueue("events");
    }

    public static workqueue_struct alloc_workqueue(String name) {
        return new workqueue_struct(name);
    }

    /** Waits for what is on it. */
    public static void destroy_workqueue(workqueue_struct wq) {
        flush_workqueue(wq);
    }

    /** @param owner the struct that embeds {@code work}, for {@code func} to find */
    public static void INIT_WORK(work_struct work, work_struct.Function func, Object owner) {
        work.func = func;
        work.owner = owner;
        work.pending = false;
    }

    public static void INIT_DELAYED_WORK(delayed_work work, work_struct.Function func, Object owner) {
        INIT_WORK(work, func, owner);
        init_timer(work.timer);
        work.timer.function = Workqueue::delayed_work_timer_fn;
        work.timer.data = work;
    }

    public static boolean work_pending(work_struct work) {
        return work.pending;
    }

    public static boolean delayed_work_pending(delayed_work work) {
        return work.pending;
    }

    /** @return false if it was queued already */
    public static boolean queue_work(workqueue_struct wq, work_struct work) {
        if (work.pending) {
            return false;
        }
        work.pending = true;
        __queue_work(wq, work);
        return true;
    }

    private static void __queue_work(workqueue_struct wq, work_struct work) {
        wq.in_flight++;
        worklist.addLast(new Item(work, wq));
        wakeWorker();
    }

    private static void wakeWorker() {
        task_struct worker = idleWorkers.pollFirst();
        if (worker == null) {
            worker = Sched.kthread_create("kworker/" + workers++, Workqueue::worker_thread);
            worker.sleeping = Workqueue::workerSleeps;
        }
        Sched.wake_up_process(worker);
    }

    /**
     * @param delay jiffies from now; 0: at once
     * @return false if it was queued already
     */
    public static boolean queue_delayed_work(workqueue_struct wq, delayed_work dwork, long delay) {
        if (dwork.pending) {
            return false;
        }
        dwork.pending = true;
        if (delay == 0) {
            __queue_work(wq, dwork);
            return true;
        }
        dwork.wq = wq;
        dwork.timer.expires = jiffies + delay;
        add_timer(dwork.timer);
        return true;
    }

    public static boolean schedule_work(work_struct work) {
        return queue_work(system_wq, work);
    }

    public static boolean schedule_delayed_work(delayed_work dwork, long delay) {
        return queue_delayed_work(system_wq, dwork, delay);
    }

    private static void delayed_work_timer_fn(Object data) {
        delayed_work dwork = (delayed_work) data;
        __queue_work(dwork.wq, dwork);
    }

    /** @return true if it was pending and will not run now */
    public static boolean cancel_delayed_work(delayed_work dwork) {
        if (!dwork.pending) {
            return false;
        }
        if (del_timer(dwork.timer) != 0 || unqueue(dwork)) {
            dwork.pending = false;
            return true;
        }
        return false;
    }

    /** The same for a work that waits on a queue. */
    public static boolean cancel_work_sync(work_struct work) {
        boolean was = work.pending && unqueue(work);
        if (was) {
            work.pending = false;
        }
        return was;
    }

    public static boolean cancel_delayed_work_sync(delayed_work dwork) {
        return cancel_delayed_work(dwork);
    }

    private static boolean unqueue(work_struct work) {
        for (Item i : worklist) {
            if (i.work == work) {
                worklist.remove(i);
                done(i.wq);
                return true;
            }
        }
        return false;
    }

    /** Waits until all that is on the queue now has run. */
    public static void flush_workqueue(workqueue_struct wq) {
        Wait.wait_event(flushed, () -> wq.in_flight == 0);
    }

    /** Works queued and not yet begun, and delayed ones whose timer runs: none when nothing was left behind. */
    public static int queued() {
        int delayed = (int) Timers.all().stream().filter(t -> t.data instanceof delayed_work).count();
        return worklist.size() + delayed;
    }

    private static void done(workqueue_struct wq) {
        if (--wq.in_flight == 0) {
            Wait.wake_up_all(flushed);
        }
    }

    /** A worker is about to sleep: in the middle of a work, another one must go on with the next. */
    private static void workerSleeps() {
        if (!worklist.isEmpty()) {
            wakeWorker();
        }
    }

    private static void process_one_work(Item item) {
        item.work.pending = false;
        item.work.func.call(item.work);
        cond_resched();
        done(item.wq);
    }

    private static void worker_thread() {
        while (true) {
            Item item;
            while ((item = worklist.pollFirst()) != null) {
                process_one_work(item);
            }
            idleWorkers.addLast(Sched.current);
            Sched.set_current_state(task_struct.TASK_INTERRUPTIBLE);
            Sched.schedule();
        }
    }
}
