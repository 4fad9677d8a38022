// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.fs.Files.currentFiles;
import static linux.fs.Files.fget;
import static linux.fs.Files.fput;
import static linux.kernel.Kernel.gtU32;
import static linux.sched.Sched.current;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLNVAL;

import linux.hrtimer.Clock;
import linux.sched.Sched;
import linux.sched.task_struct;
import linux.wait.wait_queue_t;

/** {@code poll}, from {@code fs/select.c}. */
public final class Select {
    private Select() {}

    private static final int DEFAULT_POLLMASK = 0x145;

    /** A poller: who sleeps, and whether something has happened since it looked. */
    private static final class Poller {
        final task_struct task = current;
        boolean triggered;

        int wake(wait_queue_t wait, int mode, int flags, Object key) {
            poll_table.Entry entry = (poll_table.Entry) wait.private_;
            if (key != null && ((int) key & entry.key) == 0) {
                return 0;
            }
            triggered = true;
            return Sched.wake_up_process(task);
        }
    }

    private static int do_pollfd(pollfd pfd, poll_table pwait) {
        int mask = 0;
        if (pfd.fd >= 0) {
            mask = POLLNVAL;
            file f = fget(pfd.fd);
            if (f != null) {
                mask = DEFAULT_POLLMASK;
                if (f.f_op.poll != null) {
                    pwait._key = pfd.events | POLLERR | POLLHUP;
                    mask = f.f_op.poll.call(f, pwait);
                }
                mask &= pfd.events | POLLERR | POLLHUP;
                fput(f);
            }
        }
        pfd.revents = mask;
        return mask;
    }

    /** Looks at all descriptors, and sleeps until one of them is ready or {@code end} (nanoseconds since boot). */
    private static int do_poll(int nfds, pollfd[] list, boolean timed_out, long end) {
        Poller poller = new Poller();
        poll_table pt = new poll_table(poller::wake);
        pt.done = timed_out;

        while (true) {
            int count = 0;
            for (int i = 0; i < nfds; i++) {
                if (do_pollfd(list[i], pt) != 0) {
                    count++;
                    pt.done = true;
                }
            }
            pt.done = true;
            if (count != 0 || timed_out) {
                pt.free();
                return count;
            }
            Sched.set_current_state(task_struct.TASK_INTERRUPTIBLE);
            if (poller.triggered) {
                Sched.set_current_state(task_struct.TASK_RUNNING);
            } else {
                timed_out = Sched.schedule_hrtimeout(end) == 0;
            }
            poller.triggered = false;
        }
    }

    /**
     * Waits until one of the descriptors is ready.
     *
     * @param timeout_msecs negative: for ever; 0: only look
     * @return how many are ready; 0 when the time has passed; {@code -EINVAL}, {@code -EFAULT}
     */
    public static int do_sys_poll(pollfd[] ufds, int nfds, int timeout_msecs) {
        long end = timeout_msecs < 0 ? Long.MAX_VALUE : Clock.now() + timeout_msecs * Clock.NSEC_PER_MSEC;

        if (gtU32(nfds, currentFiles().rlimit)) {
            return -EINVAL;
        }
        if (nfds != 0 && (ufds == null || ufds.length < nfds)) {
            return -EFAULT;
        }
        return do_poll(nfds, ufds, timeout_msecs == 0, end);
    }
}
