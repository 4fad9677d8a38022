// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.ENOBUFS;
import static linux.netdev_features.NetdevFeatures.NETIF_F_LLTX;
import static linux.netdevice.Backlog.__napi_schedule;
import static linux.netdevice.Registry.unregister_netdevice_queue;
import static linux.netdevice.Xmit.__dev_kfree_skb_any;
import static linux.netdevice.Xmit.__dev_kfree_skb_irq;
import static linux.netdevice.Xmit.__netif_schedule;
import static linux.netdevice.napi_struct.NAPI_STATE_DISABLE;
import static linux.netdevice.napi_struct.NAPI_STATE_SCHED;
import static linux.netdevice.net_device.__LINK_STATE_DORMANT;
import static linux.netdevice.net_device.__LINK_STATE_NOCARRIER;
import static linux.netdevice.net_device.__LINK_STATE_PRESENT;
import static linux.netdevice.net_device.__LINK_STATE_START;
import static linux.netdevice.netdev_queue.QUEUE_STATE_ANY_XOFF;
import static linux.netdevice.netdev_queue.QUEUE_STATE_ANY_XOFF_OR_FROZEN;
import static linux.netdevice.netdev_queue.__QUEUE_STATE_DRV_XOFF;
import static linux.sched.Sched.msleep;
import static net.net_namespace.NetNs.hold_net;
import static net.net_namespace.NetNs.release_net;
import static uapi.linux.if_.Iff.IF_OPER_UNKNOWN;
import static uapi.linux.if_.Iff.IF_OPER_UP;

import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.net_namespace.net;

/**
 * Constants and small functions of {@code include/linux/netdevice.h}: what everybody asks a device.
 *
 * <p>Where to go from here: {@link Xmit#dev_queue_xmit} is how a packet leaves, {@link Backlog#netif_rx} how one comes
 * in, {@link Receive#netif_receive_skb} how it finds its protocol. {@link Registry} is how devices come and go, {@link
 * Open} how they are switched on.
 */
public final class Netdev {
    private Netdev() {}

    /** What {@code netif_rx} and its likes return. */
    public static final int NET_RX_SUCCESS = 0;

    public static final int NET_RX_DROP = 1;

    /** What {@code dev_queue_xmit} and the {@code enqueue} of a queue return, beside negative errnos. */
    public static final int NET_XMIT_SUCCESS = 0x00;

    public static final int NET_XMIT_DROP = 0x01;

    /** The packet may have been sent or not: there is congestion. */
    public static final int NET_XMIT_CN = 0x02;

    public static final int NET_XMIT_POLICED = 0x03;
    public static final int NET_XMIT_MASK = 0x0f;

    /** What a driver returns: it has the packet; it has no room for it, and does not have it. */
    public static final int NETDEV_TX_OK = 0x00;

    public static final int NETDEV_TX_BUSY = 0x10;
    public static final int NETDEV_TX_LOCKED = 0x20;
    public static final int NETDEV_TX_MASK = 0xf0;

    /** What {@code napi_gro_receive} did with a packet. */
    public static final int GRO_MERGED = 0;

    public static final int GRO_MERGED_FREE = 1;
    public static final int GRO_HELD = 2;
    public static final int GRO_NORMAL = 3;
    public static final int GRO_DROP = 4;

    public static final int NAPI_POLL_WEIGHT = 64;

    /** Room for link headers while the device is not known yet: no wireless, no tunnels in this configuration. */
    public static final int LL_MAX_HEADER = 32;

    public static final int MAX_HEADER = LL_MAX_HEADER;
    public static final int HH_DATA_MOD = 16;

    /** The largest packet that TCP hands to a device that splits, in bytes and in segments. */
    public static final int GSO_MAX_SIZE = 65536;

    public static final int GSO_MAX_SEGS = 65535;

    /** {@code lo} is the first device of every namespace. */
    public static final int LOOPBACK_IFINDEX = 1;

    /** As far as a sender cares: congestion is no error. */
    public static int net_xmit_eval(int e) {
        return e == NET_XMIT_CN ? 0 : e;
    }

