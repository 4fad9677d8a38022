// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static ip_options.IpOptions.ip_options_build;
import static ip_output.Fragment.ip_fragment;
import static linux.err.Err.IS_ERR;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.gtU32;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Xmit.dev_loopback_xmit;
import static linux.printk.Printk.net_dbg_ratelimited;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Copy.skb_realloc_headroom;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.types.Be.put16;
import static net.arp.Arp.__ipv4_neigh_lookup_noref;
import static net.checksum.Csum.ip_fast_csum;
import static net.dst.Dst.dst_neigh_output;
import static net.dst.Dst.dst_output;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.ip_dont_fragment;
import static net.ip.IpPacket.ip_skb_dst_mtu;
import static net.ip.IpPacket.sk_mc_loop;
import static net.neighbour.Neigh.__neigh_create;
import static net.route.Route.RT_CONN_FLAGS;
import static net.route.Route.ip4_dst_hoplimit;
import static net.route.Route.rt_nexthop;
import static net.snmp.Mib.IP_INC_STATS;
import static net.snmp.Mib.IP_UPD_PO_STATS;
import static net.sock.Dst.__sk_dst_check;
import static net.sock.Dst.sk_setup_caps;
import static net.sock.Fields.sock_net;
import static net.sock.Owner.skb_set_owner_w;
import static route.Ident.ip_select_ident;
import static route.Ident.ip_select_ident_segs;
import static route.Output.ip_route_output_ports;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTBCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTBCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTMCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTMCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTPKTS;

