// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENODEV;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.errno.Errno.EOVERFLOW;
import static linux.netdevice.Netdev.netif_carrier_ok;
import static linux.netdevice.Netdev.netif_device_present;
import static linux.netdevice.Netdev.netif_dormant;
import static linux.netdevice.Netdev.netif_oper_up;
import static linux.netdevice.Netdev.netif_running;
import static linux.netdevice.Notifiers.NETDEV_CHANGE;
import static linux.netdevice.Notifiers.NETDEV_CHANGEADDR;
import static linux.netdevice.Notifiers.NETDEV_CHANGEMTU;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_PRECHANGEMTU;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.netdevice.Notifiers.call_netdevice_notifiers;
import static linux.netdevice.Notifiers.call_netdevice_notifiers_info;
import static linux.netdevice.Open.__dev_close;
import static linux.netdevice.Open.__dev_open;
import static linux.netdevice.net_device.NET_ADDR_SET;
import static linux.notifier.Notifier.notifier_to_errno;
import static linux.printk.Printk.pr_info;
import static linux.printk.Printk.pr_warn;
import static uapi.linux.if_.Iff.IFF_ALLMULTI;
import static uapi.linux.if_.Iff.IFF_AUTOMEDIA;
import static uapi.linux.if_.Iff.IFF_DEBUG;
import static uapi.linux.if_.Iff.IFF_DORMANT;
import static uapi.linux.if_.Iff.IFF_DYNAMIC;
import static uapi.linux.if_.Iff.IFF_LOWER_UP;
import static uapi.linux.if_.Iff.IFF_MPBACKUP;
import static uapi.linux.if_.Iff.IFF_MULTICAST;
import static uapi.linux.if_.Iff.IFF_NOARP;
import static uapi.linux.if_.Iff.IFF_NOMULTIPATH;
import static uapi.linux.if_.Iff.IFF_NOTRAILERS;
import static uapi.linux.if_.Iff.IFF_PORTSEL;
import static uapi.linux.if_.Iff.IFF_PROMISC;
import static uapi.linux.if_.Iff.IFF_RUNNING;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_.Iff.IFF_VOLATILE;

import uapi.linux.if_link.rtnl_link_stats64;

/**
 * What a user sets of a device, {@code net/core/dev.c}: flags, among them {@code IFF_UP} and {@code IFF_MPBACKUP} (MPTCP:
 * use it only when the others fail), MTU, hardware address; and what he reads, {@link #dev_get_stats}.
 */
public final class Flags {
    private Flags() {}

    static void dev_change_rx_flags(net_device dev, int flags) {
        net_device_ops ops = dev.netdev_ops;

        if (ops.ndo_change_rx_flags != null) {
            ops.ndo_change_rx_flags.call(dev, flags);
        }
    }

    static int __dev_set_promiscuity(net_device dev, int inc, boolean notify) {
        int old_flags = dev.flags;

        dev.flags |= IFF_PROMISC;
        dev.promiscuity += inc;
        if (dev.promiscuity == 0) {
            if (inc < 0) {
                dev.flags &= ~IFF_PROMISC;
            } else {
                dev.promiscuity -= inc;
                pr_warn("%s: promiscuity touches roof, set promiscuity failed. promiscuity feature of device might be "
                        + "broken.\n", dev.name);
                return -EOVERFLOW;
            }
        }
        if (dev.flags != old_flags) {
            pr_info("device %s %s promiscuous mode\n", dev.name,
                    (dev.flags & IFF_PROMISC) != 0 ? "entered" : "left");

            dev_change_rx_flags(dev, IFF_PROMISC);
        }
        if (notify) {
            __dev_notify_flags(dev, old_flags, IFF_PROMISC);
        }
        return 0;
    }

    /** One more ({@code inc} 1), or one less (-1), wants to see packets for other stations. */
    public static int dev_set_promiscuity(net_device dev, int inc) {
        int old_flags = dev.flags;
        int err;

        err = __dev_set_promiscuity(dev, inc, true);
        if (err < 0) {
            return err;
        }
        if (dev.flags != old_flags) {
            dev_set_rx_mode(dev);
        }
        return err;
    }

