// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.ip.IpHdr.ip_hdr;
import static net.flow.Flow.flowi4_init_output;
import static net.inet_sock.Sockets.inet_sk;
import static net.inet_sock.Sockets.inet_sk_flowi_flags;
import static net.route.Route.RT_CONN_FLAGS;
import static net.route.Route.RT_TOS;
import static uapi.linux.in.In.IPPROTO_RAW;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * What route did a packet take? From {@code net/ipv4/route.c}. When ICMP says something about a packet, {@link Pmtu} and
 * {@link Redirect} have to find the next hop that it left by.
 */
public final class FlowKey {
    private FlowKey() {}

    /**
     * @param sk the socket that sent it: its settings count, not the arguments behind {@code iph}; null: unknown
     * @param iph header of the packet
     */
    static void __build_flow_key(flowi4 fl4, sock sk, iphdr iph, int oif, int tos, int prot, int mark,
            int flow_flags) {
        if (sk != null) {
            inet_sock inet = inet_sk(sk);

            oif = sk.skc_bound_dev_if;
            mark = sk.sk_mark;
            tos = RT_CONN_FLAGS(sk);
            prot = inet.hdrincl ? IPPROTO_RAW : sk.sk_protocol;
        }
        flowi4_init_output(fl4, oif, mark, tos, RT_SCOPE_UNIVERSE, prot, flow_flags, iph.daddr(), iph.saddr(), 0, 0);
    }

    static void build_skb_flow_key(flowi4 fl4, sk_buff skb, sock sk) {
        iphdr iph = ip_hdr(skb);
        int oif = skb.dev.ifindex;
        int tos = RT_TOS(iph.tos());
        int prot = iph.protocol();
        int mark = skb.mark;

        __build_flow_key(fl4, sk, iph, oif, tos, prot, mark, 0);
    }

    static void build_sk_flow_key(flowi4 fl4, sock sk) {
        inet_sock inet = inet_sk(sk);
        ip_options inet_opt;
        int daddr = inet.skc_daddr;

        inet_opt = inet.inet_opt;
        if (inet_opt != null && inet_opt.srr != 0) {
            daddr = inet_opt.faddr;
        }
        flowi4_init_output(fl4, sk.skc_bound_dev_if, sk.sk_mark, RT_CONN_FLAGS(sk), RT_SCOPE_UNIVERSE,
                inet.hdrincl ? IPPROTO_RAW : sk.sk_protocol, inet_sk_flowi_flags(sk), daddr, inet.inet_saddr, 0, 0);
    }

    static void ip_rt_build_flow_key(flowi4 fl4, sock sk, sk_buff skb) {
        if (skb != null) {
            build_skb_flow_key(fl4, skb, sk);
        } else {
            build_sk_flow_key(fl4, sk);
        }
    }
}
