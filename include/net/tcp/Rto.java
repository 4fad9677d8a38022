// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Metrics.dst_metric_locked;
import static net.dst.Metrics.dst_metric_rtt;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.sock.Dst.__sk_dst_get;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_RTO_MIN;
import static uapi.linux.rtnetlink.Rt.RTAX_RTO_MIN;

import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/** The retransmission timeout (RFC 6298), in jiffies, and the timer for probes of a closed window. */
public final class Rto {
    private Rto() {}

    /** Two minutes at most, whatever was measured. */
    public static void tcp_bound_rto(sock sk) {
        if (gtU32(inet_csk(sk).icsk_rto, TCP_RTO_MAX)) {
            inet_csk(sk).icsk_rto = TCP_RTO_MAX;
        }
    }

    /** SRTT + RTTVAR: the variance is kept four times and bounded below, so nothing is multiplied here. */
    public static int __tcp_set_rto(tcp_sock tp) {
        return (tp.srtt >>> 3) + tp.rttvar;
    }

    /** The least timeout: 200 ms unless the route has one of its own. */
    public static int tcp_rto_min(sock sk) {
        dst_entry dst = __sk_dst_get(sk);
        int rto_min = TCP_RTO_MIN;

        if (dst != null && dst_metric_locked(dst, RTAX_RTO_MIN)) {
            rto_min = (int) dst_metric_rtt(dst, RTAX_RTO_MIN);
        }
        return rto_min;
    }

    /** There are data, nothing is under way and no timer runs: the window must be closed, so let it be probed. */
    public static void tcp_check_probe_timer(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        if (tp.packets_out == 0 && icsk.icsk_pending == 0) {
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0, u32(icsk.icsk_rto), TCP_RTO_MAX);
        }
    }
}
