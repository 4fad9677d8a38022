// SPDX-License-Identifier: GPL-2.0-only
package linux.wait;

import static linux.list.Lists.list_add;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_del_init;
import static linux.list.Lists.list_empty;
import static linux.sched.Sched.schedule;
import static linux.sched.Sched.set_current_state;
import static linux.sched.Sched.wake_up_process;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.sched.task_struct.TASK_UNINTERRUPTIBLE;
import static linux.wait.wait_queue_t.WQ_FLAG_EXCLUSIVE;

import java.util.function.BooleanSupplier;
import linux.list.list_head;
import linux.sched.task_struct;

/**
 * Wait queues, {@code include/linux/wait.h} and {@code kernel/sched/wait.c}: how a task sleeps until
 * something has happened. It puts itself on the queue, sets its state, looks once more whether it has to
 * wait, and only then gives the CPU away: so no wake-up is lost.
 */
public final class Wait {
    private Wait() {}

    private static final int TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE;

    public static boolean waitqueue_active(wait_queue_head_t q) {
        return !list_empty(q.task_list);
    }

    public static void init_waitqueue_head(wait_queue_head_t q) {
        linux.list.Lists.INIT_LIST_HEAD(q.task_list);
    }

    public static void add_wait_queue(wait_queue_head_t q, wait_queue_t wait) {
        wait.flags &= ~WQ_FLAG_EXCLUSIVE;
        list_add(wait.task_list, q.task_list);
    }

    public static void remove_wait_queue(wait_queue_head_t q, wait_queue_t wait) {
        list_del(wait.task_list);
    }

    /** Wakes all who wait, but of the exclusive ones (they stand last) at most {@code nr_exclusive}. */
    private static void __wake_up_common(wait_queue_head_t q, int mode, int nr_exclusive, int wake_flags, Object key) {
        for (list_head<wait_queue_t> p = q.task_list.next, next; p != q.task_list; p = next) {
            next = p.next;
            wait_queue_t curr = p.owner;
            int flags = curr.flags;

            if (curr.func.call(curr, mode, wake_flags, key) != 0
                    && (flags & WQ_FLAG_EXCLUSIVE) != 0
                    && --nr_exclusive == 0) {
                break;
            }
        }
    }

    public static void __wake_up(wait_queue_head_t q, int mode, int nr_exclusive, Object key) {
        __wake_up_common(q, mode, nr_exclusive, 0, key);
    }

    public static void wake_up(wait_queue_head_t q) {
        __wake_up(q, TASK_NORMAL, 1, null);
    }

    public static void wake_up_all(wait_queue_head_t q) {
        __wake_up(q, TASK_NORMAL, 0, null);
    }

    public static void wake_up_interruptible(wait_queue_head_t q) {
        __wake_up(q, TASK_INTERRUPTIBLE, 1, null);
    }

    public static void wake_up_interruptible_all(wait_queue_head_t q) {
        __wake_up(q, TASK_INTERRUPTIBLE, 0, null);
    }

    /** @param events the POLL bits that have come up: a poller of others sleeps on */
    public static void wake_up_interruptible_poll(wait_queue_head_t q, int events) {
        __wake_up(q, TASK_INTERRUPTIBLE, 1, events);
    }

    /** The same; "sync" says that the waker will sleep soon, which makes no difference on one CPU. */
    public static void wake_up_interruptible_sync_poll(wait_queue_head_t q, int events) {
        __wake_up(q, TASK_INTERRUPTIBLE, 1, events);
    }

    static int default_wake_function(wait_queue_t curr, int mode, int wake_flags, Object key) {
        task_struct p = (task_struct) curr.private_;
        return (p.state & mode) != 0 ? wake_up_process(p) : 0;
    }

    static int autoremove_wake_function(wait_queue_t wait, int mode, int sync, Object key) {
        int ret = default_wake_function(wait, mode, sync, key);

        if (ret != 0) {
            list_del_init(wait.task_list);
        }
        return ret;
    }

    public static void prepare_to_wait(wait_queue_head_t q, wait_queue_t wait, int state) {
        wait.flags &= ~WQ_FLAG_EXCLUSIVE;
        if (list_empty(wait.task_list)) {
            list_add(wait.task_list, q.task_list);
        }
        set_current_state(state);
    }

    public static void prepare_to_wait_exclusive(wait_queue_head_t q, wait_queue_t wait, int state) {
        wait.flags |= WQ_FLAG_EXCLUSIVE;
        if (list_empty(wait.task_list)) {
            list_add_tail(wait.task_list, q.task_list);
        }
        set_current_state(state);
    }

    public static void finish_wait(wait_queue_head_t q, wait_queue_t wait) {
        set_current_state(TASK_RUNNING);
        if (wait.task_list.next != null && !list_empty(wait.task_list)) {
            list_del_init(wait.task_list);
        }
    }

    /** Sleeps until {@code condition} holds; whoever makes it true wakes {@code q}. */
    public static void wait_event(wait_queue_head_t q, BooleanSupplier condition) {
        if (condition.getAsBoolean()) {
            return;
        }
        wait_queue_t wait = wait_queue_t.define();
        while (true) {
            prepare_to_wait(q, wait, TASK_UNINTERRUPTIBLE);
            if (condition.getAsBoolean()) {
                break;
            }
            schedule();
        }
        finish_wait(q, wait);
    }

}
