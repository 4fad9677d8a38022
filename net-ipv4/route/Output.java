// SPDX-License-Identifier: GPL-2.0-only
package route;

import static devinet.IfAddrs.__ip_dev_find;
import static devinet.IfAddrs.inet_select_addr;
import static fib_semantics.FibInfo.FIB_RES_PREFSRC;
import static fib_semantics.FibInfo.fib_select_default;
import static fib_trie.FibTable.fib_lookup;
import static linux.err.Err.IS_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENODEV;
import static linux.igmp.Igmp.ip_check_mc_rcu;
import static linux.in.Addresses.ipv4_is_lbcast;
import static linux.in.Addresses.ipv4_is_local_multicast;
import static linux.in.Addresses.ipv4_is_loopback;
import static linux.in.Addresses.ipv4_is_multicast;
import static linux.in.Addresses.ipv4_is_zeronet;
import static linux.inetdevice.Conf.IN_DEV_CONF_GET;
import static linux.inetdevice.Conf.IN_DEV_ROUTE_LOCALNET;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.ip.IpHdr.ip_hdr;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.netdevice.Names.dev_get_by_index_rcu;
import static linux.netdevice.Netdev.LOOPBACK_IFINDEX;
import static linux.netdevice.Netdev.dev_net;
import static linux.types.Be.put32;
import static net.dst.Dst.dst_hold;
import static net.dst.Dst.xfrm_lookup_route;
import static net.flow.Flow.flowi4_init_output;
import static net.flow.Flow.flowi4_to_flowi;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static net.flow.flowi.FLOWI_FLAG_KNOWN_NH;
import static net.inet_sock.Sockets.inet_sk_flowi_flags;
import static net.ip_fib.Fib.FIB_RES_DEV;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static net.route.Route.IPTOS_RT_MASK;
import static net.route.Route.RT_TOS;
import static net.route.Route.rt_is_output_route;
import static net.route.Route.rt_nexthop;
import static route.Cache.rt_cache_valid;
import static route.Cache.rt_dst_alloc;
import static route.Cache.rt_set_nexthop;
import static route.Exceptions.find_exception;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOPOLICY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOXFRM;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTO_ONLINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import ip_input.IpInput;
import linux.inetdevice.in_device;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.ip_fib.fib_info;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_nh_exception;
import net.ip_fib.fib_result;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * Which way does a packet of ours leave, and with which source address? From {@code net/ipv4/route.c} and {@code
 * include/net/route.h}. {@code connect} asks through {@link Connect}, a listener for its SYN/ACK and {@code ip_output}
 * for everything else through {@link #ip_route_output_flow} and its likes.
 *
 * <p>What is left open in the {@link flowi4} (source address, device) is filled in by the answer.
 */
public final class Output {
    private Output() {}

    private static int RT_FL_TOS(flowi4 oldflp4) {
        return oldflp4.flowic_tos & (IPTOS_RT_MASK | RTO_ONLINK);
    }

    /** Writes the address by which the packet leaves into an IP option. */
    public static void ip_rt_get_source(byte[] addr, int addr_at, sk_buff skb, rtable rt) {
        int src;

        if (rt_is_output_route(rt)) {
            src = ip_hdr(skb).saddr();
        } else {
            fib_result res = new fib_result();
            flowi4 fl4 = new flowi4();
            iphdr iph;

            iph = ip_hdr(skb);

            fl4.daddr = iph.daddr();
            fl4.saddr = iph.saddr();
            fl4.flowic_tos = RT_TOS(iph.tos());
            fl4.flowic_oif = rt.dev.ifindex;
            fl4.flowic_iif = skb.dev.ifindex;
            fl4.flowic_mark = skb.mark;

            if (fib_lookup(dev_net(rt.dev), fl4, res) == 0) {
                src = FIB_RES_PREFSRC(dev_net(rt.dev), res);
            } else {
                src = inet_select_addr(rt.dev, rt_nexthop(rt, iph.daddr()), RT_SCOPE_UNIVERSE);
            }
        }
        put32(addr, addr_at, src);
    }

    /** Finds the cached entry, or makes one. @return an error pointer: {@code -EINVAL}, {@code -ENOBUFS} */
    static rtable __mkroute_output(fib_result res, flowi4 fl4, int orig_oif, net_device dev_out, int flags) {
        fib_info fi = res.fi;
        fib_nh_exception fnhe;
        in_device in_dev;
        int type = res.type;
        rtable rth;
        boolean do_cache;

        in_dev = __in_dev_get_rcu(dev_out);
        if (in_dev == null) {
            return rtable.ERR_PTR(-EINVAL);
        }

        if (!IN_DEV_ROUTE_LOCALNET(in_dev)) {
            if (ipv4_is_loopback(fl4.saddr) && (dev_out.flags & IFF_LOOPBACK) == 0) {
                return rtable.ERR_PTR(-EINVAL);
            }
        }

        if (ipv4_is_lbcast(fl4.daddr)) {
            type = RTN_BROADCAST;
        } else if (ipv4_is_multicast(fl4.daddr)) {
            type = RTN_MULTICAST;
        } else if (ipv4_is_zeronet(fl4.daddr)) {
            return rtable.ERR_PTR(-EINVAL);
        }

        if ((dev_out.flags & IFF_LOOPBACK) != 0) {
            flags |= RTCF_LOCAL;
        }

        do_cache = true;
        if (type == RTN_BROADCAST) {
            flags |= RTCF_BROADCAST | RTCF_LOCAL;
            fi = null;
        } else if (type == RTN_MULTICAST) {
            flags |= RTCF_MULTICAST | RTCF_LOCAL;
            if (ip_check_mc_rcu(in_dev, fl4.daddr, fl4.saddr, fl4.flowic_proto) == 0) {
                flags &= ~RTCF_LOCAL;
            } else {
                do_cache = false;
            }
            // A group that nobody has entered a route for is on the link, whatever the default route says.
            if (fi != null && res.prefixlen < 4) {
                fi = null;
            }
        }

        fnhe = null;
        do_cache &= fi != null;
        add:
        if (do_cache) {
            fib_nh nh = FIB_RES_NH(res);

            fnhe = find_exception(nh, fl4.daddr);
            if (fnhe != null) {
                rth = fnhe.fnhe_rth_output;
            } else {
                if ((fl4.flowic_flags & FLOWI_FLAG_KNOWN_NH) != 0
                        && !(nh.nh_gw != 0 && nh.nh_scope == RT_SCOPE_LINK)) {
                    do_cache = false;
                    break add;
                }
                rth = nh.nh_pcpu_rth_output;
            }
            if (rt_cache_valid(rth)) {
                dst_hold(rth);
                return rth;
            }
        }

        rth = rt_dst_alloc(dev_out, IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_NOPOLICY) != 0,
                IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_NOXFRM) != 0, do_cache);
        if (rth == null) {
            return rtable.ERR_PTR(-ENOBUFS);
        }

        rth.output = ip_output.Output::ip_output;

        rth.rt_genid = rt_genid_ipv4(dev_net(dev_out));
        rth.rt_flags = flags;
        rth.rt_type = type;
        rth.rt_is_input = false;
        rth.rt_iif = orig_oif;
        rth.rt_pmtu = 0;
        rth.rt_gateway = 0;
        rth.rt_uses_gateway = false;
        INIT_LIST_HEAD(rth.rt_uncached);

        Init.rt_cache_stat.out_slow_tot++;

        if ((flags & RTCF_LOCAL) != 0) {
            rth.input = IpInput::ip_local_deliver;
        }
        if ((flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0) {
            if ((flags & RTCF_LOCAL) != 0 && (dev_out.flags & IFF_LOOPBACK) == 0) {
                rth.output = ip_output.Output::ip_mc_output;
                Init.rt_cache_stat.out_slow_mc++;
            }
        }

        rt_set_nexthop(rth, fl4.daddr, res, fnhe, fi, type, 0);

        return rth;
    }

    /**
     * The route for {@code fl4}, with a reference. Fills in {@code saddr} and {@code flowic_oif}.
     *
     * @return an error pointer: {@code -ENETUNREACH}: no route; {@code -EINVAL}: the source address is not ours (nor was
     *     {@code FLOWI_FLAG_ANYSRC} given); {@code -ENODEV}: no such device; {@code -ENOBUFS}
     */
    public static rtable __ip_route_output_key(net net, flowi4 fl4) {
        net_device dev_out = null;
        int tos = RT_FL_TOS(fl4);
        int flags = 0;
        fib_result res = new fib_result();
        rtable rth;
        int orig_oif;

        res.fi = null;
        res.table = null;

        orig_oif = fl4.flowic_oif;

        fl4.flowic_iif = LOOPBACK_IFINDEX;
        fl4.flowic_tos = tos & IPTOS_RT_MASK;
        fl4.flowic_scope = (tos & RTO_ONLINK) != 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;

        make_route:
        {
            if (fl4.saddr != 0) {
                rth = rtable.ERR_PTR(-EINVAL);
                if (ipv4_is_multicast(fl4.saddr) || ipv4_is_lbcast(fl4.saddr) || ipv4_is_zeronet(fl4.saddr)) {
                    return rth;
                }

                if (fl4.flowic_oif == 0 && (ipv4_is_multicast(fl4.daddr) || ipv4_is_lbcast(fl4.daddr))) {
                    // Whose address the source is decides by which device a multicast leaves.
                    dev_out = __ip_dev_find(net, fl4.saddr, false);
                    if (dev_out == null) {
                        return rth;
                    }

                    fl4.flowic_oif = dev_out.ifindex;
                    break make_route;
                }

                if ((fl4.flowic_flags & FLOWI_FLAG_ANYSRC) == 0) {
                    if (__ip_dev_find(net, fl4.saddr, false) == null) {
                        return rth;
                    }
                }
            }

            if (fl4.flowic_oif != 0) {
                dev_out = dev_get_by_index_rcu(net, fl4.flowic_oif);
                rth = rtable.ERR_PTR(-ENODEV);
                if (dev_out == null) {
                    return rth;
                }

                if ((dev_out.flags & IFF_UP) == 0 || __in_dev_get_rcu(dev_out) == null) {
                    rth = rtable.ERR_PTR(-ENETUNREACH);
                    return rth;
                }
                if (ipv4_is_local_multicast(fl4.daddr) || ipv4_is_lbcast(fl4.daddr)) {
                    if (fl4.saddr == 0) {
                        fl4.saddr = inet_select_addr(dev_out, 0, RT_SCOPE_LINK);
                    }
                    break make_route;
                }
                if (fl4.saddr == 0) {
                    if (ipv4_is_multicast(fl4.daddr)) {
                        fl4.saddr = inet_select_addr(dev_out, 0, fl4.flowic_scope);
                    } else if (fl4.daddr == 0) {
                        fl4.saddr = inet_select_addr(dev_out, 0, RT_SCOPE_HOST);
                    }
                }
            }

            if (fl4.daddr == 0) {
                // To nobody means to ourselves.
                fl4.daddr = fl4.saddr;
                if (fl4.daddr == 0) {
                    fl4.daddr = fl4.saddr = INADDR_LOOPBACK;
                }
                dev_out = net.loopback_dev;
                fl4.flowic_oif = LOOPBACK_IFINDEX;
                res.type = RTN_LOCAL;
                flags |= RTCF_LOCAL;
                break make_route;
            }

            if (fib_lookup(net, fl4, res) != 0) {
                res.fi = null;
                res.table = null;
                if (fl4.flowic_oif != 0) {
                    // Whoever names the device may talk to anybody on its link, routes or not.
                    if (fl4.saddr == 0) {
                        fl4.saddr = inet_select_addr(dev_out, 0, RT_SCOPE_LINK);
                    }
                    res.type = RTN_UNICAST;
                    break make_route;
                }
                rth = rtable.ERR_PTR(-ENETUNREACH);
                return rth;
            }

            if (res.type == RTN_LOCAL) {
                if (fl4.saddr == 0) {
                    if (res.fi.fib_prefsrc != 0) {
                        fl4.saddr = res.fi.fib_prefsrc;
                    } else {
                        fl4.saddr = fl4.daddr;
                    }
                }
                dev_out = net.loopback_dev;
                fl4.flowic_oif = dev_out.ifindex;
                flags |= RTCF_LOCAL;
                break make_route;
            }

            if (res.prefixlen == 0
                    && res.table.tb_num_default > 1
                    && res.type == RTN_UNICAST
                    && fl4.flowic_oif == 0) {
                fib_select_default(res);
            }

            if (fl4.saddr == 0) {
                fl4.saddr = FIB_RES_PREFSRC(net, res);
            }

            dev_out = FIB_RES_DEV(res);
            fl4.flowic_oif = dev_out.ifindex;
        }

        rth = __mkroute_output(res, fl4, orig_oif, dev_out, flags);

        return rth;
    }

    /** The route for packets of {@code sk}, which may be null. Returns what {@link #__ip_route_output_key} returns. */
    public static rtable ip_route_output_flow(net net, flowi4 flp4, sock sk) {
        rtable rt = __ip_route_output_key(net, flp4);

        if (IS_ERR(rt)) {
            return rt;
        }

        if (flp4.flowic_proto != 0) {
            rt = (rtable) xfrm_lookup_route(net, rt, flowi4_to_flowi(flp4), sk, 0);
        }

        return rt;
    }

    public static rtable ip_route_output_key(net net, flowi4 flp) {
        return ip_route_output_flow(net, flp, null);
    }

    /** The same, after filling in {@code fl4}. */
    public static rtable ip_route_output_ports(net net, flowi4 fl4, sock sk, int daddr, int saddr, int dport, int sport,
            int proto, int tos, int oif) {
        flowi4_init_output(fl4, oif, sk != null ? sk.sk_mark : 0, tos, RT_SCOPE_UNIVERSE, proto,
                sk != null ? inet_sk_flowi_flags(sk) : 0, daddr, saddr, dport, sport);
        return ip_route_output_flow(net, fl4, sk);
    }
}
