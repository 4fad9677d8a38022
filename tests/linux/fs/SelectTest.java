// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.fs.Files.currentFiles;
import static linux.fs.Files.fd_install;
import static linux.fs.Files.get_unused_fd_flags;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.syscalls.FileCalls.sys_close;
import static linux.wait.Wait.waitqueue_active;
import static linux.wait.Wait.wake_up_interruptible_poll;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.everything;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLNVAL;
import static uapi.linux.poll.Poll.POLLOUT;

import java.util.ArrayList;
import java.util.List;
import linux.hrtimer.Clock;
import linux.sched.task_struct;
import linux.wait.wait_queue_head_t;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SelectTest {
    /** A file that is ready for what a test says. */
    private static final class Fake {
        final wait_queue_head_t queue = new wait_queue_head_t();
        final int fd;
        int ready;
        int looks;
        boolean released;

        Fake() {
            file_operations ops = new file_operations();
            ops.poll = (f, wait) -> {
                looks++;
                poll_table.poll_wait(f, queue, wait);
                return ready;
            };
            ops.release = f -> {
                released = true;
                return 0;
            };
            fd = get_unused_fd_flags(0);
            fd_install(fd, new file(ops, null));
        }

        void becomes(int events) {
            ready = events;
            wake_up_interruptible_poll(queue, events);
        }
    }

    private static task_struct later(int ms, Runnable what) {
        task_struct t = kthread_create("later", () -> {
            msleep(ms);
            what.run();
        });
        t.files = Files.get_files_struct(current);
        wake_up_process(t);
        return t;
    }

    private static int poll(int ms, pollfd... fds) {
        return Select.do_sys_poll(fds, fds.length, ms);
    }

    @Nested
    class do_sys_poll {
        @Test
        @DisplayName("comes back at once with those that are ready, and counts them")
        void at_once() {
            Fake a = new Fake();
            Fake b = new Fake();
            a.ready = POLLIN | POLLOUT;
            pollfd pa = new pollfd(a.fd, POLLIN);
            pollfd pb = new pollfd(b.fd, POLLIN);

            assertThat(poll(-1, pa, pb)).isEqualTo(1);

            assertThat(pa.revents).isEqualTo(POLLIN);
            assertThat(pb.revents).isZero();
            assertThat(waitqueue_active(a.queue)).isFalse();
            assertThat(waitqueue_active(b.queue)).isFalse();
        }

        @Test
        @DisplayName("errors and hang-ups are told without being asked for")
        void errors() {
            Fake a = new Fake();
            a.ready = POLLERR | POLLHUP | POLLIN;
            pollfd p = new pollfd(a.fd, 0);
            assertThat(poll(0, p)).isEqualTo(1);
            assertThat(p.revents).isEqualTo(POLLERR | POLLHUP);
        }

        @Test
        @DisplayName("a descriptor that is not open is ready in its own way; a negative one is left out")
        void not_open() {
            pollfd closed = new pollfd(77, POLLIN);
            pollfd none = new pollfd(-1, POLLIN);
            none.revents = 5;
            assertThat(poll(-1, none, closed)).isEqualTo(1);
            assertThat(closed.revents).isEqualTo(POLLNVAL);
            assertThat(none.revents).isZero();
        }

        @Test
        @DisplayName("a file that cannot be polled can always be read and written")
        void no_poll() {
            int fd = get_unused_fd_flags(0);
            file_operations ops = new file_operations();
            ops.release = f -> 0;
            fd_install(fd, new file(ops, null));
            pollfd p = new pollfd(fd, POLLIN | POLLOUT);
            assertThat(poll(0, p)).isEqualTo(1);
            assertThat(p.revents).isEqualTo(POLLIN | POLLOUT);
        }

        @Test
        @DisplayName("is woken by the file that becomes ready, whichever it is")
        void woken() {
            Fake a = new Fake();
            Fake b = new Fake();
            pollfd pa = new pollfd(a.fd, POLLIN);
            pollfd pb = new pollfd(b.fd, POLLOUT);
            task_struct t = later(5, () -> a.becomes(POLLIN));
            long before = Clock.now();

            assertThat(poll(-1, pa, pb)).isEqualTo(1);

            assertThat(pa.revents).isEqualTo(POLLIN);
            assertThat(Clock.now() - before).isLessThan(10_000_000);
            assertThat(waitqueue_active(a.queue)).isFalse();
            assertThat(waitqueue_active(b.queue)).isFalse();
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("sleeps on when a file becomes ready for something else")
        void something_else() {
            Fake a = new Fake();
            pollfd p = new pollfd(a.fd, POLLIN);
            task_struct t = later(5, () -> {
                a.becomes(POLLOUT);
                msleep(5);
                assertThat(a.looks).as("nobody has looked again").isEqualTo(1);
                a.becomes(POLLOUT | POLLIN);
            });
            assertThat(poll(-1, p)).isEqualTo(1);
            assertThat(p.revents).isEqualTo(POLLIN);
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("0 when the time has passed: to the nanosecond, for nobody else was running")
        void timeout() {
            Fake a = new Fake();
            pollfd p = new pollfd(a.fd, POLLIN);
            long before = Clock.now();

            assertThat(poll(250, p)).isZero();

            assertThat(Clock.now() - before).isEqualTo(250_000_000);
            assertThat(poll(0, p)).isZero();
            assertThat(Clock.now() - before).isEqualTo(250_000_000);
        }

        @Test
        @DisplayName("with no descriptors it is a way to sleep")
        void none() {
            long before = Clock.now();
            assertThat(Select.do_sys_poll(null, 0, 30)).isZero();
            assertThat(Clock.now() - before).isEqualTo(30_000_000);
        }

        @Test
        @DisplayName("a file that is closed meanwhile stays open until the poll is over")
        void closed_meanwhile() {
            Fake a = new Fake();
            pollfd p = new pollfd(a.fd, POLLIN);
            List<Boolean> released = new ArrayList<>();
            task_struct t = later(5, () -> {
                sys_close(a.fd);
                released.add(a.released);
                a.becomes(POLLIN);
            });

            assertThat(poll(-1, p)).isEqualTo(1);

            assertThat(p.revents).as("the number stands for nothing now").isEqualTo(POLLNVAL);
            assertThat(released).containsExactly(false);
            assertThat(a.released).isTrue();
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("-EINVAL: more than there can be; -EFAULT: fewer than it says")
        void bad() {
            currentFiles().rlimit = 10;
            assertThat(Select.do_sys_poll(new pollfd[11], 11, 0)).isEqualTo(-EINVAL);
            assertThat(Select.do_sys_poll(new pollfd[1], -1, 0)).isEqualTo(-EINVAL);
            assertThat(Select.do_sys_poll(new pollfd[1], 2, 0)).isEqualTo(-EFAULT);
            assertThat(Select.do_sys_poll(null, 2, 0)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class poll_does_not_wait {
        @Test
        @DisplayName("who only looks has no table, or one that is done")
        void only_looks() {
            poll_table p = new poll_table(null);
            assertThat(poll_table.poll_does_not_wait(null)).isTrue();
            assertThat(poll_table.poll_does_not_wait(p)).isFalse();
            p.done = true;
            assertThat(poll_table.poll_does_not_wait(p)).isTrue();
        }
    }

    @Nested
    class poll_requested_events {
        @Test
        @DisplayName("without a table everything is asked for")
        void everything() {
            poll_table p = new poll_table(null);
            p._key = POLLIN;
            assertThat(poll_table.poll_requested_events(p)).isEqualTo(POLLIN);
            assertThat(poll_table.poll_requested_events(null)).isEqualTo(~0);
        }
    }
}
