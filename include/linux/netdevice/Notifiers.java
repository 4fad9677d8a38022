// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.notifier.Notifier.notifier_to_errno;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static uapi.linux.if_.Iff.IFF_UP;

import linux.notifier.notifier_block;
import linux.notifier.notifier_head;
import net.net_namespace.NetNs;
import net.net_namespace.net;

/**
 * Who wants to hear what happens to devices, {@code net/core/dev.c}: IP (addresses and routes come and go with them) and
 * the path managers of MPTCP. One who registers is told at once of the devices that are there already.
 */
public final class Notifiers {
    private Notifiers() {}

    public static final int NETDEV_UP = 0x0001;
    public static final int NETDEV_DOWN = 0x0002;
    public static final int NETDEV_REBOOT = 0x0003;

    /** Flags have changed, or the carrier. */
    public static final int NETDEV_CHANGE = 0x0004;

    public static final int NETDEV_REGISTER = 0x0005;
    public static final int NETDEV_UNREGISTER = 0x0006;
    public static final int NETDEV_CHANGEMTU = 0x0007;
    public static final int NETDEV_CHANGEADDR = 0x0008;

    /** It is about to be switched off; packets can still be sent. */
    public static final int NETDEV_GOING_DOWN = 0x0009;

    public static final int NETDEV_CHANGENAME = 0x000A;
    public static final int NETDEV_FEAT_CHANGE = 0x000B;
    public static final int NETDEV_BONDING_FAILOVER = 0x000C;

    /** It is about to be switched on; may be refused. */
    public static final int NETDEV_PRE_UP = 0x000D;

    public static final int NETDEV_PRE_TYPE_CHANGE = 0x000E;
    public static final int NETDEV_POST_TYPE_CHANGE = 0x000F;
    public static final int NETDEV_POST_INIT = 0x0010;

    /** Let go of it now, if you still hold it. */
    public static final int NETDEV_UNREGISTER_FINAL = 0x0011;

    public static final int NETDEV_RELEASE = 0x0012;
    public static final int NETDEV_NOTIFY_PEERS = 0x0013;
    public static final int NETDEV_JOIN = 0x0014;
    public static final int NETDEV_CHANGEUPPER = 0x0015;
    public static final int NETDEV_RESEND_IGMP = 0x0016;

    /** The MTU is about to change; may be refused. */
    public static final int NETDEV_PRECHANGEMTU = 0x0017;

    static notifier_head netdev_chain;

    /** The first devices have not been made yet. */
    static boolean dev_boot_phase;

    static void data() {
        netdev_chain = new notifier_head();
        dev_boot_phase = true;
    }

    public static void netdev_features_change(net_device dev) {
        call_netdevice_notifiers(NETDEV_FEAT_CHANGE, dev);
    }

    /** The carrier has changed: tells it, if the device is up. */
    public static void netdev_state_change(net_device dev) {
        if ((dev.flags & IFF_UP) != 0) {
            netdev_notifier_change_info change_info = new netdev_notifier_change_info();

            change_info.flags_changed = 0;
            call_netdevice_notifiers_info(NETDEV_CHANGE, dev, change_info);
        }
    }

    /** Tells those on the link that the device is here: after a failover. */
    public static void netdev_notify_peers(net_device dev) {
        rtnl_lock();
        call_netdevice_notifiers(NETDEV_NOTIFY_PEERS, dev);
        rtnl_unlock();
    }

    static int call_netdevice_notifier(notifier_block nb, long val, net_device dev) {
        netdev_notifier_info info = new netdev_notifier_info();

        netdev_notifier_info_init(info, dev);
        return nb.notifier_call.call(nb, val, info);
    }

    /**
     * Registers {@code nb}, and replays to it what has happened: REGISTER for each device, UP for those that are up.
     *
     * @return 0, or the negative errno with which it refused a device: then it is not registered
     */
    public static int register_netdevice_notifier(notifier_block nb) {
        net_device last;
        int err = 0;

        rtnl_lock();
        netdev_chain.register(nb);
        if (dev_boot_phase) {
            rtnl_unlock();
            return err;
        }
        rollback:
        {
            for (net net : NetNs.all()) {
                for (net_device dev : net.dev_base_head) {
                    err = call_netdevice_notifier(nb, NETDEV_REGISTER, dev);
                    err = notifier_to_errno(err);
                    if (err != 0) {
                        last = dev;
                        break rollback;
                    }

                    if ((dev.flags & IFF_UP) == 0) {
                        continue;
                    }

                    call_netdevice_notifier(nb, NETDEV_UP, dev);
                }
            }

            rtnl_unlock();
            return err;
        }
        outroll:
        for (net net : NetNs.all()) {
            for (net_device dev : net.dev_base_head) {
                if (dev == last) {
                    break outroll;
                }

                if ((dev.flags & IFF_UP) != 0) {
                    call_netdevice_notifier(nb, NETDEV_GOING_DOWN, dev);
                    call_netdevice_notifier(nb, NETDEV_DOWN, dev);
                }
                call_netdevice_notifier(nb, NETDEV_UNREGISTER, dev);
            }
        }

        netdev_chain.unregister(nb);
        rtnl_unlock();
        return err;
    }

    /** The reverse: to {@code nb} it looks as if every device went away. */
    public static int unregister_netdevice_notifier(notifier_block nb) {
        rtnl_lock();
        netdev_chain.unregister(nb);

        for (net net : NetNs.all()) {
            for (net_device dev : net.dev_base_head) {
                if ((dev.flags & IFF_UP) != 0) {
                    call_netdevice_notifier(nb, NETDEV_GOING_DOWN, dev);
                    call_netdevice_notifier(nb, NETDEV_DOWN, dev);
                }
                call_netdevice_notifier(nb, NETDEV_UNREGISTER, dev);
            }
        }
        rtnl_unlock();
        return 0;
    }

    static int call_netdevice_notifiers_info(long val, net_device dev, netdev_notifier_info info) {
        netdev_notifier_info_init(info, dev);
        return netdev_chain.call_chain(val, info);
    }

    /** Tells all who listen; {@code notifier_to_errno} of what it returns is the objection of one of them. */
    public static int call_netdevice_notifiers(long val, net_device dev) {
        netdev_notifier_info info = new netdev_notifier_info();

        return call_netdevice_notifiers_info(val, dev, info);
    }

    // ---- include/linux/netdevice.h ----

    static void netdev_notifier_info_init(netdev_notifier_info info, net_device dev) {
        info.dev = dev;
    }

    /** What comes with an event is a struct that names the device. */
    public static net_device netdev_notifier_info_to_dev(Object info) {
        return ((netdev_notifier_info) info).dev;
    }
}
