// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.hrtimer.Clock.get_seconds;
import static linux.hrtimer.Clock.ktime_get_real;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.jiffies_to_usecs;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_debug;
import static linux.printk.Printk.pr_err;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Meta.net_invalid_timestamp;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Functions.mptcp_fallback_infinite;
import static mptcp_ctrl.Functions.mptcp_send_reset;
import static mptcp_input.DataAck.mptcp_clean_rtx_infinite;
import static net.dst.Dst.dst_confirm;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_clear_xmit_timer;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Fields.sock_net;
import static net.sock.NetDebug.SOCK_DEBUG;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.tcp.Congestion.tcp_ca_event;
import static net.tcp.Congestion.tcp_in_cwnd_reduction;
import static net.tcp.Congestion.tcp_is_fack;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Congestion.tcp_set_ca_state;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Paws.tcp_paws_check;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sequence.between;
import static net.tcp.Sysctls.sysctl_tcp_challenge_ack_limit;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.TcpConst.FLAG_ACKED;
import static net.tcp.TcpConst.FLAG_CA_ALERT;
import static net.tcp.TcpConst.FLAG_DATA;
import static net.tcp.TcpConst.FLAG_DATA_ACKED;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_DSACKING_ACK;
import static net.tcp.TcpConst.FLAG_ECE;
import static net.tcp.TcpConst.FLAG_FORWARD_PROGRESS;
import static net.tcp.TcpConst.FLAG_NOT_DUP;
import static net.tcp.TcpConst.FLAG_ORIG_SACK_ACKED;
import static net.tcp.TcpConst.FLAG_RETRANS_DATA_ACKED;
import static net.tcp.TcpConst.FLAG_SACK_RENEGING;
import static net.tcp.TcpConst.FLAG_SLOWPATH;
import static net.tcp.TcpConst.FLAG_SND_UNA_ADVANCED;
import static net.tcp.TcpConst.FLAG_SYN_ACKED;
import static net.tcp.TcpConst.FLAG_UPDATE_TS_RECENT;
import static net.tcp.TcpConst.FLAG_WIN_UPDATE;
import static net.tcp.TcpConst.MPTCP_FLAG_DATA_ACKED;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_fast_path_check;
import static net.tcp.Windows.tcp_update_wl;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_SLOW_ACK;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static tcp_input.Ecn.TCP_ECN_rcv_ecn_echo;
import static tcp_input.Recovery.tcp_end_cwnd_reduction;
import static tcp_input.Recovery.tcp_enter_recovery;
import static tcp_input.Recovery.tcp_fastretrans_alert;
import static tcp_input.Recovery.tcp_init_cwnd_reduction;
import static tcp_input.Recovery.tcp_mtup_probe_success;
import static tcp_input.Recovery.tcp_try_keep_open;
import static tcp_input.RenoSack.tcp_remove_reno_sacks;
import static tcp_input.Reordering.tcp_update_reordering;
import static tcp_input.Rtt.tcp_rtt_estimator;
import static tcp_input.Rtt.tcp_update_pacing_rate;
import static tcp_input.Sack.tcp_sacktag_write_queue;
import static tcp_input.Scoreboard.tcp_update_scoreboard;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_output.Fragment.tcp_trim_head;
import static tcp_output.Mss.tcp_sync_mss;
import static tcp_output.Retransmit.tcp_xmit_retransmit_queue;
import static tcp_output.WriteXmit.tcp_schedule_loss_probe;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPCHALLENGEACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBERECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPUREACKS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.net_namespace.net;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;
import net.tcp.tcp_skb_cb;

/**
 * What an incoming ACK does to the sender.
 *
 * <p>{@link #tcp_ack} is called for every segment with ACK that {@code tcp_rcv_established} or {@code
 * tcp_rcv_state_process} accept. In this order it
 *
 * <ol>
 *   <li>throws out ACKs of what was never sent and of what is long past (RFC 793, section 3.9; RFC 5961, section 5),
 *   <li>takes the window ({@link #tcp_ack_update_window}) and SACK blocks ({@link Sack#tcp_sacktag_write_queue}),
 *   <li>takes from the queue what is acknowledged, which yields the round-trip time ({@link #tcp_clean_rtx_queue}),
 *   <li>lets the congestion window grow ({@link #tcp_cong_avoid}), unless it is being reduced,
 *   <li>hands anything dubious to the state machine ({@link Recovery#tcp_fastretrans_alert}),
 *   <li>ends a tail loss probe and sets the timers.
 * </ol>
 *
 * What was learned on the way is collected in {@code flag}, bits {@code FLAG_*} of {@link net.tcp.TcpConst}. Nothing is
 * sent here but retransmissions; new data follow in {@code tcp_data_snd_check}.
 */
