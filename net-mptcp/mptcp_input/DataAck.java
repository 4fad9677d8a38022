// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_err;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.MetaSock.mptcp_select_ack_sock;
import static mptcp_input.MetaStates.mptcp_become_fully_estab;
import static mptcp_input.MetaStates.mptcp_clean_rtx_queue;
import static mptcp_input.MetaStates.mptcp_rcv_state_process;
import static mptcp_ofo_queue.OfoQueue.mptcp_purge_ofo_queue;
import static mptcp_output.Timers.mptcp_retransmit_skb;
import static net.inet_connection_sock.Acks.inet_csk_schedule_ack;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MptcpConst.MPTCPHDR_ACK;
import static net.sock.Callbacks.sk_wake_async;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.sock.SockTimers.sk_stop_timer;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_update_wl;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static tcp.Close.tcp_set_state;
import static tcp_input.Ack.tcp_ack_probe;
import static tcp_input.Ack.tcp_may_update_window;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_output.Push.mptcp_push_pending_frames;
import static uapi.linux.siginfo.Siginfo.POLL_HUP;
import static uapi.linux.siginfo.Siginfo.POLL_IN;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_WAITD;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * The connection's end of data, and its acknowledgements: what {@code tcp_fin} and {@code tcp_ack} are for TCP.
 *
 * <p>{@link #mptcp_data_ack} is called for every packet with options that comes in on a subflow ({@link
 * HandleOptions#mptcp_handle_options}), and after a fallback for every ACK ({@link #mptcp_clean_rtx_infinite}), which
 * then stands for a data ACK. The subflow's own ACK has been processed by then: it says that data arrived at the
 * subflow, and only the data ACK says that the connection has them (RFC 6824, section 3.3.2).
 */
public final class DataAck {
    private DataAck() {}

    /**
     * A DATA_FIN has its turn: the peer sends no more data (RFC 793, section 3.9, "eighth"; RFC 6824, section 3.3.3).
     * It is acknowledged on the subflow that it came on, if that one still exists.
     */
    @Differs("does without an ACK if no subflow can send one, where the kernel takes a null pointer for a socket")
    public static void mptcp_fin(sock meta_sk) {
        sock sk = null;
        tcp_sock sk_it;
        tcp_sock meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;

        for (sk_it = mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            if (sk_it.mptcp.path_index == mpcb.dfin_path_index) {
                sk = sk_it;
                break;
            }
        }

        if (sk == null || sk.skc_state == TCP_CLOSE) {
            sk = mptcp_select_ack_sock(meta_sk);
        }

        if (sk != null) {
            inet_csk_schedule_ack(sk);
        }

        meta_sk.sk_shutdown |= RCV_SHUTDOWN;
        sock_set_flag(meta_sk, SOCK_DONE);

        switch (meta_sk.skc_state) {
            case TCP_SYN_RECV:
            case TCP_ESTABLISHED:
                tcp_set_state(meta_sk, TCP_CLOSE_WAIT);
                if (sk != null) {
                    inet_csk(sk).icsk_ack.pingpong = 1;
                }
                break;

            case TCP_CLOSE_WAIT:
            case TCP_CLOSING:
                break;
            case TCP_LAST_ACK:
                break;

            case TCP_FIN_WAIT1:
                if (sk != null) {
                    tcp_send_ack(sk);
                }
                tcp_set_state(meta_sk, TCP_CLOSING);
                break;
            case TCP_FIN_WAIT2:
                if (sk != null) {
                    tcp_send_ack(sk);
                }
                meta_tp.time_wait.call(meta_sk, TCP_TIME_WAIT, 0);
                break;
            default:
                pr_err("%s: Impossible, meta_sk->sk_state=%d\n", "mptcp_fin",
                        meta_sk.skc_state);
                break;
        }

        // Data behind the end of data can only be wrong.
        mptcp_purge_ofo_queue(meta_tp);
        sk_mem_reclaim(meta_sk);

        if (!sock_flag(meta_sk, SOCK_DEAD)) {
            meta_sk.sk_state_change.call(meta_sk);

            if (meta_sk.sk_shutdown == SHUTDOWN_MASK
                    || meta_sk.skc_state == TCP_CLOSE) {
                sk_wake_async(meta_sk, SOCK_WAKE_WAITD, POLL_HUP);
            } else {
                sk_wake_async(meta_sk, SOCK_WAKE_WAITD, POLL_IN);
            }
        }
    }

    /** Sends all that is out once more, until a subflow does not take it. */
    static void mptcp_xmit_retransmit_queue(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        sk_buff skb;

        if (meta_tp.packets_out == 0) {
            return;
        }

        for (skb = meta_sk.sk_write_queue.next; skb != null; skb = skb.next) {
            if (skb == tcp_send_head(meta_sk)) {
                break;
            }

            if (mptcp_retransmit_skb(meta_sk, skb) != 0) {
                return;
            }

            if (skb == tcp_write_queue_head(meta_sk)) {
                inet_csk_reset_xmit_timer(meta_sk, ICSK_TIME_RETRANS,
                        u32(inet_csk(meta_sk).icsk_rto),
                        TCP_RTO_MAX);
            }
        }
    }

    /**
     * Takes the data ACK of a packet, which {@code rx_opt} has: the meta socket's window, its send queue, its state,
     * and then sends what may be sent now.
     *
     * <p>The window in the header is the connection's: all subflows report the same one, and so it may only be taken
     * together with a data ACK, and never moves back (RFC 6824, section 3.3.4). Whatever comes in also shows that the
     * subflow works, and after a join that the third ACK has arrived.
     */
    static void mptcp_data_ack(sock sk, sk_buff skb) {
        sock meta_sk = mptcp_meta_sk(sk);
        tcp_sock meta_tp = tcp_sk(meta_sk), tp = tcp_sk(sk);
        tcp_skb_cb tcb = TCP_SKB_CB(skb);
        int prior_snd_una = meta_tp.snd_una;
        int prior_packets;
        int nwin, data_ack, data_seq;
        int data_len = 0;

        tp.pf = false;

        // The fourth ACK of a join; a SYN/ACK that comes again is none.
        if (tp.mptcp.pre_established && !tcp_hdr(skb).syn()) {
            tp.mptcp.pre_established = false;
            sk_stop_timer(sk, tp.mptcp.mptcp_ack_timer);
        }

        exit: {
            no_queue: {
                // After a fallback mptcp_clean_rtx_infinite has made a data ACK up.
                if ((tcb.mptcp_flags & MPTCPHDR_ACK) == 0 && !tp.mpcb.infinite_mapping_snd) {
                    break exit;
                }

                data_ack = tp.mptcp.rx_opt.data_ack;

                if (!tp.mptcp.fully_established
                        && tp.mptcp.snt_isn + 1 != TCP_SKB_CB(skb).ack_seq) {
                    // It acknowledges data, and does it in MPTCP's way.
                    mptcp_become_fully_estab(sk);
                }

                if (mptcp_is_data_seq(skb)) {
                    data_seq = tp.mptcp.rx_opt.data_seq;
                    data_len = tp.mptcp.rx_opt.data_len;
                } else {
                    data_seq = meta_tp.snd_wl1;
                }

                if (before(data_ack, prior_snd_una)) {
                    break exit;
                }

                if (after(data_ack, meta_tp.snd_nxt)) {
                    break exit;
                }

                nwin = tcp_hdr(skb).window();

                if (!tcp_hdr(skb).syn()) {
                    nwin <<= tp.rx_opt.snd_wscale;
                }

                if (tcp_may_update_window(meta_tp, data_ack, data_seq, nwin)) {
                    tcp_update_wl(meta_tp, data_seq);

                    // The right edge must not move back: subflows may deliver old windows late.
                    if (meta_tp.snd_wnd != nwin
                            && !before(data_ack + nwin, tcp_wnd_end(meta_tp))) {
                        meta_tp.snd_wnd = nwin;

                        if (gtU32(nwin, meta_tp.max_window)) {
                            meta_tp.max_window = nwin;
                        }
                    }
                }

                sk.sk_err_soft = 0;
                inet_csk(meta_sk).icsk_probes_out = 0;
                meta_tp.rcv_tstamp = tcp_time_stamp();
                prior_packets = meta_tp.packets_out;
                if (prior_packets == 0) {
                    break no_queue;
                }

                meta_tp.snd_una = data_ack;

                mptcp_clean_rtx_queue(meta_sk, prior_snd_una);

                // After the meta socket's timeout all of it is taken for lost, so all goes out again.
                if (inet_csk(meta_sk).icsk_ca_state == TCP_CA_Loss
                        && after(data_ack, prior_snd_una)) {
                    mptcp_xmit_retransmit_queue(meta_sk);
                    inet_csk(meta_sk).icsk_ca_state = TCP_CA_Open;
                }

                // tcp_new_space without the growing of the buffer, which the subflows see to.
                if (sock_flag(meta_sk, SOCK_QUEUE_SHRUNK)) {
                    sock_reset_flag(meta_sk, SOCK_QUEUE_SHRUNK);
                    if (meta_sk.sk_socket != null
                            && (meta_sk.sk_socket.flags & 1 << SOCK_NOSPACE) != 0) {
                        meta_sk.sk_write_space.call(meta_sk);
                    }
                }

                if (meta_sk.skc_state != TCP_ESTABLISHED
                        && mptcp_rcv_state_process(meta_sk, sk, skb, data_seq, data_len) != 0) {
                    return;
                }

                break exit;
            }
            if (tcp_send_head(meta_sk) != null) {
                tcp_ack_probe(meta_sk);
            }

            mptcp_push_pending_frames(meta_sk);

            return;
        }
        mptcp_push_pending_frames(meta_sk);
    }

    /**
     * An ACK after a fallback: what the one subflow has delivered, the connection has. From {@code snd_nxt} to the
     * other one the distance is the same as from {@code snd_una} to the other one, so the data ACK follows.
     */
    public static void mptcp_clean_rtx_infinite(sk_buff skb, sock sk) {
        tcp_sock tp = tcp_sk(sk), meta_tp = tcp_sk(mptcp_meta_sk(sk));

        if (!tp.mpcb.infinite_mapping_snd) {
            return;
        }

        tp.mptcp.rx_opt.data_ack = meta_tp.snd_nxt - tp.snd_nxt
                + tp.snd_una;

        mptcp_data_ack(sk, skb);
    }
}
