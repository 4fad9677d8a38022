// SPDX-License-Identifier: GPL-2.0-only
package tcp_cubic;

import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies_to_msecs;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.kernel.Kernel.div64_u64;
import static linux.kernel.Kernel.div_u64;
import static linux.kernel.Kernel.fls64;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.tcp.Sequence.after;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_cong_avoid_ai;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.KernelBug;
import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * CUBIC, {@code net/ipv4/tcp_cubic.c}, the default of this kernel: S. Ha, I. Rhee, L. Xu, "CUBIC: A New TCP-Friendly
 * High-Speed TCP Variant" (2008); later RFC 8312. After a loss the window follows {@code W(t) = C (t - K)^3 + Wmax}: a
 * steep return towards the window at which the loss was, a plateau there, then a search beyond. Growth depends on the
 * time since the loss and not on the round-trip time.
 *
 * <p>HyStart ("Taming the Elephants", 2008) ends slow start before it overshoots: when the ACKs of one round trip have
 * come in a row for as long as the path takes one way, or when the delay has gone up.
 *
 * <p>Everything is called through {@code icsk_ca_ops}: {@link #bictcp_acked} then {@link #bictcp_cong_avoid} with an
 * ACK, {@link #bictcp_recalc_ssthresh} and {@link #bictcp_state} with a loss. The names begin with bictcp because
 * CUBIC was made of BIC.
 */
public final class Cubic {
    private Cubic() {}

    /** Fractions of the window are in 1/1024. */
    static final int BICTCP_BETA_SCALE = 1024;

    /** The curve has a clock of its own, with 2^10 ticks a second. */
    static final int BICTCP_HZ = 10;

    /** Ways in which slow start may end: bits of {@code hystart_detect} and of {@code found}. */
    static final int HYSTART_ACK_TRAIN = 0x1;

    static final int HYSTART_DELAY = 0x2;

    /** Samples that a round trip's delay is taken from. */
    static final int HYSTART_MIN_SAMPLES = 8;

    /** How much more delay ends slow start: between 4 ms and 16 ms, in eighths. */
    static final int HYSTART_DELAY_MIN = 4 << 3;

    static final int HYSTART_DELAY_MAX = 16 << 3;

    static int HYSTART_DELAY_THRESH(int x) {
        return minU32(maxU32(x, HYSTART_DELAY_MIN), HYSTART_DELAY_MAX);
    }

    // Module parameters. What scale factors are computed from counts only when the module starts.

    static int fast_convergence;
    static int beta;
    static int initial_ssthresh;
    static int bic_scale;
    static int tcp_friendliness;
    static int hystart;
    static int hystart_detect;
    static int hystart_low_window;

    /** In milliseconds. */
    static int hystart_ack_delta;

    static int cube_rtt_scale;
    static int beta_scale;
    static long cube_factor;

    /** {@code delayed_ack} is in sixteenths, and at most 32. */
    static final int ACK_RATIO_SHIFT = 4;

    static final int ACK_RATIO_LIMIT = 32 << ACK_RATIO_SHIFT;

    /** What CUBIC keeps for a connection. Times: the low half of jiffies. */
    static final class bictcp extends CaStruct {
        /** ACKs that it takes to raise the window by one. */
        int cnt;

        /** Wmax: the window before the last loss, or less if it was smaller than the one before that. */
        int last_max_cwnd;

        /** The window at the last loss, for undo. */
        int loss_cwnd;

        /** For which window, and when, {@link #cnt} was computed. */
        int last_cwnd;

        int last_time;

        /** Where the plateau is, and how long after the beginning of the epoch, in ticks of {@link #BICTCP_HZ}. */
        int bic_origin_point;

        int bic_K;

        /** The smallest round-trip time seen, in ms times 8; 0: none. */
        int delay_min;

        /** When the window began to grow after a loss; 0: it has not yet. */
        int epoch_start;

        /** ACKs of this epoch not yet counted into {@link #tcp_cwnd}. */
        int ack_cnt;

        /** The window that Reno would have. */
        int tcp_cwnd;

        /** Segments acknowledged with an ACK, smoothed, times 16 (u16). */
        int delayed_ack;

        /** Samples in {@link #curr_rtt} (u8). */
        int sample_cnt;

        /** {@code HYSTART_*} bits: what has been noticed (u8). */
        int found;

        /** When the round trip began, and the sequence number that ends it. */
        int round_start;

        int end_seq;

        /** When the last ACK of an unbroken row came. */
        int last_ack;

        /** The smallest delay of this round trip, in ms times 8. */
        int curr_rtt;
    }

    static tcp_congestion_ops cubictcp;

    /** This module's part of the socket, zeroed at first. */
    private static bictcp ca(sock sk) {
        if (inet_csk_ca(sk) instanceof bictcp ca) {
            return ca;
        }
        bictcp ca = new bictcp();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** Forgets the curve, but not the window to return to by undo. */
    static void bictcp_reset(bictcp ca) {
        ca.cnt = 0;
        ca.last_max_cwnd = 0;
        ca.last_cwnd = 0;
        ca.last_time = 0;
        ca.bic_origin_point = 0;
        ca.bic_K = 0;
        ca.delay_min = 0;
        ca.epoch_start = 0;
        ca.delayed_ack = 2 << ACK_RATIO_SHIFT;
        ca.ack_cnt = 0;
        ca.tcp_cwnd = 0;
        ca.found = 0;
    }

    /** HyStart's clock, in milliseconds. */
    static int bictcp_clock() {
        return jiffies_to_msecs(Jiffies.jiffies);
    }

    /** A new round trip begins: it ends when what is sent next is acknowledged. */
    static void bictcp_hystart_reset(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        bictcp ca = ca(sk);

        ca.round_start = ca.last_ack = bictcp_clock();
        ca.end_seq = tp.snd_nxt;
        ca.curr_rtt = 0;
        ca.sample_cnt = 0;
    }

    /** The connection is established. */
    static void bictcp_init(sock sk) {
        bictcp ca = ca(sk);

        bictcp_reset(ca);
        ca.loss_cwnd = 0;

        if (hystart != 0) {
            bictcp_hystart_reset(sk);
        }

        if (hystart == 0 && initial_ssthresh != 0) {
            tcp_sk(sk).snd_ssthresh = initial_ssthresh;
        }
    }

    /** Cube roots of 0 to 63, times 64, in such a form that rounding comes out well. */
    private static final int[] v = {
        0, 54, 54, 54, 118, 118, 118, 118,
        123, 129, 134, 138, 143, 147, 151, 156,
        157, 161, 164, 168, 170, 173, 176, 179,
        181, 185, 187, 190, 192, 194, 197, 199,
        200, 202, 204, 206, 209, 211, 213, 215,
        217, 219, 221, 222, 224, 225, 227, 229,
        231, 232, 234, 236, 237, 239, 240, 242,
        244, 245, 246, 248, 250, 251, 252, 254,
    };

    /**
     * The cube root of a u64, about: the topmost bits are looked up and one Newton step refines the guess. It may be
     * off by one, and for large numbers by half a per cent.
     */
    static int cubic_root(long a) {
        int x, b, shift;

        b = fls64(a);
        if (b < 7) {
            return v[(int) a] + 35 >>> 6;
        }

        b = (b * 84 >>> 8) - 1;
        shift = (int) (a >>> b * 3);

        x = (v[shift] + 10 << b) >>> 6;

        // x = (2 x + a / x^2) / 3, with 341/1024 for the third.
        x = 2 * x + (int) div64_u64(a, u32(x) * u32(x - 1));
        x = x * 341 >>> 10;
        return x;
    }

    /**
     * Sets {@code cnt}, the number of ACKs for the next increase, from the curve: where it will be one round trip from
     * now. Does the work at most every 32 ms while the window stays.
     *
     * @param cwnd the window in segments; the arithmetic holds to about a million
     */
    @KernelBug("after a pause of the application the curve has gone on without it, and the window jumps; fixed "
            + "upstream by 30927520dbae (tcp_cubic: better follow cubic curve after idle period)")
    @KernelBug("within a jiffy the target stands still while the window grows, so many ACKs in one raise it too "
            + "slowly; fixed upstream by \"tcp: fix timing issue in CUBIC slope calculation\"")
    static void bictcp_update(bictcp ca, int cwnd) {
        int delta, bic_target, max_cnt;
        long offs, t;

        ca.ack_cnt++;

        if (ca.last_cwnd == cwnd && tcp_time_stamp() - ca.last_time <= HZ / 32) {
            return;
        }

        ca.last_cwnd = cwnd;
        ca.last_time = tcp_time_stamp();

        if (ca.epoch_start == 0) {
            ca.epoch_start = tcp_time_stamp();
            ca.ack_cnt = 1;
            ca.tcp_cwnd = cwnd;

            if (leU32(ca.last_max_cwnd, cwnd)) {
                ca.bic_K = 0;
                ca.bic_origin_point = cwnd;
            } else {
                ca.bic_K = cubic_root(cube_factor * u32(ca.last_max_cwnd - cwnd));
                ca.bic_origin_point = ca.last_max_cwnd;
            }
        }

        t = tcp_time_stamp() - ca.epoch_start;
        t += msecs_to_jiffies(ca.delay_min >>> 3);
        t <<= BICTCP_HZ;
        t = div_u64(t, HZ);

        if (Long.compareUnsigned(t, u32(ca.bic_K)) < 0) {
            offs = u32(ca.bic_K) - t;
        } else {
            offs = t - u32(ca.bic_K);
        }

        // C / RTT |t - K|^3, with a round-trip time of 100 ms for everybody.
        delta = (int) (u32(cube_rtt_scale) * offs * offs * offs >>> 10 + 3 * BICTCP_HZ);
        if (Long.compareUnsigned(t, u32(ca.bic_K)) < 0) {
            bic_target = ca.bic_origin_point - delta;
        } else {
            bic_target = ca.bic_origin_point + delta;
        }

        if (gtU32(bic_target, cwnd)) {
            ca.cnt = Integer.divideUnsigned(cwnd, bic_target - cwnd);
        } else {
            ca.cnt = 100 * cwnd;
        }

        // No loss so far, so nothing is known of the path: at least 5 % in a round trip.
        if (ca.last_max_cwnd == 0 && gtU32(ca.cnt, 20)) {
            ca.cnt = 20;
        }

        if (tcp_friendliness != 0) {
            int scale = beta_scale;
            delta = cwnd * scale >>> 3;
            while (gtU32(ca.ack_cnt, delta)) {
                ca.ack_cnt -= delta;
                ca.tcp_cwnd++;
            }

            if (gtU32(ca.tcp_cwnd, cwnd)) {
                delta = ca.tcp_cwnd - cwnd;
                max_cnt = Integer.divideUnsigned(cwnd, delta);
                if (gtU32(ca.cnt, max_cnt)) {
                    ca.cnt = max_cnt;
                }
            }
        }

        ca.cnt = Integer.divideUnsigned(ca.cnt << ACK_RATIO_SHIFT, ca.delayed_ack);
        if (ca.cnt == 0) {
            ca.cnt = 1;
        }
    }

    static void bictcp_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        bictcp ca = ca(sk);

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            if (hystart != 0 && after(ack, ca.end_seq)) {
                bictcp_hystart_reset(sk);
            }
            tcp_slow_start(tp, acked);
        } else {
            bictcp_update(ca, tp.snd_cwnd);
            tcp_cong_avoid_ai(tp, ca.cnt);
        }
    }

    /**
     * A loss: the window goes down to 717/1024. With fast convergence a flow that lost below its former maximum takes
     * an even smaller one as its next, and leaves room to newcomers.
     */
    static int bictcp_recalc_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        bictcp ca = ca(sk);

        ca.epoch_start = 0;

        if (ltU32(tp.snd_cwnd, ca.last_max_cwnd) && fast_convergence != 0) {
            ca.last_max_cwnd =
                    Integer.divideUnsigned(tp.snd_cwnd * (BICTCP_BETA_SCALE + beta), 2 * BICTCP_BETA_SCALE);
        } else {
            ca.last_max_cwnd = tp.snd_cwnd;
        }

        ca.loss_cwnd = tp.snd_cwnd;

        return maxU32(Integer.divideUnsigned(tp.snd_cwnd * beta, BICTCP_BETA_SCALE), 2);
    }

    /** The loss was none: back to the window of before. */
    static int bictcp_undo_cwnd(sock sk) {
        bictcp ca = ca(sk);

        return maxU32(tcp_sk(sk).snd_cwnd, ca.loss_cwnd);
    }

    /** After a timeout everything begins anew. */
    static void bictcp_state(sock sk, int new_state) {
        if (new_state == TCP_CA_Loss) {
            bictcp_reset(ca(sk));
            bictcp_hystart_reset(sk);
        }
    }

    /**
     * Looks for the moment to leave slow start. ACKs no more than 2 ms apart form a row; a row that has lasted half
     * the smallest round-trip time says that the window fills the path. And so does a smallest delay, among the first
     * eight samples of a round trip, that exceeds the smallest ever by a threshold.
     *
     * @param delay in ms times 8
     */
    static void hystart_update(sock sk, int delay) {
        tcp_sock tp = tcp_sk(sk);
        bictcp ca = ca(sk);

        if ((ca.found & hystart_detect) == 0) {
            int now = bictcp_clock();

            if (now - ca.last_ack <= hystart_ack_delta) {
                ca.last_ack = now;
                if (gtU32(now - ca.round_start, ca.delay_min >>> 4)) {
                    ca.found |= HYSTART_ACK_TRAIN;
                }
            }

            if (ca.sample_cnt < HYSTART_MIN_SAMPLES) {
                if (ca.curr_rtt == 0 || gtU32(ca.curr_rtt, delay)) {
                    ca.curr_rtt = delay;
                }

                ca.sample_cnt++;
            } else {
                if (gtU32(ca.curr_rtt, ca.delay_min + HYSTART_DELAY_THRESH(ca.delay_min >>> 4))) {
                    ca.found |= HYSTART_DELAY;
                }
            }
            if ((ca.found & hystart_detect) != 0) {
                tp.snd_ssthresh = tp.snd_cwnd;
            }
        }
    }

    /**
     * {@code cnt} segments were acknowledged: keeps the ratio of segments to ACKs and the smallest delay.
     *
     * @param rtt_us -1: unknown
     */
    static void bictcp_acked(sock sk, int cnt, int rtt_us) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        bictcp ca = ca(sk);
        int delay;

        if (icsk.icsk_ca_state == TCP_CA_Open) {
            int ratio = ca.delayed_ack;

            ratio -= ca.delayed_ack >>> ACK_RATIO_SHIFT;
            ratio += cnt;

            ca.delayed_ack = minU32(maxU32(ratio, 1), ACK_RATIO_LIMIT);
        }

        if (rtt_us < 0) {
            return;
        }

        // In the first second after a loss the queue is still full, and delays say little.
        if (ca.epoch_start != 0 && tcp_time_stamp() - ca.epoch_start < HZ) {
            return;
        }

        delay = (rtt_us << 3) / USEC_PER_MSEC;
        if (delay == 0) {
            delay = 1;
        }

        if (ca.delay_min == 0 || gtU32(ca.delay_min, delay)) {
            ca.delay_min = delay;
        }

        if (hystart != 0
                && leU32(tp.snd_cwnd, tp.snd_ssthresh)
                && geU32(tp.snd_cwnd, hystart_low_window)) {
            hystart_update(sk, delay);
        }
    }

    private static final int USEC_PER_MSEC = 1000;

    /** Computes the scale factors, for a round-trip time of 100 ms, and enters the list. */
    static int cubictcp_register() {
        beta_scale = 8 * (BICTCP_BETA_SCALE + beta) / 3 / (BICTCP_BETA_SCALE - beta);

        cube_rtt_scale = bic_scale * 10;

        // K = cubic_root((Wmax - cwnd) RTT / C), with K in ticks of BICTCP_HZ.
        cube_factor = 1L << 10 + 3 * BICTCP_HZ;

        cube_factor = div_u64(cube_factor, bic_scale * 10);

        return tcp_register_congestion_control(cubictcp);
    }

    static void cubictcp_unregister() {
        tcp_unregister_congestion_control(cubictcp);
    }
}
