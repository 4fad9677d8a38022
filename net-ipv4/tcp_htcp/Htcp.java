// SPDX-License-Identifier: GPL-2.0-only
package tcp_htcp;

import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.jiffies.Jiffies.usecs_to_jiffies;
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
import static net.tcp.Sequence.between;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.tcp.TcpOpt.TCPF_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCPF_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * H-TCP, {@code net/ipv4/tcp_htcp.c}: R. Shorten, D. Leith, "H-TCP: TCP for High-Speed and Long-Distance Networks"
 * (2004). The increase {@code alpha} is Reno's for the first second after a loss and then grows with the square of the
 * time; the decrease {@code beta} is the smallest round-trip time divided by the largest, so that the queue just runs
 * empty, unless the throughput has changed much since the last loss: then it is a half.
 *
 * <p>Everything is called through {@code icsk_ca_ops}. alpha and beta are in 1/128.
 */
public final class Htcp {
    private Htcp() {}

    /** 1.0. */
    static final int ALPHA_BASE = 1 << 7;

    /** 0.5. */
    static final int BETA_MIN = 1 << 6;

    /** 0.8. */
    static final int BETA_MAX = 102;

    // Module parameters.

    /** Long paths grow faster. */
    static int use_rtt_scaling;

    /** beta depends on the throughput. */
    static int use_bandwidth_switch;

    /** What H-TCP keeps for a connection. Times in jiffies (u32). */
    static final class htcp extends CaStruct {
        /** How much the window grows in a round trip, and what a loss leaves of it (u8). */
        int alpha;

        int beta;

        /** A loss has been seen, so the measurements may be trusted (u8). */
        int modeswitch;

        /** Segments acknowledged by the last ACK (u16). */
        int pkts_acked;

        /** Segments acknowledged since {@link #lasttime}. */
        int packetcount;

        int minRTT;
        int maxRTT;

        /** When the last loss was. */
        int last_cong;

        /** What the fields were before the last loss; 0: nothing to go back to. */
        int undo_last_cong;

        int undo_maxRTT;
        int undo_old_maxB;

        /** Throughput in segments a second: smallest and largest since the loss, largest of before, and now. */
        int minB;

        int maxB;
        int old_maxB;
        int Bi;

        /** When the present measurement of it began. */
        int lasttime;
    }

    static tcp_congestion_ops htcp;

    /** This module's part of the socket, zeroed at first. */
    private static htcp ca(sock sk) {
        if (inet_csk_ca(sk) instanceof htcp ca) {
            return ca;
        }
        htcp ca = new htcp();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** Jiffies since the last loss. */
    static int htcp_cong_time(htcp ca) {
        return (int) Jiffies.jiffies - ca.last_cong;
    }

    /** The same in round trips; {@code minRTT} must not be 0. */
    static int htcp_ccount(htcp ca) {
        return Integer.divideUnsigned(htcp_cong_time(ca), ca.minRTT);
    }

    /** A loss: the clock starts anew, and what undo needs is kept. */
    static void htcp_reset(htcp ca) {
        ca.undo_last_cong = ca.last_cong;
        ca.undo_maxRTT = ca.maxRTT;
        ca.undo_old_maxB = ca.old_maxB;

        ca.last_cong = (int) Jiffies.jiffies;
    }

    /** The loss was none: as if it had never been. */
    static int htcp_cwnd_undo(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        htcp ca = ca(sk);

        if (ca.undo_last_cong != 0) {
            ca.last_cong = ca.undo_last_cong;
            ca.maxRTT = ca.undo_maxRTT;
            ca.old_maxB = ca.undo_old_maxB;
            ca.undo_last_cong = 0;
        }

        return maxU32(tp.snd_cwnd, Integer.divideUnsigned(tp.snd_ssthresh << 7, ca.beta));
    }

    /** Keeps the smallest and the largest time. One that exceeds the largest by more than 20 ms is no queue. */
    static void measure_rtt(sock sk, int srtt) {
        inet_connection_sock icsk = inet_csk(sk);
        htcp ca = ca(sk);

        if (gtU32(ca.minRTT, srtt) || ca.minRTT == 0) {
            ca.minRTT = srtt;
        }

        if (icsk.icsk_ca_state == TCP_CA_Open) {
            if (ltU32(ca.maxRTT, ca.minRTT)) {
                ca.maxRTT = ca.minRTT;
            }
            if (ltU32(ca.maxRTT, srtt) && u32(srtt) <= u32(ca.maxRTT) + msecs_to_jiffies(20)) {
                ca.maxRTT = srtt;
            }
        }
    }

    /** With every ACK: round-trip time, and once in a window of segments the throughput. */
    static void measure_achieved_throughput(sock sk, int pkts_acked, int rtt) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        htcp ca = ca(sk);
        int now = tcp_time_stamp();

        if (icsk.icsk_ca_state == TCP_CA_Open) {
            ca.pkts_acked = pkts_acked & 0xffff;
        }

        if (rtt > 0) {
            measure_rtt(sk, (int) usecs_to_jiffies(rtt));
        }

        if (use_bandwidth_switch == 0) {
            return;
        }

        if ((1 << icsk.icsk_ca_state & (TCPF_CA_Open | TCPF_CA_Disorder)) == 0) {
            ca.packetcount = 0;
            ca.lasttime = now;
            return;
        }

        ca.packetcount += pkts_acked;

        if (geU32(ca.packetcount, tp.snd_cwnd - (ca.alpha >>> 7 != 0 ? ca.alpha >>> 7 : 1))
                && geU32(now - ca.lasttime, ca.minRTT)
                && ca.minRTT != 0) {
            int cur_Bi = Integer.divideUnsigned(ca.packetcount * HZ, now - ca.lasttime);

            if (leU32(htcp_ccount(ca), 3)) {
                // Just after a loss: what was before does not count.
                ca.minB = ca.maxB = ca.Bi = cur_Bi;
            } else {
                ca.Bi = 3 * ca.Bi + cur_Bi >>> 2;
                if (gtU32(ca.Bi, ca.maxB)) {
                    ca.maxB = ca.Bi;
                }
                if (gtU32(ca.minB, ca.maxB)) {
                    ca.minB = ca.maxB;
                }
            }
            ca.packetcount = 0;
            ca.lasttime = now;
        }
    }

