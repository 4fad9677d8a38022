// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

/** What comes with a {@code NETDEV_*} event. */
public class netdev_notifier_info {
    public net_device dev;
}
