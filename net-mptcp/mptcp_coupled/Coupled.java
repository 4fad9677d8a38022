// SPDX-License-Identifier: GPL-2.0-only
package mptcp_coupled;

import static linux.kernel.Kernel.div64_u64;
import static linux.kernel.Kernel.div_u64;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_err;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.tcp.Multipath.mptcp;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_reno_cong_avoid;
import static tcp_cong.Reno.tcp_slow_start;

import linux.compiler.Differs;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * LIA, the linked increases algorithm (RFC 6356), {@code net/mptcp/mptcp_coupled.c}: the congestion control "lia". All
 * subflows of a connection together take no more from a shared bottleneck than one TCP connection would, and at least
 * as much as the best of them alone would get.
 *
 * <p>Slow start and losses are those of Reno, on each subflow alone. In congestion avoidance the window of subflow i
 * grows, for each segment acknowledged, by
 *
 * <pre>
 *             alpha      1                                  max_i (cwnd_i / rtt_i^2)
 *      min ( ------- , ------ )     where  alpha = total * --------------------------
 *             total    cwnd_i                               (sum_i cwnd_i / rtt_i)^2
 * </pre>
 *
 * <p>{@link #mptcp_ccc_recalc_alpha} computes alpha / total, and scales it by 2^12: numerators by 2^32, what is squared
 * in the denominator by 2^10. It is the same for all subflows, so it is kept with the meta socket.
 */
public final class Coupled {
    private Coupled() {}

    /** Powers of two. */
    static int alpha_scale_den;

    static int alpha_scale_num;
    static int alpha_scale;

    /** What LIA keeps, in the meta socket. */
    public static final class mptcp_ccc extends CaStruct {
        /** alpha / total, scaled; 0: not computed yet. */
        long alpha;

        /** To be computed anew before it is used. */
        boolean forced_update;
    }

    static tcp_congestion_ops mptcp_ccc;

    /** This module's part of the socket, zeroed at first. */
    static mptcp_ccc ca(sock sk) {
        if (inet_csk_ca(sk) instanceof mptcp_ccc ca) {
            return ca;
        }
        mptcp_ccc ca = new mptcp_ccc();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** Does this subflow count: can it send, and is its round-trip time known? */
    static int mptcp_ccc_sk_can_send(sock sk) {
        return mptcp_sk_can_send(sk) && tcp_sk(sk).srtt != 0 ? 1 : 0;
    }

    static long mptcp_get_alpha(sock meta_sk) {
        mptcp_ccc mptcp_ccc = ca(meta_sk);
        return mptcp_ccc.alpha;
    }

    static void mptcp_set_alpha(sock meta_sk, long alpha) {
        mptcp_ccc mptcp_ccc = ca(meta_sk);
        mptcp_ccc.alpha = alpha;
    }

    static long mptcp_ccc_scale(int val, int scale) {
        return u32(val) << scale;
    }

    static boolean mptcp_get_forced(sock meta_sk) {
        mptcp_ccc mptcp_ccc = ca(meta_sk);
        return mptcp_ccc.forced_update;
    }

    static void mptcp_set_forced(sock meta_sk, boolean force) {
        mptcp_ccc mptcp_ccc = ca(meta_sk);
        mptcp_ccc.forced_update = force;
    }

    /**
     * Computes alpha / total anew. With one subflow, or none that can send, it is 1, unscaled: LIA is Reno then.
     *
     * @param sk any subflow
     */
    @Differs("alpha is 1 if the denominator comes out as 0, where the kernel divides by it: the windows would have to"
            + " be 0, or the square to wrap")
    static void mptcp_ccc_recalc_alpha(sock sk) {
        mptcp_cb mpcb = tcp_sk(sk).mpcb;
        sock sub_sk;
        int best_cwnd = 0, best_rtt = 0, can_send = 0;
        long max_numerator = 0, sum_denominator = 0, alpha = 1;

        if (mpcb == null) {
            return;
        }

        exit: {
            if (mpcb.cnt_established <= 1) {
                break exit;
            }

            // The best path for the numerator; what is squared in the denominator is multiplied by its rtt.
            for (sub_sk = mpcb.connection_list; sub_sk != null; sub_sk = tcp_sk(sub_sk).mptcp.next) {
                tcp_sock sub_tp = tcp_sk(sub_sk);
                long tmp;

                if (mptcp_ccc_sk_can_send(sub_sk) == 0) {
                    continue;
                }

                can_send++;

                tmp = div64_u64(mptcp_ccc_scale(sub_tp.snd_cwnd,
                        alpha_scale_num), u32(sub_tp.srtt) * u32(sub_tp.srtt));

                if (Long.compareUnsigned(tmp, max_numerator) >= 0) {
                    max_numerator = tmp;
                    best_cwnd = sub_tp.snd_cwnd;
                    best_rtt = sub_tp.srtt;
                }
            }

            if (can_send == 0) {
                break exit;
            }

            for (sub_sk = mpcb.connection_list; sub_sk != null; sub_sk = tcp_sk(sub_sk).mptcp.next) {
                tcp_sock sub_tp = tcp_sk(sub_sk);

                if (mptcp_ccc_sk_can_send(sub_sk) == 0) {
                    continue;
                }

                sum_denominator += div_u64(
                        mptcp_ccc_scale(sub_tp.snd_cwnd,
                                alpha_scale_den) * best_rtt,
                        sub_tp.srtt);
            }
            sum_denominator *= sum_denominator;
            if (sum_denominator == 0) {
                pr_err("%s: sum_denominator == 0, cnt_established:%d\n",
                        "mptcp_ccc_recalc_alpha", mpcb.cnt_established);
                for (sub_sk = mpcb.connection_list; sub_sk != null; sub_sk = tcp_sk(sub_sk).mptcp.next) {
                    tcp_sock sub_tp = tcp_sk(sub_sk);
                    pr_err("%s: pi:%d, state:%d\n, rtt:%d, cwnd: %d",
                            "mptcp_ccc_recalc_alpha", sub_tp.mptcp.path_index,
                            sub_sk.skc_state, u32(sub_tp.srtt),
                            u32(sub_tp.snd_cwnd));
                }
                break exit;
            }

            alpha = div64_u64(mptcp_ccc_scale(best_cwnd, alpha_scale_num), sum_denominator);

            if (alpha == 0) {
                alpha = 1;
            }
        }
        mptcp_set_alpha(mptcp_meta_sk(sk), alpha);
    }

    /** A socket of plain TCP with this module is one with Reno, and has nothing to set up. */
    static void mptcp_ccc_init(sock sk) {
        if (mptcp(tcp_sk(sk))) {
            mptcp_set_forced(mptcp_meta_sk(sk), false);
            mptcp_set_alpha(mptcp_meta_sk(sk), 1);
        }
    }

    static void mptcp_ccc_cwnd_event(sock sk, int event) {
        if (event == CA_EVENT_LOSS) {
            mptcp_ccc_recalc_alpha(sk);
        }
    }

    /** The window will change soon: alpha is computed when that is over. */
    static void mptcp_ccc_set_state(sock sk, int ca_state) {
        if (!mptcp(tcp_sk(sk))) {
            return;
        }

        mptcp_set_forced(mptcp_meta_sk(sk), true);
    }

    /**
     * Grows the window: by one segment after {@code max(1 / (alpha / total), cwnd)} ACKs in congestion avoidance, as
     * Reno in slow start. Here ACKs are counted, not the segments that they acknowledge.
     */
    @Differs("an alpha of which the low half is 0 counts as 1 too: the kernel cuts it to 32 bits when it divides by it")
    static void mptcp_ccc_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        mptcp_cb mpcb = tp.mpcb;
        int snd_cwnd;

        if (!mptcp(tp)) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            return;
        }

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
            mptcp_ccc_recalc_alpha(sk);
            return;
        }

        if (mptcp_get_forced(mptcp_meta_sk(sk))) {
            mptcp_ccc_recalc_alpha(sk);
            mptcp_set_forced(mptcp_meta_sk(sk), false);
        }

        if (mpcb.cnt_established > 1) {
            long alpha = mptcp_get_alpha(mptcp_meta_sk(sk));

            // The socket may have got this module before it was part of a connection.
            if ((int) alpha == 0) {
                alpha = 1;
            }

            snd_cwnd = (int) div_u64(mptcp_ccc_scale(1, alpha_scale),
                    (int) alpha);

            if (ltU32(snd_cwnd, tp.snd_cwnd)) {
                snd_cwnd = tp.snd_cwnd;
            }
        } else {
            snd_cwnd = tp.snd_cwnd;
        }

        if (geU32(tp.snd_cwnd_cnt, snd_cwnd)) {
            if (ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                tp.snd_cwnd++;
                mptcp_ccc_recalc_alpha(sk);
            }

            tp.snd_cwnd_cnt = 0;
        } else {
            tp.snd_cwnd_cnt++;
        }
    }

    static int mptcp_ccc_register() {
        return tcp_register_congestion_control(mptcp_ccc);
    }

    static void mptcp_ccc_unregister() {
        tcp_unregister_congestion_control(mptcp_ccc);
    }
}
