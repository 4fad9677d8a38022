// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import static linux.bug.Bug.WARN_ON;
import static linux.netdevice.Netdev.dev_put;
import static linux.printk.Printk.pr_err;

import linux.netdevice.net_device;

/** Small helpers around {@link in_device} and {@link in_ifaddr}, from {@code include/linux/inetdevice.h}. */
public final class InDev {
    private InDev() {}

    /** Is {@code addr} in the subnet of {@code ifa}? */
    public static boolean inet_ifa_match(int addr, in_ifaddr ifa) {
        return ((addr ^ ifa.ifa_address) & ifa.ifa_mask) == 0;
    }

    /** Has {@code mask} a hole, or {@code addr} bits beyond it? */
    public static boolean bad_mask(int mask, int addr) {
        int hmask;
        mask = ~mask;
        if ((addr & mask) != 0) {
            return true;
        }
        hmask = mask;
        return (hmask & hmask + 1) != 0;
    }

    public static in_device __in_dev_get_rcu(net_device dev) {
        return dev.ip_ptr;
    }

    /** With a reference. */
    public static in_device in_dev_get(net_device dev) {
        in_device in_dev;

        in_dev = __in_dev_get_rcu(dev);
        if (in_dev != null) {
            in_dev.refcnt++;
        }
        return in_dev;
    }

    public static in_device __in_dev_get_rtnl(net_device dev) {
        return dev.ip_ptr;
    }

    /** The last user has gone: lets go of the device. */
    public static void in_dev_finish_destroy(in_device idev) {
        net_device dev = idev.dev;

        WARN_ON(idev.ifa_list != null);
        WARN_ON(idev.allHosts);
        dev_put(dev);
        if (!idev.dead) {
            pr_err("Freeing alive in_device %s\n", idev);
        }
    }

    public static void in_dev_put(in_device idev) {
        if (--idev.refcnt == 0) {
            in_dev_finish_destroy(idev);
        }
    }

    public static void in_dev_hold(in_device idev) {
        idev.refcnt++;
    }

    /** The mask of a prefix, 0 to 32. */
    public static int inet_make_mask(int logmask) {
        if (logmask != 0) {
            return ~((int) (1L << 32 - logmask) - 1);
        }
        return 0;
    }

    /** The length of the prefix that {@code mask} stands for. */
    public static int inet_mask_len(int mask) {
        int hmask = mask;
        if (hmask == 0) {
            return 0;
        }
        return 32 - Integer.numberOfTrailingZeros(hmask);
    }
}