public final class Ack {
    private Ack() {}

    /**
     * For the limit on challenge ACKs: the second, since boot, and how many were sent in it. One count for all
     * sockets.
     */
    static int challenge_timestamp;

    static int challenge_count;

    /**
     * Takes a sample of the round-trip time, if there is one to be trusted. Own clock first: the time from sending to
     * ACK, but not if anything acknowledged was sent twice (Karn; RFC 6298, section 3), else the time to a SACK. The
     * echoed timestamp (RFC 7323, section 4) comes last, since middleboxes may have garbled it. All in jiffies, -1:
     * none.
     *
     * @return true if there was a sample; only then the backoff of the timer ends (RFC 6298, section 5)
     */
    static boolean tcp_ack_update_rtt(sock sk, int flag,
            int seq_rtt, int sack_rtt) {
        tcp_sock tp = tcp_sk(sk);

        if ((flag & FLAG_RETRANS_DATA_ACKED) != 0) {
            seq_rtt = -1;
        }

        if (seq_rtt < 0) {
            seq_rtt = sack_rtt;
        }

        // An echo counts only if the ACK is for new data: otherwise it may be an old one (RFC 7323, 4.1).
        if (seq_rtt < 0 && tp.rx_opt.saw_tstamp && tp.rx_opt.rcv_tsecr != 0
                && (flag & FLAG_ACKED) != 0) {
            seq_rtt = tcp_time_stamp() - tp.rx_opt.rcv_tsecr;
        }

        if (seq_rtt < 0) {
            return false;
        }

        tcp_rtt_estimator(sk, seq_rtt);
        tp.set_rto.call(sk);

        inet_csk(sk).icsk_backoff = 0;
        return true;
    }

    /**
     * The first sample of a passive connection: from the SYN/ACK to its ACK, unless it was sent twice or a sample
     * exists already (from data in a Fast Open SYN).
     *
     * @param synack_stamp when it was sent; 0: not known
     */
    static void tcp_synack_rtt_meas(sock sk, int synack_stamp) {
        tcp_sock tp = tcp_sk(sk);
        int seq_rtt = -1;

        if (synack_stamp != 0 && tp.total_retrans == 0) {
            seq_rtt = tcp_time_stamp() - synack_stamp;
        }

        if (tp.srtt == 0) {
            tcp_ack_update_rtt(sk, FLAG_SYN_ACKED, seq_rtt, -1);
        }
    }

