// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Congestion.tcp_max_burst;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Congestion.tcp_set_ca_state;
import static net.tcp.Sequence.before;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_clear_all_retrans_hints;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static tcp_input.Ecn.TCP_ECN_withdraw_cwr;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFULLUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUSRTOS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * Taking a reduction of the window back. What looked like a loss was none when the retransmissions turn out to have
 * been needless, and then the window goes back to what it was (RFC 4015). Three witnesses can tell:
 *
 * <ul>
 *   <li>D-SACK (RFC 2883, RFC 3708): each retransmission is reported as a duplicate. {@code undo_retrans} counts
 *       those not yet reported; at 0 all were needless. It is -1 when nothing was sent again yet, and after a
 *       timeout.
 *   <li>Timestamps (Eifel, RFC 3522): the ACK echoes a time before the first retransmission ({@code retrans_stamp}),
 *       so the first copy arrived.
 *   <li>F-RTO (RFC 5682), after a timeout: something was acknowledged that was sent once only. See {@link
 *       Recovery#tcp_process_loss}.
 * </ul>
 *
 * <p>{@code undo_marker} is {@code snd_una} of the beginning of the recovery; 0 means that no undo is allowed (and so
 * does a recovery that begins at sequence number 0). {@code prior_ssthresh} is the threshold to go back to; it is 0
 * when ECN has proven congestion, and then only the window is raised.
 */
public final class Undo {
    private Undo() {}

    /** No more than {@code tcp_max_burst} segments at once, after ACKs that cover much. */
    static void tcp_moderate_cwnd(tcp_sock tp) {
        tp.snd_cwnd = minU32(tp.snd_cwnd,
                tcp_packets_in_flight(tp) + tcp_max_burst(tp));
        tp.snd_cwnd_stamp = tcp_time_stamp();
    }

    /** Nothing was sent again, or the timestamp echoed is older than the first retransmission. */
    static boolean tcp_packet_delayed(tcp_sock tp) {
        return tp.retrans_stamp == 0
                || (tp.rx_opt.saw_tstamp && tp.rx_opt.rcv_tsecr != 0
                        && before(tp.rx_opt.rcv_tsecr, tp.retrans_stamp));
    }

    /**
     * Restores window and threshold. Without a hook of the congestion control the window becomes twice the threshold,
     * which is what Reno had halved.
     *
     * @param unmark_loss also take back what was marked lost
     */
    static void tcp_undo_cwnd_reduction(sock sk, boolean unmark_loss) {
        tcp_sock tp = tcp_sk(sk);

        if (unmark_loss) {
            sk_buff skb;

            for (skb = sk.sk_write_queue.next; skb != null; skb = skb.next) {
                if (skb == tcp_send_head(sk)) {
                    break;
                }
                TCP_SKB_CB(skb).sacked &= ~TCPCB_LOST;
            }
            tp.lost_out = 0;
            tcp_clear_all_retrans_hints(tp);
        }

        if (tp.prior_ssthresh != 0) {
            inet_connection_sock icsk = inet_csk(sk);

            if (icsk.icsk_ca_ops.undo_cwnd != null) {
                tp.snd_cwnd = icsk.icsk_ca_ops.undo_cwnd.call(sk);
            } else {
                tp.snd_cwnd = maxU32(tp.snd_cwnd, tp.snd_ssthresh << 1);
            }

            if (gtU32(tp.prior_ssthresh, tp.snd_ssthresh)) {
                tp.snd_ssthresh = tp.prior_ssthresh;
                TCP_ECN_withdraw_cwr(tp);
            }
        } else {
            tp.snd_cwnd = maxU32(tp.snd_cwnd, tp.snd_ssthresh);
        }
        tp.snd_cwnd_stamp = tcp_time_stamp();
        tp.undo_marker = 0;
    }

    static boolean tcp_may_undo(tcp_sock tp) {
        return tp.undo_marker != 0 && (tp.undo_retrans == 0 || tcp_packet_delayed(tp));
    }

    /**
     * Everything that was out when recovery began has been acknowledged: back to Open, with the old window if the
     * recovery was a mistake.
     *
     * @return true: no, stay until something above {@code high_seq} is acknowledged. Without SACK duplicate ACKs that
     *     belong to this recovery may still come, and must not start another one (RFC 6582, section 4)
     */
    static boolean tcp_try_undo_recovery(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (tcp_may_undo(tp)) {
            int mib_idx;

            tcp_undo_cwnd_reduction(sk, false);
            if (inet_csk(sk).icsk_ca_state == TCP_CA_Loss) {
                mib_idx = LINUX_MIB_TCPLOSSUNDO;
            } else {
                mib_idx = LINUX_MIB_TCPFULLUNDO;
            }

            NET_INC_STATS_BH(sock_net(sk), mib_idx);
        }
        if (tp.snd_una == tp.high_seq && tcp_is_reno(tp)) {
            tcp_moderate_cwnd(tp);
            return true;
        }
        tcp_set_ca_state(sk, TCP_CA_Open);
        return false;
    }

    /** All retransmissions have been reported as duplicates. */
    static boolean tcp_try_undo_dsack(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (tp.undo_marker != 0 && tp.undo_retrans == 0) {
            tcp_undo_cwnd_reduction(sk, false);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPDSACKUNDO);
            return true;
        }
        return false;
    }

    /**
     * Has anything been sent again that is still on the queue? While that is so {@code retrans_stamp} has to stay:
     * the time after which a connection is given up is counted from it. {@code retrans_out} alone does not tell,
     * because an attempt to send a segment for the third time may have failed; looking at the first one is enough.
     */
    static boolean tcp_any_retrans_done(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;

        if (tp.retrans_out != 0) {
            return true;
        }

        skb = tcp_write_queue_head(sk);
        if (skb != null && (TCP_SKB_CB(skb).sacked & TCPCB_EVER_RETRANS) != 0) {
            return true;
        }

        return false;
    }

    /**
     * In Loss: was the timeout a mistake?
     *
     * @param frto_undo F-RTO says so
     * @return true if it was: then nothing is lost any more and the state is Open; without SACK, and without F-RTO, the
     *     state stays until {@code high_seq} is passed
     */
    static boolean tcp_try_undo_loss(sock sk, boolean frto_undo) {
        tcp_sock tp = tcp_sk(sk);

        if (frto_undo || tcp_may_undo(tp)) {
            tcp_undo_cwnd_reduction(sk, true);

            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPLOSSUNDO);
            if (frto_undo) {
                NET_INC_STATS_BH(sock_net(sk),
                        LINUX_MIB_TCPSPURIOUSRTOS);
            }
            inet_csk(sk).icsk_retransmits = 0;
            if (frto_undo || tcp_is_sack(tp)) {
                tcp_set_ca_state(sk, TCP_CA_Open);
            }
            return true;
        }
        return false;
    }
}
