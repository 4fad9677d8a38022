// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static inet_connection_sock.SynQueue.inet_rtx_syn_ack;
import static linux.bug.Bug.WARN_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_after;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pI4;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.TCP_WRITE_TIMER_DEFERRED;
import static mptcp_ctrl.Functions.mptcp_set_rto;
import static mptcp_ctrl.SmallQueues.mptcp_tsq_flags;
import static mptcp_output.Reinject.mptcp_reinject_data;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Dst.__sk_dst_reset;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.NetDebug.LIMIT_NETDEBUG;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockTimers.sk_reset_timer;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Congestion.tcp_stream_is_thin;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Rto.__tcp_set_rto;
import static net.tcp.Sysctls.sysctl_tcp_retries1;
import static net.tcp.Sysctls.sysctl_tcp_retries2;
import static net.tcp.Sysctls.sysctl_tcp_synack_retries;
import static net.tcp.Sysctls.sysctl_tcp_thin_linear_timeouts;
import static net.tcp.TcpConst.TCP_RESOURCE_PROBE_INTERVAL;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_THIN_LINEAR_RETRIES;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_empty;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static tcp_input.Ack.tcp_resume_early_retransmit;
import static tcp_input.Loss.tcp_enter_loss;
import static tcp_output.AckAndProbe.tcp_send_probe0;
import static tcp_output.Retransmit.tcp_retransmit_skb;
import static tcp_output.WriteXmit.tcp_send_loss_probe;
import static tcp_timer.WriteTimeout.retransmits_timed_out;
import static tcp_timer.WriteTimeout.tcp_orphan_retries;
import static tcp_timer.WriteTimeout.tcp_out_of_resources;
import static tcp_timer.WriteTimeout.tcp_write_err;
import static tcp_timer.WriteTimeout.tcp_write_timeout;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENOFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENORECOVERYFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRECOVERYFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.compiler.KernelBug;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * One timer for four purposes: retransmission (RFC 6298), probes of a closed window (RFC 793, section 3.7; RFC 1122,
 * section 4.2.2.17), early retransmit (RFC 5827), and tail loss probes. {@code icsk_pending} says which it is set for.
 *
 * <p>{@link #tcp_write_timer} runs in the timer softirq and leaves the work to {@code tcp_release_cb} if a system call
 * owns the socket. {@link #tcp_write_timer_handler} looks for what it was set. {@link #tcp_retransmit_timer} is what
 * {@code tp.retransmit_timer} points to for plain TCP and for subflows; a meta socket has MPTCP's own.
 */
public final class Retransmit {
    private Retransmit() {}

    /**
     * The window is closed and there are data: sends a probe. Every ACK, even one that leaves the window closed, sets
     * the count of unanswered probes to 0, so a peer that answers is probed for ever (RFC 1122, section 4.2.2.17);
     * unless nobody owns the connection any more and resources are short.
     */
    @KernelBug("a peer that keeps its window closed and answers every probe holds an orphan for ever; fixed upstream by"
            + " \"tcp: abort orphan sockets stalling on zero window probes\"")
    static void tcp_probe_timer(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int max_probes;

        if (tp.packets_out != 0 || tcp_send_head(sk) == null) {
            icsk.icsk_probes_out = 0;
            return;
        }

        max_probes = sysctl_tcp_retries2;

        if (sock_flag(sk, SOCK_DEAD)) {
            int alive = ltU32(icsk.icsk_rto << icsk.icsk_backoff, TCP_RTO_MAX) ? 1 : 0;

            max_probes = tcp_orphan_retries(sk, alive);

            if (tcp_out_of_resources(sk, alive != 0 || icsk.icsk_probes_out <= max_probes ? 1 : 0) != 0) {
                return;
            }
        }

        if (icsk.icsk_probes_out > max_probes) {
            tcp_write_err(sk);
        } else {
            tcp_send_probe0(sk);
        }
    }

    /**
     * Repeats the SYN/ACK of a Fast Open connection: its request is in no SYN queue, so the timer of the new socket
     * stands in. One more time than usual, since the connection may have been accepted already.
     */
    static void tcp_fastopen_synack_timer(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        int max_retries = icsk.icsk_syn_retries != 0 ? icsk.icsk_syn_retries
                : sysctl_tcp_synack_retries + 1;
        request_sock req;

        req = tcp_sk(sk).fastopen_rsk;
        req.rsk_ops.syn_ack_timeout.call(sk, req);

        if (req.num_timeout >= max_retries) {
            tcp_write_err(sk);
            return;
        }
        // An error is no reason to give up.
        inet_rtx_syn_ack(sk, req);
        req.num_timeout = req.num_timeout + 1 & 0x7f;
        inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
                u32(TCP_TIMEOUT_INIT << req.num_timeout), TCP_RTO_MAX);
    }

    /**
     * No ACK for a whole RTO: takes everything that is out for lost, sends the first segment again, and doubles the
     * timeout (RFC 6298, section 5.4 to 5.6; RFC 5681, section 3.1). Thin streams get six linear timeouts first, if
     * that is on. A subflow's data are given to the other subflows as well.
     *
     * <p>A peer that has taken back its window is probed with retransmissions instead, and given up only when nothing
     * was heard for the largest RTO.
     */
    public static void tcp_retransmit_timer(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        if (tp.fastopen_rsk != null) {
            WARN_ON_ONCE(sk.skc_state != TCP_SYN_RECV
                    && sk.skc_state != TCP_FIN_WAIT1);
            tcp_fastopen_synack_timer(sk);
            // The SYN/ACK first: data sent before it is acknowledged are not repeated.
            return;
        }
        out: {
            if (tp.packets_out == 0) {
                break out;
            }

            WARN_ON(tcp_write_queue_empty(sk));

            tp.tlp_high_seq = 0;

            out_reset_timer: {
                if (tp.snd_wnd == 0 && !sock_flag(sk, SOCK_DEAD)
                        && (1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) == 0) {
                    inet_sock inet = inet_sk(sk);
                    if (sk.skc_family == AF_INET) {
                        LIMIT_NETDEBUG("TCP: Peer %s:%d/%d unexpectedly shrunk window %s:%s (repaired)\n",
                                pI4(inet.skc_daddr),
                                inet.skc_dport, inet.skc_num,
                                Integer.toUnsignedString(tp.snd_una), Integer.toUnsignedString(tp.snd_nxt));
                    }
                    if (gtU32(tcp_time_stamp() - tp.rcv_tstamp, TCP_RTO_MAX)) {
                        tcp_write_err(sk);
                        break out;
                    }
                    tcp_enter_loss(sk, 0);
                    tcp_retransmit_skb(sk, tcp_write_queue_head(sk));
                    __sk_dst_reset(sk);
                    break out_reset_timer;
                }

                if (tcp_write_timeout(sk) != 0) {
                    break out;
                }

                if (icsk.icsk_retransmits == 0) {
                    int mib_idx;

                    if (icsk.icsk_ca_state == TCP_CA_Recovery) {
                        if (tcp_is_sack(tp)) {
                            mib_idx = LINUX_MIB_TCPSACKRECOVERYFAIL;
                        } else {
                            mib_idx = LINUX_MIB_TCPRENORECOVERYFAIL;
                        }
                    } else if (icsk.icsk_ca_state == TCP_CA_Loss) {
                        mib_idx = LINUX_MIB_TCPLOSSFAILURES;
                    } else if (icsk.icsk_ca_state == TCP_CA_Disorder
                            || tp.sacked_out != 0) {
                        if (tcp_is_sack(tp)) {
                            mib_idx = LINUX_MIB_TCPSACKFAILURES;
                        } else {
                            mib_idx = LINUX_MIB_TCPRENOFAILURES;
                        }
                    } else {
                        mib_idx = LINUX_MIB_TCPTIMEOUTS;
                    }
                    NET_INC_STATS_BH(sock_net(sk), mib_idx);
                }

                tcp_enter_loss(sk, 0);

                if (tcp_retransmit_skb(sk, tcp_write_queue_head(sk)) > 0) {
                    // The device's queue is full: that says nothing about the network, so try again soon.
                    if (icsk.icsk_retransmits == 0) {
                        icsk.icsk_retransmits = 1;
                    }
                    inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
                            u32(minU32(icsk.icsk_rto, TCP_RESOURCE_PROBE_INTERVAL)),
                            TCP_RTO_MAX);
                    break out;
                }

                icsk.icsk_backoff = icsk.icsk_backoff + 1 & 0xff;
                icsk.icsk_retransmits = icsk.icsk_retransmits + 1 & 0xff;
            }
            // A thin stream's RTO is computed anew: doubled before, when the stream was thick, it would stay so.
            if (sk.skc_state == TCP_ESTABLISHED
                    && (tp.thin_lto || sysctl_tcp_thin_linear_timeouts != 0)
                    && tcp_stream_is_thin(tp)
                    && icsk.icsk_retransmits <= TCP_THIN_LINEAR_RETRIES) {
                icsk.icsk_backoff = 0;
                icsk.icsk_rto = minU32(__tcp_set_rto(tp), TCP_RTO_MAX);
            } else {
                icsk.icsk_rto = minU32(icsk.icsk_rto << 1, TCP_RTO_MAX);
            }
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, u32(icsk.icsk_rto), TCP_RTO_MAX);
            if (retransmits_timed_out(sk, sysctl_tcp_retries1 + 1, 0, false)) {
                __sk_dst_reset(sk);
            }
        }
        if (mptcp(tp)) {
            mptcp_reinject_data(sk, 1);
            mptcp_set_rto(sk);
        }
    }

    /** Does what the timer was set for; if it was set anew for later while it ran, only starts it again. */
    public static void tcp_write_timer_handler(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        int event;

        out: {
            if (sk.skc_state == TCP_CLOSE || icsk.icsk_pending == 0) {
                break out;
            }

            if (time_after(icsk.icsk_timeout, jiffies)) {
                sk_reset_timer(sk, icsk.icsk_retransmit_timer, icsk.icsk_timeout);
                break out;
            }

            event = icsk.icsk_pending;

            switch (event) {
                case ICSK_TIME_EARLY_RETRANS:
                    tcp_resume_early_retransmit(sk);
                    break;
                case ICSK_TIME_LOSS_PROBE:
                    tcp_send_loss_probe(sk);
                    break;
                case ICSK_TIME_RETRANS:
                    icsk.icsk_pending = 0;
                    tcp_sk(sk).retransmit_timer.call(sk);
                    break;
                case ICSK_TIME_PROBE0:
                    icsk.icsk_pending = 0;
                    tcp_probe_timer(sk);
                    break;
            }
        }
        sk_mem_reclaim(sk);
    }

    /** The timer: does the work, or, if the socket is owned, leaves it (and a reference) to {@code release_sock}. */
    static void tcp_write_timer(Object data) {
        sock sk = (sock) data;
        sock meta_sk = mptcp(tcp_sk(sk)) ? mptcp_meta_sk(sk) : sk;

        bh_lock_sock(meta_sk);
        if (!sock_owned_by_user(meta_sk)) {
            tcp_write_timer_handler(sk);
        } else {
            if ((tcp_sk(sk).tsq_flags & 1 << TCP_WRITE_TIMER_DEFERRED) == 0) {
                tcp_sk(sk).tsq_flags |= 1 << TCP_WRITE_TIMER_DEFERRED;
                sock_hold(sk);
            }
            if (mptcp(tcp_sk(sk))) {
                mptcp_tsq_flags(sk);
            }
        }
        bh_unlock_sock(meta_sk);
        sock_put(sk);
    }
}
