// SPDX-License-Identifier: GPL-2.0-only
package tcp_westwood;

import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies_to_usecs;
import static linux.jiffies.Jiffies.usecs_to_jiffies;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static net.netlink.Nla.nla_put;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.tcp_congestion_ops.CA_EVENT_COMPLETE_CWR;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static net.tcp.tcp_congestion_ops.CA_EVENT_SLOW_ACK;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static uapi.linux.inet_diag.InetDiag.INET_DIAG_VEGASINFO;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;
import uapi.linux.inet_diag.tcpvegas_info;

/**
 * Westwood+, {@code net/ipv4/tcp_westwood.c}: S. Mascolo and others, "TCP Westwood: Bandwidth Estimation for Enhanced
 * Transport over Wireless Links" (2001). The window grows as Reno's. From the ACKs that come back it estimates the
 * bandwidth, and after a loss goes down to what fills the path without a queue, bandwidth times smallest round-trip
 * time, instead of to half: a loss on the air does not cost half the rate.
 *
 * <p>{@link #tcp_westwood_event} is called with every ACK: FAST_ACK when the header was as predicted, else SLOW_ACK.
 */
public final class Westwood {
    private Westwood() {}

    /** What Westwood keeps for a connection. Times in jiffies. */
    static final class westwood extends CaStruct {
        /** Bandwidth in bytes a jiffy: smoothed, and smoothed twice. */
        int bw_ns_est;

        int bw_est;

        /** When the sample began, and the bytes acknowledged since. */
        int rtt_win_sx;

        int bk;

        /** Up to where they were counted. */
        int snd_una;

        /** Bytes that the last ACK stands for. */
        int cumul_ack;

        /** Bytes already counted when duplicate ACKs announced them. */
        int accounted;

        /** The last round-trip time, and the smallest. */
        int rtt;

        int rtt_min;

        /** No ACK has come yet (u8). */
        int first_ack;

        /** The next round-trip time becomes the smallest (u8). */
        int reset_rtt_min;
    }

    /** A sample takes at least 50 ms. */
    static final int TCP_WESTWOOD_RTT_MIN = HZ / 20;

    /** 20 s: certainly longer than what will be measured. */
    static final int TCP_WESTWOOD_INIT_RTT = 20 * HZ;

    static tcp_congestion_ops tcp_westwood;

