// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static inet_connection_sock.SynQueue.inet_csk_reqsk_queue_prune;
import static inet_connection_sock.Timers.inet_csk_delete_keepalive_timer;
import static inet_connection_sock.Timers.inet_csk_init_xmit_timers;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.tcp.Keepalive.keepalive_intvl_when;
import static net.tcp.Keepalive.keepalive_probes;
import static net.tcp.Keepalive.keepalive_time_elapsed;
import static net.tcp.Keepalive.keepalive_time_when;
import static net.tcp.Keepalive.tcp_fin_time;
import static net.tcp.Multipath.mptcp;
import static net.tcp.TcpConst.TCP_RESOURCE_PROBE_INTERVAL;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_SYNQ_INTERVAL;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_LISTEN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static tcp.Boot.tcp_done;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_timer.WriteTimeout.tcp_write_err;
import static tcp_timer.WriteTimeout.tcp_write_timeout;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * The third timer of a socket, {@code sk_timer}, which has a different job in each time of life:
 *
 * <pre>
 *  LISTEN         repeats SYN/ACKs and drops requests that nobody finishes
 *  ESTABLISHED    asks a silent peer whether it is there (SO_KEEPALIVE; RFC 1122, section 4.2.3.6)
 *  FIN_WAIT2      ends the wait for the FIN of a connection that nobody owns any more
 *  closing        repeats MP_FASTCLOSE (RFC 6824, section 3.5)
 * </pre>
 *
 * <p>{@link #tcp_init_xmit_timers} sets up all three timers when a socket is made.
 */
public final class Keepalive {
    private Keepalive() {}

    /** A listener's requests: every 200 ms some of them are looked at. */
    static void tcp_synack_timer(sock sk) {
        inet_csk_reqsk_queue_prune(sk, TCP_SYNQ_INTERVAL,
                TCP_TIMEOUT_INIT, TCP_RTO_MAX);
    }

    /** A SYN/ACK was not acknowledged in time: counts it. */
    public static void tcp_syn_ack_timeout(sock sk, request_sock req) {
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPTIMEOUTS);
    }

    /** SO_KEEPALIVE is being switched to {@code val}, but its flag still has the old value. */
    public static void tcp_set_keepalive(sock sk, int val) {
        if ((1 << sk.skc_state & (TCPF_CLOSE | TCPF_LISTEN)) != 0) {
            return;
        }

        if (val != 0 && !sock_flag(sk, SOCK_KEEPOPEN)) {
            inet_csk_reset_keepalive_timer(sk, keepalive_time_when(tcp_sk(sk)));
        } else if (val == 0) {
            inet_csk_delete_keepalive_timer(sk);
        }
    }

    /**
     * The timer. Unlike the other two it does not leave its work to the owner of the socket, it tries again 50 ms
     * later.
     *
     * <p>As keepalive: silence is measured from the last segment of any kind, and data that wait to be sent or
     * acknowledged make a probe superfluous. The connection is given up with RST and {@code ETIMEDOUT} after {@code
     * tcp_keepalive_probes} probes, or, if the user has set a timeout, when that is over and one probe has failed.
     */
    static void tcp_keepalive_timer(Object data) {
        sock sk = (sock) data;
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = mptcp(tp) ? mptcp_meta_sk(sk) : sk;
        int elapsed;

        bh_lock_sock(meta_sk);
        out: {
            death: {
                resched: {
                    if (sock_owned_by_user(meta_sk)) {
                        inet_csk_reset_keepalive_timer(sk, HZ / 20);
                        break out;
                    }

                    if (sk.skc_state == TCP_LISTEN) {
                        tcp_synack_timer(sk);
                        break out;
                    }

                    if (tp.send_mp_fclose) {
                        // tcp_write_timeout must not look for the time in the queue, which is the meta socket's.
                        if (tp.retrans_stamp == 0) {
                            tp.retrans_stamp = tcp_time_stamp() != 0 ? tcp_time_stamp() : 1;
                        }

                        if (tcp_write_timeout(sk) != 0) {
                            break out;
                        }

                        tcp_send_ack(sk);
                        icsk.icsk_retransmits = icsk.icsk_retransmits + 1 & 0xff;

                        icsk.icsk_rto = minU32(icsk.icsk_rto << 1, TCP_RTO_MAX);
                        elapsed = icsk.icsk_rto;
                        break resched;
                    }

                    if (sk.skc_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
                        if (tp.linger2 >= 0) {
                            int tmo = tcp_fin_time(sk) - TCP_TIMEWAIT_LEN;

                            if (tmo > 0) {
                                tp.time_wait.call(sk, TCP_FIN_WAIT2, tmo);
                                break out;
                            }
                        }
                        tp.send_active_reset.call(sk, GFP_ATOMIC);
                        break death;
                    }

                    if (!sock_flag(sk, SOCK_KEEPOPEN) || sk.skc_state == TCP_CLOSE) {
                        break out;
                    }

                    elapsed = keepalive_time_when(tp);

                    // The retransmission timer, or the one for probes, will find out.
                    if (tp.packets_out != 0 || tcp_send_head(sk) != null) {
                        break resched;
                    }

                    elapsed = keepalive_time_elapsed(tp);

                    if (geU32(elapsed, keepalive_time_when(tp))) {
                        if (icsk.icsk_user_timeout != 0
                                        && geU32(elapsed, icsk.icsk_user_timeout)
                                        && icsk.icsk_probes_out > 0
                                || icsk.icsk_user_timeout == 0
                                        && icsk.icsk_probes_out >= keepalive_probes(tp)) {
                            tp.send_active_reset.call(sk, GFP_ATOMIC);
                            tcp_write_err(sk);
                            break out;
                        }
                        if (tp.write_wakeup.call(sk) <= 0) {
                            icsk.icsk_probes_out = icsk.icsk_probes_out + 1 & 0xff;
                            elapsed = keepalive_intvl_when(tp);
                        } else {
                            // It did not get out of the device: that does not count as a probe.
                            elapsed = TCP_RESOURCE_PROBE_INTERVAL;
                        }
                    } else {
                        elapsed = keepalive_time_when(tp) - elapsed;
                    }

                    sk_mem_reclaim(sk);
                }
                inet_csk_reset_keepalive_timer(sk, u32(elapsed));
                break out;
            }
            tcp_done(sk);
        }
        bh_unlock_sock(meta_sk);
        sock_put(sk);
    }

    /** Gives a new socket its three timers; none of them runs yet. */
    public static void tcp_init_xmit_timers(sock sk) {
        inet_csk_init_xmit_timers(sk, Retransmit::tcp_write_timer, Delack::tcp_delack_timer,
                Keepalive::tcp_keepalive_timer);
    }
}
