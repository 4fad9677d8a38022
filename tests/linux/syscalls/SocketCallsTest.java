// SPDX-License-Identifier: GPL-2.0-only
package linux.syscalls;

import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.ECONNABORTED;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EMFILE;
import static linux.errno.Errno.ENFILE;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.ENOTSOCK;
import static linux.fs.Files.currentFiles;
import static linux.fs.file.O_NONBLOCK;
import static linux.fs.file.O_RDWR;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_fcntl;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.get32;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeFamily.PF_FAKE;
import static uapi.linux.fcntl.Fcntl.F_GETFL;
import static uapi.linux.socket.SocketOpt.AF_UNSPEC;
import static uapi.linux.socket.SocketOpt.MSG_CMSG_COMPAT;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_PEEK;
import static uapi.linux.socket.SocketOpt.SHUT_WR;
import static uapi.linux.socket.SocketOpt.SOCK_CLOEXEC;
import static uapi.linux.socket.SocketOpt.SOCK_NONBLOCK;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_MARK;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.fs.Files;
import linux.gfp.Gfp;
import linux.sched.task_struct;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import net.sock.Alloc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class SocketCallsTest {
    private static final sockaddr_in ADDR = new sockaddr_in(0x0a000001, 80);

    private final List<String> log = new ArrayList<>();
    private FakeFamily family;
    private int fd;

    /** A descriptor that is no socket. */
    private int pipe;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        fd = sys_socket(PF_FAKE, SOCK_STREAM, 0);
        int[] ends = new int[2];
        FileCalls.sys_pipe(ends);
        pipe = ends[0];
        family.ops.getname = (s, addr, len, peer) -> {
            ((sockaddr_in) addr).sin_port = 1000 + peer;
            len.val = 16;
            return 0;
        };
    }

    @AfterEach
    void close() {
        Gfp.inject(null);
        for (int i = 0; i < 20; i++) {
            sys_close(i);
        }
    }

    @Nested
    class sys_socket {
        @Test
        @DisplayName("gives a descriptor; SOCK_NONBLOCK is a flag of the file")
        void descriptor() {
            int a = SocketCalls.sys_socket(PF_FAKE, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

            assertThat(a).isGreaterThan(fd);
            assertThat(sys_fcntl(a, F_GETFL, 0)).isEqualTo(O_RDWR | O_NONBLOCK);
            assertThat(sys_fcntl(fd, F_GETFL, 0)).isEqualTo(O_RDWR);
        }

        @Test
        @DisplayName("-EINVAL: an unknown flag or type; -EAFNOSUPPORT: an unknown family")
        void bad() {
            assertThat(SocketCalls.sys_socket(PF_FAKE, SOCK_STREAM | 0x10, 0)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_socket(PF_FAKE, 11, 0)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_socket(38, SOCK_STREAM, 0)).isEqualTo(-EAFNOSUPPORT);
        }

        @Test
        @DisplayName("-EMFILE: the socket that was made is released again")
        void no_descriptor() {
            int before = Alloc.liveSockets().size();
            currentFiles().rlimit = 1;
            assertThat(SocketCalls.sys_socket(PF_FAKE, SOCK_STREAM, 0)).isEqualTo(-EMFILE);
            assertThat(Alloc.liveSockets()).hasSize(before);
        }
    }

    @Nested
    class sys_bind {
        @Test
        @DisplayName("takes the address over and asks the family")
        void bound() {
            family.ops.bind = (s, addr, len) -> {
                log.add(addr + " " + len);
                return 0;
            };
            assertThat(SocketCalls.sys_bind(fd, ADDR, 16)).isZero();
            assertThat(log).containsExactly("10.0.0.1:80 16");
        }

        @Test
        @DisplayName("an address of another class is no reason to stumble")
        void other_class() {
            family.ops.bind = (s, addr, len) -> addr.sa_family;
            sockaddr other = new sockaddr();
            other.sa_family = 17;
            assertThat(SocketCalls.sys_bind(fd, other, 20)).isEqualTo(17);
        }

        @Test
        @DisplayName("-EBADF, -ENOTSOCK, -EFAULT, -EINVAL")
        void bad() {
            assertThat(SocketCalls.sys_bind(99, ADDR, 16)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_bind(pipe, ADDR, 16)).isEqualTo(-ENOTSOCK);
            assertThat(SocketCalls.sys_bind(fd, null, 16)).isEqualTo(-EFAULT);
            assertThat(SocketCalls.sys_bind(fd, ADDR, -1)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_bind(fd, ADDR, 129)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class sys_listen {
        @Test
        @DisplayName("the backlog is at most net.core.somaxconn; a negative one is a huge one")
        void somaxconn() {
            family.ops.listen = (s, backlog) -> backlog;
            assertThat(SocketCalls.sys_listen(fd, 5)).isEqualTo(5);
            assertThat(SocketCalls.sys_listen(fd, 1000)).isEqualTo(128);
            assertThat(SocketCalls.sys_listen(fd, -1)).isEqualTo(128);
            init_net.core_sysctl_somaxconn = 2000;
            assertThat(SocketCalls.sys_listen(fd, 1000)).isEqualTo(1000);
            assertThat(SocketCalls.sys_listen(99, 1)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_listen(pipe, 1)).isEqualTo(-ENOTSOCK);
        }
    }

    @Nested
    class sys_accept4 {
        @BeforeEach
        void connection() {
            family.ops.accept = (s, newsock, flags) -> {
                net.sock.sock child = family.orphan();
                family.disown(child);
                net.sock.Fields.sock_graft(child, newsock);
                log.add("accept " + (flags & O_NONBLOCK));
                return 0;
            };
        }

        @Test
        @DisplayName("gives the connection a descriptor and tells who it is; flags of the listener are not inherited")
        void accepted() {
            sockaddr_in peer = new sockaddr_in();
            IntRef len = new IntRef(16);
            sys_fcntl(fd, uapi.linux.fcntl.Fcntl.F_SETFL, O_NONBLOCK);

            int a = SocketCalls.sys_accept4(fd, peer, len, 0);
            int b = SocketCalls.sys_accept4(fd, null, null, SOCK_NONBLOCK);

            assertThat(sys_fcntl(a, F_GETFL, 0)).isEqualTo(O_RDWR);
            assertThat(sys_fcntl(b, F_GETFL, 0)).isEqualTo(O_RDWR | O_NONBLOCK);
            assertThat(peer.sin_port).isEqualTo(1002);
            assertThat(len.val).isEqualTo(16);
            assertThat(log).containsExactly("accept " + O_NONBLOCK, "accept " + O_NONBLOCK);
        }

        @Test
        @DisplayName("an error of the family, or an address that cannot be given, takes no descriptor and leaves no socket")
        void errors() {
            int before = Alloc.liveSockets().size();
            int next = Files.get_unused_fd_flags(0);
            Files.put_unused_fd(next);
            assertThat(SocketCalls.sys_accept4(fd, ADDR, null, 0)).isEqualTo(-EFAULT);
            family.ops.getname = (s, addr, len, peer) -> -ENOTCONN;
            assertThat(SocketCalls.sys_accept4(fd, ADDR, new IntRef(16), 0)).isEqualTo(-ECONNABORTED);
            family.ops.accept = (s, newsock, flags) -> -11;
            assertThat(SocketCalls.sys_accept4(fd, null, null, 0)).isEqualTo(-11);

            assertThat(Alloc.liveSockets()).hasSize(before);
            assertThat(Files.get_unused_fd_flags(0)).isEqualTo(next);
            Files.put_unused_fd(next);
        }

        @Test
        @DisplayName("-EINVAL, -EBADF, -ENOTSOCK; -ENFILE, -EMFILE before anybody is accepted")
        void bad() {
            assertThat(SocketCalls.sys_accept4(fd, null, null, 1)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_accept4(99, null, null, 0)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_accept4(pipe, null, null, 0)).isEqualTo(-ENOTSOCK);
            Gfp.failNth(0);
            assertThat(SocketCalls.sys_accept4(fd, null, null, 0)).isEqualTo(-ENFILE);
            Gfp.inject(null);
            currentFiles().rlimit = 3;
            assertThat(SocketCalls.sys_accept4(fd, null, null, 0)).isEqualTo(-EMFILE);
            assertThat(log).isEmpty();
        }
    }

    @Nested
    class sys_accept {
        @Test
        @DisplayName("is accept4 without flags")
        void plain() {
            family.ops.accept = (s, newsock, flags) -> -11;
            assertThat(SocketCalls.sys_accept(fd, null, null)).isEqualTo(-11);
        }
    }

    @Nested
    class sys_connect {
        @Test
        @DisplayName("takes the address over and asks the family, who may have to know whether to wait")
        void connected() {
            family.ops.connect = (s, addr, len, flags) -> {
                log.add(addr + " " + len + " " + (flags & O_NONBLOCK));
                return 0;
            };
            assertThat(SocketCalls.sys_connect(fd, ADDR, 16)).isZero();
            sys_fcntl(fd, uapi.linux.fcntl.Fcntl.F_SETFL, O_NONBLOCK);
            assertThat(SocketCalls.sys_connect(fd, ADDR, 16)).isZero();
            assertThat(log).containsExactly("10.0.0.1:80 16 0", "10.0.0.1:80 16 2048");
        }

        @Test
        @DisplayName("to nobody: what undoes a connection")
        void unspec() {
            sockaddr nobody = new sockaddr();
            family.ops.connect = (s, addr, len, flags) -> addr.sa_family == AF_UNSPEC ? 77 : 0;
            assertThat(SocketCalls.sys_connect(fd, nobody, 16)).isEqualTo(77);
        }

        @Test
        @DisplayName("-EBADF, -ENOTSOCK, -EFAULT, -EINVAL")
        void bad() {
            assertThat(SocketCalls.sys_connect(99, ADDR, 16)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_connect(pipe, ADDR, 16)).isEqualTo(-ENOTSOCK);
            assertThat(SocketCalls.sys_connect(fd, null, 16)).isEqualTo(-EFAULT);
            assertThat(SocketCalls.sys_connect(fd, ADDR, -1)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class sys_getsockname {
        private final sockaddr_in name = new sockaddr_in();
        private final IntRef len = new IntRef(16);

        @Test
        @DisplayName("is our own address")
        void ours() {
            assertThat(SocketCalls.sys_getsockname(fd, name, len)).isZero();
            assertThat(name.sin_port).isEqualTo(1000);
        }

        @Test
        @DisplayName("-EBADF, -ENOTSOCK, -EFAULT, -EINVAL, or what the family says")
        void bad() {
            assertThat(SocketCalls.sys_getsockname(99, name, len)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_getsockname(pipe, name, len)).isEqualTo(-ENOTSOCK);
            assertThat(SocketCalls.sys_getsockname(fd, null, len)).isEqualTo(-EFAULT);
            assertThat(SocketCalls.sys_getsockname(fd, name, null)).isEqualTo(-EFAULT);
            assertThat(SocketCalls.sys_getsockname(fd, name, new IntRef(-1))).isEqualTo(-EINVAL);
            family.ops.getname = (s, addr, l, peer) -> -5;
            assertThat(SocketCalls.sys_getsockname(fd, name, len)).isEqualTo(-5);
        }
    }

    @Nested
    class sys_getpeername {
        private final sockaddr_in name = new sockaddr_in();
        private final IntRef len = new IntRef(16);

        @Test
        @DisplayName("is the peer's address, or what the family says")
        void theirs() {
            assertThat(SocketCalls.sys_getpeername(fd, name, len)).isZero();
            assertThat(name.sin_port).isEqualTo(1001);
            assertThat(SocketCalls.sys_getpeername(99, name, len)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_getpeername(fd, name, null)).isEqualTo(-EFAULT);
            family.ops.getname = (s, addr, l, peer) -> -ENOTCONN;
            assertThat(SocketCalls.sys_getpeername(fd, name, len)).isEqualTo(-ENOTCONN);
        }
    }

    @Nested
    class sys_sendto {
        private final byte[] buf = new byte[100];

        @BeforeEach
        void sendmsg() {
            family.ops.sendmsg = (s, m, len) -> {
                log.add(m.msg_name + " " + m.msg_namelen + " " + m.msg_flags + " " + m.msg_iov[0].iov_off + "+"
                        + m.msg_iov[0].iov_len + " of " + len);
                return len;
            };
        }

        @Test
        @DisplayName("one piece of memory, to the address that is given or to the peer")
        void sent() {
            assertThat(SocketCalls.sys_sendto(fd, buf, 10, 20, MSG_PEEK, null, 5)).isEqualTo(20);
            assertThat(SocketCalls.sys_sendto(fd, buf, 0, 100, 0, ADDR, 16)).isEqualTo(100);
            assertThat(log).containsExactly("null 0 2 10+20 of 20", "10.0.0.1:80 16 0 0+100 of 100");
        }

        @Test
        @DisplayName("a file that does not block does not wait; a negative length is a huge one")
        void nonblock() {
            sys_fcntl(fd, uapi.linux.fcntl.Fcntl.F_SETFL, O_NONBLOCK);
            SocketCalls.sys_sendto(fd, buf, 0, -1, 0, null, 0);
            assertThat(log).containsExactly("null 0 " + MSG_DONTWAIT + " 0+2147483647 of 2147483647");
        }

        @Test
        @DisplayName("-EBADF, -ENOTSOCK, -EINVAL, and no address of which nobody knows the length")
        void bad() {
            assertThat(SocketCalls.sys_sendto(99, buf, 0, 1, 0, null, 0)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_sendto(pipe, buf, 0, 1, 0, null, 0)).isEqualTo(-ENOTSOCK);
            assertThat(SocketCalls.sys_sendto(fd, buf, 0, 1, 0, ADDR, -1)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_sendto(fd, buf, 0, 1, 0, ADDR, 200)).isEqualTo(-EINVAL);
            assertThat(log).isEmpty();
        }
    }

    @Nested
    class sys_send {
        @Test
        @DisplayName("is sendto without an address")
        void plain() {
            family.ops.sendmsg = (s, m, len) -> m.msg_name == null ? len + m.msg_flags : -1;
            assertThat(SocketCalls.sys_send(fd, new byte[9], 0, 9, 32)).isEqualTo(41);
        }
    }

    @Nested
    class sys_recvfrom {
        private final byte[] buf = new byte[100];
        private final sockaddr_in from = new sockaddr_in();

        @Test
        @DisplayName("into one piece of memory; tells who has sent it, if anybody wants to know")
        void received() {
            family.ops.recvmsg = (s, m, len, flags) -> {
                if (m.msg_name != null) {
                    ((sockaddr_in) m.msg_name).sin_port = 9;
                    m.msg_namelen = 16;
                }
                return m.msg_iov[0].iov_off * 1000 + len + flags;
            };
            IntRef len = new IntRef(16);

            assertThat(SocketCalls.sys_recvfrom(fd, buf, 3, 50, MSG_PEEK, from, len)).isEqualTo(3052);
            assertThat(from.sin_port).isEqualTo(9);
            assertThat(SocketCalls.sys_recvfrom(fd, buf, 3, 50, 0, null, null)).isEqualTo(3050);
            assertThat(SocketCalls.sys_recvfrom(fd, buf, 0, 50, 0, from, null)).isEqualTo(-EFAULT);
            assertThat(SocketCalls.sys_recvfrom(fd, buf, 0, -5, 0, null, null)).isEqualTo(Integer.MAX_VALUE);
        }

        @Test
        @DisplayName("after an error nobody has sent it; a file that does not block does not wait")
        void error() {
            sys_fcntl(fd, uapi.linux.fcntl.Fcntl.F_SETFL, O_NONBLOCK);
            family.ops.recvmsg = (s, m, len, flags) -> flags == MSG_DONTWAIT ? -11 : 0;
            assertThat(SocketCalls.sys_recvfrom(fd, buf, 0, 5, 0, from, null)).isEqualTo(-11);
            assertThat(SocketCalls.sys_recvfrom(99, buf, 0, 5, 0, null, null)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_recvfrom(pipe, buf, 0, 5, 0, null, null)).isEqualTo(-ENOTSOCK);
        }

        @Test
        @DisplayName("a call that waits keeps the socket open though its descriptor is closed")
        void closed_meanwhile() {
            family.ops.recvmsg = (s, m, len, flags) -> {
                msleep(10);
                log.add("received, open=" + (s.sk != null));
                return 5;
            };
            task_struct t = kthread_create("closer", () -> {
                msleep(2);
                assertThat(sys_close(fd)).isZero();
                log.add("closed");
            });
            t.files = Files.get_files_struct(current);
            wake_up_process(t);

            assertThat(SocketCalls.sys_recvfrom(fd, buf, 0, 5, 0, null, null)).isEqualTo(5);

            assertThat(log).containsExactly("closed", "received, open=true");
            assertThat(SocketCalls.sys_recvfrom(fd, buf, 0, 5, 0, null, null)).isEqualTo(-EBADF);
            t.exited.wait_for_completion();
        }
    }

    @Nested
    class sys_recv {
        @Test
        @DisplayName("is recvfrom without an address")
        void plain() {
            family.ops.recvmsg = (s, m, len, flags) -> m.msg_name == null ? len + flags : -1;
            assertThat(SocketCalls.sys_recv(fd, new byte[9], 0, 9, 32)).isEqualTo(41);
        }
    }

    @Nested
    class sys_setsockopt {
        @Test
        @DisplayName("options of sockets are the same for all families; others are the family's")
        void level() {
            family.ops.setsockopt = (s, l, name, val, len) -> l + name + len;
            assertThat(SocketCalls.sys_setsockopt(fd, SOL_SOCKET, SO_MARK, bytesOf(5), 4)).isZero();
            assertThat(SocketCalls.sys_setsockopt(fd, 6, 2, null, 100)).isEqualTo(108);
            assertThat(SocketCalls.sys_setsockopt(fd, 6, 2, null, -1)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_setsockopt(99, 6, 2, null, 0)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_setsockopt(pipe, 6, 2, null, 0)).isEqualTo(-ENOTSOCK);
            assertThat(SocketCalls.sys_setsockopt(fd, SOL_SOCKET, SO_MARK, null, 4)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sys_getsockopt {
        @Test
        @DisplayName("options of sockets are the same for all families; others are the family's")
        void level() {
            byte[] v = new byte[4];
            IntRef len = new IntRef(4);
            SocketCalls.sys_setsockopt(fd, SOL_SOCKET, SO_MARK, bytesOf(5), 4);
            family.ops.getsockopt = (s, l, name, val, n) -> l + name;
            assertThat(SocketCalls.sys_getsockopt(fd, SOL_SOCKET, SO_MARK, v, len)).isZero();
            assertThat(get32(v, 0)).isEqualTo(5);
            assertThat(SocketCalls.sys_getsockopt(fd, 6, 2, v, len)).isEqualTo(8);
            assertThat(SocketCalls.sys_getsockopt(99, 6, 2, v, len)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_getsockopt(pipe, 6, 2, v, len)).isEqualTo(-ENOTSOCK);
            assertThat(SocketCalls.sys_getsockopt(fd, SOL_SOCKET, SO_MARK, v, null)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sys_shutdown {
        @Test
        @DisplayName("asks the family")
        void family() {
            family.ops.shutdown = (s, how) -> how;
            assertThat(SocketCalls.sys_shutdown(fd, SHUT_WR)).isEqualTo(1);
            assertThat(SocketCalls.sys_shutdown(99, SHUT_WR)).isEqualTo(-EBADF);
            assertThat(SocketCalls.sys_shutdown(pipe, SHUT_WR)).isEqualTo(-ENOTSOCK);
        }
    }

    @Nested
    class sys_sendmsg {
        @Test
        @DisplayName("sends pieces; the flag of 32-bit programs is refused")
        void pieces() {
            family.ops.sendmsg = (s, m, len) -> len;
            msghdr msg = new msghdr();
            msg.msg_iov = new iovec[] {new iovec(new byte[3], 0, 3), new iovec(new byte[4], 0, 4)};
            msg.msg_iovlen = 2;
            assertThat(SocketCalls.sys_sendmsg(fd, msg, 0)).isEqualTo(7);
            assertThat(SocketCalls.sys_sendmsg(fd, msg, MSG_CMSG_COMPAT)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_sendmsg(fd, null, 0)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sys_recvmsg {
        @Test
        @DisplayName("receives pieces; the flag of 32-bit programs is refused")
        void pieces() {
            family.ops.recvmsg = (s, m, len, flags) -> len;
            msghdr msg = new msghdr();
            msg.msg_iov = new iovec[] {new iovec(new byte[3], 0, 3), new iovec(new byte[4], 0, 4)};
            msg.msg_iovlen = 2;
            assertThat(SocketCalls.sys_recvmsg(fd, msg, 0)).isEqualTo(7);
            assertThat(SocketCalls.sys_recvmsg(fd, msg, MSG_CMSG_COMPAT)).isEqualTo(-EINVAL);
            assertThat(SocketCalls.sys_recvmsg(fd, null, 0)).isEqualTo(-EFAULT);
        }
    }
}
