// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.kernel.Kernel.min;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_options_received.TCP_DSACK_SEEN;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.tcp.Congestion.tcp_disable_early_retrans;
import static net.tcp.Congestion.tcp_is_fack;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCP_MAX_REORDERING;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENOREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTSREORDER;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * How far the path reorders segments, and marking one lost.
 *
 * <p>{@code tp->reordering} is the distance in segments by which one may be overtaken before the hole counts as a
 * loss: 3 at first, as in RFC 5681, and up to 127. It is raised when something shows up late that was never sent
 * twice: a SACK or an ACK for a segment below the highest SACK, or a D-SACK (RFC 2883) that shows a retransmission to
 * have been needless. FACK, which takes every hole below the highest SACK for lost, is given up for the rest of the
 * connection at the first sign, and so is early retransmit (RFC 5827).
 */
public final class Reordering {
    private Reordering() {}

    /** Switches to the counting of RFC 6675. It counts the hint differently, so that has to go. */
    public static void tcp_disable_fack(tcp_sock tp) {
        if (tcp_is_fack(tp)) {
            tp.lost_skb_hint = null;
        }
        tp.rx_opt.sack_ok &= ~TCP_FACK_ENABLED;
    }

    static void tcp_dsack_seen(tcp_sock tp) {
        tp.rx_opt.sack_ok |= TCP_DSACK_SEEN;
    }

    /**
     * A segment came {@code metric} segments late.
     *
     * @param metric distance in segments; one of zero or less is no reordering
     * @param ts not 0: an echoed timestamp proved it (Eifel, RFC 3522)
     */
    static void tcp_update_reordering(sock sk, int metric, int ts) {
        tcp_sock tp = tcp_sk(sk);
        if (metric > tp.reordering) {
            int mib_idx;

            tp.reordering = min(TCP_MAX_REORDERING, metric);

            if (ts != 0) {
                mib_idx = LINUX_MIB_TCPTSREORDER;
            } else if (tcp_is_reno(tp)) {
                mib_idx = LINUX_MIB_TCPRENOREORDER;
            } else if (tcp_is_fack(tp)) {
                mib_idx = LINUX_MIB_TCPFACKREORDER;
            } else {
                mib_idx = LINUX_MIB_TCPSACKREORDER;
            }

            NET_INC_STATS_BH(sock_net(sk), mib_idx);
            tcp_disable_fack(tp);
        }

        if (metric > 0) {
            tcp_disable_early_retrans(tp);
        }
    }

    /**
     * Moves the hints for retransmission so that they cover {@code skb}: where to begin, and the end of what may be
     * marked lost. Must come before {@code lost_out} grows, because 0 says that the old end means nothing.
     */
    static void tcp_verify_retransmit_hint(tcp_sock tp, sk_buff skb) {
        if (tp.retransmit_skb_hint == null
                || before(TCP_SKB_CB(skb).seq,
                        TCP_SKB_CB(tp.retransmit_skb_hint).seq)) {
            tp.retransmit_skb_hint = skb;
        }

        if (tp.lost_out == 0
                || after(TCP_SKB_CB(skb).end_seq, tp.retransmit_high)) {
            tp.retransmit_high = TCP_SKB_CB(skb).end_seq;
        }
    }

    /** Marks a segment lost, unless it is already or has arrived. */
    static void tcp_skb_mark_lost(tcp_sock tp, sk_buff skb) {
        if ((TCP_SKB_CB(skb).sacked & (TCPCB_LOST | TCPCB_SACKED_ACKED)) == 0) {
            tcp_verify_retransmit_hint(tp, skb);

            tp.lost_out += tcp_skb_pcount(skb);
            TCP_SKB_CB(skb).sacked |= TCPCB_LOST;
        }
    }

    /** The same for one whose retransmission was lost: it may be marked already, but has to be visited again. */
    static void tcp_skb_mark_lost_uncond_verify(tcp_sock tp, sk_buff skb) {
        tcp_verify_retransmit_hint(tp, skb);

        if ((TCP_SKB_CB(skb).sacked & (TCPCB_LOST | TCPCB_SACKED_ACKED)) == 0) {
            tp.lost_out += tcp_skb_pcount(skb);
            TCP_SKB_CB(skb).sacked |= TCPCB_LOST;
        }
    }
}
