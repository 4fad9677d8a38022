// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.max;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.tcp.Sockets.tcp_sk;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_ACK;

import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Windows in both directions, and what is derived from them: the largest packet worth making, the prediction of the
 * fast path, and how much of the receive buffer may be promised. Called from all over TCP; calls nothing itself.
 *
 * <p>Sizes are bytes. Windows are unscaled here (RFC 7323, section 2): the shift is applied where a header is read
 * or written.
 */
public final class Windows {
    private Windows() {}

    /**
     * Cuts a segment size down to half of the largest window the peer ever offered, so that two segments fit into
     * it. A peer with a window below 512 gets segments as large as the window: smaller ones would help nobody.
     */
    public static int tcp_bound_to_half_wnd(tcp_sock tp, int pktsize) {
        int cutoff;

        if (geU32(tp.max_window, 512)) {
            cutoff = tp.max_window >>> 1;
        } else {
            cutoff = tp.max_window;
        }

        if (cutoff != 0 && pktsize > cutoff) {
            return max(cutoff, 68 - tp.tcp_header_len);
        } else {
            return pktsize;
        }
    }

    /**
     * Opens the fast path: sets what the fourth word of the next header will be if nothing special happens. The
     * header length fills both the length and the ACK-only flags: {@code len / 4 << 28} is {@code len << 26}.
     *
     * @param snd_wnd as it stands in a header, scaled down
     */
    public static void __tcp_fast_path_on(tcp_sock tp, int snd_wnd) {
        tp.pred_flags = tp.tcp_header_len << 26 | TCP_FLAG_ACK | snd_wnd;
    }

    public static void tcp_fast_path_on(tcp_sock tp) {
        __tcp_fast_path_on(tp, tp.snd_wnd >>> tp.rx_opt.snd_wscale);
    }

    /** Opens the fast path if nothing forbids it: no holes, an open window, room in the buffer, no urgent data. */
    public static void tcp_fast_path_check(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (skb_queue_empty(tp.out_of_order_queue)
                && tp.rcv_wnd != 0
                && sk.sk_rmem_alloc < sk.sk_rcvbuf
                && tp.urg_data == 0) {
            tcp_fast_path_on(tp);
        }
    }

    /** What is left of the window that we last offered; 0 if the peer has sent more than that. */
    public static int tcp_receive_window(tcp_sock tp) {
        int win = tp.rcv_wup + tp.rcv_wnd - tp.rcv_nxt;

        if (win < 0) {
            win = 0;
        }
        return win;
    }

    /** The first sequence number that the peer's window does not allow. */
    public static int tcp_wnd_end(tcp_sock tp) {
        return tp.snd_una + tp.snd_wnd;
    }

    /** Notes the segment that brought the first window (SND.WL1). */
    public static void tcp_init_wl(tcp_sock tp, int seq) {
        tp.snd_wl1 = seq;
    }

    /** Notes the segment that brought a new window (SND.WL1): older ones must not undo it. */
    public static void tcp_update_wl(tcp_sock tp, int seq) {
        tp.snd_wl1 = seq;
    }

    /**
     * How much window a piece of buffer is good for: the rest is overhead of memory over payload. {@code
     * tcp_adv_win_scale} 1 gives half; -2 gives a quarter.
     */
    public static int tcp_win_from_space(int space) {
        return sysctl_tcp_adv_win_scale <= 0
                ? space >> -sysctl_tcp_adv_win_scale
                : space - (space >> sysctl_tcp_adv_win_scale);
    }

    /** Window that the free part of the receive buffer allows; negative when the buffer is overdrawn. */
    public static int tcp_space(sock sk) {
        return tcp_win_from_space(sk.sk_rcvbuf - sk.sk_rmem_alloc);
    }

    /** Window that the whole receive buffer would allow. */
    public static int tcp_full_space(sock sk) {
        return tcp_win_from_space(sk.sk_rcvbuf);
    }
}
