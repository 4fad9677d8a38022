// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.kernel.Kernel.minU32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.tcp.Sysctls.sysctl_tcp_fin_timeout;
import static net.tcp.Sysctls.sysctl_tcp_keepalive_intvl;
import static net.tcp.Sysctls.sysctl_tcp_keepalive_probes;
import static net.tcp.Sysctls.sysctl_tcp_keepalive_time;
import static net.tcp.Timestamps.tcp_time_stamp;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/** How long to wait before a silent peer is asked whether it is there, and for its FIN. In jiffies. */
public final class Keepalive {
    private Keepalive() {}

    /** Between two probes: {@code TCP_KEEPINTVL}, or the sysctl (75 s). */
    public static int keepalive_intvl_when(tcp_sock tp) {
        return tp.keepalive_intvl != 0 ? tp.keepalive_intvl : sysctl_tcp_keepalive_intvl;
    }

    /** Silence before the first probe: {@code TCP_KEEPIDLE}, or the sysctl (2 h). */
    public static int keepalive_time_when(tcp_sock tp) {
        return tp.keepalive_time != 0 ? tp.keepalive_time : sysctl_tcp_keepalive_time;
    }

    /** Probes without an answer before the connection is given up: {@code TCP_KEEPCNT}, or the sysctl (9). */
    public static int keepalive_probes(tcp_sock tp) {
        return tp.keepalive_probes != 0 ? tp.keepalive_probes : sysctl_tcp_keepalive_probes;
    }

    /** Since the peer was heard last, be it data or an ACK (u32). */
    public static int keepalive_time_elapsed(tcp_sock tp) {
        inet_connection_sock icsk = tp;

        return minU32(tcp_time_stamp() - icsk.icsk_ack.lrcvtime, tcp_time_stamp() - tp.rcv_tstamp);
    }

    /**
     * How long to stay in FIN_WAIT2: {@code TCP_LINGER2}, or the sysctl (60 s), but at least three and a half
     * timeouts. A negative {@code linger2} (no FIN_WAIT2 at all) thus becomes these.
     */
    public static int tcp_fin_time(sock sk) {
        int fin_timeout = tcp_sk(sk).linger2 != 0 ? tcp_sk(sk).linger2 : sysctl_tcp_fin_timeout;
        int rto = inet_csk(sk).icsk_rto;

        if (fin_timeout < (rto << 2) - (rto >> 1)) {
            fin_timeout = (rto << 2) - (rto >> 1);
        }

        return fin_timeout;
    }
}
