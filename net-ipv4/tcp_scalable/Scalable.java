// SPDX-License-Identifier: GPL-2.0-only
package tcp_scalable;

import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_cong_avoid_ai;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;

import linux.tcp.tcp_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * Scalable TCP, {@code net/ipv4/tcp_scalable.c}: T. Kelly, "Scalable TCP: Improving Performance in Highspeed Wide Area
 * Networks" (2003). The window grows by one for every 50 ACKs however large it is, and loses an eighth with a loss: so
 * it takes the same number of round trips to recover at any rate.
 *
 * <p>Everything is called through {@code icsk_ca_ops}; nothing is kept.
 */
public final class Scalable {
    private Scalable() {}

    /** The paper has 100 segments; an ACK is taken to stand for two. */
    static final int TCP_SCALABLE_AI_CNT = 50;

    static final int TCP_SCALABLE_MD_SCALE = 3;

    static tcp_congestion_ops tcp_scalable;

    static void tcp_scalable_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
        } else {
            tcp_cong_avoid_ai(tp, minU32(tp.snd_cwnd, TCP_SCALABLE_AI_CNT));
        }
    }

    static int tcp_scalable_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        return maxU32(tp.snd_cwnd - (tp.snd_cwnd >>> TCP_SCALABLE_MD_SCALE), 2);
    }

    static int tcp_scalable_register() {
        return tcp_register_congestion_control(tcp_scalable);
    }

    static void tcp_scalable_unregister() {
        tcp_unregister_congestion_control(tcp_scalable);
    }
}
