// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Metrics.dst_metric;
import static net.dst.Metrics.dst_metric_advmss;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_clear_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.snmp.Mib.NET_ADD_STATS;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Fields.sock_net;
import static net.tcp.Congestion.tcp_ca_event;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Quickack.tcp_dec_quickack_mode;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_slow_start_after_idle;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_advance_send_head;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static tcp_input.Ack.tcp_rearm_rto;
import static tcp_input.Rtt.tcp_init_cwnd;
import static uapi.linux.rtnetlink.Rt.RTAX_QUICKACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPORIGDATASENT;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * What is noted when something was sent, and how the window restarts after a pause.
 *
 * <p><b>The way of a segment, from the application to IP.</b> This package is the sending half of TCP; the
 * chapters below name the classes.
 *
 * <ol>
 *   <li>{@code tcp_sendmsg} copies the application's bytes into packets without headers and hangs them on
 *       {@code sk_write_queue}. Up to {@code sk_send_head} the queue holds what was sent and is not yet
 *       acknowledged, from there on what was never sent.
 *   <li>It then asks for something to be sent: {@link Push#__tcp_push_pending_frames}, or {@link
 *       Push#tcp_push_one} in the middle of a long write. An ACK that opens a window ends in the same place, and so
 *       does a device that has sent enough ({@link SmallQueues}).
 *   <li>{@link WriteXmit#tcp_write_xmit} walks from {@code sk_send_head} while the congestion window, the peer's
 *       window, Nagle's rule and the queues below allow it ({@link SendTests}), cuts packets to what may go
 *       ({@link Fragment}), and hands each one on.
 *   <li>{@link Transmit#tcp_transmit_skb} makes a clone, puts the TCP header with its options in front ({@link
 *       Options}, {@link Windows}, {@link Ecn}) and gives it to IP: {@code icsk_af_ops.queue_xmit}, which is {@code
 *       ip_queue_xmit}. The original stays in the queue until it is acknowledged.
 *   <li>{@link #tcp_event_new_data_sent} moves {@code sk_send_head} on and starts the retransmission timer.
 * </ol>
 *
 * <p>What was lost is sent again by {@link Retransmit}; connections begin in {@link Syn} and end in {@link Fin};
 * segments without data (ACKs, probes) are in {@link AckAndProbe}. {@link Mss} knows how large a segment may be.
 *
 * <p>This class: {@link Transmit#tcp_transmit_skb} and {@link WriteXmit#tcp_write_xmit} call in. The restart of the
 * window after an idle period is RFC 2861 (today RFC 5681, section 4.1).
 */
public final class Events {
    private Events() {}

    /** {@code skb} was sent for the first time: it now waits for its ACK, and a timer has to run for that. */
    public static void tcp_event_new_data_sent(sock sk, sk_buff skb) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int prior_packets = tp.packets_out;

        tcp_advance_send_head(sk, skb);
        tp.snd_nxt = TCP_SKB_CB(skb).end_seq;

        tp.packets_out += tcp_skb_pcount(skb);
        if (prior_packets == 0 || icsk.icsk_pending == ICSK_TIME_EARLY_RETRANS
                || icsk.icsk_pending == ICSK_TIME_LOSS_PROBE) {
            tcp_rearm_rto(sk);
        }

        NET_ADD_STATS(sock_net(sk), LINUX_MIB_TCPORIGDATASENT, tcp_skb_pcount(skb));
    }

    /**
     * The sequence number for a segment without data: SND.NXT. If the peer has shrunk its window below that, the
     * window's end, since an ACK outside the window would be thrown away together with what it acknowledges.
     */
    static int tcp_acceptable_seq(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (!before(tcp_wnd_end(tp), tp.snd_nxt)) {
            return tp.snd_nxt;
        } else {
            return tcp_wnd_end(tp);
        }
    }

    /**
     * The MSS for our SYN (RFC 9293, section 3.7.1; RFC 6691): what the route says now, never more than was chosen
     * before. It counts neither TCP nor IP options.
     */
    static int tcp_advertise_mss(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        dst_entry dst = __sk_dst_get(sk);
        int mss = tp.advmss;

        if (dst != null) {
            int metric = dst_metric_advmss(dst);

            if (ltU32(metric, mss)) {
                mss = metric;
                tp.advmss = mss;
            }
        }

        return mss & 0xffff;
    }

    /**
     * Nothing was sent for longer than an RTO: halves the window for each RTO of the pause, at most down to the
     * initial one, because what is known about the path gets old (RFC 2861, section 2).
     */
    static void tcp_cwnd_restart(sock sk, dst_entry dst) {
        tcp_sock tp = tcp_sk(sk);
        int delta = tcp_time_stamp() - tp.lsndtime;
        int restart_cwnd = tcp_init_cwnd(tp, dst);
        int cwnd = tp.snd_cwnd;

        tcp_ca_event(sk, CA_EVENT_CWND_RESTART);

        tp.snd_ssthresh = tcp_current_ssthresh(sk);
        restart_cwnd = minU32(restart_cwnd, cwnd);

        while ((delta -= inet_csk(sk).icsk_rto) > 0 && gtU32(cwnd, restart_cwnd)) {
            cwnd >>>= 1;
        }
        tp.snd_cwnd = maxU32(cwnd, restart_cwnd);
        tp.snd_cwnd_stamp = tcp_time_stamp();
        tp.snd_cwnd_used = 0;
    }

    /**
     * Data go out: after a pause the window restarts; and if this looks like the answer to what came a moment ago,
     * ACKs can wait for such answers from now on ("pingpong").
     *
     * <p>The pause is compared with the RTO as u32, so a clock that went back counts as a long pause.
     */
    static void tcp_event_data_sent(tcp_sock tp, sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        int now = tcp_time_stamp();
        dst_entry dst = __sk_dst_get(sk);

        if (sysctl_tcp_slow_start_after_idle != 0
                && (tp.packets_out == 0 && gtU32(now - tp.lsndtime, icsk.icsk_rto))) {
            tcp_cwnd_restart(sk, __sk_dst_get(sk));
        }

        tp.lsndtime = now;

        if (ltU32(now - icsk.icsk_ack.lrcvtime, icsk.icsk_ack.ato)
                && (dst == null || dst_metric(dst, RTAX_QUICKACK) == 0)) {
            icsk.icsk_ack.pingpong = 1;
        }
    }

    /** A segment with an ACK was sent, made of {@code pkts} packets: no delayed ACK is due any more. */
    static void tcp_event_ack_sent(sock sk, int pkts) {
        tcp_dec_quickack_mode(sk, pkts);
        inet_csk_clear_xmit_timer(sk, ICSK_TIME_DACK);
    }
}
