// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import linux.netdevice.net_device;

/** IPv4 on a device. */
public final class in_device {
    public net_device dev;
    public int refcnt;

    /** It goes away. */
    public boolean dead;

    /** The addresses, primary ones first. */
    public in_ifaddr ifa_list;

    /** What is left of {@code mc_list}: the device listens to all hosts, 224.0.0.1. */
    public boolean allHosts;

    public final ipv4_devconf cnf = new ipv4_devconf();
}
