// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EINVAL;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.min;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.Split.skb_shift;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sack_block.TCP_NUM_SACKS;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Dst.sk_can_gso;
import static net.sock.Fields.sock_net;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.tcp.Congestion.tcp_is_fack;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Congestion.tcp_verify_left_out;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_advance_highest_sack;
import static net.tcp.SackState.tcp_highest_sack;
import static net.tcp.SackState.tcp_highest_sack_reset;
import static net.tcp.SackState.tcp_highest_sack_seq;
import static net.tcp.Segments.tcp_skb_mss;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_DSACKING_ACK;
import static net.tcp.TcpConst.FLAG_ORIG_SACK_ACKED;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPOLEN_SACK_BASE;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_next;
import static net.tcp.WriteQueue.tcp_write_queue_prev;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_TAGBITS;
import static tcp_input.Reordering.tcp_dsack_seen;
import static tcp_input.Reordering.tcp_skb_mark_lost_uncond_verify;
import static tcp_input.Reordering.tcp_update_reordering;
import static tcp_output.Fragment.tcp_fragment;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKMERGED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKSHIFTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKSHIFTFALLBACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKIGNOREDNOUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKIGNOREDOLD;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOFORECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSTRETRANSMIT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKDISCARD;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sack_block;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * Tagging the send queue from the peer's SACK blocks (RFC 2018, RFC 2883).
 *
 * <p>Every segment on the queue up to {@code tcp_send_head} has three tag bits, and each bit has a counter in {@code
 * tcp_sock}, in segments (a packet that stands for several counts with its {@code tcp_skb_pcount}):
 *
 * <pre>
 *   S  TCPCB_SACKED_ACKED    sacked_out    a SACK block covers it: it has arrived
 *   R  TCPCB_SACKED_RETRANS  retrans_out   it was sent again, and that copy may be on its way
 *   L  TCPCB_LOST            lost_out      it is taken for lost
 *
 *   tags    copies in the network
 *   -        1      sent, no news
 *   S        0      arrived
 *   L        0      lost
 *   R        2      sent again although the first copy may still come
 *   L R      1      lost, sent again
 *   S R      1      the first copy arrived, the second is on its way
 * </pre>
 *
 * L with S never stands: an L or L R that is SACKed becomes S. Summed up over the queue the last column is {@code
 * packets_out - (sacked_out + lost_out) + retrans_out}, which {@code tcp_packets_in_flight} computes and the congestion
 * window is compared with. {@code packets_out} counts everything sent and not acknowledged; {@code fackets_out} the
 * segments from the head of the queue to the highest SACKed one, holes included (the "forward acknowledgment" of FACK).
 *
 * <p>What moves the tags: a SACK (here), a retransmission ({@code tcp_output}), the decision that something is lost
 * ({@link Scoreboard}), an ACK or SACK for data sent after a retransmission that is still missing ({@link
 * #tcp_mark_lost_retrans}), and a D-SACK, which turns anything into S. The order in which such events
 * arrive does not matter for the result.
 *
 * <p>The way through this class: {@link Ack#tcp_ack} calls {@link #tcp_sacktag_write_queue}. It checks the blocks,
 * sorts them, leaves out what the previous ACK reported already ({@code recv_sack_cache}), and walks the rest of the
 * queue once: {@link #tcp_sacktag_skip} over what no block covers, {@link #tcp_sacktag_walk} over what one does. A
 * segment that is covered is merged into the SACKed one in front of it if possible ({@link #tcp_shift_skb_data}), so
 * that a long hole costs few packets to walk over; a packet of several segments may be cut ({@link
 * #tcp_match_skb_to_sack}).
 */
public final class Sack {
    private Sack() {}

    /**
     * Can this block be true? It must lie between {@code snd_una} and {@code snd_nxt}. A block that begins at {@code
     * snd_una} is refused: the peer would contradict its own ACK.
     *
     * <p>A D-SACK lies below {@code snd_una} and matters down to {@code undo_marker}, where recovery began. One that
     * reaches further down is accepted within the largest window ever seen, for segments that were cut before they
     * were sent again.
     *
     * @param is_dsack the block is a D-SACK (RFC 2883)
     */
    static boolean tcp_is_sackblock_valid(tcp_sock tp, boolean is_dsack,
            int start_seq, int end_seq) {
        if (after(end_seq, tp.snd_nxt) || !before(start_seq, end_seq)) {
            return false;
        }

        // A block may end before snd_nxt and begin behind it, half the sequence space away.
        if (!before(start_seq, tp.snd_nxt)) {
            return false;
        }

        if (after(start_seq, tp.snd_una)) {
            return true;
        }

        if (!is_dsack || tp.undo_marker == 0) {
            return false;
        }

        if (after(end_seq, tp.snd_una)) {
            return false;
        }

        if (!before(start_seq, tp.undo_marker)) {
            return true;
        }

        if (!after(end_seq, tp.undo_marker)) {
            return false;
        }

        return !before(start_seq, end_seq - tp.max_window);
    }

    /**
     * Has a retransmission been lost? When one is sent, its {@code ack_seq} notes the {@code snd_nxt} of that moment;
     * once something that was first sent later is SACKed, the retransmission should have arrived too. Only with FACK,
     * which believes in order. Such segments become L again, without R.
     */
    static void tcp_mark_lost_retrans(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        int cnt = 0;
        int new_low_seq = tp.snd_nxt;
        int received_upto = tcp_highest_sack_seq(tp);

        if (!tcp_is_fack(tp) || tp.retrans_out == 0
                || !after(received_upto, tp.lost_retrans_low)
                || icsk.icsk_ca_state != TCP_CA_Recovery) {
            return;
        }

        for (skb = sk.sk_write_queue.next; skb != null; skb = skb.next) {
            int ack_seq = TCP_SKB_CB(skb).ack_seq;

            if (skb == tcp_send_head(sk)) {
                break;
            }
            if (cnt == tp.retrans_out) {
                break;
            }
            if (!after(TCP_SKB_CB(skb).end_seq, tp.snd_una)) {
                continue;
            }

            if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_RETRANS) == 0) {
                continue;
            }

            if (after(received_upto, ack_seq)) {
                TCP_SKB_CB(skb).sacked &= ~TCPCB_SACKED_RETRANS;
                tp.retrans_out -= tcp_skb_pcount(skb);

                tcp_skb_mark_lost_uncond_verify(tp, skb);
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPLOSTRETRANSMIT);
            } else {
                if (before(ack_seq, new_low_seq)) {
                    new_low_seq = ack_seq;
                }
                cnt += tcp_skb_pcount(skb);
            }
        }

        if (tp.retrans_out != 0) {
            tp.lost_retrans_low = new_low_seq;
        }
    }

    /**
     * Is the first block a D-SACK: below the ACK, or inside the second block (RFC 2883, section 4)? One that reports
     * data of this recovery which are acknowledged and gone counts as one needless retransmission.
     *
     * @param sp where the blocks are: {@code sp_at} points to the start of the first one
     */
    static boolean tcp_check_dsack(sock sk, sk_buff ack_skb, byte[] sp, int sp_at, int num_sacks,
            int prior_snd_una) {
        tcp_sock tp = tcp_sk(sk);
        int start_seq_0 = get32(sp, sp_at);
        int end_seq_0 = get32(sp, sp_at + 4);
        boolean dup_sack = false;

        if (before(start_seq_0, TCP_SKB_CB(ack_skb).ack_seq)) {
            dup_sack = true;
            tcp_dsack_seen(tp);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPDSACKRECV);
        } else if (num_sacks > 1) {
            int end_seq_1 = get32(sp, sp_at + 12);
            int start_seq_1 = get32(sp, sp_at + 8);

            if (!after(end_seq_0, end_seq_1)
                    && !before(start_seq_0, start_seq_1)) {
                dup_sack = true;
                tcp_dsack_seen(tp);
                NET_INC_STATS_BH(sock_net(sk),
                        LINUX_MIB_TCPDSACKOFORECV);
            }
        }

        if (dup_sack && tp.undo_marker != 0 && tp.undo_retrans > 0
                && !after(end_seq_0, prior_snd_una)
                && after(end_seq_0, tp.undo_marker)) {
            tp.undo_retrans--;
        }

        return dup_sack;
    }

    /**
     * Is {@code skb} covered by the block? If only some of its segments are, it is cut so that it, or the rest of it,
     * is covered whole: at full segments, with the short one at the end as the only exception.
     *
     * @return 1 covered, 0 not; {@code -EINVAL} when the block covers less than its first segment, or an error
     *     of {@code tcp_fragment}
     */
    static int tcp_match_skb_to_sack(sock sk, sk_buff skb,
            int start_seq, int end_seq) {
        int err;
        boolean in_sack;
        int pkt_len;
        int mss;

        in_sack = !after(start_seq, TCP_SKB_CB(skb).seq)
                && !before(end_seq, TCP_SKB_CB(skb).end_seq);

        if (tcp_skb_pcount(skb) > 1 && !in_sack
                && after(TCP_SKB_CB(skb).end_seq, start_seq)) {
            mss = tcp_skb_mss(skb);
            in_sack = !after(start_seq, TCP_SKB_CB(skb).seq);

            if (!in_sack) {
                pkt_len = start_seq - TCP_SKB_CB(skb).seq;
                if (ltU32(pkt_len, mss)) {
                    pkt_len = mss;
                }
            } else {
                pkt_len = end_seq - TCP_SKB_CB(skb).seq;
                if (ltU32(pkt_len, mss)) {
                    return -EINVAL;
                }
            }

            if (gtU32(pkt_len, mss)) {
                int new_len = Integer.divideUnsigned(pkt_len, mss) * mss;
                if (!in_sack && ltU32(new_len, pkt_len)) {
                    new_len += mss;
                    if (geU32(new_len, skb.len)) {
                        return 0;
                    }
                }
                pkt_len = new_len;
            }
            err = tcp_fragment(sk, skb, pkt_len, mss, GFP_ATOMIC);
            if (err < 0) {
                return err;
            }
        }

        return in_sack ? 1 : 0;
    }

    /**
     * Books the range as SACKed: counters, reordering, D-SACK, a sample of the round-trip time. It works on numbers
     * and not on a packet, because {@link #tcp_shifted_skb} books parts of one.
     *
     * @param sacked the tags so far
     * @param dup_sack not 0: a D-SACK reported it
     * @param pcount segments in the range
     * @param xmit_time when it was last sent
     * @return the tags that it should have now
     */
    static int tcp_sacktag_one(sock sk,
            tcp_sacktag_state state, int sacked,
            int start_seq, int end_seq,
            int dup_sack, int pcount, int xmit_time) {
        tcp_sock tp = tcp_sk(sk);
        int fack_count = state.fack_count;

        if (dup_sack != 0 && (sacked & TCPCB_RETRANS) != 0) {
            if (tp.undo_marker != 0 && tp.undo_retrans > 0
                    && after(end_seq, tp.undo_marker)) {
                tp.undo_retrans--;
            }
            if ((sacked & TCPCB_SACKED_ACKED) != 0) {
                state.reord = min(fack_count, state.reord);
            }
        }

        // Acknowledged: it goes from the queue in a moment.
        if (!after(end_seq, tp.snd_una)) {
            return sacked;
        }

        if ((sacked & TCPCB_SACKED_ACKED) == 0) {
            if ((sacked & TCPCB_SACKED_RETRANS) != 0) {
                // R alone becomes S R: the first copy arrived and the second is still out.
                if ((sacked & TCPCB_LOST) != 0) {
                    sacked &= ~(TCPCB_LOST | TCPCB_SACKED_RETRANS);
                    tp.lost_out -= pcount;
                    tp.retrans_out -= pcount;
                }
            } else {
                if ((sacked & TCPCB_RETRANS) == 0) {
                    // Sent once, in a hole, and here it is: it was overtaken.
                    if (before(start_seq,
                            tcp_highest_sack_seq(tp))) {
                        state.reord = min(fack_count,
                                state.reord);
                    }
                    if (!after(end_seq, tp.high_seq)) {
                        state.flag |= FLAG_ORIG_SACK_ACKED;
                    }
                    if (state.rtt < 0) {
                        state.rtt = tcp_time_stamp() - xmit_time;
                    }
                }

                if ((sacked & TCPCB_LOST) != 0) {
                    sacked &= ~TCPCB_LOST;
                    tp.lost_out -= pcount;
                }
            }

            sacked |= TCPCB_SACKED_ACKED;
            state.flag |= FLAG_DATA_SACKED;
            tp.sacked_out += pcount;

            fack_count += pcount;

            // The hint counts SACKed segments in front of it, if not FACK counts them all.
            if (!tcp_is_fack(tp) && tp.lost_skb_hint != null
                    && before(start_seq, TCP_SKB_CB(tp.lost_skb_hint).seq)) {
                tp.lost_cnt_hint += pcount;
            }

            if (gtU32(fack_count, tp.fackets_out)) {
                tp.fackets_out = fack_count;
            }
        }

        if (dup_sack != 0 && (sacked & TCPCB_SACKED_RETRANS) != 0) {
            sacked &= ~TCPCB_SACKED_RETRANS;
            tp.retrans_out -= pcount;
        }

        return sacked;
    }

    /**
     * Books the first {@code shifted} bytes of {@code skb}, which have just been moved to the SACKed packet in front
     * of it. The range is tagged before the sequence numbers move, since those of {@code highest_sack} move with them.
     *
     * @param pcount segments in those bytes
     * @return true if nothing is left of {@code skb}: it is gone from the queue
     */
    @Differs("gso_segs is an int. In the kernel it has 16 bits, a peer that SACKs many tiny segments makes it wrap, and"
            + " the BUG_ON(gso_segs < pcount) stops the machine (CVE-2019-11477, fixed upstream by \"tcp: limit payload"
            + " size of sacked skbs\")")
    static boolean tcp_shifted_skb(sock sk, sk_buff skb,
            tcp_sacktag_state state,
            int pcount, int shifted, int mss,
            boolean dup_sack) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff prev = tcp_write_queue_prev(sk, skb);
        int start_seq = TCP_SKB_CB(skb).seq;
        int end_seq = start_seq + shifted;

        BUG_ON(pcount == 0);

        tcp_sacktag_one(sk, state, TCP_SKB_CB(skb).sacked,
                start_seq, end_seq, dup_sack ? 1 : 0, pcount,
                TCP_SKB_CB(skb).when);

        if (skb == tp.lost_skb_hint) {
            tp.lost_cnt_hint += pcount;
        }

        TCP_SKB_CB(prev).end_seq += shifted;
        TCP_SKB_CB(skb).seq += shifted;

        prev.shinfo.gso_segs += pcount;
        BUG_ON(ltU32(skb.shinfo.gso_segs, pcount));
        skb.shinfo.gso_segs -= pcount;

        // A packet of one segment has no gso_size, and now it is to hold several.
        if (prev.shinfo.gso_size == 0) {
            prev.shinfo.gso_size = mss;
            prev.shinfo.gso_type = sk.sk_gso_type;
        }

        if (skb.shinfo.gso_segs <= 1) {
            skb.shinfo.gso_size = 0;
            skb.shinfo.gso_type = 0;
        }

        TCP_SKB_CB(prev).sacked |= TCP_SKB_CB(skb).sacked & TCPCB_EVER_RETRANS;

        if (skb.len > 0) {
            BUG_ON(tcp_skb_pcount(skb) == 0);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_SACKSHIFTED);
            return false;
        }

        if (skb == tp.retransmit_skb_hint) {
            tp.retransmit_skb_hint = prev;
        }
        if (skb == tp.lost_skb_hint) {
            tp.lost_skb_hint = prev;
            tp.lost_cnt_hint -= tcp_skb_pcount(prev);
        }

        TCP_SKB_CB(prev).tcp_flags |= TCP_SKB_CB(skb).tcp_flags;
        if ((TCP_SKB_CB(skb).tcp_flags & TCPHDR_FIN) != 0) {
            TCP_SKB_CB(prev).end_seq++;
        }

        if (skb == tcp_highest_sack(sk)) {
            tcp_advance_highest_sack(sk, skb);
        }

        tcp_unlink_write_queue(skb, sk);
        sk_wmem_free_skb(sk, skb);

        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_SACKMERGED);

        return true;
    }

    /** Size of the segments in a packet, also of a packet that is just one: that has no {@code gso_size}. */
    static int tcp_skb_seglen(sk_buff skb) {
        return tcp_skb_pcount(skb) == 1 ? skb.len : tcp_skb_mss(skb);
    }

    /** Only references to pages can be moved, so there must be no bytes in front of them. */
    static int skb_can_shift(sk_buff skb) {
        return skb_headlen(skb) == 0 && skb_is_nonlinear(skb) ? 1 : 0;
    }

    /**
     * Merges what the block covers of {@code skb} into the SACKed packet in front of it, and then, if the hole is
     * closed, the SACKed packet behind it as well. Not for Multipath TCP: each packet carries its own mapping.
     *
     * @return the packet that the walk continues behind: the one in front when something was moved, {@code skb}
     *     itself when nothing of it is covered; null: do it without merging
     */
    static sk_buff tcp_shift_skb_data(sock sk, sk_buff skb,
            tcp_sacktag_state state,
            int start_seq, int end_seq,
            boolean dup_sack) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff prev;
        int mss;
        int pcount = 0;
        int len;
        boolean in_sack;

        fallback: {
            noop: {
                out: {
                    if (!sk_can_gso(sk) || mptcp(tp)) {
                        break fallback;
                    }

                    // R without L would not become a plain S, as the packet in front is.
                    if (!dup_sack
                            && (TCP_SKB_CB(skb).sacked & (TCPCB_LOST | TCPCB_SACKED_RETRANS)) == TCPCB_SACKED_RETRANS) {
                        break fallback;
                    }
                    if (skb_can_shift(skb) == 0) {
                        break fallback;
                    }
                    if (!after(TCP_SKB_CB(skb).end_seq, tp.snd_una)) {
                        break fallback;
                    }

                    if (skb == tcp_write_queue_head(sk)) {
                        break fallback;
                    }
                    prev = tcp_write_queue_prev(sk, skb);

                    if ((TCP_SKB_CB(prev).sacked & TCPCB_TAGBITS) != TCPCB_SACKED_ACKED) {
                        break fallback;
                    }

                    in_sack = !after(start_seq, TCP_SKB_CB(skb).seq)
                            && !before(end_seq, TCP_SKB_CB(skb).end_seq);

                    if (in_sack) {
                        len = skb.len;
                        pcount = tcp_skb_pcount(skb);
                        mss = tcp_skb_seglen(skb);

                        if (mss != tcp_skb_seglen(prev)) {
                            break fallback;
                        }
                    } else {
                        if (!after(TCP_SKB_CB(skb).end_seq, start_seq)) {
                            break noop;
                        }
                        if (tcp_skb_pcount(skb) <= 1) {
                            break noop;
                        }

                        in_sack = !after(start_seq, TCP_SKB_CB(skb).seq);
                        if (!in_sack) {
                            break fallback;
                        }

                        len = end_seq - TCP_SKB_CB(skb).seq;
                        BUG_ON(len < 0);
                        BUG_ON(gtU32(len, skb.len));

                        // Whole segments only, or the counts would come to differ from the bytes.
                        mss = tcp_skb_mss(skb);

                        if (mss != tcp_skb_seglen(prev)) {
                            break fallback;
                        }

                        if (len == mss) {
                            pcount = 1;
                        } else if (len < mss) {
                            break noop;
                        } else {
                            pcount = len / mss;
                            len = pcount * mss;
                        }
                    }

                    // tcp_sacktag_one() does not tag what is acknowledged.
                    if (!after(TCP_SKB_CB(skb).seq + len, tp.snd_una)) {
                        break fallback;
                    }

                    if (skb_shift(prev, skb, len) == 0) {
                        break fallback;
                    }
                    if (!tcp_shifted_skb(sk, skb, state, pcount, len, mss, dup_sack)) {
                        break out;
                    }

                    if (prev == tcp_write_queue_tail(sk)) {
                        break out;
                    }
                    skb = tcp_write_queue_next(sk, prev);

                    if (skb_can_shift(skb) == 0
                            || skb == tcp_send_head(sk)
                            || (TCP_SKB_CB(skb).sacked & TCPCB_TAGBITS) != TCPCB_SACKED_ACKED
                            || mss != tcp_skb_seglen(skb)) {
                        break out;
                    }

                    len = skb.len;
                    if (skb_shift(prev, skb, len) != 0) {
                        pcount += tcp_skb_pcount(skb);
                        tcp_shifted_skb(sk, skb, state, tcp_skb_pcount(skb), len, mss, false);
                    }
                }
                state.fack_count += pcount;
                return prev;
            }
            return skb;
        }
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_SACKSHIFTFALLBACK);
        return null;
    }

    /**
     * Tags every segment from {@code skb} on that the block covers, up to the end of the block.
     *
     * @param next_dup a D-SACK block that lies further on and may begin inside this one, or null
     * @return where the walk stopped; null: behind the last packet
     */
    static sk_buff tcp_sacktag_walk(sk_buff skb, sock sk,
            tcp_sack_block next_dup,
            tcp_sacktag_state state,
            int start_seq, int end_seq,
            boolean dup_sack_in) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff tmp;

        for (; skb != null; skb = skb.next) {
            int in_sack = 0;
            boolean dup_sack = dup_sack_in;

            if (skb == tcp_send_head(sk)) {
                break;
            }

            if (!before(TCP_SKB_CB(skb).seq, end_seq)) {
                break;
            }

            if (next_dup != null
                    && before(TCP_SKB_CB(skb).seq, next_dup.end_seq)) {
                in_sack = tcp_match_skb_to_sack(sk, skb,
                        next_dup.start_seq,
                        next_dup.end_seq);
                if (in_sack > 0) {
                    dup_sack = true;
                }
            }

            // Merging may take both this packet and the next one from the queue: go on behind what is left.
            if (in_sack <= 0) {
                tmp = tcp_shift_skb_data(sk, skb, state,
                        start_seq, end_seq, dup_sack);
                if (tmp != null) {
                    if (tmp != skb) {
                        skb = tmp;
                        continue;
                    }

                    in_sack = 0;
                } else {
                    in_sack = tcp_match_skb_to_sack(sk, skb,
                            start_seq,
                            end_seq);
                }
            }

            if (in_sack < 0) {
                break;
            }

            if (in_sack != 0) {
                TCP_SKB_CB(skb).sacked =
                        tcp_sacktag_one(sk,
                                state,
                                TCP_SKB_CB(skb).sacked,
                                TCP_SKB_CB(skb).seq,
                                TCP_SKB_CB(skb).end_seq,
                                dup_sack ? 1 : 0,
                                tcp_skb_pcount(skb),
                                TCP_SKB_CB(skb).when);

                if (!before(TCP_SKB_CB(skb).seq,
                        tcp_highest_sack_seq(tp))) {
                    tcp_advance_highest_sack(sk, skb);
                }
            }

            state.fack_count += tcp_skb_pcount(skb);
        }
        return skb;
    }

    /** Goes on to the packet that {@code skip_to_seq} lies in or in front of, counting. */
    static sk_buff tcp_sacktag_skip(sk_buff skb, sock sk,
            tcp_sacktag_state state,
            int skip_to_seq) {
        for (; skb != null; skb = skb.next) {
            if (skb == tcp_send_head(sk)) {
                break;
            }

            if (after(TCP_SKB_CB(skb).end_seq, skip_to_seq)) {
                break;
            }

            state.fack_count += tcp_skb_pcount(skb);
        }
        return skb;
    }

    /** A D-SACK inside a range that the cache lets us skip has to be tagged all the same. */
    static sk_buff tcp_maybe_skipping_dsack(sk_buff skb,
            sock sk,
            tcp_sack_block next_dup,
            tcp_sacktag_state state,
            int skip_to_seq) {
        if (next_dup == null) {
            return skb;
        }

        if (before(next_dup.start_seq, skip_to_seq)) {
            skb = tcp_sacktag_skip(skb, sk, state, next_dup.start_seq);
            skb = tcp_sacktag_walk(skb, sk, null, state,
                    next_dup.start_seq, next_dup.end_seq,
                    true);
        }

        return skb;
    }

    /**
     * Is there such a block in the cache?
     *
     * @param cache index of a block; the number of blocks stands for the end
     */
    static int tcp_sack_cache_ok(tcp_sock tp, int cache) {
        return cache < tp.recv_sack_cache.length ? 1 : 0;
    }

    /**
     * Takes in the SACK option of an ACK. {@code TCP_SKB_CB(ack_skb)->sacked} says where in the TCP header it is.
     *
     * <p>The blocks are walked in the order of the queue, the D-SACK among them wherever it falls. {@code
     * recv_sack_cache} has the blocks of the last ACK, sorted, at its end: what they cover is tagged already and is
     * skipped, and behind the highest one the walk continues at {@code highest_sack}.
     *
     * @param prior_snd_una {@code snd_una} before this ACK
     * @param sack_rtt gets the round-trip time measured by these blocks in jiffies, -1 if none was; left alone when the
     *     ACK is too old to be looked at
     * @return {@code FLAG_*} for the ACK
     */
    static int tcp_sacktag_write_queue(sock sk, sk_buff ack_skb,
            int prior_snd_una, IntRef sack_rtt) {
        tcp_sock tp = tcp_sk(sk);
        byte[] ptr = ack_skb.head;
        int ptr_at = skb_transport_header(ack_skb) + TCP_SKB_CB(ack_skb).sacked;
        int sp_wire = ptr_at + 2;
        tcp_sack_block[] sp = tcp_sack_block.array(TCP_NUM_SACKS);
        int cache;
        tcp_sacktag_state state = new tcp_sacktag_state();
        sk_buff skb;
        int num_sacks = min(TCP_NUM_SACKS, (get8(ptr, ptr_at + 1) - TCPOLEN_SACK_BASE) >> 3);
        int used_sacks;
        boolean found_dup_sack = false;
        int i, j;
        int first_sack_index;

        state.flag = 0;
        state.reord = tp.packets_out;
        state.rtt = -1;

        if (tp.sacked_out == 0) {
            if (WARN_ON(tp.fackets_out != 0)) {
                tp.fackets_out = 0;
            }
            tcp_highest_sack_reset(sk);
        }

        found_dup_sack = tcp_check_dsack(sk, ack_skb, ptr, sp_wire,
                num_sacks, prior_snd_una);
        if (found_dup_sack) {
            state.flag |= FLAG_DSACKING_ACK;
        }

        // Old ACKs are let in as far back as a window: their SACK blocks may be news.
        if (before(TCP_SKB_CB(ack_skb).ack_seq, prior_snd_una - tp.max_window)) {
            return 0;
        }

        out: {
            if (tp.packets_out == 0) {
                break out;
            }

            used_sacks = 0;
            first_sack_index = 0;
            for (i = 0; i < num_sacks; i++) {
                boolean dup_sack = i == 0 && found_dup_sack;

                sp[used_sacks].start_seq = get32(ptr, sp_wire + 8 * i);
                sp[used_sacks].end_seq = get32(ptr, sp_wire + 8 * i + 4);

                if (!tcp_is_sackblock_valid(tp, dup_sack,
                        sp[used_sacks].start_seq,
                        sp[used_sacks].end_seq)) {
                    int mib_idx;

                    if (dup_sack) {
                        if (tp.undo_marker == 0) {
                            mib_idx = LINUX_MIB_TCPDSACKIGNOREDNOUNDO;
                        } else {
                            mib_idx = LINUX_MIB_TCPDSACKIGNOREDOLD;
                        }
                    } else {
                        // An ACK that was overtaken naturally has old blocks.
                        if (TCP_SKB_CB(ack_skb).ack_seq != tp.snd_una
                                && !after(sp[used_sacks].end_seq, tp.snd_una)) {
                            continue;
                        }
                        mib_idx = LINUX_MIB_TCPSACKDISCARD;
                    }

                    NET_INC_STATS_BH(sock_net(sk), mib_idx);
                    if (i == 0) {
                        first_sack_index = -1;
                    }
                    continue;
                }

                if (!after(sp[used_sacks].end_seq, prior_snd_una)) {
                    continue;
                }

                used_sacks++;
            }

            // Into the order of the queue, keeping an eye on where the first block goes: that may be the D-SACK.
            for (i = used_sacks - 1; i > 0; i--) {
                for (j = 0; j < i; j++) {
                    if (after(sp[j].start_seq, sp[j + 1].start_seq)) {
                        tcp_sack_block tmp = sp[j];
                        sp[j] = sp[j + 1];
                        sp[j + 1] = tmp;

                        if (j == first_sack_index) {
                            first_sack_index = j + 1;
                        }
                    }
                }
            }

            skb = tcp_write_queue_head(sk);
            state.fack_count = 0;
            i = 0;

            if (tp.sacked_out == 0) {
                // The cache is of an earlier episode.
                cache = tp.recv_sack_cache.length;
            } else {
                cache = 0;
                while (tcp_sack_cache_ok(tp, cache) != 0 && tp.recv_sack_cache[cache].start_seq == 0
                        && tp.recv_sack_cache[cache].end_seq == 0) {
                    cache++;
                }
            }

            while (i < used_sacks) {
                int start_seq = sp[i].start_seq;
                int end_seq = sp[i].end_seq;
                boolean dup_sack = found_dup_sack && i == first_sack_index;
                tcp_sack_block next_dup = null;

                if (found_dup_sack && i + 1 == first_sack_index) {
                    next_dup = sp[i + 1];
                }

                while (tcp_sack_cache_ok(tp, cache) != 0
                        && !before(start_seq, tp.recv_sack_cache[cache].end_seq)) {
                    cache++;
                }

                advance_sp: {
                    walk: {
                        if (tcp_sack_cache_ok(tp, cache) != 0 && !dup_sack
                                && after(end_seq, tp.recv_sack_cache[cache].start_seq)) {

                            // What the block has in front of the cached one.
                            if (before(start_seq, tp.recv_sack_cache[cache].start_seq)) {
                                skb = tcp_sacktag_skip(skb, sk, state,
                                        start_seq);
                                skb = tcp_sacktag_walk(skb, sk, next_dup,
                                        state,
                                        start_seq,
                                        tp.recv_sack_cache[cache].start_seq,
                                        dup_sack);
                            }

                            if (!after(end_seq, tp.recv_sack_cache[cache].end_seq)) {
                                break advance_sp;
                            }

                            skb = tcp_maybe_skipping_dsack(skb, sk, next_dup,
                                    state,
                                    tp.recv_sack_cache[cache].end_seq);

                            // And what it has behind it.
                            if (tcp_highest_sack_seq(tp) == tp.recv_sack_cache[cache].end_seq) {
                                skb = tcp_highest_sack(sk);
                                if (skb == null) {
                                    break;
                                }
                                state.fack_count = tp.fackets_out;
                                cache++;
                                break walk;
                            }

                            skb = tcp_sacktag_skip(skb, sk, state, tp.recv_sack_cache[cache].end_seq);
                            cache++;
                            continue;
                        }

                        if (!before(start_seq, tcp_highest_sack_seq(tp))) {
                            skb = tcp_highest_sack(sk);
                            if (skb == null) {
                                break;
                            }
                            state.fack_count = tp.fackets_out;
                        }
                        skb = tcp_sacktag_skip(skb, sk, state, start_seq);
                    }
                    skb = tcp_sacktag_walk(skb, sk, next_dup, state,
                            start_seq, end_seq, dup_sack);
                }
                i++;
            }

            // Empty places first, then the blocks: that is how the next ACK looks for them.
            for (i = 0; i < tp.recv_sack_cache.length - used_sacks; i++) {
                tp.recv_sack_cache[i].start_seq = 0;
                tp.recv_sack_cache[i].end_seq = 0;
            }
            for (j = 0; j < used_sacks; j++) {
                tp.recv_sack_cache[i++].copy(sp[j]);
            }

            tcp_mark_lost_retrans(sk);

            tcp_verify_left_out(tp);

            if (ltU32(state.reord, tp.fackets_out)
                    && (inet_csk(sk).icsk_ca_state != TCP_CA_Loss || tp.undo_marker != 0)) {
                tcp_update_reordering(sk, tp.fackets_out - state.reord, 0);
            }
        }

        WARN_ON(tp.sacked_out < 0);
        WARN_ON(tp.lost_out < 0);
        WARN_ON(tp.retrans_out < 0);
        WARN_ON(tcp_packets_in_flight(tp) < 0);
        sack_rtt.val = state.rtt;
        return state.flag;
    }
}
