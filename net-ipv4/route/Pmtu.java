// SPDX-License-Identifier: GPL-2.0-only
package route;

import static fib_trie.FibTable.fib_lookup;
import static linux.err.Err.IS_ERR;
import static linux.jiffies.Jiffies.time_after_eq;
import static linux.jiffies.Jiffies.time_before;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.netdevice.Netdev.dev_net;
import static net.dst.Dst.dst_check;
import static net.dst.Garbage.dst_release;
import static net.dst.Metrics.dst_metric_locked;
import static net.dst.Metrics.dst_metric_raw;
import static net.ip.IpPacket.ip_sk_accept_pmtu;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.route.Route.RT_TOS;
import static net.route.Route.ip_rt_put;
import static net.sock.Dst.sk_dst_get;
import static net.sock.Dst.sk_dst_set;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static route.Exceptions.update_or_create_fnhe;
import static route.FlowKey.__build_flow_key;
import static route.FlowKey.ip_rt_build_flow_key;
import static route.Output.__ip_route_output_key;
import static route.Output.ip_route_output_flow;
import static uapi.linux.rtnetlink.Rt.IP_MAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;

import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_result;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * Path MTU discovery (RFC 1191), the part of the routes, from {@code net/ipv4/route.c}: "fragmentation needed" makes an
 * exception for the destination that lasts ten minutes. TCP's error handler calls in through {@code
 * dst_ops.update_pmtu}, and asks with {@code dst_mtu}.
 */
public final class Pmtu {
    private Pmtu() {}

    /** @param mtu of the link that was too small, u32; less than {@code min_pmtu} is not believed */
    static void __ip_rt_update_pmtu(rtable rt, flowi4 fl4, int mtu) {
        dst_entry dst = rt;
        fib_result res = new fib_result();

        if (dst_metric_locked(dst, RTAX_MTU)) {
            return;
        }

        if (ltU32(dst.dev.mtu, mtu)) {
            return;
        }

        if (ltU32(mtu, Init.ip_rt_min_pmtu)) {
            mtu = Init.ip_rt_min_pmtu;
        }

        if (rt.rt_pmtu == mtu && time_before(Jiffies.jiffies, dst.expires - Init.ip_rt_mtu_expires / 2)) {
            return;
        }

        if (fib_lookup(dev_net(dst.dev), fl4, res) == 0) {
            fib_nh nh = FIB_RES_NH(res);

            update_or_create_fnhe(nh, fl4.daddr, 0, mtu, Jiffies.jiffies + Init.ip_rt_mtu_expires);
        }
    }

    /** {@code dst_ops.update_pmtu}. @param skb a packet by this route; null: {@code sk} is asked instead */
    static void ip_rt_update_pmtu(dst_entry dst, sock sk, sk_buff skb, int mtu) {
        rtable rt = (rtable) dst;
        flowi4 fl4 = new flowi4();

        ip_rt_build_flow_key(fl4, sk, skb);
        __ip_rt_update_pmtu(rt, fl4, mtu);
    }

    /** About a packet that no socket can be asked about; {@code skb.data} is its header. */
    public static void ipv4_update_pmtu(sk_buff skb, net net, int mtu, int oif, int mark, int protocol,
            int flow_flags) {
        iphdr iph = new iphdr(skb.head, skb.data);
        flowi4 fl4 = new flowi4();
        rtable rt;

        __build_flow_key(fl4, null, iph, oif, RT_TOS(iph.tos()), protocol, mark, flow_flags);
        rt = __ip_route_output_key(net, fl4);
        if (!IS_ERR(rt)) {
            __ip_rt_update_pmtu(rt, fl4, mtu);
            ip_rt_put(rt);
        }
    }

    static void __ipv4_sk_update_pmtu(sk_buff skb, sock sk, int mtu) {
        iphdr iph = new iphdr(skb.head, skb.data);
        flowi4 fl4 = new flowi4();
        rtable rt;

        __build_flow_key(fl4, sk, iph, 0, 0, 0, 0, 0);
        rt = __ip_route_output_key(sock_net(sk), fl4);
        if (!IS_ERR(rt)) {
            __ip_rt_update_pmtu(rt, fl4, mtu);
            ip_rt_put(rt);
        }
    }

    /** For sockets that are not TCP's: also gives the socket the new entry. */
    public static void ipv4_sk_update_pmtu(sk_buff skb, sock sk, int mtu) {
        iphdr iph = new iphdr(skb.head, skb.data);
        flowi4 fl4 = new flowi4();
        rtable rt;
        dst_entry odst = null;
        boolean new_ = false;

        bh_lock_sock(sk);

        out:
        {
            if (!ip_sk_accept_pmtu(sk)) {
                break out;
            }

            odst = sk_dst_get(sk);

            if (sock_owned_by_user(sk) || odst == null) {
                __ipv4_sk_update_pmtu(skb, sk, mtu);
                break out;
            }

            __build_flow_key(fl4, sk, iph, 0, 0, 0, 0, 0);

            rt = (rtable) odst;
            if (odst.obsolete != 0 && odst.ops.check.call(odst, 0) == null) {
                rt = ip_route_output_flow(sock_net(sk), fl4, sk);
                if (IS_ERR(rt)) {
                    break out;
                }

                new_ = true;
            }

            __ip_rt_update_pmtu(rt, fl4, mtu);

            if (dst_check(rt, 0) == null) {
                if (new_) {
                    dst_release(rt);
                }

                rt = ip_route_output_flow(sock_net(sk), fl4, sk);
                if (IS_ERR(rt)) {
                    break out;
                }

                new_ = true;
            }

            if (new_) {
                sk_dst_set(sk, rt);
            }
        }
        bh_unlock_sock(sk);
        dst_release(odst);
    }

    /** {@code dst_ops.default_advmss}: the MSS to announce, from the device's MTU and not from the path's. */
    static int ipv4_default_advmss(dst_entry dst) {
        int advmss = dst_metric_raw(dst, RTAX_ADVMSS);

        if (advmss == 0) {
            advmss = maxU32(dst.dev.mtu - 40, Init.ip_rt_min_advmss);
            if (gtU32(advmss, 65535 - 40)) {
                advmss = 65535 - 40;
            }
        }
        return advmss;
    }

    /** {@code dst_ops.mtu}: what was learnt while it lasts, what was set with the route, what the device has. */
    static int ipv4_mtu(dst_entry dst) {
        rtable rt = (rtable) dst;
        int mtu = rt.rt_pmtu;

        if (mtu == 0 || time_after_eq(Jiffies.jiffies, rt.expires)) {
            mtu = dst_metric_raw(dst, RTAX_MTU);
        }

        if (mtu != 0) {
            return mtu;
        }

        mtu = dst.dev.mtu;

        if (dst_metric_locked(dst, RTAX_MTU)) {
            if (rt.rt_uses_gateway && gtU32(mtu, 576)) {
                mtu = 576;
            }
        }

        return minU32(mtu, IP_MAX_MTU);
    }
}
