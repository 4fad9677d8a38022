// SPDX-License-Identifier: GPL-2.0-only
package tcp_veno;

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
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_cong_avoid_ai;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_reno_cong_avoid;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * Veno, {@code net/ipv4/tcp_veno.c}: C. Fu, S. Liew, "TCP Veno: TCP Enhancement for Transmission over Wireless Access
 * Networks" (2003). Reno with Vegas' estimate of the queue: with fewer than three packets queued a loss was not
 * congestion but the air, and costs a fifth of the window instead of a half; with more, the window grows at half speed.
 *
 * <p>{@link #tcp_veno_pkts_acked} takes the samples, {@link #tcp_veno_cong_avoid} computes {@code diff} with every ACK,
 * {@link #tcp_veno_ssthresh} uses it. Times are in microseconds.
 */
public final class Veno {
    private Veno() {}

    /** Packets queued are in halves. */
    static final int V_PARAM_SHIFT = 1;

    static final int beta = 3 << V_PARAM_SHIFT;

    /** What Veno keeps for a connection. */
    static final class veno extends CaStruct {
        /** Reno decides while something is lost (u8). */
        int doing_veno_now;

        /** Samples taken (u16: it wraps). Never set back, so it matters at the very beginning only. */
        int cntrtt;

        /** The smallest since the last ACK, and of all. */
        int minrtt;

        int basertt;

        /** Every other increase is left out while packets queue: whether this one counts. */
        int inc;

        /** Packets queued, in halves. */
        int diff;
    }

    static tcp_congestion_ops tcp_veno;

    /** This module's part of the socket, zeroed at first. */
    private static veno ca(sock sk) {
        if (inet_csk_ca(sk) instanceof veno ca) {
            return ca;
        }
        veno ca = new veno();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    static void veno_enable(sock sk) {
        veno veno = ca(sk);

        veno.doing_veno_now = 1;

        veno.minrtt = 0x7fffffff;
    }

    static void veno_disable(sock sk) {
        veno veno = ca(sk);

        veno.doing_veno_now = 0;
    }

    /** The connection is established, or sends again after a pause. */
    static void tcp_veno_init(sock sk) {
        veno veno = ca(sk);

        veno.basertt = 0x7fffffff;
        veno.inc = 1;
        veno_enable(sk);
    }

    /**
     * Takes a sample.
     *
     * @param rtt_us -1: none
     */
    static void tcp_veno_pkts_acked(sock sk, int cnt, int rtt_us) {
        veno veno = ca(sk);
        int vrtt;

        if (rtt_us < 0) {
            return;
        }

        // Never 0: it will be divided by.
        vrtt = rtt_us + 1;

        if (ltU32(vrtt, veno.basertt)) {
            veno.basertt = vrtt;
        }

        veno.minrtt = minU32(veno.minrtt, vrtt);
        veno.cntrtt = veno.cntrtt + 1 & 0xffff;
    }

    static void tcp_veno_state(sock sk, int ca_state) {
        if (ca_state == TCP_CA_Open) {
            veno_enable(sk);
        } else {
            veno_disable(sk);
        }
    }

    static void tcp_veno_cwnd_event(sock sk, int event) {
        if (event == CA_EVENT_CWND_RESTART || event == CA_EVENT_TX_START) {
            tcp_veno_init(sk);
        }
    }

    static void tcp_veno_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        veno veno = ca(sk);

        if (veno.doing_veno_now == 0) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            return;
        }

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (veno.cntrtt <= 2) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
        } else {
            long target_cwnd;
            int rtt;

            rtt = veno.minrtt;

            // The window that would do if nothing were queued.
            target_cwnd = u32(tp.snd_cwnd) * u32(veno.basertt);
            target_cwnd <<= V_PARAM_SHIFT;
            target_cwnd = div_u64(target_cwnd, rtt);

            veno.diff = (tp.snd_cwnd << V_PARAM_SHIFT) - (int) target_cwnd;

            if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
                tcp_slow_start(tp, acked);
            } else {
                if (ltU32(veno.diff, beta)) {
                    tcp_cong_avoid_ai(tp, tp.snd_cwnd);
                } else {
                    if (geU32(tp.snd_cwnd_cnt, tp.snd_cwnd)) {
                        if (veno.inc != 0 && ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                            tp.snd_cwnd++;
                            veno.inc = 0;
                        } else {
                            veno.inc = 1;
                        }
                        tp.snd_cwnd_cnt = 0;
                    } else {
                        tp.snd_cwnd_cnt++;
                    }
                }
            }
            if (ltU32(tp.snd_cwnd, 2)) {
                tp.snd_cwnd = 2;
            } else if (gtU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                tp.snd_cwnd = tp.snd_cwnd_clamp;
            }
        }
        veno.minrtt = 0x7fffffff;
    }

    /** A loss: the air costs a fifth, congestion a half. */
    static int tcp_veno_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        veno veno = ca(sk);

        if (ltU32(veno.diff, beta)) {
            return maxU32(Integer.divideUnsigned(tp.snd_cwnd * 4, 5), 2);
        } else {
            return maxU32(tp.snd_cwnd >>> 1, 2);
        }
    }

    static int tcp_veno_register() {
        tcp_register_congestion_control(tcp_veno);
        return 0;
    }

    static void tcp_veno_unregister() {
        tcp_unregister_congestion_control(tcp_veno);
    }
}
