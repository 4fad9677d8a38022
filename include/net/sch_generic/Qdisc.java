// SPDX-License-Identifier: GPL-2.0-only
package net.sch_generic;

import linux.netdevice.netdev_queue;
import linux.skbuff.sk_buff;

/**
 * A queueing discipline: what stands between the stack and a driver. Here it is netem where somebody asks for it, else
 * {@code noqueue} (packets go straight to the driver), or {@code noop} while the device is down (packets vanish).
 */
public final class Qdisc {
    /** {@code state}: it waits for {@code net_tx_action}; it is being taken down and takes no packets. */
    public static final int __QDISC_STATE_SCHED = 0;

    public static final int __QDISC_STATE_DEACTIVATED = 1;

    /** {@code __state}: somebody is sending from it. */
    public static final int __QDISC___STATE_RUNNING = 1;

    /** {@code flags}: a static one, shared by all devices. */
    public static final int TCQ_F_BUILTIN = 1;

    /** It is a plain FIFO that never holds packets back: an empty one may be passed by. */
    public static final int TCQ_F_CAN_BYPASS = 4;

    public static final int TCQ_F_ONETXQUEUE = 0x10;

    /** @see Qdisc#enqueue */
    public interface Enqueue {
        /**
         * Takes the packet, now or later to be given back by {@code dequeue}, or drops it.
         *
         * @return {@code NET_XMIT_SUCCESS}, {@code NET_XMIT_DROP} or {@code NET_XMIT_CN}
         */
        int call(sk_buff skb, Qdisc q);
    }

    /** @see Qdisc#dequeue */
    public interface Dequeue {
        /** @return the packet to be sent now, or null */
        sk_buff call(Qdisc q);
    }

    /** @see Qdisc#reset */
    public interface Reset {
        void call(Qdisc q);
    }

    /** For people: "netem". */
    public final String id;

    /** null: there is no queue. */
    public Enqueue enqueue;

    public Dequeue dequeue;

    /** Drops all that it holds and forgets what it has started; may be null. */
    public Reset reset;

    /** {@code TCQ_F_*}. */
    public int flags;

    /** The largest number of packets. */
    public int limit;

    /** Whose queue it is. */
    public netdev_queue dev_queue;

    /** On the list of those for which {@code net_tx_action} has work. */
    public Qdisc next_sched;

    /** The packet that the driver did not take. */
    public sk_buff gso_skb;

    /** Bits {@code __QDISC_STATE_*}. */
    public int state;

    /** {@code q.qlen}: packets in it. */
    public int qlen;

    public int __state;

    /** {@code bstats}, {@code qstats}: what went through; what was dropped; what the driver did not take at first. */
    public long bytes;

    public long packets;
    public long drops;
    public long requeues;

    public Qdisc(String id) {
        this.id = id;
    }

    @Override
    public String toString() {
        return id;
    }
}
