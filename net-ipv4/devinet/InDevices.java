// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static devinet.IfAddrs.INFINITY_LIFE_TIME;
import static devinet.IfAddrs.inet_alloc_ifa;
import static devinet.IfAddrs.inet_del_ifa;
import static devinet.IfAddrs.inet_free_ifa;
import static devinet.IfAddrs.inet_insert_ifa;
import static devinet.IfAddrs.set_ifa_lifetime;
import static devinet.Sysctls.devinet_sysctl_register;
import static devinet.Sysctls.devinet_sysctl_unregister;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.igmp.Igmp.ip_mc_destroy_dev;
import static linux.igmp.Igmp.ip_mc_down;
import static linux.igmp.Igmp.ip_mc_up;
import static linux.inetdevice.Conf.IN_DEV_CONF_SET;
import static linux.inetdevice.Conf.ipv4_devconf_setall;
import static linux.inetdevice.InDev.__in_dev_get_rtnl;
import static linux.inetdevice.InDev.in_dev_hold;
import static linux.inetdevice.InDev.in_dev_put;
import static linux.inetdevice.InDev.inet_make_mask;
import static linux.kernel.Kernel.geU32;
import static linux.list.Lists.INIT_HLIST_NODE;
import static linux.netdevice.Names.dev_get_by_index_rcu;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Notifiers.NETDEV_CHANGEMTU;
import static linux.netdevice.Notifiers.NETDEV_CHANGENAME;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_REGISTER;
import static linux.netdevice.Notifiers.NETDEV_UNREGISTER;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.netdevice.Notifiers.netdev_notifier_info_to_dev;
import static linux.notifier.Notifier.notifier_from_errno;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static linux.printk.Printk.pr_debug;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_.Iff.IFNAMSIZ;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOPOLICY;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_NOXFRM;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;

import linux.gfp.Gfp;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.init.Initcall;
import linux.netdevice.net_device;
import linux.notifier.notifier_block;
import linux.notifier.notifier_head;
import net.net_namespace.net;

/**
 * IPv4 on a device, from {@code net/ipv4/devinet.c}: it begins when the device is registered and ends when it goes or
 * its MTU becomes smaller than 68 bytes (RFC 791: the least that every link carries). Called by the chain of notifiers of
 * {@code linux.netdevice}.
 */
public final class InDevices {
    private InDevices() {}

    /** Who wants to know of addresses that come ({@code NETDEV_UP}) and go ({@code NETDEV_DOWN}). */
    static notifier_head inetaddr_chain;

    static notifier_block ip_netdev_notifier;

    /** Static variables. {@code devinet_init} is called by {@code ip_rt_init}. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            inetaddr_chain = new notifier_head();
            ip_netdev_notifier = new notifier_block(InDevices::inetdev_event);
            IfAddrs.initHash();
            Sysctls.initData();
        }
    }

    /** @return null without memory */
    static in_device inetdev_init(net_device dev) {
        in_device in_dev;

        if (Gfp.fails(GFP_KERNEL)) {
            return null;
        }
        in_dev = new in_device();
        in_dev.cnf.copy(dev_net(dev).ipv4.devconf_dflt);
        in_dev.cnf.sysctl = null;
        in_dev.dev = dev;
        dev_hold(dev);
        in_dev_hold(in_dev);

        devinet_sysctl_register(in_dev);
        if ((dev.flags & IFF_UP) != 0) {
            ip_mc_up(in_dev);
        }

        dev.ip_ptr = in_dev;
        return in_dev;
    }

    static void in_dev_rcu_put(in_device idev) {
        in_dev_put(idev);
    }

    static void inetdev_destroy(in_device in_dev) {
        in_ifaddr ifa;
        net_device dev;

        dev = in_dev.dev;

        in_dev.dead = true;

        ip_mc_destroy_dev(in_dev);

        while ((ifa = in_dev.ifa_list) != null) {
            inet_del_ifa(in_dev, null, false);
            inet_free_ifa(ifa);
        }

        dev.ip_ptr = null;

        devinet_sysctl_unregister(in_dev);

        in_dev_rcu_put(in_dev);
    }

