// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies_to_msecs;
import static linux.jiffies.Jiffies.jiffies_to_usecs;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.copy_to_user;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Keepalive.keepalive_intvl_when;
import static net.tcp.Keepalive.keepalive_probes;
import static net.tcp.Keepalive.keepalive_time_when;
import static net.tcp.Sysctls.sysctl_tcp_fin_timeout;
import static net.tcp.Sysctls.sysctl_tcp_syn_retries;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_SEEN;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.tcp_congestion_ops.TCP_CA_NAME_MAX;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_LISTEN;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static tcp.Init.retrans_to_secs;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.MPTCP_ENABLED;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_ECN;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_ECN_SEEN;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_SACK;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_SYN_DATA;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_TIMESTAMPS;
import static uapi.linux.tcp.TcpOpt.TCPI_OPT_WSCALE;
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
import static uapi.linux.tcp.TcpOpt.TCP_NOTSENT_LOWAT;
import static uapi.linux.tcp.TcpOpt.TCP_QUEUE_SEQ;
import static uapi.linux.tcp.TcpOpt.TCP_QUICKACK;
import static uapi.linux.tcp.TcpOpt.TCP_RECV_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR;
import static uapi.linux.tcp.TcpOpt.TCP_REPAIR_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_SYNCNT;
import static uapi.linux.tcp.TcpOpt.TCP_THIN_DUPACK;
import static uapi.linux.tcp.TcpOpt.TCP_THIN_LINEAR_TIMEOUTS;
import static uapi.linux.tcp.TcpOpt.TCP_TIMESTAMP;
import static uapi.linux.tcp.TcpOpt.TCP_USER_TIMEOUT;
import static uapi.linux.tcp.TcpOpt.TCP_WINDOW_CLAMP;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import linux.compiler.IntRef;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import uapi.linux.tcp.tcp_info;

/** {@code getsockopt(2)} of level {@code SOL_TCP}; other levels go on to {@code ip_getsockopt}. */
public final class Getsockopt {
    private Getsockopt() {}

    /** {@code TCP_INFO}: the state of a connection in numbers, for {@code ss} and the like. */
    public static void tcp_get_info(sock sk, tcp_info info) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int now = tcp_time_stamp();

        info.clear();

        info.tcpi_state = sk.skc_state;
        info.tcpi_ca_state = icsk.icsk_ca_state;
        info.tcpi_retransmits = icsk.icsk_retransmits;
        info.tcpi_probes = icsk.icsk_probes_out;
        info.tcpi_backoff = icsk.icsk_backoff;

        if (tp.rx_opt.tstamp_ok) {
            info.tcpi_options |= TCPI_OPT_TIMESTAMPS;
        }
        if (tcp_is_sack(tp)) {
            info.tcpi_options |= TCPI_OPT_SACK;
        }
        if (tp.rx_opt.wscale_ok) {
            info.tcpi_options |= TCPI_OPT_WSCALE;
            info.tcpi_snd_wscale = tp.rx_opt.snd_wscale;
            info.tcpi_rcv_wscale = tp.rx_opt.rcv_wscale;
        }

        if ((tp.ecn_flags & TCP_ECN_OK) != 0) {
            info.tcpi_options |= TCPI_OPT_ECN;
        }
        if ((tp.ecn_flags & TCP_ECN_SEEN) != 0) {
            info.tcpi_options |= TCPI_OPT_ECN_SEEN;
        }
        if (tp.syn_data_acked) {
            info.tcpi_options |= TCPI_OPT_SYN_DATA;
        }

        info.tcpi_rto = jiffies_to_usecs(u32(icsk.icsk_rto));
        info.tcpi_ato = jiffies_to_usecs(u32(icsk.icsk_ack.ato));
        info.tcpi_snd_mss = tp.mss_cache;
        info.tcpi_rcv_mss = icsk.icsk_ack.rcv_mss;

        if (sk.skc_state == TCP_LISTEN) {
            info.tcpi_unacked = sk.sk_ack_backlog;
            info.tcpi_sacked = sk.sk_max_ack_backlog;
        } else {
            info.tcpi_unacked = tp.packets_out;
            info.tcpi_sacked = tp.sacked_out;
        }
        info.tcpi_lost = tp.lost_out;
        info.tcpi_retrans = tp.retrans_out;
        info.tcpi_fackets = tp.fackets_out;

        info.tcpi_last_data_sent = jiffies_to_msecs(u32(now - tp.lsndtime));
        info.tcpi_last_data_recv = jiffies_to_msecs(u32(now - icsk.icsk_ack.lrcvtime));
        info.tcpi_last_ack_recv = jiffies_to_msecs(u32(now - tp.rcv_tstamp));

        info.tcpi_pmtu = icsk.icsk_pmtu_cookie;
        info.tcpi_rcv_ssthresh = tp.rcv_ssthresh;
        info.tcpi_rtt = jiffies_to_usecs(u32(tp.srtt)) >>> 3;
        info.tcpi_rttvar = jiffies_to_usecs(u32(tp.mdev)) >>> 2;
        info.tcpi_snd_ssthresh = tp.snd_ssthresh;
        info.tcpi_snd_cwnd = tp.snd_cwnd;
        info.tcpi_advmss = tp.advmss;
        info.tcpi_reordering = tp.reordering;

        info.tcpi_rcv_rtt = jiffies_to_usecs(u32(tp.rcv_rtt_est.rtt)) >>> 3;
        info.tcpi_rcv_space = tp.rcvq_space.space;

