// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_before;
import static linux.jiffies.Jiffies.time_before_eq;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Acks.inet_csk_schedule_ack;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.TCP_INC_STATS_BH;
import static net.sock.Fields.sk_gfp_atomic;
import static net.sock.Fields.sock_net;
import static net.sock.SockTimers.sk_reset_timer;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.before;
import static net.tcp.Sequence.between;
import static net.tcp.Sysctls.sysctl_tcp_retries2;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp.TcpConst.TCP_DELACK_MAX;
import static net.tcp.TcpConst.TCP_DELACK_MIN;
import static net.tcp.TcpConst.TCP_RESOURCE_PROBE_INTERVAL;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static tcp_output.Events.tcp_acceptable_seq;
import static tcp_output.Events.tcp_event_new_data_sent;
import static tcp_output.Fragment.tcp_fragment;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Options.tcp_init_nondata_skb;
import static tcp_output.Transmit.tcp_transmit_skb;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNRETRANS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.flow.flowi;
import net.flow.flowi4;
import net.inet_connection_sock.inet_connection_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.tcp.tcp_request_sock_ops;

/**
 * Segments without data: ACKs, at once or delayed (RFC 1122, section 4.2.3.2; RFC 5681, section 4.2), probes of a
 * closed window (RFC 9293, section 3.8.6.1), keepalives (section 3.8.4), and the SYN/ACK once more.
 *
 * <p>{@code tcp_input} decides when to acknowledge, {@code tcp_timer} when to probe. All of it goes out through
 * {@link Transmit}; these packets are not on any queue and are not repeated.
 */
public final class AckAndProbe {
    private AckAndProbe() {}

    /**
     * Starts the timer for an ACK: {@code ato} from now, but not longer than a round trip takes and, in interactive
     * use, than {@code TCP_DELACK_MAX}; an earlier time that was set before stays. If that is over soon anyway, sends
     * the ACK now.
     */
    public static void tcp_send_delayed_ack(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        int ato = icsk.icsk_ack.ato;
        long timeout;

        if (ato > TCP_DELACK_MIN) {
            tcp_sock tp = tcp_sk(sk);
            int max_ato = HZ / 2;

            if (icsk.icsk_ack.pingpong != 0 || (icsk.icsk_ack.pending & ICSK_ACK_PUSHED) != 0) {
                max_ato = TCP_DELACK_MAX;
            }

            if (tp.srtt != 0) {
                int rtt = maxU32(tp.srtt >>> 3, TCP_DELACK_MIN);

                if (rtt < max_ato) {
                    max_ato = rtt;
                }
            }

            ato = min(ato, max_ato);
        }

        timeout = jiffies + ato;

        if ((icsk.icsk_ack.pending & ICSK_ACK_TIMER) != 0) {
            if (icsk.icsk_ack.blocked != 0 || time_before_eq(icsk.icsk_ack.timeout, jiffies + (ato >> 2))) {
                tcp_send_ack(sk);
                return;
            }

            if (!time_before(timeout, icsk.icsk_ack.timeout)) {
                timeout = icsk.icsk_ack.timeout;
            }
        }
        icsk.icsk_ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_TIMER;
        icsk.icsk_ack.timeout = timeout;
        sk_reset_timer(sk, icsk.icsk_delack_timer, timeout);
    }

    /** Sends an ACK, and with it the window as it is now. Without memory a timer tries again. */
    public static void tcp_send_ack(sock sk) {
        sk_buff buff;

        if (sk.skc_state == TCP_CLOSE) {
            return;
        }

        buff = alloc_skb(MAX_TCP_HEADER, sk_gfp_atomic(sk, GFP_ATOMIC));
        if (buff == null) {
            inet_csk_schedule_ack(sk);
            inet_csk(sk).icsk_ack.ato = TCP_ATO_MIN;
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_DACK, TCP_DELACK_MAX, TCP_RTO_MAX);
            return;
        }

        skb_reserve(buff, MAX_TCP_HEADER);
        tcp_init_nondata_skb(buff, tcp_acceptable_seq(sk), TCPHDR_ACK);

