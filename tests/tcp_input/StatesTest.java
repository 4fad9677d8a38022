// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.ECONNRESET;
import static linux.fs.Files.fput;
import static linux.fs.file.O_NONBLOCK;
import static linux.net.SocketFiles.sockfd_lookup;
import static linux.sched.Sched.kthread_run;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.tcp.Header.tcp_hdr;
import static linux.uaccess.User.bytesOf;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Alloc.liveSockets;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_FASYNC;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.TcpConst.TFO_SERVER_COOKIE_NOT_REQD;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.SYN_OPTIONS;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.socket.SocketOpt.SHUT_RDWR;
import static uapi.linux.socket.SocketOpt.SHUT_WR;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.TCP_FASTOPEN;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.jiffies.Jiffies;
import linux.net.socket;
import linux.skbuff.sk_buff;
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
class StatesTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    /** The host has sent its FIN; the peer has not acknowledged it. */
    private int fin_wait1(int how) {
        int fd = peer.accepted();
        sys_shutdown(fd, how);
        assertThat(peer.next().is(FIN | ACK)).isTrue();
        return fd;
    }

    private int fin_wait2() {
        int fd = fin_wait1(SHUT_WR);
        peer.ack++;
        peer.send(ACK);
        assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT2);
        return fd;
    }

    /** Two SYNs have crossed. */
    private int syn_recv() {
        int fd = peer.open();
        peer.port = 8080;
        peer.connect(fd);
        ScriptedPeer.Segment syn = peer.next();
        peer.hostPort = syn.source();
        peer.options = MSS_OPTION;
        peer.send(SYN);
        peer.options = new byte[0];
        peer.ack = peer.next().seq() + 1;
        return fd;
    }

    @Nested
    class tcp_rcv_state_process {
        @Test
        @DisplayName("CLOSE: whatever comes is dropped")
        void close() {
            tcp_sock tp = sk(peer.open());
            sk_buff skb = peer.segment(SYN);
            skb_reset_transport_header(skb);
            assertThat(States.tcp_rcv_state_process(tp, skb, tcp_hdr(skb), 20)).isZero();
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("LISTEN: a SYN is answered, an ACK is refused, RST and SYN with FIN are ignored")
        void listen() {
            peer.listener(80);
            peer.send(RST);
            peer.send(SYN | FIN);
            assertThat(peer.rest()).isEmpty();

            peer.ack = 5555;
            peer.send(ACK);
            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.is(RST)).isTrue();
            assertThat(rst.seq()).isEqualTo(5555);

            peer.send(SYN);
            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
        }

        @Test
        @DisplayName("SYN_RECV, third ACK of a passive connection: window, timestamps, first RTT, fast path")
        void third_ack() {
            int l = peer.listener(80);
            peer.options = SYN_OPTIONS;
            peer.send(SYN);
            peer.ack = peer.next().seq() + 1;
            later(40);
            peer.options = new byte[] {1, 1, 8, 10, 0, 0, 0, 101, 0, 0, 0, 0};
            peer.window = 500;
            peer.send(ACK);

            tcp_sock tp = sk(peer.accept(l));
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.snd_wnd).isEqualTo(500 << 7);
            assertThat(tp.advmss).isEqualTo(1448);
            assertThat(tp.srtt >> 3).isBetween(40, 41);
            assertThat(tp.lsndtime).isEqualTo(tcp_time_stamp());
            assertThat(tp.rx_opt.ts_recent).isEqualTo(101);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(536);
            assertThat(tp.pred_flags).isNotZero();
            assertThat(tp.sk_pacing_rate).as("twice ten segments in 40 ms").isBetween(600_000, 800_000);
            assertThat(tp.rcvq_space.space).isEqualTo(tp.rcv_wnd);
        }

        @Test
        @DisplayName("SYN_RECV, crossed SYNs: connected by an ACK, and the writer is told")
        void crossed() {
            int fd = syn_recv();
            tcp_sock tp = sk(fd);
            List<Integer> bands = new ArrayList<>();
            sock_set_flag(tp, SOCK_FASYNC);
            tp.sk_wq.fasync_list = (sig, band) -> bands.add(band);
            int[] told = new int[1];
            tp.sk_state_change = sk -> told[0]++;
            tp.icsk_ack.rcv_mss = 1;
            sysctl_tcp_mtu_probing = 2;

            peer.send(ACK);

            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(told[0]).isOne();
            assertThat(bands).contains(POLL_OUT);
            tp.sk_wq.fasync_list = null;
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(536);
            assertThat(tp.icsk_mtup.enabled).isOne();
            assertThat(tp.copied_seq).isEqualTo(tp.rcv_nxt);
            assertThat(tp.icsk_ca_ops.name).isEqualTo("cubic");
            assertThat(sys_send(fd, new byte[3], 0, 3, 0)).isEqualTo(3);
        }

        @Test
        @DisplayName("SYN_RECV: an ACK of something else is answered with RST")
        void unacceptable() {
            int fd = syn_recv();
            peer.ack += 100;
            peer.send(ACK);
            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.is(RST)).isTrue();
            assertThat(rst.seq()).isEqualTo(peer.ack);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_SYN_RECV);
        }

        @Test
        @DisplayName("in no state between the two ends a segment without ACK or RST means anything")
        void no_ack() {
            int fd = fin_wait2();
            peer.send(FIN);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(peer.rest()).isEmpty();
            peer.seq--;
        }

        @Test
        @DisplayName("FIN_WAIT1: data may still come; the ACK of the FIN leads to FIN_WAIT2")
        void to_fin_wait2() {
            int fd = fin_wait1(SHUT_WR);
            peer.send(ACK, new byte[7]);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT1);
            peer.ack++;
            peer.send(ACK, new byte[7]);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(sk(fd).sk_shutdown).isEqualTo(SEND_SHUTDOWN);
            assertThat(sys_recv(fd, new byte[20], 0, 20, 0)).isEqualTo(14);
        }

        @Test
        @DisplayName("FIN_WAIT1, nobody owns it any more: a small struct waits for the FIN, 60 s at most")
        void orphan() {
            int fd = peer.accepted();
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(ACK);
            assertThat(liveSockets().stream().filter(s -> s.sk_shutdown == SHUTDOWN_MASK)).isEmpty();
            assertThat(tcp_death_row.tw_count).isOne();
            later(61_000);
            assertThat(tcp_death_row.tw_count).isZero();
        }

        @Test
        @DisplayName("FIN_WAIT1, nobody owns it: data that nobody will read are answered with RST")
        void orphan_gets_data() {
            int fd = peer.accepted();
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(ACK, new byte[7]);
            assertThat(peer.next().is(RST)).isTrue();
            assertThat(mib(LINUX_MIB_TCPABORTONDATA)).isOne();
        }

        @Test
        @DisplayName("FIN_WAIT1, nobody owns it, TCP_LINGER2 is negative: gone at once")
        void no_linger2() {
            int fd = peer.accepted();
            sk(fd).linger2 = -1;
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(ACK);
            assertThat(mib(LINUX_MIB_TCPABORTONDATA)).isOne();
            assertThat(tcp_death_row.tw_count).isZero();
        }

        @Test
        @DisplayName("FIN_WAIT1, nobody owns it, a longer TCP_LINGER2: the socket waits for the part above 60 s")
        void long_linger2() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            tp.linger2 = 90_000;
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(tp.sk_timer.expires - Jiffies.jiffies).isBetween(30_000L, 30_200L);
            later(31_000);
            assertThat(tcp_death_row.tw_count).isOne();
        }

        @Test
        @DisplayName("FIN_WAIT1, nobody owns it: a FIN in the same segment goes to TIME_WAIT")
        void orphan_gets_fin() {
            int fd = peer.accepted();
            sys_close(fd);
            peer.next();
            peer.ack++;
            peer.send(FIN | ACK);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            assertThat(tcp_death_row.tw_count).isOne();
        }

        @Test
        @DisplayName("CLOSING: the ACK of our FIN leads to TIME_WAIT, not before")
        void closing() {
            int fd = fin_wait1(SHUT_WR);
            peer.send(FIN | ACK);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_CLOSING);
            peer.send(ACK);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_CLOSING);
            peer.ack++;
            peer.send(ACK);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tcp_death_row.tw_count).isOne();
        }

        @Test
        @DisplayName("LAST_ACK: the ACK of our FIN ends it")
        void last_ack() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            peer.send(FIN | ACK);
            sys_shutdown(fd, SHUT_WR);
            assertThat(tp.skc_state).isEqualTo(TCP_LAST_ACK);
            peer.ack++;
            peer.send(ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tcp_death_row.tw_count).isZero();
        }

        @Test
        @DisplayName("CLOSE_WAIT: what claims to come behind the FIN is not queued")
        void close_wait() {
            int fd = peer.accepted();
            peer.send(FIN | ACK);
            peer.send(ACK, new byte[9]);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(sk(fd).sk_receive_queue.qlen).isLessThanOrEqualTo(1);
            assertThat(sys_recv(fd, new byte[20], 0, 20, 0)).isZero();
            peer.seq -= 9;
        }

        @Test
        @DisplayName("data for a reader who has shut down: RST")
        void reader_gone() {
            int fd = fin_wait1(SHUT_RDWR);
            peer.send(ACK, new byte[5]);
            assertThat(peer.next().is(RST)).isTrue();
            assertThat(mib(LINUX_MIB_TCPABORTONDATA)).isOne();
            assertThat(sk(fd).sk_err).isEqualTo(ECONNRESET);
        }

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("a lingering close goes on when its FIN was acknowledged")
        void lingering_close(boolean acknowledged) {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            sock_set_flag(tp, SOCK_LINGER);
            tp.sk_lingertime = 5000;
            kthread_run("peer", () -> {
                later(100);
                if (acknowledged) {
                    peer.ack++;
                    peer.send(ACK);
                }
            });
            // ScriptedPeer's descriptors do not block, and such a one does not linger.
            sockfd(fd).file.f_flags &= ~O_NONBLOCK;
            long begin = Jiffies.jiffies;

            sys_close(fd);

            assertThat(Jiffies.jiffies - begin).isBetween(acknowledged ? 100L : 5000L, acknowledged ? 110L : 5100L);
        }

        @Test
        @DisplayName("LAST_ACK: the next connection begins with what this one has learned of the path")
        void metrics() {
            int l = peer.listener(80);
            peer.handshake(MSS_OPTION);
            int fd = peer.accept(l);
            peer.send(FIN | ACK);
            sys_shutdown(fd, SHUT_WR);
            sk(fd).srtt = 800;
            sk(fd).snd_ssthresh = 30;
            sk(fd).snd_cwnd = 40;
            peer.ack++;
            peer.send(ACK);

            peer.port++;
            peer.rest();
            peer.handshake(MSS_OPTION);

            assertThat(sk(peer.accept(l)).snd_ssthresh).isEqualTo(30);
        }

        @Test
        @DisplayName("FIN_WAIT1: an ACK that opens the window lets the data go that wait in front of the FIN")
        void data_before_the_fin() {
            peer.window = 100;
            int fd = peer.accepted();
            assertThat(sys_send(fd, new byte[300], 0, 300, 0)).isEqualTo(300);
            assertThat(peer.next().payload()).hasSize(100);
            sys_shutdown(fd, SHUT_WR);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT1);
            assertThat(peer.rest()).isEmpty();

            peer.ack += 100;
            peer.window = 1000;
            peer.send(ACK);

            List<ScriptedPeer.Segment> rest = peer.rest();
            assertThat(rest.stream().mapToInt(x -> x.payload().length).sum()).isEqualTo(200);
            assertThat(rest.get(rest.size() - 1).flags() & FIN).isNotZero();
        }

        /** Fast Open without a cookie: a SYN with data has made the connection. */
        private int fastopen() {
            sysctl_tcp_fastopen = TFO_SERVER_ENABLE | TFO_SERVER_COOKIE_NOT_REQD;
            int l = peer.listener(80);
            assertThat(sys_setsockopt(l, SOL_TCP, TCP_FASTOPEN, bytesOf(5), 4)).isZero();
            peer.options = MSS_OPTION;
            peer.send(SYN, new byte[3]);
            peer.options = new byte[0];
            peer.ack = peer.next().seq() + 1;
            return peer.accept(l);
        }

        @Test
        @DisplayName("SYN_RECV with Fast Open: the ACK ends the request, and the timer is the data's from now on")
        void fastopen_ack() {
            int fd = fastopen();
            tcp_sock tp = sk(fd);
            assertThat(sys_send(fd, new byte[50], 0, 50, 0)).isEqualTo(50);
            assertThat(peer.next().payload()).hasSize(50);
            later(100);

            peer.send(ACK);

            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.fastopen_rsk).isNull();
            assertThat(liveRequests()).isZero();
            assertThat(tp.icsk_timeout - Jiffies.jiffies).isBetween(200L, 310L);
            later(320);
            assertThat(peer.next().payload()).hasSize(50);
        }

        @Test
        @DisplayName("FIN_WAIT1 with Fast Open: the ACK of the SYN/ACK ends the request, that of the FIN leads on")
        void fastopen_closed() {
            int fd = fastopen();
            tcp_sock tp = sk(fd);
            sys_shutdown(fd, SHUT_WR);
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT1);
            peer.rest();

            peer.send(ACK);
            assertThat(tp.fastopen_rsk).isNull();
            assertThat(liveRequests()).isZero();
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT1);
            assertThat(tp.icsk_timeout - Jiffies.jiffies).as("the FIN's").isEqualTo(tp.icsk_rto);

            peer.ack++;
            peer.send(ACK);
            assertThat(tp.skc_state).isEqualTo(TCP_FIN_WAIT2);
        }

        @Test
        @DisplayName("FIN_WAIT1 with Fast Open: an ACK of something else is answered with RST, and the request stays")
        void fastopen_wrong_ack() {
            int fd = fastopen();
            sys_shutdown(fd, SHUT_WR);
            peer.rest();
            peer.ack += 100;

            peer.send(ACK);

            assertThat(peer.next().is(RST)).isTrue();
            assertThat(sk(fd).fastopen_rsk).isNotNull();
            assertThat(sk(fd).skc_state).isEqualTo(TCP_FIN_WAIT1);
        }
    }

    private static socket sockfd(int fd) {
        socket sock = sockfd_lookup(fd, new IntRef());
        fput(sock.file);
        return sock;
    }
}
