// SPDX-License-Identifier: GPL-2.0-only
package net.sch_generic;

import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del;
import static linux.netdevice.Backlog.weight_p;
import static linux.netdevice.Netdev.HARD_TX_LOCK;
import static linux.netdevice.Netdev.HARD_TX_UNLOCK;
import static linux.netdevice.Netdev.NETDEV_TX_BUSY;
import static linux.netdevice.Netdev.NETDEV_TX_LOCKED;
import static linux.netdevice.Netdev.NET_XMIT_CN;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.netdevice.Netdev.dev_xmit_complete;
import static linux.netdevice.Netdev.netdev_get_tx_queue;
import static linux.netdevice.Netdev.netif_carrier_ok;
import static linux.netdevice.Netdev.netif_xmit_frozen_or_stopped;
import static linux.netdevice.Xmit.__netif_schedule;
import static linux.netdevice.Xmit.dev_hard_start_xmit;
import static linux.printk.Printk.net_warn_ratelimited;
import static linux.sched.Sched.need_resched;
import static linux.skbuff.Cb.otherCb;
import static linux.skbuff.Dst.skb_dst_is_noref;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.Meta.skb_get_queue_mapping;
import static net.dst.Dst.skb_dst_force;
import static net.sch_generic.Qdisc.TCQ_F_BUILTIN;
import static net.sch_generic.Qdisc.TCQ_F_ONETXQUEUE;
import static net.sch_generic.Qdisc.__QDISC_STATE_DEACTIVATED;
import static net.sch_generic.Qdisc.__QDISC_STATE_SCHED;
import static net.sch_generic.Qdisc.__QDISC___STATE_RUNNING;
import static uapi.linux.if_.Iff.IFF_UP;

import linux.compiler.Differs;
import linux.list.list_head;
import linux.netdevice.net_device;
import linux.netdevice.netdev_queue;
import linux.sched.Sched;
import linux.skbuff.sk_buff;

/**
 * Sending from the queue of a device, {@code net/sched/sch_generic.c}: {@link #__qdisc_run} takes packets out of the queue
 * as long as it gives any, and hands them to the driver. It is called when a packet has gone in, and by {@code
 * net_tx_action} for a queue that has been scheduled (netem: the time of a packet has come).
 *
 * <p>Also which queue a device has: {@code noop} while it is down or without a carrier, else {@code noqueue} or what
 * {@link #graft} has put there.
 */
public final class Queueing {
    private Queueing() {}

    /** Packets vanish in it. */
    public static Qdisc noop_qdisc;

    /** There is no queue: packets go to the driver at once. */
    public static Qdisc noqueue_qdisc;

    /** Called when the machine boots. */
    public static void boot() {
        noop_qdisc = new Qdisc("noop");
        noop_qdisc.enqueue = Queueing::noop_enqueue;
        noop_qdisc.dequeue = Queueing::noop_dequeue;
        noop_qdisc.flags = TCQ_F_BUILTIN;

        noqueue_qdisc = new Qdisc("noqueue");
        noqueue_qdisc.enqueue = null;
        noqueue_qdisc.dequeue = Queueing::noop_dequeue;
        noqueue_qdisc.flags = TCQ_F_BUILTIN;
    }

    // ---- include/net/sch_generic.h, pkt_sched.h ----

    public static boolean qdisc_is_running(Qdisc qdisc) {
        return (qdisc.__state & __QDISC___STATE_RUNNING) != 0;
    }

    /** Only one may send from a queue at a time; false: somebody does. */
    public static boolean qdisc_run_begin(Qdisc qdisc) {
        if (qdisc_is_running(qdisc)) {
            return false;
        }
        qdisc.__state |= __QDISC___STATE_RUNNING;
        return true;
    }

    public static void qdisc_run_end(Qdisc qdisc) {
        qdisc.__state &= ~__QDISC___STATE_RUNNING;
    }

    /** {@code skb->cb} while the packet stands in a queue. */
    public static qdisc_skb_cb qdisc_skb_cb(sk_buff skb) {
        if (!(otherCb(skb) instanceof qdisc_skb_cb)) {
            otherCb(skb, new qdisc_skb_cb());
        }
        return (qdisc_skb_cb) otherCb(skb);
    }

    public static int qdisc_pkt_len(sk_buff skb) {
        return qdisc_skb_cb(skb).pkt_len;
    }

    public static int qdisc_qlen(Qdisc q) {
        return q.qlen;
    }

    public static void qdisc_bstats_update(Qdisc sch, sk_buff skb) {
        sch.bytes += qdisc_pkt_len(skb);
        sch.packets += skb_is_gso(skb) ? skb.shinfo.gso_segs : 1;
    }

