// SPDX-License-Identifier: GPL-2.0-only
package tcp_bic;

import static linux.jiffies.Jiffies.HZ;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_cong_avoid_ai;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * BIC, {@code net/ipv4/tcp_bic.c}: L. Xu, K. Harfoush, I. Rhee, "Binary Increase Congestion Control for Fast,
 * Long-Distance Networks" (2004), the predecessor of CUBIC. After a loss the window searches the one at which the loss
 * was: in steps of {@code max_increment} while far away, by halving the distance when near, and beyond it with steps
 * that grow again.
 *
 * <p>Everything is called through {@code icsk_ca_ops}.
 */
public final class Bic {
    private Bic() {}

    /** Fractions of the window are in 1/1024. */
    static final int BICTCP_BETA_SCALE = 1024;

    /** The search goes to a quarter of the distance, not to half of it. */
    static final int BICTCP_B = 4;

    // Module parameters. With 0 for max_increment the machine divides by zero, as it does in C.

    static int fast_convergence;
    static int max_increment;
    static int low_window;
    static int beta;
    static int initial_ssthresh;
    static int smooth_part;

    /** {@code delayed_ack} is in sixteenths. */
    static final int ACK_RATIO_SHIFT = 4;

    /** What BIC keeps for a connection. Times: the low half of jiffies. */
    static final class bictcp extends CaStruct {
        /** ACKs that it takes to raise the window by one. */
        int cnt;

        /** The window before the last loss, or less if it was smaller than the one before that. */
        int last_max_cwnd;

        /** The window at the last loss, for undo. */
        int loss_cwnd;

        /** For which window, and when, {@link #cnt} was computed. */
        int last_cwnd;

        int last_time;

        /** When the window began to grow after a loss; nobody looks at it. */
        int epoch_start;

        /** Segments acknowledged with an ACK, smoothed, times 16. */
        int delayed_ack;
    }

    static tcp_congestion_ops bictcp;

    /** This module's part of the socket, zeroed at first. */
    private static bictcp ca(sock sk) {
        if (inet_csk_ca(sk) instanceof bictcp ca) {
            return ca;
        }
        bictcp ca = new bictcp();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** Forgets the search, but not the window to return to by undo. */
    static void bictcp_reset(bictcp ca) {
        ca.cnt = 0;
        ca.last_max_cwnd = 0;
        ca.last_cwnd = 0;
        ca.last_time = 0;
        ca.epoch_start = 0;
        ca.delayed_ack = 2 << ACK_RATIO_SHIFT;
    }

    /** The connection is established. */
    static void bictcp_init(sock sk) {
        bictcp ca = ca(sk);

        bictcp_reset(ca);
        ca.loss_cwnd = 0;

        if (initial_ssthresh != 0) {
            tcp_sk(sk).snd_ssthresh = initial_ssthresh;
        }
    }

    /**
     * Sets {@code cnt}, the number of ACKs for the next increase, from the distance to the window of the last loss.
     * Does the work at most every 32 ms while the window stays.
     *
     * @param cwnd the window in segments
     */
    static void bictcp_update(bictcp ca, int cwnd) {
        if (ca.last_cwnd == cwnd && tcp_time_stamp() - ca.last_time <= HZ / 32) {
            return;
        }

        ca.last_cwnd = cwnd;
        ca.last_time = tcp_time_stamp();

        if (ca.epoch_start == 0) {
            ca.epoch_start = tcp_time_stamp();
        }

        // Small windows grow as Reno's.
        if (leU32(cwnd, low_window)) {
            ca.cnt = cwnd;
            return;
        }

        if (ltU32(cwnd, ca.last_max_cwnd)) {
            int dist = Integer.divideUnsigned(ca.last_max_cwnd - cwnd, BICTCP_B);

            if (gtU32(dist, max_increment)) {
                ca.cnt = Integer.divideUnsigned(cwnd, max_increment);
            } else if (leU32(dist, 1)) {
                ca.cnt = Integer.divideUnsigned(cwnd * smooth_part, BICTCP_B);
            } else {
                ca.cnt = Integer.divideUnsigned(cwnd, dist);
            }
        } else {
            // Beyond the last maximum: slowly first, then ever faster up to max_increment.
            if (ltU32(cwnd, ca.last_max_cwnd + BICTCP_B)) {
                ca.cnt = Integer.divideUnsigned(cwnd * smooth_part, BICTCP_B);
            } else if (ltU32(cwnd, ca.last_max_cwnd + max_increment * (BICTCP_B - 1))) {
                ca.cnt = Integer.divideUnsigned(cwnd * (BICTCP_B - 1), cwnd - ca.last_max_cwnd);
            } else {
                ca.cnt = Integer.divideUnsigned(cwnd, max_increment);
            }
        }

        // No loss so far, so nothing is known of the path: at least 5 % in a round trip.
        if (ca.last_max_cwnd == 0) {
            if (gtU32(ca.cnt, 20)) {
                ca.cnt = 20;
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
            tcp_slow_start(tp, acked);
        } else {
            bictcp_update(ca, tp.snd_cwnd);
            tcp_cong_avoid_ai(tp, ca.cnt);
        }
    }

    /**
     * A loss: a small window is halved, a larger one goes down to 819/1024. With fast convergence a flow that lost
     * below its former maximum takes an even smaller one as its next.
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

        if (leU32(tp.snd_cwnd, low_window)) {
            return maxU32(tp.snd_cwnd >>> 1, 2);
        } else {
            return maxU32(Integer.divideUnsigned(tp.snd_cwnd * beta, BICTCP_BETA_SCALE), 2);
        }
    }

    /** The loss was none: back to the window of before. */
    static int bictcp_undo_cwnd(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        bictcp ca = ca(sk);
        return maxU32(tp.snd_cwnd, ca.loss_cwnd);
    }

    /** After a timeout everything begins anew. */
    static void bictcp_state(sock sk, int new_state) {
        if (new_state == TCP_CA_Loss) {
            bictcp_reset(ca(sk));
        }
    }

    /** {@code cnt} segments were acknowledged: keeps the ratio of segments to ACKs, 15/16 old and 1/16 new. */
    static void bictcp_acked(sock sk, int cnt, int rtt) {
        inet_connection_sock icsk = inet_csk(sk);

        if (icsk.icsk_ca_state == TCP_CA_Open) {
            bictcp ca = ca(sk);
            cnt -= ca.delayed_ack >>> ACK_RATIO_SHIFT;
            ca.delayed_ack += cnt;
        }
    }

    static int bictcp_register() {
        return tcp_register_congestion_control(bictcp);
    }

    static void bictcp_unregister() {
        tcp_unregister_congestion_control(bictcp);
    }
}
