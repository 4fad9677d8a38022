// SPDX-License-Identifier: GPL-2.0-only
package tcp_illinois;

import static linux.kernel.Kernel.div_u64;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.netlink.Nla.nla_put;
import static net.tcp.Sequence.after;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.inet_diag.InetDiag.INET_DIAG_VEGASINFO;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;
import uapi.linux.inet_diag.tcpvegas_info;

/**
 * Illinois, {@code net/ipv4/tcp_illinois.c}: S. Liu, T. Basar, R. Srikant, "TCP-Illinois: A Loss and Delay-Based
 * Congestion Control Algorithm for High-Speed Networks" (2006). Losses decide whether the window goes up or down,
 * delays decide how much: with short queues it grows by up to ten segments in a round trip and loses an eighth, with
 * long ones it grows by 0.3 and loses a half.
 *
 * <p>{@link #tcp_illinois_acked} takes the samples, once a round trip {@link #update_params} makes alpha (in 1/128) and
 * beta (in 1/64) of them. Times are in microseconds.
 */
public final class Illinois {
    private Illinois() {}

    static final int ALPHA_SHIFT = 7;
    static final int ALPHA_SCALE = 1 << ALPHA_SHIFT;

    /** About 0.3. */
    static final int ALPHA_MIN = 3 * ALPHA_SCALE / 10;

    /** 10. */
    static final int ALPHA_MAX = 10 * ALPHA_SCALE;

    static final int ALPHA_BASE = ALPHA_SCALE;

    /** 3.3 s. With more the products in {@link #alpha} would not fit into 32 bits. */
    static final int RTT_MAX = Integer.divideUnsigned(-1, ALPHA_MAX);

    static final int BETA_SHIFT = 6;
    static final int BETA_SCALE = 1 << BETA_SHIFT;

    /** An eighth. */
    static final int BETA_MIN = BETA_SCALE / 8;

    /** A half. */
    static final int BETA_MAX = BETA_SCALE / 2;

    static final int BETA_BASE = BETA_MAX;

    // Module parameters, on the command line only.

    /** Windows below it behave as Reno's. */
    static int win_thresh;

    /** How many round trips with short queues it takes to grow at full speed again. */
    static int theta;

    /** What Illinois keeps for a connection. */
    static final class illinois extends CaStruct {
        /** Sum and number (u16: it wraps) of this round trip's samples. */
        long sum_rtt;

        int cnt_rtt;

        /** The smallest and the largest ever. */
        int base_rtt;

        int max_rtt;

        /** The round trip ends when this is acknowledged. */
        int end_seq;

        /** Increase in a round trip, and the part lost with a loss. */
        int alpha;

        int beta;

        /** Segments that the last ACK acknowledged (u16). */
        int acked;

        /** The queue has been long (u8); since then so many round trips in a row with a short one (u8). */
        int rtt_above;

        int rtt_low;
    }

    static tcp_congestion_ops tcp_illinois;

