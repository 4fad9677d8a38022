// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EFBIG;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.EPERM;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.put32;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockConst.SK_FORCE_REUSE;
import static net.sock.SockConst.SOCK_MIN_RCVBUF;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Sysctls.sysctl_tcp_fack;
import static net.tcp.TcpConst.MAX_TCP_KEEPCNT;
import static net.tcp.TcpConst.MAX_TCP_KEEPIDLE;
import static net.tcp.TcpConst.MAX_TCP_KEEPINTVL;
import static net.tcp.TcpConst.MAX_TCP_SYNCNT;
import static net.tcp.TcpConst.MAX_TCP_WINDOW;
import static net.tcp.TcpConst.TCPOPT_MSS;
import static net.tcp.TcpConst.TCPOPT_SACK_PERM;
import static net.tcp.TcpConst.TCPOPT_TIMESTAMP;
import static net.tcp.TcpConst.TCPOPT_WINDOW;
import static net.tcp.TcpConst.TCP_MIN_MSS;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp.Pair.mptcp;
import static tcp.Pair.tcp;
import static testing.Ipv4.ip;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.MPTCP_ENABLED;
import static uapi.linux.tcp.TcpOpt.TCP_CONGESTION;
import static uapi.linux.tcp.TcpOpt.TCP_CORK;
import static uapi.linux.tcp.TcpOpt.TCP_DEFER_ACCEPT;
import static uapi.linux.tcp.TcpOpt.TCP_FASTOPEN;
import static uapi.linux.tcp.TcpOpt.TCP_KEEPCNT;
import static uapi.linux.tcp.TcpOpt.TCP_KEEPIDLE;
import static uapi.linux.tcp.TcpOpt.TCP_KEEPINTVL;
import static uapi.linux.tcp.TcpOpt.TCP_LINGER2;
import static uapi.linux.tcp.TcpOpt.TCP_MAXSEG;
import static uapi.linux.tcp.TcpOpt.TCP_MD5SIG;
import static uapi.linux.tcp.TcpOpt.TCP_NODELAY;
import static uapi.linux.tcp.TcpOpt.TCP_NOTSENT_LOWAT;
import static uapi.linux.tcp.TcpOpt.TCP_NO_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_QUEUES_NR;
import static uapi.linux.tcp.TcpOpt.TCP_QUEUE_SEQ;
import static uapi.linux.tcp.TcpOpt.TCP_QUICKACK;
import static uapi.linux.tcp.TcpOpt.TCP_RECV_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR_OPTIONS;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SYNCNT;
import static uapi.linux.tcp.TcpOpt.TCP_THIN_DUPACK;
import static uapi.linux.tcp.TcpOpt.TCP_THIN_LINEAR_TIMEOUTS;
import static uapi.linux.tcp.TcpOpt.TCP_TIMESTAMP;
import static uapi.linux.tcp.TcpOpt.TCP_USER_TIMEOUT;
import static uapi.linux.tcp.TcpOpt.TCP_WINDOW_CLAMP;

