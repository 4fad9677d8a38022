// SPDX-License-Identifier: GPL-2.0-only
package tcp_cong;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.sock.Dst.sk_can_gso;
import static net.tcp.Congestion.tcp_max_tso_deferred_mss;
import static net.tcp.Sysctls.sysctl_tcp_tso_win_divisor;

import linux.compiler.KernelBug;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Slow start and congestion avoidance as Jacobson described them (SIGCOMM '88; RFC 5681), the second half of {@code
 * net/ipv4/tcp_cong.c}. {@code tcp_cong_avoid} gets here with every ACK that may raise the window, through {@code
 * icsk_ca_ops}; the other modules build on {@link #tcp_slow_start} and {@link #tcp_cong_avoid_ai}.
 *
 * <p>Windows count segments, not bytes.
 */
public final class Reno {
    private Reno() {}

    /**
     * Was the window what held the sender back? Only then has an ACK shown that the path bears it (RFC 2861). A sender
     * that waits to fill a large packet counts as held back although a few segments of the window are free.
     */
    public static boolean tcp_is_cwnd_limited(sock sk, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        int left;

        if (geU32(in_flight, tp.snd_cwnd)) {
            return true;
        }

        left = tp.snd_cwnd - in_flight;
        if (sk_can_gso(sk)
                && ltU32(left * sysctl_tcp_tso_win_divisor, tp.snd_cwnd)
                && ltU32(left, tp.xmit_size_goal_segs)) {
            return true;
        }
        return leU32(left, tcp_max_tso_deferred_mss(tp));
    }

    /**
     * Adds a segment to the window for each segment acknowledged, up to one above {@code snd_ssthresh}. An ACK for
     * many segments counts for as many, but only when each was acknowledged whole: so splitting ACKs gains nothing.
     * Called with a window above the threshold it lowers it.
     *
     * @return the acknowledged segments that were not used up
     */
    public static int tcp_slow_start(tcp_sock tp, int acked) {
        int cwnd = tp.snd_cwnd + acked;

        if (gtU32(cwnd, tp.snd_ssthresh)) {
            cwnd = tp.snd_ssthresh + 1;
        }
        acked -= cwnd - tp.snd_cwnd;
        tp.snd_cwnd = minU32(cwnd, tp.snd_cwnd_clamp);
        return acked;
    }

    /**
     * Adds one to the window when {@code w} ACKs have come: with {@code w} the window itself, one segment a round
     * trip.
     */
    @KernelBug("an ACK counts once however many segments it acknowledges, so with stretch ACKs the window grows too "
            + "slowly; fixed upstream by \"tcp: fix the timid additive increase on stretch ACKs\"")
    public static void tcp_cong_avoid_ai(tcp_sock tp, int w) {
        if (geU32(tp.snd_cwnd_cnt, w)) {
            if (ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                tp.snd_cwnd++;
            }
            tp.snd_cwnd_cnt = 0;
        } else {
            tp.snd_cwnd_cnt++;
        }
    }

    /** An ACK for {@code acked} new segments has come, {@code in_flight} were out before it. */
    public static void tcp_reno_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
        } else {
            tcp_cong_avoid_ai(tp, tp.snd_cwnd);
        }
    }

    /** Half the window, and no less than two (RFC 5681, equation 4, with the window for the data in flight). */
    public static int tcp_reno_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        return maxU32(tp.snd_cwnd >>> 1, 2);
    }

    /** How far the window may shrink while it is being reduced; nobody asks since PRR does the reduction. */
    public static int tcp_reno_min_cwnd(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        return tp.snd_ssthresh >>> 1;
    }
}
