// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.WARN_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.jiffies.Jiffies.time_after;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.tcp.Congestion.tcp_is_fack;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Congestion.tcp_stream_is_thin;
import static net.tcp.Congestion.tcp_verify_left_out;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_early_retrans;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.Sysctls.sysctl_tcp_thin_dupack;
import static net.tcp.TcpConst.FLAG_ECE;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static tcp_input.Reordering.tcp_skb_mark_lost;
import static tcp_output.Fragment.tcp_fragment;
import static tcp_output.SendTests.tcp_may_send_now;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Is something lost, and what? The two questions of every loss recovery, answered from the tags and counters that
 * {@link Sack} keeps.
 *
 * <p><b>Whether</b>, in {@link #tcp_time_to_recover}: when enough has arrived behind a hole. "Enough" is {@code
 * reordering} segments (3, as in RFC 5681), and there are three ways to count them:
 *
 * <table>
 *   <caption>Who counts what</caption>
 *   <tr><td>Reno</td><td>no SACK</td><td>duplicate ACKs</td></tr>
 *   <tr><td>SACK</td><td>RFC 6675</td><td>SACKed segments: {@code sacked_out}</td></tr>
 *   <tr><td>FACK</td><td>the default</td><td>{@code fackets_out}: all up to the highest SACK, holes too</td></tr>
 * </table>
 *
 * Small windows cannot produce three duplicate ACKs. For them there are shortcuts: nothing left to send, thin
 * streams, and early retransmit (RFC 5827), which waits a quarter of a round trip in case the segment was only
 * overtaken.
 *
 * <p><b>What</b>, in {@link #tcp_update_scoreboard}: Reno marks the first segment, and the next one with each partial
 * ACK (RFC 6582). SACK marks those with {@code reordering} SACKed segments above them. FACK marks all holes below the
 * highest SACK but for {@code reordering} segments: right at once if the network keeps the order, which is why it is
 * given up at the first reordering.
 */
public final class Scoreboard {
    private Scoreboard() {}

    static int tcp_fackets_out(tcp_sock tp) {
        return tcp_is_reno(tp) ? tp.sacked_out + 1 : tp.fackets_out;
    }

    /** The number of duplicate ACKs that a receiver without SACK would have sent. */
    static int tcp_dupack_heuristics(tcp_sock tp) {
        return tcp_is_fack(tp) ? tp.fackets_out : tp.sacked_out + 1;
    }

    /**
     * Puts an early retransmit off by a quarter of a round trip, 2 ms at least (mitigation A.3 of RFC 5827).
     *
     * @return false: do it now. The sysctl wants no delay, congestion is proven, there is no estimate, or the timeout
     *     would come first anyway
     */
    static boolean tcp_pause_early_retransmit(sock sk, int flag) {
        tcp_sock tp = tcp_sk(sk);
        long delay;

        if (sysctl_tcp_early_retrans < 2 || sysctl_tcp_early_retrans > 3
                || (flag & FLAG_ECE) != 0 || tp.srtt == 0) {
            return false;
        }

        delay = max(u32(tp.srtt >>> 5), msecs_to_jiffies(2));
        if (!time_after(inet_csk(sk).icsk_timeout, jiffies + delay)) {
            return false;
        }

        inet_csk_reset_xmit_timer(sk, ICSK_TIME_EARLY_RETRANS, delay,
                TCP_RTO_MAX);
        return true;
    }

    /** Shall we leave Open or Disorder and reduce the window? If not, the present one goes on being used. */
    static boolean tcp_time_to_recover(sock sk, int flag) {
        tcp_sock tp = tcp_sk(sk);
        int packets_out;

        if (tp.lost_out != 0) {
            return true;
        }

        if (tcp_dupack_heuristics(tp) > tp.reordering) {
            return true;
        }

        // The threshold is larger than the window, half of which has arrived, and nothing is left that could be sent.
        packets_out = tp.packets_out;
        if (leU32(packets_out, tp.reordering)
                && geU32(tp.sacked_out, maxU32(packets_out >>> 1, sysctl_tcp_reordering))
                && !tcp_may_send_now(sk)) {
            return true;
        }

        // A thin stream does not wait for more, if it has nothing more to send.
        if ((tp.thin_dupack || sysctl_tcp_thin_dupack != 0)
                && tcp_stream_is_thin(tp) && tcp_dupack_heuristics(tp) > 1
                && tcp_is_sack(tp) && tcp_send_head(sk) == null) {
            return true;
        }

        if (tp.do_early_retrans && tp.retrans_out == 0 && tp.sacked_out != 0
                && (geU32(tp.packets_out, tp.sacked_out + 1) && ltU32(tp.packets_out, 4))
                && !tcp_may_send_now(sk)) {
            return !tcp_pause_early_retransmit(sk, flag);
        }

        return false;
    }

    /**
     * Marks segments lost, from where the last call stopped ({@code lost_skb_hint}).
     *
     * @param packets FACK and Reno: how many from the head of the queue; SACK: how many SACKed ones may be passed. A
     *     packet that reaches beyond is cut
     * @param mark_head not 0: only the first one
     */
    static void tcp_mark_head_lost(sock sk, int packets, int mark_head) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        int cnt, oldcnt;
        int err;
        int mss;
        // With SACK, what was sent during the recovery can be seen to be lost as well.
        int loss_high = tcp_is_sack(tp) ? tp.snd_nxt : tp.high_seq;

        WARN_ON(gtU32(packets, tp.packets_out));
        if (tp.lost_skb_hint != null) {
            skb = tp.lost_skb_hint;
            cnt = tp.lost_cnt_hint;
            if (mark_head != 0 && skb != tcp_write_queue_head(sk)) {
                return;
            }
        } else {
            skb = tcp_write_queue_head(sk);
            cnt = 0;
        }

        for (; skb != null; skb = skb.next) {
            if (skb == tcp_send_head(sk)) {
                break;
            }
            tp.lost_skb_hint = skb;
            tp.lost_cnt_hint = cnt;

            if (after(TCP_SKB_CB(skb).end_seq, loss_high)) {
                break;
            }

            oldcnt = cnt;
            if (tcp_is_fack(tp) || tcp_is_reno(tp)
                    || (TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0) {
                cnt += tcp_skb_pcount(skb);
            }

            if (cnt > packets) {
                if ((tcp_is_sack(tp) && !tcp_is_fack(tp))
                        || (TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0
                        || oldcnt >= packets) {
                    break;
                }

                mss = skb.shinfo.gso_size;
                err = tcp_fragment(sk, skb, (packets - oldcnt) * mss,
                        mss, GFP_ATOMIC);
                if (err < 0) {
                    break;
                }
                cnt = packets;
            }

            tcp_skb_mark_lost(tp, skb);

            if (mark_head != 0) {
                break;
            }
        }
        tcp_verify_left_out(tp);
    }

    /**
     * Marks what can be seen to be lost now.
     *
     * @param fast_rexmit not 0: Recovery has just begun, so one segment is sent again in any case
     */
    static void tcp_update_scoreboard(sock sk, int fast_rexmit) {
        tcp_sock tp = tcp_sk(sk);

        if (tcp_is_reno(tp)) {
            tcp_mark_head_lost(sk, 1, 1);
        } else if (tcp_is_fack(tp)) {
            int lost = tp.fackets_out - tp.reordering;
            if (lost <= 0) {
                lost = 1;
            }
            tcp_mark_head_lost(sk, lost, 0);
        } else {
            int sacked_upto = tp.sacked_out - tp.reordering;
            if (sacked_upto >= 0) {
                tcp_mark_head_lost(sk, sacked_upto, 0);
            } else if (fast_rexmit != 0) {
                tcp_mark_head_lost(sk, 1, 1);
            }
        }
    }
}
