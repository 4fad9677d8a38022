// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EMFILE;
import static linux.errno.Errno.EPIPE;
import static linux.fs.file.O_NONBLOCK;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_fcntl;
import static linux.syscalls.FileCalls.sys_read;
import static linux.syscalls.FileCalls.sys_write;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.fcntl.Fcntl.F_SETFL;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLOUT;

import java.util.ArrayList;
import java.util.List;
import linux.sched.task_struct;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class PipeTest {
    private static final int CAPACITY = 65536;

    private final List<String> log = new ArrayList<>();
    private final byte[] buf = new byte[100_000];
    private int r;
    private int w;

    @BeforeEach
    void open() {
        int[] fd = new int[2];
        assertThat(Pipe.do_pipe_flags(fd, 0)).isZero();
        r = fd[0];
        w = fd[1];
    }

    private task_struct thread(Runnable body) {
        task_struct t = kthread_create("thread", body);
        t.files = Files.get_files_struct(current);
        wake_up_process(t);
        return t;
    }

    private void nonblock(int fd) {
        assertThat(sys_fcntl(fd, F_SETFL, O_NONBLOCK)).isZero();
    }

    private int ready(int fd, int events) {
        pollfd p = new pollfd(fd, events);
        Select.do_sys_poll(new pollfd[] {p}, 1, 0);
        return p.revents;
    }

    @Nested
    class read {
        @Test
        @DisplayName("waits for the first byte, and returns what is there, in order")
        void waits() {
            task_struct t = thread(() -> {
                msleep(5);
                log.add("write");
                assertThat(sys_write(w, Skbs.count(1, 10), 2, 3)).isEqualTo(3);
            });

            assertThat(sys_read(r, buf, 7, 100)).isEqualTo(3);

            log.add("read");
            assertThat(buf).startsWith(0, 0, 0, 0, 0, 0, 0, 3, 4, 5, 0);
            t.exited.wait_for_completion();
            assertThat(log).containsExactly("write", "read");
        }

        @Test
        @DisplayName("0 when the last writer has gone, after what he has left behind; it also ends a wait")
        void end() {
            sys_write(w, buf, 0, 5);
            task_struct t = thread(() -> {
                msleep(5);
                sys_close(w);
            });
            assertThat(sys_read(r, buf, 0, 100)).isEqualTo(5);
            assertThat(sys_read(r, buf, 0, 100)).isZero();
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("-EAGAIN when it does not block; -EFAULT leaves the bytes where they are; 0 bytes are always there")
        void errors() {
            nonblock(r);
            assertThat(sys_read(r, buf, 0, 1)).isEqualTo(-EAGAIN);
            assertThat(sys_read(r, buf, 0, 0)).isZero();
            sys_write(w, buf, 0, 5);
            assertThat(sys_read(r, null, 0, 5)).isEqualTo(-EFAULT);
            assertThat(sys_read(r, buf, 0, 10)).isEqualTo(5);
        }
    }

    @Nested
    class write {
        @Test
        @DisplayName("waits for room, and goes on where it was: bytes keep their order around the ring")
        void waits() {
            byte[] data = new byte[3 * CAPACITY];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (i * 31 + (i >> 8));
            }
            byte[] got = new byte[data.length];
            task_struct t = thread(() -> assertThat(sys_write(w, data, 0, data.length)).isEqualTo(data.length));
            int n = 0;
            while (n < got.length) {
                n += sys_read(r, got, n, Math.min(10_007, got.length - n));
            }
            t.exited.wait_for_completion();
            assertThat(got).isEqualTo(data);
        }

        @Test
        @DisplayName("a short write is not torn: it waits until there is room for all of it")
        void not_torn() {
            sys_write(w, buf, 0, CAPACITY - 10);
            nonblock(w);
            assertThat(sys_write(w, buf, 0, 11)).isEqualTo(-EAGAIN);
            assertThat(sys_write(w, buf, 0, 10)).isEqualTo(10);
            sys_read(r, buf, 0, 5000);
            assertThat(sys_write(w, buf, 0, 6000)).as("a long one may be").isEqualTo(5000);
        }

        @Test
        @DisplayName("-EPIPE without a reader, also while waiting for room; what was written before counts")
        void no_reader() {
            task_struct t = thread(() -> {
                msleep(5);
                sys_close(r);
            });
            assertThat(sys_write(w, buf, 0, CAPACITY + 1)).isEqualTo(CAPACITY);
            assertThat(sys_write(w, buf, 0, 1)).isEqualTo(-EPIPE);
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("-EFAULT: no memory to write from")
        void fault() {
            assertThat(sys_write(w, null, 0, 1)).isEqualTo(-EFAULT);
            assertThat(sys_write(w, null, 0, 0)).isZero();
        }
    }

    @Nested
    class poll {
        @Test
        @DisplayName("readable with a byte in it or without writers, writable with room for a short write or without readers")
        void ready() {
            int all = POLLIN | POLLOUT;
            assertThat(PipeTest.this.ready(r, all)).isZero();
            assertThat(PipeTest.this.ready(w, all)).isEqualTo(POLLOUT);
            sys_write(w, buf, 0, CAPACITY - 4095);
            assertThat(PipeTest.this.ready(r, all)).isEqualTo(POLLIN);
            assertThat(PipeTest.this.ready(w, all)).isZero();
            sys_read(r, buf, 0, 1);
            assertThat(PipeTest.this.ready(w, all)).isEqualTo(POLLOUT);
            sys_close(w);
            assertThat(PipeTest.this.ready(r, all)).isEqualTo(POLLIN | POLLHUP);

            int first = r;
            PipeTest.this.open();
            sys_close(r);
            assertThat(PipeTest.this.ready(w, all)).isEqualTo(POLLOUT | POLLERR);
            sys_close(first);
        }
    }

    @Nested
    class do_pipe_flags {
        @Test
        @DisplayName("-EMFILE takes neither number")
        void limit() {
            int before = Files.get_unused_fd_flags(0);
            Files.put_unused_fd(before);
            Files.currentFiles().rlimit = before + 1;
            assertThat(Pipe.do_pipe_flags(new int[2], 0)).isEqualTo(-EMFILE);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(before);
            assertThat(Pipe.do_pipe_flags(new int[2], 0)).isEqualTo(-EMFILE);
        }
    }
}
