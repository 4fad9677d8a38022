// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Subflows.mptcp_update_metasocket;
import static net.dst.Dst.dst_confirm;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_DSM_ALIGN;
import static net.request_sock.Queues.reqsk_fastopen_remove;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Callbacks.sk_wake_async;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.Keepalive.tcp_fin_time;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.FLAG_SLOWPATH;
import static net.tcp.TcpConst.FLAG_UPDATE_TS_RECENT;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_fast_path_on;
import static net.tcp.Windows.tcp_init_wl;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_set_state;
import static tcp_input.Ack.tcp_ack;
import static tcp_input.Ack.tcp_rearm_rto;
import static tcp_input.Ack.tcp_synack_rtt_meas;
import static tcp_input.Buffers.tcp_initialize_rcv_mss;
import static tcp_input.DataQueue.tcp_data_queue;
import static tcp_input.Established.tcp_validate_incoming;
import static tcp_input.Fin.tcp_reset;
import static tcp_input.Rtt.tcp_update_pacing_rate;
import static tcp_input.SendCheck.tcp_ack_snd_check;
import static tcp_input.SendCheck.tcp_data_snd_check;
import static tcp_input.SynSent.tcp_rcv_synsent_state_process;
import static tcp_input.Urgent.tcp_urg;
import static tcp_metrics.Connection.tcp_init_metrics;
import static tcp_metrics.Connection.tcp_update_metrics;
import static tcp_minisocks.Openreq.tcp_check_req;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_output.Mss.tcp_mtup_init;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * All states but ESTABLISHED and TIME_WAIT: beginning and end of a connection (RFC 793, section 3.9, "SEGMENT
 * ARRIVES").
 *
 * <pre>
 *                         LISTEN                     CLOSE
 *                           | SYN / SYN+ACK            | connect / SYN
 *                           v                          v
 *                        SYN_RECV &lt;--- SYN ------- SYN_SENT
 *                           | ACK of SYN               | SYN+ACK / ACK
 *                           +-------&gt; ESTABLISHED &lt;----+
 *                  close / FIN        |          | FIN / ACK
 *                           +---------+          +---------+
 *                           v                              v
 *                       FIN_WAIT1 --- FIN / ACK ---+   CLOSE_WAIT
 *                ACK of FIN |                      v       | close / FIN
 *                           v                   CLOSING    v
 *                       FIN_WAIT2                  |    LAST_ACK
 *                 FIN / ACK |           ACK of FIN |       | ACK of FIN
 *                           v                      |       v
 *                       TIME_WAIT &lt;----------------+     CLOSE
 * </pre>
 *
 * <p>{@code tcp_v4_do_rcv} calls {@link #tcp_rcv_state_process}, for a listener and for sockets on their way in or out;
 * {@code tcp_child_process} for a socket that the third ACK has just made. A passive connection has no socket in
 * SYN_RECV: it is a request, which {@link ConnRequest} makes and {@code tcp_check_req} turns into one; the socket
 * exists in that state only while the third ACK is being processed, with Fast Open, or when two SYNs have crossed. FIN
 * is dealt with in {@link Fin#tcp_fin}; TIME_WAIT, and FIN_WAIT2 without an owner, in {@code tcp_minisocks}.
 */
public final class States {
    private States() {}

    /**
     * A segment for a socket in any state but ESTABLISHED and TIME_WAIT.
     *
     * <p>For the master subflow of a connection that just came to be, the socket is locked by {@code
     * mptcp_rcv_synsent_state_process} and unlocked here.
     *
     * @param len of the segment with its header, in bytes
     * @return 1: the caller is to answer with RST, and frees the segment; 0: done
     */
    public static int tcp_rcv_state_process(sock sk, sk_buff skb,
            tcphdr th, int len) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        request_sock req;
        int queued = 0;
        boolean acceptable;
        int synack_stamp;

        tp.rx_opt.saw_tstamp = false;

        discard: {
            switch (sk.skc_state) {
                case TCP_CLOSE:
                    break discard;

                case TCP_LISTEN:
                    if (th.ack()) {
                        return 1;
                    }

                    if (th.rst()) {
                        break discard;
                    }

                    if (th.syn()) {
                        if (th.fin()) {
                            break discard;
                        }
                        if (icsk.icsk_af_ops.conn_request.call(sk, skb) < 0) {
                            return 1;
                        }

                        // Data in the SYN are not kept, but for Fast Open, which has a reference of its own.
                        kfree_skb(skb);
                        return 0;
                    }
                    break discard;

                case TCP_SYN_SENT:
                    queued = tcp_rcv_synsent_state_process(sk, skb, th, len);
                    if (is_meta_sk(sk)) {
                        sk = tcp_sk(sk).mpcb.master_sk;
                        tp = tcp_sk(sk);

                        // It announces addresses, which must not come before the third ACK.
                        mptcp_update_metasocket(sk, tp.meta_sk);
                    }
                    if (queued >= 0) {
                        return queued;
                    }

                    tcp_urg(sk, skb, th);
                    __kfree_skb(skb);
                    tcp_data_snd_check(sk);
                    if (mptcp(tp) && is_master_tp(tp)) {
                        bh_unlock_sock(sk);
                    }
                    return 0;
            }

            req = tp.fastopen_rsk;
            if (req != null) {
                WARN_ON_ONCE(sk.skc_state != TCP_SYN_RECV
                        && sk.skc_state != TCP_FIN_WAIT1);

                if (tcp_check_req(sk, skb, req, null, true) == null) {
                    break discard;
                }
            }

            if (!th.ack() && !th.rst()) {
                break discard;
            }

            if (!tcp_validate_incoming(sk, skb, th, 0)) {
                return 0;
            }

            acceptable = tcp_ack(sk, skb, FLAG_SLOWPATH
                    | FLAG_UPDATE_TS_RECENT) > 0;

            switch (sk.skc_state) {
                case TCP_SYN_RECV:
                    if (!acceptable) {
                        return 1;
                    }

                    if (req != null) {
                        synack_stamp = tcp_rsk(req).snt_synack;
                        tp.total_retrans = req.num_retrans;
                        reqsk_fastopen_remove(sk, req, false);
                    } else {
                        synack_stamp = tp.lsndtime;
                        // The metrics come from the route.
                        icsk.icsk_af_ops.rebuild_header.call(sk);
                        tp.init_congestion_control.call(sk);

                        tcp_mtup_init(sk);
                        tp.copied_seq = tp.rcv_nxt;
                        tp.init_buffer_space.call(sk);
                    }
                    tcp_set_state(sk, TCP_ESTABLISHED);
                    sk.sk_state_change.call(sk);

                    // Nobody waits for a passive connection, which has no struct socket yet: two SYNs have crossed.
                    if (sk.sk_socket != null) {
                        sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
                    }

                    tp.snd_una = TCP_SKB_CB(skb).ack_seq;
                    tp.snd_wnd = th.window() << tp.rx_opt.snd_wscale;
                    tcp_init_wl(tp, TCP_SKB_CB(skb).seq);
                    tcp_synack_rtt_meas(sk, synack_stamp);

                    if (tp.rx_opt.tstamp_ok) {
                        tp.advmss = tp.advmss - TCPOLEN_TSTAMP_ALIGNED & 0xffff;
                    }
                    if (mptcp(tp)) {
                        tp.advmss = tp.advmss - MPTCP_SUB_LEN_DSM_ALIGN & 0xffff;
                    }

                    if (req != null) {
                        // The timer was the SYN/ACK's; now it is that of data which were sent already.
                        tcp_rearm_rto(sk);
                    } else {
                        tcp_init_metrics(sk);
                    }

                    tcp_update_pacing_rate(sk);

                    // Or the first data would look like data after an idle time.
                    tp.lsndtime = tcp_time_stamp();

                    tcp_initialize_rcv_mss(sk);
                    tcp_fast_path_on(tp);
                    // The fourth ACK of an MP_JOIN (RFC 6824, 3.2).
                    if (mptcp(tp) && !is_master_tp(tp)) {
                        tcp_send_ack(sk);
                    }
                    break;

                case TCP_FIN_WAIT1: {
                    dst_entry dst;
                    int tmo;

                    // A Fast Open connection that was closed before the handshake was over.
                    if (req != null) {
                        if (!acceptable) {
                            return 1;
                        }
                        reqsk_fastopen_remove(sk, req, false);
                        tcp_rearm_rto(sk);
                    }
                    if (tp.snd_una != tp.write_seq) {
                        break;
                    }

                    tcp_set_state(sk, TCP_FIN_WAIT2);
                    sk.sk_shutdown |= SEND_SHUTDOWN;

                    dst = __sk_dst_get(sk);
                    if (dst != null) {
                        dst_confirm(dst);
                    }

                    if (!sock_flag(sk, SOCK_DEAD)) {
                        // Who lingers in close goes on.
                        sk.sk_state_change.call(sk);
                        break;
                    }

                    if (tp.linger2 < 0
                            || TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(skb).seq
                                    && after(TCP_SKB_CB(skb).end_seq - (th.fin() ? 1 : 0), tp.rcv_nxt)) {
                        tcp_done(sk);
                        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPABORTONDATA);
                        return 1;
                    }

                    tmo = tcp_fin_time(sk);
                    if (tmo > TCP_TIMEWAIT_LEN) {
                        inet_csk_reset_keepalive_timer(sk, tmo - TCP_TIMEWAIT_LEN);
                    } else if (th.fin() || mptcp_is_data_fin(skb)
                            || sock_owned_by_user(sk)) {
                        // A FIN in this segment would be lost with the socket: it stays until the timer runs out.
                        inet_csk_reset_keepalive_timer(sk, tmo);
                    } else {
                        tp.time_wait.call(sk, TCP_FIN_WAIT2, tmo);
                        break discard;
                    }
                    break;
                }

                case TCP_CLOSING:
                    if (tp.snd_una == tp.write_seq) {
                        tp.time_wait.call(sk, TCP_TIME_WAIT, 0);
                        break discard;
                    }
                    break;

                case TCP_LAST_ACK:
                    if (tp.snd_una == tp.write_seq) {
                        tcp_update_metrics(sk);
                        tcp_done(sk);
                        break discard;
                    }
                    break;
                case TCP_CLOSE:
                    if (tp.mp_killed) {
                        break discard;
                    }
            }

            tcp_urg(sk, skb, th);

            switch (sk.skc_state) {
                case TCP_CLOSE_WAIT:
                case TCP_CLOSING:
                case TCP_LAST_ACK:
                    if (!before(TCP_SKB_CB(skb).seq, tp.rcv_nxt)) {
                        break;
                    }
                    // fall through
                case TCP_FIN_WAIT1:
                case TCP_FIN_WAIT2:
                    // Nobody will read it: say so (RFC 1122, 4.2.2.13). With MPTCP the meta socket does.
                    if ((sk.sk_shutdown & RCV_SHUTDOWN) != 0) {
                        if (TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(skb).seq
                                && after(TCP_SKB_CB(skb).end_seq - (th.fin() ? 1 : 0), tp.rcv_nxt)
                                && !mptcp(tp)) {
                            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPABORTONDATA);
                            tcp_reset(sk);
                            return 1;
                        }
                    }
                    // fall through
                case TCP_ESTABLISHED:
                    tcp_data_queue(sk, skb);
                    queued = 1;
                    break;
            }

            // A FIN may have ended it.
            if (sk.skc_state != TCP_CLOSE) {
                tcp_data_snd_check(sk);
                tcp_ack_snd_check(sk);
            }

            if (queued != 0) {
                return 0;
            }
        }
        __kfree_skb(skb);
        return 0;
    }
}
