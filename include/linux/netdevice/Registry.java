// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EBUSY;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EIO;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.fails;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.time_after;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_add_tail;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_first_entry;
import static linux.list.Lists.list_move_tail;
import static linux.list.Lists.list_splice_init;
import static linux.netdev_features.NetdevFeatures.NETIF_F_NETNS_LOCAL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_NOCACHE_COPY;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SOFT_FEATURES;
import static linux.netdevice.Backlog.flush_backlog;
import static linux.netdevice.Backlog.netif_napi_del;
import static linux.netdevice.Features.__netdev_update_features;
import static linux.netdevice.Linkwatch.linkwatch_init_dev;
import static linux.netdevice.Names.__dev_get_by_index;
import static linux.netdevice.Names.__dev_get_by_name;
import static linux.netdevice.Names.dev_get_valid_name;
import static linux.netdevice.Names.list_netdevice;
import static linux.netdevice.Names.unlist_netdevice;
import static linux.netdevice.Netdev.GSO_MAX_SEGS;
import static linux.netdevice.Netdev.GSO_MAX_SIZE;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Netdev.dev_put;
import static linux.netdevice.Netdev.unregister_netdevice;
import static linux.netdevice.Notifiers.NETDEV_POST_INIT;
import static linux.netdevice.Notifiers.NETDEV_REGISTER;
import static linux.netdevice.Notifiers.NETDEV_UNREGISTER;
import static linux.netdevice.Notifiers.NETDEV_UNREGISTER_FINAL;
import static linux.netdevice.Notifiers.call_netdevice_notifiers;
import static linux.netdevice.Notifiers.dev_boot_phase;
import static linux.netdevice.Open.dev_close;
import static linux.netdevice.Open.dev_close_many;
import static linux.netdevice.net_device.NETREG_REGISTERED;
import static linux.netdevice.net_device.NETREG_RELEASED;
import static linux.netdevice.net_device.NETREG_UNINITIALIZED;
import static linux.netdevice.net_device.NETREG_UNREGISTERED;
import static linux.netdevice.net_device.NETREG_UNREGISTERING;
import static linux.netdevice.net_device.NET_ADDR_PERM;
import static linux.netdevice.net_device.__LINK_STATE_PRESENT;
import static linux.notifier.Notifier.notifier_to_errno;
import static linux.printk.Printk.pr_emerg;
import static linux.printk.Printk.pr_err;
import static linux.rtnetlink.Rtnl.__rtnl_unlock;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.sched.Sched.msleep;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.release_net;
import static net.sch_generic.Queueing.dev_init_scheduler;
import static net.sch_generic.Queueing.dev_shutdown;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_XMIT_DST_RELEASE;
import static uapi.linux.if_.Iff.IFNAMSIZ;

import linux.jiffies.Jiffies;
import linux.list.list_head;
import net.net_namespace.net;

/**
 * How devices come and go, {@code net/core/dev.c}: a driver allocates one ({@link #alloc_netdev}), fills it in and calls
 * {@link #register_netdevice}; those who listen hear of it, and IP settles on it.
 *
 * <p>Going takes two steps. {@link #unregister_netdevice_queue} closes the device and tells everybody. When the RTNL lock
 * is let go of, {@link #netdev_run_todo} waits until nobody holds it any more (routes do), drops the packets that it had
 * received, and has the driver free it.
 */
public final class Registry {
    private Registry() {}

    /** Room for a hardware address. */
    private static final int MAX_ADDR_LEN = 32;

    static list_head<net_device> net_todo_list;

    static void data() {
        net_todo_list = new list_head<>();
    }

    static int dev_new_index(net net) {
        int ifindex = net.ifindex;
        for (;;) {
            if (++ifindex <= 0) {
                ifindex = 1;
            }
            if (__dev_get_by_index(net, ifindex) == null) {
                return net.ifindex = ifindex;
            }
        }
    }

    static void net_set_todo(net_device dev) {
        list_add_tail(dev.todo_list, net_todo_list);
    }

    static void rollback_registered_many(list_head<net_device> head) {
        list_head<net_device> close_head = new list_head<>();

        BUG_ON(dev_boot_phase);

        for (list_head<net_device> p = head.next, tmp; p != head; p = tmp) {
            net_device dev = p.owner;
            tmp = p.next;

            if (dev.reg_state == NETREG_UNINITIALIZED) {
                WARN_ON(true);
                list_del(dev.unreg_list);
                continue;
            }
            dev.dismantle = true;
            BUG_ON(dev.reg_state != NETREG_REGISTERED);
        }

        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            list_add_tail(p.owner.close_list, close_head);
        }
        dev_close_many(close_head);

        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            unlist_netdevice(p.owner);