    /** Asks the congestion control to let the window grow: by {@code acked} segments in slow start, less later. */
    static void tcp_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        inet_connection_sock icsk = inet_csk(sk);
        icsk.icsk_ca_ops.cong_avoid.call(sk, ack, acked, in_flight);
        tcp_sk(sk).snd_cwnd_stamp = tcp_time_stamp();
    }

    /**
     * Sets the retransmission timer anew after progress (RFC 6298, 5.3), or stops it when nothing is out. If it is in
     * use for early retransmit or a tail loss probe, the time since the first segment was sent is taken off: those
     * shall not put the timeout off.
     */
    public static void tcp_rearm_rto(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);

        // A Fast Open server uses the timer for its SYN/ACK.
        if (tp.fastopen_rsk != null) {
            return;
        }

        if (tp.packets_out == 0) {
            inet_csk_clear_xmit_timer(sk, ICSK_TIME_RETRANS);
        } else {
            int rto = inet_csk(sk).icsk_rto;
            if (icsk.icsk_pending == ICSK_TIME_EARLY_RETRANS
                    || icsk.icsk_pending == ICSK_TIME_LOSS_PROBE) {
                sk_buff skb = tcp_write_queue_head(sk);
                int rto_time_stamp = TCP_SKB_CB(skb).when + rto;
                int delta = rto_time_stamp - tcp_time_stamp();
                // It may have passed already while the socket was owned.
                if (delta > 0) {
                    rto = delta;
                }
            }
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, u32(rto),
                    TCP_RTO_MAX);
        }
    }

    /** The delay of an early retransmit is over ({@link Scoreboard#tcp_pause_early_retransmit}): do it. */
    public static void tcp_resume_early_retransmit(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        tcp_rearm_rto(sk);

        // Reordering was seen in the meantime.
        if (!tp.do_early_retrans) {
            return;
        }

        tcp_enter_recovery(sk, false);
        tcp_update_scoreboard(sk, 1);
        tcp_xmit_retransmit_queue(sk);
    }

    /**
     * Takes the acknowledged segments off a packet that is acknowledged in part.
     *
     * @return how many segments that was; 0 also when there was no memory to do it
     */
    public static int tcp_tso_acked(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        int packets_acked;

        BUG_ON(!after(TCP_SKB_CB(skb).end_seq, tp.snd_una));

        packets_acked = tcp_skb_pcount(skb);
        if (tcp_trim_head(sk, skb, tp.snd_una - TCP_SKB_CB(skb).seq) != 0) {
            return 0;
        }
        packets_acked -= tcp_skb_pcount(skb);

        if (packets_acked != 0) {
            BUG_ON(tcp_skb_pcount(skb) == 0);
            BUG_ON(!before(TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq));
        }

        return packets_acked;
    }

    /**
     * Takes what is acknowledged from the head of the queue, and the counters with it.
     *
     * <p>Two round-trip times come out of it. The first segment that was sent only once gives the one for the
     * timeout, the last one that for the congestion control: it suffers less from delayed ACKs. If a segment that was
     * sent once and not SACKed lies below the old highest SACK, it was overtaken: reordering.
     *
     * @param prior_fackets {@code fackets_out} before this ACK
     * @param prior_snd_una {@code snd_una} before it
     * @param sack_rtt from its SACK blocks, in jiffies; -1: none
     * @return {@code FLAG_*}
     */
    static int tcp_clean_rtx_queue(sock sk, int prior_fackets,
            int prior_snd_una, int sack_rtt) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        sk_buff skb;
        int now = tcp_time_stamp();
        boolean fully_acked = true;
        int flag = 0;
        int pkts_acked = 0;
        int reord = tp.packets_out;
        int prior_sacked = tp.sacked_out;
        int seq_rtt = -1;
        int ca_seq_rtt = -1;
        long last_ackt = net_invalid_timestamp();
        boolean rtt_update;

        while ((skb = tcp_write_queue_head(sk)) != null && skb != tcp_send_head(sk)) {
            tcp_skb_cb scb = TCP_SKB_CB(skb);
            int acked_pcount;
            int sacked = scb.sacked;

            if (after(scb.end_seq, tp.snd_una)) {
                if (tcp_skb_pcount(skb) == 1
                        || !after(tp.snd_una, scb.seq)) {
                    break;
                }

                acked_pcount = tcp_tso_acked(sk, skb);
                if (acked_pcount == 0) {
                    break;
                }

                fully_acked = false;
            } else {
                acked_pcount = tcp_skb_pcount(skb);
            }

            if ((sacked & TCPCB_RETRANS) != 0) {
                if ((sacked & TCPCB_SACKED_RETRANS) != 0) {
                    tp.retrans_out -= acked_pcount;
                }
                flag |= FLAG_RETRANS_DATA_ACKED;
            } else {
                ca_seq_rtt = now - scb.when;
                last_ackt = skb.tstamp;
                if (seq_rtt < 0) {
                    seq_rtt = ca_seq_rtt;
                }
                if ((sacked & TCPCB_SACKED_ACKED) == 0) {
                    reord = minU32(pkts_acked, reord);
                }
                if (!after(scb.end_seq, tp.high_seq)) {
                    flag |= FLAG_ORIG_SACK_ACKED;
                }
            }

            if ((sacked & TCPCB_SACKED_ACKED) != 0) {
                tp.sacked_out -= acked_pcount;
            }
            if ((sacked & TCPCB_LOST) != 0) {
                tp.lost_out -= acked_pcount;
            }

            tp.packets_out -= acked_pcount;
            pkts_acked += acked_pcount;

            // A SYN is no data: it must not make the window grow.
            if ((scb.tcp_flags & TCPHDR_SYN) == 0) {
                flag |= FLAG_DATA_ACKED;
                if (mptcp(tp) && mptcp_is_data_seq(skb)) {
                    flag |= MPTCP_FLAG_DATA_ACKED;
                }
            } else {
                flag |= FLAG_SYN_ACKED;
                tp.retrans_stamp = 0;
            }

            if (!fully_acked) {
                break;
            }

            tcp_unlink_write_queue(skb, sk);
            sk_wmem_free_skb(sk, skb);
            if (skb == tp.retransmit_skb_hint) {
                tp.retransmit_skb_hint = null;
            }
            if (skb == tp.lost_skb_hint) {
                tp.lost_skb_hint = null;
            }
        }

        if (between(tp.snd_up, prior_snd_una, tp.snd_una)) {
            tp.snd_up = tp.snd_una;
        }

        if (skb != null && (TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0) {
            flag |= FLAG_SACK_RENEGING;
        }

        rtt_update = tcp_ack_update_rtt(sk, flag, seq_rtt, sack_rtt);

        if ((flag & FLAG_ACKED) != 0) {
            tcp_congestion_ops ca_ops = inet_csk(sk).icsk_ca_ops;

            tcp_rearm_rto(sk);
            if (icsk.icsk_mtup.probe_size != 0
                    && !after(tp.mtu_probe.probe_seq_end, tp.snd_una)) {
                tcp_mtup_probe_success(sk);
            }

            if (tcp_is_reno(tp)) {
                tcp_remove_reno_sacks(sk, pkts_acked);
            } else {
                int delta;

                if (ltU32(reord, prior_fackets)) {
                    tcp_update_reordering(sk, tp.fackets_out - reord, 0);
                }

                delta = tcp_is_fack(tp) ? pkts_acked
                        : prior_sacked - tp.sacked_out;
                tp.lost_cnt_hint -= min(tp.lost_cnt_hint, delta);
            }

            tp.fackets_out -= minU32(pkts_acked, tp.fackets_out);

            if (ca_ops.pkts_acked != null) {
                int rtt_us = -1;

                if ((flag & FLAG_RETRANS_DATA_ACKED) == 0) {
                    if ((ca_ops.flags & TCP_CONG_RTT_STAMP) != 0
                            && last_ackt != net_invalid_timestamp()) {
                        rtt_us = (int) ((ktime_get_real() - last_ackt) / 1000);
                    } else if (ca_seq_rtt >= 0) {
                        rtt_us = jiffies_to_usecs(ca_seq_rtt);
                    }
                }

                ca_ops.pkts_acked.call(sk, pkts_acked, rtt_us);
            }
        } else if (skb != null && rtt_update && sack_rtt >= 0
                && sack_rtt > now - TCP_SKB_CB(skb).when) {
            // The sample must be of something sent before the head was sent last: or the timeout could be put off
            // for ever while a recovery goes on.
            tcp_rearm_rto(sk);
        }

        WARN_ON(tp.sacked_out < 0);
        WARN_ON(tp.lost_out < 0);
        WARN_ON(tp.retrans_out < 0);
        if (tp.packets_out == 0 && tcp_is_sack(tp)) {
            icsk = inet_csk(sk);
            if (tp.lost_out != 0) {
                pr_debug("Leak l=%d %d\n",
                        tp.lost_out, icsk.icsk_ca_state);
                tp.lost_out = 0;
            }
            if (tp.sacked_out != 0) {
                pr_debug("Leak s=%d %d\n",
                        tp.sacked_out, icsk.icsk_ca_state);
                tp.sacked_out = 0;
            }
            if (tp.retrans_out != 0) {
                pr_debug("Leak r=%d %d\n",
                        tp.retrans_out, icsk.icsk_ca_state);
                tp.retrans_out = 0;
            }
        }
        return flag;
    }

    /**
     * Nothing is out and something waits: did the window open? Then the probing ends, or else the probe timer goes on
     * with its backoff (RFC 1122, 4.2.2.17). The shift has 32 bits, as in the source.
     */
    public static void tcp_ack_probe(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        if (!after(TCP_SKB_CB(tcp_send_head(sk)).end_seq, tcp_wnd_end(tp))) {
            icsk.icsk_backoff = 0;
            inet_csk_clear_xmit_timer(sk, ICSK_TIME_PROBE0);
            // tcp_data_snd_check() does the sending.
        } else {
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0,
                    u32(minU32(icsk.icsk_rto << icsk.icsk_backoff, TCP_RTO_MAX)),
                    TCP_RTO_MAX);
        }
    }

    /** Does the state machine have to look at this ACK? */
    static boolean tcp_ack_is_dubious(sock sk, int flag) {
        return (flag & FLAG_NOT_DUP) == 0 || (flag & FLAG_CA_ALERT) != 0
                || inet_csk(sk).icsk_ca_state != TCP_CA_Open;
    }

    /**
     * May the congestion window grow? Normally only by ACKs that advance in order (RFC 5681). On a path that
     * reorders much, SACKs count as well.
     */
    static boolean tcp_may_raise_cwnd(sock sk, int flag) {
        if (tcp_in_cwnd_reduction(sk)) {
            return false;
        }

        if (tcp_sk(sk).reordering > sysctl_tcp_reordering) {
            return (flag & FLAG_FORWARD_PROGRESS) != 0;
        }

        return (flag & FLAG_DATA_ACKED) != 0;
    }

    /**
     * Is this window newer than the one we have? If it comes with a newer ACK, or in a newer segment; of the same
     * segment number only a larger one is believed, so that a reordered ACK cannot shrink the window. RFC 793
     * compares the ACK numbers in the last case.
     */
    public static boolean tcp_may_update_window(tcp_sock tp, int ack,
            int ack_seq, int nwin) {
        return after(ack, tp.snd_una)
                || after(ack_seq, tp.snd_wl1)
                || (ack_seq == tp.snd_wl1 && gtU32(nwin, tp.snd_wnd));
    }

    /**
     * Takes the peer's window (scaled, but in a SYN: RFC 7323, 2.2) and moves {@code snd_una}. A window larger than any
     * before may allow larger segments.
     *
     * @return {@code FLAG_WIN_UPDATE} or 0
     */
    static int tcp_ack_update_window(sock sk, sk_buff skb, int ack,
            int ack_seq) {
        tcp_sock tp = tcp_sk(sk);
        int flag = 0;
        int nwin = tcp_hdr(skb).window();

        if (!tcp_hdr(skb).syn()) {
            nwin <<= tp.rx_opt.snd_wscale;
        }

        if (tcp_may_update_window(tp, ack, ack_seq, nwin)) {
            flag |= FLAG_WIN_UPDATE;
            tcp_update_wl(tp, ack_seq);

            if (tp.snd_wnd != nwin) {
                tp.snd_wnd = nwin;

                // The fast path compares the window, so it has to be told.
                tp.pred_flags = 0;
                tcp_fast_path_check(sk);

                if (gtU32(nwin, tp.max_window)) {
                    tp.max_window = nwin;
                    tcp_sync_mss(sk, inet_csk(sk).icsk_pmtu_cookie);
                }
            }
        }

        tp.snd_una = ack;

        return flag;
    }

    /**
     * Answers a suspicious segment with an ACK (RFC 5961): who really is the peer will know what to do. At most {@code
     * sysctl_tcp_challenge_ack_limit} a second are sent (section 7), counted over all sockets.
     */
    @KernelBug("one counter for all sockets and a fixed limit let an outsider learn whether a guess at another"
            + " connection was right, by counting the challenge ACKs that are left for his own (CVE-2016-5696); fixed"
            + " upstream by \"tcp: make challenge acks less predictable\"")
    static void tcp_send_challenge_ack(sock sk) {
        int now = (int) Long.divideUnsigned(jiffies, HZ);

        if (now != challenge_timestamp) {
            challenge_timestamp = now;
            challenge_count = 0;
        }
        if (leU32(++challenge_count, sysctl_tcp_challenge_ack_limit)) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPCHALLENGEACK);
            tcp_send_ack(sk);
        }
    }

    static void tcp_store_ts_recent(tcp_sock tp) {
        tp.rx_opt.ts_recent = tp.rx_opt.rcv_tsval;
        tp.rx_opt.ts_recent_stamp = get_seconds();
    }

    /**
     * Remembers the peer's timestamp for the next echo, if the segment is the one expected or reaches back to what
     * the last ACK was for (RFC 7323, section 4.3), and the timestamp does not go back.
     */
    static void tcp_replace_ts_recent(tcp_sock tp, int seq) {
        if (tp.rx_opt.saw_tstamp && !after(seq, tp.rcv_wup)) {
            // Pure ACKs with an old timestamp get this far.
            if (tcp_paws_check(tp.rx_opt, 0)) {
                tcp_store_ts_recent(tp);
            }
        }
    }

    /**
     * An ACK while a tail loss probe is out (draft-dukkipati-tcpm-tcp-loss-probe): the last segment was sent again,
     * so one of the two makes a duplicate ACK, if both arrive. If instead the ACK goes beyond, the probe has repaired
     * a loss that nobody else noticed, and the window is reduced for it; not if a D-SACK tells that it was needless.
     */
    static void tcp_process_tlp_ack(sock sk, int ack, int flag) {
        tcp_sock tp = tcp_sk(sk);
        boolean is_tlp_dupack = ack == tp.tlp_high_seq
                && (flag & (FLAG_SND_UNA_ADVANCED
                        | FLAG_NOT_DUP | FLAG_DATA_SACKED)) == 0;

        if (is_tlp_dupack) {
            tp.tlp_high_seq = 0;
            return;
        }

        if (after(ack, tp.tlp_high_seq)) {
            tp.tlp_high_seq = 0;
            if ((flag & FLAG_DSACKING_ACK) == 0) {
                tcp_init_cwnd_reduction(sk, true);
                tcp_set_ca_state(sk, TCP_CA_CWR);
                tcp_end_cwnd_reduction(sk);
                tcp_try_keep_open(sk);
                NET_INC_STATS_BH(sock_net(sk),
                        LINUX_MIB_TCPLOSSPROBERECOVERY);
            }
        }
    }

    /**
     * Processes the acknowledgment of a segment.
     *
     * @param flag {@code FLAG_DATA} and {@code FLAG_SLOWPATH}: what the caller knows; {@code FLAG_UPDATE_TS_RECENT}:
     *     what it wants
     * @return 1 accepted; 0 an old one; -1 unacceptable: the caller must drop the segment
     */
    static int tcp_ack(sock sk, sk_buff skb, int flag) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int prior_snd_una = tp.snd_una;
        int ack_seq = TCP_SKB_CB(skb).seq;
        int ack = TCP_SKB_CB(skb).ack_seq;
        boolean is_dupack = false;
        int prior_in_flight, prior_cwnd = tp.snd_cwnd, prior_rtt = tp.srtt;
        int prior_fackets;
        int prior_packets = tp.packets_out;
        int prior_unsacked = tp.packets_out - tp.sacked_out;
        int acked = 0;
        IntRef sack_rtt = new IntRef(-1);

        old_ack: {
            invalid_ack: {
                no_queue: {
                    if (before(ack, prior_snd_una)) {
                        // Older than any window: somebody guesses (RFC 5961, 5.2).
                        if (before(ack, prior_snd_una - tp.max_window)) {
                            tcp_send_challenge_ack(sk);
                            return -1;
                        }
                        break old_ack;
                    }

                    if (after(ack, tp.snd_nxt)) {
                        break invalid_ack;
                    }

                    if (icsk.icsk_pending == ICSK_TIME_EARLY_RETRANS
                            || icsk.icsk_pending == ICSK_TIME_LOSS_PROBE) {
                        tcp_rearm_rto(sk);
                    }

                    if (after(ack, prior_snd_una)) {
                        flag |= FLAG_SND_UNA_ADVANCED;
                        icsk.icsk_retransmits = 0;
                    }

                    prior_fackets = tp.fackets_out;
                    prior_in_flight = tcp_packets_in_flight(tp);

                    if ((flag & FLAG_UPDATE_TS_RECENT) != 0) {
                        tcp_replace_ts_recent(tp, TCP_SKB_CB(skb).seq);
                    }

                    if ((flag & FLAG_SLOWPATH) == 0 && after(ack, prior_snd_una)) {
                        // The fast path has compared the window with the one we have.
                        tcp_update_wl(tp, ack_seq);
                        tp.snd_una = ack;
                        flag |= FLAG_WIN_UPDATE;

                        tcp_ca_event(sk, CA_EVENT_FAST_ACK);

                        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPHPACKS);
                    } else {
                        if (ack_seq != TCP_SKB_CB(skb).end_seq) {
                            flag |= FLAG_DATA;
                        } else {
                            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPPUREACKS);
                        }

                        flag |= tcp_ack_update_window(sk, skb, ack, ack_seq);

                        if (TCP_SKB_CB(skb).sacked != 0) {
                            flag |= tcp_sacktag_write_queue(sk, skb, prior_snd_una,
                                    sack_rtt);
                        }

                        if (TCP_ECN_rcv_ecn_echo(tp, tcp_hdr(skb))) {
                            flag |= FLAG_ECE;
                        }

                        tcp_ca_event(sk, CA_EVENT_SLOW_ACK);
                    }

                    // The peer answers: what ICMP said about the way to it does not matter any more.
                    sk.sk_err_soft = 0;
                    icsk.icsk_probes_out = 0;
                    tp.rcv_tstamp = tcp_time_stamp();
                    if (prior_packets == 0) {
                        break no_queue;
                    }

                    acked = tp.packets_out;
                    flag |= tcp_clean_rtx_queue(sk, prior_fackets, prior_snd_una, sack_rtt.val);
                    acked -= tp.packets_out;

                    if (mptcp(tp)) {
                        if (mptcp_fallback_infinite(sk, flag)) {
                            pr_err("TCP: %s resetting flow\n", "tcp_ack");
                            mptcp_send_reset(sk);
                            break invalid_ack;
                        }

                        mptcp_clean_rtx_infinite(skb, sk);
                    }

                    if (tcp_may_raise_cwnd(sk, flag)) {
                        tcp_cong_avoid(sk, ack, acked, prior_in_flight);
                    }

                    if (tcp_ack_is_dubious(sk, flag)) {
                        is_dupack = (flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP)) == 0;
                        tcp_fastretrans_alert(sk, acked, prior_unsacked,
                                is_dupack, flag);
                    }
                    if (tp.tlp_high_seq != 0) {
                        tcp_process_tlp_ack(sk, ack, flag);
                    }

                    if ((flag & FLAG_FORWARD_PROGRESS) != 0 || (flag & FLAG_NOT_DUP) == 0) {
                        dst_entry dst = __sk_dst_get(sk);
                        if (dst != null) {
                            dst_confirm(dst);
                        }
                    }

                    if (icsk.icsk_pending == ICSK_TIME_RETRANS) {
                        tcp_schedule_loss_probe(sk);
                    }
                    if (tp.srtt != prior_rtt || tp.snd_cwnd != prior_cwnd) {
                        tcp_update_pacing_rate(sk);
                    }
                    return 1;
                }
                // A D-SACK can undo a reduction when everything has been acknowledged already.
                if ((flag & FLAG_DSACKING_ACK) != 0) {
                    tcp_fastretrans_alert(sk, acked, prior_unsacked,
                            is_dupack, flag);
                }
                if (tcp_send_head(sk) != null) {
                    tcp_ack_probe(sk);
                }

                if (tp.tlp_high_seq != 0) {
                    tcp_process_tlp_ack(sk, ack, flag);
                }
                return 1;
            }
            SOCK_DEBUG(sk, "Ack %d after %d:%d\n", ack, tp.snd_una, tp.snd_nxt);
            return -1;
        }
        // Overtaken on its way: its SACK blocks may be news all the same.
        if (TCP_SKB_CB(skb).sacked != 0) {
            flag |= tcp_sacktag_write_queue(sk, skb, prior_snd_una,
                    sack_rtt);
            tcp_fastretrans_alert(sk, acked, prior_unsacked,
                    is_dupack, flag);
        }

        SOCK_DEBUG(sk, "Ack %d before %d:%d\n", ack, tp.snd_una, tp.snd_nxt);
        return 0;
    }
}
