// SPDX-License-Identifier: GPL-2.0-only
package tcp_highspeed;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * HighSpeed TCP, {@code net/ipv4/tcp_highspeed.c}: RFC 3649. Up to 38 segments it behaves as Reno. Larger windows grow
 * faster and shrink less, step by step after the table of the RFC's appendix B, so that a rate of 10 Gbit/s does not
 * ask for a path that loses nothing for hours.
 *
 * <p>Everything is called through {@code icsk_ca_ops}.
 */
public final class Highspeed {
    private Highspeed() {}

    /** A step of the table. */
    static final class hstcp_aimd_val {
        /** The largest window of the step. */
        final int cwnd;

        /** The part of it that a loss takes, in 1/256. */
        final int md;

        hstcp_aimd_val(int cwnd, int md) {
            this.cwnd = cwnd;
            this.md = md;
        }
    }

    private static hstcp_aimd_val val(int cwnd, int md) {
        return new hstcp_aimd_val(cwnd, md);
    }

    /** RFC 3649, appendix B; the increase {@code a(w)} is the number of the step, from 1. */
    static final hstcp_aimd_val[] hstcp_aimd_vals = {
        val(38, 128), val(118, 112), val(221, 104), val(347, 98), val(495, 93), val(663, 89), val(851, 86),
        val(1058, 83), val(1284, 81), val(1529, 78), val(1793, 76), val(2076, 74), val(2378, 72), val(2699, 71),
        val(3039, 69), val(3399, 68), val(3778, 66), val(4177, 65), val(4596, 64), val(5036, 62), val(5497, 61),
        val(5979, 60), val(6483, 59), val(7009, 58), val(7558, 57), val(8130, 56), val(8726, 55), val(9346, 54),
        val(9991, 53), val(10661, 52), val(11358, 52), val(12082, 51), val(12834, 50), val(13614, 49),
        val(14424, 48), val(15265, 48), val(16137, 47), val(17042, 46), val(17981, 45), val(18955, 45),
        val(19965, 44), val(21013, 43), val(22101, 43), val(23230, 42), val(24402, 41), val(25618, 41),
        val(26881, 40), val(28193, 39), val(29557, 39), val(30975, 38), val(32450, 38), val(33986, 37),
        val(35586, 36), val(37253, 36), val(38992, 35), val(40808, 35), val(42707, 34), val(44694, 33),
        val(46776, 33), val(48961, 32), val(51258, 32), val(53677, 31), val(56230, 30), val(58932, 30),
        val(61799, 29), val(64851, 28), val(68113, 28), val(71617, 27), val(75401, 26), val(79517, 26),
        val(84035, 25), val(89053, 24),
    };

    static final int HSTCP_AIMD_MAX = hstcp_aimd_vals.length;

    /** What HighSpeed TCP keeps for a connection. */
    static final class hstcp extends CaStruct {
        /** The step that the window was last seen on. */
        int ai;
    }

    static tcp_congestion_ops tcp_highspeed;

    /** This module's part of the socket, zeroed at first. */
    private static hstcp ca(sock sk) {
        if (inet_csk_ca(sk) instanceof hstcp ca) {
            return ca;
        }
        hstcp ca = new hstcp();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** The connection is established. The window stays so small that {@link #hstcp_ssthresh} cannot overflow. */
    static void hstcp_init(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        hstcp ca = ca(sk);

        ca.ai = 0;

        tp.snd_cwnd_clamp = minU32(tp.snd_cwnd_clamp, Integer.divideUnsigned(0xffffffff, 128));
    }

    static void hstcp_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        hstcp ca = ca(sk);

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
        } else {
            // To the step that the window is on; the last one has no end.
            if (gtU32(tp.snd_cwnd, hstcp_aimd_vals[ca.ai].cwnd)) {
                while (gtU32(tp.snd_cwnd, hstcp_aimd_vals[ca.ai].cwnd) && ca.ai < HSTCP_AIMD_MAX - 1) {
                    ca.ai++;
                }
            } else if (ca.ai != 0 && leU32(tp.snd_cwnd, hstcp_aimd_vals[ca.ai - 1].cwnd)) {
                while (ca.ai != 0 && leU32(tp.snd_cwnd, hstcp_aimd_vals[ca.ai - 1].cwnd)) {
                    ca.ai--;
                }
            }

            if (ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                tp.snd_cwnd_cnt += ca.ai + 1;
                if (geU32(tp.snd_cwnd_cnt, tp.snd_cwnd)) {
                    tp.snd_cwnd_cnt -= tp.snd_cwnd;
                    tp.snd_cwnd++;
                }
            }
        }
    }

    static int hstcp_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        hstcp ca = ca(sk);

        return maxU32(tp.snd_cwnd - (tp.snd_cwnd * hstcp_aimd_vals[ca.ai].md >>> 8), 2);
    }

    static int hstcp_register() {
        return tcp_register_congestion_control(tcp_highspeed);
    }

    static void hstcp_unregister() {
        tcp_unregister_congestion_control(tcp_highspeed);
    }
}