    /** This module's part of the socket, zeroed at first. */
    private static illinois ca(sock sk) {
        if (inet_csk_ca(sk) instanceof illinois ca) {
            return ca;
        }
        illinois ca = new illinois();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** A new round trip begins. */
    static void rtt_reset(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        illinois ca = ca(sk);

        ca.end_seq = tp.snd_nxt;
        ca.cnt_rtt = 0;
        ca.sum_rtt = 0;
    }

    /** The connection is established. */
    static void tcp_illinois_init(sock sk) {
        illinois ca = ca(sk);

        ca.alpha = ALPHA_MAX;
        ca.beta = BETA_BASE;
        ca.base_rtt = 0x7fffffff;
        ca.max_rtt = 0;

        ca.acked = 0;
        ca.rtt_low = 0;
        ca.rtt_above = 0;

        rtt_reset(sk);
    }

    /**
     * Takes a sample.
     *
     * @param rtt -1: none
     */
    static void tcp_illinois_acked(sock sk, int pkts_acked, int rtt) {
        illinois ca = ca(sk);

        ca.acked = pkts_acked & 0xffff;

        if (rtt < 0) {
            return;
        }

        if (gtU32(rtt, RTT_MAX)) {
            rtt = RTT_MAX;
        }

        if (gtU32(ca.base_rtt, rtt)) {
            ca.base_rtt = rtt;
        }

        if (ltU32(ca.max_rtt, rtt)) {
            ca.max_rtt = rtt;
        }

        ca.cnt_rtt = ca.cnt_rtt + 1 & 0xffff;
        ca.sum_rtt += rtt;
    }

    /** The longest time that a packet ever queued. */
    static int max_delay(illinois ca) {
        return ca.max_rtt - ca.base_rtt;
    }

    /** The average time that a packet of this round trip queued; there must be a sample. */
    static int avg_delay(illinois ca) {
        long t = ca.sum_rtt;

        t = div_u64(t, ca.cnt_rtt);
        return (int) t - ca.base_rtt;
    }

    /**
     * The increase: at its maximum for delays up to a hundredth of the longest, and from there a convex curve down to
     * its minimum. Back at short delays after long ones, it waits for {@code theta} round trips in a row.
     *
     * @param da average delay of the round trip
     * @param dm longest delay
     */
    static int alpha(illinois ca, int da, int dm) {
        int d1 = Integer.divideUnsigned(dm, 100);

        if (leU32(da, d1)) {
            if (ca.rtt_above == 0) {
                return ALPHA_MAX;
            }

            ca.rtt_low = ca.rtt_low + 1 & 0xff;
            if (ca.rtt_low < theta) {
                return ca.alpha;
            }

            ca.rtt_low = 0;
            ca.rtt_above = 0;
            return ALPHA_MAX;
        }

        ca.rtt_above = 1;

        // k1 / (k2 + da), with k1 and k2 such that the ends are ALPHA_MAX and ALPHA_MIN.
        dm -= d1;
        da -= d1;
        return Integer.divideUnsigned(
                dm * ALPHA_MAX, dm + Integer.divideUnsigned(da * (ALPHA_MAX - ALPHA_MIN), ALPHA_MIN));
    }

    /** The decrease: an eighth for delays up to 10 % of the longest, a half from 80 % on, a line in between. */
    static int beta(int da, int dm) {
        int d2, d3;

        d2 = Integer.divideUnsigned(dm, 10);
        if (leU32(da, d2)) {
            return BETA_MIN;
        }

        d3 = Integer.divideUnsigned(8 * dm, 10);
        if (geU32(da, d3) || leU32(d3, d2)) {
            return BETA_MAX;
        }

        return Integer.divideUnsigned(BETA_MIN * d3 - BETA_MAX * d2 + (BETA_MAX - BETA_MIN) * da, d3 - d2);
    }

    /** A round trip is over. */
    static void update_params(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        illinois ca = ca(sk);

        if (ltU32(tp.snd_cwnd, win_thresh)) {
            ca.alpha = ALPHA_BASE;
            ca.beta = BETA_BASE;
        } else if (ca.cnt_rtt > 0) {
            int dm = max_delay(ca);
            int da = avg_delay(ca);

            ca.alpha = alpha(ca, da, dm);
            ca.beta = beta(da, dm);
        }

        rtt_reset(sk);
    }

    /** After a timeout it behaves as Reno until it has new samples. */
    static void tcp_illinois_state(sock sk, int new_state) {
        illinois ca = ca(sk);

        if (new_state == TCP_CA_Loss) {
            ca.alpha = ALPHA_BASE;
            ca.beta = BETA_BASE;
            ca.rtt_low = 0;
            ca.rtt_above = 0;
            rtt_reset(sk);
        }
    }

    static void tcp_illinois_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        illinois ca = ca(sk);

        if (after(ack, ca.end_seq)) {
            update_params(sk);
        }

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);

        } else {
            int delta;

            tp.snd_cwnd_cnt += ca.acked;
            ca.acked = 1;

            // alpha segments in a round trip.
            delta = tp.snd_cwnd_cnt * ca.alpha >>> ALPHA_SHIFT;
            if (geU32(delta, tp.snd_cwnd)) {
                tp.snd_cwnd =
                        minU32(tp.snd_cwnd + Integer.divideUnsigned(delta, tp.snd_cwnd), tp.snd_cwnd_clamp);
                tp.snd_cwnd_cnt = 0;
            }
        }
    }

    static int tcp_illinois_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        illinois ca = ca(sk);

        return maxU32(tp.snd_cwnd - (tp.snd_cwnd * ca.beta >>> BETA_SHIFT), 2);
    }

    /**
     * Appends what the module knows to a dump of sockets, if it is asked for.
     *
     * @param ext a bit for each attribute wanted, bit 0 for attribute 1
     */
    static void tcp_illinois_info(sock sk, int ext, sk_buff skb) {
        illinois ca = ca(sk);

        if ((ext & 1 << INET_DIAG_VEGASINFO - 1) != 0) {
            tcpvegas_info info = new tcpvegas_info();
            info.tcpv_enabled = 1;
            info.tcpv_rttcnt = ca.cnt_rtt;
            info.tcpv_minrtt = ca.base_rtt;

            if (info.tcpv_rttcnt > 0) {
                long t = ca.sum_rtt;

                t = div_u64(t, info.tcpv_rttcnt);
                info.tcpv_rtt = (int) t;
            }
            nla_put(skb, INET_DIAG_VEGASINFO, tcpvegas_info.SIZE, info.bytes());
        }
    }

    static int tcp_illinois_register() {
        return tcp_register_congestion_control(tcp_illinois);
    }

    static void tcp_illinois_unregister() {
        tcp_unregister_congestion_control(tcp_illinois);
    }
}