    public static int net_xmit_errno(int e) {
        return e != NET_XMIT_CN ? -ENOBUFS : 0;
    }

    /** Is the packet out of our hands, sent or not? */
    public static boolean dev_xmit_complete(int rc) {
        return rc < NET_XMIT_MASK;
    }

    /** Headroom that a packet for {@code dev} should have: the link header, rounded up. */
    public static int LL_RESERVED_SPACE(net_device dev) {
        return (dev.hard_header_len + dev.needed_headroom & -HH_DATA_MOD) + HH_DATA_MOD;
    }

    public static int LL_RESERVED_SPACE_EXTRA(net_device dev, int extra) {
        return (dev.hard_header_len + dev.needed_headroom + extra & -HH_DATA_MOD) + HH_DATA_MOD;
    }

    public static boolean napi_disable_pending(napi_struct n) {
        return (n.state & 1 << NAPI_STATE_DISABLE) != 0;
    }

    /** Marks it as one to be asked for packets; false if it is so already, or must not be. */
    public static boolean napi_schedule_prep(napi_struct n) {
        if (napi_disable_pending(n) || (n.state & 1 << NAPI_STATE_SCHED) != 0) {
            return false;
        }
        n.state |= 1 << NAPI_STATE_SCHED;
        return true;
    }

    /** What the interrupt of a device does: have the softirq ask for packets. */
    public static void napi_schedule(napi_struct n) {
        if (napi_schedule_prep(n)) {
            __napi_schedule(n);
        }
    }

    /** Has it asked no more; waits until it is not being asked. */
    public static void napi_disable(napi_struct n) {
        n.state |= 1 << NAPI_STATE_DISABLE;
        while ((n.state & 1 << NAPI_STATE_SCHED) != 0) {
            msleep(1);
        }
        n.state |= 1 << NAPI_STATE_SCHED;
        n.state &= ~(1 << NAPI_STATE_DISABLE);
    }

    /** It may be asked again; {@code netif_napi_add} leaves it disabled. */
    public static void napi_enable(napi_struct n) {
        BUG_ON((n.state & 1 << NAPI_STATE_SCHED) == 0);
        n.state &= ~(1 << NAPI_STATE_SCHED);
    }

    public static netdev_queue netdev_get_tx_queue(net_device dev, int index) {
        return dev._tx;
    }

    public static net dev_net(net_device dev) {
        return dev.nd_net;
    }

    public static void dev_net_set(net_device dev, net net) {
        release_net(dev.nd_net);
        dev.nd_net = hold_net(net);
    }

    public static Object netdev_priv(net_device dev) {
        return dev.priv;
    }

    public static net_device next_net_device(net_device dev) {
        net net;
        int i;

        net = dev_net(dev);
        i = net.dev_base_head.indexOf(dev) + 1;
        return i == net.dev_base_head.size() ? null : net.dev_base_head.get(i);
    }

    public static net_device first_net_device(net net) {
        return net.dev_base_head.isEmpty() ? null : net.dev_base_head.get(0);
    }

    public static void unregister_netdevice(net_device dev) {
        unregister_netdevice_queue(dev, null);
    }

    /**
     * Puts the link header in front of {@code skb}.
     *
     * @return its length; negative: the receiver's address is missing
     */
    public static int dev_hard_header(sk_buff skb, net_device dev, int type, byte[] daddr, byte[] saddr, int len) {
        if (dev.header_ops == null || dev.header_ops.create == null) {
            return 0;
        }

        return dev.header_ops.create.call(skb, dev, type, daddr, saddr, len);
    }

    /** Stores the sender's hardware address in {@code haddr}; returns its length. */
    public static int dev_parse_header(sk_buff skb, byte[] haddr) {
        net_device dev = skb.dev;

        if (dev.header_ops == null || dev.header_ops.parse == null) {
            return 0;
        }
        return dev.header_ops.parse.call(skb, haddr);
    }

