// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static linux.bug.Bug.WARN_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.gtU32;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del_init;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Netdev.dev_put;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_UNREGISTER_FINAL;
import static linux.netdevice.Notifiers.netdev_notifier_info_to_dev;
import static linux.netdevice.Notifiers.register_netdevice_notifier;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Entries.dst_entries_add;
import static net.dst.Entries.dst_entries_get_fast;
import static net.dst.Metrics.dst_default_metrics;
import static net.dst.Metrics.dst_init_metrics;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.dst.dst_entry.DST_NOCOUNT;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static uapi.linux.if_.Iff.IFF_UP;

import linux.compiler.Differs;
import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.jiffies.Jiffies;
import linux.list.list_head;
import linux.netdevice.net_device;
import linux.notifier.notifier_block;
import linux.skbuff.sk_buff;

/**
 * How routing entries are made and how they end, {@code net/core/dst.c}. Called by {@code route} when it makes an entry
 * or drops one from a cache, and by everybody who lets go of one.
 *
 * <p>An entry that is cached lives without users. When the cache drops it ({@code dst_free}) while somebody uses it, it
 * is dead from then on: {@code dst_check} refuses it, and the last user destroys it. Meanwhile it stands on a list, so
 * that it can be turned away from a device that disappears. In C nobody but a garbage collector looks at that list, so
 * such an entry may outlive its last user by two minutes; here it does not.
 */
public final class Garbage {
    private Garbage() {}

    /** Dead and still in use. */
    private static list_head<dst_entry> dst_busy_list;

    private static notifier_block dst_dev_notifier;

    /** Static variables. {@link #dst_init} is called by {@code net_dev_init}. */
    public static final class Boot implements Initcall {
        @Override
        public void data() {
            dst_busy_list = new list_head<>();
            dst_dev_notifier = new notifier_block(Garbage::dst_dev_event);
            dst_dev_notifier.priority = -10;
        }
    }

    /** Entries that are dead and still in use, for those who check that nothing was left behind. */
    public static int busy() {
        int n = 0;
        for (list_head<dst_entry> p = dst_busy_list.next; p != dst_busy_list; p = p.next) {
            n++;
        }
        return n;
    }

    /** Input or output of an entry that leads nowhere. */
    public static int dst_discard(sk_buff skb) {
        kfree_skb(skb);
        return 0;
    }

    /**
     * @param dev held as long as the entry lives; may be null
     * @param initial_ref users at first
     * @param initial_obsolete {@code DST_OBSOLETE_*}
     * @return null without memory
     */
    public static dst_entry dst_alloc(dst_ops ops, net_device dev, int initial_ref, int initial_obsolete, int flags) {
        dst_entry dst;

        if (ops.gc != null && gtU32(dst_entries_get_fast(ops), ops.gc_thresh)) {
            if (ops.gc.call(ops) != 0) {
                return null;
            }
        }
        if (Gfp.fails(GFP_ATOMIC)) {
            return null;
        }
        dst = ops.kmem_cachep.call();
        dst.dev = dev;
        if (dev != null) {
            dev_hold(dev);
        }
        dst.ops = ops;
        dst_init_metrics(dst, dst_default_metrics, true);
        dst.expires = 0;
        dst.input = Garbage::dst_discard;
        dst.output = Garbage::dst_discard;
        dst.error = 0;
        dst.obsolete = initial_obsolete;
        dst.header_len = 0;
        dst.trailer_len = 0;
        dst.__refcnt = initial_ref;
        dst.__use = 0;
        dst.lastuse = Jiffies.jiffies;
        dst.flags = flags;
        dst.pending_confirm = 0;
        if ((flags & DST_NOCOUNT) == 0) {
            dst_entries_add(ops, 1);
        }
        return dst;
    }

    static void ___dst_free(dst_entry dst) {
        if (dst.dev == null || (dst.dev.flags & IFF_UP) == 0) {
            dst.input = dst.output = Garbage::dst_discard;
        }
        dst.obsolete = DST_OBSOLETE_DEAD;
    }

    /** Dead from now on; {@link #dst_release} does the rest. */
    @Differs("no garbage collector runs: the last user destroys the entry")
    public static void __dst_free(dst_entry dst) {
        ___dst_free(dst);
        list_add(dst.garbage, dst_busy_list);
    }

    /** @return null: no entry has a child here */
    public static dst_entry dst_destroy(dst_entry dst) {
        if (dst.destroyed) {
            return null;
        }
        dst.destroyed = true;
        dst.obsolete = DST_OBSOLETE_DEAD;
        list_del_init(dst.garbage);

        if ((dst.flags & DST_NOCOUNT) == 0) {
            dst_entries_add(dst.ops, -1);
        }

        if (dst.ops.destroy != null) {
            dst.ops.destroy.call(dst);
        }
        if (dst.dev != null) {
            dev_put(dst.dev);
        }
        return null;
    }

    static void dst_destroy_rcu(dst_entry dst) {
        dst = dst_destroy(dst);
        if (dst != null) {
            __dst_free(dst);
        }
    }

    /** Lets go of the entry. @param dst may be null */
    @Differs("the last user of a dead entry destroys it, where the source leaves that to a garbage collector")
    public static void dst_release(dst_entry dst) {
        if (dst != null) {
            int newrefcnt;

            newrefcnt = --dst.__refcnt;
            WARN_ON(newrefcnt < 0);
            if (((dst.flags & DST_NOCACHE) != 0 || dst.obsolete == DST_OBSOLETE_DEAD) && newrefcnt == 0) {
                dst_destroy_rcu(dst);
            }
        }
    }

    /** Turns the entry away from a device that goes down, or (with {@code unregister}) that goes for good. */
    static void dst_ifdown(dst_entry dst, net_device dev, boolean unregister) {
        if (dst.ops.ifdown != null) {
            dst.ops.ifdown.call(dst, dev, unregister ? 1 : 0);
        }

        if (dev != dst.dev) {
            return;
        }

        if (!unregister) {
            dst.input = dst.output = Garbage::dst_discard;
        } else {
            dst.dev = dev_net(dst.dev).loopback_dev;
            dev_hold(dst.dev);
            dev_put(dev);
        }
    }

    static int dst_dev_event(notifier_block nb, long event, Object ptr) {
        net_device dev = netdev_notifier_info_to_dev(ptr);

        switch ((int) event) {
            case NETDEV_UNREGISTER_FINAL:
            case NETDEV_DOWN:
                for (list_head<dst_entry> p = dst_busy_list.next; p != dst_busy_list; p = p.next) {
                    dst_ifdown(p.owner, dev, event != NETDEV_DOWN);
                }
                break;
            default:
                break;
        }
        return NOTIFY_DONE;
    }

    public static void dst_init() {
        register_netdevice_notifier(dst_dev_notifier);
    }
}
