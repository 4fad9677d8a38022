// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.sock.Fields.sk_gfp_atomic;
import static net.sock.Memory.sk_under_memory_pressure;
import static net.tcp.Rto.tcp_check_probe_timer;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.Windows.tcp_full_space;
import static net.tcp.Windows.tcp_space;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_output.Mss.tcp_current_mss;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * "Send what can be sent": where {@code tcp_sendmsg}, the receive path and the timers come in when the send queue
 * may move. All of it goes through {@code tp.write_xmit}: {@link WriteXmit#tcp_write_xmit}, or {@code
 * mptcp_write_xmit} for a meta socket. If nothing can be sent and nothing is on the way, the timer for window probes
 * is started (RFC 9293, section 3.8.6.1).
 *
 * <p>As in the source, how much window can be offered is here as well: {@link #__tcp_select_window}, which {@link
 * Windows#tcp_select_window} calls through {@code tp.__select_window}.
 */
public final class Push {
    private Push() {}

    /**
     * @param cur_mss see {@link Mss#tcp_current_mss}
     * @param nonagle {@code TCP_NAGLE_*}
     */
    public static void __tcp_push_pending_frames(sock sk, int cur_mss, int nonagle) {
        if (sk.skc_state == TCP_CLOSE) {
            return;
        }

        if (tcp_sk(sk).write_xmit.call(sk, cur_mss, nonagle, 0, sk_gfp_atomic(sk, GFP_ATOMIC))) {
            tcp_check_probe_timer(sk);
        }
    }

    /**
     * In the middle of a write, with a full packet at the head of the queue: sends just that one. A full
     * push has to follow in the end, since no probe timer is started here.
     */
    public static void tcp_push_one(sock sk, int mss_now) {
        sk_buff skb = tcp_send_head(sk);

        BUG_ON(skb == null || ltU32(skb.len, mss_now));

        tcp_sk(sk).write_xmit.call(sk, mss_now, TCP_NAGLE_PUSH, 1, sk.sk_allocation);
    }

    /**
     * How many bytes of window to offer, given the buffer's free space. Against the silly window syndrome (RFC 1122,
     * section 4.2.3.3) the window opens by whole segments and closes to 0 when less than one fits and more than half
     * of the buffer is full.
     *
     * @return bytes; with window scaling already rounded up to what can be expressed
     */
    @Differs("Without any buffer left for the window (mss <= 0) returns 0. The kernel of that time divided by that"
            + " mss; as upstream's \"tcp: fix 0 divide in __tcp_select_window()\" and \"tcp: initialize rcv_mss to"
            + " TCP_MIN_MSS instead of 0\" (CVE-2017-14106)")
    public static int __tcp_select_window(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int mss = icsk.icsk_ack.rcv_mss;
        int free_space = tcp_space(sk);
        int full_space = min(tp.window_clamp, tcp_full_space(sk));
        int window;

        if (mss > full_space) {
            mss = full_space;
        }

        if (free_space < full_space >> 1) {
            icsk.icsk_ack.quick = 0;

            if (sk_under_memory_pressure(sk)) {
                tp.rcv_ssthresh = minU32(tp.rcv_ssthresh, 4 * tp.advmss);
            }

            if (free_space < mss) {
                return 0;
            }
        }

        if (gtU32(free_space, tp.rcv_ssthresh)) {
            free_space = tp.rcv_ssthresh;
        }

        window = tp.rcv_wnd;
        if (tp.rx_opt.rcv_wscale != 0) {
            window = free_space;

            // Rounded up, or a small window would be scaled away to 0.
            if (window >> tp.rx_opt.rcv_wscale << tp.rx_opt.rcv_wscale != window) {
                window = (window >> tp.rx_opt.rcv_wscale) + 1 << tp.rx_opt.rcv_wscale;
            }
        } else {
            if (mss <= 0) {
                return 0;
            }
            // A window within a segment of the free space stays as it is: header prediction likes it constant.
            if (window <= free_space - mss || window > free_space) {
                window = free_space / mss * mss;
            } else if (mss == full_space && free_space > window + (full_space >> 1)) {
                window = free_space;
            }
        }

        return window;
    }

    /** Sends what may be sent, if there is anything. */
    public static void tcp_push_pending_frames(sock sk) {
        if (tcp_send_head(sk) != null) {
            tcp_sock tp = tcp_sk(sk);

            __tcp_push_pending_frames(sk, tcp_current_mss(sk), tp.nonagle);
        }
    }

    /**
     * The same for a meta socket. With data on the way it has work even when nothing new is there: data may be sent
     * again on a faster subflow (opportunistic reinjection). Each subflow has an MSS of its own.
     */
    public static void mptcp_push_pending_frames(sock meta_sk) {
        if (tcp_sk(meta_sk).packets_out != 0 || tcp_send_head(meta_sk) != null) {
            tcp_sock tp = tcp_sk(meta_sk);

            __tcp_push_pending_frames(meta_sk, 0, tp.nonagle);
        }
    }
}
