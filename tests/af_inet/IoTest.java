// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EBUSY;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.errno.Errno.ENOTCONN;
import static linux.fs.file.O_NONBLOCK;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.net.socket.SS_CONNECTED;
import static linux.net.socket.SS_CONNECTING;
import static linux.net.socket.SS_DISCONNECTING;
import static linux.net.socket.SS_UNCONNECTED;
import static linux.sched.Sched.msleep;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Globals.tcp_prot;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.MptcpSockets.free;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_PEEK;
import static uapi.linux.socket.SocketOpt.SHUT_RD;
import static uapi.linux.socket.SocketOpt.SHUT_RDWR;
import static uapi.linux.socket.SocketOpt.SHUT_WR;
import static uapi.linux.sockios.Sockios.SIOCADDRT;
import static uapi.linux.sockios.Sockios.SIOCGIFADDR;
import static uapi.linux.sockios.Sockios.SIOCGSTAMP;
import static uapi.linux.sockios.Sockios.SIOCGSTAMPNS;
import static uapi.linux.sockios.Sockios.SIOCINQ;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.mm.Mm;
import linux.mm.page;
import linux.net.socket;
import linux.socket.msghdr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class IoTest {
    private Sockets sockets;

    @BeforeEach
    void open() {
        sockets = new Sockets();
        sockets.fake.sendmsg = (sk, msg, len) -> {
            sockets.log.add("sendmsg " + len);
            return len;
        };
    }

    @AfterEach
    void close() {
        sockets.closeAll();
    }

    @Nested
    class inet_sendmsg {
        private final msghdr msg = new msghdr();

        @Test
        @DisplayName("the socket gets a port first, if it has none and the protocol wants one")
        void autobind() {
            socket s = sockets.faked();

            assertThat(Io.inet_sendmsg(s, msg, 5)).isEqualTo(5);
            assertThat(Io.inet_sendmsg(s, msg, 6)).isEqualTo(6);
            assertThat(sockets.log).containsExactly("get_port 0", "sendmsg 5", "sendmsg 6");
        }

        @Test
        @DisplayName("TCP gets its port when it connects, not here")
        void no_autobind() {
            assertThat(tcp_prot.no_autobind).isTrue();
            sockets.fake.no_autobind = true;

            assertThat(Io.inet_sendmsg(sockets.faked(), msg, 5)).isEqualTo(5);
            assertThat(sockets.log).containsExactly("sendmsg 5");
        }

        @Test
        @DisplayName("-EAGAIN if no port is free")
        void no_port() {
            sockets.fake.get_port = (sk, snum) -> 1;

            assertThat(Io.inet_sendmsg(sockets.faked(), msg, 5)).isEqualTo(-EAGAIN);
            assertThat(sockets.log).isEmpty();
        }
    }

    @Nested
    class inet_sendpage {
        private page page;

        @BeforeEach
        void page() {
            page = Mm.alloc_page(GFP_KERNEL);
        }

        @AfterEach
        void free() {
            Mm.put_page(page);
        }

        @Test
        @DisplayName("the protocol takes the page as it is, if it can")
        void page_as_it_is() {
            sockets.fake.sendpage = (sk, p, offset, size, flags) -> p == page ? offset + size + flags : -1;

            assertThat(Io.inet_sendpage(sockets.faked(), page, 100, 20, 3)).isEqualTo(123);
            assertThat(sockets.log).containsExactly("get_port 0");
        }

        @Test
        @DisplayName("else its bytes are sent like any others")
        void bytes() {
            page.data[100] = 77;
            List<Byte> first = new ArrayList<>();
            sockets.fake.sendmsg = (sk, msg, len) -> {
                first.add(msg.msg_iov[0].iov_base[msg.msg_iov[0].iov_off]);
                return len;
            };

            assertThat(Io.inet_sendpage(sockets.faked(), page, 100, 20, MSG_MORE)).isEqualTo(20);
            assertThat(first).containsExactly((byte) 77);
        }

        @Test
        @DisplayName("-EAGAIN if no port is free")
        void no_port() {
            sockets.fake.get_port = (sk, snum) -> 1;

            assertThat(Io.inet_sendpage(sockets.faked(), page, 0, 1, 0)).isEqualTo(-EAGAIN);
        }
    }

    @Nested
    class inet_recvmsg {
        private final msghdr msg = new msghdr();

        @Test
        @DisplayName("MSG_DONTWAIT is told apart from the other flags; the length of the address is the protocol's")
        void flags() {
            sockets.fake.recvmsg = (sk, m, len, noblock, flags, addr_len) -> {
                sockets.log.add(len + " " + noblock + " " + flags);
                addr_len.val = 16;
                return 3;
            };

            assertThat(Io.inet_recvmsg(sockets.faked(), msg, 5, MSG_DONTWAIT | MSG_PEEK)).isEqualTo(3);
            assertThat(Io.inet_recvmsg(sockets.faked(), msg, 5, MSG_PEEK)).isEqualTo(3);

            assertThat(sockets.log).containsExactly("5 64 2", "5 0 2");
            assertThat(msg.msg_namelen).isEqualTo(16);
        }

        @Test
        @DisplayName("after an error it is left as it was")
        void error() {
            sockets.fake.recvmsg = (sk, m, len, noblock, flags, addr_len) -> {
                addr_len.val = 16;
                return -ENOTCONN;
            };
            msg.msg_namelen = 5;

            assertThat(Io.inet_recvmsg(sockets.faked(), msg, 5, 0)).isEqualTo(-ENOTCONN);
            assertThat(msg.msg_namelen).isEqualTo(5);
        }
    }

    @Nested
    class inet_shutdown {
        private socket s;

        @BeforeEach
        void socket() {
            s = sockets.faked();
            sockets.fake.shutdown = (sk, how) -> sockets.log.add("shutdown " + how);
            s.sk.sk_state_change = sk -> sockets.log.add("changed");
        }

        @ParameterizedTest
        @CsvSource({"0, 1", "1, 2", "2, 3"})
        @DisplayName("one direction, the other, or both; who waits is woken")
        void directions(int how, int bits) {
            s.sk.skc_state = TCP_ESTABLISHED;

            assertThat(Io.inet_shutdown(s, how)).isZero();

            assertThat(s.sk.sk_shutdown).isEqualTo(bits);
            assertThat(sockets.log).containsExactly("shutdown " + bits, "changed");
            assertThat(s.sk.sk_lock.owned).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {-1, 3, 4, Integer.MAX_VALUE, Integer.MIN_VALUE})
        @DisplayName("-EINVAL for anything else")
        void invalid(int how) {
            assertThat(Io.inet_shutdown(s, how)).isEqualTo(-EINVAL);
            assertThat(sockets.log).isEmpty();
        }

        @Test
        @DisplayName("-ENOTCONN without a connection, but those who poll see that it is shut down")
        void closed() {
            assertThat(Io.inet_shutdown(s, SHUT_RDWR)).isEqualTo(-ENOTCONN);

            assertThat(s.sk.sk_shutdown).isEqualTo(3);
            assertThat(sockets.log).containsExactly("shutdown 3", "changed");
        }

        @Test
        @DisplayName("a listener that is not to receive any more does not listen any more")
        void listening() {
            s.sk.skc_state = TCP_LISTEN;
            assertThat(Io.inet_shutdown(s, SHUT_WR)).isZero();
            assertThat(sockets.log).containsExactly("changed");
            assertThat(s.sk.sk_shutdown).isZero();

            assertThat(Io.inet_shutdown(s, SHUT_RD)).isZero();
            assertThat(sockets.log).containsExactly("changed", "disconnect", "changed");
            assertThat(s.state).isEqualTo(SS_UNCONNECTED);
        }

        @Test
        @DisplayName("a connection attempt is given up; if that fails the socket stays disconnecting")
        void connecting() {
            s.state = SS_CONNECTING;
            s.sk.skc_state = TCP_SYN_SENT;
            assertThat(Io.inet_shutdown(s, SHUT_WR)).isZero();
            assertThat(s.state).isEqualTo(SS_UNCONNECTED);

            s.state = SS_CONNECTING;
            s.sk.skc_state = TCP_SYN_SENT;
            sockets.fake.disconnect = (sk, flags) -> {
                assertThat(flags).isEqualTo(O_NONBLOCK);
                return -EBUSY;
            };
            assertThat(Io.inet_shutdown(s, SHUT_WR)).isEqualTo(-EBUSY);
            assertThat(s.state).isEqualTo(SS_DISCONNECTING);
            s.sk.skc_state = TCP_CLOSE;
        }

        @Test
        @DisplayName("the application's side learns what became of its connect")
        void learns() {
            s.state = SS_CONNECTING;
            s.sk.skc_state = TCP_ESTABLISHED;
            Io.inet_shutdown(s, SHUT_WR);
            assertThat(s.state).isEqualTo(SS_CONNECTED);

            s.state = SS_CONNECTING;
            s.sk.skc_state = TCP_CLOSE;
            Io.inet_shutdown(s, SHUT_WR);
            assertThat(s.state).isEqualTo(SS_DISCONNECTING);
        }

        @Test
        @DisplayName("of a real connection: the peer reads to the end")
        void real() {
            socket listener = sockets.listener(80);
            socket client = sockets.connected(80);
            socket server = sockets.accepted(listener);

            assertThat(Io.inet_shutdown(client, SHUT_WR)).isZero();

            // The ACK waits for something to go with.
            assertThat(client.sk.skc_state).isEqualTo(TCP_FIN_WAIT1);
            msleep(50);
            assertThat(client.sk.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(server.sk.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(server.sk.sk_shutdown).isEqualTo(RCV_SHUTDOWN);
        }
    }

    @Nested
    class inet_ioctl {
        private final IntRef arg = new IntRef();

        @Test
        @DisplayName("what is about data is answered by the protocol")
        void protocol() {
            sockets.fake.ioctl = (sk, cmd, a) -> {
                a.val = cmd + 1;
                return 3;
            };

            assertThat(Io.inet_ioctl(sockets.faked(), SIOCINQ, arg)).isEqualTo(3);
            assertThat(arg.val).isEqualTo(SIOCINQ + 1);
        }

        @Test
        @DisplayName("-ENOIOCTLCMD if it has none, and for addresses and routes")
        void unknown() {
            assertThat(Io.inet_ioctl(sockets.faked(), SIOCINQ, arg)).isEqualTo(-ENOIOCTLCMD);
            assertThat(Io.inet_ioctl(sockets.tcp(), SIOCGIFADDR, arg)).isEqualTo(-ENOIOCTLCMD);
            assertThat(Io.inet_ioctl(sockets.tcp(), SIOCADDRT, arg)).isEqualTo(-ENOIOCTLCMD);
        }

        @ParameterizedTest
        @ValueSource(ints = {SIOCGSTAMP, SIOCGSTAMPNS})
        @DisplayName("no packet of TCP was stamped, -ENOENT; asking for it has packets stamped from now on")
        void stamp(int cmd) {
            socket s = sockets.tcp();
            assertThat(sock_flag(s.sk, SOCK_TIMESTAMP)).isFalse();

            assertThat(Io.inet_ioctl(s, cmd, arg)).isEqualTo(-ENOENT);

            assertThat(sock_flag(s.sk, SOCK_TIMESTAMP)).isTrue();
        }
    }
}