        TCP_SKB_CB(buff).when = tcp_time_stamp();
        tcp_transmit_skb(sk, buff, 0, sk_gfp_atomic(sk, GFP_ATOMIC));
    }

    /**
     * Sends a segment that the peer has to answer because it is old: nothing at {@code snd_una - 1}.
     *
     * @param urgent 1: at {@code snd_una} instead; nobody answers that, but it brings the urgent pointer
     * @return 0, -1 without memory, or the error of sending
     */
    public static int tcp_xmit_probe_skb(sock sk, int urgent) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;

        skb = alloc_skb(MAX_TCP_HEADER, sk_gfp_atomic(sk, GFP_ATOMIC));
        if (skb == null) {
            return -1;
        }

        skb_reserve(skb, MAX_TCP_HEADER);
        tcp_init_nondata_skb(skb, tp.snd_una - (urgent != 0 ? 0 : 1), TCPHDR_ACK);
        TCP_SKB_CB(skb).when = tcp_time_stamp();
        return tcp_transmit_skb(sk, skb, 0, GFP_ATOMIC);
    }

    /** A repaired connection goes on: asks the peer for its window, and believes whatever comes. */
    public static void tcp_send_window_probe(sock sk) {
        if (sk.skc_state == TCP_ESTABLISHED) {
            tcp_sk(sk).snd_wl1 = tcp_sk(sk).rcv_nxt - 1;
            tcp_xmit_probe_skb(sk, 0);
        }
    }

    /**
     * A probe of the window, or a keepalive. If the window has room for something, sends as much as goes in, even a
     * small segment; else something old, see {@link #tcp_xmit_probe_skb}.
     *
     * @return 0; -1: closed, or no memory; above 0: it was lost in a local queue
     */
    public static int tcp_write_wakeup(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;

        if (sk.skc_state == TCP_CLOSE) {
            return -1;
        }

        if ((skb = tcp_send_head(sk)) != null && before(TCP_SKB_CB(skb).seq, tcp_wnd_end(tp))) {
            int err;
            int mss = tcp_current_mss(sk);
            int seg_size = tcp_wnd_end(tp) - TCP_SKB_CB(skb).seq;

            if (before(tp.pushed_seq, TCP_SKB_CB(skb).end_seq)) {
                tp.pushed_seq = TCP_SKB_CB(skb).end_seq;
            }

            // A window that is open but too small: sender's SWS avoidance held the segment back.
            if (ltU32(seg_size, TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq) || gtU32(skb.len, mss)) {
                seg_size = minU32(seg_size, mss);
                TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;
                if (tcp_fragment(sk, skb, seg_size, mss, GFP_ATOMIC) != 0) {
                    return -1;
                }
            } else if (tcp_skb_pcount(skb) == 0) {
                tcp_set_skb_tso_segs(sk, skb, mss);
            }

            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;
            TCP_SKB_CB(skb).when = tcp_time_stamp();
            err = tcp_transmit_skb(sk, skb, 1, GFP_ATOMIC);
            if (err == 0) {
                tcp_event_new_data_sent(sk, skb);
            }
            return err;
        } else {
            if (between(tp.snd_up, tp.snd_una + 1, tp.snd_una + 0xFFFF)) {
                tcp_xmit_probe_skb(sk, 1);
            }
            return tcp_xmit_probe_skb(sk, 0);
        }
    }

    /**
     * The probe timer has run out: probes, and sets the timer anew, each time twice as far away (RFC 9293, section
     * 3.8.6.1). A probe that did not leave this machine does not count and is tried again soon.
     */
    @KernelBug("rto << backoff is computed in 32 bits: with tcp_retries2 above 15 it can wrap to a short interval;"
            + " fixed upstream by \"tcp: avoid possible arithmetic overflows\"")
    public static void tcp_send_probe0(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int err;

        err = tp.write_wakeup.call(sk);

        if (tp.packets_out != 0 || tcp_send_head(sk) == null) {
            icsk.icsk_probes_out = 0;
            icsk.icsk_backoff = 0;
            return;
        }

        if (err <= 0) {
            if (icsk.icsk_backoff < sysctl_tcp_retries2) {
                icsk.icsk_backoff = icsk.icsk_backoff + 1 & 0xff;
            }
            icsk.icsk_probes_out = icsk.icsk_probes_out + 1 & 0xff;
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0,
                    u32(minU32(icsk.icsk_rto << icsk.icsk_backoff, TCP_RTO_MAX)),
                    TCP_RTO_MAX);
        } else {
            // The backoff so far stays, but no probe was lost: local senders sort it out among themselves.
            if (icsk.icsk_probes_out == 0) {
                icsk.icsk_probes_out = 1;
            }
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0,
                    u32(minU32(icsk.icsk_rto << icsk.icsk_backoff, TCP_RESOURCE_PROBE_INTERVAL)),
                    TCP_RTO_MAX);
        }
    }

    /** Sends the SYN/ACK of a request once more. */
    public static int tcp_rtx_synack(sock sk, request_sock req) {
        tcp_request_sock_ops af_ops = tcp_rsk(req).af_specific;
        flowi fl = new flowi4();
        int res;

        res = af_ops.send_synack.call(sk, null, fl, req, 0, null);
        if (res == 0) {
            TCP_INC_STATS_BH(sock_net(sk), TCP_MIB_RETRANSSEGS);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPSYNRETRANS);
        }
        return res;
    }
}