    public static int qdisc_drop(sk_buff skb, Qdisc sch) {
        kfree_skb(skb);
        sch.drops++;

        return NET_XMIT_DROP;
    }

    /** Sends from the queue, unless somebody does. */
    public static void qdisc_run(Qdisc q) {
        if (qdisc_run_begin(q)) {
            __qdisc_run(q);
        }
    }

    // ---- net/sched/sch_generic.c ----

    static int dev_requeue_skb(sk_buff skb, Qdisc q) {
        skb_dst_force(skb);
        q.gso_skb = skb;
        q.requeues++;
        q.qlen++;
        __netif_schedule(q);

        return 0;
    }

    static sk_buff dequeue_skb(Qdisc q) {
        sk_buff skb = q.gso_skb;
        netdev_queue txq = q.dev_queue;

        if (skb != null) {
            if (!netif_xmit_frozen_or_stopped(txq)) {
                q.gso_skb = null;
                q.qlen--;
            } else {
                skb = null;
            }
        } else {
            if ((q.flags & TCQ_F_ONETXQUEUE) == 0 || !netif_xmit_frozen_or_stopped(txq)) {
                skb = q.dequeue.call(q);
            }
        }

        return skb;
    }

    /** The driver of a device sends by way of the same device: drops the packet, which would go round for ever. */
    static int handle_dev_cpu_collision(sk_buff skb, netdev_queue dev_queue, Qdisc q) {
        kfree_skb(skb);
        net_warn_ratelimited("Dead loop on netdevice %s, fix it urgently!\n", dev_queue.dev.name);
        return qdisc_qlen(q);
    }

    /**
     * Gives one packet to the driver; puts it back if the driver has no room.
     *
     * @return how many packets are left; 0 too when there is no use in going on
     */
    public static int sch_direct_xmit(sk_buff skb, Qdisc q, net_device dev, netdev_queue txq) {
        int ret = NETDEV_TX_BUSY;

        HARD_TX_LOCK(dev, txq, 0);
        if (!netif_xmit_frozen_or_stopped(txq)) {
            ret = dev_hard_start_xmit(skb, dev, txq);
        }

        HARD_TX_UNLOCK(dev, txq);

        if (dev_xmit_complete(ret)) {
            ret = qdisc_qlen(q);
        } else if (ret == NETDEV_TX_LOCKED) {
            ret = handle_dev_cpu_collision(skb, txq, q);
        } else {
            if (ret != NETDEV_TX_BUSY) {
                net_warn_ratelimited("BUG %s code %d qlen %d\n", dev.name, ret, q.qlen);
            }

            ret = dev_requeue_skb(skb, q);
        }

        if (ret != 0 && netif_xmit_frozen_or_stopped(txq)) {
            ret = 0;
        }

        return ret;
    }

    static int qdisc_restart(Qdisc q) {
        netdev_queue txq;
        net_device dev;
        sk_buff skb;

        skb = dequeue_skb(q);
        if (skb == null) {
            return 0;
        }
        WARN_ON_ONCE(skb_dst_is_noref(skb));
        dev = q.dev_queue.dev;
        txq = netdev_get_tx_queue(dev, skb_get_queue_mapping(skb));

        return sch_direct_xmit(skb, q, dev, txq);
    }

    /** Sends until the queue gives no more, or 64 packets have gone: then the softirq goes on with it. */
    public static void __qdisc_run(Qdisc q) {
        int quota = weight_p;

        while (qdisc_restart(q) != 0) {
            if (--quota <= 0 || need_resched()) {
                __netif_schedule(q);
                break;
            }
        }

        qdisc_run_end(q);
    }

    static int noop_enqueue(sk_buff skb, Qdisc qdisc) {
        kfree_skb(skb);
        return NET_XMIT_CN;
    }

    static sk_buff noop_dequeue(Qdisc qdisc) {
        return null;
    }

    /** Drops all that the queue holds. */
    public static void qdisc_reset(Qdisc qdisc) {
        if (qdisc.reset != null) {
            qdisc.reset.call(qdisc);
        }

        if (qdisc.gso_skb != null) {
            kfree_skb(qdisc.gso_skb);
            qdisc.gso_skb = null;
            qdisc.qlen = 0;
        }
    }

    static void qdisc_destroy(Qdisc qdisc) {
        if ((qdisc.flags & TCQ_F_BUILTIN) != 0) {
            return;
        }

        if (qdisc.reset != null) {
            qdisc.reset.call(qdisc);
        }

        kfree_skb(qdisc.gso_skb);
        qdisc.gso_skb = null;
    }

