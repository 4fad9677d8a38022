// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.jiffies.Jiffies.jiffies;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.get32;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_SEEN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp.Pair.mptcp;
import static tcp.Pair.tcp;
import static testing.Ipv4.ip;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.MPTCP_ENABLED;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_SACK;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;
import static uapi.linux.tcp.TcpOpt.TCP_CONGESTION;
import static uapi.linux.tcp.TcpOpt.TCP_CORK;
import static uapi.linux.tcp.TcpOpt.TCP_DEFER_ACCEPT;
import static uapi.linux.tcp.TcpOpt.TCP_INFO;
import static uapi.linux.tcp.TcpOpt.TCP_KEEPCNT;
import static uapi.linux.tcp.TcpOpt.TCP_KEEPIDLE;
import static uapi.linux.tcp.TcpOpt.TCP_KEEPINTVL;
import static uapi.linux.tcp.TcpOpt.TCP_LINGER2;
import static uapi.linux.tcp.TcpOpt.TCP_MAXSEG;
import static uapi.linux.tcp.TcpOpt.TCP_NODELAY;
import static uapi.linux.tcp.TcpOpt.TCP_QUEUE_SEQ;
import static uapi.linux.tcp.TcpOpt.TCP_QUICKACK;
import static uapi.linux.tcp.TcpOpt.TCP_RECV_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SYNCNT;
import static uapi.linux.tcp.TcpOpt.TCP_TIMESTAMP;

import java.util.Arrays;
import linux.compiler.IntRef;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import uapi.linux.tcp.tcp_info;

@KernelTest
class GetsockoptTest {
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
    class tcp_get_info {
        private final tcp_info info = new tcp_info();

        @Test
        @DisplayName("a connection in numbers: segments, and times in microseconds")
        void numbers() {
            tp.icsk_ca_state = TCP_CA_Recovery;
            tp.icsk_retransmits = 1;
            tp.icsk_backoff = 2;
            tp.icsk_probes_out = 3;
            tp.icsk_ack.ato = 40;
            tp.packets_out = 10;
            tp.sacked_out = 4;
            tp.lost_out = 5;
            tp.retrans_out = 6;
            tp.fackets_out = 7;
            tp.mdev = 5 << 2;
            tp.rcv_rtt_est.rtt = 20 << 3;
            tp.rcvq_space.space = 1234;
            tp.total_retrans = 8;
            tp.snd_cwnd = 33;
            tp.snd_ssthresh = 22;
            tp.icsk_pmtu_cookie = 1500;

            Getsockopt.tcp_get_info(tp, info);

            assertThat(info.tcpi_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(info.tcpi_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(info.tcpi_retransmits).isEqualTo(1);
            assertThat(info.tcpi_backoff).isEqualTo(2);
            assertThat(info.tcpi_probes).isEqualTo(3);
            assertThat(info.tcpi_rto).isEqualTo(300_000);
            assertThat(info.tcpi_ato).isEqualTo(40_000);
            assertThat(info.tcpi_snd_mss).isEqualTo(1000);
            assertThat(info.tcpi_rcv_mss).isEqualTo(1000);
            assertThat(info.tcpi_unacked).isEqualTo(10);
            assertThat(info.tcpi_sacked).isEqualTo(4);
            assertThat(info.tcpi_lost).isEqualTo(5);
            assertThat(info.tcpi_retrans).isEqualTo(6);
            assertThat(info.tcpi_fackets).isEqualTo(7);
            assertThat(info.tcpi_rtt).isEqualTo(100_000);
            assertThat(info.tcpi_rttvar).isEqualTo(5_000);
            assertThat(info.tcpi_rcv_rtt).isEqualTo(20_000);
            assertThat(info.tcpi_rcv_space).isEqualTo(1234);
            assertThat(info.tcpi_total_retrans).isEqualTo(8);
            assertThat(info.tcpi_snd_cwnd).isEqualTo(33);
            assertThat(info.tcpi_snd_ssthresh).isEqualTo(22);
            assertThat(info.tcpi_pmtu).isEqualTo(1500);
            assertThat(info.tcpi_advmss).isEqualTo(1000);
            assertThat(info.tcpi_reordering).isEqualTo(3);
        }

        @Test
        @DisplayName("times are how long ago, also when the clock has wrapped in between")
        void ago() {
            tp.lsndtime = tcp_time_stamp() - 5;
            tp.icsk_ack.lrcvtime = tcp_time_stamp() - 6;
            tp.rcv_tstamp = tcp_time_stamp() - 7;
            jiffies += 1L << 32;

            Getsockopt.tcp_get_info(tp, info);

            assertThat(info.tcpi_last_data_sent).isEqualTo(5);
            assertThat(info.tcpi_last_data_recv).isEqualTo(6);
            assertThat(info.tcpi_last_ack_recv).isEqualTo(7);
        }

        @Test
        @DisplayName("a bit for each option of the connection; the window scales only if they are in use")
        void options() {
            tp.rx_opt.sack_ok = 0;
            tp.rx_opt.snd_wscale = 7;
            Getsockopt.tcp_get_info(tp, info);
            assertThat(info.tcpi_options).isZero();
            assertThat(info.tcpi_snd_wscale).isZero();

            tp.rx_opt.sack_ok = 1;
            tp.rx_opt.tstamp_ok = true;
            tp.rx_opt.wscale_ok = true;
            tp.rx_opt.rcv_wscale = 9;
            tp.ecn_flags = TCP_ECN_OK | TCP_ECN_SEEN;
            tp.syn_data_acked = true;
            Getsockopt.tcp_get_info(tp, info);
            assertThat(info.tcpi_options).isEqualTo(0x3f);
            assertThat(info.tcpi_snd_wscale).isEqualTo(7);
            assertThat(info.tcpi_rcv_wscale).isEqualTo(9);
        }

        @Test
        @DisplayName("a listener tells how many wait to be accepted, and how many may")
        void listener() {
            tp.skc_state = TCP_LISTEN;
            tp.sk_ack_backlog = 3;
            tp.sk_max_ack_backlog = 10;

            Getsockopt.tcp_get_info(tp, info);

            assertThat(info.tcpi_unacked).isEqualTo(3);
            assertThat(info.tcpi_sacked).isEqualTo(10);
        }

        @Test
        @DisplayName("nothing of what was there before stays")
        void cleared() {
            info.tcpi_options = 77;
            info.tcpi_last_ack_sent = 5;

            Getsockopt.tcp_get_info(tp, info);

            assertThat(info.tcpi_options).isEqualTo(TCPI_OPT_SACK);
            assertThat(info.tcpi_last_ack_sent).isZero();
        }
    }

    @Nested
    class do_tcp_getsockopt {
        private final byte[] val = new byte[200];
        private final IntRef len = new IntRef();

        private int error(int optname, int room) {
            len.val = room;
            return Getsockopt.do_tcp_getsockopt(tp, SOL_TCP, optname, val, len);
        }

        private int get(int optname) {
            assertThat(error(optname, 4)).isZero();
            assertThat(len.val).isEqualTo(4);
            return get32(val, 0);
        }

        private void set(int optname, int v) {
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, optname, bytesOf(v), 4)).isZero();
        }

