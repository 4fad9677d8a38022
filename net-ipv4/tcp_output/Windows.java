// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.kernel.Kernel.ALIGN;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.sock.SockLimits.sysctl_rmem_max;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_workaround_signed_windows;
import static net.tcp.TcpConst.MAX_TCP_WINDOW;
import static net.tcp.TcpConst.TCP_INIT_CWND;
import static net.tcp.Windows.tcp_receive_window;

import linux.compiler.IntRef;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * The window that we offer: at the start, with its scale, and in each segment (RFC 9293, section 3.8.6; RFC 7323,
 * section 2).
 *
 * <p>{@link #tcp_select_initial_window} is called through {@code tp.select_initial_window} before a SYN ({@link
 * Syn}) or a SYN/ACK is sent; {@link #tcp_select_window} through {@code tp.select_window} for each segment ({@link
 * Transmit}). How much space there is, {@link Push#__tcp_select_window} decides.
 */
public final class Windows {
    private Windows() {}

    /**
     * The initial receive window in segments of {@code mss} bytes: twice the initial congestion window, so that a
     * sender in recovery can still send new data (RFC 6675, section 4, NextSeg rule 2); fewer if the segments are
     * larger than on Ethernet.
     */
    public static int tcp_default_init_rwnd(int mss) {
        int init_rwnd = TCP_INIT_CWND * 2;

        if (gtU32(mss, 1460)) {
            init_rwnd = maxU32(Integer.divideUnsigned(1460 * init_rwnd, mss), 2);
        }
        return init_rwnd;
    }

    /**
     * Chooses the first window and the scale for the whole connection.
     *
     * <p>The scale has to do for the largest buffer that we may ever have, since it cannot be changed after the SYN
     * (RFC 7323, section 2.2); it ends at 14.
     *
     * @param __space bytes of buffer, after overhead
     * @param mss at least 1
     * @param window_clamp the largest window ever to be offered, 0: no limit; on return what the scale can express
     * @param wscale_ok may the window be scaled?
     * @param init_rcv_wnd segments, from the route; 0: {@link #tcp_default_init_rwnd}
     */
    public static void tcp_select_initial_window(int __space, int mss, IntRef rcv_wnd, IntRef window_clamp,
            int wscale_ok, IntRef rcv_wscale, int init_rcv_wnd, sock sk) {
        int space = __space < 0 ? 0 : __space;

        if (window_clamp.val == 0) {
            window_clamp.val = 65535 << 14;
        }
        space = minU32(window_clamp.val, space);

        if (gtU32(space, mss)) {
            space = Integer.divideUnsigned(space, mss) * mss;
        }

        // Some receivers of our SYN take the window for a signed number as long as it is not scaled.
        if (sysctl_tcp_workaround_signed_windows != 0) {
            rcv_wnd.val = minU32(space, MAX_TCP_WINDOW);
        } else {
            rcv_wnd.val = space;
        }

        rcv_wscale.val = 0;
        if (wscale_ok != 0) {
            space = maxU32(sysctl_tcp_rmem[2], sysctl_rmem_max);
            space = minU32(space, window_clamp.val);
            while (gtU32(space, 65535) && rcv_wscale.val < 14) {
                space >>>= 1;
                rcv_wscale.val++;
            }
        }

        if (gtU32(mss, 1 << rcv_wscale.val)) {
            if (init_rcv_wnd == 0) {
                init_rcv_wnd = tcp_default_init_rwnd(mss);
            }
            rcv_wnd.val = minU32(rcv_wnd.val, init_rcv_wnd * mss);
        }

        window_clamp.val = minU32(65535 << rcv_wscale.val, window_clamp.val);
    }

    /**
     * The window field of the segment that is being sent, scaled; remembers what the peer now knows.
     *
     * <p>An offered window is never taken back (RFC 9293, section 3.8.6): if there is less space than that, the old
     * right edge stays, rounded up to what the scale can express. With MPTCP the promise was made by the meta
     * socket, so its window is the one that must not shrink.
     *
     * @return 16 bits; 0 also switches the receiver's fast path off
     */
    public static int tcp_select_window(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int cur_win = tcp_receive_window(mptcp(tp) ? tcp_sk(mptcp_meta_sk(sk)) : tp);
        int new_win = tp.__select_window.call(sk);

        if (ltU32(new_win, cur_win)) {
            new_win = ALIGN(cur_win, 1 << tp.rx_opt.rcv_wscale);
        }

        tp.rcv_wnd = new_win;
        tp.rcv_wup = tp.rcv_nxt;

        if (tp.rx_opt.rcv_wscale == 0 && sysctl_tcp_workaround_signed_windows != 0) {
            new_win = minU32(new_win, MAX_TCP_WINDOW);
        } else {
            new_win = minU32(new_win, 65535 << tp.rx_opt.rcv_wscale);
        }

        new_win >>>= tp.rx_opt.rcv_wscale;

        if (new_win == 0) {
            tp.pred_flags = 0;
        }

        return new_win;
    }
}
