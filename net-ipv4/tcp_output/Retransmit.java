// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.bug.Bug.BUG;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.net_dbg_ratelimited;
import static linux.skbuff.Bits.skb_copy_from_linear_data;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_unclone;
import static linux.skbuff.Copy.__pskb_copy;
import static linux.skbuff.Data.skb_availroom;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Sockets.tcp_sk;
import static net.checksum.Csum.csum_block_add;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.TCP_INC_STATS;
import static net.sock.Fields.sock_net;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.tcp.Congestion.tcp_in_cwnd_reduction;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_highest_sack_combine;
import static net.tcp.SackState.tcp_highest_sack_seq;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_retrans_collapse;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_clear_retrans_hints_partial;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_next;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static tcp_output.Fragment.tcp_adjust_pcount;
import static tcp_output.Fragment.tcp_fragment;
import static tcp_output.Fragment.tcp_trim_head;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.SendTests.tcp_init_tso_segs;
import static tcp_output.SendTests.tcp_may_send_now;
import static tcp_output.Transmit.tcp_transmit_skb;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFORWARDRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRETRANSFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSLOWSTARTRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNRETRANS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * Sending again. {@code tcp_input} decides what is lost and marks it; {@link #tcp_xmit_retransmit_queue} then repeats
 * as much as the congestion window allows (RFC 5681, RFC 6675). {@code tcp_retransmit_timer} repeats the first
 * segment after a timeout (RFC 6298) through {@link #tcp_retransmit_skb}. Both end in {@link #__tcp_retransmit_skb},
 * which the tail loss probe uses directly because it does no bookkeeping, and that in {@link
 * Transmit#tcp_transmit_skb}.
 *
 * <p>A small segment takes others behind it along, up to a full one: {@link #tcp_retrans_try_collapse}.
 */
public final class Retransmit {
    private Retransmit() {}

    /** Moves the bytes of the packet behind {@code skb} into {@code skb}; what was counted for it is taken back. */
    static void tcp_collapse_retrans(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff next_skb = tcp_write_queue_next(sk, skb);
        int skb_size;
        int next_skb_size;

        skb_size = skb.len;
        next_skb_size = next_skb.len;

        BUG_ON(tcp_skb_pcount(skb) != 1 || tcp_skb_pcount(next_skb) != 1);

        tcp_highest_sack_combine(sk, next_skb, skb);

        tcp_unlink_write_queue(next_skb, sk);

        skb_copy_from_linear_data(next_skb, skb.head, skb_put(skb, next_skb_size), next_skb_size);

        if (next_skb.ip_summed == CHECKSUM_PARTIAL) {
            skb.ip_summed = CHECKSUM_PARTIAL;
        }

        if (skb.ip_summed != CHECKSUM_PARTIAL) {
            skb.csum = csum_block_add(skb.csum, next_skb.csum, skb_size);
        }

        TCP_SKB_CB(skb).end_seq = TCP_SKB_CB(next_skb).end_seq;

        // PSH and FIN move over.
        TCP_SKB_CB(skb).tcp_flags |= TCP_SKB_CB(next_skb).tcp_flags;

        TCP_SKB_CB(skb).sacked |= TCP_SKB_CB(next_skb).sacked & TCPCB_EVER_RETRANS;

        tcp_clear_retrans_hints_partial(tp);
        if (next_skb == tp.retransmit_skb_hint) {
            tp.retransmit_skb_hint = skb;
        }

        tcp_adjust_pcount(sk, next_skb, tcp_skb_pcount(next_skb));

        sk_wmem_free_skb(sk, next_skb);
    }

    /** May {@code skb} be merged with its neighbour? Only what was sent, is one segment, linear and ours alone. */
    static boolean tcp_can_collapse(sock sk, sk_buff skb) {
        if (tcp_skb_pcount(skb) > 1) {
            return false;
        }
        if (skb.shinfo.nr_frags != 0) {
            return false;
        }
        if (skb_cloned(skb)) {
            return false;
        }
        if (skb == tcp_send_head(sk)) {
            return false;
        }
        if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0) {
            return false;
        }

        return true;
    }

    /**
     * Puts packets behind {@code to} into it, as long as they fit into its tailroom, into the peer's window and into
     * {@code space} bytes in all. A subflow of MPTCP leaves it: each packet has its own mapping.
     */
    static void tcp_retrans_try_collapse(sock sk, sk_buff to, int space) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb = to;
        sk_buff tmp;
        boolean first = true;

        if (sysctl_tcp_retrans_collapse == 0) {
            return;
        }
        if ((TCP_SKB_CB(skb).tcp_flags & TCPHDR_SYN) != 0) {
            return;
        }

        if (mptcp(tp)) {
            return;
        }

        for (; skb != null; skb = tmp) {
            tmp = skb.next;
            if (!tcp_can_collapse(sk, skb)) {
                break;
            }

            space -= skb.len;

            if (first) {
                first = false;
                continue;
            }

            if (space < 0) {
                break;
            }
            if (gtU32(skb.len, skb_availroom(to))) {
                break;
            }

            if (after(TCP_SKB_CB(skb).end_seq, tcp_wnd_end(tp))) {
                break;
            }

            tcp_collapse_retrans(sk, to);
        }
    }

    /**
     * Sends {@code skb}, which is in the write queue, again: cut to the MSS of today, or with more behind it. Counts
     * and marks nothing but {@code TCPCB_EVER_RETRANS}.
     *
     * @return 0; {@code -EAGAIN}: too much of this socket waits in devices, or the window was shrunk below it;
     *     {@code -ENOMEM}; {@code -EHOSTUNREACH} without a route; what {@link Transmit#tcp_transmit_skb} says
     */
    @KernelBug("An application that connects a socket again which it has repaired (TCP_REPAIR) can leave old packets in"
            + " the queue, and BUG() stops the machine; fixed upstream by \"tcp: purge write queue in"
            + " tcp_connect_init()\"")
    public static int __tcp_retransmit_skb(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);
        int cur_mss;
        int err;

        // What comes now says nothing about the size that was probed.
        if (icsk.icsk_mtup.probe_size != 0) {
            icsk.icsk_mtup.probe_size = 0;
        }

        // A quarter more than what is queued: copies and headers.
        if (sk.sk_wmem_alloc > min(sk.sk_wmem_queued + (sk.sk_wmem_queued >> 2), sk.sk_sndbuf)) {
            return -EAGAIN;
        }

        if (before(TCP_SKB_CB(skb).seq, tp.snd_una)) {
            if (before(TCP_SKB_CB(skb).end_seq, tp.snd_una)) {
                BUG();
            }
            if (tcp_trim_head(sk, skb, tp.snd_una - TCP_SKB_CB(skb).seq) != 0) {
                return -ENOMEM;
            }
        }

        if (inet_csk(sk).icsk_af_ops.rebuild_header.call(sk) != 0) {
            return -EHOSTUNREACH;
        }

        cur_mss = tcp_current_mss(sk);

        // Outside the window nothing is repeated, but the first segment is: it probes a window shrunk to 0.
        if (!before(TCP_SKB_CB(skb).seq, tcp_wnd_end(tp)) && TCP_SKB_CB(skb).seq != tp.snd_una) {
            return -EAGAIN;
        }

        if (gtU32(skb.len, cur_mss)) {
            if (tcp_fragment(sk, skb, cur_mss, cur_mss, GFP_ATOMIC) != 0) {
                return -ENOMEM;
            }
        } else {
            int oldpcount = tcp_skb_pcount(skb);

            if (oldpcount > 1) {
                if (skb_unclone(skb, GFP_ATOMIC) != 0) {
                    return -ENOMEM;
                }
                tcp_init_tso_segs(sk, skb, cur_mss);
                tcp_adjust_pcount(sk, skb, oldpcount - tcp_skb_pcount(skb));
            }
        }

        tcp_retrans_try_collapse(sk, skb, cur_mss);

        TCP_SKB_CB(skb).when = tcp_time_stamp();

        // So much was trimmed off the front that csum_start, 16 bits, would not reach the header any more.
        if (geU32(skb_headroom(skb), 0xFFFF)) {
            sk_buff nskb = __pskb_copy(skb, MAX_TCP_HEADER, GFP_ATOMIC);
            err = nskb != null ? tcp_transmit_skb(sk, nskb, 0, GFP_ATOMIC) : -ENOBUFS;
        } else {
            err = tcp_transmit_skb(sk, skb, 1, GFP_ATOMIC);
        }

        if (err == 0) {
            TCP_SKB_CB(skb).sacked |= TCPCB_EVER_RETRANS;
        }
        return err;
    }

    /**
     * {@link #__tcp_retransmit_skb} with the bookkeeping: {@code retrans_out}, counters, and what undo (Eifel, RFC
     * 3522, and D-SACK, RFC 3708) and the detection of lost retransmissions will need. {@code ack_seq} of the
     * packet holds {@code snd_nxt} at this moment.
     */
    public static int tcp_retransmit_skb(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        int err = __tcp_retransmit_skb(sk, skb);

        if (err == 0) {
            TCP_INC_STATS(sock_net(sk), TCP_MIB_RETRANSSEGS);
            if ((TCP_SKB_CB(skb).tcp_flags & TCPHDR_SYN) != 0) {
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPSYNRETRANS);
            }
            tp.total_retrans++;

            if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_RETRANS) != 0) {
                net_dbg_ratelimited("retrans_out leaked\n");
            }
            if (tp.retrans_out == 0) {
                tp.lost_retrans_low = tp.snd_nxt;
            }
            TCP_SKB_CB(skb).sacked |= TCPCB_RETRANS;
            tp.retrans_out += tcp_skb_pcount(skb);

            if (tp.retrans_stamp == 0) {
                tp.retrans_stamp = TCP_SKB_CB(skb).when;
            }

            TCP_SKB_CB(skb).ack_seq = tp.snd_nxt;
        } else {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPRETRANSFAIL);
        }

        if (tp.undo_retrans < 0) {
            tp.undo_retrans = 0;
        }
        tp.undo_retrans += tcp_skb_pcount(skb);
        return err;
    }

    /**
     * May segments be repeated that are not even marked lost? In recovery with SACK, when nothing new can be sent:
     * rule 3 of NextSeg (RFC 6675, section 4).
     */
    static boolean tcp_can_forward_retransmit(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);

        if (icsk.icsk_ca_state != TCP_CA_Recovery) {
            return false;
        }

        if (tcp_is_reno(tp)) {
            return false;
        }

        // New data are worth more, and they bring SACKs about what is missing.
        if (tcp_may_send_now(sk)) {
            return false;
        }

        return true;
    }

    /**
     * Repeats what is marked lost, from where the last call stopped, as long as the congestion window has room;
     * then, if {@link #tcp_can_forward_retransmit}, the holes below the highest SACKed segment.
     */
    @KernelBug("When it turns back to the first hole it still looks at the tags of the segment that it came from, so"
            + " a hole behind which a SACKed or repeated segment ended the walk is left out; gone upstream with \"tcp:"
            + " remove forward retransmit feature\"")
    public static void tcp_xmit_retransmit_queue(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        sk_buff hole = null;
        int last_lost;
        int mib_idx;
        int fwd_rexmitting = 0;

        if (tp.packets_out == 0) {
            return;
        }

        if (tp.lost_out == 0) {
            tp.retransmit_high = tp.snd_una;
        }

        if (tp.retransmit_skb_hint != null) {
            skb = tp.retransmit_skb_hint;
            last_lost = TCP_SKB_CB(skb).end_seq;
            if (after(last_lost, tp.retransmit_high)) {
                last_lost = tp.retransmit_high;
            }
        } else {
            skb = tcp_write_queue_head(sk);
            last_lost = tp.snd_una;
        }

        walk:
        for (; skb != null; skb = skb.next) {
            int sacked = TCP_SKB_CB(skb).sacked;

            if (skb == tcp_send_head(sk)) {
                break walk;
            }
            if (hole == null) {
                tp.retransmit_skb_hint = skb;
            }

            // One segment each: tcp_retransmit_skb cuts what is larger.
            if (geU32(tcp_packets_in_flight(tp), tp.snd_cwnd)) {
                return;
            }

            begin_fwd:
            for (;;) {
                if (fwd_rexmitting != 0) {
                    if (!before(TCP_SKB_CB(skb).seq, tcp_highest_sack_seq(tp))) {
                        break walk;
                    }
                    mib_idx = LINUX_MIB_TCPFORWARDRETRANS;
                    break begin_fwd;

                } else if (!before(TCP_SKB_CB(skb).seq, tp.retransmit_high)) {
                    tp.retransmit_high = last_lost;
                    if (!tcp_can_forward_retransmit(sk)) {
                        break walk;
                    }
                    if (hole != null) {
                        skb = hole;
                        hole = null;
                    }
                    fwd_rexmitting = 1;
                    continue begin_fwd;

                } else if ((sacked & TCPCB_LOST) == 0) {
                    if (hole == null && (sacked & (TCPCB_SACKED_RETRANS | TCPCB_SACKED_ACKED)) == 0) {
                        hole = skb;
                    }
                    continue walk;

                } else {
                    last_lost = TCP_SKB_CB(skb).end_seq;
                    if (icsk.icsk_ca_state != TCP_CA_Loss) {
                        mib_idx = LINUX_MIB_TCPFASTRETRANS;
                    } else {
                        mib_idx = LINUX_MIB_TCPSLOWSTARTRETRANS;
                    }
                    break begin_fwd;
                }
            }

            if ((sacked & (TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS)) != 0) {
                continue;
            }

            if (tcp_retransmit_skb(sk, skb) != 0) {
                return;
            }

            NET_INC_STATS_BH(sock_net(sk), mib_idx);

            if (tcp_in_cwnd_reduction(sk)) {
                tp.prr_out += tcp_skb_pcount(skb);
            }

            if (skb == tcp_write_queue_head(sk)) {
                inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, u32(inet_csk(sk).icsk_rto), TCP_RTO_MAX);
            }
        }
    }
}
