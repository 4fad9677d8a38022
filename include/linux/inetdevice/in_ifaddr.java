// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import linux.list.hlist_node;

/** An IPv4 address of a device. All addresses in host order. */
public final class in_ifaddr {
    public static final int IFA_F_SECONDARY = 0x01;
    public static final int IFA_F_DEPRECATED = 0x20;
    public static final int IFA_F_PERMANENT = 0x80;

    /** By {@link #ifa_local}, to find whose an address is. */
    public final hlist_node<in_ifaddr> hash = new hlist_node<>(this);

    public in_ifaddr ifa_next;
    public in_device ifa_dev;
    public int ifa_local;

    /** The peer's on a point-to-point link, else the same as {@link #ifa_local}. */
    public int ifa_address;

    public int ifa_mask;
    public int ifa_broadcast;
    public int ifa_prefixlen;

    /** {@code RT_SCOPE_*}. */
    public int ifa_scope;

    /** {@code IFA_F_*}. */
    public int ifa_flags;

    public String ifa_label;

    /** How long it is valid and preferred, in seconds from {@link #ifa_tstamp}. */
    public int ifa_valid_lft;

    public int ifa_preferred_lft;

    /** When it was made, and when it was set last, in jiffies. */
    public long ifa_cstamp;

    public long ifa_tstamp;
}