    static int __dev_set_allmulti(net_device dev, int inc, boolean notify) {
        int old_flags = dev.flags, old_gflags = dev.gflags;

        dev.flags |= IFF_ALLMULTI;
        dev.allmulti += inc;
        if (dev.allmulti == 0) {
            if (inc < 0) {
                dev.flags &= ~IFF_ALLMULTI;
            } else {
                dev.allmulti -= inc;
                pr_warn("%s: allmulti touches roof, set allmulti failed. allmulti feature of device might be broken.\n",
                        dev.name);
                return -EOVERFLOW;
            }
        }
        if ((dev.flags ^ old_flags) != 0) {
            dev_change_rx_flags(dev, IFF_ALLMULTI);
            dev_set_rx_mode(dev);
            if (notify) {
                __dev_notify_flags(dev, old_flags, dev.gflags ^ old_gflags);
            }
        }
        return 0;
    }

    /** One more, or one less, wants to see all multicasts. */
    public static int dev_set_allmulti(net_device dev, int inc) {
        return __dev_set_allmulti(dev, inc, true);
    }

    static void __dev_set_rx_mode(net_device dev) {
        net_device_ops ops = dev.netdev_ops;

        if ((dev.flags & IFF_UP) == 0) {
            return;
        }

        if (!netif_device_present(dev)) {
            return;
        }

        if (ops.ndo_set_rx_mode != null) {
            ops.ndo_set_rx_mode.call(dev);
        }
    }

    /** Tells the driver what is to be received, if the device is up. */
    public static void dev_set_rx_mode(net_device dev) {
        __dev_set_rx_mode(dev);
    }

    /** The flags as a user sees them: {@code IFF_RUNNING} and {@code IFF_LOWER_UP} say that there is a carrier. */
    public static int dev_get_flags(net_device dev) {
        int flags;

        flags = dev.flags & ~(IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT)
                | dev.gflags & (IFF_PROMISC | IFF_ALLMULTI);

        if (netif_running(dev)) {
            if (netif_oper_up(dev)) {
                flags |= IFF_RUNNING;
            }
            if (netif_carrier_ok(dev)) {
                flags |= IFF_LOWER_UP;
            }
            if (netif_dormant(dev)) {
                flags |= IFF_DORMANT;
            }
        }

        return flags;
    }

    static int __dev_change_flags(net_device dev, int flags) {
        int old_flags = dev.flags;
        int ret;

        dev.flags = flags & (IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP
                        | IFF_DYNAMIC | IFF_MULTICAST | IFF_PORTSEL
                        | IFF_AUTOMEDIA | IFF_NOMULTIPATH | IFF_MPBACKUP)
                | dev.flags & (IFF_UP | IFF_VOLATILE | IFF_PROMISC | IFF_ALLMULTI);

        if (((old_flags ^ flags) & IFF_MULTICAST) != 0) {
            dev_change_rx_flags(dev, IFF_MULTICAST);
        }

        dev_set_rx_mode(dev);

        ret = 0;
        if (((old_flags ^ flags) & IFF_UP) != 0) {
            ret = (old_flags & IFF_UP) != 0 ? __dev_close(dev) : __dev_open(dev);

            if (ret == 0) {
                dev_set_rx_mode(dev);
            }
        }

        if (((flags ^ dev.gflags) & IFF_PROMISC) != 0) {
            int inc = (flags & IFF_PROMISC) != 0 ? 1 : -1;
            int old_flags2 = dev.flags;

            dev.gflags ^= IFF_PROMISC;

            if (__dev_set_promiscuity(dev, inc, false) >= 0) {
                if (dev.flags != old_flags2) {
                    dev_set_rx_mode(dev);
                }
            }
        }

        if (((flags ^ dev.gflags) & IFF_ALLMULTI) != 0) {
            int inc = (flags & IFF_ALLMULTI) != 0 ? 1 : -1;

            dev.gflags ^= IFF_ALLMULTI;
            __dev_set_allmulti(dev, inc, false);
        }

        return ret;
    }

    static void __dev_notify_flags(net_device dev, int old_flags, int gchanges) {
        int changes = dev.flags ^ old_flags;

        if ((changes & IFF_UP) != 0) {
            if ((dev.flags & IFF_UP) != 0) {
                call_netdevice_notifiers(NETDEV_UP, dev);
            } else {
                call_netdevice_notifiers(NETDEV_DOWN, dev);
            }
        }

        if ((dev.flags & IFF_UP) != 0
                && (changes & ~(IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_VOLATILE)) != 0) {
            netdev_notifier_change_info change_info = new netdev_notifier_change_info();

            change_info.flags_changed = changes;
            call_netdevice_notifiers_info(NETDEV_CHANGE, dev, change_info);
        }
    }

