// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Windows.tcp_full_space;
import static net.tcp.Windows.tcp_space;
import static tcp_output.Push.mptcp_push_pending_frames;

import linux.compiler.Differs;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * The windows of a connection belong to the meta socket (RFC 6824, section 3.3.4): all subflows fill one receive
 * buffer and offer its free space, and room in the send buffer of one of them lets the meta socket send.
 *
 * <p>Both functions are called through the subflow: {@code sk_write_space} when ACKs made room, and {@code
 * tp.__select_window} from {@code tcp_select_window} with every segment.
 */
public final class Window {
    private Window() {}

    /** A subflow has room again. */
    public static void mptcp_write_space(sock sk) {
        mptcp_push_pending_frames(mptcp_meta_sk(sk));
    }

    /**
     * {@code __tcp_select_window} for a subflow: the same rules against silly windows, with buffer and window of the
     * meta socket, but segment size and window scale of the subflow.
     *
     * @return bytes
     */
    @Differs("Without any buffer left for the window (mss <= 0) returns 0, where the kernel divided by that mss; as"
            + " upstream's \"tcp: fix 0 divide in __tcp_select_window()\" for the function that this is a copy of")
    public static int __mptcp_select_window(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        tcp_sock meta_tp = mptcp_meta_tp(tp);
        sock meta_sk = mptcp_meta_sk(sk);
        int mss;
        int free_space;
        int full_space;
        int window;

        mss = icsk.icsk_ack.rcv_mss;
        free_space = tcp_space(meta_sk);
        full_space = min(meta_tp.window_clamp, tcp_full_space(meta_sk));

        if (mss > full_space) {
            mss = full_space;
        }

        if (free_space < full_space >> 1) {
            icsk.icsk_ack.quick = 0;

            if (tcp_memory_pressure.val != 0) {
                meta_tp.rcv_ssthresh = minU32(meta_tp.rcv_ssthresh, 4 * meta_tp.advmss);
            }

            if (free_space < mss) {
                return 0;
            }
        }

        if (gtU32(free_space, meta_tp.rcv_ssthresh)) {
            free_space = meta_tp.rcv_ssthresh;
        }

        window = meta_tp.rcv_wnd;
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
            if (window <= free_space - mss || window > free_space) {
                window = free_space / mss * mss;
            } else if (mss == full_space && free_space > window + (full_space >> 1)) {
                window = free_space;
            }
        }

        return window;
    }
}
