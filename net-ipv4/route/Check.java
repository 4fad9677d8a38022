// SPDX-License-Identifier: GPL-2.0-only
package route;

import static icmp.Icmp.icmp_send;
import static linux.bug.Bug.WARN_ON;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Netdev.dev_net;
import static linux.printk.Printk.pI4;
import static linux.printk.Printk.pr_debug;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static net.arp.Arp.__ipv4_neigh_lookup;
import static net.dst.Dst.dst_set_expires;
import static net.dst.dst_entry.DST_OBSOLETE_FORCE_CHK;
import static net.neighbour.Neigh.neigh_create;
import static net.net_namespace.NetNs.rt_genid_bump_ipv4;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static net.route.Route.ip_rt_put;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_HOST_UNREACH;
import static uapi.linux.rtnetlink.Rt.RTCF_REDIRECTED;

import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.neighbour.neighbour;
import net.net_namespace.net;
import net.route.rtable;

/**
 * Is a route still good? From {@code net/ipv4/route.c}. Sockets keep the entry they connected by and ask before each
 * packet ({@code sk_dst_check}): it is stale when a route or an address has changed since it was made, and when ICMP has
 * taught something about its path.
 */
public final class Check {
    private Check() {}

    static boolean rt_is_expired(rtable rth) {
        return rth.rt_genid != rt_genid_ipv4(dev_net(rth.dev));
    }

    /** From now on every entry of the namespace is stale. */
    public static void rt_cache_flush(net net) {
        rt_genid_bump_ipv4(net);
    }

    /** The next hop of {@code dst}; with neither a gateway nor a packet it is {@code daddr}. */
    static neighbour ipv4_neigh_lookup(dst_entry dst, sk_buff skb, int daddr) {
        net_device dev = dst.dev;
        int pkey = daddr;
        rtable rt;
        neighbour n;

        rt = (rtable) dst;
        if (rt.rt_gateway != 0) {
            pkey = rt.rt_gateway;
        } else if (skb != null) {
            pkey = ip_hdr(skb).daddr();
        }

        n = __ipv4_neigh_lookup(dev, pkey);
        if (n != null) {
            return n;
        }
        return neigh_create(pkey, dev);
    }

    /**
     * Packets by this route get lost: one that goes back to a redirect or an ICMP is given up.
     *
     * @return {@code dst}, or null: the caller's reference is gone
     */
    static dst_entry ipv4_negative_advice(dst_entry dst) {
        rtable rt = (rtable) dst;
        dst_entry ret = dst;

        if (rt != null) {
            if (dst.obsolete > 0) {
                ip_rt_put(rt);
                ret = null;
            } else if ((rt.rt_flags & RTCF_REDIRECTED) != 0 || rt.expires != 0) {
                ip_rt_put(rt);
                ret = null;
            }
        }
        return ret;
    }

    /** Every entry is made so that it has to ask here. @return null: look for another one */
    static dst_entry ipv4_dst_check(dst_entry dst, int cookie) {
        rtable rt = (rtable) dst;

        if (dst.obsolete != DST_OBSOLETE_FORCE_CHK || rt_is_expired(rt)) {
            return null;
        }
        return dst;
    }

    /** The next hop does not answer: tells the sender, and forgets what was learnt about the path. */
    static void ipv4_link_failure(sk_buff skb) {
        rtable rt;

        icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);

        rt = skb_rtable(skb);
        if (rt != null) {
            dst_set_expires(rt, 0);
        }
    }

    /** Output of an entry that is only for packets that come in. */
    static int ip_rt_bug(sk_buff skb) {
        pr_debug("ip_rt_bug: %s -> %s, %s\n", pI4(ip_hdr(skb).saddr()), pI4(ip_hdr(skb).daddr()),
                skb.dev != null ? skb.dev.name : "?");
        kfree_skb(skb);
        WARN_ON(true);
        return 0;
    }
}
