// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_copy_and_csum_bits;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Split.skb_split;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static net.checksum.Csum.csum_partial;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.tcp.Congestion.tcp_in_cwnd_reduction;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Congestion.tcp_max_tso_deferred_mss;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_highest_sack_combine;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_early_retrans;
import static net.tcp.Sysctls.sysctl_tcp_limit_output_bytes;
import static net.tcp.Sysctls.sysctl_tcp_tso_win_divisor;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_DELACK_MAX;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_insert_write_queue_after;
import static net.tcp.WriteQueue.tcp_insert_write_queue_before;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_skb_is_last;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static tcp.Sendmsg.sk_stream_alloc_skb;
import static tcp_input.Ack.tcp_rearm_rto;
import static tcp_output.Events.tcp_event_new_data_sent;
import static tcp_output.Fragment.__pskb_trim_head;
import static tcp_output.Fragment.tcp_fragment;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Mss.tcp_mss_to_mtu;
import static tcp_output.Mss.tcp_mtu_to_mss;
import static tcp_output.Options.tcp_urg_mode;
import static tcp_output.Retransmit.__tcp_retransmit_skb;
import static tcp_output.SendTests.tcp_cwnd_test;
import static tcp_output.SendTests.tcp_cwnd_validate;
import static tcp_output.SendTests.tcp_init_tso_segs;
import static tcp_output.SendTests.tcp_minshall_update;
import static tcp_output.SendTests.tcp_mss_split_point;
import static tcp_output.SendTests.tcp_nagle_test;
import static tcp_output.SendTests.tcp_snd_wnd_test;
import static tcp_output.Transmit.tcp_transmit_skb;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBES;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_SEND_QUEUE;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * The loop that sends: as many packets from the write queue as may go now, cut to size. {@link
 * Push#__tcp_push_pending_frames} and {@link SmallQueues} come in through {@code tp.write_xmit}, which for a meta
 * socket is {@code mptcp_write_xmit}: that one moves packets to the queues of subflows and comes here for each of
 * them. Below is {@link Transmit#tcp_transmit_skb}.
 *
 * <p>Three things decide beside {@link SendTests}: sending may be put off for a moment so that packets get larger
 * ({@link #tcp_tso_should_defer}); a packet may be made larger than usual to probe the path MTU ({@link
 * #tcp_mtu_probe}, RFC 4821); and what is in queues below is limited ({@link SmallQueues}).
 *
 * <p>The tail loss probe is here too (draft-dukkipati-tcpm-tcp-loss-probe-01, later part of RFC 8985, section 7): if
 * the last segments of a flight get lost, no ACK tells. So after two round-trip times of silence the last one is sent
 * again, and its ACK starts the usual recovery, long before the retransmission timer would run out.
 */
public final class WriteXmit {
    private WriteXmit() {}

    /**
     * Like {@link Fragment#tcp_fragment} for a packet that was never sent and has all its bytes in pages: nothing is
     * copied and no counter changes. Others are passed on to that.
     *
     * @return 0, {@code -ENOMEM}
     */
    static int tso_fragment(sock sk, sk_buff skb, int len, int mss_now, int gfp) {
        sk_buff buff;
        int nlen = skb.len - len;
        int flags;

        if (skb.len != skb.data_len) {
            return tcp_fragment(sk, skb, len, mss_now, gfp);
        }

        buff = sk_stream_alloc_skb(sk, 0, gfp);
        if (buff == null) {
            return -ENOMEM;
        }

        sk.sk_wmem_queued += buff.truesize;
        sk_mem_charge(sk, buff.truesize);
        buff.truesize += nlen;
        skb.truesize -= nlen;

        TCP_SKB_CB(buff).seq = TCP_SKB_CB(skb).seq + len;
        TCP_SKB_CB(buff).end_seq = TCP_SKB_CB(skb).end_seq;
        TCP_SKB_CB(skb).end_seq = TCP_SKB_CB(buff).seq;

        flags = TCP_SKB_CB(skb).tcp_flags;
        TCP_SKB_CB(skb).tcp_flags = flags & ~(TCPHDR_FIN | TCPHDR_PSH);
        TCP_SKB_CB(buff).tcp_flags = flags;

        TCP_SKB_CB(buff).sacked = 0;

        buff.ip_summed = skb.ip_summed = CHECKSUM_PARTIAL;
        skb_split(skb, buff, len);

        tcp_set_skb_tso_segs(sk, skb, mss_now);
        tcp_set_skb_tso_segs(sk, buff, mss_now);

        skb_header_release(buff);
        tcp_insert_write_queue_after(skb, buff, sk);

        return 0;
    }

    /**
     * Should a packet of several segments wait, because the windows allow only a part of it and the next ACK may
     * allow more? For less than two jiffies, and never when a good part of the window can be used at once.
     *
     * <p>{@code tso_deferred} holds the low 31 bits of jiffies, shifted, and a 1, so that it is never 0.
     */
    static boolean tcp_tso_should_defer(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int send_win;
        int cong_win;
        int limit;
        int in_flight;
        int win_divisor;

        send_now:
        {
            if ((TCP_SKB_CB(skb).tcp_flags & TCPHDR_FIN) != 0 || mptcp_is_data_fin(skb)) {
                break send_now;
            }

            if (icsk.icsk_ca_state != TCP_CA_Open) {
                break send_now;
            }

            if (tp.tso_deferred != 0 && gtU32(((int) jiffies << 1 >>> 1) - (tp.tso_deferred >>> 1), 1)) {
                break send_now;
            }

            in_flight = tcp_packets_in_flight(tp);

            BUG_ON(tcp_skb_pcount(skb) <= 1 || leU32(tp.snd_cwnd, in_flight));

            send_win = tcp_wnd_end(tp) - TCP_SKB_CB(skb).seq;

            cong_win = (tp.snd_cwnd - in_flight) * tp.mss_cache;

            limit = minU32(send_win, cong_win);

            if (geU32(limit, minU32(sk.sk_gso_max_size, tp.xmit_size_goal_segs * tp.mss_cache))) {
                break send_now;
            }

            // In the middle of the queue it will not grow, so there is nothing to wait for.
            if (skb != tcp_write_queue_tail(sk) && geU32(limit, skb.len)) {
                break send_now;
            }

            win_divisor = sysctl_tcp_tso_win_divisor;
            if (win_divisor != 0) {
                int chunk = minU32(tp.snd_wnd, tp.snd_cwnd * tp.mss_cache);

                chunk = Integer.divideUnsigned(chunk, win_divisor);
                if (geU32(limit, chunk)) {
                    break send_now;
                }
            } else {
                // The peer acknowledges every other segment: do not wait for more than one ACK.
                if (gtU32(limit, tcp_max_tso_deferred_mss(tp) * tp.mss_cache)) {
                    break send_now;
                }
            }

            // Once it is set it stays: only the first packet that waits starts the clock.
            if (tp.tso_deferred == 0) {
                tp.tso_deferred = 1 | (int) jiffies << 1;
            }

            return true;
        }
        tp.tso_deferred = 0;
        return false;
    }

    /**
     * Sends a segment of twice the MSS, to see whether the path carries it (RFC 4821, section 7). The bytes of
     * several packets from the head of what is not yet sent are put together in a new one. If it gets lost, it is cut
     * to the old size when it is sent again, and what is behind it (at least {@code reordering + 1} segments) makes
     * the loss known quickly.
     *
     * @return 1: a probe was sent; 0: send nothing now, wait until the windows are open enough; -1: no probe, go on
     *     as usual
     */
    @Differs("When a packet is swallowed by the probe, highest_sack moves to the probe. The kernel of that time left"
            + " it at the freed packet, and the next SACK walked into it; as upstream's \"tcp: fix tcp_mtu_probe() vs"
            + " highest_sack\"")
    static int tcp_mtu_probe(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        sk_buff skb;
        sk_buff nskb;
        sk_buff next;
        int len;
        int probe_size;
        int size_needed;
        int copy;
        int mss_now;

        if (icsk.icsk_mtup.enabled == 0
                || icsk.icsk_mtup.probe_size != 0
                || inet_csk(sk).icsk_ca_state != TCP_CA_Open
                || ltU32(tp.snd_cwnd, 11)
                || tp.rx_opt.num_sacks != 0 || tp.rx_opt.dsack) {
            return -1;
        }

        mss_now = tcp_current_mss(sk);
        probe_size = 2 * tp.mss_cache;
        size_needed = probe_size + (tp.reordering + 1) * tp.mss_cache;
        if (probe_size > tcp_mtu_to_mss(sk, icsk.icsk_mtup.search_high)) {
            return -1;
        }

        if (ltU32(tp.write_seq - tp.snd_nxt, size_needed)) {
            return -1;
        }

        if (ltU32(tp.snd_wnd, size_needed)) {
            return -1;
        }
        if (after(tp.snd_nxt + size_needed, tcp_wnd_end(tp))) {
            return 0;
        }

        // The window has to have room for two: wait for that, but not with nothing on the way.
        if (gtU32(tcp_packets_in_flight(tp) + 2, tp.snd_cwnd)) {
            if (tcp_packets_in_flight(tp) == 0) {
                return -1;
            } else {
                return 0;
            }
        }

        if ((nskb = sk_stream_alloc_skb(sk, probe_size, GFP_ATOMIC)) == null) {
            return -1;
        }
        sk.sk_wmem_queued += nskb.truesize;
        sk_mem_charge(sk, nskb.truesize);

        skb = tcp_send_head(sk);

        TCP_SKB_CB(nskb).seq = TCP_SKB_CB(skb).seq;
        TCP_SKB_CB(nskb).end_seq = TCP_SKB_CB(skb).seq + probe_size;
        TCP_SKB_CB(nskb).tcp_flags = TCPHDR_ACK;
        TCP_SKB_CB(nskb).sacked = 0;
        nskb.csum = 0;
        nskb.ip_summed = skb.ip_summed;

        tcp_insert_write_queue_before(nskb, skb, sk);
        tcp_highest_sack_combine(sk, skb, nskb);

        len = 0;
        for (; skb != null; skb = next) {
            next = skb.next;
            copy = min(skb.len, probe_size - len);
            if (nskb.ip_summed != 0) {
                skb_copy_bits(skb, 0, nskb.head, skb_put(nskb, copy), copy);
            } else {
                nskb.csum = skb_copy_and_csum_bits(skb, 0, nskb.head, skb_put(nskb, copy), copy, nskb.csum);
            }

            if (leU32(skb.len, copy)) {
                TCP_SKB_CB(nskb).tcp_flags |= TCP_SKB_CB(skb).tcp_flags;
                tcp_unlink_write_queue(skb, sk);
                sk_wmem_free_skb(sk, skb);
            } else {
                TCP_SKB_CB(nskb).tcp_flags |= TCP_SKB_CB(skb).tcp_flags & ~(TCPHDR_FIN | TCPHDR_PSH);
                if (skb.shinfo.nr_frags == 0) {
                    skb_pull(skb, copy);
                    if (skb.ip_summed != CHECKSUM_PARTIAL) {
                        skb.csum = csum_partial(skb.head, skb.data, skb.len, 0);
                    }
                } else {
                    __pskb_trim_head(skb, copy);
                    tcp_set_skb_tso_segs(sk, skb, mss_now);
                }
                TCP_SKB_CB(skb).seq += copy;
            }

            len += copy;

            if (len >= probe_size) {
                break;
            }
        }
        tcp_init_tso_segs(sk, nskb, nskb.len);

        TCP_SKB_CB(nskb).when = tcp_time_stamp();
        if (tcp_transmit_skb(sk, nskb, 1, GFP_ATOMIC) == 0) {
            // One packet on the wire, but two in size.
            tp.snd_cwnd--;
            tcp_event_new_data_sent(sk, nskb);

            icsk.icsk_mtup.probe_size = tcp_mss_to_mtu(sk, nskb.len);
            tp.mtu_probe.probe_seq_start = TCP_SKB_CB(nskb).seq;
            tp.mtu_probe.probe_seq_end = TCP_SKB_CB(nskb).end_seq;

            return 1;
        }

        return -1;
    }

    /**
     * Sends from {@code sk_send_head} on until something says stop.
     *
     * @param mss_now of {@link Mss#tcp_current_mss}
     * @param nonagle {@code TCP_NAGLE_*}, for the last packet in the queue
     * @param push_one 1: one packet at most; 2: one packet even if the congestion window is full (a loss probe)
     * @return true: nothing is on the way, something is waiting, and it cannot be sent: no ACK will come to start it
     *     again, so the caller has to see to a window probe
     */
    public static boolean tcp_write_xmit(sock sk, int mss_now, int nonagle, int push_one, int gfp) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        int tso_segs;
        int sent_pkts;
        int cwnd_quota;
        int result;

        sent_pkts = 0;

        // A probe would have to keep within one DSS mapping, which it does not know of.
        if (push_one == 0 && !mptcp(tp)) {
            result = tcp_mtu_probe(sk);
            if (result == 0) {
                return false;
            } else if (result > 0) {
                sent_pkts = 1;
            }
        }

        send:
        while ((skb = tcp_send_head(sk)) != null) {
            int limit;

            tso_segs = tcp_init_tso_segs(sk, skb, mss_now);
            BUG_ON(tso_segs == 0);

            repair:
            {
                if (tp.repair && tp.repair_queue == TCP_SEND_QUEUE) {
                    TCP_SKB_CB(skb).when = tcp_time_stamp();
                    break repair;
                }

                cwnd_quota = tcp_cwnd_test(tp, skb);
                if (cwnd_quota == 0) {
                    if (push_one == 2) {
                        cwnd_quota = 1;
                    } else {
                        break send;
                    }
                }

                if (!tcp_snd_wnd_test(tp, skb, mss_now)) {
                    break send;
                }

                if (tso_segs == 1 || sk.sk_gso_max_segs == 0) {
                    if (!tcp_nagle_test(tp, skb, mss_now, tcp_skb_is_last(sk, skb) ? nonagle : TCP_NAGLE_PUSH)) {
                        break send;
                    }
                } else {
                    if (push_one == 0 && tcp_tso_should_defer(sk, skb)) {
                        break send;
                    }
                }

                limit = maxU32(sysctl_tcp_limit_output_bytes, sk.sk_pacing_rate >>> 10);

                if (gtU32(sk.sk_wmem_alloc, limit)) {
                    tp.tsq_flags |= 1 << TSQ_THROTTLED;
                    if (gtU32(sk.sk_wmem_alloc, limit)) {
                        break send;
                    }
                }

                limit = mss_now;
                if (tso_segs > 1 && sk.sk_gso_max_segs != 0 && !tcp_urg_mode(tp)) {
                    limit = tcp_mss_split_point(sk, skb, mss_now, minU32(cwnd_quota, sk.sk_gso_max_segs), nonagle);
                }

                if (gtU32(skb.len, limit) && tso_fragment(sk, skb, limit, mss_now, gfp) != 0) {
                    break send;
                }

                TCP_SKB_CB(skb).when = tcp_time_stamp();

                if (tcp_transmit_skb(sk, skb, 1, gfp) != 0) {
                    break send;
                }
            }
            tcp_event_new_data_sent(sk, skb);

            tcp_minshall_update(tp, mss_now, skb);
            sent_pkts += tcp_skb_pcount(skb);

            if (push_one != 0) {
                break;
            }
        }

        if (sent_pkts != 0) {
            if (tcp_in_cwnd_reduction(sk)) {
                tp.prr_out += sent_pkts;
            }

            if (push_one != 2) {
                tcp_schedule_loss_probe(sk);
            }
            tcp_cwnd_validate(sk);
            return false;
        }
        return push_one == 2 || (tp.packets_out == 0 && tcp_send_head(sk) != null);
    }

    /**
     * Lets the timer run for a tail loss probe instead of the RTO: two round-trip times from now; with a single
     * segment out longer, since its ACK may be delayed; never later than the RTO.
     *
     * @return is the timer set for it?
     */
    public static boolean tcp_schedule_loss_probe(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int timeout;
        int tlp_time_stamp;
        int rto_time_stamp;
        int rtt = tp.srtt >>> 3;

        if (WARN_ON(icsk.icsk_pending == ICSK_TIME_EARLY_RETRANS)) {
            return false;
        }
        if (WARN_ON(icsk.icsk_pending == ICSK_TIME_LOSS_PROBE)) {
            tcp_rearm_rto(sk);
            return false;
        }
        // Fast Open: data before the handshake is over are not probed.
        if (sk.skc_state == TCP_SYN_RECV) {
            return false;
        }

        if (icsk.icsk_pending != ICSK_TIME_RETRANS) {
            return false;
        }

        if (sysctl_tcp_early_retrans < 3 || tp.srtt == 0 || tp.packets_out == 0
                || !tcp_is_sack(tp) || inet_csk(sk).icsk_ca_state != TCP_CA_Open) {
            return false;
        }

        if (gtU32(tp.snd_cwnd, tcp_packets_in_flight(tp)) && tcp_send_head(sk) != null) {
            return false;
        }

        timeout = rtt << 1;
        if (tp.packets_out == 1) {
            timeout = maxU32(timeout, rtt + (rtt >>> 1) + TCP_DELACK_MAX);
        }
        timeout = maxU32(timeout, (int) msecs_to_jiffies(10));

        tlp_time_stamp = tcp_time_stamp() + timeout;
        rto_time_stamp = (int) inet_csk(sk).icsk_timeout;
        if (tlp_time_stamp - rto_time_stamp > 0) {
            int delta = rto_time_stamp - tcp_time_stamp();
            if (delta > 0) {
                timeout = delta;
            }
        }

        inet_csk_reset_xmit_timer(sk, ICSK_TIME_LOSS_PROBE, u32(timeout), TCP_RTO_MAX);
        return true;
    }

    /**
     * The timer of the tail loss probe has run out: sends something new if there is any, else the last segment once
     * more. {@code tlp_high_seq} remembers that, so that {@code tcp_process_tlp_ack} can tell whether the probe
     * repaired a loss. The RTO runs again from now.
     */
    public static void tcp_send_loss_probe(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        int pcount;
        int mss = tcp_current_mss(sk);
        int err = -1;

        rearm_timer:
        {
            if (tcp_send_head(sk) != null) {
                err = tp.write_xmit.call(sk, mss, TCP_NAGLE_OFF, 2, GFP_ATOMIC) ? 1 : 0;
                break rearm_timer;
            }

            if (tp.tlp_high_seq != 0) {
                break rearm_timer;
            }

            skb = tcp_write_queue_tail(sk);
            if (WARN_ON(skb == null)) {
                break rearm_timer;
            }

            pcount = tcp_skb_pcount(skb);
            if (WARN_ON(pcount == 0)) {
                break rearm_timer;
            }

            if (pcount > 1 && gtU32(skb.len, (pcount - 1) * mss)) {
                if (tcp_fragment(sk, skb, (pcount - 1) * mss, mss, GFP_ATOMIC) != 0) {
                    break rearm_timer;
                }
                skb = tcp_write_queue_tail(sk);
            }

            if (WARN_ON(skb == null || tcp_skb_pcount(skb) == 0)) {
                break rearm_timer;
            }

            err = __tcp_retransmit_skb(sk, skb);

            if (err == 0) {
                tp.tlp_high_seq = tp.snd_nxt;
            }
        }
        inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, u32(inet_csk(sk).icsk_rto), TCP_RTO_MAX);

        if (err == 0) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPLOSSPROBES);
        }
    }
}
