// SPDX-License-Identifier: GPL-2.0-only
package linux.mutex;

import linux.sched.Sched;
import linux.sched.task_struct;
import linux.wait.Wait;
import linux.wait.wait_queue_head_t;

/** A lock that tasks may hold while they sleep. */
public final class mutex {
    private task_struct owner;
    private final wait_queue_head_t waiters = new wait_queue_head_t();

    public static void mutex_lock(mutex lock) {
        Wait.wait_event(lock.waiters, () -> lock.owner == null);
        lock.owner = Sched.current;
    }

    /** @return 1 if it was free and is ours now */
    public static int mutex_trylock(mutex lock) {
        if (lock.owner != null) {
            return 0;
        }
        lock.owner = Sched.current;
        return 1;
    }

    public static void mutex_unlock(mutex lock) {
        linux.bug.Bug.BUG_ON(lock.owner != Sched.current);
        lock.owner = null;
        Wait.wake_up(lock.waiters);
    }

    public static boolean mutex_is_locked(mutex lock) {
        return lock.owner != null;
    }
}
