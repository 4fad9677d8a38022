// SPDX-License-Identifier: GPL-2.0-only
package linux.sched;

import linux.wait.Wait;
import linux.wait.wait_queue_head_t;

/** Something that happens once and is waited for: the end of a task, a flushed work queue. */
public final class Completion {
    private final wait_queue_head_t wait = new wait_queue_head_t();
    private boolean done;

    public void complete_all() {
        done = true;
        Wait.wake_up_all(wait);
    }

    public boolean done() {
        return done;
    }

    public void wait_for_completion() {
        Wait.wait_event(wait, () -> done);
    }
}
