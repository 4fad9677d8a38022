// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

/** What comes with {@code NETDEV_CHANGE}. */
public final class netdev_notifier_change_info extends netdev_notifier_info {
    /** {@code IFF_*} that are other than before; 0: it was the carrier. */
    public int flags_changed;
}
