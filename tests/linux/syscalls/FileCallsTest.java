// SPDX-License-Identifier: GPL-2.0-only
package linux.syscalls;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EMFILE;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.errno.Errno.ENOTTY;
import static linux.fs.Files.currentFiles;
import static linux.fs.file.O_NONBLOCK;
import static linux.fs.file.O_RDWR;
import static linux.fs.file.O_WRONLY;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_run;
import static linux.syscalls.SocketCalls.sys_socket;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.FakeFamily.PF_FAKE;
import static uapi.linux.fcntl.Fcntl.F_GETFL;
import static uapi.linux.fcntl.Fcntl.F_SETFL;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.sockios.Sockios.FIONBIO;
import static uapi.linux.sockios.Sockios.SIOCINQ;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.fs.pollfd;
import linux.hrtimer.Clock;
import linux.sched.task_struct;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class FileCallsTest {
    private final byte[] buf = new byte[100];
    private FakeFamily family;
    private int fd;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        fd = sys_socket(PF_FAKE, SOCK_STREAM, 0);
    }

    @AfterEach
    void close() {
        for (int i = 0; i < 20; i++) {
            FileCalls.sys_close(i);
        }
    }

    @Nested
    class sys_close {
        @Test
        @DisplayName("-EBADF the second time, and of what was never open")
        void twice() {
            assertThat(FileCalls.sys_close(fd)).isZero();
            assertThat(FileCalls.sys_close(fd)).isEqualTo(-EBADF);
            assertThat(FileCalls.sys_close(-1)).isEqualTo(-EBADF);
        }

        @Test
        @DisplayName("a task that ends closes what it has open")
        void at_the_end() {
            task_struct t = kthread_run("task", () -> assertThat(sys_socket(PF_FAKE, SOCK_STREAM, 0)).isZero());
            t.exited.wait_for_completion();
            assertThat(t.files).isNotSameAs(current.files);
        }
    }

    @Nested
    class sys_read {
        @Test
        @DisplayName("a socket is received from")
        void socket() {
            family.ops.recvmsg = (s, m, len, flags) -> m.msg_iov[0].iov_off * 1000 + len;
            assertThat(FileCalls.sys_read(fd, buf, 3, 50)).isEqualTo(3050);
            assertThat(FileCalls.sys_read(fd, buf, 0, Integer.MAX_VALUE)).isEqualTo(0x7ffff000);
        }

        @Test
        @DisplayName("-EBADF: not open, or only to be written; -EINVAL: a negative number of bytes")
        void bad() {
            int[] pipe = new int[2];
            FileCalls.sys_pipe(pipe);
            assertThat(FileCalls.sys_read(99, buf, 0, 1)).isEqualTo(-EBADF);
            assertThat(FileCalls.sys_read(pipe[1], buf, 0, 1)).isEqualTo(-EBADF);
            assertThat(FileCalls.sys_read(fd, buf, 0, -1)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class sys_write {
        @Test
        @DisplayName("a socket is sent to")
        void socket() {
            family.ops.sendmsg = (s, m, len) -> m.msg_iov[0].iov_off * 1000 + len;
            assertThat(FileCalls.sys_write(fd, buf, 3, 50)).isEqualTo(3050);
        }

        @Test
        @DisplayName("-EBADF: not open, or only to be read; -EINVAL: a negative number of bytes")
        void bad() {
            int[] pipe = new int[2];
            FileCalls.sys_pipe(pipe);
            assertThat(FileCalls.sys_write(99, buf, 0, 1)).isEqualTo(-EBADF);
            assertThat(FileCalls.sys_write(pipe[0], buf, 0, 1)).isEqualTo(-EBADF);
            assertThat(FileCalls.sys_write(fd, buf, 0, -1)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class sys_ioctl {
        @Test
        @DisplayName("the family answers; -ENOTTY: it does not know, or the file has no ioctls")
        void family() {
            family.ops.ioctl = (s, cmd, arg) -> {
                if (cmd != SIOCINQ) {
                    return -ENOIOCTLCMD;
                }
                arg.val = 17;
                return 0;
            };
            IntRef arg = new IntRef();
            assertThat(FileCalls.sys_ioctl(fd, SIOCINQ, arg)).isZero();
            assertThat(arg.val).isEqualTo(17);
            assertThat(FileCalls.sys_ioctl(fd, 12345, arg)).isEqualTo(-ENOTTY);
            int[] pipe = new int[2];
            FileCalls.sys_pipe(pipe);
            assertThat(FileCalls.sys_ioctl(pipe[0], SIOCINQ, arg)).isEqualTo(-ENOTTY);
            assertThat(FileCalls.sys_ioctl(99, SIOCINQ, arg)).isEqualTo(-EBADF);
        }

        @Test
        @DisplayName("FIONBIO says whether any file blocks; -EFAULT: it does not say")
        void fionbio() {
            assertThat(FileCalls.sys_ioctl(fd, FIONBIO, new IntRef(1))).isZero();
            assertThat(FileCalls.sys_fcntl(fd, F_GETFL, 0)).isEqualTo(O_RDWR | O_NONBLOCK);
            assertThat(FileCalls.sys_ioctl(fd, FIONBIO, new IntRef(0))).isZero();
            assertThat(FileCalls.sys_fcntl(fd, F_GETFL, 0)).isEqualTo(O_RDWR);
            assertThat(FileCalls.sys_ioctl(fd, FIONBIO, null)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sys_fcntl {
        @Test
        @DisplayName("F_SETFL can change whether the file blocks, and nothing else")
        void flags() {
            assertThat(FileCalls.sys_fcntl(fd, F_SETFL, O_NONBLOCK | O_WRONLY)).isZero();
            assertThat(FileCalls.sys_fcntl(fd, F_GETFL, 0)).isEqualTo(O_RDWR | O_NONBLOCK);
            assertThat(FileCalls.sys_fcntl(fd, F_SETFL, 0)).isZero();
            assertThat(FileCalls.sys_fcntl(fd, F_GETFL, 0)).isEqualTo(O_RDWR);
        }

        @Test
        @DisplayName("-EINVAL, -EBADF")
        void bad() {
            assertThat(FileCalls.sys_fcntl(fd, 4711, 0)).isEqualTo(-EINVAL);
            assertThat(FileCalls.sys_fcntl(99, F_GETFL, 0)).isEqualTo(-EBADF);
        }
    }

    @Nested
    class sys_poll {
        @Test
        @DisplayName("asks the family whether the socket is ready, and waits in virtual time")
        void ready() {
            pollfd p = new pollfd(fd, POLLIN);
            family.ops.poll = (f, s, wait) -> 0;
            long before = Clock.now();
            assertThat(FileCalls.sys_poll(new pollfd[] {p}, 1, 5000)).isZero();
            assertThat(Clock.now() - before).isEqualTo(5_000_000_000L);
            family.ops.poll = (f, s, wait) -> POLLIN;
            assertThat(FileCalls.sys_poll(new pollfd[] {p}, 1, -1)).isEqualTo(1);
            assertThat(p.revents).isEqualTo(POLLIN);
        }
    }

    @Nested
    class sys_pipe {
        @Test
        @DisplayName("what is written to the second can be read from the first")
        void two_ends() {
            int[] pipe = new int[2];
            assertThat(FileCalls.sys_pipe(pipe)).isZero();
            assertThat(FileCalls.sys_write(pipe[1], new byte[] {7, 8}, 0, 2)).isEqualTo(2);
            assertThat(FileCalls.sys_read(pipe[0], buf, 0, 100)).isEqualTo(2);
            assertThat(buf).startsWith(7, 8);
        }

        @Test
        @DisplayName("-EFAULT: no place for the numbers; -EMFILE: no numbers")
        void bad() {
            assertThat(FileCalls.sys_pipe(null)).isEqualTo(-EFAULT);
            assertThat(FileCalls.sys_pipe(new int[1])).isEqualTo(-EFAULT);
            currentFiles().rlimit = 1;
            assertThat(FileCalls.sys_pipe(new int[2])).isEqualTo(-EMFILE);
        }
    }

    @Nested
    class sys_nanosleep {
        @Test
        @DisplayName("lets time pass for this task, and others run meanwhile")
        void sleeps() {
            List<Long> woke = new ArrayList<>();
            long before = Clock.now();
            task_struct t = kthread_run("other", () -> {
                FileCalls.sys_nanosleep(0, 500);
                woke.add(Clock.now() - before);
            });
            assertThat(FileCalls.sys_nanosleep(1, 5)).isZero();
            woke.add(Clock.now() - before);
            assertThat(woke).containsExactly(500L, 1_000_000_005L);
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("-EINVAL: no time span")
        void bad() {
            assertThat(FileCalls.sys_nanosleep(-1, 0)).isEqualTo(-EINVAL);
            assertThat(FileCalls.sys_nanosleep(0, -1)).isEqualTo(-EINVAL);
            assertThat(FileCalls.sys_nanosleep(0, 1_000_000_000)).isEqualTo(-EINVAL);
        }
    }
}
