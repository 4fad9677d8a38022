// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.in.Addresses.ipv4_is_loopback;
import static linux.inetdevice.InDev.__in_dev_get_rtnl;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Netdev.netif_running;
import static linux.netdevice.Notifiers.NETDEV_CHANGE;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.netdevice.Notifiers.netdev_notifier_info_to_dev;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static linux.printk.Printk.pI4;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static linux.workqueue.Workqueue.queue_delayed_work;
import static mptcp_fullmesh.RemoteAddresses.fm_get_ns;
import static mptcp_fullmesh.RemoteAddresses.in6;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_ADD;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_DEL;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_MOD;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.Sysctls.mptcp_debug;
import static uapi.linux.if_.Iff.IFF_MPBACKUP;
import static uapi.linux.if_.Iff.IFF_NOMULTIPATH;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.Arrays;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.list.list_head;
import linux.netdevice.net_device;
import linux.notifier.notifier_block;
import net.net_namespace.net;

/**
 * What happens to our addresses. The notifier chains of addresses ({@code devinet}) and of devices ({@code
 * linux.netdevice}) call in; each event is put on the namespace's list, where a later one about the same address
 * replaces it, and {@link AddressWorker#mptcp_address_worker} is set to work half a second later.
 */
final class Events {
    private Events() {}

    static notifier_block mptcp_pm_inetaddr_notifier;
    static notifier_block mptcp_pm_netdev_notifier;

    /** The event on the list that is about the same address, or null. */
    static mptcp_addr_event lookup_similar_event(net net, mptcp_addr_event event) {
        mptcp_addr_event eventq;
        mptcp_fm_ns fm_ns = fm_get_ns(net);

        for (list_head<mptcp_addr_event> p = fm_ns.events.next; p != fm_ns.events; p = p.next) {
            eventq = p.owner;
            if (eventq.family != event.family) {
                continue;
            }
            if (event.family == AF_INET) {
                if (eventq.addr == event.addr) {
                    return eventq;
                }
            } else {
                if (Arrays.equals(in6(eventq.addr), in6(event.addr))) {
                    return eventq;
                }
            }
        }
        return null;
    }

    /**
     * Puts an event on the list. A removal supersedes what waits for the same address and goes to the end of the list;
     * others only change what waits. Without memory it is lost.
     */
    static void add_pm_event(net net, mptcp_addr_event event) {
        mptcp_addr_event eventq = lookup_similar_event(net, event);
        mptcp_fm_ns fm_ns = fm_get_ns(net);

        if (eventq != null) {
            switch (event.code) {
                case MPTCP_EVENT_DEL:
                    mptcp_debug("%s del old_code %d\n", "add_pm_event", eventq.code);
                    list_del(eventq.list);
                    break;
                case MPTCP_EVENT_ADD:
                    mptcp_debug("%s add old_code %d\n", "add_pm_event", eventq.code);
                    eventq.low_prio = event.low_prio;
                    eventq.code = MPTCP_EVENT_ADD;
                    return;
                case MPTCP_EVENT_MOD:
                    mptcp_debug("%s mod old_code %d\n", "add_pm_event", eventq.code);
                    eventq.low_prio = event.low_prio;
                    eventq.code = MPTCP_EVENT_MOD;
                    return;
                default:
                    break;
            }
        }

        eventq = mptcp_addr_event.kmemdup(event, GFP_ATOMIC);
        if (eventq == null) {
            return;
        }

        list_add_tail(eventq.list, fm_ns.events);

        if (!delayed_work_pending(fm_ns.address_worker)) {
            queue_delayed_work(mptcp_wq, fm_ns.address_worker, msecs_to_jiffies(500));
        }
    }

    /**
     * Makes an event of what happened to {@code ifa}. Addresses of the host itself do not count; those on a device that
     * is down, or not to be used for MPTCP ({@code ip link set multipath off}), count as gone.
     */
    static void addr4_event_handler(in_ifaddr ifa, long event, net net) {
        net_device netdev = ifa.ifa_dev.dev;
        mptcp_addr_event mpevent = new mptcp_addr_event();

        if (ifa.ifa_scope > RT_SCOPE_LINK || ipv4_is_loopback(ifa.ifa_local)) {
            return;
        }

        mpevent.family = AF_INET;
        mpevent.addr = ifa.ifa_local;
        mpevent.low_prio = (netdev.flags & IFF_MPBACKUP) != 0;

        if (event == NETDEV_DOWN || !netif_running(netdev)
                || (netdev.flags & IFF_NOMULTIPATH) != 0 || (netdev.flags & IFF_UP) == 0) {
            mpevent.code = MPTCP_EVENT_DEL;
        } else if (event == NETDEV_UP) {
            mpevent.code = MPTCP_EVENT_ADD;
        } else if (event == NETDEV_CHANGE) {
            mpevent.code = MPTCP_EVENT_MOD;
        }

        mptcp_debug("%s created event for %s, code %d prio %d\n", "addr4_event_handler",
                pI4(ifa.ifa_local), mpevent.code, mpevent.low_prio ? 1 : 0);
        add_pm_event(net, mpevent);
    }

    /** An address has come or gone. */
    static int mptcp_pm_inetaddr_event(notifier_block this_, long event, Object ptr) {
        in_ifaddr ifa = (in_ifaddr) ptr;
        net net = dev_net(ifa.ifa_dev.dev);

        if (!(event == NETDEV_UP || event == NETDEV_DOWN || event == NETDEV_CHANGE)) {
            return NOTIFY_DONE;
        }

        addr4_event_handler(ifa, event, net);

        return NOTIFY_DONE;
    }

    /** A device has come up, gone down, or changed its flags: so have all its addresses. */
    static int netdev_event(notifier_block this_, long event, Object ptr) {
        net_device dev = netdev_notifier_info_to_dev(ptr);
        in_device in_dev;

        if (!(event == NETDEV_UP || event == NETDEV_DOWN || event == NETDEV_CHANGE)) {
            return NOTIFY_DONE;
        }

        in_dev = __in_dev_get_rtnl(dev);

        if (in_dev != null) {
            for (in_ifaddr ifa = in_dev.ifa_list; ifa != null; ifa = ifa.ifa_next) {
                mptcp_pm_inetaddr_event(null, event, ifa);
            }
        }

        return NOTIFY_DONE;
    }
}
