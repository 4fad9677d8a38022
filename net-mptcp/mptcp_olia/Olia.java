// SPDX-License-Identifier: GPL-2.0-only
package mptcp_olia;

import static linux.kernel.Kernel.div64_u64;
import static linux.kernel.Kernel.div_u64;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.tcp.Multipath.mptcp;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_reno_cong_avoid;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * OLIA, {@code net/mptcp/mptcp_olia.c}, the congestion control "olia": R. Khalili, N. Gast, M. Popovic, J.-Y. Le
 * Boudec, "MPTCP is not Pareto-optimal: performance issues and a possible solution" (2012), and
 * draft-khalili-mptcp-congestion-control. LIA moves too little traffic away from congested paths; here a second term
 * shifts window between the paths, by {@code epsilon}.
 *
 * <p>Slow start and losses are those of Reno. In congestion avoidance the window of subflow i grows, for each ACK, by
 *
 * <pre>
 *        cwnd_i / rtt_i^2         epsilon_i
 *   -------------------------- + -----------
 *    (sum_p cwnd_p / rtt_p)^2       cwnd_i
 * </pre>
 *
 * <p>M is the set of paths with the largest window, B of those with the largest {@code l^2 / rtt^2}, l being the data
 * between the last two losses: the presumably best ones. If a best path has not got a largest window ({@code B_not_M}),
 * it gains ({@code epsilon > 0}) what those in M lose; {@link #mptcp_get_epsilon} says who is who.
 *
 * <p>Windows are scaled by 2^10, and so is the increase: it is summed up in {@code mptcp_snd_cwnd_cnt} until it makes a
 * whole segment.
 */
public final class Olia {
    private Olia() {}

    /** A power of two. */
    static int scale;

    /** What OLIA keeps for a subflow. */
    public static final class mptcp_olia extends CaStruct {
        /** {@code snd_una} at the last loss but one, at the last loss, and now. */
        int mptcp_loss1;

        int mptcp_loss2;
        int mptcp_loss3;

        /** epsilon, without the cwnd that it is divided by; the numerator is 1, 0 or -1. */
        int epsilon_num;

        int epsilon_den;

        /** Growth not yet taken into account, scaled. */
        int mptcp_snd_cwnd_cnt;
    }

    static tcp_congestion_ops mptcp_olia;

    /** This module's part of the socket, zeroed at first. */
    static mptcp_olia ca(sock sk) {
        if (inet_csk_ca(sk) instanceof mptcp_olia ca) {
            return ca;
        }
        mptcp_olia ca = new mptcp_olia();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** Does this subflow count: can it send, and is its round-trip time known? */
    static int mptcp_olia_sk_can_send(sock sk) {
        return mptcp_sk_can_send(sk) && tcp_sk(sk).srtt != 0 ? 1 : 0;
    }

    static long mptcp_olia_scale(long val, int scale) {
        return val << scale;
    }

    /** The window. In fast recovery it is inflated (RFC 5681, section 3.2), so what it will be after counts. */
    static int mptcp_get_crt_cwnd(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        if (icsk.icsk_ca_state == TCP_CA_Recovery) {
            return tcp_sk(sk).snd_ssthresh;
        } else {
            return tcp_sk(sk).snd_cwnd;
        }
    }

    /**
     * The denominator of the first term, times {@code path_rtt} squared. Never 0 but for a wrap.
     *
     * @param path_rtt of the subflow whose window grows
     */
    static long mptcp_get_rate(mptcp_cb mpcb, int path_rtt) {
        sock sk;
        long rate = 1;

        for (sk = mpcb.connection_list; sk != null; sk = tcp_sk(sk).mptcp.next) {
            tcp_sock tp = tcp_sk(sk);
            long scaled_num;
            int tmp_cwnd;

            if (mptcp_olia_sk_can_send(sk) == 0) {
                continue;
            }

            tmp_cwnd = mptcp_get_crt_cwnd(sk);
            scaled_num = mptcp_olia_scale(u32(tmp_cwnd), scale) * u32(path_rtt);
            rate += div_u64(scaled_num, tp.srtt);
        }
        rate *= rate;
        return rate;
    }

    /** The largest window: who has it is in M. */
    static int mptcp_get_max_cwnd(mptcp_cb mpcb) {
        sock sk;
        int best_cwnd = 0;

        for (sk = mpcb.connection_list; sk != null; sk = tcp_sk(sk).mptcp.next) {
            int tmp_cwnd;

            if (mptcp_olia_sk_can_send(sk) == 0) {
                continue;
            }

            tmp_cwnd = mptcp_get_crt_cwnd(sk);
            if (gtU32(tmp_cwnd, best_cwnd)) {
                best_cwnd = tmp_cwnd;
            }
        }
        return best_cwnd;
    }

    /** Sets epsilon of every subflow. Paths are compared by {@code l / rtt^2}, cross-multiplied. */
    static void mptcp_get_epsilon(mptcp_cb mpcb) {
        mptcp_olia ca;
        tcp_sock tp;
        sock sk;
        long tmp_int, tmp_rtt, best_int = 0, best_rtt = 1;
        int max_cwnd = 1, best_cwnd = 1, tmp_cwnd;
        int M = 0, B_not_M = 0;

        max_cwnd = mptcp_get_max_cwnd(mpcb);

        for (sk = mpcb.connection_list; sk != null; sk = tcp_sk(sk).mptcp.next) {
            tp = tcp_sk(sk);
            ca = ca(sk);

            if (mptcp_olia_sk_can_send(sk) == 0) {
                continue;
            }

            tmp_rtt = u32(tp.srtt) * u32(tp.srtt);
            tmp_int = u32(maxU32(ca.mptcp_loss3 - ca.mptcp_loss2,
                    ca.mptcp_loss2 - ca.mptcp_loss1));

            tmp_cwnd = mptcp_get_crt_cwnd(sk);
            if (Long.compareUnsigned(tmp_int * best_rtt, best_int * tmp_rtt) >= 0) {
                best_rtt = tmp_rtt;
                best_int = tmp_int;
                best_cwnd = tmp_cwnd;
            }
        }

        for (sk = mpcb.connection_list; sk != null; sk = tcp_sk(sk).mptcp.next) {
            tp = tcp_sk(sk);
            ca = ca(sk);

            if (mptcp_olia_sk_can_send(sk) == 0) {
                continue;
            }

            tmp_cwnd = mptcp_get_crt_cwnd(sk);
            if (tmp_cwnd == max_cwnd) {
                M++;
            } else {
                tmp_rtt = u32(tp.srtt) * u32(tp.srtt);
                tmp_int = u32(maxU32(ca.mptcp_loss3 - ca.mptcp_loss2,
                        ca.mptcp_loss2 - ca.mptcp_loss1));

                if (tmp_int * best_rtt == best_int * tmp_rtt) {
                    B_not_M++;
                }
            }
        }

        for (sk = mpcb.connection_list; sk != null; sk = tcp_sk(sk).mptcp.next) {
            tp = tcp_sk(sk);
            ca = ca(sk);

            if (mptcp_olia_sk_can_send(sk) == 0) {
                continue;
            }

            if (B_not_M == 0) {
                ca.epsilon_num = 0;
                ca.epsilon_den = 1;
            } else {
                tmp_rtt = u32(tp.srtt) * u32(tp.srtt);
                tmp_int = u32(maxU32(ca.mptcp_loss3 - ca.mptcp_loss2,
                        ca.mptcp_loss2 - ca.mptcp_loss1));
                tmp_cwnd = mptcp_get_crt_cwnd(sk);

                if (ltU32(tmp_cwnd, max_cwnd)
                        && tmp_int * best_rtt == best_int * tmp_rtt) {
                    ca.epsilon_num = 1;
                    ca.epsilon_den = mpcb.cnt_established * B_not_M;
                } else if (tmp_cwnd == max_cwnd) {
                    ca.epsilon_num = -1;
                    ca.epsilon_den = mpcb.cnt_established * M;
                } else {
                    ca.epsilon_num = 0;
                    ca.epsilon_den = 1;
                }
            }
        }
    }

    /** A socket of plain TCP with this module is one with Reno, and has nothing to set up. */
    static void mptcp_olia_init(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        mptcp_olia ca = ca(sk);

        if (mptcp(tp)) {
            ca.mptcp_loss1 = tp.snd_una;
            ca.mptcp_loss2 = tp.snd_una;
            ca.mptcp_loss3 = tp.snd_una;
            ca.mptcp_snd_cwnd_cnt = 0;
            ca.epsilon_num = 0;
            ca.epsilon_den = 1;
        }
    }

    /** A loss: the distance to the one before is known now. Timeouts that follow each other are one loss. */
    static void mptcp_olia_set_state(sock sk, int new_state) {
        if (!mptcp(tcp_sk(sk))) {
            return;
        }

        if (new_state == TCP_CA_Loss
                || new_state == TCP_CA_Recovery || new_state == TCP_CA_CWR) {
            mptcp_olia ca = ca(sk);

            if (ca.mptcp_loss3 != ca.mptcp_loss2
                    && inet_csk(sk).icsk_retransmits == 0) {
                ca.mptcp_loss1 = ca.mptcp_loss2;
                ca.mptcp_loss2 = ca.mptcp_loss3;
            }
        }
    }

    /**
     * Grows the window, or lets it shrink if epsilon is negative: by what the class comment says, both terms brought to
     * the denominator {@code epsilon_den * cwnd * rate}. The quotient is unsigned, so its sign is dealt with apart.
     */
    static void mptcp_olia_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        mptcp_olia ca = ca(sk);
        mptcp_cb mpcb = tp.mpcb;

        long inc_num, inc_den, rate, cwnd_scaled;

        if (!mptcp(tp)) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            return;
        }

        ca.mptcp_loss3 = tp.snd_una;

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
            return;
        }

        mptcp_get_epsilon(mpcb);
        rate = mptcp_get_rate(mpcb, tp.srtt);
        cwnd_scaled = mptcp_olia_scale(u32(tp.snd_cwnd), scale);
        inc_den = u32(ca.epsilon_den * tp.snd_cwnd) * rate;
        if (inc_den == 0) {
            inc_den = 1;
        }

        if (ca.epsilon_num == -1) {
            if (Long.compareUnsigned(u32(ca.epsilon_den) * cwnd_scaled * cwnd_scaled, rate) < 0) {
                inc_num = rate - u32(ca.epsilon_den)
                        * cwnd_scaled * cwnd_scaled;
                ca.mptcp_snd_cwnd_cnt -= (int) div64_u64(
                        mptcp_olia_scale(inc_num, scale), inc_den);
            } else {
                inc_num = u32(ca.epsilon_den)
                        * cwnd_scaled * cwnd_scaled - rate;
                ca.mptcp_snd_cwnd_cnt += (int) div64_u64(
                        mptcp_olia_scale(inc_num, scale), inc_den);
            }
        } else {
            inc_num = ca.epsilon_num * rate
                    + u32(ca.epsilon_den) * cwnd_scaled * cwnd_scaled;
            ca.mptcp_snd_cwnd_cnt += (int) div64_u64(
                    mptcp_olia_scale(inc_num, scale), inc_den);
        }

        if (ca.mptcp_snd_cwnd_cnt >= (1 << scale) - 1) {
            if (ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                tp.snd_cwnd++;
            }
            ca.mptcp_snd_cwnd_cnt = 0;
        } else if (ca.mptcp_snd_cwnd_cnt <= 0 - (1 << scale) + 1) {
            tp.snd_cwnd = max(1, tp.snd_cwnd - 1);
            ca.mptcp_snd_cwnd_cnt = 0;
        }
    }

    static int mptcp_olia_register() {
        return tcp_register_congestion_control(mptcp_olia);
    }

    static void mptcp_olia_unregister() {
        tcp_unregister_congestion_control(mptcp_olia);
    }
}
