// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.jiffies.Jiffies.jiffies;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.__kfree_skb;
import static linux.tcp.Options.tcp_clear_options;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_input.SynSent.mptcp_rcv_synsent_state_process;
import static net.inet_connection_sock.Acks.inet_csk_schedule_ack;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_DSM_ALIGN;
import static net.mptcp.Options.mptcp_init_mp_opt;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Callbacks.sk_wake_async;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockTimers.sk_reset_timer;
import static net.tcp.Congestion.tcp_enable_fack;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Keepalive.keepalive_time_when;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Paws.tcp_paws_reject;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.between;
import static net.tcp.Sysctls.sysctl_tcp_fack;
import static net.tcp.TcpConst.FLAG_SLOWPATH;
import static net.tcp.TcpConst.TCPOLEN_TSTAMP_ALIGNED;
import static net.tcp.TcpConst.TCP_DELACK_MAX;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.__tcp_fast_path_on;
import static net.tcp.Windows.tcp_init_wl;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static tcp.Close.tcp_set_state;
import static tcp_input.Ack.tcp_ack;
import static tcp_input.Ack.tcp_rearm_rto;
import static tcp_input.Ack.tcp_store_ts_recent;
import static tcp_input.Buffers.tcp_initialize_rcv_mss;
import static tcp_input.Ecn.TCP_ECN_rcv_syn;
import static tcp_input.Ecn.TCP_ECN_rcv_synack;
import static tcp_input.Fin.tcp_reset;
import static tcp_input.Options.tcp_parse_options;
import static tcp_input.Quickack.tcp_enter_quickack_mode;
import static tcp_metrics.Connection.tcp_init_metrics;
import static tcp_metrics.Fastopen.tcp_fastopen_cache_set;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_output.Mss.tcp_mtup_init;
import static tcp_output.Mss.tcp_sync_mss;
import static tcp_output.Retransmit.__tcp_retransmit_skb;
import static tcp_output.Syn.tcp_send_synack;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSACTIVEREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVEFAIL;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_options_received;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * The client's side of the handshake: what comes back after our SYN (RFC 793, section 3.9, SYN-SENT).
 *
 * <p>{@link States#tcp_rcv_state_process} calls {@link #tcp_rcv_synsent_state_process}. The usual answer is a SYN/ACK:
 * it brings the peer's options, {@link Ack#tcp_ack} takes our SYN off the queue, {@link #tcp_finish_connect} opens the
 * connection, and the third ACK goes out. A SYN alone means that both have connected at the same time. With MPTCP,
 * {@code mptcp_rcv_synsent_state_process} may turn the socket into a meta socket on the way; all that follows is done
 * with the master subflow then.
 */
public final class SynSent {
    private SynSent() {}

    /**
     * The connection is there: sets everything that depends on the peer's options or on the route, and wakes the one
     * who sits in {@code connect}.
     *
     * @param skb the SYN/ACK; null: nothing was received, the socket is being repaired
     */
    public static void tcp_finish_connect(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        tcp_set_state(sk, TCP_ESTABLISHED);

        if (skb != null) {
            icsk.icsk_af_ops.sk_rx_dst_set.call(sk, skb);
        }

        // The metrics come from the route.
        icsk.icsk_af_ops.rebuild_header.call(sk);

        tcp_init_metrics(sk);

        tp.init_congestion_control.call(sk);

        // Or the first data would look like data after an idle time.
        tp.lsndtime = tcp_time_stamp();

        tp.init_buffer_space.call(sk);

        if (sock_flag(sk, SOCK_KEEPOPEN)) {
            inet_csk_reset_keepalive_timer(sk, keepalive_time_when(tp));
        }

        if (tp.rx_opt.snd_wscale == 0) {
            __tcp_fast_path_on(tp, tp.snd_wnd);
        } else {
            tp.pred_flags = 0;
        }

        if (!sock_flag(sk, SOCK_DEAD)) {
            sk.sk_state_change.call(sk);
            sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
        }
    }

    /**
     * The answer to a SYN with Fast Open: remembers the peer's cookie and MSS for the next time, and sends the data
     * again if the SYN/ACK acknowledges only the SYN (RFC 7413, section 4.1.3). Without an answer to the first SYN, but
     * to a repeated one without data, the peer or something on the way does not like Fast Open: that is remembered too.
     *
     * @return true: data were sent, so no third ACK is needed
     */
    static boolean tcp_rcv_fastopen_synack(sock sk, sk_buff synack,
            tcp_fastopen_cookie cookie) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff data = tp.syn_data ? tcp_write_queue_head(sk) : null;
        int mss = tp.rx_opt.mss_clamp;
        boolean syn_drop;

        if (mss == tp.rx_opt.user_mss) {
            tcp_options_received opt = new tcp_options_received();

            // What the peer said is hidden by TCP_MAXSEG: look again.
            tcp_clear_options(opt);
            opt.user_mss = opt.mss_clamp = 0;
            tcp_parse_options(synack, opt, null, 0, null);
            mss = opt.mss_clamp;
        }

        // We did not ask.
        if (!tp.syn_fastopen) {
            cookie.len = -1;
        }

        syn_drop = cookie.len <= 0 && data != null && tp.total_retrans != 0;

        tcp_fastopen_cache_set(sk, mss, cookie, syn_drop);

        if (data != null) {
            for (; data != null; data = data.next) {
                if (data == tcp_send_head(sk)
                        || __tcp_retransmit_skb(sk, data) != 0) {
                    break;
                }
            }
            tcp_rearm_rto(sk);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPFASTOPENACTIVEFAIL);
            return true;
        }
        tp.syn_data_acked = tp.syn_data;
        if (tp.syn_data_acked) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPFASTOPENACTIVE);
        }
        return false;
    }

    /**
     * A segment in SYN_SENT. An ACK is acceptable only if it acknowledges our SYN and, with timestamps, echoes one that
     * we have sent since we began. An unacceptable segment leaves no trace of its options.
     *
     * @return 1: answer with RST; 0: done, and the segment is freed; -1: connected, the caller goes on with it
     */
    static int tcp_rcv_synsent_state_process(sock sk, sk_buff skb,
            tcphdr th, int len) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        tcp_fastopen_cookie foc = new tcp_fastopen_cookie();
        foc.len = -1;
        int saved_clamp = tp.rx_opt.mss_clamp;
        mptcp_options_received mopt = new mptcp_options_received();
        mptcp_init_mp_opt(mopt);

        tcp_parse_options(skb, tp.rx_opt,
                mptcp(tp) ? tp.mptcp.rx_opt : mopt, 0, foc);
        if (tp.rx_opt.saw_tstamp && tp.rx_opt.rcv_tsecr != 0) {
            tp.rx_opt.rcv_tsecr -= tp.tsoffset;
        }

        reset_and_undo: {
            discard: {
                discard_and_undo: {
                    if (th.ack()) {
                        if (!after(TCP_SKB_CB(skb).ack_seq, tp.snd_una)
                                || after(TCP_SKB_CB(skb).ack_seq, tp.snd_nxt)) {
                            break reset_and_undo;
                        }

                        if (tp.rx_opt.saw_tstamp && tp.rx_opt.rcv_tsecr != 0
                                && !between(tp.rx_opt.rcv_tsecr, tp.retrans_stamp,
                                        tcp_time_stamp())) {
                            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_PAWSACTIVEREJECTED);
                            break reset_and_undo;
                        }

                        // The ACK is ours: so is the refusal.
                        if (th.rst()) {
                            tcp_reset(sk);
                            break discard;
                        }

                        if (!th.syn()) {
                            break discard_and_undo;
                        }

                        if (tp.request_mptcp || mptcp(tp)) {
                            int ret;
                            Ref<sock> skptr = new Ref<>(sk);
                            ret = mptcp_rcv_synsent_state_process(sk, skptr,
                                    skb, mopt);

                            // It may be the master subflow from here on.
                            sk = skptr.val;
                            tp = tcp_sk(sk);
                            icsk = inet_csk(sk);

                            if (ret == 1) {
                                break reset_and_undo;
                            }
                            if (ret == 2) {
                                break discard;
                            }
                        }

                        TCP_ECN_rcv_synack(tp, th);

                        tcp_init_wl(tp, TCP_SKB_CB(skb).seq);
                        tcp_ack(sk, skb, FLAG_SLOWPATH);

                        if (mptcp(tp) && !is_master_tp(tp)) {
                            // The third ACK of an MP_JOIN is repeated until it is acknowledged (RFC 6824, 3.2).
                            sk_reset_timer(sk, tp.mptcp.mptcp_ack_timer,
                                    jiffies + u32(icsk.icsk_rto));
                        }

                        tp.rcv_nxt = TCP_SKB_CB(skb).seq + 1;
                        tp.rcv_wup = TCP_SKB_CB(skb).seq + 1;

                        // In a SYN it is never scaled (RFC 7323, 2.2).
                        tp.snd_wnd = th.window();

                        if (!tp.rx_opt.wscale_ok) {
                            tp.rx_opt.snd_wscale = tp.rx_opt.rcv_wscale = 0;
                            tp.window_clamp = minU32(tp.window_clamp, 65535);
                        }

                        if (tp.rx_opt.saw_tstamp) {
                            tp.rx_opt.tstamp_ok = true;
                            tp.tcp_header_len =
                                    tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED;
                            tp.advmss = tp.advmss - TCPOLEN_TSTAMP_ALIGNED & 0xffff;
                            tcp_store_ts_recent(tp);
                        } else {
                            tp.tcp_header_len = tcphdr.SIZE;
                        }

                        if (mptcp(tp)) {
                            tp.tcp_header_len += MPTCP_SUB_LEN_DSM_ALIGN;
                            tp.advmss = tp.advmss - MPTCP_SUB_LEN_DSM_ALIGN & 0xffff;
                        }

                        if (tcp_is_sack(tp) && sysctl_tcp_fack != 0) {
                            tcp_enable_fack(tp);
                        }

                        tcp_mtup_init(sk);
                        tcp_sync_mss(sk, icsk.icsk_pmtu_cookie);
                        tcp_initialize_rcv_mss(sk);

                        tp.copied_seq = tp.rcv_nxt;

                        tcp_finish_connect(sk, skb);

                        if ((tp.syn_fastopen || tp.syn_data)
                                && tcp_rcv_fastopen_synack(sk, skb, foc)) {
                            return -1;
                        }

                        // MP_CAPABLE leaves no room for a mapping in the third ACK, so there it carries no data.
                        if (!mptcp(tp) && (sk.sk_write_pending != 0
                                || icsk.icsk_accept_queue.rskq_defer_accept != 0
                                || icsk.icsk_ack.pingpong != 0)) {
                            // Data will follow soon and take the ACK along.
                            inet_csk_schedule_ack(sk);
                            icsk.icsk_ack.lrcvtime = tcp_time_stamp();
                            tcp_enter_quickack_mode(sk);
                            inet_csk_reset_xmit_timer(sk, ICSK_TIME_DACK,
                                    TCP_DELACK_MAX, TCP_RTO_MAX);

                            break discard;
                        } else {
                            tcp_send_ack(sk);
                        }
                        return -1;
                    }

                    if (th.rst()) {
                        break discard_and_undo;
                    }

                    if (tp.rx_opt.ts_recent_stamp != 0 && tp.rx_opt.saw_tstamp
                            && tcp_paws_reject(tp.rx_opt, 0)) {
                        break discard_and_undo;
                    }

                    if (th.syn()) {
                        // Both sides connect at the same time, or it is our own SYN (RFC 793, 3.4, figure 8).
                        tcp_set_state(sk, TCP_SYN_RECV);

                        if (tp.rx_opt.saw_tstamp) {
                            tp.rx_opt.tstamp_ok = true;
                            tcp_store_ts_recent(tp);
                            tp.tcp_header_len =
                                    tcphdr.SIZE + TCPOLEN_TSTAMP_ALIGNED;
                        } else {
                            tp.tcp_header_len = tcphdr.SIZE;
                        }

                        if (mptcp(tp)) {
                            tp.tcp_header_len += MPTCP_SUB_LEN_DSM_ALIGN;
                            tp.advmss = tp.advmss - MPTCP_SUB_LEN_DSM_ALIGN & 0xffff;
                        }

                        tp.rcv_nxt = TCP_SKB_CB(skb).seq + 1;
                        tp.rcv_wup = TCP_SKB_CB(skb).seq + 1;

                        tp.snd_wnd = th.window();
                        tp.snd_wl1 = TCP_SKB_CB(skb).seq;
                        tp.max_window = tp.snd_wnd;

                        TCP_ECN_rcv_syn(tp, th);

                        tcp_mtup_init(sk);
                        tcp_sync_mss(sk, icsk.icsk_pmtu_cookie);
                        tcp_initialize_rcv_mss(sk);

                        tcp_send_synack(sk);
                        break discard;
                    }
                }
                tcp_clear_options(tp.rx_opt);
                tp.rx_opt.mss_clamp = saved_clamp;
            }
            __kfree_skb(skb);
            return 0;
        }
        tcp_clear_options(tp.rx_opt);
        tp.rx_opt.mss_clamp = saved_clamp;
        return 1;
    }
}