    /** This module's part of the socket, zeroed at first. */
    private static westwood ca(sock sk) {
        if (inet_csk_ca(sk) instanceof westwood ca) {
            return ca;
        }
        westwood ca = new westwood();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** The connection is established. */
    static void tcp_westwood_init(sock sk) {
        westwood w = ca(sk);

        w.bk = 0;
        w.bw_ns_est = 0;
        w.bw_est = 0;
        w.accounted = 0;
        w.cumul_ack = 0;
        w.reset_rtt_min = 1;
        w.rtt_min = w.rtt = TCP_WESTWOOD_INIT_RTT;
        w.rtt_win_sx = tcp_time_stamp();
        w.snd_una = tcp_sk(sk).snd_una;
        w.first_ack = 1;
    }

    /** 7/8 {@code a} + 1/8 {@code b}. */
    static int westwood_do_filter(int a, int b) {
        return 7 * a + b >>> 3;
    }

    /** A sample is complete: it took {@code delta} jiffies. The first one is taken as it is. */
    static void westwood_filter(westwood w, int delta) {
        if (w.bw_ns_est == 0 && w.bw_est == 0) {
            w.bw_ns_est = Integer.divideUnsigned(w.bk, delta);
            w.bw_est = w.bw_ns_est;
        } else {
            w.bw_ns_est = westwood_do_filter(w.bw_ns_est, Integer.divideUnsigned(w.bk, delta));
            w.bw_est = westwood_do_filter(w.bw_est, w.bw_ns_est);
        }
    }

    static void tcp_westwood_pkts_acked(sock sk, int cnt, int rtt) {
        westwood w = ca(sk);

        if (rtt > 0) {
            w.rtt = (int) usecs_to_jiffies(rtt);
        }
    }

    /** Ends the sample if a round trip, and 50 ms, are over. */
    static void westwood_update_window(sock sk) {
        westwood w = ca(sk);
        int delta = tcp_time_stamp() - w.rtt_win_sx;

        // Only from the first ACK on there is something to count.
        if (w.first_ack != 0) {
            w.snd_una = tcp_sk(sk).snd_una;
            w.first_ack = 0;
        }

        // Unsigned: were delta ever negative, it would count as long.
        if (w.rtt != 0 && gtU32(delta, maxU32(w.rtt, TCP_WESTWOOD_RTT_MIN))) {
            westwood_filter(w, delta);

            w.bk = 0;
            w.rtt_win_sx = tcp_time_stamp();
        }
    }

    static void update_rtt_min(westwood w) {
        if (w.reset_rtt_min != 0) {
            w.rtt_min = w.rtt;
            w.reset_rtt_min = 0;
        } else {
            w.rtt_min = minU32(w.rtt, w.rtt_min);
        }
    }

    /** A predicted ACK: it stands for what it acknowledges. */
    static void westwood_fast_bw(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        westwood w = ca(sk);

        westwood_update_window(sk);

        w.bk += tp.snd_una - w.snd_una;
        w.snd_una = tp.snd_una;
        update_rtt_min(w);
    }

    /**
     * How many bytes an ACK stands for that was not predicted. A duplicate says that one segment has arrived. The ACK
     * that fills the hole then acknowledges those segments once more, so they are taken off.
     */
    static int westwood_acked_count(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        westwood w = ca(sk);

        w.cumul_ack = tp.snd_una - w.snd_una;

        if (w.cumul_ack == 0) {
            w.accounted += tp.mss_cache;
            w.cumul_ack = tp.mss_cache;
        }

        if (gtU32(w.cumul_ack, tp.mss_cache)) {
            if (geU32(w.accounted, w.cumul_ack)) {
                w.accounted -= w.cumul_ack;
                w.cumul_ack = tp.mss_cache;
            } else {
                w.cumul_ack -= w.accounted;
                w.accounted = 0;
            }
        }

        w.snd_una = tp.snd_una;

        return w.cumul_ack;
    }

    /** The window that fills the path without a queue, in segments; at least 2. */
    static int tcp_westwood_bw_rttmin(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        westwood w = ca(sk);
        return maxU32(Integer.divideUnsigned(w.bw_est * w.rtt_min, tp.mss_cache), 2);
    }

    static void tcp_westwood_event(sock sk, int event) {
        tcp_sock tp = tcp_sk(sk);
        westwood w = ca(sk);

        switch (event) {
            case CA_EVENT_FAST_ACK:
                westwood_fast_bw(sk);
                break;

            case CA_EVENT_COMPLETE_CWR:
                tp.snd_cwnd = tp.snd_ssthresh = tcp_westwood_bw_rttmin(sk);
                break;

            case CA_EVENT_LOSS:
                tp.snd_ssthresh = tcp_westwood_bw_rttmin(sk);
                // The path may be another one now.
                w.reset_rtt_min = 1;
                break;

            case CA_EVENT_SLOW_ACK:
                westwood_update_window(sk);
                w.bk += westwood_acked_count(sk);
                update_rtt_min(w);
                break;

            default:
                break;
        }
    }

    /**
     * Appends what the module knows to a dump of sockets, if it is asked for.
     *
     * @param ext a bit for each attribute wanted, bit 0 for attribute 1
     */
    static void tcp_westwood_info(sock sk, int ext, sk_buff skb) {
        westwood ca = ca(sk);
        if ((ext & 1 << INET_DIAG_VEGASINFO - 1) != 0) {
            tcpvegas_info info = new tcpvegas_info();
            info.tcpv_enabled = 1;
            info.tcpv_rtt = jiffies_to_usecs(u32(ca.rtt));
            info.tcpv_minrtt = jiffies_to_usecs(u32(ca.rtt_min));

            nla_put(skb, INET_DIAG_VEGASINFO, tcpvegas_info.SIZE, info.bytes());
        }
    }

    static int tcp_westwood_register() {
        return tcp_register_congestion_control(tcp_westwood);
    }

    static void tcp_westwood_unregister() {
        tcp_unregister_congestion_control(tcp_westwood);
    }
}
