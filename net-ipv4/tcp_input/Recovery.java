// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.WARN_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.kernel.Kernel.div_u64;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Congestion.tcp_ca_event;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_left_out;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Congestion.tcp_set_ca_state;
import static net.tcp.Congestion.tcp_verify_left_out;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_ECE;
import static net.tcp.TcpConst.FLAG_ORIG_SACK_ACKED;
import static net.tcp.TcpConst.FLAG_SND_UNA_ADVANCED;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_clear_retrans_hints_partial;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.tcp_congestion_ops.CA_EVENT_COMPLETE_CWR;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static tcp_input.Ecn.TCP_ECN_queue_cwr;
import static tcp_input.Loss.tcp_check_sack_reneging;
import static tcp_input.RenoSack.tcp_add_reno_sack;
import static tcp_input.RenoSack.tcp_limit_reno_sacked;
import static tcp_input.RenoSack.tcp_reset_reno_sack;
import static tcp_input.Reordering.tcp_skb_mark_lost_uncond_verify;
import static tcp_input.Reordering.tcp_update_reordering;
import static tcp_input.Sack.tcp_skb_seglen;
import static tcp_input.Scoreboard.tcp_fackets_out;
import static tcp_input.Scoreboard.tcp_time_to_recover;
import static tcp_input.Scoreboard.tcp_update_scoreboard;
import static tcp_input.Undo.tcp_any_retrans_done;
import static tcp_input.Undo.tcp_packet_delayed;
import static tcp_input.Undo.tcp_try_undo_dsack;
import static tcp_input.Undo.tcp_try_undo_loss;
import static tcp_input.Undo.tcp_try_undo_recovery;
import static tcp_input.Undo.tcp_undo_cwnd_reduction;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Mss.tcp_mss_to_mtu;
import static tcp_output.Mss.tcp_sync_mss;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.Retransmit.tcp_xmit_retransmit_queue;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPARTIALUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENORECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRECOVERY;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.compiler.Differs;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * The state machine of congestion control, {@code icsk_ca_state}, and the window during a reduction.
 *
 * <pre>
 *   Open       all is well: ACKs in order, the fast path
 *   Disorder   as Open, with duplicate ACKs or SACKs: something is late, and it may still come
 *   CWR        the window is being reduced without a loss: ECN, or the local device is full
 *   Recovery   the window is being reduced and what is lost is sent again (fast recovery)
 *   Loss       the retransmission timer ran out, or the peer reneged: slow start from one segment
 *
 *   from                  to         when
 *   Open                  Disorder   a duplicate ACK or SACK
 *   Disorder              Open       nothing on the queue is SACKed, lost or sent twice any more
 *   Open, Disorder        CWR        ECE, or the local device is full
 *   CWR                   Open       something above high_seq is acknowledged
 *   Open, Disorder, CWR   Recovery   tcp_time_to_recover() takes something for lost
 *   Recovery              Open       high_seq is acknowledged; without SACK: something above it
 *   Recovery              Disorder   the retransmissions were needless, and holes remain (none: Open)
 *   any                   Loss       timeout, reneging; segments larger than the path can take
 *   Loss                  Open       high_seq is acknowledged, or the timeout was a mistake
 * </pre>
 *
 * <p>{@code high_seq} is {@code snd_nxt} of the moment at which a state other than Open was entered: the episode ends
 * when that has been acknowledged, and there is one reduction per episode, which is one round trip (RFC 5681, RFC
 * 6675, and RFC 3168 for ECN).
 *
 * <p>{@link #tcp_fastretrans_alert} is called by {@link Ack#tcp_ack} for every ACK that is unusual (a duplicate, with
 * SACK or ECE) and for every ACK in a state other than Open. It updates the counters and chooses the state; what is
 * then sent again is up to {@code tcp_xmit_retransmit_queue}.
 *
 * <p>The window is never inflated. In CWR and Recovery it is set with each ACK to what is in the network plus
 * what may be sent now: proportional rate reduction, RFC 6937, {@link #tcp_cwnd_reduction}.
 */
public final class Recovery {
    private Recovery() {}

    /**
     * Begins an episode of reduction.
     *
     * @param set_ssthresh ask the congestion control for a new threshold; false: keep the present one
     */
    static void tcp_init_cwnd_reduction(sock sk, boolean set_ssthresh) {
        tcp_sock tp = tcp_sk(sk);

        tp.high_seq = tp.snd_nxt;
        tp.tlp_high_seq = 0;
        tp.snd_cwnd_cnt = 0;
        tp.prior_cwnd = tp.snd_cwnd;
        tp.prr_delivered = 0;
        tp.prr_out = 0;
        if (set_ssthresh) {
            tp.snd_ssthresh = inet_csk(sk).icsk_ca_ops.ssthresh.call(sk);
        }
        TCP_ECN_queue_cwr(tp);
    }

    /**
     * Proportional rate reduction (RFC 6937). While more than {@code snd_ssthresh} is in the network, {@code
     * snd_ssthresh / prior_cwnd} segments go out for each that was delivered, so that the reduction takes one round
     * trip. When there is less, because much was lost, it slow-starts back up to the threshold (the RFC's PRR-SSRB).
     *
     * @param prior_unsacked {@code packets_out - sacked_out} before this ACK: the difference is what it delivered
     * @param fast_rexmit not 0: let at least one segment out, the fast retransmit
     */
    @Differs("with prior_cwnd 0, to which a successful MTU probe can lead, it warns and leaves the window alone, where"
            + " the kernel divides by zero (CVE-2016-2070, fixed upstream by \"tcp: fix zero cwnd in"
            + " tcp_cwnd_reduction\")")
    static void tcp_cwnd_reduction(sock sk, int prior_unsacked, int fast_rexmit) {
        tcp_sock tp = tcp_sk(sk);
        int sndcnt = 0;
        int delta = tp.snd_ssthresh - tcp_packets_in_flight(tp);
        int newly_acked_sacked = prior_unsacked
                - (tp.packets_out - tp.sacked_out);

        tp.prr_delivered += newly_acked_sacked;
        if (gtU32(tcp_packets_in_flight(tp), tp.snd_ssthresh)) {
            if (WARN_ON_ONCE(tp.prior_cwnd == 0)) {
                return;
            }
            long dividend = u32(tp.snd_ssthresh) * u32(tp.prr_delivered)
                    + u32(tp.prior_cwnd) - 1;
            sndcnt = (int) div_u64(dividend, tp.prior_cwnd) - tp.prr_out;
        } else {
            sndcnt = min(delta,
                    max(tp.prr_delivered - tp.prr_out,
                            newly_acked_sacked) + 1);
        }

        sndcnt = max(sndcnt, fast_rexmit != 0 ? 1 : 0);
        tp.snd_cwnd = tcp_packets_in_flight(tp) + sndcnt;
    }

    /** Ends the episode: the window is the threshold now, unless the reduction was undone. */
    static void tcp_end_cwnd_reduction(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (inet_csk(sk).icsk_ca_state == TCP_CA_CWR
                || (tp.undo_marker != 0 && ltU32(tp.snd_ssthresh, TCP_INFINITE_SSTHRESH))) {
            tp.snd_cwnd = tp.snd_ssthresh;
            tp.snd_cwnd_stamp = tcp_time_stamp();
        }
        tcp_ca_event(sk, CA_EVENT_COMPLETE_CWR);
    }

    /**
     * Enters CWR, from Open or Disorder only. There is no way back to the old window: the congestion is a fact.
     *
     * @param set_ssthresh not 0: reduce the threshold too
     */
    public static void tcp_enter_cwr(sock sk, int set_ssthresh) {
        tcp_sock tp = tcp_sk(sk);

        tp.prior_ssthresh = 0;
        if (inet_csk(sk).icsk_ca_state < TCP_CA_CWR) {
            tp.undo_marker = 0;
            tcp_init_cwnd_reduction(sk, set_ssthresh != 0);
            tcp_set_ca_state(sk, TCP_CA_CWR);
        }
    }

    /** Open if nothing is SACKed, lost or sent again, Disorder otherwise. */
    static void tcp_try_keep_open(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int state = TCP_CA_Open;

        if (tcp_left_out(tp) != 0 || tcp_any_retrans_done(sk)) {
            state = TCP_CA_Disorder;
        }

        if (inet_csk(sk).icsk_ca_state != state) {
            tcp_set_ca_state(sk, state);
            tp.high_seq = tp.snd_nxt;
        }
    }

    /** No recovery for now: Open, Disorder or, if the ACK has ECE, CWR. */
    static void tcp_try_to_open(sock sk, int flag, int prior_unsacked) {
        tcp_sock tp = tcp_sk(sk);

        tcp_verify_left_out(tp);

        if (!tcp_any_retrans_done(sk)) {
            tp.retrans_stamp = 0;
        }

        if ((flag & FLAG_ECE) != 0) {
            tcp_enter_cwr(sk, 1);
        }

        if (inet_csk(sk).icsk_ca_state != TCP_CA_CWR) {
            tcp_try_keep_open(sk);
        } else {
            tcp_cwnd_reduction(sk, prior_unsacked, 0);
        }
    }

    /** A probe of the path MTU (RFC 4821) was lost: its size is too large. */
    static void tcp_mtup_probe_failed(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        icsk.icsk_mtup.search_high = icsk.icsk_mtup.probe_size - 1;
        icsk.icsk_mtup.probe_size = 0;
    }

    /**
     * A probe of the path MTU arrived: segments may be larger, and the window, which counts segments, becomes smaller
     * by the same factor.
     */
    @KernelBug("a window of few segments, reduced while the probe was out, can become 0, and a very large one wraps at"
            + " 32 bits; fixed upstream by \"tcp: fix tcp_mtup_probe_success vs wrong snd_cwnd\"")
    static void tcp_mtup_probe_success(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        tp.prior_ssthresh = tcp_current_ssthresh(sk);
        tp.snd_cwnd = Integer.divideUnsigned(tp.snd_cwnd
                * tcp_mss_to_mtu(sk, tp.mss_cache),
                icsk.icsk_mtup.probe_size);
        tp.snd_cwnd_cnt = 0;
        tp.snd_cwnd_stamp = tcp_time_stamp();
        tp.snd_ssthresh = tcp_current_ssthresh(sk);

        icsk.icsk_mtup.search_low = icsk.icsk_mtup.probe_size;
        icsk.icsk_mtup.probe_size = 0;
        tcp_sync_mss(sk, icsk.icsk_pmtu_cookie);
    }

    /**
     * Sends again, at once, what is larger than the MSS: a router has said that it does not fit (RFC 1191, RFC 1981
     * section 5.4). That is no congestion, so the window stays; but the units change, and Loss without a reduced
     * threshold is the state that fits.
     */
    public static void tcp_simple_retransmit(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        int mss = tcp_current_mss(sk);
        int prior_lost = tp.lost_out;

        for (skb = sk.sk_write_queue.next; skb != null; skb = skb.next) {
            if (skb == tcp_send_head(sk)) {
                break;
            }
            if (gtU32(tcp_skb_seglen(skb), mss)
                    && (TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) == 0) {
                if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_RETRANS) != 0) {
                    TCP_SKB_CB(skb).sacked &= ~TCPCB_SACKED_RETRANS;
                    tp.retrans_out -= tcp_skb_pcount(skb);
                }
                tcp_skb_mark_lost_uncond_verify(tp, skb);
            }
        }

        tcp_clear_retrans_hints_partial(tp);

        if (prior_lost == tp.lost_out) {
            return;
        }

        if (tcp_is_reno(tp)) {
            tcp_limit_reno_sacked(tp);
        }

        tcp_verify_left_out(tp);

        if (icsk.icsk_ca_state != TCP_CA_Loss) {
            tp.high_seq = tp.snd_nxt;
            tp.snd_ssthresh = tcp_current_ssthresh(sk);
            tp.prior_ssthresh = 0;
            tp.undo_marker = 0;
            tcp_set_ca_state(sk, TCP_CA_Loss);
        }
        tcp_xmit_retransmit_queue(sk);
    }

    /**
     * Enters Recovery. From CWR the reduction that is under way goes on.
     *
     * @param ece_ack ECN has proven congestion: the old threshold is not kept for an undo
     */
    static void tcp_enter_recovery(sock sk, boolean ece_ack) {
        tcp_sock tp = tcp_sk(sk);
        int mib_idx;

        if (tcp_is_reno(tp)) {
            mib_idx = LINUX_MIB_TCPRENORECOVERY;
        } else {
            mib_idx = LINUX_MIB_TCPSACKRECOVERY;
        }

        NET_INC_STATS_BH(sock_net(sk), mib_idx);

        tp.prior_ssthresh = 0;
        tp.undo_marker = tp.snd_una;
        tp.undo_retrans = tp.retrans_out != 0 ? tp.retrans_out : -1;

        if (inet_csk(sk).icsk_ca_state < TCP_CA_CWR) {
            if (!ece_ack) {
                tp.prior_ssthresh = tcp_current_ssthresh(sk);
            }
            tcp_init_cwnd_reduction(sk, true);
        }
        tcp_set_ca_state(sk, TCP_CA_Recovery);
    }

    /**
     * An ACK in state Loss. F-RTO (RFC 5682, section 3.1, with SACK) first: after the timeout one segment has been
     * sent again; if the ACK covers part of the window, new data are sent instead of more retransmissions (step 2.b),
     * and if anything is then acknowledged that was sent only once, the timeout was a mistake (3.b). A duplicate ACK
     * says that the loss was real (2.a, 3.a).
     */
    static void tcp_process_loss(sock sk, int flag, boolean is_dupack) {
        tcp_sock tp = tcp_sk(sk);
        boolean recovered = !before(tp.snd_una, tp.high_seq);

        if (tp.frto) {
            if (tcp_try_undo_loss(sk, (flag & FLAG_ORIG_SACK_ACKED) != 0)) {
                return;
            }

            if (after(tp.snd_nxt, tp.high_seq)
                    && ((flag & FLAG_DATA_SACKED) != 0 || is_dupack)) {
                tp.frto = false;
            } else if ((flag & FLAG_SND_UNA_ADVANCED) != 0 && !recovered) {
                tp.high_seq = tp.snd_nxt;
                __tcp_push_pending_frames(sk, tcp_current_mss(sk),
                        TCP_NAGLE_OFF);
                if (after(tp.snd_nxt, tp.high_seq)) {
                    return;
                }
                tp.frto = false;
            }
        }

        if (recovered) {
            tcp_try_undo_recovery(sk);
            return;
        }
        if (tcp_is_reno(tp)) {
            // The new data of step 2.b arrive and cause duplicate ACKs: count them out of the network.
            if (after(tp.snd_nxt, tp.high_seq) && is_dupack) {
                tcp_add_reno_sack(sk);
            } else if ((flag & FLAG_SND_UNA_ADVANCED) != 0) {
                tcp_reset_reno_sack(tp);
            }
        }
        if (tcp_try_undo_loss(sk, false)) {
            return;
        }
        tcp_xmit_retransmit_queue(sk);
    }

    /**
     * A partial ACK in Recovery: did the original arrive after all, only late? Then reordering is larger than thought.
     *
     * @param acked segments that this ACK has taken from the queue
     * @return true: nothing more is to be marked lost or sent again. With retransmissions still out Recovery goes on,
     *     or else the reduction is undone
     */
    static boolean tcp_try_undo_partial(sock sk, int acked,
            int prior_unsacked) {
        tcp_sock tp = tcp_sk(sk);

        if (tp.undo_marker != 0 && tcp_packet_delayed(tp)) {
            tcp_update_reordering(sk, tcp_fackets_out(tp) + acked, 1);

            if (tp.retrans_out != 0) {
                tcp_cwnd_reduction(sk, prior_unsacked, 0);
                return true;
            }

            if (!tcp_any_retrans_done(sk)) {
                tp.retrans_stamp = 0;
            }

            tcp_undo_cwnd_reduction(sk, true);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPPARTIALUNDO);
            tcp_try_keep_open(sk);
            return true;
        }
        return false;
    }

    /**
     * The state machine: takes in an ACK that is unusual, or comes in an unusual state.
     *
     * @param acked segments that it has taken from the queue
     * @param prior_unsacked {@code packets_out - sacked_out} before it
     * @param is_dupack it says nothing new at all
     * @param flag {@code FLAG_*}
     */
    static void tcp_fastretrans_alert(sock sk, int acked,
            int prior_unsacked,
            boolean is_dupack, int flag) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        boolean do_lost = is_dupack || ((flag & FLAG_DATA_SACKED) != 0
                && tcp_fackets_out(tp) > tp.reordering);
        int fast_rexmit = 0;

        if (WARN_ON(tp.packets_out == 0 && tp.sacked_out != 0)) {
            tp.sacked_out = 0;
        }
        if (WARN_ON(tp.sacked_out == 0 && tp.fackets_out != 0)) {
            tp.fackets_out = 0;
        }

        if ((flag & FLAG_ECE) != 0) {
            tp.prior_ssthresh = 0;
        }

        if (tcp_check_sack_reneging(sk, flag)) {
            return;
        }

        tcp_verify_left_out(tp);

        // Is the episode over?
        if (icsk.icsk_ca_state == TCP_CA_Open) {
            WARN_ON(tp.retrans_out != 0);
            tp.retrans_stamp = 0;
        } else if (!before(tp.snd_una, tp.high_seq)) {
            switch (icsk.icsk_ca_state) {
                case TCP_CA_CWR:
                    // Only what lies above high_seq has told the receiver about CWR.
                    if (tp.snd_una != tp.high_seq) {
                        tcp_end_cwnd_reduction(sk);
                        tcp_set_ca_state(sk, TCP_CA_Open);
                    }
                    break;

                case TCP_CA_Recovery:
                    if (tcp_is_reno(tp)) {
                        tcp_reset_reno_sack(tp);
                    }
                    if (tcp_try_undo_recovery(sk)) {
                        return;
                    }
                    tcp_end_cwnd_reduction(sk);
                    break;
            }
        }

        switch (icsk.icsk_ca_state) {
            case TCP_CA_Recovery:
                if ((flag & FLAG_SND_UNA_ADVANCED) == 0) {
                    if (tcp_is_reno(tp) && is_dupack) {
                        tcp_add_reno_sack(sk);
                    }
                } else {
                    if (tcp_try_undo_partial(sk, acked, prior_unsacked)) {
                        return;
                    }
                    do_lost = tcp_is_reno(tp)
                            || tcp_fackets_out(tp) > tp.reordering;
                }
                if (tcp_try_undo_dsack(sk)) {
                    tcp_try_keep_open(sk);
                    return;
                }
                break;
            case TCP_CA_Loss:
                tcp_process_loss(sk, flag, is_dupack);
                if (icsk.icsk_ca_state != TCP_CA_Open) {
                    return;
                }
                // fall through: it is as in Open now
            default:
                if (tcp_is_reno(tp)) {
                    if ((flag & FLAG_SND_UNA_ADVANCED) != 0) {
                        tcp_reset_reno_sack(tp);
                    }
                    if (is_dupack) {
                        tcp_add_reno_sack(sk);
                    }
                }

                if (icsk.icsk_ca_state <= TCP_CA_Disorder) {
                    tcp_try_undo_dsack(sk);
                }

                if (!tcp_time_to_recover(sk, flag)) {
                    tcp_try_to_open(sk, flag, prior_unsacked);
                    return;
                }

                // What is missing is an MTU probe: it says nothing about congestion.
                if (icsk.icsk_ca_state < TCP_CA_CWR
                        && icsk.icsk_mtup.probe_size != 0
                        && tp.snd_una == tp.mtu_probe.probe_seq_start) {
                    tcp_mtup_probe_failed(sk);
                    // tcp_mtu_probe() had taken one off.
                    tp.snd_cwnd++;
                    tcp_simple_retransmit(sk);
                    return;
                }

                tcp_enter_recovery(sk, (flag & FLAG_ECE) != 0);
                fast_rexmit = 1;
        }

        if (do_lost) {
            tcp_update_scoreboard(sk, fast_rexmit);
        }
        tcp_cwnd_reduction(sk, prior_unsacked, fast_rexmit);
        tcp_xmit_retransmit_queue(sk);
    }
}
