// SPDX-License-Identifier: GPL-2.0-only
package tcp_vegas;

import static linux.kernel.Kernel.div_u64;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.netlink.Nla.nla_put;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Sequence.after;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_reno_cong_avoid;
import static tcp_cong.Reno.tcp_slow_start;
import static uapi.linux.inet_diag.InetDiag.INET_DIAG_VEGASINFO;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;
import uapi.linux.inet_diag.tcpvegas_info;

/**
 * Vegas, {@code net/ipv4/tcp_vegas.c}: L. Brakmo, L. Peterson, "TCP Vegas: End to End Congestion Avoidance on a Global
 * Internet" (1995). It compares the round-trip time with the smallest ever: the excess times the rate is the number of
 * packets that stand in queues, and once a round trip the window is corrected so that there are two to four of them.
 * Loss recovery is that of Reno.
 *
 * <p>{@link #tcp_vegas_pkts_acked} takes the samples, {@link #tcp_vegas_cong_avoid} decides. Samples from before a
 * pause, a timeout or a recovery say nothing about now, so these begin anew ({@link #vegas_enable}). YeAH builds on
 * the public functions.
 */
public final class Vegas {
    private Vegas() {}

    // Module parameters, in packets: queued at least, at most, and at most in slow start.

    static int alpha;
    static int beta;
    static int gamma;

    /** What Vegas keeps for a connection, {@code net/ipv4/tcp_vegas.h}. */
    public static class vegas extends CaStruct {
        /** The round trip ends when this is acknowledged: {@code snd_nxt} when it began. */
        public int beg_snd_nxt;

        /** Used by YeAH: where the last one began, and the window then. */
        public int beg_snd_una;

        public int beg_snd_cwnd;

        /** Samples are being taken (u8). */
        public int doing_vegas_now;

        /** How many in this round trip (u16: it wraps). */
        public int cntRTT;

        /** The smallest of this round trip, and of all, in microseconds. */
        public int minRTT;

        public int baseRTT;
    }

    static tcp_congestion_ops tcp_vegas;

    /** This module's part of the socket, zeroed at first. */
    private static vegas ca(sock sk) {
        if (inet_csk_ca(sk) instanceof vegas ca) {
            return ca;
        }
        vegas ca = new vegas();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** Samples are taken from now on. The decision comes when what is sent next is acknowledged. */
    static void vegas_enable(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        vegas vegas = ca(sk);

        vegas.doing_vegas_now = 1;

        vegas.beg_snd_nxt = tp.snd_nxt;

        vegas.cntRTT = 0;
        vegas.minRTT = 0x7fffffff;
    }

    static void vegas_disable(sock sk) {
        vegas vegas = ca(sk);

        vegas.doing_vegas_now = 0;
    }

    /** The connection is established, or sends again after a pause: not even the smallest time counts any more. */
    public static void tcp_vegas_init(sock sk) {
        vegas vegas = ca(sk);

        vegas.baseRTT = 0x7fffffff;
        vegas_enable(sk);
    }

    /**
     * Takes a sample. The smallest of a round trip leaves out those that the peer's delayed ACKs made long.
     *
     * @param rtt_us -1: none
     */
    public static void tcp_vegas_pkts_acked(sock sk, int cnt, int rtt_us) {
        vegas vegas = ca(sk);
        int vrtt;

        if (rtt_us < 0) {
            return;
        }

        // Never 0: it will be divided by.
        vrtt = rtt_us + 1;

        if (ltU32(vrtt, vegas.baseRTT)) {
            vegas.baseRTT = vrtt;
        }

        vegas.minRTT = minU32(vegas.minRTT, vrtt);
        vegas.cntRTT = vegas.cntRTT + 1 & 0xffff;
    }

    /** Only while nothing is lost. */
    public static void tcp_vegas_state(sock sk, int ca_state) {

        if (ca_state == TCP_CA_Open) {
            vegas_enable(sk);
        } else {
            vegas_disable(sk);
        }
    }

    public static void tcp_vegas_cwnd_event(sock sk, int event) {
        if (event == CA_EVENT_CWND_RESTART || event == CA_EVENT_TX_START) {
            tcp_vegas_init(sk);
        }
    }

    /** Below the window, so that slow start is over. */
    static int tcp_vegas_ssthresh(tcp_sock tp) {
        return minU32(tp.snd_ssthresh, tp.snd_cwnd - 1);
    }

    /**
     * Once a round trip: {@code diff}, the packets in queues, decides whether the window goes up, stays or goes down
     * by one. In slow start the window doubles, until {@code gamma} packets are queued; then it falls to what the
     * measured rate fills. Up to two samples may both come from delayed ACKs: then Reno decides.
     */
    static void tcp_vegas_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        vegas vegas = ca(sk);

        if (vegas.doing_vegas_now == 0) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            return;
        }

        if (after(ack, vegas.beg_snd_nxt)) {
            vegas.beg_snd_nxt = tp.snd_nxt;

            if (vegas.cntRTT <= 2) {
                tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            } else {
                int rtt, diff;
                long target_cwnd;

                rtt = vegas.minRTT;

                // The window that would do if nothing were queued.
                target_cwnd = u32(tp.snd_cwnd) * u32(vegas.baseRTT);
                target_cwnd = div_u64(target_cwnd, rtt);

                diff = Integer.divideUnsigned(tp.snd_cwnd * (rtt - vegas.baseRTT), vegas.baseRTT);

                if (gtU32(diff, gamma) && leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
                    // One more than that, as the division has cut off a fraction.
                    tp.snd_cwnd = minU32(tp.snd_cwnd, (int) target_cwnd + 1);
                    tp.snd_ssthresh = tcp_vegas_ssthresh(tp);

                } else if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
                    tcp_slow_start(tp, acked);
                } else {
                    if (gtU32(diff, beta)) {
                        tp.snd_cwnd--;
                        tp.snd_ssthresh = tcp_vegas_ssthresh(tp);
                    } else if (ltU32(diff, alpha)) {
                        tp.snd_cwnd++;
                    }
                }

                if (ltU32(tp.snd_cwnd, 2)) {
                    tp.snd_cwnd = 2;
                } else if (gtU32(tp.snd_cwnd, tp.snd_cwnd_clamp)) {
                    tp.snd_cwnd = tp.snd_cwnd_clamp;
                }

                tp.snd_ssthresh = tcp_current_ssthresh(sk);
            }

            vegas.cntRTT = 0;
            vegas.minRTT = 0x7fffffff;
        } else if (leU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            tcp_slow_start(tp, acked);
        }
    }

    /**
     * Appends what the module knows to a dump of sockets, if it is asked for.
     *
     * @param ext a bit for each attribute wanted, bit 0 for attribute 1
     */
    public static void tcp_vegas_get_info(sock sk, int ext, sk_buff skb) {
        vegas ca = ca(sk);
        if ((ext & 1 << INET_DIAG_VEGASINFO - 1) != 0) {
            tcpvegas_info info = new tcpvegas_info();
            info.tcpv_enabled = ca.doing_vegas_now;
            info.tcpv_rttcnt = ca.cntRTT;
            info.tcpv_rtt = ca.baseRTT;
            info.tcpv_minrtt = ca.minRTT;

            nla_put(skb, INET_DIAG_VEGASINFO, tcpvegas_info.SIZE, info.bytes());
        }
    }

    static int tcp_vegas_register() {
        tcp_register_congestion_control(tcp_vegas);
        return 0;
    }

    static void tcp_vegas_unregister() {
        tcp_unregister_congestion_control(tcp_vegas);
    }
}
