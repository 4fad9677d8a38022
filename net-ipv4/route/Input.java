// SPDX-License-Identifier: GPL-2.0-only
package route;

import static devinet.IfAddrs.inet_addr_onlink;
import static fib_frontend.Source.fib_validate_source;
import static fib_trie.FibTable.fib_lookup;
import static icmp.Icmp.icmp_send;
import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ESRCH;
import static linux.igmp.Igmp.ip_check_mc_rcu;
import static linux.in.Addresses.ipv4_is_lbcast;
import static linux.in.Addresses.ipv4_is_local_multicast;
import static linux.in.Addresses.ipv4_is_loopback;
import static linux.in.Addresses.ipv4_is_multicast;
import static linux.in.Addresses.ipv4_is_zeronet;
import static linux.inetdevice.Conf.IN_DEV_CONF_GET;
import static linux.inetdevice.Conf.IN_DEV_FORWARD;
import static linux.inetdevice.Conf.IN_DEV_NET_ROUTE_LOCALNET;
import static linux.inetdevice.Conf.IN_DEV_ROUTE_LOCALNET;
import static linux.inetdevice.Conf.IN_DEV_SHARED_MEDIA;
import static linux.inetdevice.Conf.IN_DEV_TX_REDIRECTS;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.netdevice.Netdev.LOOPBACK_IFINDEX;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.net_crit_ratelimited;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Dst.skb_dst_force;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.inetpeer.InetPeer.inet_getpeer_v4;
import static net.inetpeer.InetPeer.inet_putpeer;
import static net.ip_fib.Fib.FIB_RES_DEV;
import static net.ip_fib.Fib.FIB_RES_GW;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.ip_fib.Fib.FIB_RES_OIF;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static net.snmp.Mib.IP_INC_STATS_BH;
import static route.Cache.rt_add_uncached_list;
import static route.Cache.rt_cache_route;
import static route.Cache.rt_cache_valid;
import static route.Cache.rt_dst_alloc;
import static route.Cache.rt_set_nexthop;
import static route.Exceptions.find_exception;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_HOST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_NET_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PKT_FILTERED;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOPOLICY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOXFRM;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_PROXY_ARP_PVLAN;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_DOREDIRECT;
import static uapi.linux.rtnetlink.Rt.RTCF_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNREACHABLE;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INADDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INNOROUTES;

import ip_forward.IpForward;
import ip_input.IpInput;
import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.inetdevice.in_device;
import linux.jiffies.Jiffies;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.inetpeer.inet_peer;
import net.ip_fib.fib_nh_exception;
import net.ip_fib.fib_result;
import net.net_namespace.net;
import net.route.rtable;

/**
 * Where does a packet go that has come in? From {@code net/ipv4/route.c}. {@code ip_input} asks {@link
 * #ip_route_input_noref}, unless the socket has been found already and knows the route. The answer is an entry whose
 * {@code input} is {@code ip_local_deliver} (it is for us), {@code ip_forward} (we are a router), or {@link #ip_error};
 * or a negative errno: then the packet is a "martian", its addresses cannot be right (RFC 1812, section 5.3.7).
 */
public final class Input {
    private Input() {}