import linux.capability.Capability;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SetsockoptTest {
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
    class tcp_can_repair_sock {
        @Test
        @DisplayName("root, where nothing is in motion: closed or established")
        void states() {
            assertThat(Setsockopt.tcp_can_repair_sock(tp)).isTrue();
            tp.skc_state = TCP_CLOSE;
            assertThat(Setsockopt.tcp_can_repair_sock(tp)).isTrue();
            tp.skc_state = TCP_SYN_SENT;
            assertThat(Setsockopt.tcp_can_repair_sock(tp)).isFalse();
        }

        @Test
        @DisplayName("nobody else")
        void others() {
            Capability.privileged = false;

            assertThat(Setsockopt.tcp_can_repair_sock(tp)).isFalse();
        }
    }

    @Nested
    class tcp_repair_options_est {
        private byte[] options(int... codesAndValues) {
            byte[] b = new byte[codesAndValues.length * 4];
            for (int i = 0; i < codesAndValues.length; i++) {
                put32(b, 4 * i, codesAndValues[i]);
            }
            return b;
        }

        private int repair(int... codesAndValues) {
            byte[] b = options(codesAndValues);
            return Setsockopt.tcp_repair_options_est(tp, b, b.length);
        }

        @Test
        @DisplayName("puts in place what a handshake would have agreed on")
        void all() {
            tp.rx_opt.sack_ok = 0;

            assertThat(repair(TCPOPT_MSS, 1400, TCPOPT_WINDOW, 7 | 9 << 16, TCPOPT_SACK_PERM, 0,
                    TCPOPT_TIMESTAMP, 0)).isZero();

            assertThat(tp.rx_opt.mss_clamp).isEqualTo(1400);
            assertThat(tp.rx_opt.snd_wscale).isEqualTo(7);
            assertThat(tp.rx_opt.rcv_wscale).isEqualTo(9);
            assertThat(tp.rx_opt.wscale_ok).isTrue();
            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN | TCP_FACK_ENABLED);
            assertThat(tp.rx_opt.tstamp_ok).isTrue();
        }

        @Test
        @DisplayName("without tcp_fack SACK only")
        void no_fack() {
            tp.rx_opt.sack_ok = 0;
            sysctl_tcp_fack = 0;

            repair(TCPOPT_SACK_PERM, 0);

            assertThat(tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN);
        }

        @Test
        @DisplayName("window scales above 14: -EFBIG (RFC 7323, section 2.3); what stood in front counts")
        void too_big() {
            assertThat(repair(TCPOPT_MSS, 1300, TCPOPT_WINDOW, 15)).isEqualTo(-EFBIG);
            assertThat(repair(TCPOPT_WINDOW, 15 << 16)).isEqualTo(-EFBIG);

            assertThat(tp.rx_opt.mss_clamp).isEqualTo(1300);
            assertThat(tp.rx_opt.wscale_ok).isFalse();
        }

        @Test
        @DisplayName("a value where none belongs: -EINVAL")
        void values() {
            assertThat(repair(TCPOPT_SACK_PERM, 1)).isEqualTo(-EINVAL);
            assertThat(repair(TCPOPT_TIMESTAMP, 1)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("an unknown option and bytes too few for one are passed over; memory that is not there: -EFAULT")
        void rest() {
            assertThat(repair(99, 1)).isZero();
            assertThat(Setsockopt.tcp_repair_options_est(tp, new byte[7], 7)).isZero();
            assertThat(Setsockopt.tcp_repair_options_est(tp, options(TCPOPT_MSS, 1), 16)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class do_tcp_setsockopt {
        private int set(int optname, int val) {
            return Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, optname, bytesOf(val), 4);
        }

        /** {@code low} and {@code high} are the last that are allowed. */
        private void range(int optname, int low, int high) {
            assertThat(set(optname, low)).isZero();
            assertThat(set(optname, high)).isZero();
            assertThat(set(optname, low - 1)).isEqualTo(-EINVAL);
            assertThat(set(optname, high + 1)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("too short for an int: -EINVAL; no memory: -EFAULT; unknown: -ENOPROTOOPT")
        void errors() {
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_NODELAY, new byte[4], 3)).isEqualTo(-EINVAL);
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_NODELAY, null, 4)).isEqualTo(-EFAULT);
            assertThat(set(1000, 1)).isEqualTo(-ENOPROTOOPT);
            assertThat(set(TCP_MD5SIG, 1)).as("not built").isEqualTo(-ENOPROTOOPT);
        }

        @Test
        @DisplayName("TCP_CONGESTION: a name, which may end with a NUL or with the option")
        void congestion() {
            tp.skc_state = TCP_CLOSE;
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_CONGESTION, "vegas".getBytes(), 5)).isZero();
            assertThat(tp.icsk_ca_ops.name).isEqualTo("vegas");

            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_CONGESTION, "bic\0xyz".getBytes(), 7)).isZero();
            assertThat(tp.icsk_ca_ops.name).isEqualTo("bic");

            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_CONGESTION, "nosuch".getBytes(), 6))
                    .isEqualTo(-ENOENT);
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_CONGESTION, new byte[1], 0)).isEqualTo(-EINVAL);
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_CONGESTION, null, 4)).isEqualTo(-EFAULT);
        }

        @Test
        @DisplayName("TCP_CONGESTION: 15 bytes of a name count")
        void long_name() {
            byte[] name = "illinoisillinoisillinois".getBytes();

            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_CONGESTION, name, name.length))
                    .isEqualTo(-ENOENT);
        }

        @Test
        @DisplayName("TCP_MAXSEG: 88 to 32767")
        void maxseg() {
            range(TCP_MAXSEG, TCP_MIN_MSS, MAX_TCP_WINDOW);
            set(TCP_MAXSEG, 1200);
            assertThat(tp.rx_opt.user_mss).isEqualTo(1200);
        }

        @Test
        @DisplayName("TCP_NODELAY: pushes what is queued, even against a cork")
        void nodelay() {
            set(TCP_CORK, 1);
            e.write(100, 0);
            assertThat(e.wire).isEmpty();

            assertThat(set(TCP_NODELAY, 1)).isZero();
            assertThat(e.wire).containsExactly("0-0.1");
            assertThat(tp.nonagle & TCP_NAGLE_OFF).isNotZero();

            e.write(100, 0);
            assertThat(e.wire).as("the cork is back for what is written later").hasSize(1);

            set(TCP_NODELAY, 0);
            assertThat(tp.nonagle & TCP_NAGLE_OFF).isZero();
            assertThat(tp.nonagle & TCP_NAGLE_CORK).isNotZero();
        }

        @Test
        @DisplayName("TCP_CORK: segments that are not full wait until it is drawn")
        void cork() {
            set(TCP_CORK, 1);
            e.write(1500, 0);
            assertThat(e.wire).containsExactly("0-1");

            set(TCP_CORK, 0);
            assertThat(e.wire).containsExactly("0-1", "1-1.5");
        }

        @Test
        @DisplayName("TCP_CORK drawn under TCP_NODELAY: what is left goes out although an ACK is missing")
        void cork_nodelay() {
            set(TCP_NODELAY, 1);
            e.write(100, 0);
            set(TCP_CORK, 1);
            e.write(100, 0);

            set(TCP_CORK, 0);

            assertThat(e.wire).hasSize(2);
        }

        @Test
        @DisplayName("TCP_THIN_LINEAR_TIMEOUTS and TCP_THIN_DUPACK: 0 or 1; the latter ends early retransmit")
        void thin() {
            range(TCP_THIN_LINEAR_TIMEOUTS, 0, 1);
            assertThat(tp.thin_lto).isTrue();

            range(TCP_THIN_DUPACK, 0, 1);
            assertThat(tp.thin_dupack).isTrue();
            assertThat(tp.do_early_retrans).isFalse();
        }

        @Test
        @DisplayName("TCP_REPAIR: for root; on and off")
        void repair() {
            assertThat(set(TCP_REPAIR, 1)).isZero();
            assertThat(tp.repair).isTrue();
            assertThat(tp.skc_reuse).isEqualTo(SK_FORCE_REUSE);
            assertThat(tp.repair_queue).isEqualTo(TCP_NO_QUEUE);
            assertThat(set(TCP_REPAIR, 2)).isEqualTo(-EINVAL);

            assertThat(set(TCP_REPAIR, 0)).isZero();
            assertThat(tp.repair).isFalse();
            assertThat(tp.skc_reuse).isZero();
            assertThat(e.wire).as("a window probe tells the peer that we are back").containsExactly("ack");

            Capability.privileged = false;
            assertThat(set(TCP_REPAIR, 1)).isEqualTo(-EPERM);
        }

        @Test
        @DisplayName("TCP_REPAIR_QUEUE: one of three, under repair only")
        void repair_queue() {
            assertThat(set(TCP_REPAIR_QUEUE, TCP_SEND_QUEUE)).isEqualTo(-EPERM);
            tp.repair = true;

            assertThat(set(TCP_REPAIR_QUEUE, TCP_SEND_QUEUE)).isZero();
            assertThat(tp.repair_queue).isEqualTo(TCP_SEND_QUEUE);
            assertThat(set(TCP_REPAIR_QUEUE, TCP_QUEUES_NR)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("TCP_REPAIR_QUEUE: a negative one is taken (a bug), and is none")
        void repair_queue_negative() {
            tp.repair = true;

            assertThat(set(TCP_REPAIR_QUEUE, -1)).isZero();
            assertThat(tp.repair_queue).isEqualTo(255);
        }

        @Test
        @DisplayName("TCP_QUEUE_SEQ: where the chosen queue begins, before there is a connection")
        void queue_seq() {
            tp.repair = true;
            assertThat(set(TCP_QUEUE_SEQ, 7)).isEqualTo(-EPERM);

            tp.skc_state = TCP_CLOSE;
            assertThat(set(TCP_QUEUE_SEQ, 7)).isEqualTo(-EINVAL);
            tp.repair_queue = TCP_SEND_QUEUE;
            assertThat(set(TCP_QUEUE_SEQ, 7)).isZero();
            assertThat(tp.write_seq).isEqualTo(7);
            tp.repair_queue = TCP_RECV_QUEUE;
            assertThat(set(TCP_QUEUE_SEQ, 8)).isZero();
            assertThat(tp.rcv_nxt).isEqualTo(8);
        }

        @Test
        @DisplayName("TCP_REPAIR_OPTIONS: under repair, when the connection is there")
        void repair_options() {
            byte[] mss = new byte[8];
            put32(mss, 0, TCPOPT_MSS);
            put32(mss, 4, 1234);
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_REPAIR_OPTIONS, mss, 8)).isEqualTo(-EINVAL);

            tp.repair = true;
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_REPAIR_OPTIONS, mss, 8)).isZero();
            assertThat(tp.rx_opt.mss_clamp).isEqualTo(1234);

            tp.skc_state = TCP_CLOSE;
            assertThat(Setsockopt.do_tcp_setsockopt(tp, SOL_TCP, TCP_REPAIR_OPTIONS, mss, 8)).isEqualTo(-EPERM);
        }

        @Test
        @DisplayName("TCP_KEEPIDLE: seconds; a timer that runs is set anew, less what has already passed")
        void keepidle() {
            range(TCP_KEEPIDLE, 1, MAX_TCP_KEEPIDLE);
            assertThat(tp.sk_timer.expires).isZero();
            sock_set_flag(tp, SOCK_KEEPOPEN);
            tp.icsk_ack.lrcvtime = tp.rcv_tstamp = tcp_time_stamp() - 3 * HZ;

            set(TCP_KEEPIDLE, 10);
            assertThat(tp.keepalive_time).isEqualTo(10 * HZ);
            assertThat(tp.sk_timer.expires - jiffies).isBetween(7L * HZ, 7L * HZ + 100);

            set(TCP_KEEPIDLE, 2);
            assertThat(tp.sk_timer.expires - jiffies).as("it is due already").isZero();
        }

        @Test
        @DisplayName("TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT")
        void numbers() {
            range(TCP_KEEPINTVL, 1, MAX_TCP_KEEPINTVL);
            assertThat(tp.keepalive_intvl).isEqualTo(MAX_TCP_KEEPINTVL * HZ);
            range(TCP_KEEPCNT, 1, MAX_TCP_KEEPCNT);
            assertThat(tp.keepalive_probes).isEqualTo(MAX_TCP_KEEPCNT);
            range(TCP_SYNCNT, 1, MAX_TCP_SYNCNT);
            assertThat(tp.icsk_syn_retries).isEqualTo(MAX_TCP_SYNCNT);
        }

        @Test
        @DisplayName("TCP_LINGER2: seconds, not more than tcp_fin_timeout; negative: none at all")
        void linger2() {
            set(TCP_LINGER2, 20);
            assertThat(tp.linger2).isEqualTo(20 * HZ);
            set(TCP_LINGER2, 61);
            assertThat(tp.linger2).as("the sysctl's").isZero();
            set(TCP_LINGER2, -5);
            assertThat(tp.linger2).isEqualTo(-1);
        }

        @Test
        @DisplayName("TCP_DEFER_ACCEPT: seconds become repetitions of the SYN/ACK")
        void defer_accept() {
            set(TCP_DEFER_ACCEPT, 10);

            assertThat(tp.icsk_accept_queue.rskq_defer_accept).isEqualTo(4);
        }

        @Test
        @DisplayName("TCP_DEFER_ACCEPT does not concern subflows")
        void defer_accept_mptcp() {
            static_key_slow_inc(mptcp_static_key);
            tp.mpc = true;

            assertThat(set(TCP_DEFER_ACCEPT, 10)).isZero();
            assertThat(tp.icsk_accept_queue.rskq_defer_accept).isZero();
            tp.mpc = false;
        }

        @Test
        @DisplayName("TCP_WINDOW_CLAMP: not less than half of the smallest buffer; 0 (none) only before a connection")
        void window_clamp() {
            set(TCP_WINDOW_CLAMP, 100_000);
            assertThat(tp.window_clamp).isEqualTo(100_000);
            set(TCP_WINDOW_CLAMP, 1);
            assertThat(tp.window_clamp).isEqualTo(SOCK_MIN_RCVBUF / 2);
            assertThat(set(TCP_WINDOW_CLAMP, 0)).isEqualTo(-EINVAL);

            tp.skc_state = TCP_CLOSE;
            assertThat(set(TCP_WINDOW_CLAMP, 0)).isZero();
            assertThat(tp.window_clamp).isZero();
        }

        @Test
        @DisplayName("TCP_WINDOW_CLAMP: a negative one is a large one")
        void window_clamp_negative() {
            set(TCP_WINDOW_CLAMP, -1);

            assertThat(tp.window_clamp).isEqualTo(-1);
        }

        @Test
        @DisplayName("TCP_QUICKACK: an ACK that is due goes out; an even number does not last")
        void quickack() {
            tp.icsk_ack.pending = ICSK_ACK_SCHED;
            assertThat(set(TCP_QUICKACK, 1)).isZero();
            assertThat(e.wire).containsExactly("ack");
            assertThat(tp.icsk_ack.pingpong).isZero();

            tp.icsk_ack.pending = ICSK_ACK_SCHED;
            set(TCP_QUICKACK, 2);
            assertThat(e.wire).hasSize(2);
            assertThat(tp.icsk_ack.pingpong).isOne();

            set(TCP_QUICKACK, 1);
            assertThat(e.wire).as("nothing is due").hasSize(2);
            set(TCP_QUICKACK, 0);
            assertThat(tp.icsk_ack.pingpong).isOne();
        }

        @Test
        @DisplayName("TCP_USER_TIMEOUT: milliseconds")
        void user_timeout() {
            assertThat(set(TCP_USER_TIMEOUT, 5000)).isZero();
            assertThat(tp.icsk_user_timeout).isEqualTo(5 * HZ);
            assertThat(set(TCP_USER_TIMEOUT, -1)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("TCP_FASTOPEN: for a listener, or one who will be")
        void fastopen() {
            assertThat(set(TCP_FASTOPEN, 5)).isEqualTo(-EINVAL);
            tp.skc_state = TCP_LISTEN;
            assertThat(set(TCP_FASTOPEN, -1)).isEqualTo(-EINVAL);
            assertThat(set(TCP_FASTOPEN, 5)).isZero();
            assertThat(tp.icsk_accept_queue.fastopenq.max_qlen).isEqualTo(5);
        }

        @Test
        @DisplayName("TCP_TIMESTAMP: the clock goes on from there; under repair only")
        void timestamp() {
            assertThat(set(TCP_TIMESTAMP, 1000)).isEqualTo(-EPERM);
            tp.repair = true;

            assertThat(set(TCP_TIMESTAMP, 1000)).isZero();
            assertThat(tcp_time_stamp() + tp.tsoffset).isEqualTo(1000);
        }

        @Test
        @DisplayName("TCP_NOTSENT_LOWAT: whoever waits to write looks again")
        void notsent_lowat() {
            int[] told = {0};
            tp.sk_write_space = sk -> told[0]++;

            assertThat(set(TCP_NOTSENT_LOWAT, 5000)).isZero();
            assertThat(tp.notsent_lowat).isEqualTo(5000);
            assertThat(told[0]).isOne();
        }

        @Test
        @DisplayName("MPTCP_ENABLED: on and off, before there is a connection")
        void mptcp() {
            sysctl_mptcp_enabled = 1;
            assertThat(set(MPTCP_ENABLED, 1)).isEqualTo(-EPERM);

            tp.skc_state = TCP_CLOSE;
            assertThat(set(MPTCP_ENABLED, 1)).isZero();
            assertThat(sock_flag(tp, SOCK_MPTCP)).isTrue();
            assertThat(set(MPTCP_ENABLED, 0)).isZero();
            assertThat(sock_flag(tp, SOCK_MPTCP)).isFalse();

            sysctl_mptcp_enabled = 0;
            assertThat(set(MPTCP_ENABLED, 1)).isEqualTo(-EPERM);
        }

        @Test
        @DisplayName("lets go of the socket whatever happens")
        void unlocked() {
            set(TCP_MAXSEG, 0);
            set(1000, 0);

            assertThat(tp.sk_lock.owned).isZero();
        }
    }

    @Nested
    class tcp_setsockopt {
        @Test
        @DisplayName("level SOL_TCP is ours")
        void tcp() {
            assertThat(Setsockopt.tcp_setsockopt(tp, SOL_TCP, TCP_NODELAY, bytesOf(1), 4)).isZero();
            assertThat(tp.nonagle & TCP_NAGLE_OFF).isNotZero();
        }

        @Test
        @DisplayName("others are IP's")
        void ip() {
            tp.icsk_af_ops.setsockopt = (sk, level, optname, optval, optlen) -> 1000 * level + optname;

            assertThat(Setsockopt.tcp_setsockopt(tp, 0, 7, bytesOf(1), 4)).isEqualTo(7);
        }
    }
}
