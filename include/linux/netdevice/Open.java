// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.errno.Errno.ENODEV;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_del_init;
import static linux.netdevice.Flags.dev_set_rx_mode;
import static linux.netdevice.Netdev.netif_device_present;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_GOING_DOWN;
import static linux.netdevice.Notifiers.NETDEV_PRE_UP;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.netdevice.Notifiers.call_netdevice_notifiers;
import static linux.netdevice.net_device.__LINK_STATE_START;
import static linux.notifier.Notifier.notifier_to_errno;
import static net.sch_generic.Queueing.dev_activate;
import static net.sch_generic.Queueing.dev_deactivate_many;
import static uapi.linux.if_.Iff.IFF_UP;

import linux.list.list_head;

/**
 * Switching devices on and off, {@code net/core/dev.c}: {@code ip link set DEV up}, by way of {@link
 * Flags#dev_change_flags}. Those who listen are told in this order: PRE_UP, the driver opens, UP; GOING_DOWN, the driver
 * closes, DOWN.
 */
public final class Open {
    private Open() {}

    static int __dev_open(net_device dev) {
        net_device_ops ops = dev.netdev_ops;
        int ret;

        if (!netif_device_present(dev)) {
            return -ENODEV;
        }

        ret = call_netdevice_notifiers(NETDEV_PRE_UP, dev);
        ret = notifier_to_errno(ret);
        if (ret != 0) {
            return ret;
        }

        dev.state |= 1 << __LINK_STATE_START;

        if (ops.ndo_validate_addr != null) {
            ret = ops.ndo_validate_addr.call(dev);
        }

        if (ret == 0 && ops.ndo_open != null) {
            ret = ops.ndo_open.call(dev);
        }

        if (ret != 0) {
            dev.state &= ~(1 << __LINK_STATE_START);
        } else {
            dev.flags |= IFF_UP;
            dev_set_rx_mode(dev);
            dev_activate(dev);
        }

        return ret;
    }

    /** Switches the device on; 0 too if it is on. */
    public static int dev_open(net_device dev) {
        int ret;

        if ((dev.flags & IFF_UP) != 0) {
            return 0;
        }

        ret = __dev_open(dev);
        if (ret < 0) {
            return ret;
        }

        call_netdevice_notifiers(NETDEV_UP, dev);

        return ret;
    }

    static int __dev_close_many(list_head<net_device> head) {
        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            net_device dev = p.owner;

            call_netdevice_notifiers(NETDEV_GOING_DOWN, dev);

            dev.state &= ~(1 << __LINK_STATE_START);
        }

        dev_deactivate_many(head);

        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            net_device dev = p.owner;
            net_device_ops ops = dev.netdev_ops;

            if (ops.ndo_stop != null) {
                ops.ndo_stop.call(dev);
            }

            dev.flags &= ~IFF_UP;
        }

        return 0;
    }

    static int __dev_close(net_device dev) {
        int retval;
        list_head<net_device> single = new list_head<>();

        list_add(dev.close_list, single);
        retval = __dev_close_many(single);
        list_del(single);

        return retval;
    }

    static int dev_close_many(list_head<net_device> head) {
        for (list_head<net_device> p = head.next, tmp; p != head; p = tmp) {
            tmp = p.next;
            if ((p.owner.flags & IFF_UP) == 0) {
                list_del_init(p.owner.close_list);
            }
        }

        __dev_close_many(head);

        for (list_head<net_device> p = head.next, tmp; p != head; p = tmp) {
            tmp = p.next;
            call_netdevice_notifiers(NETDEV_DOWN, p.owner);
            list_del_init(p.owner.close_list);
        }

        return 0;
    }

    /** Switches the device off; what its queue holds is dropped. */
    public static int dev_close(net_device dev) {
        if ((dev.flags & IFF_UP) != 0) {
            list_head<net_device> single = new list_head<>();

            list_add(dev.close_list, single);
            dev_close_many(single);
            list_del(single);
        }
        return 0;
    }
}