    static Qdisc dev_graft_qdisc(netdev_queue dev_queue, Qdisc qdisc) {
        Qdisc oqdisc = dev_queue.qdisc_sleeping;

        if (oqdisc != null) {
            qdisc_reset(oqdisc);
        }

        if (qdisc == null) {
            qdisc = noop_qdisc;
        }
        dev_queue.qdisc_sleeping = qdisc;
        dev_queue.qdisc = noop_qdisc;

        return oqdisc;
    }

    /** {@code tc qdisc replace dev ... root}: puts a queue in front of the driver; null: none any more. */
    public static void graft(net_device dev, Qdisc qdisc) {
        Qdisc old;

        if ((dev.flags & IFF_UP) != 0) {
            dev_deactivate(dev);
        }
        if (qdisc != null) {
            qdisc.dev_queue = dev._tx;
        }
        old = dev_graft_qdisc(dev._tx, qdisc);
        qdisc_destroy(old);
        dev.qdisc = qdisc != null ? qdisc : noop_qdisc;
        if ((dev.flags & IFF_UP) != 0) {
            dev_activate(dev);
        }
    }

    @Differs("there is no pfifo_fast: no device gets a queue by default, whatever its tx_queue_len is. The drivers of this "
            + "machine never stop their queue, so that queue would always be empty; and the recordings were made without it.")
    static void attach_one_default_qdisc(net_device dev, netdev_queue dev_queue) {
        Qdisc qdisc = noqueue_qdisc;

        dev_queue.qdisc_sleeping = qdisc;
    }

    static void attach_default_qdiscs(net_device dev) {
        netdev_queue txq;

        txq = netdev_get_tx_queue(dev, 0);

        attach_one_default_qdisc(dev, txq);
        dev.qdisc = txq.qdisc_sleeping;
    }

    static void transition_one_qdisc(net_device dev, netdev_queue dev_queue) {
        Qdisc new_qdisc = dev_queue.qdisc_sleeping;

        if ((new_qdisc.flags & TCQ_F_BUILTIN) == 0) {
            new_qdisc.state &= ~(1 << __QDISC_STATE_DEACTIVATED);
        }

        dev_queue.qdisc = new_qdisc;
    }

    /** The device is up: puts its queue to work, if there is a carrier. */
    public static void dev_activate(net_device dev) {
        if (dev.qdisc == noop_qdisc) {
            attach_default_qdiscs(dev);
        }

        if (!netif_carrier_ok(dev)) {
            return;
        }

        transition_one_qdisc(dev, dev._tx);
    }

    static void dev_deactivate_queue(net_device dev, netdev_queue dev_queue, Qdisc qdisc_default) {
        Qdisc qdisc;

        qdisc = dev_queue.qdisc;
        if (qdisc != null) {
            if ((qdisc.flags & TCQ_F_BUILTIN) == 0) {
                qdisc.state |= 1 << __QDISC_STATE_DEACTIVATED;
            }

            dev_queue.qdisc = qdisc_default;
            qdisc_reset(qdisc);
        }
    }

    static boolean some_qdisc_is_busy(net_device dev) {
        Qdisc q = dev._tx.qdisc_sleeping;

        return qdisc_is_running(q) || (q.state & 1 << __QDISC_STATE_SCHED) != 0;
    }

    /** Stops the queues of the devices on {@code head} ({@code close_list}); what they hold is dropped. */
    public static void dev_deactivate_many(list_head<net_device> head) {
        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            net_device dev = p.owner;

            dev_deactivate_queue(dev, dev._tx, noop_qdisc);
        }

        for (list_head<net_device> p = head.next; p != head; p = p.next) {
            while (some_qdisc_is_busy(p.owner)) {
                Sched.yield();
            }
        }
    }

    public static void dev_deactivate(net_device dev) {
        list_head<net_device> single = new list_head<>();

        list_add(dev.close_list, single);
        dev_deactivate_many(single);
        list_del(single);
    }

    public static void dev_init_scheduler(net_device dev) {
        dev.qdisc = noop_qdisc;
        dev._tx.qdisc = noop_qdisc;
        dev._tx.qdisc_sleeping = noop_qdisc;
    }

    /** The device goes away: so does its queue. */
    public static void dev_shutdown(net_device dev) {
        Qdisc qdisc = dev._tx.qdisc_sleeping;

        if (qdisc != null) {
            dev._tx.qdisc = noop_qdisc;
            dev._tx.qdisc_sleeping = noop_qdisc;

            qdisc_destroy(qdisc);
        }
        dev.qdisc = noop_qdisc;
    }
}
