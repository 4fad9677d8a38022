// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.name;
import static linux.socket.Msghdr.put_cmsg;
import static linux.syscalls.FileCalls.sys_close;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.MSG_CTRUNC;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_TRUNC;

import linux.fs.file;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.socket.sockaddr_in;
import net.sock.SockLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class MessagesTest {
    private final msghdr msg = new msghdr();
    private FakeFamily family;
    private socket sock;
    private int fd;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sock = family.socket();
        fd = SocketFiles.sock_map_fd(sock, 0);
        family.ops.sendmsg = (s, m, len) -> len + m.msg_flags;
        family.ops.recvmsg = (s, m, len, flags) -> len + flags;
    }

    @AfterEach
    void close() {
        sys_close(fd);
        family.closeAll();
    }

    private void pieces(int... lens) {
        msg.msg_iov = new iovec[lens.length];
        msg.msg_iovlen = lens.length;
        for (int i = 0; i < lens.length; i++) {
            msg.msg_iov[i] = new iovec(new byte[lens[i]], 0, lens[i]);
        }
    }

    @Nested
    class __sock_sendmsg_nosec {
        @Test
        @DisplayName("is the family's sendmsg")
        void family() {
            assertThat(Messages.__sock_sendmsg_nosec(sock, msg, 5)).isEqualTo(5);
        }
    }

    @Nested
    class __sock_sendmsg {
        @Test
        @DisplayName("is the family's sendmsg")
        void family() {
            assertThat(Messages.__sock_sendmsg(sock, msg, 6)).isEqualTo(6);
        }
    }

    @Nested
    class sock_sendmsg {
        @Test
        @DisplayName("is the family's sendmsg")
        void family() {
            assertThat(Messages.sock_sendmsg(sock, msg, 7)).isEqualTo(7);
        }
    }

    @Nested
    class kernel_sendmsg {
        @Test
        @DisplayName("sends memory of the kernel")
        void kernel() {
            iovec[] vec = {new iovec(new byte[3], 0, 3)};
            assertThat(Messages.kernel_sendmsg(sock, msg, vec, 1, 3)).isEqualTo(3);
            assertThat(msg.msg_iov).isSameAs(vec);
            assertThat(msg.msg_iovlen).isEqualTo(1);
        }
    }

    @Nested
    class __sock_recvmsg_nosec {
        @Test
        @DisplayName("is the family's recvmsg")
        void family() {
            assertThat(Messages.__sock_recvmsg_nosec(sock, msg, 5, 32)).isEqualTo(37);
        }
    }

    @Nested
    class __sock_recvmsg {
        @Test
        @DisplayName("is the family's recvmsg")
        void family() {
            assertThat(Messages.__sock_recvmsg(sock, msg, 5, 64)).isEqualTo(69);
        }
    }

    @Nested
    class sock_recvmsg {
        @Test
        @DisplayName("is the family's recvmsg")
        void family() {
            assertThat(Messages.sock_recvmsg(sock, msg, 5, 128)).isEqualTo(133);
        }
    }

    @Nested
    class kernel_recvmsg {
        @Test
        @DisplayName("receives into memory of the kernel")
        void kernel() {
            iovec[] vec = {new iovec(new byte[3], 0, 3)};
            assertThat(Messages.kernel_recvmsg(sock, msg, vec, 1, 3, 64)).isEqualTo(67);
            assertThat(msg.msg_iov).isSameAs(vec);
        }
    }

    @Nested
    class copy_msghdr_from_user {
        @Test
        @DisplayName("a name is at most as long as any address; negative: -EINVAL; none at all: -EFAULT")
        void name() {
            msghdr kmsg = new msghdr();
            msg.msg_namelen = 1000;
            assertThat(Messages.copy_msghdr_from_user(kmsg, msg)).isZero();
            assertThat(kmsg.msg_namelen).isEqualTo(128);
            msg.msg_namelen = -1;
            assertThat(Messages.copy_msghdr_from_user(kmsg, msg)).isEqualTo(-EINVAL);
            assertThat(Messages.copy_msghdr_from_user(kmsg, null)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class ___sys_sendmsg {
        private int send(int flags) {
            return Messages.___sys_sendmsg(sock, msg, new msghdr(), flags);
        }

        @Test
        @DisplayName("sends all pieces, to the address that is given; a file that does not block does not wait")
        void pieces() {
            MessagesTest.this.pieces(3, 0, 4);
            msg.msg_name = new sockaddr_in(0x0a000001, 80);
            msg.msg_namelen = 16;
            sock.file.f_flags |= file.O_NONBLOCK;
            family.ops.sendmsg = (s, m, len) -> {
                assertThat(m.msg_flags).isEqualTo(MSG_MORE | MSG_DONTWAIT);
                assertThat(m.msg_iov).isNotSameAs(msg.msg_iov);
                assertThat(m.msg_name).isNotSameAs(msg.msg_name);
                assertThat(m.msg_name.toString()).isEqualTo("10.0.0.1:80");
                return len;
            };

            assertThat(send(MSG_MORE)).isEqualTo(7);
        }

        @Test
        @DisplayName("-EMSGSIZE: more pieces than 1024; -EFAULT: fewer than it says; -EFAULT, -EINVAL: no address")
        void errors() {
            msg.msg_iovlen = 1025;
            assertThat(send(0)).isEqualTo(-EMSGSIZE);
            msg.msg_iovlen = -1;
            assertThat(send(0)).isEqualTo(-EMSGSIZE);
            msg.msg_iovlen = 1;
            assertThat(send(0)).isEqualTo(-EFAULT);
            MessagesTest.this.pieces(1);
            msg.msg_namelen = 16;
            assertThat(send(0)).isEqualTo(-EFAULT);
            msg.msg_namelen = -16;
            assertThat(send(0)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("ancillary data are copied, and charged to the socket while they are many")
        void control() {
            MessagesTest.this.pieces(1);
            byte[] control = Skbs.count(0, 100);
            msg.msg_control = control;
            msg.msg_controllen = 100;
            family.ops.sendmsg = (s, m, len) -> {
                assertThat(m.msg_control).isNotSameAs(control).isEqualTo(control);
                assertThat(s.sk.sk_omem_alloc).isEqualTo(100);
                return len;
            };

            assertThat(send(0)).isEqualTo(1);

            assertThat(sock.sk.sk_omem_alloc).isZero();
            msg.msg_controllen = 20;
            family.ops.sendmsg = (s, m, len) -> s.sk.sk_omem_alloc;
            assertThat(send(0)).isZero();
        }

        @Test
        @DisplayName("-ENOBUFS: too many ancillary data; -EFAULT: fewer than it says")
        void control_errors() {
            MessagesTest.this.pieces(1);
            msg.msg_controllen = -1;
            assertThat(send(0)).isEqualTo(-ENOBUFS);
            msg.msg_controllen = SockLimits.sysctl_optmem_max + 1;
            assertThat(send(0)).isEqualTo(-ENOBUFS);
            msg.msg_controllen = 50;
            assertThat(send(0)).isEqualTo(-EFAULT);
            msg.msg_control = new byte[49];
            assertThat(send(0)).isEqualTo(-EFAULT);
            assertThat(sock.sk.sk_omem_alloc).isZero();
        }
    }

    @Nested
    class __sys_sendmsg {
        @Test
        @DisplayName("finds the socket; -EBADF")
        void finds() {
            MessagesTest.this.pieces(4);
            assertThat(Messages.__sys_sendmsg(fd, msg, 0)).isEqualTo(4);
            assertThat(Messages.__sys_sendmsg(99, msg, 0)).isEqualTo(-EBADF);
        }
    }

    @Nested
    class ___sys_recvmsg {
        private int recv(int flags) {
            return Messages.___sys_recvmsg(sock, msg, new msghdr(), flags);
        }

        @Test
        @DisplayName("tells who has sent it, and what there is to say about it")
        void told() {
            pieces(10);
            sockaddr_in from = new sockaddr_in();
            msg.msg_name = from;
            msg.msg_namelen = 16;
            msg.msg_flags = 77;
            family.ops.recvmsg = (s, m, len, flags) -> {
                sockaddr_in in = (sockaddr_in) m.msg_name;
                assertThat(in).isNotSameAs(from);
                assertThat(m.msg_namelen).isZero();
                assertThat(m.msg_flags).isZero();
                in.sin_port = 7;
                m.msg_namelen = 16;
                m.msg_flags = MSG_TRUNC;
                return 5;
            };

            assertThat(recv(0)).isEqualTo(5);

            assertThat(from.sin_port).isEqualTo(7);
            assertThat(msg.msg_namelen).isEqualTo(16);
            assertThat(msg.msg_flags).isEqualTo(MSG_TRUNC);
            assertThat(msg.msg_controllen).isZero();
        }

        @Test
        @DisplayName("ancillary data are written one behind the other, and cut off when there is no room")
        void control() {
            pieces(10);
            byte[] control = new byte[50];
            msg.msg_control = control;
            msg.msg_controllen = 50;
            family.ops.recvmsg = (s, m, len, flags) -> {
                put_cmsg(m, 1, 2, 5, Skbs.count(1, 5));
                put_cmsg(m, 1, 3, 20, Skbs.count(1, 20));
                return 0;
            };

            assertThat(recv(0)).isZero();

            assertThat(msg.msg_controllen).isEqualTo(50);
            assertThat(msg.msg_flags).isEqualTo(MSG_CTRUNC);
            assertThat(control[16]).isEqualTo((byte) 1);
            assertThat(control[24 + 16]).isEqualTo((byte) 1);
        }

        @Test
        @DisplayName("a file that does not block does not wait; an error of the family is the result")
        void nonblock() {
            pieces(10);
            sock.file.f_flags |= file.O_NONBLOCK;
            family.ops.recvmsg = (s, m, len, flags) -> flags == MSG_DONTWAIT ? -11 : 0;
            assertThat(recv(0)).isEqualTo(-11);
            msg.msg_iovlen = 2000;
            assertThat(recv(0)).isEqualTo(-EMSGSIZE);
        }

        @Test
        @DisplayName("room for the name that is negative: -EINVAL")
        void namelen() {
            pieces(10);
            msg.msg_name = new sockaddr_in();
            msg.msg_namelen = -1;
            assertThat(recv(0)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class __sys_recvmsg {
        @Test
        @DisplayName("finds the socket; -EBADF")
        void finds() {
            pieces(4);
            assertThat(Messages.__sys_recvmsg(fd, msg, 0)).isEqualTo(4);
            assertThat(Messages.__sys_recvmsg(99, msg, 0)).isEqualTo(-EBADF);
        }
    }
}
