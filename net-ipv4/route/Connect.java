// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.err.Err.IS_ERR;
import static net.flow.Flow.flowi4_init_output;
import static net.flow.Flow.flowi4_update_output;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static net.inet_sock.Sockets.inet_sk;
import static net.route.Route.RT_CONN_FLAGS;
import static net.route.Route.ip_rt_put;
import static net.sock.Fields.sock_net;
import static route.Output.__ip_route_output_key;
import static route.Output.ip_route_output_flow;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import net.flow.flowi4;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;

/**
 * The route of a connection to be, from {@code include/net/route.h}: {@code connect} asks before it has a source port,
 * since the port depends on the source address, and once more when it has one.
 */
public final class Connect {
    private Connect() {}

    static void ip_route_connect_init(flowi4 fl4, int dst, int src, int tos, int oif, int protocol, int sport,
            int dport, sock sk) {
        int flow_flags = 0;

        if (inet_sk(sk).transparent) {
            flow_flags |= FLOWI_FLAG_ANYSRC;
        }

        flowi4_init_output(fl4, oif, sk.sk_mark, tos, RT_SCOPE_UNIVERSE, protocol, flow_flags, dst, src, dport, sport);
    }

    /**
     * Chooses the addresses that are still 0, then the route for both.
     *
     * @param tos with {@code RTO_ONLINK} if the peer must be on the link
     * @return with a reference, or an error pointer as of {@code __ip_route_output_key}
     */
    public static rtable ip_route_connect(flowi4 fl4, int dst, int src, int tos, int oif, int protocol, int sport,
            int dport, sock sk) {
        net net = sock_net(sk);
        rtable rt;

        ip_route_connect_init(fl4, dst, src, tos, oif, protocol, sport, dport, sk);

        if (dst == 0 || src == 0) {
            rt = __ip_route_output_key(net, fl4);
            if (IS_ERR(rt)) {
                return rt;
            }
            ip_rt_put(rt);
            flowi4_update_output(fl4, oif, tos, fl4.daddr, fl4.saddr);
        }
        return ip_route_output_flow(net, fl4, sk);
    }

    /** The ports are known now. @return {@code rt}, or another route in its place */
    public static rtable ip_route_newports(flowi4 fl4, rtable rt, int orig_sport, int orig_dport, int sport, int dport,
            sock sk) {
        if (sport != orig_sport || dport != orig_dport) {
            fl4.fl4_dport = dport;
            fl4.fl4_sport = sport;
            ip_rt_put(rt);
            flowi4_update_output(fl4, sk.skc_bound_dev_if, RT_CONN_FLAGS(sk), fl4.daddr, fl4.saddr);
            return ip_route_output_flow(sock_net(sk), fl4, sk);
        }
        return rt;
    }
}
