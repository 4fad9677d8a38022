// SPDX-License-Identifier: GPL-2.0-only
package tcp_lp;

import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_debug;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_reno_cong_avoid;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * TCP-LP, {@code net/ipv4/tcp_lp.c}: A. Kuzmanovic, E. Knightly, "TCP-LP: A Distributed Algorithm for Low Priority Data
 * Transfer" (2003). A connection that takes only what the others leave: when the one-way delay to the peer rises above
 * a threshold it halves its window, and if that happens again soon it goes down to one segment.
 *
 * <p>The one-way delay comes from the timestamp option (RFC 7323): the peer's clock minus our echoed one, in 1/1000 s
 * of each, so it needs the rate of the peer's clock, which is estimated. Only changes of it mean anything. Without
 * timestamps it never leaves Reno.
 *
 * <p>All is done in {@link #tcp_lp_pkts_acked}, with every ACK.
 */
public final class Lp {
    private Lp() {}

    /** Units of the one-way delay in a second. */
    static final int LP_RESOL = 1000;

    /** {@code enum tcp_lp_state}: the rate of the peer's clock is known. */
    static final int LP_VALID_RHZ = 1 << 0;

    /** The one-way delay is known. */
    static final int LP_VALID_OWD = 1 << 1;

    /** It is below the threshold. */
    static final int LP_WITHIN_THR = 1 << 3;

    /** The last reduction is so recent that the window must not grow. */
    static final int LP_WITHIN_INF = 1 << 4;

    /** What TCP-LP keeps for a connection. */
    static final class lp extends CaStruct {
        /** {@code LP_*} bits. */
        int flag;

        /** One-way delay: smoothed, times 8; the smallest, the largest, and the largest but for the last peak. */
        int sowd;

        int owd_min;
        int owd_max;
        int owd_max_rsv;

        /** Ticks of the peer's clock in a second. */
        int remote_hz;

        /** The last pair of timestamps: the peer's and ours. */
        int remote_ref_time;

        int local_ref_time;

        /** When the window was last reduced, and for how long that counts, in jiffies. */
        int last_drop;

        int inference;
    }

    static tcp_congestion_ops tcp_lp;

    /** This module's part of the socket, zeroed at first. */
    private static lp ca(sock sk) {
        if (inet_csk_ca(sk) instanceof lp ca) {
            return ca;
        }
        lp ca = new lp();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** The connection is established. */
    static void tcp_lp_init(sock sk) {
        lp lp = ca(sk);

        lp.flag = 0;
        lp.sowd = 0;
        lp.owd_min = 0xffffffff;
        lp.owd_max = 0;
        lp.owd_max_rsv = 0;
        lp.remote_hz = 0;
        lp.remote_ref_time = 0;
        lp.local_ref_time = 0;
        lp.last_drop = 0;
        lp.inference = 0;
    }

    /** Grows as Reno, except soon after a reduction. */
    static void tcp_lp_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        lp lp = ca(sk);

        if ((lp.flag & LP_WITHIN_INF) == 0) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
        }
    }

    /**
     * How many ticks the peer's clock makes in a second, from two pairs of timestamps and smoothed. All differences
     * are u32: a timestamp that goes back counts as a huge step forward, not as a negative one.
     */
    static int tcp_lp_remote_hz_estimator(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        lp lp = ca(sk);
        long rhz = u32(lp.remote_hz << 6);
        long m = 0;

        out: {
            if (lp.remote_ref_time == 0 || lp.local_ref_time == 0) {
                break out;
            }

            if (tp.rx_opt.rcv_tsval == lp.remote_ref_time || tp.rx_opt.rcv_tsecr == lp.local_ref_time) {
                break out;
            }

            m = u32(Integer.divideUnsigned(
                    HZ * (tp.rx_opt.rcv_tsval - lp.remote_ref_time), tp.rx_opt.rcv_tsecr - lp.local_ref_time));
            if (m < 0) {
                m = -m;
            }

            if (rhz > 0) {
                m -= rhz >> 6;
                rhz += m;
            } else {
                rhz = m << 6;
            }
        }
        if (rhz >> 6 > 0) {
            lp.flag |= LP_VALID_RHZ;
        } else {
            lp.flag &= ~LP_VALID_RHZ;
        }

        lp.remote_ref_time = tp.rx_opt.rcv_tsval;
        lp.local_ref_time = tp.rx_opt.rcv_tsecr;

        return (int) (rhz >> 6);
    }

    /** The peer's clock minus ours, both in {@link #LP_RESOL}; it includes an unknown constant, and may wrap. */
    static int tcp_lp_owd_calculator(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        lp lp = ca(sk);
        long owd = 0;

        lp.remote_hz = tcp_lp_remote_hz_estimator(sk);

        if ((lp.flag & LP_VALID_RHZ) != 0) {
            owd = u32(tp.rx_opt.rcv_tsval * Integer.divideUnsigned(LP_RESOL, lp.remote_hz)
                    - tp.rx_opt.rcv_tsecr * (LP_RESOL / HZ));
            if (owd < 0) {
                owd = -owd;
            }
        }

        if (owd > 0) {
            lp.flag |= LP_VALID_OWD;
        } else {
            lp.flag &= ~LP_VALID_OWD;
        }

        return (int) owd;
    }

    /** Takes a sample of the one-way delay. A single peak does not count as the largest until there is a second. */
    static void tcp_lp_rtt_sample(sock sk, int rtt) {
        lp lp = ca(sk);
        long mowd = u32(tcp_lp_owd_calculator(sk));

        if ((lp.flag & LP_VALID_RHZ) == 0 || (lp.flag & LP_VALID_OWD) == 0) {
            return;
        }

        if (mowd < u32(lp.owd_min)) {
            lp.owd_min = (int) mowd;
        }

        if (mowd > u32(lp.owd_max)) {
            if (mowd > u32(lp.owd_max_rsv)) {
                if (lp.owd_max_rsv == 0) {
                    lp.owd_max = (int) mowd;
                } else {
                    lp.owd_max = lp.owd_max_rsv;
                }
                lp.owd_max_rsv = (int) mowd;
            } else {
                lp.owd_max = (int) mowd;
            }
        }

        // 7/8 old + 1/8 new.
        if (lp.sowd != 0) {
            mowd -= u32(lp.sowd >>> 3);
            lp.sowd += (int) mowd;
        } else {
            lp.sowd = (int) (mowd << 3);
        }
    }

    /**
     * With every ACK: a sample, and the reaction to it. The threshold lies 15 % of the way from the smallest to the
     * largest delay; for three round trips after a reduction the next one takes all but one segment.
     */
    static void tcp_lp_pkts_acked(sock sk, int num_acked, int rtt_us) {
        tcp_sock tp = tcp_sk(sk);
        lp lp = ca(sk);

        if (rtt_us > 0) {
            tcp_lp_rtt_sample(sk, rtt_us);
        }

        // Unsigned magnitudes, not times: wrong for a moment when the clock wraps.
        if (gtU32(tcp_time_stamp(), tp.rx_opt.rcv_tsecr)) {
            lp.inference = 3 * (tcp_time_stamp() - tp.rx_opt.rcv_tsecr);
        }

        if (lp.last_drop != 0 && ltU32(tcp_time_stamp() - lp.last_drop, lp.inference)) {
            lp.flag |= LP_WITHIN_INF;
        } else {
            lp.flag &= ~LP_WITHIN_INF;
        }

        if (ltU32(lp.sowd >>> 3, lp.owd_min + Integer.divideUnsigned(15 * (lp.owd_max - lp.owd_min), 100))) {
            lp.flag |= LP_WITHIN_THR;
        } else {
            lp.flag &= ~LP_WITHIN_THR;
        }

        pr_debug("TCP-LP: %05o|%5d|%5d|%15d|%15d|%15d\n", lp.flag,
                tp.snd_cwnd, lp.remote_hz, lp.owd_min, lp.owd_max,
                lp.sowd >>> 3);

        if ((lp.flag & LP_WITHIN_THR) != 0) {
            return;
        }

        // The scale starts anew from here.
        lp.owd_min = lp.sowd >>> 3;
        lp.owd_max = lp.sowd >>> 2;
        lp.owd_max_rsv = lp.sowd >>> 2;

        if ((lp.flag & LP_WITHIN_INF) != 0) {
            tp.snd_cwnd = 1;
        } else {
            tp.snd_cwnd = maxU32(tp.snd_cwnd >>> 1, 1);
        }

        lp.last_drop = tcp_time_stamp();
    }

    static int tcp_lp_register() {
        return tcp_register_congestion_control(tcp_lp);
    }

    static void tcp_lp_unregister() {
        tcp_unregister_congestion_control(tcp_lp);
    }
}