        @ParameterizedTest(name = "option {0}")
        @CsvSource({
            "1, 1", "3, 1", "4, 100", "5, 20", "6, 5", "7, 4", "8, 10", "8, -1", "10, 50000", "16, 1", "17, 1",
            "18, 2500", "25, 77"
        })
        @DisplayName("what was set is what one gets")
        void as_set(int optname, int v) {
            set(optname, v);

            assertThat(get(optname)).isEqualTo(v);
        }

        @Test
        @DisplayName("what was not set is what the sysctls say")
        void defaults() {
            assertThat(get(TCP_KEEPIDLE)).isEqualTo(7200);
            assertThat(get(TCP_KEEPINTVL)).isEqualTo(75);
            assertThat(get(TCP_KEEPCNT)).isEqualTo(9);
            assertThat(get(TCP_SYNCNT)).isEqualTo(6);
            assertThat(get(TCP_LINGER2)).isEqualTo(60);
            assertThat(get(TCP_NODELAY)).isZero();
            assertThat(get(TCP_CORK)).isZero();
        }

        @Test
        @DisplayName("TCP_MAXSEG: the MSS in use; TCP_MAXSEG's before there is one; the peer's under repair")
        void maxseg() {
            assertThat(get(TCP_MAXSEG)).isEqualTo(1000);

            tp.mss_cache = 0;
            tp.skc_state = TCP_CLOSE;
            tp.rx_opt.user_mss = 900;
            assertThat(get(TCP_MAXSEG)).isEqualTo(900);

            tp.repair = true;
            tp.rx_opt.mss_clamp = 800;
            assertThat(get(TCP_MAXSEG)).isEqualTo(800);
        }

        @Test
        @DisplayName("TCP_DEFER_ACCEPT: seconds, rounded up to the next SYN/ACK")
        void defer_accept() {
            set(TCP_DEFER_ACCEPT, 10);

            assertThat(get(TCP_DEFER_ACCEPT)).isEqualTo(15);
        }

        @Test
        @DisplayName("TCP_QUICKACK: are ACKs sent at once now?")
        void quickack() {
            tp.icsk_ack.pingpong = 1;
            assertThat(get(TCP_QUICKACK)).isZero();
            tp.icsk_ack.pingpong = 0;
            assertThat(get(TCP_QUICKACK)).isOne();
        }

