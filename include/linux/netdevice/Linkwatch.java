// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Netdev.netif_carrier_ok;
import static linux.netdevice.Netdev.netif_dormant;
import static linux.netdevice.Netdev.netif_running;
import static linux.netdevice.Notifiers.netdev_state_change;
import static linux.netdevice.net_device.NETREG_UNINITIALIZED;
import static linux.netdevice.net_device.__LINK_STATE_NOCARRIER;
import static net.sch_generic.Queueing.dev_activate;
import static net.sch_generic.Queueing.dev_deactivate;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_.Iff.IF_OPER_DORMANT;
import static uapi.linux.if_.Iff.IF_OPER_DOWN;
import static uapi.linux.if_.Iff.IF_OPER_LOWERLAYERDOWN;
import static uapi.linux.if_.Iff.IF_OPER_UP;

import linux.compiler.Differs;

/**
 * The carrier and what follows from it, {@code net/core/link_watch.c}. A device that is up but has no carrier (the cable is
 * out, the other end of the veth is down) gets no packets: its queue is {@code noop}.
 */
public final class Linkwatch {
    private Linkwatch() {}

    static int default_operstate(net_device dev) {
        if (!netif_carrier_ok(dev)) {
            return dev.ifindex != dev.iflink ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
        }

        if (netif_dormant(dev)) {
            return IF_OPER_DORMANT;
        }

        return IF_OPER_UP;
    }

    static void rfc2863_policy(net_device dev) {
        int operstate = default_operstate(dev);

        if (operstate == dev.operstate) {
            return;
        }

        dev.operstate = operstate;
    }

    public static void linkwatch_init_dev(net_device dev) {
        if (!netif_carrier_ok(dev) || netif_dormant(dev)) {
            rfc2863_policy(dev);
        }
    }

    static void linkwatch_do_dev(net_device dev) {
        rfc2863_policy(dev);
        // A device that is just being closed still has IFF_UP: Linux gets here later, when that is gone.
        if ((dev.flags & IFF_UP) != 0 && netif_running(dev)) {
            if (netif_carrier_ok(dev)) {
                dev_activate(dev);
            } else {
                dev_deactivate(dev);
            }

            netdev_state_change(dev);
        }
    }

    /** The carrier has come or gone. */
    @Differs("a change of the carrier takes effect at once, before the function that made it returns; Linux leaves it to a "
            + "work item, that runs soon for a carrier that has come and up to a second later for one that has gone")
    public static void linkwatch_fire_event(net_device dev) {
        linkwatch_do_dev(dev);
    }

    // ---- net/sched/sch_generic.c ----

    /** The driver has found a carrier. */
    public static void netif_carrier_on(net_device dev) {
        if ((dev.state & 1 << __LINK_STATE_NOCARRIER) != 0) {
            dev.state &= ~(1 << __LINK_STATE_NOCARRIER);
            if (dev.reg_state == NETREG_UNINITIALIZED) {
                return;
            }
            linkwatch_fire_event(dev);
        }
    }

    /** The driver has lost the carrier. */
    public static void netif_carrier_off(net_device dev) {
        if ((dev.state & 1 << __LINK_STATE_NOCARRIER) == 0) {
            dev.state |= 1 << __LINK_STATE_NOCARRIER;
            if (dev.reg_state == NETREG_UNINITIALIZED) {
                return;
            }
            linkwatch_fire_event(dev);
        }
    }
}
