// SPDX-License-Identifier: GPL-2.0-only
package linux.fs;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EMFILE;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.wake_up_process;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.sched.task_struct;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class FilesTest {
    private final List<file> closed = new ArrayList<>();

    private file open() {
        file_operations ops = new file_operations();
        ops.release = f -> {
            closed.add(f);
            return 0;
        };
        return new file(ops, null);
    }

    private int install(file f) {
        int fd = Files.get_unused_fd_flags(0);
        Files.fd_install(fd, f);
        return fd;
    }

    @Nested
    class get_files_struct {
        @Test
        @DisplayName("tasks can share their descriptors: the last one of them closes what is open")
        void shared() {
            file f = open();
            task_struct owner = kthread_create("owner", () -> {
                install(f);
                task_struct thread = kthread_create("thread", () -> assertThat(Files.fget(0)).isSameAs(f));
                thread.files = Files.get_files_struct(current);
                wake_up_process(thread);
                thread.exited.wait_for_completion();
                assertThat(closed).isEmpty();
                Files.fput(f);
            });
            wake_up_process(owner);

            owner.exited.wait_for_completion();

            assertThat(closed).containsExactly(f);
        }

        @Test
        @DisplayName("null of a task that has none")
        void none() {
            assertThat(Files.get_files_struct(kthread_create("none", () -> {}))).isNull();
        }
    }

    @Nested
    class put_files_struct {
        @Test
        @DisplayName("closes all that is open, each file once")
        void all() {
            file a = open();
            file b = open();
            task_struct task = kthread_run("task", () -> {
                install(a);
                install(b);
            });
            task.exited.wait_for_completion();
            assertThat(closed).containsExactly(a, b);
        }
    }

    @Nested
    class get_unused_fd_flags {
        @Test
        @DisplayName("takes the smallest number that is free, even before a file stands behind it")
        void smallest() {
            assertThat(Files.get_unused_fd_flags(0)).isZero();
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(1);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(2);
            Files.put_unused_fd(1);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(1);
            assertThat(Files.fget(1)).isNull();
        }

        @Test
        @DisplayName("-EMFILE: no more than the limit, until one is given back")
        void limit() {
            Files.currentFiles().rlimit = 2;
            Files.get_unused_fd_flags(0);
            Files.get_unused_fd_flags(0);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(-EMFILE);
            Files.put_unused_fd(0);
            assertThat(Files.get_unused_fd_flags(0)).isZero();
        }
    }

    @Nested
    class put_unused_fd {
        @Test
        @DisplayName("the number is free again")
        void free() {
            int fd = Files.get_unused_fd_flags(0);
            Files.put_unused_fd(fd);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(fd);
        }
    }

    @Nested
    class fd_install {
        @Test
        @DisplayName("the number stands for the file; it must not stand for another one")
        void stands() {
            file f = open();
            int fd = install(f);
            assertThat(Files.fget(fd)).isSameAs(f);
            assertThatThrownBy(() -> Files.fd_install(fd, open())).isInstanceOf(Oops.class);
        }

        @Test
        @DisplayName("the table grows with the numbers")
        void grows() {
            for (int i = 0; i < 100; i++) {
                assertThat(install(open())).isEqualTo(i);
            }
            assertThat(Files.fget(99)).isNotNull();
        }
    }

    @Nested
    class fget {
        @Test
        @DisplayName("who has the file keeps it open though the number is closed")
        void kept() {
            file f = open();
            int fd = install(f);
            assertThat(Files.fget(fd)).isSameAs(f);

            Files.__close_fd(Files.currentFiles(), fd);
            assertThat(closed).isEmpty();
            Files.fput(f);
            assertThat(closed).containsExactly(f);
        }

        @Test
        @DisplayName("null for a number that stands for nothing")
        void nothing() {
            assertThat(Files.fget(-1)).isNull();
            assertThat(Files.fget(0)).isNull();
            assertThat(Files.fget(1 << 30)).isNull();
        }
    }

    @Nested
    class get_file {
        @Test
        @DisplayName("is one more user")
        void user() {
            file f = open();
            Files.get_file(f);
            Files.fput(f);
            assertThat(closed).isEmpty();
            Files.fput(f);
            assertThat(closed).hasSize(1);
        }
    }

    @Nested
    class fput {
        @Test
        @DisplayName("the last user closes the file")
        void last() {
            file f = open();
            Files.fput(f);
            assertThat(closed).containsExactly(f);
        }
    }

    @Nested
    class filp_close {
        @Test
        @DisplayName("gives back what a descriptor held")
        void given_back() {
            file f = open();
            assertThat(Files.filp_close(f, null)).isZero();
            assertThat(closed).containsExactly(f);
        }
    }

    @Nested
    class __close_fd {
        @Test
        @DisplayName("-EBADF the second time; the number is free")
        void twice() {
            int fd = install(open());
            assertThat(Files.__close_fd(Files.currentFiles(), fd)).isZero();
            assertThat(Files.__close_fd(Files.currentFiles(), fd)).isEqualTo(-EBADF);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(fd);
        }

        @Test
        @DisplayName("a number that is only reserved cannot be closed")
        void reserved() {
            int fd = Files.get_unused_fd_flags(0);
            assertThat(Files.__close_fd(Files.currentFiles(), fd)).isEqualTo(-EBADF);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(fd + 1);
        }
    }
}
