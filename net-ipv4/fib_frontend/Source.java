// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static devinet.IfAddrs.inet_select_addr;
import static fib_frontend.Tables.fib_get_table;
import static fib_semantics.FibInfo.FIB_RES_PREFSRC;
import static fib_trie.FibTable.fib_lookup;
import static fib_trie.FibTable.fib_table_lookup;
import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EXDEV;
import static linux.in.Addresses.ipv4_is_lbcast;
import static linux.in.Addresses.ipv4_is_multicast;
import static linux.in.Addresses.ipv4_is_zeronet;
import static linux.inetdevice.Conf.IN_DEV_ACCEPT_LOCAL;
import static linux.inetdevice.Conf.IN_DEV_RPFILTER;
import static linux.inetdevice.Conf.IN_DEV_SRC_VMARK;
import static linux.inetdevice.Conf.IN_DEV_TX_REDIRECTS;
import static linux.inetdevice.InDev.__in_dev_get_rcu;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.LOOPBACK_IFINDEX;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Dst.skb_rtable;
import static net.ip_fib.Fib.FIB_LOOKUP_NOREF;
import static net.ip_fib.Fib.FIB_RES_DEV;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.ip_fib.Fib.fib_num_tclassid_users;
import static net.route.Route.RT_TOS;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;

import linux.compiler.IntRef;
import linux.inetdevice.in_device;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import net.net_namespace.net;
import net.route.rtable;

/**
 * Whose is an address, from {@code net/ipv4/fib_frontend.c}: ours, a broadcast, or somebody else's, and may a packet
 * from there come in here? Asked by {@code route} for each packet that needs a new route, and by whoever binds or
 * connects a socket.
 */
public final class Source {
    private Source() {}

    /** The kind of {@code addr} ({@code RTN_*}), as if only {@code dev} existed, or (null) on the whole host. */
    static int __inet_dev_addr_type(net net, net_device dev, int addr) {
        flowi4 fl4 = new flowi4();
        fib_result res = new fib_result();
        int ret = RTN_BROADCAST;
        fib_table local_table;

        fl4.daddr = addr;
        if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr)) {
            return RTN_BROADCAST;
        }
        if (ipv4_is_multicast(addr)) {
            return RTN_MULTICAST;
        }

        local_table = fib_get_table(net, RT_TABLE_LOCAL);
        if (local_table != null) {
            ret = RTN_UNICAST;
            if (fib_table_lookup(local_table, fl4, res, FIB_LOOKUP_NOREF) == 0) {
                if (dev == null || dev == res.fi.fib_nh[0].nh_dev) {
                    ret = res.type;
                }
            }
        }
        return ret;
    }

    /** {@code RTN_LOCAL}: ours; {@code RTN_UNICAST}: not; {@code RTN_BROADCAST}, {@code RTN_MULTICAST}. */
    public static int inet_addr_type(net net, int addr) {
        return __inet_dev_addr_type(net, null, addr);
    }

    public static int inet_dev_addr_type(net net, net_device dev, int addr) {
        return __inet_dev_addr_type(net, dev, addr);
    }

    /** Which of our addresses an answer to {@code skb} comes from (RFC 1122, section 3.2.1.3: the specific destination). */
    public static int fib_compute_spec_dst(sk_buff skb) {
        net_device dev = skb.dev;
        in_device in_dev;
        fib_result res = new fib_result();
        rtable rt;
        flowi4 fl4 = new flowi4();
        net net;
        int scope;

        rt = skb_rtable(skb);
        if ((rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL)) == RTCF_LOCAL) {
            return ip_hdr(skb).daddr();
        }

        in_dev = __in_dev_get_rcu(dev);
        BUG_ON(in_dev == null);

        net = dev_net(dev);

        scope = RT_SCOPE_UNIVERSE;
        if (!ipv4_is_zeronet(ip_hdr(skb).saddr())) {
            fl4.flowic_oif = 0;
            fl4.flowic_iif = LOOPBACK_IFINDEX;
            fl4.daddr = ip_hdr(skb).saddr();
            fl4.saddr = 0;
            fl4.flowic_tos = RT_TOS(ip_hdr(skb).tos());
            fl4.flowic_scope = scope;
            fl4.flowic_mark = IN_DEV_SRC_VMARK(in_dev) ? skb.mark : 0;
            if (fib_lookup(net, fl4, res) == 0) {
                return FIB_RES_PREFSRC(net, res);
            }
        } else {
            scope = RT_SCOPE_LINK;
        }

        return inet_select_addr(dev, ip_hdr(skb).saddr(), scope);
    }

    /**
     * May a packet from {@code src} come in by {@code dev}?
     *
     * @param rpf 1: only if an answer would leave by {@code dev}; 2: if there is any route back; 0: also otherwise
     * @return 1: and the source is on the link; 0: it is not; {@code -EINVAL}: the source is one of ours or a broadcast;
     *     {@code -EXDEV}: the reverse path says no
     */
    static int __fib_validate_source(sk_buff skb, int src, int dst, int tos, int oif, net_device dev, int rpf,
            in_device idev, IntRef itag) {
        int ret;
        boolean no_addr;
        boolean accept_local;
        fib_result res = new fib_result();
        flowi4 fl4 = new flowi4();
        net net;
        boolean dev_match;

        fl4.flowic_oif = 0;
        fl4.flowic_iif = oif;
        fl4.daddr = src;
        fl4.saddr = dst;
        fl4.flowic_tos = tos;
        fl4.flowic_scope = RT_SCOPE_UNIVERSE;

        no_addr = idev.ifa_list == null;

        accept_local = IN_DEV_ACCEPT_LOCAL(idev);
        fl4.flowic_mark = IN_DEV_SRC_VMARK(idev) ? skb.mark : 0;

        net = dev_net(dev);
        last_resort:
        {
            if (fib_lookup(net, fl4, res) != 0) {
                break last_resort;
            }
            if (res.type != RTN_UNICAST) {
                if (res.type != RTN_LOCAL || !accept_local) {
                    return -EINVAL;
                }
            }
            dev_match = false;

            if (FIB_RES_DEV(res) == dev) {
                dev_match = true;
            }
            if (dev_match) {
                ret = FIB_RES_NH(res).nh_scope >= RT_SCOPE_HOST ? 1 : 0;
                return ret;
            }
            if (no_addr) {
                break last_resort;
            }
            if (rpf == 1) {
                return -EXDEV;
            }
            fl4.flowic_oif = dev.ifindex;

            ret = 0;
            if (fib_lookup(net, fl4, res) == 0) {
                if (res.type == RTN_UNICAST) {
                    ret = FIB_RES_NH(res).nh_scope >= RT_SCOPE_HOST ? 1 : 0;
                }
            }
            return ret;
        }

        if (rpf != 0) {
            return -EXDEV;
        }
        itag.val = 0;
        return 0;
    }

    /** The same with the device's {@code rp_filter}; with 0, and nobody to send a redirect to, all is well. */
    public static int fib_validate_source(sk_buff skb, int src, int dst, int tos, int oif, net_device dev,
            in_device idev, IntRef itag) {
        int r = IN_DEV_RPFILTER(idev);

        if (r == 0
                && fib_num_tclassid_users(dev_net(dev)) == 0
                && (dev.ifindex != oif || !IN_DEV_TX_REDIRECTS(idev))) {
            itag.val = 0;
            return 0;
        }
        return __fib_validate_source(skb, src, dst, tos, oif, dev, r, idev, itag);
    }
}
