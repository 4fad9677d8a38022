// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOIOCTLCMD;
import static linux.errno.Errno.ETIMEDOUT;
import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_poll;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_socket;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.TcpConst.TCP_URG_VALID;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.SocketFields.in;
import static testing.SocketFields.out;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLHUP;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.poll.Poll.POLLPRI;
import static uapi.linux.poll.Poll.POLLRDHUP;
import static uapi.linux.poll.Poll.POLLRDNORM;
import static uapi.linux.poll.Poll.POLLWRNORM;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.sockios.Sockios.SIOCATMARK;
import static uapi.linux.sockios.Sockios.SIOCINQ;
import static uapi.linux.sockios.Sockios.SIOCOUTQ;
import static uapi.linux.sockios.Sockios.SIOCOUTQNSD;

import linux.compiler.IntRef;
import linux.fs.pollfd;
import linux.socket.iovec;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class PollTest {
    private Endpoint e;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        e = new Endpoint();
        tp = e.tp;
    }

    @AfterEach
    void tearDown() {
        e.free();
    }

    @Nested
    class tcp_poll {
        private static final int IN = POLLIN | POLLRDNORM;
        private static final int OUT = POLLOUT | POLLWRNORM;

        private int poll() {
            return Poll.tcp_poll(null, e.sock, null);
        }

        @Test
        @DisplayName("a connection can be written to; with data it can be read as well")
        void data() {
            assertThat(poll()).isEqualTo(OUT);

            e.received(1);
            assertThat(poll()).isEqualTo(IN | OUT);
        }

        @Test
        @DisplayName("SO_RCVLOWAT says how many bytes make a connection readable")
        void low_water() {
            tp.sk_rcvlowat = 10;
            e.received(9);
            assertThat(poll()).isEqualTo(OUT);

            e.received(1);
            assertThat(poll()).isEqualTo(IN | OUT);
        }

        @Test
        @DisplayName("an urgent byte is POLLPRI; it is no byte to be read, unless it is inline")
        void urgent() {
            e.received(1);
            tp.urg_seq = tp.copied_seq;
            tp.urg_data = TCP_URG_VALID | 1;
            assertThat(poll()).isEqualTo(POLLPRI | OUT);

            sock_set_flag(tp, SOCK_URGINLINE);
            assertThat(poll()).isEqualTo(POLLPRI | IN | OUT);
        }

        @Test
        @DisplayName("a full send buffer: not writable, and whoever frees room is told to call")
        void full() {
            tp.sk_sndbuf = 4000;
            e.write(10_000, MSG_DONTWAIT);
            e.sock.flags = 0;

            assertThat(poll()).isZero();
            assertThat(e.sock.flags).isEqualTo(1 << SOCK_NOSPACE | 1 << SOCK_ASYNC_NOSPACE);
        }

        @Test
        @DisplayName("nothing can be sent any more: writable, since a write would not wait")
        void send_shutdown() {
            tp.sk_sndbuf = 4000;
            e.write(10_000, MSG_DONTWAIT);
            tp.sk_shutdown = SEND_SHUTDOWN;

            assertThat(poll()).isEqualTo(OUT);
        }

        @Test
        @DisplayName("the peer has closed: readable and POLLRDHUP, but not POLLHUP")
        void receive_shutdown() {
            tp.sk_shutdown = RCV_SHUTDOWN;

            assertThat(poll()).isEqualTo(IN | POLLRDHUP | OUT);
        }

        @Test
        @DisplayName("both directions are closed: POLLHUP")
        void hang_up() {
            tp.sk_shutdown = SHUTDOWN_MASK;

            assertThat(poll()).isEqualTo(POLLHUP | IN | POLLRDHUP | OUT);
        }

        @Test
        @DisplayName("a socket that was never connected hangs up, so that nobody waits for it")
        void closed() {
            tp.skc_state = TCP_CLOSE;

            assertThat(poll()).isEqualTo(POLLHUP | OUT);
        }

        @Test
        @DisplayName("while connecting nothing holds; a failure is an error")
        void connecting() {
            tp.skc_state = TCP_SYN_SENT;
            assertThat(poll()).isZero();

            tp.skc_state = TCP_SYN_RECV;
            assertThat(poll()).isZero();

            tp.sk_err = ETIMEDOUT;
            assertThat(poll()).isEqualTo(POLLERR);
        }

        @Test
        @DisplayName("a connection made by Fast Open can be used at once")
        void fastopen() {
            tp.skc_state = TCP_SYN_RECV;
            tp.fastopen_rsk = new tcp_request_sock();
            e.received(1);

            assertThat(poll()).isEqualTo(IN | OUT);
            tp.fastopen_rsk = null;
        }

        @Test
        @DisplayName("a listener is readable when somebody waits to be accepted")
        void listener() {
            Pair p = Pair.tcp();
            tcp_sock listener = Pair.sock(p.listener);
            assertThat(Poll.tcp_poll(null, listener.sk_socket, null)).isZero();

            int other = Pair.ok(sys_socket(AF_INET, SOCK_STREAM, 0));
            Pair.ok(sys_connect(other, new sockaddr_in(INADDR_LOOPBACK, Pair.PORT), sockaddr_in.SIZE));
            assertThat(Poll.tcp_poll(null, listener.sk_socket, null)).isEqualTo(IN);

            sys_close(other);
            p.close();
        }

        @Test
        @DisplayName("poll(2) sleeps until there is something")
        void waits() {
            Pair p = Pair.tcp();
            long before = jiffies;
            kthread_run("writer", () -> {
                msleep(100);
                Sendmsg.tcp_sendmsg(p.c, Endpoint.msg(0, new iovec(new byte[1], 0, 1)), 1);
            });
            pollfd[] fds = {new pollfd(p.server, POLLIN)};

            assertThat(sys_poll(fds, 1, 1000)).isOne();

            assertThat(fds[0].revents).isEqualTo(POLLIN);
            assertThat(jiffies - before).isBetween(100L, 110L);
            assertThat(sys_poll(new pollfd[] {new pollfd(p.client, POLLIN)}, 1, 50)).isZero();
            p.recv(p.server, 1);
            p.close();
        }
    }

    @Nested
    class tcp_ioctl {
        private final IntRef answer = new IntRef(-1);

        private int ask(int cmd) {
            assertThat(Poll.tcp_ioctl(tp, cmd, answer)).isZero();
            return answer.val;
        }

        @Test
        @DisplayName("SIOCINQ: bytes to be read; the FIN is none")
        void in() {
            assertThat(ask(SIOCINQ)).isZero();
            e.received(100);
            assertThat(ask(SIOCINQ)).isEqualTo(100);
            e.received(10, true);
            assertThat(ask(SIOCINQ)).isEqualTo(110);
        }

        @Test
        @DisplayName("SIOCINQ: not beyond the urgent byte, unless that is inline or behind us")
        void in_urgent() {
            e.received(100);
            tp.urg_data = TCP_URG_VALID;
            tp.urg_seq = tp.copied_seq + 40;
            assertThat(ask(SIOCINQ)).isEqualTo(40);

            sock_set_flag(tp, SOCK_URGINLINE);
            assertThat(ask(SIOCINQ)).isEqualTo(100);

            sock_reset_flag(tp, SOCK_URGINLINE);
            tp.urg_seq = tp.copied_seq - 1;
            assertThat(ask(SIOCINQ)).isEqualTo(100);

            tp.urg_seq = tp.rcv_nxt;
            assertThat(ask(SIOCINQ)).isEqualTo(100);
        }

        @Test
        @DisplayName("SIOCATMARK: the urgent byte comes next")
        void at_mark() {
            e.received(100);
            assertThat(ask(SIOCATMARK)).isZero();

            tp.urg_data = TCP_URG_VALID;
            tp.urg_seq = tp.copied_seq;
            assertThat(ask(SIOCATMARK)).isOne();

            tp.urg_seq++;
            assertThat(ask(SIOCATMARK)).isZero();
        }

        @Test
        @DisplayName("SIOCOUTQ: not acknowledged; SIOCOUTQNSD: not sent")
        void out() {
            e.write(100, 0);
            e.write(30, MSG_MORE);

            assertThat(ask(SIOCOUTQ)).isEqualTo(130);
            assertThat(ask(SIOCOUTQNSD)).isEqualTo(30);
        }

        @Test
        @DisplayName("during the handshake sequence numbers are no bytes")
        void connecting() {
            tp.skc_state = TCP_SYN_SENT;
            tp.rcv_nxt += 10;
            tp.write_seq += 10;

            assertThat(ask(SIOCINQ)).isZero();
            assertThat(ask(SIOCOUTQ)).isZero();
            assertThat(ask(SIOCOUTQNSD)).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {SIOCINQ, SIOCOUTQ, SIOCOUTQNSD})
        @DisplayName("a listener has no data: -EINVAL")
        void listener(int cmd) {
            tp.skc_state = TCP_LISTEN;

            assertThat(Poll.tcp_ioctl(tp, cmd, answer)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("others do not know more: -ENOIOCTLCMD; nowhere to put the answer: -EFAULT")
        void errors() {
            assertThat(Poll.tcp_ioctl(tp, 0x1234, answer)).isEqualTo(-ENOIOCTLCMD);
            assertThat(Poll.tcp_ioctl(tp, SIOCINQ, null)).isEqualTo(-EFAULT);
        }
    }
}
