// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import net.sch_generic.Qdisc;

/** The queue of a driver. The devices of this machine have one each. */
public final class netdev_queue {
    /** {@code state}: the driver has no room; the stack has stopped it. */
    public static final int __QUEUE_STATE_DRV_XOFF = 0;

    public static final int __QUEUE_STATE_STACK_XOFF = 1;
    public static final int __QUEUE_STATE_FROZEN = 2;

    public static final int QUEUE_STATE_ANY_XOFF = 1 << __QUEUE_STATE_DRV_XOFF | 1 << __QUEUE_STATE_STACK_XOFF;
    public static final int QUEUE_STATE_ANY_XOFF_OR_FROZEN = QUEUE_STATE_ANY_XOFF | 1 << __QUEUE_STATE_FROZEN;

    public final net_device dev;

    /** The one in use, and the one to be used when the device is up and has a carrier. */
    public Qdisc qdisc;

    public Qdisc qdisc_sleeping;

    /** The CPU that is inside the driver, -1: none. Drivers with {@code NETIF_F_LLTX} do without. */
    public int xmit_lock_owner = -1;

    /** When a packet was last given to the driver, in jiffies. */
    public long trans_start;

    /** Bits {@code __QUEUE_STATE_*}. */
    public int state;

    public netdev_queue(net_device dev) {
        this.dev = dev;
    }
}
