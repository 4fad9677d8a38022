// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Metrics.dst_metric;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.tcp.Rto.__tcp_set_rto;
import static net.tcp.Rto.tcp_bound_rto;
import static net.tcp.Rto.tcp_rto_min;
import static net.tcp.Sequence.after;
import static net.tcp.TcpConst.TCP_INIT_CWND;
import static uapi.linux.rtnetlink.Rt.RTAX_INITCWND;

import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.sock.sock;

/**
 * Round-trip time and what follows from it: the retransmission timeout (RFC 6298), the pacing rate, the first window.
 *
 * <p>Everything is in jiffies and scaled, so that a shift does for a division: {@code srtt} is 8 times the smoothed
 * time, {@code mdev} 4 times its mean deviation. Linux departs from RFC 6298 in two points. The deviation that
 * counts, {@code rttvar}, follows the <em>largest</em> {@code mdev} of a round trip: it rises at once and falls
 * slowly. And a sample below the average raises {@code mdev} by only an eighth of what one above would, since a
 * shorter path is no reason for a longer timeout. The lower limit of the timeout (200 ms, {@code tcp_rto_min}) is
 * applied to {@code rttvar} rather than to the sum.
 *
 * <p>Samples come from {@link Ack#tcp_ack_update_rtt}, which heeds Karn's rule: nothing is measured from segments that
 * were sent twice.
 */
public final class Rtt {
    private Rtt() {}

    /**
     * Takes in a sample (RFC 6298, section 2).
     *
     * @param mrtt in jiffies, u32: there are no negative samples here, a huge one is huge
     */
    static void tcp_rtt_estimator(sock sk, int mrtt) {
        tcp_sock tp = tcp_sk(sk);
        long m = u32(mrtt);
        int srtt = tp.srtt;

        if (srtt != 0) {
            // From here on m is the error of the estimate, so srtt becomes 7/8 of itself plus 1/8 of the sample.
            m -= srtt >>> 3;
            srtt += (int) m;
            if (m < 0) {
                m = -m;
                m -= tp.mdev >>> 2;
                if (m > 0) {
                    m >>= 3;
                }
            } else {
                m -= tp.mdev >>> 2;
            }
            tp.mdev += (int) m;
            if (gtU32(tp.mdev, tp.mdev_max)) {
                tp.mdev_max = tp.mdev;
                if (gtU32(tp.mdev_max, tp.rttvar)) {
                    tp.rttvar = tp.mdev_max;
                }
            }
            if (after(tp.snd_una, tp.rtt_seq)) {
                if (ltU32(tp.mdev_max, tp.rttvar)) {
                    tp.rttvar -= (tp.rttvar - tp.mdev_max) >>> 2;
                }
                tp.rtt_seq = tp.snd_nxt;
                tp.mdev_max = tcp_rto_min(sk);
            }
        } else {
            // The first sample: the deviation is taken for half of it, which makes the timeout three times the sample.
            srtt = (int) (m << 3);
            tp.mdev = (int) (m << 1);
            tp.mdev_max = tp.rttvar = maxU32(tp.mdev, tcp_rto_min(sk));
            tp.rtt_seq = tp.snd_nxt;
        }
        tp.srtt = maxU32(1, srtt);
    }

    /**
     * Sets {@code sk_pacing_rate} (bytes a second) to twice what goes through per round trip. Nothing here holds
     * packets back; the rate decides how large the packets for the device may be. Up to 1.25 ms the round-trip time
     * is noise and counts as one eighth of a jiffy.
     */
    static void tcp_update_pacing_rate(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        long rate;

        rate = u32(tp.mss_cache) * 2 * (HZ << 3);

        rate *= u32(maxU32(tp.snd_cwnd, tp.packets_out));

        if (gtU32(tp.srtt, 8 + 2)) {
            rate = Long.divideUnsigned(rate, u32(tp.srtt));
        }

        sk.sk_pacing_rate = Long.compareUnsigned(rate, u32(sk.sk_max_pacing_rate)) < 0
                ? (int) rate : sk.sk_max_pacing_rate;
    }

    /**
     * The retransmission timeout without backoff: smoothed time plus deviation, 120 s at most (RFC 6298, 2.3 and 2.5).
     * Plain TCP's {@code tp->set_rto}; a subflow has {@code mptcp_set_rto}, which calls this one.
     */
    public static void tcp_set_rto(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_csk(sk).icsk_rto = __tcp_set_rto(tp);

        tcp_bound_rto(sk);
    }

    /** The initial window in segments: 10 (RFC 6928), or what the route says, and never more than the clamp. */
    public static int tcp_init_cwnd(tcp_sock tp, dst_entry dst) {
        int cwnd = dst != null ? dst_metric(dst, RTAX_INITCWND) : 0;

        if (cwnd == 0) {
            cwnd = TCP_INIT_CWND;
        }
        return minU32(cwnd, tp.snd_cwnd_clamp);
    }
}
