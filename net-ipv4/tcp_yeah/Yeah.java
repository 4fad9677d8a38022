// SPDX-License-Identifier: GPL-2.0-only
package tcp_yeah;

import static linux.kernel.Kernel.div_u64;
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
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_cong_avoid_ai;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;
import static tcp_vegas.Vegas.tcp_vegas_init;
import static tcp_vegas.Vegas.tcp_vegas_pkts_acked;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.KernelBug;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;
import tcp_vegas.Vegas;

/**
 * YeAH, {@code net/ipv4/tcp_yeah.c}: A. Baiocchi, A. Castellani, F. Vacirca, "YeAH-TCP: Yet Another Highspeed TCP"
 * (2007). It has two gaits. While few packets queue it grows as Scalable TCP does; when the queue gets long it takes
 * off what it has put there, and goes on as Reno. Against flows that fill the queue whatever it does, it does not give
 * way for ever: {@code reno_count} estimates what Reno's window would be, and is the least that is left.
 *
 * <p>The samples are Vegas' ({@code tcp_vegas}), in microseconds.
 */
public final class Yeah {
    private Yeah() {}

    /** Packets queued that count as a long queue. */
    static final int TCP_YEAH_ALPHA = 80;

    /** The part of them that is taken off: all. */
    static final int TCP_YEAH_GAMMA = 1;

    /** At least an eighth of the window goes with a loss. */
    static final int TCP_YEAH_DELTA = 3;

    /** At most half of it is taken off because of a long queue. */
    static final int TCP_YEAH_EPSILON = 1;

    /** A delay of an eighth of the smallest round-trip time is a long queue, too. */
    static final int TCP_YEAH_PHY = 8;

    /** After so many round trips with long queues there must be competitors. */
    static final int TCP_YEAH_RHO = 16;

    /** After so many round trips with short ones there are none any more. */
    static final int TCP_YEAH_ZETA = 50;

    static final int TCP_SCALABLE_AI_CNT = 100;

    /** What YeAH keeps for a connection, behind Vegas' fields. */
    static final class yeah extends Vegas.vegas {
        /** Packets queued in the last round trip. */
        int lastQ;

        /** Round trips in a row with a long queue; 0: the fast gait. */
        int doing_reno_now;

        /** The window that Reno would have, about. */
        int reno_count;

        /** Round trips in the fast gait. */
        int fast_count;

        /** Segments acknowledged by the last ACK. */
        int pkts_acked;
    }

    static tcp_congestion_ops tcp_yeah;

    /** This module's part of the socket, zeroed at first. */
    private static yeah ca(sock sk) {
        if (inet_csk_ca(sk) instanceof yeah ca) {
            return ca;
        }
        yeah ca = new yeah();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** The connection is established. */
    static void tcp_yeah_init(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        yeah yeah = ca(sk);

        tcp_vegas_init(sk);

        yeah.doing_reno_now = 0;
        yeah.lastQ = 0;

        yeah.reno_count = 2;

        tp.snd_cwnd_clamp = minU32(tp.snd_cwnd_clamp, Integer.divideUnsigned(0xffffffff, 128));
    }

    static void tcp_yeah_pkts_acked(sock sk, int pkts_acked, int rtt_us) {
        inet_connection_sock icsk = inet_csk(sk);
        yeah yeah = ca(sk);

        if (icsk.icsk_ca_state == TCP_CA_Open) {
            yeah.pkts_acked = pkts_acked;
        }

        tcp_vegas_pkts_acked(sk, pkts_acked, rtt_us);
    }

    /** Grows in the present gait; once a round trip it looks at the queue and chooses the gait. */
    static void tcp_yeah_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        yeah yeah = ca(sk);

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);

        } else if (yeah.doing_reno_now == 0) {
            tp.snd_cwnd_cnt += yeah.pkts_acked;
            if (gtU32(tp.snd_cwnd_cnt, minU32(tp.snd_cwnd, TCP_SCALABLE_AI_CNT))) {
                if (ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                    tp.snd_cwnd++;
                }
                tp.snd_cwnd_cnt = 0;
            }

            yeah.pkts_acked = 1;

        } else {
            tcp_cong_avoid_ai(tp, tp.snd_cwnd);
        }

        if (after(ack, yeah.beg_snd_nxt)) {

            // Two samples may both come from delayed ACKs; with three, one is good.
            if (yeah.cntRTT > 2) {
                int rtt, queue;
                long bw;

                rtt = yeah.minRTT;

                bw = u32(tp.snd_cwnd);
                bw *= u32(rtt - yeah.baseRTT);
                bw = div_u64(bw, rtt);
                queue = (int) bw;

                if (gtU32(queue, TCP_YEAH_ALPHA)
                        || gtU32(rtt - yeah.baseRTT, Integer.divideUnsigned(yeah.baseRTT, TCP_YEAH_PHY))) {
                    if (gtU32(queue, TCP_YEAH_ALPHA) && gtU32(tp.snd_cwnd, yeah.reno_count)) {
                        int reduction = minU32(
                                Integer.divideUnsigned(queue, TCP_YEAH_GAMMA), tp.snd_cwnd >>> TCP_YEAH_EPSILON);

                        tp.snd_cwnd -= reduction;

                        tp.snd_cwnd = maxU32(tp.snd_cwnd, yeah.reno_count);

                        tp.snd_ssthresh = tp.snd_cwnd;
                    }

                    if (leU32(yeah.reno_count, 2)) {
                        yeah.reno_count = maxU32(tp.snd_cwnd >>> 1, 2);
                    } else {
                        yeah.reno_count++;
                    }

                    yeah.doing_reno_now = minU32(yeah.doing_reno_now + 1, 0xffffff);
                } else {
                    yeah.fast_count++;

                    if (gtU32(yeah.fast_count, TCP_YEAH_ZETA)) {
                        yeah.reno_count = 2;
                        yeah.fast_count = 0;
                    }

                    yeah.doing_reno_now = 0;
                }

                yeah.lastQ = queue;
            }

            yeah.beg_snd_una = yeah.beg_snd_nxt;
            yeah.beg_snd_nxt = tp.snd_nxt;
            yeah.beg_snd_cwnd = tp.snd_cwnd;

            yeah.cntRTT = 0;
            yeah.minRTT = 0x7fffffff;
        }
    }

    /** A loss: what is queued goes, an eighth to a half of the window; among competitors a half. */
    @KernelBug("with a window of 2 the result is 0, and with 1 it wraps to 2^32-1; fixed upstream by \"tcp_yeah: don't "
            + "set ssthresh below 2\"")
    static int tcp_yeah_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        yeah yeah = ca(sk);
        int reduction;

        if (ltU32(yeah.doing_reno_now, TCP_YEAH_RHO)) {
            reduction = yeah.lastQ;

            reduction = minU32(reduction, maxU32(tp.snd_cwnd >>> 1, 2));

            reduction = maxU32(reduction, tp.snd_cwnd >>> TCP_YEAH_DELTA);
        } else {
            reduction = maxU32(tp.snd_cwnd >>> 1, 2);
        }

        yeah.fast_count = 0;
        yeah.reno_count = maxU32(yeah.reno_count >>> 1, 2);

        return tp.snd_cwnd - reduction;
    }

    static int tcp_yeah_register() {
        tcp_register_congestion_control(tcp_yeah);
        return 0;
    }

    static void tcp_yeah_unregister() {
        tcp_unregister_congestion_control(tcp_yeah);
    }
}
