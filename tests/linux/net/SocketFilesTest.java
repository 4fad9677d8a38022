// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EMFILE;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.errno.Errno.ENOTSOCK;
import static linux.fs.Files.currentFiles;
import static linux.fs.Files.fput;
import static linux.fs.file.O_NONBLOCK;
import static linux.fs.file.O_RDWR;
import static linux.syscalls.FileCalls.sys_close;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_EOR;
import static uapi.linux.socket.SocketOpt.SOCK_SEQPACKET;

import linux.compiler.IntRef;
import linux.fs.file;
import linux.fs.file_operations;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.syscalls.FileCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class SocketFilesTest {
    private final IntRef err = new IntRef();
    private FakeFamily family;
    private socket sock;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sock = family.socket();
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    /** A descriptor that is no socket. */
    private static int pipe() {
        int[] fd = new int[2];
        assertThat(FileCalls.sys_pipe(fd)).isZero();
        sys_close(fd[1]);
        return fd[0];
    }

    @Nested
    class sock_alloc_file {
        @Test
        @DisplayName("an open file that can be read and written, and blocks unless asked otherwise")
        void open_file() {
            file f = SocketFiles.sock_alloc_file(sock, O_NONBLOCK | 1, null);

            assertThat(sock.file).isSameAs(f);
            assertThat(f.f_flags).isEqualTo(O_RDWR | O_NONBLOCK);
            assertThat(f.private_data).isSameAs(sock);
        }
    }

    @Nested
    class sock_map_fd {
        @Test
        @DisplayName("gives the socket a descriptor; -EMFILE")
        void descriptor() {
            int fd = SocketFiles.sock_map_fd(sock, 0);
            assertThat(fd).isNotNegative();
            currentFiles().rlimit = fd + 1;
            assertThat(SocketFiles.sock_map_fd(family.socket(), 0)).isEqualTo(-EMFILE);
            sys_close(fd);
        }
    }

    @Nested
    class sock_from_file {
        @Test
        @DisplayName("-ENOTSOCK: it is an open file, but no socket")
        void no_socket() {
            assertThat(SocketFiles.sock_from_file(SocketFiles.sock_alloc_file(sock, 0, null), err)).isSameAs(sock);
            assertThat(SocketFiles.sock_from_file(new file(new file_operations(), sock), err)).isNull();
            assertThat(err.val).isEqualTo(-ENOTSOCK);
        }
    }

    @Nested
    class sockfd_lookup {
        @Test
        @DisplayName("who looks a socket up keeps it open")
        void kept() {
            int fd = SocketFiles.sock_map_fd(sock, 0);
            assertThat(SocketFiles.sockfd_lookup(fd, err)).isSameAs(sock);
            assertThat(sys_close(fd)).isZero();
            assertThat(sock.sk).isNotNull();
            fput(sock.file);
            assertThat(sock.sk).isNull();
        }

        @Test
        @DisplayName("-EBADF, -ENOTSOCK")
        void errors() {
            assertThat(SocketFiles.sockfd_lookup(99, err)).isNull();
            assertThat(err.val).isEqualTo(-EBADF);
            int fd = pipe();
            assertThat(SocketFiles.sockfd_lookup(fd, err)).isNull();
            assertThat(err.val).isEqualTo(-ENOTSOCK);
            sys_close(fd);
        }
    }

    @Nested
    class sockfd_lookup_light {
        @Test
        @DisplayName("-EBADF, -ENOTSOCK")
        void errors() {
            assertThat(SocketFiles.sockfd_lookup_light(-1, err)).isNull();
            assertThat(err.val).isEqualTo(-EBADF);
            int fd = pipe();
            assertThat(SocketFiles.sockfd_lookup_light(fd, err)).isNull();
            assertThat(err.val).isEqualTo(-ENOTSOCK);
            assertThat(sys_close(fd)).isZero();
        }
    }

    @Nested
    class do_sock_read {
        @Test
        @DisplayName("receives into all pieces; a file that does not block does not wait")
        void pieces() {
            file f = SocketFiles.sock_alloc_file(sock, O_NONBLOCK, null);
            family.ops.recvmsg = (s, m, len, flags) -> {
                assertThat(flags).isEqualTo(MSG_DONTWAIT);
                assertThat(m.msg_iovlen).isEqualTo(2);
                return len;
            };
            iovec[] iov = {new iovec(new byte[5], 0, 5), new iovec(new byte[7], 0, 7)};

            assertThat(SocketFiles.do_sock_read(new msghdr(), f, iov, 2)).isEqualTo(12);
        }
    }

    @Nested
    class sock_aio_read {
        @Test
        @DisplayName("reading nothing does not even ask the protocol")
        void nothing() {
            file f = SocketFiles.sock_alloc_file(sock, 0, null);
            family.ops.recvmsg = (s, m, len, flags) -> {
                assertThat(flags).isZero();
                return len;
            };
            assertThat(SocketFiles.sock_aio_read(f, new byte[5], 0, 5)).isEqualTo(5);
            family.ops.recvmsg = null;
            assertThat(SocketFiles.sock_aio_read(f, null, 0, 0)).isZero();
        }
    }

    @Nested
    class do_sock_write {
        @Test
        @DisplayName("each write to a socket of records is a record")
        void record() {
            file f = SocketFiles.sock_alloc_file(sock, O_NONBLOCK, null);
            sock.type = SOCK_SEQPACKET;
            family.ops.sendmsg = (s, m, len) -> {
                assertThat(m.msg_flags).isEqualTo(MSG_DONTWAIT | MSG_EOR);
                assertThat(m.msg_name).isNull();
                return len;
            };
            iovec[] iov = {new iovec(new byte[5], 0, 5)};

            assertThat(SocketFiles.do_sock_write(new msghdr(), f, iov, 1)).isEqualTo(5);
        }
    }

    @Nested
    class sock_aio_write {
        @Test
        @DisplayName("a write of nothing is sent")
        void nothing() {
            file f = SocketFiles.sock_alloc_file(sock, 0, null);
            family.ops.sendmsg = (s, m, len) -> 100 + len;
            assertThat(SocketFiles.sock_aio_write(f, null, 0, 0)).isEqualTo(100);
        }
    }

    @Nested
    class sock_do_ioctl {
        @Test
        @DisplayName("asks the family")
        void family() {
            family.ops.ioctl = (s, cmd, arg) -> cmd == 5 ? 0 : -ENOIOCTLCMD;
            assertThat(SocketFiles.sock_do_ioctl(init_net, sock, 5, null)).isZero();
            assertThat(SocketFiles.sock_do_ioctl(init_net, sock, 6, null)).isEqualTo(-ENOIOCTLCMD);
        }
    }

    @Nested
    class sock_ioctl {
        @Test
        @DisplayName("gets from the file to the family")
        void family() {
            family.ops.ioctl = (s, cmd, arg) -> {
                arg.val = cmd;
                return 0;
            };
            file f = SocketFiles.sock_alloc_file(sock, 0, null);
            assertThat(SocketFiles.sock_ioctl(f, 7, err)).isZero();
            assertThat(err.val).isEqualTo(7);
        }
    }

    @Nested
    class sock_poll {
        @Test
        @DisplayName("asks the family")
        void family() {
            family.ops.poll = (f, s, wait) -> s == sock ? POLLIN : 0;
            assertThat(SocketFiles.sock_poll(SocketFiles.sock_alloc_file(sock, 0, null), null)).isEqualTo(POLLIN);
        }
    }

    @Nested
    class sock_close {
        @Test
        @DisplayName("the last descriptor is gone: the socket is released")
        void released() {
            file f = SocketFiles.sock_alloc_file(sock, 0, null);
            assertThat(SocketFiles.sock_close(f)).isZero();
            assertThat(sock.sk).isNull();
            assertThat(sock.file).isNull();
        }
    }
}
