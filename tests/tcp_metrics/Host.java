// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.hrtimer.Clock.NSEC_PER_MSEC;
import static linux.hrtimer.Clock.now;
import static linux.hrtimer.Clock.passTo;
import static net.dst.Metrics.dst_init_metrics;
import static net.net_namespace.NetNs.init_net;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.inetpeer.inetpeer_addr;
import net.request_sock.request_sock_ops;
import net.route.rtable;
import testing.FreshSocket;

/** A socket, a request and a time-wait socket of the same two hosts, and the route between them. */
final class Host {
    static final String US = "10.0.0.1";
    static final String THEM = "10.0.0.7";

    /** Metrics of the route, by {@code RTAX_* - 1}. */
    final int[] metrics = new int[RTAX_MAX];

    final rtable rt = new rtable();
    final tcp_sock sk = FreshSocket.fresh();
    final tcp_request_sock req = new tcp_request_sock();
    final tcp_timewait_sock tw = new tcp_timewait_sock();

    Host() {
        rt.dev = init_net.loopback_dev;
        dst_init_metrics(rt, metrics, false);
        sk.sk_dst_cache = rt;
        sk.inet_saddr = ip(US);
        sk.skc_daddr = ip(THEM);
        req.rsk_ops = new request_sock_ops();
        req.rsk_ops.family = AF_INET;
        req.skc_rcv_saddr = ip(US);
        req.skc_daddr = ip(THEM);
        tw.skc_family = AF_INET;
        tw.skc_net = init_net;
        tw.skc_rcv_saddr = ip(US);
        tw.skc_daddr = ip(THEM);
    }

    /** What is remembered about the host; made if nothing is. */
    tcp_metrics_block block() {
        return Metrics.tcp_get_metrics(sk, rt, true);
    }

    /** The same, or null. */
    tcp_metrics_block known() {
        return Metrics.tcp_get_metrics(sk, rt, false);
    }

    static inetpeer_addr addr(String a) {
        inetpeer_addr addr = new inetpeer_addr();
        addr.family = AF_INET;
        addr.a4 = ip(a);
        return addr;
    }

    /** A machine that has been up for so many more milliseconds. */
    static void later(long ms) {
        passTo(now() + ms * NSEC_PER_MSEC);
    }
}
