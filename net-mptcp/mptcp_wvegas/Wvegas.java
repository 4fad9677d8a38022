// SPDX-License-Identifier: GPL-2.0-only
package mptcp_wvegas;

import static linux.kernel.Kernel.div64_u64;
import static linux.kernel.Kernel.div_u64;
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
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Sequence.after;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_reno_cong_avoid;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.Differs;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * Weighted Vegas, {@code net/mptcp/mptcp_wvegas.c}, the congestion control "wvegas": Y. Cao, M. Xu, X. Fu, "Delay-based
 * congestion control for multipath TCP" (2012). As Vegas does, each subflow keeps a number of packets in the queues of
 * its path, {@code alpha}; here all subflows share a total of ten, each by the rate that it reaches: {@code weight}.
 *
 * <p>{@link #mptcp_wvegas_pkts_acked} takes the samples, {@link #mptcp_wvegas_cong_avoid} decides once a round trip.
 * Unlike Vegas it takes the mean of the samples, and now and then cuts the window to let the queues run empty, since
 * nobody would learn the true round-trip time of a path whose queue is never empty.
 */
public final class Wvegas {
    private Wvegas() {}

    // Module parameters, in packets: alpha at first, of all subflows, and what may be queued in slow start.

    static int initial_alpha;
    static int total_alpha;
    static int gamma;

    /** A power of two: rates and weights are fixed-point numbers. */
    static final int MPTCP_WVEGAS_SCALE = 16;

    /** What the module keeps for a subflow. */
    public static final class wvegas extends CaStruct {
        /** The round trip ends when this is acknowledged: {@code snd_nxt} when it began. */
        int beg_snd_nxt;

        /** Samples are being taken (u8). */
        int doing_wvegas_now;

        /** Samples in this round trip (u16: it wraps), and their sum in microseconds. */
        int cnt_rtt;

        int sampled_rtt;

        /** The smallest of all, in microseconds. */
        int base_rtt;

        /** Packets per microsecond, scaled; 0: not known. */
        long instant_rate;

        /** This subflow's part of the rate of all, scaled. */
        long weight;

        /** Packets to be kept in queues. */
        int alpha;

        /** The smallest time spent in queues since they were last drained, in microseconds; 0: not known. */
        int queue_delay;
    }

    static tcp_congestion_ops mptcp_wvegas;

    /** This module's part of the socket, zeroed at first. */
    static wvegas ca(sock sk) {
        if (inet_csk_ca(sk) instanceof wvegas ca) {
            return ca;
        }
        wvegas ca = new wvegas();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    static long mptcp_wvegas_scale(int val, int scale) {
        return u32(val) << scale;
    }

    /** Samples are taken from now on. The decision comes when what is sent next is acknowledged. */
    static void wvegas_enable(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        wvegas wvegas = ca(sk);

        wvegas.doing_wvegas_now = 1;

        wvegas.beg_snd_nxt = tp.snd_nxt;

        wvegas.cnt_rtt = 0;
        wvegas.sampled_rtt = 0;

        wvegas.instant_rate = 0;
        wvegas.alpha = initial_alpha;
        wvegas.weight = mptcp_wvegas_scale(1, MPTCP_WVEGAS_SCALE);

        wvegas.queue_delay = 0;
    }

    static void wvegas_disable(sock sk) {
        wvegas wvegas = ca(sk);

        wvegas.doing_wvegas_now = 0;
    }

    /** The connection is established, or sends again after a pause: not even the smallest time counts any more. */
    static void mptcp_wvegas_init(sock sk) {
        wvegas wvegas = ca(sk);

        wvegas.base_rtt = 0x7fffffff;
        wvegas_enable(sk);
    }

    static long mptcp_wvegas_rate(int cwnd, int rtt_us) {
        return div_u64(mptcp_wvegas_scale(cwnd, MPTCP_WVEGAS_SCALE), rtt_us);
    }

    /** Takes a sample. @param rtt_us -1: none */
    static void mptcp_wvegas_pkts_acked(sock sk, int cnt, int rtt_us) {
        wvegas wvegas = ca(sk);
        int vrtt;

        if (rtt_us < 0) {
            return;
        }

        // Never 0: it will be divided by.
        vrtt = rtt_us + 1;

        if (ltU32(vrtt, wvegas.base_rtt)) {
            wvegas.base_rtt = vrtt;
        }

        wvegas.sampled_rtt += vrtt;
        wvegas.cnt_rtt = wvegas.cnt_rtt + 1 & 0xffff;
    }

    /** Only while nothing is lost. */
    static void mptcp_wvegas_state(sock sk, int ca_state) {
        if (ca_state == TCP_CA_Open) {
            wvegas_enable(sk);
        } else {
            wvegas_disable(sk);
        }
    }

    static void mptcp_wvegas_cwnd_event(sock sk, int event) {
        if (event == CA_EVENT_CWND_RESTART) {
            mptcp_wvegas_init(sk);
        } else if (event == CA_EVENT_LOSS) {
            wvegas wvegas = ca(sk);
            wvegas.instant_rate = 0;
        }
    }

    /** Below the window, so that slow start is over. */
    static int mptcp_wvegas_ssthresh(tcp_sock tp) {
        return minU32(tp.snd_ssthresh, tp.snd_cwnd - 1);
    }

    /**
     * The subflow's part of the rate of all that can send, scaled. It may exceed 1: who cannot send is missing from the
     * total, even if it is {@code sk}.
     */
    static long mptcp_wvegas_weight(mptcp_cb mpcb, sock sk) {
        long total_rate = 0;
        sock sub_sk;
        wvegas wvegas = ca(sk);

        if (mpcb == null) {
            return wvegas.weight;
        }

        for (sub_sk = mpcb.connection_list; sub_sk != null; sub_sk = tcp_sk(sub_sk).mptcp.next) {
            wvegas sub_wvegas = ca(sub_sk);

            if (mptcp_sk_can_send(sub_sk) && gtU32(sub_wvegas.sampled_rtt, 0)) {
                total_rate += sub_wvegas.instant_rate;
            }
        }

        if (total_rate != 0 && wvegas.instant_rate != 0) {
            return div64_u64(mptcp_wvegas_scale((int) wvegas.instant_rate, MPTCP_WVEGAS_SCALE), total_rate);
        } else {
            return wvegas.weight;
        }
    }

    /**
     * Once a round trip: {@code diff}, the packets in queues, decides whether the window goes up, stays or goes down by
     * one. If there are {@code alpha} or more, alpha is computed anew first. If packets wait twice as long as they did
     * at best, the window is cut to drain the queues.
     *
     * <p>In slow start the window doubles, until more than {@code gamma} packets are queued. Up to two samples may both
     * come from delayed ACKs: then Reno decides.
     */
    @Differs("a mean of 0, which is possible when the sum of the samples wraps, counts as 1: the kernel divides by it")
    static void mptcp_wvegas_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        wvegas wvegas = ca(sk);

        if (wvegas.doing_wvegas_now == 0) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            return;
        }

        if (after(ack, wvegas.beg_snd_nxt)) {
            wvegas.beg_snd_nxt = tp.snd_nxt;

            if (wvegas.cnt_rtt <= 2) {
                tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            } else {
                int rtt, diff, q_delay;
                long target_cwnd;

                rtt = Integer.divideUnsigned(wvegas.sampled_rtt, wvegas.cnt_rtt);
                if (rtt == 0) {
                    rtt = 1;
                }
                target_cwnd = div_u64(u32(tp.snd_cwnd) * u32(wvegas.base_rtt), rtt);

                diff = (int) div_u64(u32(tp.snd_cwnd) * u32(rtt - wvegas.base_rtt), rtt);

                if (gtU32(diff, gamma) && leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
                    tp.snd_cwnd = minU32(tp.snd_cwnd, (int) target_cwnd + 1);
                    tp.snd_ssthresh = mptcp_wvegas_ssthresh(tp);

                } else if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
                    tcp_slow_start(tp, acked);
                } else {
                    if (geU32(diff, wvegas.alpha)) {
                        wvegas.instant_rate = mptcp_wvegas_rate(tp.snd_cwnd, rtt);
                        wvegas.weight = mptcp_wvegas_weight(tp.mpcb, sk);
                        wvegas.alpha = maxU32(2, (int) (wvegas.weight * total_alpha >>> MPTCP_WVEGAS_SCALE));
                    }
                    if (gtU32(diff, wvegas.alpha)) {
                        tp.snd_cwnd--;
                        tp.snd_ssthresh = mptcp_wvegas_ssthresh(tp);
                    } else if (ltU32(diff, wvegas.alpha)) {
                        tp.snd_cwnd++;
                    }

                    q_delay = rtt - wvegas.base_rtt;
                    if (wvegas.queue_delay == 0 || gtU32(wvegas.queue_delay, q_delay)) {
                        wvegas.queue_delay = q_delay;
                    }

                    if (geU32(q_delay, 2 * wvegas.queue_delay)) {
                        int backoff_factor =
                                (int) div_u64(mptcp_wvegas_scale(wvegas.base_rtt, MPTCP_WVEGAS_SCALE), 2 * rtt);
                        tp.snd_cwnd = (int) (u32(tp.snd_cwnd) * u32(backoff_factor) >>> MPTCP_WVEGAS_SCALE);
                        wvegas.queue_delay = 0;
                    }
                }

                if (ltU32(tp.snd_cwnd, 2)) {
                    tp.snd_cwnd = 2;
                } else if (gtU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                    tp.snd_cwnd = tp.snd_cwnd_clamp;
                }

                tp.snd_ssthresh = tcp_current_ssthresh(sk);
            }

            wvegas.cnt_rtt = 0;
            wvegas.sampled_rtt = 0;
        } else if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
        }
    }

    static int mptcp_wvegas_register() {
        tcp_register_congestion_control(mptcp_wvegas);
        return 0;
    }

    static void mptcp_wvegas_unregister() {
        tcp_unregister_congestion_control(mptcp_wvegas);
    }
}
