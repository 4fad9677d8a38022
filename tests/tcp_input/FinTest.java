// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EPIPE;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.printk.Printk.dmesg;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_FASYNC;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.siginfo.Siginfo.POLL_HUP;
import static uapi.linux.siginfo.Siginfo.POLL_IN;
import static uapi.linux.socket.SocketOpt.SHUT_WR;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class FinTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    @Nested
    class tcp_reset {
        @Test
        @DisplayName("ECONNREFUSED while connecting")
        void refused() {
            int fd = peer.open();
            peer.connect(fd);
            tcp_sock tp = sk(fd);

            Fin.tcp_reset(tp);

            assertThat(tp.sk_err).isEqualTo(ECONNREFUSED);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("ECONNRESET in the midst of a connection; EPIPE if the peer had finished")
        void reset() {
            tcp_sock tp = sk(peer.accepted());
            Fin.tcp_reset(tp);
            assertThat(tp.sk_err).isEqualTo(ECONNRESET);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.sk_shutdown).isEqualTo(SHUTDOWN_MASK);
        }

        @Test
        @DisplayName("EPIPE if the peer had finished before")
        void after_fin() {
            tcp_sock tp = sk(peer.accepted());
            peer.send(FIN | ACK);
            Fin.tcp_reset(tp);
            assertThat(tp.sk_err).isEqualTo(EPIPE);
        }

        @Test
        @DisplayName("a closed socket stays as it is")
        void closed() {
            tcp_sock tp = sk(peer.open());
            Fin.tcp_reset(tp);
            assertThat(tp.sk_err).isZero();
        }

        @Test
        @DisplayName("whoever waits is told, once")
        void told() {
            tcp_sock tp = sk(peer.accepted());
            int[] told = new int[1];
            tp.sk_error_report = sk -> told[0]++;

            Fin.tcp_reset(tp);

            assertThat(told[0]).isOne();
        }
    }

    @Nested
    class tcp_fin {
        @Test
        @DisplayName("ESTABLISHED: the reader finds the end, and the ACK may ride on our FIN")
        void established() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);

            peer.send(FIN | ACK);

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(tp.sk_shutdown).isEqualTo(RCV_SHUTDOWN);
            assertThat(sock_flag(tp, SOCK_DONE)).isTrue();
            assertThat(tp.icsk_ack.pingpong).isOne();
            assertThat(sys_recv(fd, new byte[10], 0, 10, 0)).isZero();
            later(300);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("a route with the quickack metric: no waiting for ours")
        void quickack_route() {
            assertThat(IpRoute.add(init_net, "10.0.0.2/32 dev eth0 quickack 1")).isZero();
            tcp_sock tp = sk(peer.accepted());
            tp.icsk_ack.pingpong = 0;
            peer.send(FIN | ACK);
            assertThat(tp.icsk_ack.pingpong).isZero();
        }

        @Test
        @DisplayName("FIN_WAIT1: both have closed at the same time, so it goes to CLOSING")
        void both() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            sys_shutdown(fd, SHUT_WR);
            assertThat(peer.next().is(FIN | ACK)).isTrue();

            peer.send(FIN | ACK);

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSING);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            peer.ack++;
            peer.send(ACK);
            assertThat(tcp_death_row.tw_count).isOne();
        }

        @Test
        @DisplayName("FIN_WAIT2: ACK, then TIME_WAIT")
        void time_wait() {
            int fd = peer.accepted();
            sys_shutdown(fd, SHUT_WR);
            peer.next();
            peer.ack++;
            peer.send(ACK);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT2);

            peer.send(FIN | ACK);

            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            assertThat(tcp_death_row.tw_count).isOne();
            assertThat(sk(fd).skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("the FIN once more, in CLOSE_WAIT and in LAST_ACK, is acknowledged and changes nothing")
        void once_more() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            peer.send(FIN | ACK);
            peer.seq--;
            peer.send(FIN | ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);

            sys_close(fd);
            peer.rest();
            peer.seq--;
            peer.send(FIN | ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_LAST_ACK);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("what claims to lie behind the FIN is thrown away")
        void behind() {
            tcp_sock tp = sk(peer.accepted());
            peer.seq += 500;
            peer.send(ACK, new byte[10]);
            assertThat(tp.out_of_order_queue.qlen).isOne();
            peer.seq -= 510;

            peer.send(FIN | ACK);

            assertThat(tp.out_of_order_queue.qlen).isZero();
            assertThat(tp.rx_opt.num_sacks).isZero();
        }

        @Test
        @DisplayName("in a state that has no FIN it complains")
        void impossible() {
            tcp_sock tp = sk(peer.open());
            Fin.tcp_fin(tp);
            assertThat(dmesg()).anyMatch(l -> l.text().contains("Impossible, sk->sk_state=7"));
            tp.sk_shutdown = 0;
        }

        @Test
        @DisplayName("what was SACKed behind the FIN is forgotten, and the memory of the thrown away given back")
        void behind_with_sack() {
            int l = peer.listener(80);
            peer.handshake(new byte[] {2, 4, 5, (byte) 0xb4, 1, 1, 4, 2});
            tcp_sock tp = sk(peer.accept(l));
            peer.seq += 500;
            peer.send(ACK, new byte[10]);
            assertThat(tp.rx_opt.num_sacks).isOne();
            assertThat(tp.sk_forward_alloc).isNotZero();
            peer.seq -= 510;

            peer.send(FIN | ACK);

            assertThat(tp.rx_opt.num_sacks).isZero();
            assertThat(tp.sk_forward_alloc).isLessThan(PAGE_SIZE);
        }

        @ParameterizedTest
        @CsvSource({"false", "true"})
        @DisplayName("the reader is told, and who wants SIGIO: something to read, or, if both have finished, a hang-up")
        void told(boolean both) {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            if (both) {
                sys_shutdown(fd, SHUT_WR);
            }
            List<Integer> bands = new ArrayList<>();
            int[] told = new int[1];
            sock_set_flag(tp, SOCK_FASYNC);
            tp.sk_wq.fasync_list = (sig, band) -> bands.add(band);
            tp.sk_state_change = sk -> told[0]++;

            peer.send(FIN | ACK);

            assertThat(told[0]).isOne();
            assertThat(bands).contains(both ? POLL_HUP : POLL_IN);
            assertThat(bands.contains(POLL_HUP)).isEqualTo(both);
            tp.sk_wq.fasync_list = null;
        }
    }
}
