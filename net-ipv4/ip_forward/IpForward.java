// SPDX-License-Identifier: GPL-2.0-only
package ip_forward;

import static icmp.Icmp.icmp_send;
import static ip_input.IpInput.ip_call_ra_chain;
import static ip_options.IpOptions.ip_forward_options;
import static linux.err.Err.IS_ERR;
import static linux.errno.Errno.ENOMEM;
import static linux.ip.IpHdr.ip_hdr;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_MASK;
import static linux.netdevice.Features.netif_skb_dev_features;
import static linux.netdevice.Gso.skb_gso_segment;
import static linux.netdevice.Netdev.LL_RESERVED_SPACE;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Clone.skb_cow;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Forward.skb_forward_csum;
import static linux.skbuff.Forward.skb_gso_network_seglen;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static net.dst.Dst.dst_output;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.ip_decrease_ttl;
import static net.ip.IpPacket.ip_dst_mtu_maybe_forward;
import static net.ip.inet_skb_parm.IPSKB_FORWARDED;
import static net.route.Route.rt_tos2priority;
import static net.snmp.Mib.IP_ADD_STATS_BH;
import static net.snmp.Mib.IP_INC_STATS;
import static net.snmp.Mib.IP_INC_STATS_BH;
import static route.Redirect.ip_rt_send_redirect;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_EXC_TTL;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_SR_FAILED;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.rtnetlink.Rt.RTCF_DOREDIRECT;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INHDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTFORWDATAGRAMS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTOCTETS;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.inet_sock.ip_options;
import net.route.rtable;
import uapi.linux.ip.iphdr;

/**
 * Packets that go through us, {@code net/ipv4/ip_forward.c}: the {@code input} of a route to somebody else, if {@code
 * net.ipv4.ip_forward} is set. What goes wrong is told to the sender (RFC 1812): no time left, too large for the link.
 */
public final class IpForward {
    private IpForward() {}

    static boolean ip_may_fragment(sk_buff skb) {
        return (ip_hdr(skb).frag_off() & IP_DF) == 0 || skb.local_df;
    }

    /** A packet that stands for several counts by the largest of these. */
    static boolean ip_exceeds_mtu(sk_buff skb, int mtu) {
        if (leU32(skb.len, mtu)) {
            return false;
        }

        if (skb_is_gso(skb) && leU32(skb_gso_network_seglen(skb), mtu)) {
            return false;
        }

        return true;
    }

    static boolean ip_gso_exceeds_dst_mtu(sk_buff skb) {
        int mtu;

        if (skb.local_df || !skb_is_gso(skb)) {
            return false;
        }

        mtu = ip_dst_mtu_maybe_forward(skb_dst(skb), true);

        return gtU32(skb_gso_network_seglen(skb), mtu);
    }

    /** A packet that stands for several, each too large for the link: splits it, so that they can be fragmented. */
    static int ip_forward_finish_gso(sk_buff skb) {
        dst_entry dst = skb_dst(skb);
        long features;
        sk_buff segs;
        int ret = 0;

        features = netif_skb_dev_features(skb, dst.dev);
        segs = skb_gso_segment(skb, features & ~NETIF_F_GSO_MASK);
        if (IS_ERR(segs)) {
            kfree_skb(skb);
            return -ENOMEM;
        }

        consume_skb(skb);

        do {
            sk_buff nskb = segs.next;
            int err;

            segs.next = null;
            err = dst_output(segs);

            if (err != 0 && ret == 0) {
                ret = err;
            }
            segs = nskb;
        } while (segs != null);

        return ret;
    }

    /** The second half of {@link #ip_forward}: counts the packet, fills in its options, and lets it go. */
    @KernelBug("counts the bytes in OutOctets, as ip_output does once more")
    static int ip_forward_finish(sk_buff skb) {
        ip_options opt = IPCB(skb).opt;

        IP_INC_STATS_BH(dev_net(skb_dst(skb).dev), IPSTATS_MIB_OUTFORWDATAGRAMS);
        IP_ADD_STATS_BH(dev_net(skb_dst(skb).dev), IPSTATS_MIB_OUTOCTETS, skb.len);

        if (opt.optlen != 0) {
            ip_forward_options(skb);
        }

        if (ip_gso_exceeds_dst_mtu(skb)) {
            return ip_forward_finish_gso(skb);
        }

        return dst_output(skb);
    }

    /** @return {@code NET_RX_SUCCESS} or {@code NET_RX_DROP}, or what the device says */
    public static int ip_forward(sk_buff skb) {
        int mtu;
        iphdr iph;
        rtable rt;
        ip_options opt = IPCB(skb).opt;

        drop:
        {
            too_many_hops:
            {
                sr_failed:
                {
                    if (IPCB(skb).opt.router_alert != 0 && ip_call_ra_chain(skb)) {
                        return NET_RX_SUCCESS;
                    }

                    if (skb.pkt_type != PACKET_HOST) {
                        break drop;
                    }

                    skb_forward_csum(skb);

                    if (ip_hdr(skb).ttl() <= 1) {
                        break too_many_hops;
                    }

                    rt = skb_rtable(skb);

                    if (opt.is_strictroute && rt.rt_uses_gateway) {
                        break sr_failed;
                    }

                    IPCB(skb).flags |= IPSKB_FORWARDED;
                    mtu = ip_dst_mtu_maybe_forward(rt, true);
                    if (!ip_may_fragment(skb) && ip_exceeds_mtu(skb, mtu)) {
                        IP_INC_STATS(dev_net(rt.dev), IPSTATS_MIB_FRAGFAILS);
                        icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
                        break drop;
                    }

                    if (skb_cow(skb, LL_RESERVED_SPACE(rt.dev) + rt.header_len) != 0) {
                        break drop;
                    }
                    iph = ip_hdr(skb);

                    ip_decrease_ttl(iph);

                    if ((rt.rt_flags & RTCF_DOREDIRECT) != 0 && opt.srr == 0) {
                        ip_rt_send_redirect(skb);
                    }

                    skb.priority = rt_tos2priority(iph.tos());

                    return ip_forward_finish(skb);
                }

                icmp_send(skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
                break drop;
            }

            IP_INC_STATS_BH(dev_net(skb_dst(skb).dev), IPSTATS_MIB_INHDRERRORS);
            icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
        }
        kfree_skb(skb);
        return NET_RX_DROP;
    }
}