        info.tcpi_total_retrans = tp.total_retrans;
    }

    /**
     * Values are ints, but for {@code TCP_INFO} and {@code TCP_CONGESTION}. Times are seconds but for {@code
     * TCP_USER_TIMEOUT}, which is milliseconds.
     *
     * @param optlen in: room; out: bytes written
     * @return 0; {@code -EINVAL}: not without {@code TCP_REPAIR}; {@code -ENOPROTOOPT}: no such option; {@code
     *     -EFAULT}
     */
    static int do_tcp_getsockopt(sock sk, int level, int optname, byte[] optval, IntRef optlen) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int val;
        int len;

        if (optlen == null) {
            return -EFAULT;
        }
        len = optlen.val;

        len = minU32(len, Integer.BYTES);

        if (len < 0) {
            return -EINVAL;
        }

        switch (optname) {
            case TCP_MAXSEG:
                val = tp.mss_cache;
                if (val == 0 && (1 << sk.skc_state & (TCPF_CLOSE | TCPF_LISTEN)) != 0) {
                    val = tp.rx_opt.user_mss;
                }
                if (tp.repair) {
                    val = tp.rx_opt.mss_clamp;
                }
                break;
            case TCP_NODELAY:
                val = (tp.nonagle & TCP_NAGLE_OFF) != 0 ? 1 : 0;
                break;
            case TCP_CORK:
                val = (tp.nonagle & TCP_NAGLE_CORK) != 0 ? 1 : 0;
                break;
            case TCP_KEEPIDLE:
                val = keepalive_time_when(tp) / HZ;
                break;
            case TCP_KEEPINTVL:
                val = keepalive_intvl_when(tp) / HZ;
                break;
            case TCP_KEEPCNT:
                val = keepalive_probes(tp);
                break;
            case TCP_SYNCNT:
                val = icsk.icsk_syn_retries != 0 ? icsk.icsk_syn_retries : sysctl_tcp_syn_retries;
                break;
            case TCP_LINGER2:
                val = tp.linger2;
                if (val >= 0) {
                    val = (val != 0 ? val : sysctl_tcp_fin_timeout) / HZ;
                }
                break;
            case TCP_DEFER_ACCEPT:
                val = retrans_to_secs(icsk.icsk_accept_queue.rskq_defer_accept,
                        TCP_TIMEOUT_INIT / HZ, TCP_RTO_MAX / HZ);
                break;
            case TCP_WINDOW_CLAMP:
                val = tp.window_clamp;
                break;
            case TCP_INFO: {
                tcp_info info = new tcp_info();

                len = optlen.val;

                tcp_get_info(sk, info);

                len = minU32(len, tcp_info.SIZE);
                optlen.val = len;
                if (copy_to_user(optval, info.bytes(), len) != 0) {
                    return -EFAULT;
                }
                return 0;
            }
            case TCP_QUICKACK:
                val = icsk.icsk_ack.pingpong == 0 ? 1 : 0;
                break;

            case TCP_CONGESTION:
                len = optlen.val;
                len = minU32(len, TCP_CA_NAME_MAX);
                optlen.val = len;
                if (copy_to_user(optval, nameField(icsk.icsk_ca_ops.name), len) != 0) {
                    return -EFAULT;
                }
                return 0;

            case TCP_THIN_LINEAR_TIMEOUTS:
                val = tp.thin_lto ? 1 : 0;
                break;
            case TCP_THIN_DUPACK:
                val = tp.thin_dupack ? 1 : 0;
                break;

            case TCP_REPAIR:
                val = tp.repair ? 1 : 0;
                break;

            case TCP_REPAIR_QUEUE:
                if (tp.repair) {
                    val = tp.repair_queue;
                } else {
                    return -EINVAL;
                }
                break;

            case TCP_QUEUE_SEQ:
                if (tp.repair_queue == TCP_SEND_QUEUE) {
                    val = tp.write_seq;
                } else if (tp.repair_queue == TCP_RECV_QUEUE) {
                    val = tp.rcv_nxt;
                } else {
                    return -EINVAL;
                }
                break;

            case TCP_USER_TIMEOUT:
                val = jiffies_to_msecs(u32(icsk.icsk_user_timeout));
                break;
            case TCP_TIMESTAMP:
                val = tcp_time_stamp() + tp.tsoffset;
                break;
            case TCP_NOTSENT_LOWAT:
                val = tp.notsent_lowat;
                break;
            case MPTCP_ENABLED:
                val = sock_flag(sk, SOCK_MPTCP) ? 1 : 0;
                break;
            default:
                return -ENOPROTOOPT;
        }

        optlen.val = len;
        if (copy_to_user(optval, bytesOf(val), len) != 0) {
            return -EFAULT;
        }
        return 0;
    }

    /** A name as C keeps it: {@code TCP_CA_NAME_MAX} bytes, zeroes behind. */
    private static byte[] nameField(String name) {
        return Arrays.copyOf(name.getBytes(StandardCharsets.ISO_8859_1), TCP_CA_NAME_MAX);
    }

    /** @see #do_tcp_getsockopt */
    public static int tcp_getsockopt(sock sk, int level, int optname, byte[] optval, IntRef optlen) {
        inet_connection_sock icsk = inet_csk(sk);

        if (level != SOL_TCP) {
            return icsk.icsk_af_ops.getsockopt.call(sk, level, optname, optval, optlen);
        }
        return do_tcp_getsockopt(sk, level, optname, optval, optlen);
    }
}
