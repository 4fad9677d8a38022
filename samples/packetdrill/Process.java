// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.fs.Files.currentFiles;
import static linux.fs.Files.get_files_struct;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.schedule;
import static linux.sched.Sched.schedule_hrtimeout;
import static linux.sched.Sched.set_current_state;
import static linux.sched.Sched.wake_up_process;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.sched.task_struct.TASK_RUNNING;

import linux.hrtimer.Clock;
import linux.sched.Sched;
import linux.sched.task_struct;

/**
 * The process on the host: a task that makes one system call at a time, and may sleep in it while the script goes on.
 */
final class Process {
    private final SystemCalls calls;
    private final task_struct script = current;
    private final task_struct task;
    private Script.Event event;
    private Failure failure;
    private RuntimeException bug;
    private long finished;

    /** Made by the task that plays the script; both share their descriptors. */
    Process(SystemCalls calls) {
        this.calls = calls;
        task = kthread_create("process", this::work);
        currentFiles();
        task.files = get_files_struct(current);
        wake_up_process(task);
    }

    private void work() {
        while (true) {
            if (event != null) {
                try {
                    calls.run((Script.Call) event.action());
                } catch (Failure e) {
                    failure = e;
                } catch (RuntimeException e) {
                    bug = e;
                }
                event = null;
                finished = Clock.now();
                wake_up_process(script);
            }
            set_current_state(TASK_INTERRUPTIBLE);
            if (event == null) {
                schedule();
            }
            set_current_state(TASK_RUNNING);
        }
    }

    /** Begins a system call. @return has it come back at once? */
    boolean call(Script.Event e) {
        event = e;
        failure = null;
        bug = null;
        wake_up_process(task);
        Sched.yield();
        return event == null;
    }

    /** Waits until the call is over. @return false: it still sleeps at {@code limit} */
    boolean await(long limit) {
        while (event != null && Clock.now() < limit) {
            set_current_state(TASK_INTERRUPTIBLE);
            schedule_hrtimeout(limit);
            set_current_state(TASK_RUNNING);
        }
        return event == null;
    }

    /** When the last call came back. */
    long finished() {
        return finished;
    }

    /** Did the last call do what the script says? */
    void check() throws Failure {
        if (bug != null) {
            throw bug;
        }
        if (failure != null) {
            throw failure;
        }
    }
}
