// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.WARN_ON;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sack_block.TCP_NUM_SACKS;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_dsack;
import static tcp_input.Quickack.tcp_enter_quickack_mode;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOFOSENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOLDSENT;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sack_block;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * The SACK blocks that we send: what of the data behind a hole has arrived (RFC 2018, section 4), and what has arrived
 * twice (D-SACK, RFC 2883). {@link DataQueue} calls in for every segment that is not simply the next one; {@code
 * tcp_output.Options} puts the blocks into the header of the next ACK. What the peer's blocks do to us is in {@link
 * Sack}.
 *
 * <p>{@code selective_acks} holds up to four blocks, and the first is always the one that changed last: if ACKs get
 * lost on the way, the peer has still seen each block several times. {@code duplicate_sack} is sent in front of them,
 * once.
 *
 * <pre>
 *   rcv_nxt                                          selective_acks
 *      |    hole   [ 3000, 5000 )  hole [ 6000, 7000 )      [0] 6000-7000   came last
 *   ---+-----------============---------============        [1] 3000-5000
 * </pre>
 */
public final class SackBlocks {
    private SackBlocks() {}

    /** Lets {@code sp} grow by the given range if the two overlap or touch. @return whether they do */
    static boolean tcp_sack_extend(tcp_sack_block sp, int seq,
            int end_seq) {
        if (!after(seq, sp.end_seq) && !after(sp.start_seq, end_seq)) {
            if (before(seq, sp.start_seq)) {
                sp.start_seq = seq;
            }
            if (after(end_seq, sp.end_seq)) {
                sp.end_seq = end_seq;
            }
            return true;
        }
        return false;
    }

    /** Something came twice: reports the range in the next ACK (RFC 2883, section 4). */
    static void tcp_dsack_set(sock sk, int seq, int end_seq) {
        tcp_sock tp = tcp_sk(sk);

        if (tcp_is_sack(tp) && sysctl_tcp_dsack != 0) {
            int mib_idx;

            if (before(seq, tp.rcv_nxt)) {
                mib_idx = LINUX_MIB_TCPDSACKOLDSENT;
            } else {
                mib_idx = LINUX_MIB_TCPDSACKOFOSENT;
            }

            NET_INC_STATS_BH(sock_net(sk), mib_idx);

            tp.rx_opt.dsack = true;
            tp.duplicate_sack[0].start_seq = seq;
            tp.duplicate_sack[0].end_seq = end_seq;
        }
    }

    /** One more range that came twice: there is room for one block, so it counts only if the two touch. */
    static void tcp_dsack_extend(sock sk, int seq, int end_seq) {
        tcp_sock tp = tcp_sk(sk);

        if (!tp.rx_opt.dsack) {
            tcp_dsack_set(sk, seq, end_seq);
        } else {
            tcp_sack_extend(tp.duplicate_sack[0], seq, end_seq);
        }
    }

    /**
     * Answers an unacceptable segment with an ACK at once (RFC 793, section 3.9, "first"). If it has data from before
     * {@code rcv_nxt} our ACK must have got lost, so the next ones are sent quickly too.
     */
    static void tcp_send_dupack(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);

        if (TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(skb).seq
                && before(TCP_SKB_CB(skb).seq, tp.rcv_nxt)) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_DELAYEDACKLOST);
            tcp_enter_quickack_mode(sk);

            if (tcp_is_sack(tp) && sysctl_tcp_dsack != 0) {
                int end_seq = TCP_SKB_CB(skb).end_seq;

                if (after(TCP_SKB_CB(skb).end_seq, tp.rcv_nxt)) {
                    end_seq = tp.rcv_nxt;
                }
                tcp_dsack_set(sk, TCP_SKB_CB(skb).seq, end_seq);
            }
        }

        tcp_send_ack(sk);
    }

    /** The first block has grown: swallows the others that it touches now. */
    static void tcp_sack_maybe_coalesce(tcp_sock tp) {
        int this_sack;
        tcp_sack_block[] sp = tp.selective_acks;

        for (this_sack = 1; this_sack < tp.rx_opt.num_sacks;) {
            tcp_sack_block swalk = sp[this_sack];

            if (tcp_sack_extend(sp[0], swalk.start_seq, swalk.end_seq)) {
                int i;

                tp.rx_opt.num_sacks--;
                for (i = this_sack; i < tp.rx_opt.num_sacks; i++) {
                    sp[i].copy(sp[i + 1]);
                }
                continue;
            }
            this_sack++;
        }
    }

    /** A segment has come behind a hole: its block moves, or is put, to the front. The fifth one drops out. */
    static void tcp_sack_new_ofo_skb(sock sk, int seq, int end_seq) {
        tcp_sock tp = tcp_sk(sk);
        tcp_sack_block[] sp = tp.selective_acks;
        int cur_sacks = tp.rx_opt.num_sacks;
        int this_sack = 0;

        new_sack: {
            if (cur_sacks == 0) {
                break new_sack;
            }

            for (this_sack = 0; this_sack < cur_sacks; this_sack++) {
                if (tcp_sack_extend(sp[this_sack], seq, end_seq)) {
                    for (; this_sack > 0; this_sack--) {
                        tcp_sack_block tmp = sp[this_sack];
                        sp[this_sack] = sp[this_sack - 1];
                        sp[this_sack - 1] = tmp;
                    }
                    if (cur_sacks > 1) {
                        tcp_sack_maybe_coalesce(tp);
                    }
                    return;
                }
            }

            if (this_sack >= TCP_NUM_SACKS) {
                this_sack--;
                tp.rx_opt.num_sacks--;
            }
            for (; this_sack > 0; this_sack--) {
                sp[this_sack].copy(sp[this_sack - 1]);
            }
        }
        sp[this_sack].start_seq = seq;
        sp[this_sack].end_seq = end_seq;
        tp.rx_opt.num_sacks++;
    }

    /** A hole has been filled: blocks that {@code rcv_nxt} has passed are said by the ACK number itself. */
    static void tcp_sack_remove(tcp_sock tp) {
        tcp_sack_block[] sp = tp.selective_acks;
        int num_sacks = tp.rx_opt.num_sacks;
        int this_sack;

        if (skb_queue_empty(tp.out_of_order_queue)) {
            tp.rx_opt.num_sacks = 0;
            return;
        }

        for (this_sack = 0; this_sack < num_sacks;) {
            if (!before(tp.rcv_nxt, sp[this_sack].start_seq)) {
                int i;

                // What lies behind the hole has no hole itself, so it was taken over as a whole.
                WARN_ON(before(tp.rcv_nxt, sp[this_sack].end_seq));

                for (i = this_sack + 1; i < num_sacks; i++) {
                    tp.selective_acks[i - 1].copy(tp.selective_acks[i]);
                }
                num_sacks--;
                continue;
            }
            this_sack++;
        }
        tp.rx_opt.num_sacks = num_sacks;
    }
}
