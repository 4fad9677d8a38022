// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del_init;
import static linux.list.Lists.list_empty;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Netdev.dev_put;
import static net.dst.Garbage.dst_alloc;
import static net.dst.Metrics.dst_init_metrics;
import static net.dst.dst_entry.DST_HOST;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.dst.dst_entry.DST_NOPOLICY;
import static net.dst.dst_entry.DST_NOXFRM;
import static net.dst.dst_entry.DST_OBSOLETE_FORCE_CHK;
import static net.ip_fib.Fib.FIB_RES_NH;
import static net.route.Route.rt_is_input_route;
import static route.Check.rt_is_expired;
import static route.Exceptions.rt_bind_exception;
import static route.Exceptions.rt_free;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;

import linux.list.list_head;
import linux.netdevice.net_device;
import net.dst.dst_entry;
import net.ip_fib.fib_info;
import net.ip_fib.fib_nh;
import net.ip_fib.fib_nh_exception;
import net.ip_fib.fib_result;
import net.net_namespace.net;
import net.route.rtable;

/**
 * Entries and who has them cached, from {@code net/ipv4/route.c}. Each next hop has one entry for packets that come in
 * and one for those that leave, each exception too; so a connection and its packets meet the same object as long as
 * nothing changes. Entries that cannot be shared stand on a list, to be found when their device goes.
 */
public final class Cache {
    private Cache() {}

    static list_head<rtable> rt_uncached_list;

    /** Puts {@code rt} in the place of the entry that {@code nh} has cached. @return true: done */
    static boolean rt_cache_route(fib_nh nh, rtable rt) {
        rtable orig;

        if (rt_is_input_route(rt)) {
            orig = nh.nh_rth_input;
            nh.nh_rth_input = rt;
        } else {
            orig = nh.nh_pcpu_rth_output;
            nh.nh_pcpu_rth_output = rt;
        }
        if (orig != null) {
            rt_free(orig);
        }

        return true;
    }

    static void rt_add_uncached_list(rtable rt) {
        list_add_tail(rt.rt_uncached, rt_uncached_list);
    }

    /** {@code dst_ops.destroy}. */
    static void ipv4_dst_destroy(dst_entry dst) {
        rtable rt = (rtable) dst;

        if (!list_empty(rt.rt_uncached)) {
            list_del_init(rt.rt_uncached);
        }
    }

    /** {@code dev} goes for good: entries that no table leads to any more get the loopback device instead. */
    public static void rt_flush_dev(net_device dev) {
        if (!list_empty(rt_uncached_list)) {
            net net = dev_net(dev);

            for (list_head<rtable> p = rt_uncached_list.next; p != rt_uncached_list; p = p.next) {
                rtable rt = p.owner;

                if (rt.dev != dev) {
                    continue;
                }
                rt.dev = net.loopback_dev;
                dev_hold(rt.dev);
                dev_put(dev);
            }
        }
    }

    /** May a cached entry be used? @param rt may be null */
    static boolean rt_cache_valid(rtable rt) {
        return rt != null && rt.obsolete == DST_OBSOLETE_FORCE_CHK && !rt_is_expired(rt);
    }

    /** Gives the entry its gateway and metrics, and caches it if it may be shared. */
    static void rt_set_nexthop(rtable rt, int daddr, fib_result res, fib_nh_exception fnhe, fib_info fi, int type,
            int itag) {
        boolean cached = false;

        if (fi != null) {
            fib_nh nh = FIB_RES_NH(res);

            if (nh.nh_gw != 0 && nh.nh_scope == RT_SCOPE_LINK) {
                rt.rt_gateway = nh.nh_gw;
                rt.rt_uses_gateway = true;
            }
            dst_init_metrics(rt, fi.fib_metrics, true);
            if (fnhe != null) {
                cached = rt_bind_exception(rt, fnhe, daddr);
            } else if ((rt.flags & DST_NOCACHE) == 0) {
                cached = rt_cache_route(nh, rt);
            }
            if (!cached) {
                rt.flags |= DST_NOCACHE;
                if (rt.rt_gateway == 0) {
                    rt.rt_gateway = daddr;
                }
                rt_add_uncached_list(rt);
            }
        } else {
            rt_add_uncached_list(rt);
        }
    }

    /** @param will_cache false: it is gone with its last user. @return null without memory */
    static rtable rt_dst_alloc(net_device dev, boolean nopolicy, boolean noxfrm, boolean will_cache) {
        return (rtable) dst_alloc(Init.ipv4_dst_ops, dev, 1, DST_OBSOLETE_FORCE_CHK,
                (will_cache ? 0 : DST_HOST | DST_NOCACHE)
                        | (nopolicy ? DST_NOPOLICY : 0)
                        | (noxfrm ? DST_NOXFRM : 0));
    }
}
