// SPDX-License-Identifier: GPL-2.0-only
package ip_input;

import static icmp.Icmp.icmp_send;
import static ip_fragment.IpFragment.IP_DEFRAG_CALL_RA_CHAIN;
import static ip_fragment.IpFragment.IP_DEFRAG_LOCAL_DELIVER;
import static ip_fragment.IpFragment.ip_defrag;
import static ip_options.IpOptions.ip_options_compile;
import static ip_options.IpOptions.ip_options_rcv_srr;
import static linux.errno.Errno.EXDEV;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.inetdevice.Conf.IN_DEV_LOG_MARTIANS;
import static linux.inetdevice.Conf.IN_DEV_SOURCE_ROUTE;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.max;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.net_info_ratelimited;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Cb.clearIpcb;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_cow;
import static linux.skbuff.Clone.skb_share_check;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.Headers.skb_network_header_len;
import static linux.skbuff.Paged.pskb_may_pull;
import static linux.skbuff.Paged.pskb_trim_rcsum;
import static net.checksum.Csum.ip_fast_csum;
import static net.dst.Dst.dst_input;
import static net.inet_ecn.Ecn.INET_ECN_MASK;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.Globals.ip_ra_chain;
import static net.ip.Globals.sysctl_ip_early_demux;
import static net.ip.IpPacket.ip_is_fragment;
import static net.net_namespace.NetNs.net_eq;
import static net.protocol.Protocols.inet_protos;
import static net.snmp.Mib.IP_ADD_STATS_BH;
import static net.snmp.Mib.IP_INC_STATS_BH;
import static net.snmp.Mib.IP_UPD_PO_STATS_BH;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static raw.Raw.raw_local_deliver;
import static raw.Raw.raw_rcv;
import static route.Input.ip_route_input_noref;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_PROT_UNREACH;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INBCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INBCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INDELIVERS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INDISCARDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INHDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INMCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INMCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INTRUNCATEDPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INUNKNOWNPROTOS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_NOECTPKTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_IPRPFILTER;