        @Test
        @DisplayName("TCP_INFO: as much of the struct as there is room for")
        void info() {
            assertThat(error(TCP_INFO, 200)).isZero();
            assertThat(len.val).isEqualTo(tcp_info.SIZE);
            assertThat(val[0]).isEqualTo((byte) TCP_ESTABLISHED);
            assertThat(get32(val, 16)).as("tcpi_snd_mss").isEqualTo(1000);

            assertThat(error(TCP_INFO, 5)).isZero();
            assertThat(len.val).isEqualTo(5);
        }

        @Test
        @DisplayName("TCP_CONGESTION: the name, up to 16 bytes with zeroes behind")
        void congestion() {
            assertThat(error(TCP_CONGESTION, 100)).isZero();
            assertThat(len.val).isEqualTo(16);
            assertThat(new String(val, 0, 16)).isEqualTo("reno\0\0\0\0\0\0\0\0\0\0\0\0");

            assertThat(error(TCP_CONGESTION, 2)).isZero();
            assertThat(len.val).isEqualTo(2);
        }

        @Test
        @DisplayName("repair: the queue, and where it ends")
        void repair() {
            assertThat(get(TCP_REPAIR)).isZero();
            assertThat(error(TCP_REPAIR_QUEUE, 4)).isEqualTo(-EINVAL);
            assertThat(error(TCP_QUEUE_SEQ, 4)).isEqualTo(-EINVAL);

            tp.repair = true;
            tp.repair_queue = TCP_SEND_QUEUE;
            assertThat(get(TCP_REPAIR)).isOne();
            assertThat(get(TCP_REPAIR_QUEUE)).isEqualTo(TCP_SEND_QUEUE);
            assertThat(get(TCP_QUEUE_SEQ)).isEqualTo(tp.write_seq);
            tp.repair_queue = TCP_RECV_QUEUE;
            assertThat(get(TCP_QUEUE_SEQ)).isEqualTo(tp.rcv_nxt);
        }

        @Test
        @DisplayName("TCP_TIMESTAMP: the connection's clock")
        void timestamp() {
            tp.tsoffset = 5;

            assertThat(get(TCP_TIMESTAMP)).isEqualTo(tcp_time_stamp() + 5);
        }

        @Test
        @DisplayName("MPTCP_ENABLED")
        void mptcp() {
            assertThat(get(MPTCP_ENABLED)).isZero();
            sock_set_flag(tp, SOCK_MPTCP);
            assertThat(get(MPTCP_ENABLED)).isOne();
            sock_reset_flag(tp, SOCK_MPTCP);
        }

        @Test
        @DisplayName("less room than an int: its low bytes; more: an int")
        void room() {
            tp.mss_cache = 0x01020304;

            assertThat(error(TCP_MAXSEG, 2)).isZero();
            assertThat(len.val).isEqualTo(2);
            assertThat(Arrays.copyOf(val, 3)).containsExactly(4, 3, 0);

            assertThat(error(TCP_MAXSEG, 100)).isZero();
            assertThat(len.val).isEqualTo(4);
        }

        @Test
        @DisplayName("a negative room is a large one, as in C")
        void negative_room() {
            assertThat(error(TCP_MAXSEG, -1)).isZero();
            assertThat(len.val).isEqualTo(4);
        }

        @Test
        @DisplayName("nowhere to put it: -EFAULT; no such option: -ENOPROTOOPT")
        void errors() {
            assertThat(Getsockopt.do_tcp_getsockopt(tp, SOL_TCP, TCP_MAXSEG, val, null)).isEqualTo(-EFAULT);
            len.val = 4;
            assertThat(Getsockopt.do_tcp_getsockopt(tp, SOL_TCP, TCP_MAXSEG, null, len)).isEqualTo(-EFAULT);
            len.val = 4;
            assertThat(Getsockopt.do_tcp_getsockopt(tp, SOL_TCP, TCP_INFO, null, len)).isEqualTo(-EFAULT);
            assertThat(Getsockopt.do_tcp_getsockopt(tp, SOL_TCP, TCP_CONGESTION, null, len)).isEqualTo(-EFAULT);
            assertThat(error(1000, 4)).isEqualTo(-ENOPROTOOPT);
        }
    }

    @Nested
    class tcp_getsockopt {
        private final IntRef len = new IntRef(4);

        @Test
        @DisplayName("level SOL_TCP is ours")
        void tcp() {
            byte[] val = new byte[4];

            assertThat(Getsockopt.tcp_getsockopt(tp, SOL_TCP, TCP_MAXSEG, val, len)).isZero();
            assertThat(get32(val, 0)).isEqualTo(1000);
        }

        @Test
        @DisplayName("others are IP's")
        void ip() {
            tp.icsk_af_ops.getsockopt = (sk, level, optname, optval, optlen) -> 1000 * level + optname;

            assertThat(Getsockopt.tcp_getsockopt(tp, 0, 7, null, len)).isEqualTo(7);
        }
    }
}
