// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Congestion.tcp_ca_event;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_set_ca_state;
import static net.tcp.Congestion.tcp_verify_left_out;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_frto;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.TcpConst.FLAG_SACK_RENEGING;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_clear_all_retrans_hints;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_TAGBITS;
import static tcp_input.Ecn.TCP_ECN_queue_cwr;
import static tcp_input.RenoSack.tcp_reset_reno_sack;
import static tcp_output.Retransmit.tcp_retransmit_skb;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRENEGING;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * The hard way: state {@code TCP_CA_Loss}. It is entered when the retransmission timer runs out ({@code tcp_timer})
 * or when the peer turns out to have dropped what it had SACKed (reneging, RFC 2018, section 8). Everything not
 * SACKed is marked lost, the window is one segment, and slow start begins (RFC 5681, section 3.1). What comes of it
 * is decided with the next ACKs, in {@link Recovery#tcp_process_loss}.
 */
public final class Loss {
    private Loss() {}

    static void tcp_clear_retrans_partial(tcp_sock tp) {
        tp.retrans_out = 0;
        tp.lost_out = 0;

        tp.undo_marker = 0;
        tp.undo_retrans = -1;
    }

    /** Forgets everything about retransmission, when the queue has been emptied. */
    public static void tcp_clear_retrans(tcp_sock tp) {
        tcp_clear_retrans_partial(tp);

        tp.fackets_out = 0;
        tp.sacked_out = 0;
    }

    /**
     * Enters {@code TCP_CA_Loss}. The threshold is reduced once per window, not for each timeout of the same segment.
     * An undo is possible as long as nothing had been sent again before this timeout.
     *
     * @param how not 0: the SACKs are worth nothing either, mark all of the queue lost
     */
    public static void tcp_enter_loss(sock sk, int how) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        boolean new_recovery = false;

        if (icsk.icsk_ca_state <= TCP_CA_Disorder
                || !after(tp.high_seq, tp.snd_una)
                || (icsk.icsk_ca_state == TCP_CA_Loss && icsk.icsk_retransmits == 0)) {
            new_recovery = true;
            tp.prior_ssthresh = tcp_current_ssthresh(sk);
            tp.snd_ssthresh = icsk.icsk_ca_ops.ssthresh.call(sk);
            tcp_ca_event(sk, CA_EVENT_LOSS);
        }
        tp.snd_cwnd = 1;
        tp.snd_cwnd_cnt = 0;
        tp.snd_cwnd_stamp = tcp_time_stamp();

        tcp_clear_retrans_partial(tp);

        if (tcp_is_reno(tp)) {
            tcp_reset_reno_sack(tp);
        }

        tp.undo_marker = tp.snd_una;
        if (how != 0) {
            tp.sacked_out = 0;
            tp.fackets_out = 0;
        }
        tcp_clear_all_retrans_hints(tp);

        for (skb = sk.sk_write_queue.next; skb != null; skb = skb.next) {
            if (skb == tcp_send_head(sk)) {
                break;
            }

            if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_RETRANS) != 0) {
                tp.undo_marker = 0;
            }

            TCP_SKB_CB(skb).sacked &= ~TCPCB_TAGBITS | TCPCB_SACKED_ACKED;
            if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) == 0 || how != 0) {
                TCP_SKB_CB(skb).sacked &= ~TCPCB_SACKED_ACKED;
                TCP_SKB_CB(skb).sacked |= TCPCB_LOST;
                tp.lost_out += tcp_skb_pcount(skb);
                tp.retransmit_high = TCP_SKB_CB(skb).end_seq;
            }
        }
        tcp_verify_left_out(tp);

        // Many segments had arrived out of order, and yet the first was lost: the degree was put too high.
        if (icsk.icsk_ca_state <= TCP_CA_Disorder
                && geU32(tp.sacked_out, sysctl_tcp_reordering)) {
            tp.reordering = minU32(tp.reordering,
                    sysctl_tcp_reordering) & 0xff;
        }
        tcp_set_ca_state(sk, TCP_CA_Loss);
        tp.high_seq = tp.snd_nxt;
        TCP_ECN_queue_cwr(tp);

        // F-RTO (RFC 5682, 3.1 step 1) needs to be the first recovery of this data; an MTU probe would mislead it.
        tp.frto = sysctl_tcp_frto != 0
                && (new_recovery || icsk.icsk_retransmits != 0)
                && inet_csk(sk).icsk_mtup.probe_size == 0;
    }

    /**
     * The ACK ends at a segment that had been SACKed, so the peer does not have it any more: as after a timeout.
     *
     * @return true if that was so, and the first segment has been sent again
     */
    static boolean tcp_check_sack_reneging(sock sk, int flag) {
        if ((flag & FLAG_SACK_RENEGING) != 0) {
            inet_connection_sock icsk = inet_csk(sk);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPSACKRENEGING);

            tcp_enter_loss(sk, 1);
            icsk.icsk_retransmits = icsk.icsk_retransmits + 1 & 0xff;
            tcp_retransmit_skb(sk, tcp_write_queue_head(sk));
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
                    u32(icsk.icsk_rto), TCP_RTO_MAX);
            return true;
        }
        return false;
    }
}
