// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.capability.Capability.CAP_NET_ADMIN;
import static linux.capability.Capability.ns_capable;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EFBIG;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.EPERM;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.get32;
import static linux.uaccess.User.get_user;
import static linux.uaccess.User.strncpy_from_user;
import static mptcp_ctrl.Enable.mptcp_disable_sock;
import static mptcp_ctrl.Enable.mptcp_enable_sock;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.mptcp.Globals.mptcp_init_failed;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.SockConst.SK_FORCE_REUSE;
import static net.sock.SockConst.SK_NO_REUSE;
import static net.sock.SockConst.SOCK_MIN_RCVBUF;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.tcp.Congestion.tcp_disable_early_retrans;
import static net.tcp.Congestion.tcp_enable_fack;
import static net.tcp.Keepalive.keepalive_time_elapsed;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_fack;
import static net.tcp.Sysctls.sysctl_tcp_fin_timeout;
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
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.tcp_congestion_ops.TCP_CA_NAME_MAX;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_LISTEN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static tcp.Fastopen.fastopen_init_queue;
import static tcp.Init.secs_to_retrans;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_output.AckAndProbe.tcp_send_window_probe;
import static tcp_output.Push.tcp_push_pending_frames;
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

import java.nio.charset.StandardCharsets;
import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import uapi.linux.tcp.tcp_repair_opt;

/**
 * {@code setsockopt(2)} of level {@code SOL_TCP}; other levels go on to {@code ip_setsockopt}. Values are ints in the
 * byte order of a little-endian machine, but for the name of the congestion control and the list of {@code
 * TCP_REPAIR_OPTIONS}.
 */
public final class Setsockopt {
    private Setsockopt() {}

    /** May the caller put the connection's state in place by hand? Only root, and only where nothing is in motion. */
    static boolean tcp_can_repair_sock(sock sk) {
        return ns_capable(sock_net(sk), CAP_NET_ADMIN)
                && (1 << sk.skc_state & (TCPF_CLOSE | TCPF_ESTABLISHED)) != 0;
    }

    /**
     * Socket repair: what both sides had agreed on in the handshake.
     *
     * @param optbuf {@code tcp_repair_opt}s: pairs of code and value
     * @return 0; {@code -EFBIG}: a window scale above 14 (RFC 7323, section 2.3); {@code -EINVAL}: a value where none
     *     belongs; {@code -EFAULT}. Those in front of the bad one count.
     */
    static int tcp_repair_options_est(tcp_sock tp, byte[] optbuf, int len) {
        byte[] opt = new byte[tcp_repair_opt.SIZE];
        int optbuf_at = 0;

        while (geU32(len, opt.length)) {
            if (copy_from_user(opt, 0, optbuf, optbuf_at, opt.length) != 0) {
                return -EFAULT;
            }
            int opt_code = get32(opt, 0);
            int opt_val = get32(opt, 4);

            optbuf_at += opt.length;
            len -= opt.length;

            switch (opt_code) {
                case TCPOPT_MSS:
                    tp.rx_opt.mss_clamp = opt_val & 0xffff;
                    break;
                case TCPOPT_WINDOW: {
                    int snd_wscale = opt_val & 0xffff;
                    int rcv_wscale = opt_val >>> 16;

                    if (snd_wscale > 14 || rcv_wscale > 14) {
                        return -EFBIG;
                    }

                    tp.rx_opt.snd_wscale = snd_wscale;
                    tp.rx_opt.rcv_wscale = rcv_wscale;
                    tp.rx_opt.wscale_ok = true;
                    break;
                }
                case TCPOPT_SACK_PERM:
                    if (opt_val != 0) {
                        return -EINVAL;
                    }

                    tp.rx_opt.sack_ok |= TCP_SACK_SEEN;
                    if (sysctl_tcp_fack != 0) {
                        tcp_enable_fack(tp);
                    }
                    break;
                case TCPOPT_TIMESTAMP:
                    if (opt_val != 0) {
                        return -EINVAL;
                    }

                    tp.rx_opt.tstamp_ok = true;
                    break;
                default:
                    break;
            }
        }

        return 0;
    }

    /**
     * Times are seconds but for {@code TCP_USER_TIMEOUT}, which is milliseconds.
     *
     * @return 0; {@code -EINVAL}: the value is out of range; {@code -EPERM}: not in this state, or not for this user;
     *     {@code -ENOENT}: no such congestion control; {@code -ENOPROTOOPT}: no such option; {@code -EFAULT}
     */
    @KernelBug("TCP_REPAIR_QUEUE takes negative numbers, of which a byte is kept; fixed upstream by \"tcp: fix "
            + "TCP_REPAIR_QUEUE bound checking\"")
    static int do_tcp_setsockopt(sock sk, int level, int optname, byte[] optval, int optlen) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int val;
        int err = 0;