    /** {@code input} of an entry for a destination that cannot be reached; a router tells the sender, but not too often. */
    @Differs("a device that IPv4 has gone from is no reason to panic: as upstream since 4.1")
    static int ip_error(sk_buff skb) {
        in_device in_dev = __in_dev_get_rcu(skb.dev);
        rtable rt = skb_rtable(skb);
        inet_peer peer;
        long now;
        net net;
        boolean send;
        int code;

        net = dev_net(rt.dev);
        out:
        {
            if (in_dev == null) {
                break out;
            }

            if (!IN_DEV_FORWARD(in_dev)) {
                switch (rt.error) {
                    case EHOSTUNREACH:
                        IP_INC_STATS_BH(net, IPSTATS_MIB_INADDRERRORS);
                        break;

                    case ENETUNREACH:
                        IP_INC_STATS_BH(net, IPSTATS_MIB_INNOROUTES);
                        break;

                    default:
                        break;
                }
                break out;
            }

            switch (rt.error) {
                case EINVAL:
                default:
                    break out;
                case EHOSTUNREACH:
                    code = ICMP_HOST_UNREACH;
                    break;
                case ENETUNREACH:
                    code = ICMP_NET_UNREACH;
                    IP_INC_STATS_BH(net, IPSTATS_MIB_INNOROUTES);
                    break;
                case EACCES:
                    code = ICMP_PKT_FILTERED;
                    break;
            }

            peer = inet_getpeer_v4(net.ipv4.peers, ip_hdr(skb).saddr(), true);

            send = true;
            if (peer != null) {
                now = Jiffies.jiffies;
                peer.rate_tokens += (int) (now - peer.rate_last);
                if (gtU32(peer.rate_tokens, Init.ip_rt_error_burst)) {
                    peer.rate_tokens = Init.ip_rt_error_burst;
                }
                peer.rate_last = now;
                if (geU32(peer.rate_tokens, Init.ip_rt_error_cost)) {
                    peer.rate_tokens -= Init.ip_rt_error_cost;
                } else {
                    send = false;
                }
                inet_putpeer(peer);
            }
            if (send) {
                icmp_send(skb, ICMP_DEST_UNREACH, code, 0);
            }
        }

        kfree_skb(skb);
        return 0;
    }

    /** The same for every entry that is made for a packet that came in. */
    private static void initInput(rtable rth, net net, int flags, int type) {
        rth.rt_genid = rt_genid_ipv4(net);
        rth.rt_flags = flags;
        rth.rt_type = type;
        rth.rt_is_input = true;
        rth.rt_iif = 0;
        rth.rt_pmtu = 0;
        rth.rt_gateway = 0;
        rth.rt_uses_gateway = false;
        INIT_LIST_HEAD(rth.rt_uncached);
    }