    /** Without a reference; null if there is no such device, or no IPv4 on it. */
    public static in_device inetdev_by_index(net net, int ifindex) {
        net_device dev;
        in_device in_dev = null;

        dev = dev_get_by_index_rcu(net, ifindex);
        if (dev != null) {
            in_dev = dev.ip_ptr;
        }
        return in_dev;
    }

    public static int register_inetaddr_notifier(notifier_block nb) {
        inetaddr_chain.register(nb);
        return 0;
    }

    public static int unregister_inetaddr_notifier(notifier_block nb) {
        inetaddr_chain.unregister(nb);
        return 0;
    }

    /** The device has a new name: so have its addresses. Behind the first one, a number stays: {@code eth0:1}. */
    static void inetdev_changename(net_device dev, in_device in_dev) {
        in_ifaddr ifa;
        int named = 0;

        for (ifa = in_dev.ifa_list; ifa != null; ifa = ifa.ifa_next) {
            String old = ifa.ifa_label;
            int dot;

            ifa.ifa_label = dev.name;
            if (named++ == 0) {
                continue;
            }
            dot = old.indexOf(':');
            if (dot < 0) {
                old = ":" + named;
                dot = 0;
            }
            old = old.substring(dot);
            if (old.length() + dev.name.length() < IFNAMSIZ) {
                ifa.ifa_label = dev.name + old;
            } else {
                ifa.ifa_label = dev.name.substring(0, IFNAMSIZ - old.length() - 1) + old;
            }
        }
    }

    static boolean inetdev_valid_mtu(int mtu) {
        return geU32(mtu, 68);
    }

    /** A device has come, gone, or changed. */
    static int inetdev_event(notifier_block nb, long event, Object ptr) {
        net_device dev = netdev_notifier_info_to_dev(ptr);
        in_device in_dev = __in_dev_get_rtnl(dev);

        if (in_dev == null) {
            if (event == NETDEV_REGISTER) {
                in_dev = inetdev_init(dev);
                if (in_dev == null) {
                    return notifier_from_errno(-ENOMEM);
                }
                if ((dev.flags & IFF_LOOPBACK) != 0) {
                    IN_DEV_CONF_SET(in_dev, IPV4_DEVCONF_NOXFRM, 1);
                    IN_DEV_CONF_SET(in_dev, IPV4_DEVCONF_NOPOLICY, 1);
                }
            } else if (event == NETDEV_CHANGEMTU) {
                if (inetdev_valid_mtu(dev.mtu)) {
                    in_dev = inetdev_init(dev);
                }
            }
            return NOTIFY_DONE;
        }

        switch ((int) event) {
            case NETDEV_REGISTER:
                pr_debug("inetdev_event: bug\n");
                dev.ip_ptr = null;
                break;
            case NETDEV_UP:
                if (!inetdev_valid_mtu(dev.mtu)) {
                    break;
                }
                if ((dev.flags & IFF_LOOPBACK) != 0) {
                    in_ifaddr ifa = inet_alloc_ifa();

                    if (ifa != null) {
                        INIT_HLIST_NODE(ifa.hash);
                        ifa.ifa_local = ifa.ifa_address = INADDR_LOOPBACK;
                        ifa.ifa_prefixlen = 8;
                        ifa.ifa_mask = inet_make_mask(8);
                        in_dev_hold(in_dev);
                        ifa.ifa_dev = in_dev;
                        ifa.ifa_scope = RT_SCOPE_HOST;
                        ifa.ifa_label = dev.name;
                        set_ifa_lifetime(ifa, INFINITY_LIFE_TIME, INFINITY_LIFE_TIME);
                        ipv4_devconf_setall(in_dev);
                        inet_insert_ifa(ifa);
                    }
                }
                ip_mc_up(in_dev);
                break;
            case NETDEV_DOWN:
                ip_mc_down(in_dev);
                break;
            case NETDEV_CHANGEMTU:
                if (inetdev_valid_mtu(dev.mtu)) {
                    break;
                }
                inetdev_destroy(in_dev);
                break;
            case NETDEV_UNREGISTER:
                inetdev_destroy(in_dev);
                break;
            case NETDEV_CHANGENAME:
                inetdev_changename(dev, in_dev);

                devinet_sysctl_unregister(in_dev);
                devinet_sysctl_register(in_dev);
                break;
            default:
                break;
        }
        return NOTIFY_DONE;
    }
}
