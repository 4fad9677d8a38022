// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.bug.Bug.WARN_ON;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.tcp.Sysctls.sysctl_tcp_early_retrans;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.Sysctls.sysctl_tcp_thin_dupack;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static uapi.linux.tcp.TcpOpt.TCPF_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCPF_CA_Recovery;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * What congestion control and loss recovery ask all the time: which kind of SACK, how much is in the network, which
 * state. All in segments.
 */
public final class Congestion {
    private Congestion() {}

    /** Enters {@code TCP_CA_*}; the module hears of it while {@code icsk_ca_state} still has the old value. */
    public static void tcp_set_ca_state(sock sk, int ca_state) {
        inet_connection_sock icsk = inet_csk(sk);

        if (icsk.icsk_ca_ops.set_state != null) {
            icsk.icsk_ca_ops.set_state.call(sk, ca_state);
        }
        icsk.icsk_ca_state = ca_state;
    }

    /** Tells the module, {@code CA_EVENT_*}. */
    public static void tcp_ca_event(sock sk, int event) {
        inet_connection_sock icsk = inet_csk(sk);

        if (icsk.icsk_ca_ops.cwnd_event != null) {
            icsk.icsk_ca_ops.cwnd_event.call(sk, event);
        }
    }

    /** Does the peer send SACK blocks (RFC 2018)? */
    public static boolean tcp_is_sack(tcp_sock tp) {
        return tp.rx_opt.sack_ok != 0;
    }

    /** No SACK: losses are guessed from duplicate ACKs. */
    public static boolean tcp_is_reno(tcp_sock tp) {
        return !tcp_is_sack(tp);
    }

    /** Forward acknowledgment: everything in front of the highest SACK that is not SACKed counts as lost. */
    public static boolean tcp_is_fack(tcp_sock tp) {
        return (tp.rx_opt.sack_ok & TCP_FACK_ENABLED) != 0;
    }

    public static void tcp_enable_fack(tcp_sock tp) {
        tp.rx_opt.sack_ok |= TCP_FACK_ENABLED;
    }

    /**
     * Allows early retransmit (RFC 5827), unless the more eager thin-stream rule is on, or reordering is known to
     * happen here.
     */
    public static void tcp_enable_early_retrans(tcp_sock tp) {
        tp.do_early_retrans = sysctl_tcp_early_retrans != 0
                && sysctl_tcp_early_retrans < 4
                && sysctl_tcp_thin_dupack == 0
                && sysctl_tcp_reordering == 3;
    }

    public static void tcp_disable_early_retrans(tcp_sock tp) {
        tp.do_early_retrans = false;
    }

    /** Segments that have left the network: arrived out of order, or lost. */
    public static int tcp_left_out(tcp_sock tp) {
        return tp.sacked_out + tp.lost_out;
    }

    /**
     * Segments in the network, as far as we can tell: sent once, minus those that left it, plus those sent again
     * ("pipe" of RFC 6675). Whether anything is unacknowledged is another question: {@code packets_out}.
     */
    public static int tcp_packets_in_flight(tcp_sock tp) {
        return tp.packets_out - tcp_left_out(tp) + tp.retrans_out;
    }

    /** Nothing was ever lost, so no threshold is known. */
    public static boolean tcp_in_initial_slowstart(tcp_sock tp) {
        return geU32(tp.snd_ssthresh, TCP_INFINITE_SSTHRESH);
    }

    /** Is the window on its way down to the threshold? */
    public static boolean tcp_in_cwnd_reduction(sock sk) {
        return ((TCPF_CA_CWR | TCPF_CA_Recovery) & 1 << inet_csk(sk).icsk_ca_state) != 0;
    }

    /** The threshold to return to: at least three quarters of the present window, unless that is being reduced. */
    public static int tcp_current_ssthresh(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        if (tcp_in_cwnd_reduction(sk)) {
            return tp.snd_ssthresh;
        } else {
            return maxU32(tp.snd_ssthresh, (tp.snd_cwnd >>> 1) + (tp.snd_cwnd >>> 2));
        }
    }

    /** More segments have left than were sent: a counter is wrong. */
    public static void tcp_verify_left_out(tcp_sock tp) {
        WARN_ON(gtU32(tcp_left_out(tp), tp.packets_out));
    }

    /** With {@code tcp_tso_win_divisor} 0: how many segments of free window TSO waits for. */
    public static int tcp_max_tso_deferred_mss(tcp_sock tp) {
        return 3;
    }

    /** Segments that may be sent in a burst: one ACK of slow start frees three, reordering more. */
    public static int tcp_max_burst(tcp_sock tp) {
        return tp.reordering;
    }

    /** So little is under way that three duplicate ACKs cannot be hoped for. */
    public static boolean tcp_stream_is_thin(tcp_sock tp) {
        return ltU32(tp.packets_out, 4) && !tcp_in_initial_slowstart(tp);
    }
}