    /** A half when the throughput has changed by more than a fifth since the loss before; else min/max. */
    static void htcp_beta_update(htcp ca, int minRTT, int maxRTT) {
        if (use_bandwidth_switch != 0) {
            int maxB = ca.maxB;
            int old_maxB = ca.old_maxB;
            ca.old_maxB = ca.maxB;

            if (!between(5 * maxB, 4 * old_maxB, 6 * old_maxB)) {
                ca.beta = BETA_MIN;
                ca.modeswitch = 0;
                return;
            }
        }

        if (ca.modeswitch != 0 && u32(minRTT) > msecs_to_jiffies(10) && maxRTT != 0) {
            // Cut to eight bits before it is compared.
            ca.beta = Integer.divideUnsigned(minRTT << 7, maxRTT) & 0xff;
            if (ca.beta < BETA_MIN) {
                ca.beta = BETA_MIN;
            } else if (ca.beta > BETA_MAX) {
                ca.beta = BETA_MAX;
            }
        } else {
            ca.beta = BETA_MIN;
            ca.modeswitch = 1;
        }
    }

    /** {@code 1 + 10 (t - 1 s) + (t - 1 s)^2 / 4}, scaled with the round-trip time and to beta. */
    static void htcp_alpha_update(htcp ca) {
        int minRTT = ca.minRTT;
        int factor = 1;
        int diff = htcp_cong_time(ca);

        if (gtU32(diff, HZ)) {
            diff -= HZ;
            factor = 1 + Integer.divideUnsigned(
                    10 * diff + Integer.divideUnsigned((diff >>> 1) * (diff >>> 1), HZ), HZ);
        }

        if (use_rtt_scaling != 0 && minRTT != 0) {
            int scale = Integer.divideUnsigned(HZ << 3, 10 * minRTT);

            // 0.5 to 10, in eighths.
            scale = minU32(maxU32(scale, 1 << 2), 10 << 3);
            factor = Integer.divideUnsigned(factor << 3, scale);
            if (factor == 0) {
                factor = 1;
            }
        }

        ca.alpha = 2 * factor * ((1 << 7) - ca.beta);
        if (ca.alpha == 0) {
            ca.alpha = ALPHA_BASE;
        }
    }

    /** At a loss: alpha and beta anew. The largest round-trip time fades, as the route may have changed. */
    static void htcp_param_update(sock sk) {
        htcp ca = ca(sk);
        int minRTT = ca.minRTT;
        int maxRTT = ca.maxRTT;

        htcp_beta_update(ca, minRTT, maxRTT);
        htcp_alpha_update(ca);

        if (minRTT != 0 && gtU32(maxRTT, minRTT)) {
            ca.maxRTT = minRTT + Integer.divideUnsigned((maxRTT - minRTT) * 95, 100);
        }
    }

    /** A loss: beta times the window. */
    static int htcp_recalc_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        htcp ca = ca(sk);

        htcp_param_update(sk);
        return maxU32(tp.snd_cwnd * ca.beta >>> 7, 2);
    }

    static void htcp_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        htcp ca = ca(sk);

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
        } else {
            // alpha segments in a round trip.
            if (geU32(tp.snd_cwnd_cnt * ca.alpha >>> 7, tp.snd_cwnd)) {
                if (ltU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                    tp.snd_cwnd++;
                }
                tp.snd_cwnd_cnt = 0;
                htcp_alpha_update(ca);
            } else {
                tp.snd_cwnd_cnt += ca.pkts_acked;
            }

            ca.pkts_acked = 1;
        }
    }

    /** The connection is established. */
    static void htcp_init(sock sk) {
        inet_csk(sk).icsk_ca_priv = new htcp();
        htcp ca = ca(sk);

        ca.alpha = ALPHA_BASE;
        ca.beta = BETA_MIN;
        ca.pkts_acked = 1;
        ca.last_cong = (int) Jiffies.jiffies;
    }

    /** The time since a loss counts from the end of the recovery. */
    static void htcp_state(sock sk, int new_state) {
        switch (new_state) {
            case TCP_CA_Open:
                {
                    htcp ca = ca(sk);
                    if (ca.undo_last_cong != 0) {
                        ca.last_cong = (int) Jiffies.jiffies;
                        ca.undo_last_cong = 0;
                    }
                }
                break;
            case TCP_CA_CWR:
            case TCP_CA_Recovery:
            case TCP_CA_Loss:
                htcp_reset(ca(sk));
                break;
        }
    }

    static int htcp_register() {
        return tcp_register_congestion_control(htcp);
    }

    static void htcp_unregister() {
        tcp_unregister_congestion_control(htcp);
    }
}