import linux.inetdevice.in_device;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.skbuff.sk_buff;
import net.inet_sock.ip_options;
import net.ip.ip_ra_chain;
import net.net_namespace.net;
import net.protocol.net_protocol;
import net.route.rtable;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * IP packets that come in, {@code net/ipv4/ip_input.c}. The device layer calls {@link #ip_rcv} for each packet with
 * {@code ETH_P_IP}; from there it goes, through the {@code input} of its route, to {@link #ip_local_deliver} and so to
 * {@code tcp_v4_rcv} or {@code icmp_rcv}.
 *
 * <p>RFC 1122, section 3.2.1 says what must be dropped without a word: a wrong version, checksum, or length.
 */
public final class IpInput {
    private IpInput() {}

    /** Packets with the router alert option go to whoever has asked for them (RFC 2113): nobody can, here. */
    public static boolean ip_call_ra_chain(sk_buff skb) {
        ip_ra_chain ra;
        int protocol = ip_hdr(skb).protocol();
        sock last = null;
        net_device dev = skb.dev;

        for (ra = ip_ra_chain; ra != null; ra = ra.next) {
            sock sk = ra.sk;

            if (sk != null
                    && inet_sk(sk).skc_num == protocol
                    && (sk.skc_bound_dev_if == 0 || sk.skc_bound_dev_if == dev.ifindex)
                    && net_eq(sock_net(sk), dev_net(dev))) {
                if (ip_is_fragment(ip_hdr(skb))) {
                    if (ip_defrag(skb, IP_DEFRAG_CALL_RA_CHAIN) != 0) {
                        return true;
                    }
                }
                if (last != null) {
                    sk_buff skb2 = skb_clone(skb, GFP_ATOMIC);
                    if (skb2 != null) {
                        raw_rcv(last, skb2);
                    }
                }
                last = sk;
            }
        }

        if (last != null) {
            raw_rcv(last, skb);
            return true;
        }
        return false;
    }

    /** Gives the packet to the protocol; {@code skb.data} is its header from here on. */
    static int ip_local_deliver_finish(sk_buff skb) {
        net net = dev_net(skb.dev);

        __skb_pull(skb, skb_network_header_len(skb));

        int protocol = ip_hdr(skb).protocol();
        net_protocol ipprot;
        boolean raw;

        resubmit:
        while (true) {
            raw = raw_local_deliver(skb, protocol);

            ipprot = inet_protos[protocol];
            if (ipprot != null) {
                int ret;

                ret = ipprot.handler.call(skb);
                if (ret < 0) {
                    protocol = -ret;
                    continue resubmit;
                }
                IP_INC_STATS_BH(net, IPSTATS_MIB_INDELIVERS);
            } else {
                if (!raw) {
                    IP_INC_STATS_BH(net, IPSTATS_MIB_INUNKNOWNPROTOS);
                    icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
                    kfree_skb(skb);
                } else {
                    IP_INC_STATS_BH(net, IPSTATS_MIB_INDELIVERS);
                    consume_skb(skb);
                }
            }
            break;
        }

        return 0;
    }

    /** The packet is for us. A fragment waits until the others are there. */
    public static int ip_local_deliver(sk_buff skb) {
        if (ip_is_fragment(ip_hdr(skb))) {
            if (ip_defrag(skb, IP_DEFRAG_LOCAL_DELIVER) != 0) {
                return 0;
            }
        }

        return ip_local_deliver_finish(skb);
    }

    /** Reads the options of the header. @return true: the packet is to be dropped */
    static boolean ip_rcv_options(sk_buff skb) {
        ip_options opt;
        iphdr iph;
        net_device dev = skb.dev;

        if (skb_cow(skb, skb_headroom(skb)) != 0) {
            IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_INDISCARDS);
            return true;
        }

        iph = ip_hdr(skb);
        opt = IPCB(skb).opt;
        opt.optlen = iph.ihl() * 4 - iphdr.SIZE;

        if (ip_options_compile(dev_net(dev), opt, skb) != 0) {
            IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_INHDRERRORS);
            return true;
        }

        if (opt.srr != 0) {
            in_device in_dev = __in_dev_get_rcu(dev);

            if (in_dev != null) {
                if (!IN_DEV_SOURCE_ROUTE(in_dev)) {
                    if (IN_DEV_LOG_MARTIANS(in_dev)) {
                        net_info_ratelimited("source route option %s -> %s\n", pI4(iph.saddr()), pI4(iph.daddr()));
                    }
                    return true;
                }
            }

            if (ip_options_rcv_srr(skb) != 0) {
                return true;
            }
        }

        return false;
    }

    /** Finds the route (perhaps with the socket), reads options, and goes on with the route's {@code input}. */
    static int ip_rcv_finish(sk_buff skb) {
        iphdr iph = ip_hdr(skb);
        rtable rt;

        drop:
        {
            if (sysctl_ip_early_demux != 0 && skb_dst(skb) == null && skb.sk == null) {
                net_protocol ipprot;
                int protocol = iph.protocol();

                ipprot = inet_protos[protocol];
                if (ipprot != null && ipprot.early_demux != null) {
                    ipprot.early_demux.call(skb);
                    iph = ip_hdr(skb);
                }
            }

            if (skb_dst(skb) == null) {
                int err = ip_route_input_noref(skb, iph.daddr(), iph.saddr(), iph.tos(), skb.dev);
                if (err != 0) {
                    if (err == -EXDEV) {
                        NET_INC_STATS_BH(dev_net(skb.dev), LINUX_MIB_IPRPFILTER);
                    }
                    break drop;
                }
            }

            if (iph.ihl() > 5 && ip_rcv_options(skb)) {
                break drop;
            }

            rt = skb_rtable(skb);
            if (rt.rt_type == RTN_MULTICAST) {
                IP_UPD_PO_STATS_BH(dev_net(rt.dev), IPSTATS_MIB_INMCASTPKTS, IPSTATS_MIB_INMCASTOCTETS, skb.len);
            } else if (rt.rt_type == RTN_BROADCAST) {
                IP_UPD_PO_STATS_BH(dev_net(rt.dev), IPSTATS_MIB_INBCASTPKTS, IPSTATS_MIB_INBCASTOCTETS, skb.len);
            }

            return dst_input(skb);
        }

        kfree_skb(skb);
        return NET_RX_DROP;
    }

    /**
     * A packet from a device; {@code skb.data} is the IP header. Everything that cannot be an IP packet for us ends here.
     *
     * @return {@code NET_RX_SUCCESS} or {@code NET_RX_DROP}
     */
    public static int ip_rcv(sk_buff skb, net_device dev, packet_type pt, net_device orig_dev) {
        iphdr iph;
        int len;

        drop:
        {
            inhdr_error:
            {
                csum_error:
                {
                    if (skb.pkt_type == PACKET_OTHERHOST) {
                        break drop;
                    }

                    IP_UPD_PO_STATS_BH(dev_net(dev), IPSTATS_MIB_INPKTS, IPSTATS_MIB_INOCTETS, skb.len);

                    skb = skb_share_check(skb, GFP_ATOMIC);
                    if (skb == null) {
                        IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_INDISCARDS);
                        return NET_RX_DROP;
                    }

                    if (!pskb_may_pull(skb, iphdr.SIZE)) {
                        break inhdr_error;
                    }

                    iph = ip_hdr(skb);

                    if (iph.ihl() < 5 || iph.version() != 4) {
                        break inhdr_error;
                    }

                    IP_ADD_STATS_BH(dev_net(dev), IPSTATS_MIB_NOECTPKTS + (iph.tos() & INET_ECN_MASK),
                            max(1, skb.shinfo.gso_segs));

                    if (!pskb_may_pull(skb, iph.ihl() * 4)) {
                        break inhdr_error;
                    }

                    iph = ip_hdr(skb);

                    if (ip_fast_csum(iph.b, iph.at, iph.ihl()) != 0) {
                        break csum_error;
                    }

                    len = iph.tot_len();
                    if (skb.len < len) {
                        IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_INTRUNCATEDPKTS);
                        break drop;
                    } else if (len < iph.ihl() * 4) {
                        break inhdr_error;
                    }

                    // The link may have padded the packet; what is behind its end is not ours.
                    if (pskb_trim_rcsum(skb, len) != 0) {
                        IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_INDISCARDS);
                        break drop;
                    }

                    skb.transport_header = skb.network_header + iph.ihl() * 4;

                    clearIpcb(skb);

                    skb_orphan(skb);

                    return ip_rcv_finish(skb);
                }
                IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_CSUMERRORS);
            }
            IP_INC_STATS_BH(dev_net(dev), IPSTATS_MIB_INHDRERRORS);
        }
        kfree_skb(skb);
        return NET_RX_DROP;
    }
}