    /**
     * Sets the flags of a device, and switches it on or off with {@code IFF_UP}: {@code ip link set}. Those that a user
     * cannot set stay as they are.
     */
    public static int dev_change_flags(net_device dev, int flags) {
        int ret;
        int changes, old_flags = dev.flags, old_gflags = dev.gflags;

        ret = __dev_change_flags(dev, flags);
        if (ret < 0) {
            return ret;
        }

        changes = old_flags ^ dev.flags | old_gflags ^ dev.gflags;
        __dev_notify_flags(dev, old_flags, changes);
        return ret;
    }

    static int __dev_set_mtu(net_device dev, int new_mtu) {
        net_device_ops ops = dev.netdev_ops;

        if (ops.ndo_change_mtu != null) {
            return ops.ndo_change_mtu.call(dev, new_mtu);
        }

        dev.mtu = new_mtu;
        return 0;
    }

    /** Sets the MTU, in bytes of IP; the driver and all who listen may object, with a negative errno. */
    public static int dev_set_mtu(net_device dev, int new_mtu) {
        int err, orig_mtu;

        if (new_mtu == dev.mtu) {
            return 0;
        }

        if (new_mtu < 0) {
            return -EINVAL;
        }

        if (!netif_device_present(dev)) {
            return -ENODEV;
        }

        err = call_netdevice_notifiers(NETDEV_PRECHANGEMTU, dev);
        err = notifier_to_errno(err);
        if (err != 0) {
            return err;
        }

        orig_mtu = dev.mtu;
        err = __dev_set_mtu(dev, new_mtu);

        if (err == 0) {
            err = call_netdevice_notifiers(NETDEV_CHANGEMTU, dev);
            err = notifier_to_errno(err);
            if (err != 0) {
                __dev_set_mtu(dev, orig_mtu);
                call_netdevice_notifiers(NETDEV_CHANGEMTU, dev);
            }
        }
        return err;
    }

    /** Gives the device another hardware address. */
    public static int dev_set_mac_address(net_device dev, byte[] sa) {
        net_device_ops ops = dev.netdev_ops;
        int err;

        if (ops.ndo_set_mac_address == null) {
            return -EOPNOTSUPP;
        }
        if (!netif_device_present(dev)) {
            return -ENODEV;
        }
        err = ops.ndo_set_mac_address.call(dev, sa);
        if (err != 0) {
            return err;
        }
        dev.addr_assign_type = NET_ADDR_SET;
        call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
        return 0;
    }

    /** Pulls the cable, or plugs it in, where the driver can pretend so. */
    public static int dev_change_carrier(net_device dev, boolean new_carrier) {
        net_device_ops ops = dev.netdev_ops;

        if (ops.ndo_change_carrier == null) {
            return -EOPNOTSUPP;
        }
        if (!netif_device_present(dev)) {
            return -ENODEV;
        }
        return ops.ndo_change_carrier.call(dev, new_carrier);
    }

    static void netdev_stats_to_stats64(rtnl_link_stats64 stats64, net_device_stats netdev_stats) {
        stats64.rx_packets = netdev_stats.rx_packets;
        stats64.tx_packets = netdev_stats.tx_packets;
        stats64.rx_bytes = netdev_stats.rx_bytes;
        stats64.tx_bytes = netdev_stats.tx_bytes;
        stats64.rx_errors = netdev_stats.rx_errors;
        stats64.tx_errors = netdev_stats.tx_errors;
        stats64.rx_dropped = netdev_stats.rx_dropped;
        stats64.tx_dropped = netdev_stats.tx_dropped;
    }

    /** Fills in what the driver and the stack have counted; returns {@code storage}. */
    public static rtnl_link_stats64 dev_get_stats(net_device dev, rtnl_link_stats64 storage) {
        net_device_ops ops = dev.netdev_ops;

        if (ops.ndo_get_stats64 != null) {
            netdev_stats_to_stats64(storage, NO_STATS);
            ops.ndo_get_stats64.call(dev, storage);
        } else {
            netdev_stats_to_stats64(storage, dev.stats);
        }
        storage.rx_dropped += dev.rx_dropped;
        return storage;
    }

    /** {@code memset(storage, 0)}. */
    private static final net_device_stats NO_STATS = new net_device_stats();
}