    /** The driver has room again. */
    public static void netif_tx_wake_queue(netdev_queue dev_queue) {
        boolean was = (dev_queue.state & 1 << __QUEUE_STATE_DRV_XOFF) != 0;

        dev_queue.state &= ~(1 << __QUEUE_STATE_DRV_XOFF);
        if (was) {
            __netif_schedule(dev_queue.qdisc);
        }
    }

    public static void netif_wake_queue(net_device dev) {
        netif_tx_wake_queue(netdev_get_tx_queue(dev, 0));
    }

    /** The driver has no room: give it no more packets. */
    public static void netif_stop_queue(net_device dev) {
        netdev_get_tx_queue(dev, 0).state |= 1 << __QUEUE_STATE_DRV_XOFF;
    }

    public static boolean netif_queue_stopped(net_device dev) {
        return (netdev_get_tx_queue(dev, 0).state & 1 << __QUEUE_STATE_DRV_XOFF) != 0;
    }

    public static boolean netif_xmit_stopped(netdev_queue dev_queue) {
        return (dev_queue.state & QUEUE_STATE_ANY_XOFF) != 0;
    }

    public static boolean netif_xmit_frozen_or_stopped(netdev_queue dev_queue) {
        return (dev_queue.state & QUEUE_STATE_ANY_XOFF_OR_FROZEN) != 0;
    }

    /** Is it switched on? */
    public static boolean netif_running(net_device dev) {
        return (dev.state & 1 << __LINK_STATE_START) != 0;
    }

    /** Called in place of {@code kfree_skb} in an interrupt: the packet was dropped. */
    public static void dev_kfree_skb_irq(sk_buff skb) {
        __dev_kfree_skb_irq(skb);
    }

    /** The same for a packet that was sent. */
    public static void dev_consume_skb_irq(sk_buff skb) {
        __dev_kfree_skb_irq(skb);
    }

    public static void dev_kfree_skb_any(sk_buff skb) {
        __dev_kfree_skb_any(skb);
    }

    public static void dev_consume_skb_any(sk_buff skb) {
        __dev_kfree_skb_any(skb);
    }

    /** Lets go of the device: it may be freed when nobody holds it. */
    public static void dev_put(net_device dev) {
        dev.refcnt--;
    }

    public static void dev_hold(net_device dev) {
        dev.refcnt++;
    }

    /** Is the cable plugged in? For a veth: is the other end up? */
    public static boolean netif_carrier_ok(net_device dev) {
        return (dev.state & 1 << __LINK_STATE_NOCARRIER) == 0;
    }

    public static boolean netif_dormant(net_device dev) {
        return (dev.state & 1 << __LINK_STATE_DORMANT) != 0;
    }

    public static boolean netif_oper_up(net_device dev) {
        return dev.operstate == IF_OPER_UP || dev.operstate == IF_OPER_UNKNOWN;
    }

    public static boolean netif_device_present(net_device dev) {
        return (dev.state & 1 << __LINK_STATE_PRESENT) != 0;
    }

    static void __netif_tx_lock(netdev_queue txq, int cpu) {
        txq.xmit_lock_owner = cpu;
    }

    static void __netif_tx_unlock(netdev_queue txq) {
        txq.xmit_lock_owner = -1;
    }

    static void txq_trans_update(netdev_queue txq) {
        if (txq.xmit_lock_owner != -1) {
            txq.trans_start = Jiffies.jiffies;
        }
    }

    /** The lock of a driver that wants to be called by one at a time. */
    public static void HARD_TX_LOCK(net_device dev, netdev_queue txq, int cpu) {
        if ((dev.features & NETIF_F_LLTX) == 0) {
            __netif_tx_lock(txq, cpu);
        }
    }

    public static void HARD_TX_UNLOCK(net_device dev, netdev_queue txq) {
        if ((dev.features & NETIF_F_LLTX) == 0) {
            __netif_tx_unlock(txq);
        }
    }

    public static void netif_set_gso_max_size(net_device dev, int size) {
        dev.gso_max_size = size;
    }
}
