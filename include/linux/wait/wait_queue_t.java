// SPDX-License-Identifier: GPL-2.0-only
package linux.wait;

import linux.list.list_head;
import linux.sched.task_struct;

/** One who waits: a task, or a function that is told. */
public final class wait_queue_t {
    /** With this flag a wake-up reaches only so many: accept() wakes one of several listeners. */
    public static final int WQ_FLAG_EXCLUSIVE = 1;

    /** What a wake-up does; nonzero counts as somebody woken. */
    public interface Function {
        int call(wait_queue_t wait, int mode, int flags, Object key);
    }

    public int flags;

    /** The task that waits, or what {@code func} needs to know. */
    public Object private_;

    public Function func;
    public final list_head<wait_queue_t> task_list = new list_head<>(this);

    /** An entry that wakes {@code task}: {@code DECLARE_WAITQUEUE}. */
    public wait_queue_t(task_struct task) {
        private_ = task;
        func = Wait::default_wake_function;
    }

    /** An entry that calls {@code func}. */
    public wait_queue_t(Object data, Function func) {
        private_ = data;
        this.func = func;
    }

    /** {@code DEFINE_WAIT}: wakes the running task once, and takes itself off the queue. */
    public static wait_queue_t define() {
        wait_queue_t wait = new wait_queue_t(linux.sched.Sched.current);
        wait.func = Wait::autoremove_wake_function;
        return wait;
    }
}
