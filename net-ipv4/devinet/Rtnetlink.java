// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static devinet.IfAddrs.INFINITY_LIFE_TIME;
import static devinet.IfAddrs.__inet_del_ifa;
import static devinet.IfAddrs.__inet_insert_ifa;
import static devinet.IfAddrs.inet_alloc_ifa;
import static devinet.IfAddrs.inet_free_ifa;
import static devinet.IfAddrs.set_ifa_lifetime;
import static devinet.InDevices.inetdev_by_index;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENODEV;
import static linux.inetdevice.Conf.ipv4_devconf_setall;
import static linux.inetdevice.InDev.__in_dev_get_rtnl;
import static linux.inetdevice.InDev.in_dev_hold;
import static linux.inetdevice.InDev.inet_ifa_match;
import static linux.inetdevice.InDev.inet_make_mask;
import static linux.list.Lists.INIT_HLIST_NODE;
import static linux.netdevice.Names.__dev_get_by_index;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static net.ip_fib.fib_config.NLM_F_EXCL;
import static net.ip_fib.fib_config.NLM_F_REPLACE;

import linux.compiler.IntRef;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.netdevice.net_device;
import net.net_namespace.net;

/** Addresses that somebody enters and deletes, from {@code net/ipv4/devinet.c}; see {@link IpAddr} for something handier. */
public final class Rtnetlink {
    private Rtnetlink() {}

    /**
     * Deletes the first address that fits all that the message says.
     *
     * @return 0; {@code -ENODEV}; {@code -EADDRNOTAVAIL}: there is none
     */
    public static int inet_rtm_deladdr(net net, ifaddrmsg ifm) {
        in_device in_dev;
        in_ifaddr ifa;
        in_ifaddr prev;

        in_dev = inetdev_by_index(net, ifm.ifa_index);
        if (in_dev == null) {
            return -ENODEV;
        }

        for (prev = null, ifa = in_dev.ifa_list; ifa != null; prev = ifa, ifa = ifa.ifa_next) {
            if (ifm.local != null && ifa.ifa_local != ifm.local) {
                continue;
            }

            if (ifm.label != null && !ifm.label.equals(ifa.ifa_label)) {
                continue;
            }

            if (ifm.address != null
                    && (ifm.ifa_prefixlen != ifa.ifa_prefixlen || !inet_ifa_match(ifm.address, ifa))) {
                continue;
            }

            __inet_del_ifa(in_dev, prev, true);
            return 0;
        }

        return -EADDRNOTAVAIL;
    }

    /** Makes an address of what was asked for. @param err is set if null is returned */
    static in_ifaddr rtm_to_ifaddr(net net, ifaddrmsg ifm, IntRef err) {
        in_ifaddr ifa;
        net_device dev;
        in_device in_dev;

        err.val = -EINVAL;
        if (ifm.ifa_prefixlen > 32 || ifm.local == null) {
            return null;
        }

        dev = __dev_get_by_index(net, ifm.ifa_index);
        err.val = -ENODEV;
        if (dev == null) {
            return null;
        }

        in_dev = __in_dev_get_rtnl(dev);
        err.val = -ENOBUFS;
        if (in_dev == null) {
            return null;
        }

        ifa = inet_alloc_ifa();
        if (ifa == null) {
            return null;
        }

        ipv4_devconf_setall(in_dev);
        in_dev_hold(in_dev);

        if (ifm.address == null) {
            ifm.address = ifm.local;
        }

        INIT_HLIST_NODE(ifa.hash);
        ifa.ifa_prefixlen = ifm.ifa_prefixlen;
        ifa.ifa_mask = inet_make_mask(ifm.ifa_prefixlen);
        ifa.ifa_flags = ifm.ifa_flags;
        ifa.ifa_scope = ifm.ifa_scope;
        ifa.ifa_dev = in_dev;

        ifa.ifa_local = ifm.local;
        ifa.ifa_address = ifm.address;

        if (ifm.broadcast != null) {
            ifa.ifa_broadcast = ifm.broadcast;
        }

        if (ifm.label != null) {
            ifa.ifa_label = ifm.label;
        } else {
            ifa.ifa_label = dev.name;
        }

        return ifa;
    }

    static in_ifaddr find_matching_ifa(in_ifaddr ifa) {
        in_device in_dev = ifa.ifa_dev;
        in_ifaddr ifa1;

        if (ifa.ifa_local == 0) {
            return null;
        }

        for (ifa1 = in_dev.ifa_list; ifa1 != null; ifa1 = ifa1.ifa_next) {
            if (ifa1.ifa_mask == ifa.ifa_mask
                    && inet_ifa_match(ifa1.ifa_address, ifa)
                    && ifa1.ifa_local == ifa.ifa_local) {
                return ifa1;
            }
        }
        return null;
    }

    /**
     * Enters an address. One that is there already is only touched with {@code NLM_F_REPLACE}.
     *
     * @return 0; {@code -EEXIST}; {@code -ENODEV}; {@code -EINVAL}; {@code -ENOBUFS}: no IPv4 on the device, or no memory
     */
    public static int inet_rtm_newaddr(net net, ifaddrmsg ifm) {
        in_ifaddr ifa;
        in_ifaddr ifa_existing;
        int valid_lft = INFINITY_LIFE_TIME;
        int prefered_lft = INFINITY_LIFE_TIME;
        IntRef err = new IntRef();

        ifa = rtm_to_ifaddr(net, ifm, err);
        if (ifa == null) {
            return err.val;
        }

        ifa_existing = find_matching_ifa(ifa);
        if (ifa_existing == null) {
            set_ifa_lifetime(ifa, valid_lft, prefered_lft);
            return __inet_insert_ifa(ifa);
        } else {
            inet_free_ifa(ifa);

            if ((ifm.nlmsg_flags & NLM_F_EXCL) != 0 || (ifm.nlmsg_flags & NLM_F_REPLACE) == 0) {
                return -EEXIST;
            }
            ifa = ifa_existing;
            set_ifa_lifetime(ifa, valid_lft, prefered_lft);
            InDevices.inetaddr_chain.call_chain(NETDEV_UP, ifa);
        }
        return 0;
    }
}