import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.flow.flowi;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.neighbour.neighbour;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * IP's side of sending. TCP calls {@link #ip_queue_xmit} with each segment of a connection and {@link
 * #ip_build_and_send_pkt} with a SYN/ACK; both put the header in front (RFC 791, section 3.1) and go on to {@link
 * #ip_local_out}, which leads over the route's {@code output}, mostly {@link #ip_output}, down to the neighbour. What
 * does not fit into the MTU goes through {@link Fragment#ip_fragment} on the way.
 */
public final class Output {
    private Output() {}

    /** Puts the checksum of the header right. */
    public static void ip_send_check(iphdr iph) {
        iph.check(0);
        iph.check(ip_fast_csum(iph.b, iph.at, iph.ihl()));
    }

    /** @return 1: nobody objects, the caller goes on with {@code dst_output}. With a firewall it could be otherwise. */
    public static int __ip_local_out(sk_buff skb) {
        iphdr iph = ip_hdr(skb);

        iph.tot_len(skb.len);
        ip_send_check(iph);
        return 1;
    }

    /**
     * Sends a packet that is complete but for length and checksum.
     *
     * @return 0, {@code NET_XMIT_*} (positive), or a negative errno
     */
    public static int ip_local_out(sk_buff skb) {
        int err;

        err = __ip_local_out(skb);
        if (err == 1) {
            err = dst_output(skb);
        }

        return err;
    }

    /** What the socket asks for ({@code IP_TTL}), else what the route says. */
    static int ip_select_ttl(inet_sock inet, dst_entry dst) {
        int ttl = inet.uc_ttl;

        if (ttl < 0) {
            ttl = ip4_dst_hoplimit(dst);
        }
        return ttl;
    }

    /**
     * Sends a packet that has its route already and is from a socket that need not be connected to {@code daddr}: a
     * SYN/ACK of a listener.
     *
     * @param opt may be null; with a source route the packet first goes to its first hop
     */
    public static int ip_build_and_send_pkt(sk_buff skb, sock sk, int saddr, int daddr, ip_options opt) {
        inet_sock inet = inet_sk(sk);
        rtable rt = skb_rtable(skb);
        iphdr iph;

        skb_push(skb, iphdr.SIZE + (opt != null ? opt.optlen : 0));
        skb_reset_network_header(skb);
        iph = ip_hdr(skb);
        iph.version(4);
        iph.ihl(5);
        iph.tos(inet.tos);
        if (ip_dont_fragment(sk, rt)) {
            iph.frag_off(IP_DF);
        } else {
            iph.frag_off(0);
        }
        iph.ttl(ip_select_ttl(inet, rt));
        iph.daddr(opt != null && opt.srr != 0 ? opt.faddr : daddr);
        iph.saddr(saddr);
        iph.protocol(sk.sk_protocol);
        ip_select_ident(skb, sk);

        if (opt != null && opt.optlen != 0) {
            iph.ihl(iph.ihl() + (opt.optlen >> 2));
            ip_options_build(skb, opt, daddr, rt, false);
        }

        skb.priority = sk.sk_priority;
        skb.mark = sk.sk_mark;

        return ip_local_out(skb);
    }

    /** Hands the packet, which fits, to the neighbour that is the next hop. */
    static int ip_finish_output2(sk_buff skb) {
        dst_entry dst = skb_dst(skb);
        rtable rt = (rtable) dst;
        net_device dev = dst.dev;
        int hh_len = LL_RESERVED_SPACE(dev);
        neighbour neigh;
        int nexthop;

        if (rt.rt_type == RTN_MULTICAST) {
            IP_UPD_PO_STATS(dev_net(dev), IPSTATS_MIB_OUTMCASTPKTS, IPSTATS_MIB_OUTMCASTOCTETS, skb.len);
        } else if (rt.rt_type == RTN_BROADCAST) {
            IP_UPD_PO_STATS(dev_net(dev), IPSTATS_MIB_OUTBCASTPKTS, IPSTATS_MIB_OUTBCASTOCTETS, skb.len);
        }

        // Who built the packet has seen to it that the link header fits, unless the route has changed since.
        if (skb_headroom(skb) < hh_len && dev.header_ops != null) {
            sk_buff skb2;

            skb2 = skb_realloc_headroom(skb, LL_RESERVED_SPACE(dev));
            if (skb2 == null) {
                kfree_skb(skb);
                return -ENOMEM;
            }
            if (skb.sk != null) {
                skb_set_owner_w(skb2, skb.sk);
            }
            consume_skb(skb);
            skb = skb2;
        }

        nexthop = rt_nexthop(rt, ip_hdr(skb).daddr());
        neigh = __ipv4_neigh_lookup_noref(dev, nexthop);
        if (neigh == null) {
            neigh = __neigh_create(nexthop, dev, false);
        }
        if (!IS_ERR(neigh)) {
            int res = dst_neigh_output(dst, neigh, skb);

            return res;
        }

        net_dbg_ratelimited("%s: No header cache and no neighbour!\n", "ip_finish_output2");
        kfree_skb(skb);
        return -EINVAL;
    }

    /** The MTU counts for packets that no device is going to split. */
    static int ip_finish_output(sk_buff skb) {
        if (gtU32(skb.len, ip_skb_dst_mtu(skb)) && !skb_is_gso(skb)) {
            return ip_fragment(skb, Output::ip_finish_output2);
        } else {
            return ip_finish_output2(skb);
        }
    }

    /** {@code output} of routes to groups and broadcast addresses: those on this host get the packet too. */
    public static int ip_mc_output(sk_buff skb) {
        sock sk = skb.sk;
        rtable rt = skb_rtable(skb);
        net_device dev = rt.dev;

        IP_UPD_PO_STATS(dev_net(dev), IPSTATS_MIB_OUTPKTS, IPSTATS_MIB_OUTOCTETS, skb.len);

        skb.dev = dev;
        skb.protocol = ETH_P_IP;

        if ((rt.rt_flags & RTCF_MULTICAST) != 0) {
            if (sk_mc_loop(sk)) {
                sk_buff newskb = skb_clone(skb, GFP_ATOMIC);
                if (newskb != null) {
                    dev_loopback_xmit(newskb);
                }
            }

            // A TTL of 0 means: not beyond this host (RFC 1112, section 6.1).
            if (ip_hdr(skb).ttl() == 0) {
                kfree_skb(skb);
                return 0;
            }
        }

        if ((rt.rt_flags & RTCF_BROADCAST) != 0) {
            sk_buff newskb = skb_clone(skb, GFP_ATOMIC);
            if (newskb != null) {
                dev_loopback_xmit(newskb);
            }
        }

        return ip_finish_output(skb);
    }

    /** {@code output} of routes to one host, this one included. */
    public static int ip_output(sk_buff skb) {
        net_device dev = skb_dst(skb).dev;

        IP_UPD_PO_STATS(dev_net(dev), IPSTATS_MIB_OUTPKTS, IPSTATS_MIB_OUTOCTETS, skb.len);

        skb.dev = dev;
        skb.protocol = ETH_P_IP;

        return ip_finish_output(skb);
    }

    static void ip_copy_addrs(iphdr iph, flowi4 fl4) {
        iph.saddr(fl4.saddr);
        iph.daddr(fl4.daddr);
    }

    /**
     * {@code icsk_af_ops.queue_xmit}: puts the IP header in front of a segment of a connected socket and sends it. The
     * route is the socket's as long as that is good; else a new one is looked for, here and for every packet until
     * there is one: the retransmission timer keeps trying.
     *
     * @param fl the flow of the connection ({@code inet.cork.fl}): the addresses in the header are its
     * @return 0, {@code NET_XMIT_*}, {@code -EHOSTUNREACH}, or what the device says
     */
    public static int ip_queue_xmit(sk_buff skb, flowi fl) {
        sock sk = skb.sk;
        inet_sock inet = inet_sk(sk);
        ip_options inet_opt;
        flowi4 fl4;
        rtable rt;
        iphdr iph;
        int res;

        no_route: {
            packet_routed: {
                inet_opt = inet.inet_opt;
                fl4 = (flowi4) fl;
                rt = skb_rtable(skb);
                if (rt != null) {
                    break packet_routed;
                }

                rt = (rtable) __sk_dst_check(sk, 0);
                if (rt == null) {
                    int daddr;

                    // With a source route the first hop is where the packet goes to.
                    daddr = inet.skc_daddr;
                    if (inet_opt != null && inet_opt.srr != 0) {
                        daddr = inet_opt.faddr;
                    }

                    rt = ip_route_output_ports(sock_net(sk), fl4, sk, daddr, inet.inet_saddr, inet.skc_dport,
                            inet.inet_sport, sk.sk_protocol, RT_CONN_FLAGS(sk), sk.skc_bound_dev_if);
                    if (IS_ERR(rt)) {
                        break no_route;
                    }
                    sk_setup_caps(sk, rt);
                }
                skb_dst_set_noref(skb, rt);
            }
            if (inet_opt != null && inet_opt.is_strictroute && rt.rt_uses_gateway) {
                break no_route;
            }

            skb_push(skb, iphdr.SIZE + (inet_opt != null ? inet_opt.optlen : 0));
            skb_reset_network_header(skb);
            iph = ip_hdr(skb);
            put16(iph.b, iph.at, 4 << 12 | 5 << 8 | inet.tos & 0xff);
            if (ip_dont_fragment(sk, rt) && !skb.local_df) {
                iph.frag_off(IP_DF);
            } else {
                iph.frag_off(0);
            }
            iph.ttl(ip_select_ttl(inet, rt));
            iph.protocol(sk.sk_protocol);
            ip_copy_addrs(iph, fl4);

            if (inet_opt != null && inet_opt.optlen != 0) {
                iph.ihl(iph.ihl() + (inet_opt.optlen >> 2));
                ip_options_build(skb, inet_opt, inet.skc_daddr, rt, false);
            }

            ip_select_ident_segs(skb, sk, skb.shinfo.gso_segs != 0 ? skb.shinfo.gso_segs : 1);

            skb.priority = sk.sk_priority;
            skb.mark = sk.sk_mark;

            res = ip_local_out(skb);
            return res;
        }

        IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
        kfree_skb(skb);
        return -EHOSTUNREACH;
    }
}
