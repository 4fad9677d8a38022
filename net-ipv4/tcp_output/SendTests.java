// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Segments.tcp_skb_mss;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sysctls.sysctl_tcp_slow_start_after_idle;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_skb_is_last;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static tcp_input.SendCheck.tcp_cwnd_application_limited;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Options.tcp_urg_mode;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * May this packet be sent now, and how much of it? Congestion window (RFC 5681), the peer's window (RFC 9293,
 * section 3.8.6), Nagle's rule (RFC 896; RFC 1122, section 4.2.3.4).
 *
 * <p>{@link WriteXmit#tcp_write_xmit} asks for each packet; {@link #tcp_may_send_now} asks on behalf of {@code
 * tcp_input} and {@link Retransmit}, which only want to know. {@code mptcp_write_xmit} uses the same tests on subflows.
 */
public final class SendTests {
    private SendTests() {}

    /**
     * Congestion window validation (RFC 2861, section 2): a window that is not filled for an RTO says nothing about
     * the path, so it shrinks to what was used. Called after something was sent.
     */
    public static void tcp_cwnd_validate(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (geU32(tp.packets_out, tp.snd_cwnd)) {
            tp.snd_cwnd_used = 0;
            tp.snd_cwnd_stamp = tcp_time_stamp();
        } else {
            if (gtU32(tp.packets_out, tp.snd_cwnd_used)) {
                tp.snd_cwnd_used = tp.packets_out;
            }

            if (sysctl_tcp_slow_start_after_idle != 0
                    && geU32(tcp_time_stamp() - tp.snd_cwnd_stamp, inet_csk(sk).icsk_rto)) {
                tcp_cwnd_application_limited(sk);
            }
        }
    }

    /**
     * Is a small segment on the way? Nagle's rule as Minshall has it (draft-minshall-nagle-01) only waits for those.
     */
    static boolean tcp_minshall_check(tcp_sock tp) {
        return after(tp.snd_sml, tp.snd_una) && !after(tp.snd_sml, tp.snd_nxt);
    }

    /** Remembers the end of {@code skb} if its last segment is a small one. */
    public static void tcp_minshall_update(tcp_sock tp, int mss_now, sk_buff skb) {
        if (ltU32(skb.len, tcp_skb_pcount(skb) * mss_now)) {
            tp.snd_sml = TCP_SKB_CB(skb).end_seq;
        }
    }

    /**
     * Must the small segment at the end of a packet wait?
     *
     * @param partial is there one?
     * @param nonagle {@code TCP_NAGLE_CORK}: yes, until it is full; {@code TCP_NAGLE_OFF}: no; 0: while another small
     *     one is on the way
     */
    static boolean tcp_nagle_check(boolean partial, tcp_sock tp, int mss_now, int nonagle) {
        return partial && ((nonagle & TCP_NAGLE_CORK) != 0
                || (nonagle == 0 && tp.packets_out != 0 && tcp_minshall_check(tp)));
    }

    /**
     * How many bytes of {@code skb} may go now: what both windows allow, in whole segments. Only at the end of the
     * data may there be a small one, if Nagle's rule lets it go.
     *
     * @param max_segs what the congestion window and the device allow
     */
    public static int tcp_mss_split_point(sock sk, sk_buff skb, int mss_now, int max_segs, int nonagle) {
        tcp_sock tp = tcp_sk(sk);
        int partial;
        int needed;
        int window;
        int max_len;

        window = tcp_wnd_end(tp) - TCP_SKB_CB(skb).seq;
        max_len = mss_now * max_segs;

        if (leU32(max_len, window) && skb != tcp_write_queue_tail(sk)) {
            return max_len;
        }

        needed = minU32(skb.len, window);

        if (leU32(max_len, needed)) {
            return max_len;
        }

        partial = Integer.remainderUnsigned(needed, mss_now);
        if (tcp_nagle_check(partial != 0, tp, mss_now, nonagle)) {
            return needed - partial;
        }

        return needed;
    }

    /** How many segments the congestion window allows now; a FIN alone always may go. */
    public static int tcp_cwnd_test(tcp_sock tp, sk_buff skb) {
        int in_flight;
        int cwnd;

        if (skb != null && (TCP_SKB_CB(skb).tcp_flags & TCPHDR_FIN) != 0 && tcp_skb_pcount(skb) == 1) {
            return 1;
        }

        in_flight = tcp_packets_in_flight(tp);
        cwnd = tp.snd_cwnd;
        if (ltU32(in_flight, cwnd)) {
            return cwnd - in_flight;
        }

        return 0;
    }

    /** Makes sure that {@code skb} is counted in segments of {@code mss_now}; returns how many. */
    public static int tcp_init_tso_segs(sock sk, sk_buff skb, int mss_now) {
        int tso_segs = tcp_skb_pcount(skb);

        if (tso_segs == 0 || (tso_segs > 1 && tcp_skb_mss(skb) != mss_now)) {
            tcp_set_skb_tso_segs(sk, skb, mss_now);
            tso_segs = tcp_skb_pcount(skb);
        }
        return tso_segs;
    }

    /** Does Nagle's rule let {@code skb} go? Urgent data, a FIN and a DATA_FIN never wait for it. */
    public static boolean tcp_nagle_test(tcp_sock tp, sk_buff skb, int cur_mss, int nonagle) {
        // Not the last in the queue: nothing can be added to it any more.
        if ((nonagle & TCP_NAGLE_PUSH) != 0) {
            return true;
        }

        if (tcp_urg_mode(tp) || (TCP_SKB_CB(skb).tcp_flags & TCPHDR_FIN) != 0 || mptcp_is_data_fin(skb)) {
            return true;
        }

        if (!tcp_nagle_check(ltU32(skb.len, cur_mss), tp, cur_mss, nonagle)) {
            return true;
        }

        return false;
    }

    /** Does the first segment of {@code skb} lie in the peer's window? */
    public static boolean tcp_snd_wnd_test(tcp_sock tp, sk_buff skb, int cur_mss) {
        int end_seq = TCP_SKB_CB(skb).end_seq;

        if (gtU32(skb.len, cur_mss)) {
            end_seq = TCP_SKB_CB(skb).seq + cur_mss;
        }

        return !after(end_seq, tcp_wnd_end(tp));
    }

    /** All tests together: how many segments of {@code skb} may be sent, 0: it has to wait. */
    static int tcp_snd_test(sock sk, sk_buff skb, int cur_mss, int nonagle) {
        tcp_sock tp = tcp_sk(sk);
        int cwnd_quota;

        tcp_init_tso_segs(sk, skb, cur_mss);

        if (!tcp_nagle_test(tp, skb, cur_mss, nonagle)) {
            return 0;
        }

        cwnd_quota = tcp_cwnd_test(tp, skb);
        if (cwnd_quota != 0 && !tcp_snd_wnd_test(tp, skb, cur_mss)) {
            cwnd_quota = 0;
        }

        return cwnd_quota;
    }

    /** Is there something new that may be sent now? */
    public static boolean tcp_may_send_now(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb = tcp_send_head(sk);

        return skb != null
                && tcp_snd_test(sk, skb, tcp_current_mss(sk),
                        tcp_skb_is_last(sk, skb) ? tp.nonagle : TCP_NAGLE_PUSH) != 0;
    }
}
