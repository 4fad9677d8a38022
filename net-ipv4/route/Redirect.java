// SPDX-License-Identifier: GPL-2.0-only
package route;

import static devinet.IfAddrs.inet_addr_onlink;
import static fib_frontend.Source.inet_addr_type;
import static fib_semantics.FibInfo.ip_fib_check_default;
import static fib_trie.FibTable.fib_lookup;
import static icmp.Icmp.icmp_send;
import static linux.err.Err.IS_ERR;
import static linux.icmp.IcmpHdr.icmp_hdr;
import static linux.in.Addresses.ipv4_is_lbcast;
import static linux.in.Addresses.ipv4_is_multicast;
import static linux.in.Addresses.ipv4_is_zeronet;
import static linux.inetdevice.Conf.IN_DEV_RX_REDIRECTS;
import static linux.inetdevice.Conf.IN_DEV_SEC_REDIRECTS;
import static linux.inetdevice.Conf.IN_DEV_SHARED_MEDIA;
import static linux.inetdevice.Conf.IN_DEV_TX_REDIRECTS;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.ip.IpHdr.ip_hdr;
import static linux.jiffies.Jiffies.time_after;
import static linux.kernel.Kernel.geU32;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Dst.skb_rtable;
import static net.dst.dst_entry.DST_OBSOLETE_KILL;
import static net.inetpeer.InetPeer.inet_getpeer_v4;
import static net.inetpeer.InetPeer.inet_putpeer;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.neighbour.Neigh.NUD_VALID;
import static net.neighbour.Neigh.neigh_event_send;
import static net.neighbour.Neigh.neigh_release;
import static net.route.Route.RT_TOS;
import static net.route.Route.ip_rt_put;
import static net.route.Route.rt_nexthop;
import static net.sock.Fields.sock_net;
import static route.Check.ipv4_neigh_lookup;
import static route.Exceptions.update_or_create_fnhe;
import static route.FlowKey.__build_flow_key;
import static route.Output.__ip_route_output_key;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_HOST;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_HOSTTOS;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_NET;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_NETTOS;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import linux.compiler.Differs;
import linux.inetdevice.in_device;
import linux.jiffies.Jiffies;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inetpeer.inet_peer;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_result;
import net.neighbour.neighbour;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * ICMP redirects, taken and given, from {@code net/ipv4/route.c}: "there is a better gateway on your link" (RFC 792, RFC
 * 1122, section 3.2.2.2). TCP's error handler calls in through {@code dst_ops.redirect}; a router that forwards out of
 * the device the packet came in by calls {@link #ip_rt_send_redirect}.
 */
public final class Redirect {
    private Redirect() {}

    /**
     * Takes a redirect, if it comes from the gateway in use and the new one is a neighbour.
     *
     * @param skb the ICMP message
     * @param fl4 what the route was asked for
     * @param kill_route {@code rt} is the entry in use: it is stale now
     */
    @Differs("a neighbour that could not be made is an error and not null; upstream: neigh: check error pointer instead of"
            + " NULL for ipv4_neigh_lookup()")
    static void __ip_do_redirect(rtable rt, sk_buff skb, flowi4 fl4, boolean kill_route) {
        int new_gw = icmp_hdr(skb).gateway();
        int old_gw = ip_hdr(skb).saddr();
        net_device dev = skb.dev;
        in_device in_dev;
        fib_result res = new fib_result();
        neighbour n;
        net net;

        switch (icmp_hdr(skb).code() & 7) {
            case ICMP_REDIR_NET:
            case ICMP_REDIR_NETTOS:
            case ICMP_REDIR_HOST:
            case ICMP_REDIR_HOSTTOS:
                break;

            default:
                return;
        }

        if (rt.rt_gateway != old_gw) {
            return;
        }

        in_dev = __in_dev_get_rcu(dev);
        if (in_dev == null) {
            return;
        }

        net = dev_net(dev);
        if (new_gw == old_gw
                || !IN_DEV_RX_REDIRECTS(in_dev)
                || ipv4_is_multicast(new_gw)
                || ipv4_is_lbcast(new_gw)
                || ipv4_is_zeronet(new_gw)) {
            return;
        }

        if (!IN_DEV_SHARED_MEDIA(in_dev)) {
            if (!inet_addr_onlink(in_dev, new_gw, old_gw)) {
                return;
            }
            if (IN_DEV_SEC_REDIRECTS(in_dev) && ip_fib_check_default(new_gw, dev) != 0) {
                return;
            }
        } else {
            if (inet_addr_type(net, new_gw) != RTN_UNICAST) {
                return;
            }
        }

        n = ipv4_neigh_lookup(rt, null, new_gw);
        if (!IS_ERR(n)) {
            if ((n.nud_state & NUD_VALID) == 0) {
                neigh_event_send(n, null);
            } else {
                if (fib_lookup(net, fl4, res) == 0) {
                    fib_nh nh = FIB_RES_NH(res);

                    update_or_create_fnhe(nh, fl4.daddr, new_gw, 0, 0);
                }
                if (kill_route) {
                    rt.obsolete = DST_OBSOLETE_KILL;
                }
            }
            neigh_release(n);
        }
    }

    static void ip_do_redirect(dst_entry dst, sock sk, sk_buff skb) {
        rtable rt;
        flowi4 fl4 = new flowi4();
        iphdr iph = new iphdr(skb.head, skb.data);
        int oif = skb.dev.ifindex;
        int tos = RT_TOS(iph.tos());
        int prot = iph.protocol();
        int mark = skb.mark;

        rt = (rtable) dst;

        __build_flow_key(fl4, sk, iph, oif, tos, prot, mark, 0);
        __ip_do_redirect(rt, skb, fl4, true);
    }

    /**
     * Tells the sender of {@code skb} of a better gateway: up to {@code redirect_number} times, each time after twice as
     * long, then no more until it has sent nothing of the kind for {@code redirect_silence}.
     */
    public static void ip_rt_send_redirect(sk_buff skb) {
        rtable rt = skb_rtable(skb);
        in_device in_dev;
        inet_peer peer;
        net net;

        in_dev = __in_dev_get_rcu(rt.dev);
        if (in_dev == null || !IN_DEV_TX_REDIRECTS(in_dev)) {
            return;
        }

        net = dev_net(rt.dev);
        peer = inet_getpeer_v4(net.ipv4.peers, ip_hdr(skb).saddr(), true);
        if (peer == null) {
            icmp_send(skb, ICMP_REDIRECT, ICMP_REDIR_HOST, rt_nexthop(rt, ip_hdr(skb).daddr()));
            return;
        }

        if (time_after(Jiffies.jiffies, peer.rate_last + Init.ip_rt_redirect_silence)) {
            peer.rate_tokens = 0;
        }

        if (geU32(peer.rate_tokens, Init.ip_rt_redirect_number)) {
            peer.rate_last = Jiffies.jiffies;
            inet_putpeer(peer);
            return;
        }

        if (peer.rate_tokens == 0
                || time_after(Jiffies.jiffies, peer.rate_last + (Init.ip_rt_redirect_load << peer.rate_tokens))) {
            int gw = rt_nexthop(rt, ip_hdr(skb).daddr());

            icmp_send(skb, ICMP_REDIRECT, ICMP_REDIR_HOST, gw);
            peer.rate_last = Jiffies.jiffies;
            ++peer.rate_tokens;
        }
        inet_putpeer(peer);
    }

    /** A redirect about a packet that no socket can be asked about. */
    public static void ipv4_redirect(sk_buff skb, net net, int oif, int mark, int protocol, int flow_flags) {
        iphdr iph = new iphdr(skb.head, skb.data);
        flowi4 fl4 = new flowi4();
        rtable rt;

        __build_flow_key(fl4, null, iph, oif, RT_TOS(iph.tos()), protocol, mark, flow_flags);
        rt = __ip_route_output_key(net, fl4);
        if (!IS_ERR(rt)) {
            __ip_do_redirect(rt, skb, fl4, false);
            ip_rt_put(rt);
        }
    }

    public static void ipv4_sk_redirect(sk_buff skb, sock sk) {
        iphdr iph = new iphdr(skb.head, skb.data);
        flowi4 fl4 = new flowi4();
        rtable rt;

        __build_flow_key(fl4, sk, iph, 0, 0, 0, 0, 0);
        rt = __ip_route_output_key(sock_net(sk), fl4);
        if (!IS_ERR(rt)) {
            __ip_do_redirect(rt, skb, fl4, false);
            ip_rt_put(rt);
        }
    }
}