            p.owner.reg_state = NETREG_UNREGISTERING;
        }

        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            net_device dev = p.owner;

            dev_shutdown(dev);

            call_netdevice_notifiers(NETDEV_UNREGISTER, dev);

            if (dev.netdev_ops.ndo_uninit != null) {
                dev.netdev_ops.ndo_uninit.call(dev);
            }
        }

        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            dev_put(p.owner);
        }
    }

    static void rollback_registered(net_device dev) {
        list_head<net_device> single = new list_head<>();

        list_add(dev.unreg_list, single);
        rollback_registered_many(single);
        list_del(single);
    }

    /**
     * Makes a device known: it gets its name, its index and its features, and those who listen hear of it. Call with the
     * RTNL lock.
     *
     * @return 0, or a negative errno: {@code -EEXIST} for a name that is taken, or what somebody objects
     */
    public static int register_netdevice(net_device dev) {
        int ret;
        net net = dev_net(dev);

        BUG_ON(dev_boot_phase);

        BUG_ON(dev.reg_state != NETREG_UNINITIALIZED);
        BUG_ON(net == null);

        dev.iflink = -1;

        ret = dev_get_valid_name(net, dev, dev.name);
        if (ret < 0) {
            return ret;
        }

        if (dev.netdev_ops.ndo_init != null) {
            ret = dev.netdev_ops.ndo_init.call(dev);
            if (ret != 0) {
                if (ret > 0) {
                    ret = -EIO;
                }
                return ret;
            }
        }

        err_uninit:
        {
            ret = -EBUSY;
            if (dev.ifindex == 0) {
                dev.ifindex = dev_new_index(net);
            } else if (__dev_get_by_index(net, dev.ifindex) != null) {
                break err_uninit;
            }

            if (dev.iflink == -1) {
                dev.iflink = dev.ifindex;
            }

            dev.hw_features |= NETIF_F_SOFT_FEATURES;
            dev.features |= NETIF_F_SOFT_FEATURES;
            dev.wanted_features = dev.features & dev.hw_features;

            if ((dev.flags & IFF_LOOPBACK) == 0) {
                dev.hw_features |= NETIF_F_NOCACHE_COPY;
            }

            dev.hw_enc_features |= NETIF_F_SG;

            ret = call_netdevice_notifiers(NETDEV_POST_INIT, dev);
            ret = notifier_to_errno(ret);
            if (ret != 0) {
                break err_uninit;
            }

            dev.reg_state = NETREG_REGISTERED;

            __netdev_update_features(dev);

            dev.state |= 1 << __LINK_STATE_PRESENT;

            linkwatch_init_dev(dev);

            dev_init_scheduler(dev);
            dev_hold(dev);
            list_netdevice(dev);

            if (dev.addr_assign_type == NET_ADDR_PERM) {
                System.arraycopy(dev.dev_addr, 0, dev.perm_addr, 0, dev.addr_len);
            }

            ret = call_netdevice_notifiers(NETDEV_REGISTER, dev);
            ret = notifier_to_errno(ret);
            if (ret != 0) {
                rollback_registered(dev);
                dev.reg_state = NETREG_UNREGISTERED;
            }

            return ret;
        }
        if (dev.netdev_ops.ndo_uninit != null) {
            dev.netdev_ops.ndo_uninit.call(dev);
        }
        return ret;
    }

    /** The same, taking the RTNL lock itself. */
    public static int register_netdev(net_device dev) {
        int err;

        rtnl_lock();
        err = register_netdevice(dev);
        rtnl_unlock();
        return err;
    }

    public static int netdev_refcnt_read(net_device dev) {
        return dev.refcnt;
    }

    /** Waits until nobody holds the device, and reminds everybody each second. */
    static void netdev_wait_allrefs(net_device dev) {
        long rebroadcast_time, warning_time;
        int refcnt;

        rebroadcast_time = warning_time = Jiffies.jiffies;
        refcnt = netdev_refcnt_read(dev);

        while (refcnt != 0) {
            if (time_after(Jiffies.jiffies, rebroadcast_time + 1 * HZ)) {
                rtnl_lock();

                call_netdevice_notifiers(NETDEV_UNREGISTER, dev);

                __rtnl_unlock();
                rtnl_lock();

                call_netdevice_notifiers(NETDEV_UNREGISTER_FINAL, dev);

                __rtnl_unlock();

                rebroadcast_time = Jiffies.jiffies;
            }

            msleep(250);

            refcnt = netdev_refcnt_read(dev);

            if (time_after(Jiffies.jiffies, warning_time + 10 * HZ)) {
                pr_emerg("unregister_netdevice: waiting for %s to become free. Usage count = %d\n", dev.name, refcnt);
                warning_time = Jiffies.jiffies;
            }
        }
    }

    /** Lets go of the RTNL lock and finishes the devices that were unregistered under it. */
    public static void netdev_run_todo() {
        list_head<net_device> list = new list_head<>();

        list_splice_init(net_todo_list, list);

        __rtnl_unlock();

        while (!list_empty(list)) {
            net_device dev = list_first_entry(list);
            list_del(dev.todo_list);

            rtnl_lock();
            call_netdevice_notifiers(NETDEV_UNREGISTER_FINAL, dev);
            __rtnl_unlock();

            if (dev.reg_state != NETREG_UNREGISTERING) {
                pr_err("network todo '%s' but state %d\n", dev.name, dev.reg_state);
                continue;
            }

            dev.reg_state = NETREG_UNREGISTERED;

            flush_backlog(dev);

            netdev_wait_allrefs(dev);

            BUG_ON(netdev_refcnt_read(dev) != 0);
            WARN_ON(dev.ip_ptr != null);

            if (dev.destructor != null) {
                dev.destructor.call(dev);
            }
        }
    }

    /** One that was filled in by {@code setup}, in the first namespace, with nothing else than defaults; not yet known. */
    public static net_device alloc_netdev(Object priv, String name, net_device.Destructor setup) {
        net_device dev;

        BUG_ON(name.length() >= IFNAMSIZ);

        if (fails(GFP_KERNEL)) {
            return null;
        }
        dev = new net_device();
        dev.priv = priv;
        dev.dev_addr = new byte[MAX_ADDR_LEN];
        dev.perm_addr = new byte[MAX_ADDR_LEN];
        dev.broadcast = new byte[MAX_ADDR_LEN];

        dev_net_set(dev, init_net);

        dev.gso_max_size = GSO_MAX_SIZE;
        dev.gso_max_segs = GSO_MAX_SEGS;

        dev.priv_flags = IFF_XMIT_DST_RELEASE;
        setup.call(dev);

        dev.name = name;
        return dev;
    }

    /** Gives back a device that was never registered, or has been unregistered. */
    public static void free_netdev(net_device dev) {
        release_net(dev_net(dev));

        for (list_head<napi_struct> p = dev.napi_list.next, n; p != dev.napi_list; p = n) {
            n = p.next;
            netif_napi_del(p.owner);
        }

        if (dev.reg_state == NETREG_UNINITIALIZED) {
            return;
        }

        BUG_ON(dev.reg_state != NETREG_UNREGISTERED);
        dev.reg_state = NETREG_RELEASED;
    }

    /**
     * Begins to take a device away: closes it and tells everybody. It is finished when the RTNL lock is let go of.
     *
     * @param head null, or a list on which to put it for {@link #unregister_netdevice_many}
     */
    public static void unregister_netdevice_queue(net_device dev, list_head<net_device> head) {
        if (head != null) {
            list_move_tail(dev.unreg_list, head);
        } else {
            rollback_registered(dev);
            net_set_todo(dev);
        }
    }

    public static void unregister_netdevice_many(list_head<net_device> head) {
        if (!list_empty(head)) {
            rollback_registered_many(head);
            for (list_head<net_device> p = head.next; p != head; p = p.next) {
                net_set_todo(p.owner);
            }
            list_del(head);
        }
    }

    /** Takes a device away and waits until it is gone. */
    public static void unregister_netdev(net_device dev) {
        rtnl_lock();
        unregister_netdevice(dev);
        rtnl_unlock();
    }

    /**
     * Moves a device to another namespace: to those who listen it goes away and comes anew, and it is down afterwards.
     *
     * @param pat what to call it when its name is taken there, or null
     * @return 0, {@code -EINVAL} for one that cannot be moved ({@code lo}), {@code -EEXIST}
     */
    public static int dev_change_net_namespace(net_device dev, net net, String pat) {
        if ((dev.features & NETIF_F_NETNS_LOCAL) != 0) {
            return -EINVAL;
        }

        if (dev.reg_state != NETREG_REGISTERED) {
            return -EINVAL;
        }

        if (net_eq(dev_net(dev), net)) {
            return 0;
        }

        if (__dev_get_by_name(net, dev.name) != null) {
            if (pat == null) {
                return -EEXIST;
            }
            if (dev_get_valid_name(net, dev, pat) < 0) {
                return -EEXIST;
            }
        }

        dev_close(dev);

        unlist_netdevice(dev);

        dev_shutdown(dev);

        call_netdevice_notifiers(NETDEV_UNREGISTER, dev);
        call_netdevice_notifiers(NETDEV_UNREGISTER_FINAL, dev);

        dev_net_set(dev, net);

        if (__dev_get_by_index(net, dev.ifindex) != null) {
            boolean iflink = dev.iflink == dev.ifindex;
            dev.ifindex = dev_new_index(net);
            if (iflink) {
                dev.iflink = dev.ifindex;
            }
        }

        list_netdevice(dev);

        call_netdevice_notifiers(NETDEV_REGISTER, dev);

        return 0;
    }
}