    /** To a group. @param our we belong to it */
    static int ip_route_input_mc(sk_buff skb, int daddr, int saddr, int tos, net_device dev, boolean our) {
        rtable rth;
        in_device in_dev = __in_dev_get_rcu(dev);
        IntRef itag = new IntRef();
        int err;

        if (in_dev == null) {
            return -EINVAL;
        }

        if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) || skb.protocol != ETH_P_IP) {
            return -EINVAL;
        }

        if (!IN_DEV_ROUTE_LOCALNET(in_dev)) {
            if (ipv4_is_loopback(saddr)) {
                return -EINVAL;
            }
        }

        if (ipv4_is_zeronet(saddr)) {
            if (!ipv4_is_local_multicast(daddr)) {
                return -EINVAL;
            }
        } else {
            err = fib_validate_source(skb, saddr, 0, tos, 0, dev, in_dev, itag);
            if (err < 0) {
                return err;
            }
        }
        rth = rt_dst_alloc(dev_net(dev).loopback_dev, IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_NOPOLICY) != 0, false,
                false);
        if (rth == null) {
            return -ENOBUFS;
        }

        rth.output = Check::ip_rt_bug;

        initInput(rth, dev_net(dev), RTCF_MULTICAST, RTN_MULTICAST);
        if (our) {
            rth.input = IpInput::ip_local_deliver;
            rth.rt_flags |= RTCF_LOCAL;
        }

        Init.rt_cache_stat.in_slow_mc++;

        skb_dst_set(skb, rth);
        return 0;
    }

    static void ip_handle_martian_source(net_device dev, in_device in_dev, sk_buff skb, int daddr, int saddr) {
        Init.rt_cache_stat.in_martian_src++;
    }

    /** Through us, we are a router. Called when the destination is known to be somebody else's. */
    static int __mkroute_input(sk_buff skb, fib_result res, in_device in_dev, int daddr, int saddr, int tos) {
        fib_nh_exception fnhe;
        rtable rth;
        int err;
        in_device out_dev;
        int flags = 0;
        boolean do_cache;
        IntRef itag = new IntRef();

        out_dev = __in_dev_get_rcu(FIB_RES_DEV(res));
        if (out_dev == null) {
            net_crit_ratelimited("Bug in ip_route_input_slow(). Please report.\n");
            return -EINVAL;
        }

        err = fib_validate_source(skb, saddr, daddr, tos, FIB_RES_OIF(res), in_dev.dev, in_dev, itag);
        if (err < 0) {
            ip_handle_martian_source(in_dev.dev, in_dev, skb, daddr, saddr);

            return err;
        }

        do_cache = res.fi != null && itag.val == 0;
        if (out_dev == in_dev
                && err != 0
                && IN_DEV_TX_REDIRECTS(out_dev)
                && (IN_DEV_SHARED_MEDIA(out_dev) || inet_addr_onlink(out_dev, saddr, FIB_RES_GW(res)))) {
            flags |= RTCF_DOREDIRECT;
            do_cache = false;
        }

        if (skb.protocol != ETH_P_IP) {
            if (out_dev == in_dev && IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_PROXY_ARP_PVLAN) == 0) {
                return -EINVAL;
            }
        }

        fnhe = find_exception(FIB_RES_NH(res), daddr);
        if (do_cache) {
            if (fnhe != null) {
                rth = fnhe.fnhe_rth_input;
            } else {
                rth = FIB_RES_NH(res).nh_rth_input;
            }

            if (rt_cache_valid(rth)) {
                skb_dst_set_noref(skb, rth);
                return 0;
            }
        }

        rth = rt_dst_alloc(out_dev.dev, IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_NOPOLICY) != 0,
                IN_DEV_CONF_GET(out_dev, IPV4_DEVCONF_NOXFRM) != 0, do_cache);
        if (rth == null) {
            return -ENOBUFS;
        }

        initInput(rth, dev_net(rth.dev), flags, res.type);
        Init.rt_cache_stat.in_slow_tot++;

        rth.input = IpForward::ip_forward;
        rth.output = ip_output.Output::ip_output;

        rt_set_nexthop(rth, daddr, res, fnhe, res.fi, res.type, itag.val);
        skb_dst_set(skb, rth);
        return 0;
    }

    static int ip_mkroute_input(sk_buff skb, fib_result res, flowi4 fl4, in_device in_dev, int daddr, int saddr,
            int tos) {
        return __mkroute_input(skb, res, in_dev, daddr, saddr, tos);
    }

    /**
     * Any packet but one to a group. One of our own addresses as the source is refused by {@code fib_validate_source},
     * if that looks at all: what we send to ourselves has its route already.
     */
    static int ip_route_input_slow(sk_buff skb, int daddr, int saddr, int tos, net_device dev) {
        fib_result res = new fib_result();
        in_device in_dev = __in_dev_get_rcu(dev);
        flowi4 fl4 = new flowi4();
        int flags = 0;
        IntRef itag = new IntRef();
        rtable rth;
        int err = -EINVAL;
        net net = dev_net(dev);
        boolean do_cache;

        if (in_dev == null) {
            return err;
        }

        martian_destination:
        {
            martian_source_keep_err:
            {
                local_input:
                {
                    brd_input:
                    {
                        no_route:
                        {
                            if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr)) {
                                break martian_source_keep_err;
                            }

                            res.fi = null;
                            if (ipv4_is_lbcast(daddr) || saddr == 0 && daddr == 0) {
                                break brd_input;
                            }

                            if (ipv4_is_zeronet(saddr)) {
                                break martian_source_keep_err;
                            }

                            if (ipv4_is_zeronet(daddr)) {
                                break martian_destination;
                            }

                            if (ipv4_is_loopback(daddr)) {
                                if (!IN_DEV_NET_ROUTE_LOCALNET(in_dev, net)) {
                                    break martian_destination;
                                }
                            } else if (ipv4_is_loopback(saddr)) {
                                if (!IN_DEV_NET_ROUTE_LOCALNET(in_dev, net)) {
                                    break martian_source_keep_err;
                                }
                            }

                            fl4.flowic_oif = 0;
                            fl4.flowic_iif = dev.ifindex;
                            fl4.flowic_mark = skb.mark;
                            fl4.flowic_tos = tos;
                            fl4.flowic_scope = RT_SCOPE_UNIVERSE;
                            fl4.daddr = daddr;
                            fl4.saddr = saddr;
                            err = fib_lookup(net, fl4, res);
                            if (err != 0) {
                                if (!IN_DEV_FORWARD(in_dev)) {
                                    err = -EHOSTUNREACH;
                                }
                                break no_route;
                            }

                            if (res.type == RTN_BROADCAST) {
                                break brd_input;
                            }

                            if (res.type == RTN_LOCAL) {
                                err = fib_validate_source(skb, saddr, daddr, tos, LOOPBACK_IFINDEX, dev, in_dev,
                                        itag);
                                if (err < 0) {
                                    break martian_source_keep_err;
                                }
                                break local_input;
                            }

                            if (!IN_DEV_FORWARD(in_dev)) {
                                err = -EHOSTUNREACH;
                                break no_route;
                            }
                            if (res.type != RTN_UNICAST) {
                                break martian_destination;
                            }

                            err = ip_mkroute_input(skb, res, fl4, in_dev, daddr, saddr, tos);
                            return err;
                        }

                        Init.rt_cache_stat.in_no_route++;
                        res.type = RTN_UNREACHABLE;
                        if (err == -ESRCH) {
                            err = -ENETUNREACH;
                        }
                        break local_input;
                    }

                    if (skb.protocol != ETH_P_IP) {
                        return -EINVAL;
                    }

                    if (!ipv4_is_zeronet(saddr)) {
                        err = fib_validate_source(skb, saddr, 0, tos, 0, dev, in_dev, itag);
                        if (err < 0) {
                            break martian_source_keep_err;
                        }
                    }
                    flags |= RTCF_BROADCAST;
                    res.type = RTN_BROADCAST;
                    Init.rt_cache_stat.in_brd++;
                }

                do_cache = false;
                if (res.fi != null) {
                    if (itag.val == 0) {
                        rth = FIB_RES_NH(res).nh_rth_input;
                        if (rt_cache_valid(rth)) {
                            skb_dst_set_noref(skb, rth);
                            return 0;
                        }
                        do_cache = true;
                    }
                }

                rth = rt_dst_alloc(net.loopback_dev, IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_NOPOLICY) != 0, false,
                        do_cache);
                if (rth == null) {
                    return -ENOBUFS;
                }

                rth.input = IpInput::ip_local_deliver;
                rth.output = Check::ip_rt_bug;

                initInput(rth, net, flags | RTCF_LOCAL, res.type);
                Init.rt_cache_stat.in_slow_tot++;
                if (res.type == RTN_UNREACHABLE) {
                    rth.input = Input::ip_error;
                    rth.error = -err;
                    rth.rt_flags &= ~RTCF_LOCAL;
                }
                if (do_cache) {
                    if (!rt_cache_route(FIB_RES_NH(res), rth)) {
                        rth.flags |= DST_NOCACHE;
                        rt_add_uncached_list(rth);
                    }
                }
                skb_dst_set(skb, rth);
                return 0;
            }

            ip_handle_martian_source(dev, in_dev, skb, daddr, saddr);
            return err;
        }

        Init.rt_cache_stat.in_martian_dst++;

        return -EINVAL;
    }

    /**
     * Gives the packet a route, mostly without a reference.
     *
     * @return 0; {@code -EINVAL}: a martian; {@code -EXDEV}: {@code rp_filter} says no; {@code -ENOBUFS}
     */
    public static int ip_route_input_noref(sk_buff skb, int daddr, int saddr, int tos, net_device dev) {
        int res;

        if (ipv4_is_multicast(daddr)) {
            in_device in_dev = __in_dev_get_rcu(dev);

            if (in_dev != null) {
                int our = ip_check_mc_rcu(in_dev, daddr, saddr, ip_hdr(skb).protocol());
                if (our != 0) {
                    return ip_route_input_mc(skb, daddr, saddr, tos, dev, our != 0);
                }
            }
            return -EINVAL;
        }
        res = ip_route_input_slow(skb, daddr, saddr, tos, dev);
        return res;
    }

    /** The same, with a reference. */
    public static int ip_route_input(sk_buff skb, int dst, int src, int tos, net_device devin) {
        int err;

        err = ip_route_input_noref(skb, dst, src, tos, devin);
        if (err == 0) {
            skb_dst_force(skb);
        }

        return err;
    }
}