        switch (optname) {
            case TCP_CONGESTION: {
                byte[] name = new byte[TCP_CA_NAME_MAX];

                if (ltU32(optlen, 1)) {
                    return -EINVAL;
                }

                val = strncpy_from_user(name, optval, minU32(TCP_CA_NAME_MAX - 1, optlen));
                if (val < 0) {
                    return -EFAULT;
                }

                lock_sock(sk);
                err = tcp_set_congestion_control(sk, new String(name, 0, val, StandardCharsets.ISO_8859_1));
                release_sock(sk);
                return err;
            }
            default:
                break;
        }

        if (ltU32(optlen, Integer.BYTES)) {
            return -EINVAL;
        }

        IntRef user = new IntRef();
        if (get_user(user, optval) != 0) {
            return -EFAULT;
        }
        val = user.val;

        lock_sock(sk);

        switch (optname) {
            case TCP_MAXSEG:
                if (val < TCP_MIN_MSS || val > MAX_TCP_WINDOW) {
                    err = -EINVAL;
                    break;
                }
                tp.rx_opt.user_mss = val;
                break;

            case TCP_NODELAY:
                if (val != 0) {
                    // What is queued goes out now even if TCP_CORK is set; later writes obey the cork again.
                    tp.nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
                    tcp_push_pending_frames(sk);
                } else {
                    tp.nonagle &= ~TCP_NAGLE_OFF;
                }
                break;

            case TCP_THIN_LINEAR_TIMEOUTS:
                if (val < 0 || val > 1) {
                    err = -EINVAL;
                } else {
                    tp.thin_lto = val != 0;
                }
                break;

            case TCP_THIN_DUPACK:
                if (val < 0 || val > 1) {
                    err = -EINVAL;
                } else {
                    tp.thin_dupack = val != 0;
                    if (tp.thin_dupack) {
                        tcp_disable_early_retrans(tp);
                    }
                }
                break;

            case TCP_REPAIR:
                if (!tcp_can_repair_sock(sk)) {
                    err = -EPERM;
                } else if (val == 1) {
                    tp.repair = true;
                    sk.skc_reuse = SK_FORCE_REUSE;
                    tp.repair_queue = TCP_NO_QUEUE;
                } else if (val == 0) {
                    tp.repair = false;
                    sk.skc_reuse = SK_NO_REUSE;
                    tcp_send_window_probe(sk);
                } else {
                    err = -EINVAL;
                }

                break;

            case TCP_REPAIR_QUEUE:
                if (!tp.repair) {
                    err = -EPERM;
                } else if (val < TCP_QUEUES_NR) {
                    tp.repair_queue = val & 0xff;
                } else {
                    err = -EINVAL;
                }
                break;

            case TCP_QUEUE_SEQ:
                if (sk.skc_state != TCP_CLOSE) {
                    err = -EPERM;
                } else if (tp.repair_queue == TCP_SEND_QUEUE) {
                    tp.write_seq = val;
                } else if (tp.repair_queue == TCP_RECV_QUEUE) {
                    tp.rcv_nxt = val;
                } else {
                    err = -EINVAL;
                }
                break;

            case TCP_REPAIR_OPTIONS:
                if (!tp.repair) {
                    err = -EINVAL;
                } else if (sk.skc_state == TCP_ESTABLISHED) {
                    err = tcp_repair_options_est(tp, optval, optlen);
                } else {
                    err = -EPERM;
                }
                break;

            case TCP_CORK:
                // Stronger than TCP_NODELAY: segments that are not full wait until the cork is drawn.
                if (val != 0) {
                    tp.nonagle |= TCP_NAGLE_CORK;
                } else {
                    tp.nonagle &= ~TCP_NAGLE_CORK;
                    if ((tp.nonagle & TCP_NAGLE_OFF) != 0) {
                        tp.nonagle |= TCP_NAGLE_PUSH;
                    }
                    tcp_push_pending_frames(sk);
                }
                break;

            case TCP_KEEPIDLE:
                if (val < 1 || val > MAX_TCP_KEEPIDLE) {
                    err = -EINVAL;
                } else {
                    tp.keepalive_time = val * HZ;
                    if (sock_flag(sk, SOCK_KEEPOPEN)
                            && (1 << sk.skc_state
                                    & (TCPF_CLOSE | TCPF_LISTEN)) == 0) {
                        int elapsed = keepalive_time_elapsed(tp);
                        if (gtU32(tp.keepalive_time, elapsed)) {
                            elapsed = tp.keepalive_time - elapsed;
                        } else {
                            elapsed = 0;
                        }
                        inet_csk_reset_keepalive_timer(sk, elapsed);
                    }
                }
                break;
            case TCP_KEEPINTVL:
                if (val < 1 || val > MAX_TCP_KEEPINTVL) {
                    err = -EINVAL;
                } else {
                    tp.keepalive_intvl = val * HZ;
                }
                break;
            case TCP_KEEPCNT:
                if (val < 1 || val > MAX_TCP_KEEPCNT) {
                    err = -EINVAL;
                } else {
                    tp.keepalive_probes = val;
                }
                break;
            case TCP_SYNCNT:
                if (val < 1 || val > MAX_TCP_SYNCNT) {
                    err = -EINVAL;
                } else {
                    icsk.icsk_syn_retries = val;
                }
                break;

            case TCP_LINGER2:
                if (val < 0) {
                    tp.linger2 = -1;
                } else if (val > sysctl_tcp_fin_timeout / HZ) {
                    tp.linger2 = 0;
                } else {
                    tp.linger2 = val * HZ;
                }
                break;

            case TCP_DEFER_ACCEPT:
                // A connection that is established has nothing to defer, and its subflows must not.
                if (mptcp(tp)) {
                    break;
                }
                icsk.icsk_accept_queue.rskq_defer_accept =
                        secs_to_retrans(val, TCP_TIMEOUT_INIT / HZ, TCP_RTO_MAX / HZ);
                break;

            case TCP_WINDOW_CLAMP:
                if (val == 0) {
                    if (sk.skc_state != TCP_CLOSE) {
                        err = -EINVAL;
                        break;
                    }
                    tp.window_clamp = 0;
                } else {
                    // SOCK_MIN_RCVBUF is unsigned in C: a negative value is a large one.
                    tp.window_clamp = ltU32(val, SOCK_MIN_RCVBUF / 2)
                            ? SOCK_MIN_RCVBUF / 2 : val;
                }
                break;

            case TCP_QUICKACK:
                if (val == 0) {
                    icsk.icsk_ack.pingpong = 1;
                } else {
                    icsk.icsk_ack.pingpong = 0;
                    if ((1 << sk.skc_state
                                    & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) != 0
                            && inet_csk_ack_scheduled(sk)) {
                        icsk.icsk_ack.pending |= ICSK_ACK_PUSHED;
                        tp.cleanup_rbuf.call(sk, 1);
                        if ((val & 1) == 0) {
                            icsk.icsk_ack.pingpong = 1;
                        }
                    }
                }
                break;

            case TCP_USER_TIMEOUT:
                if (val < 0) {
                    err = -EINVAL;
                } else {
                    icsk.icsk_user_timeout = (int) msecs_to_jiffies(val);
                }
                break;

            case TCP_FASTOPEN:
                if (val >= 0 && (1 << sk.skc_state & (TCPF_CLOSE
                        | TCPF_LISTEN)) != 0) {
                    err = fastopen_init_queue(sk, val);
                } else {
                    err = -EINVAL;
                }
                break;
            case TCP_TIMESTAMP:
                if (!tp.repair) {
                    err = -EPERM;
                } else {
                    tp.tsoffset = val - tcp_time_stamp();
                }
                break;
            case TCP_NOTSENT_LOWAT:
                tp.notsent_lowat = val;
                sk.sk_write_space.call(sk);
                break;
            case MPTCP_ENABLED:
                if (mptcp_init_failed || sysctl_mptcp_enabled == 0
                        || sk.skc_state != TCP_CLOSE) {
                    err = -EPERM;
                    break;
                }

                if (val != 0) {
                    mptcp_enable_sock(sk);
                } else {
                    mptcp_disable_sock(sk);
                }
                break;
            default:
                err = -ENOPROTOOPT;
                break;
        }

        release_sock(sk);
        return err;
    }

    /** @see #do_tcp_setsockopt */
    public static int tcp_setsockopt(sock sk, int level, int optname, byte[] optval, int optlen) {
        inet_connection_sock icsk = inet_csk(sk);

        if (level != SOL_TCP) {
            return icsk.icsk_af_ops.setsockopt.call(sk, level, optname, optval, optlen);
        }
        return do_tcp_setsockopt(sk, level, optname, optval, optlen);
    }
}
