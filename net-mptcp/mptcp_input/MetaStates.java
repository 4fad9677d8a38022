// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_unclone;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Close.mptcp_sub_close;
import static mptcp_output.Fin.mptcp_send_active_reset;
import static net.dst.Dst.dst_confirm;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.Dss.mptcp_is_data_fin2;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.Keepalive.tcp_fin_time;
import static net.tcp.Segments.tcp_skb_mss;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sequence.between;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_set_state;
import static tcp_input.Ack.tcp_rearm_rto;
import static tcp_input.Ack.tcp_tso_acked;
import static tcp_input.Fin.tcp_reset;
import static tcp_output.Fragment.__pskb_trim_head;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * What a data ACK does to the meta socket: it frees what was acknowledged, and moves a connection that is being closed
 * on to its next state.
 *
 * <p>{@link DataAck#mptcp_data_ack} calls in. The states are those of RFC 793, with DATA_FIN in place of FIN and data
 * ACK in place of ACK (RFC 6824, section 3.3.3); the subflows have states of their own, and only when the DATA_FIN has
 * been acknowledged are they closed too.
 *
 * <p>Data sequence numbers have 64 bits, so there are comparisons of that size.
 */
public final class MetaStates {
    private MetaStates() {}

    /** Is {@code seq1} earlier than {@code seq2}? */
    static boolean before64(long seq1, long seq2) {
        return seq1 - seq2 < 0;
    }

    /** Is {@code seq1} later than {@code seq2}? */
    static boolean after64(long seq1, long seq2) {
        return before64(seq2, seq1);
    }

    /**
     * The peer has shown that MPTCP gets through on this subflow, so it will not fall back any more (RFC 6824, section
     * 3.1). The path manager may now make further subflows.
     */
    static void mptcp_become_fully_estab(sock sk) {
        tcp_sk(sk).mptcp.fully_established = true;

        if (is_master_tp(tcp_sk(sk))
                && tcp_sk(sk).mpcb.pm_ops.fully_established != null) {
            tcp_sk(sk).mpcb.pm_ops.fully_established.call(mptcp_meta_sk(sk));
        }
    }

    /**
     * Cuts off the acknowledged front of a packet that waits to be sent on another subflow. Nothing is given back to
     * the socket: packets on the reinject queue are not charged.
     *
     * @return how many segments are gone; 0 also if there was no memory for it
     */
    static int mptcp_tso_acked_reinject(sock meta_sk, sk_buff skb) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        int packets_acked, len;

        BUG_ON(!after(TCP_SKB_CB(skb).end_seq, meta_tp.snd_una));

        packets_acked = tcp_skb_pcount(skb);

        if (skb_unclone(skb, GFP_ATOMIC) != 0) {
            return 0;
        }

        len = meta_tp.snd_una - TCP_SKB_CB(skb).seq;
        __pskb_trim_head(skb, len);

        TCP_SKB_CB(skb).seq += len;
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.truesize -= len;

        if (tcp_skb_pcount(skb) > 1) {
            tcp_set_skb_tso_segs(meta_sk, skb, tcp_skb_mss(skb));
        }
        packets_acked -= tcp_skb_pcount(skb);

        if (packets_acked != 0) {
            BUG_ON(tcp_skb_pcount(skb) == 0);
            BUG_ON(!before(TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq));
        }

        return packets_acked;
    }

    /**
     * Frees what the data ACK covers, on the meta socket's send queue and on the reinject queue. If the DATA_FIN was
     * among it, the subflows are closed now; whoever was closed by the peer waits eight timeouts for the peer's FINs
     * to come first, which saves him TIME_WAIT.
     *
     * @param prior_snd_una {@code snd_una} before this data ACK
     */
    static void mptcp_clean_rtx_queue(sock meta_sk, int prior_snd_una) {
        sk_buff skb, tmp;
        tcp_sock meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;
        boolean acked = false;
        int acked_pcount;

        while ((skb = tcp_write_queue_head(meta_sk)) != null
                && skb != tcp_send_head(meta_sk)) {
            boolean fully_acked = true;

            if (before(meta_tp.snd_una, TCP_SKB_CB(skb).end_seq)) {
                if (tcp_skb_pcount(skb) == 1
                        || !after(meta_tp.snd_una, TCP_SKB_CB(skb).seq)) {
                    break;
                }

                acked_pcount = tcp_tso_acked(meta_sk, skb);
                if (acked_pcount == 0) {
                    break;
                }

                fully_acked = false;
            } else {
                acked_pcount = tcp_skb_pcount(skb);
            }

            acked = true;
            meta_tp.packets_out -= acked_pcount;
            meta_tp.retrans_stamp = 0;

            if (!fully_acked) {
                break;
            }

            tcp_unlink_write_queue(skb, meta_sk);

            if (mptcp_is_data_fin(skb)) {
                tcp_sock sk_it;

                for (sk_it = mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
                    long delay = 0;

                    if (mpcb.passive_close
                            && sk_it.skc_state == TCP_ESTABLISHED) {
                        delay = u32(inet_csk(sk_it).icsk_rto << 3);
                    }

                    mptcp_sub_close(sk_it, delay);
                }
            }
            sk_wmem_free_skb(meta_sk, skb);
        }
        for (skb = mpcb.reinject_queue.next; skb != null; skb = tmp) {
            tmp = skb.next;
            if (before(meta_tp.snd_una, TCP_SKB_CB(skb).end_seq)) {
                if (tcp_skb_pcount(skb) == 1
                        || !after(meta_tp.snd_una, TCP_SKB_CB(skb).seq)) {
                    break;
                }

                mptcp_tso_acked_reinject(meta_sk, skb);
                break;
            }

            __skb_unlink(skb, mpcb.reinject_queue);
            __kfree_skb(skb);
        }

        if (between(meta_tp.snd_up, prior_snd_una, meta_tp.snd_una)) {
            meta_tp.snd_up = meta_tp.snd_una;
        }

        if (acked) {
            tcp_rearm_rto(meta_sk);
            // For plain TCP the undo of a loss does this; the meta socket undoes nothing.
            inet_csk(meta_sk).icsk_retransmits = 0;
        }
    }

    /**
     * Moves a meta socket that is not ESTABLISHED on, after a data ACK (RFC 793, section 3.9). Data for a socket whose
     * reading side is closed break the connection.
     *
     * @param sk the subflow that {@code skb} came on
     * @param data_seq mapping of {@code skb}, with {@code data_len}; its length 0: there is none
     * @return 1: the meta socket is closed, do nothing more with it
     */
    static int mptcp_rcv_state_process(sock meta_sk, sock sk,
            sk_buff skb, int data_seq,
            int data_len) {
        tcp_sock meta_tp = tcp_sk(meta_sk), tp = tcp_sk(sk);
        tcphdr th = tcp_hdr(skb);

        switch (meta_sk.skc_state) {
            case TCP_FIN_WAIT1: {
                dst_entry dst;
                int tmo;

                if (meta_tp.snd_una != meta_tp.write_seq) {
                    break;
                }

                tcp_set_state(meta_sk, TCP_FIN_WAIT2);
                meta_sk.sk_shutdown |= SEND_SHUTDOWN;

                dst = __sk_dst_get(sk);
                if (dst != null) {
                    dst_confirm(dst);
                }

                if (!sock_flag(meta_sk, SOCK_DEAD)) {
                    // close() may be waiting for this.
                    meta_sk.sk_state_change.call(meta_sk);
                    break;
                }

                if (meta_tp.linger2 < 0
                        || data_len != 0
                                && after(data_seq + data_len - (mptcp_is_data_fin2(skb, tp) ? 1 : 0),
                                        meta_tp.rcv_nxt)) {
                    mptcp_send_active_reset(meta_sk, GFP_ATOMIC);
                    tcp_done(meta_sk);
                    NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_TCPABORTONDATA);
                    return 1;
                }

                tmo = tcp_fin_time(meta_sk);
                if (tmo > TCP_TIMEWAIT_LEN) {
                    inet_csk_reset_keepalive_timer(meta_sk, tmo - TCP_TIMEWAIT_LEN);
                } else if (mptcp_is_data_fin2(skb, tp) || sock_owned_by_user(meta_sk)) {
                    // The DATA_FIN in this packet is still to be processed, and a time-wait socket could not do it.
                    inet_csk_reset_keepalive_timer(meta_sk, tmo);
                } else {
                    meta_tp.time_wait.call(meta_sk, TCP_FIN_WAIT2, tmo);
                }
                break;
            }
            case TCP_CLOSING:
            case TCP_LAST_ACK:
                if (meta_tp.snd_una == meta_tp.write_seq) {
                    tcp_done(meta_sk);
                    return 1;
                }
                break;
        }

        switch (meta_sk.skc_state) {
            case TCP_FIN_WAIT1:
            case TCP_FIN_WAIT2:
                // RFC 1122, section 4.2.2.13: who does not read any more answers data with a reset.
                if ((meta_sk.sk_shutdown & RCV_SHUTDOWN) != 0) {
                    if (TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(skb).seq
                            && after(TCP_SKB_CB(skb).end_seq - (th.fin() ? 1 : 0), tp.rcv_nxt)
                            && !mptcp_is_data_fin2(skb, tp)) {
                        NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_TCPABORTONDATA);
                        mptcp_send_active_reset(meta_sk, GFP_ATOMIC);
                        tcp_reset(meta_sk);
                        return 1;
                    }
                }
                break;
        }

        return 0;
    }
}
