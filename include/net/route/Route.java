// SPDX-License-Identifier: GPL-2.0-only
package net.route;

import static linux.skbuff.Dst.skb_rtable;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_metric_raw;
import static net.inet_sock.Sockets.inet_sk;
import static net.route.Globals.sysctl_ip_default_ttl;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_LOCALROUTE;
import static uapi.linux.ip.Ip.IPTOS_TOS;
import static uapi.linux.ip.Ip.IPTOS_TOS_MASK;
import static uapi.linux.rtnetlink.Rt.RTAX_HOPLIMIT;

import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.sock.sock;

/**
 * What may be asked of an IPv4 route, from {@code include/net/route.h}. Those of the header that look for a route call
 * {@code net/ipv4/route.c} and stand with it, in {@code route.Output}, {@code route.Input} and {@code route.Connect}.
 */
public final class Route {
    private Route() {}

    private static final int TC_PRIO_BESTEFFORT = 0;
    private static final int TC_PRIO_BULK = 2;
    private static final int TC_PRIO_INTERACTIVE_BULK = 4;
    private static final int TC_PRIO_INTERACTIVE = 6;

    /** Priority of a packet by its type of service, in steps of 2. */
    public static final int[] ip_tos2prio = {
        TC_PRIO_BESTEFFORT,
        TC_PRIO_BESTEFFORT,
        TC_PRIO_BESTEFFORT,
        TC_PRIO_BESTEFFORT,
        TC_PRIO_BULK,
        TC_PRIO_BULK,
        TC_PRIO_BULK,
        TC_PRIO_BULK,
        TC_PRIO_INTERACTIVE,
        TC_PRIO_INTERACTIVE,
        TC_PRIO_INTERACTIVE,
        TC_PRIO_INTERACTIVE,
        TC_PRIO_INTERACTIVE_BULK,
        TC_PRIO_INTERACTIVE_BULK,
        TC_PRIO_INTERACTIVE_BULK,
        TC_PRIO_INTERACTIVE_BULK,
    };

    public static final int IPTOS_RT_MASK = IPTOS_TOS_MASK & ~3;

    /** The bits of a type of service that count for routing. */
    public static int RT_TOS(int tos) {
        return tos & IPTOS_TOS_MASK;
    }

    /** Type of service of a socket, and whether it may only talk to hosts on the link ({@code RTO_ONLINK}). */
    public static int RT_CONN_FLAGS(sock sk) {
        return RT_TOS(inet_sk(sk).tos) | (sock_flag(sk, SOCK_LOCALROUTE) ? 1 : 0);
    }

    public static int RT_CONN_FLAGS_TOS(sock sk, int tos) {
        return RT_TOS(tos) | (sock_flag(sk, SOCK_LOCALROUTE) ? 1 : 0);
    }

    public static boolean rt_is_input_route(rtable rt) {
        return rt.rt_is_input;
    }

    public static boolean rt_is_output_route(rtable rt) {
        return !rt.rt_is_input;
    }

    /** Who gets the packet next: the gateway, or the receiver itself. */
    public static int rt_nexthop(rtable rt, int daddr) {
        if (rt.rt_gateway != 0) {
            return rt.rt_gateway;
        }
        return daddr;
    }

    /** @param rt may be null */
    public static void ip_rt_put(rtable rt) {
        dst_release(rt);
    }

    public static int rt_tos2priority(int tos) {
        return ip_tos2prio[IPTOS_TOS(tos) >> 1];
    }

    /** The device a packet came in by; for one that was sent to ourselves, the one it was sent by. */
    public static int inet_iif(sk_buff skb) {
        int iif = skb_rtable(skb).rt_iif;

        if (iif != 0) {
            return iif;
        }
        return skb.skb_iif;
    }

    public static int ip4_dst_hoplimit(dst_entry dst) {
        int hoplimit = dst_metric_raw(dst, RTAX_HOPLIMIT);

        if (hoplimit == 0) {
            hoplimit = sysctl_ip_default_ttl;
        }
        return hoplimit;
    }
}
