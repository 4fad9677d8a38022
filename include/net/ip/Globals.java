// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import java.util.BitSet;
import linux.init.Initcall;

/** Sysctls of IP that are declared in {@code include/net/ip.h}; they are the same in all namespaces. */
public final class Globals implements Initcall {
    /** {@code net.ipv4.ip_local_reserved_ports}: not to be chosen for a socket by themselves. */
    public static BitSet sysctl_local_reserved_ports;

    /** The first of those who want packets with the router alert option. */
    public static ip_ra_chain ip_ra_chain;

    /** {@code net.ipv4.ip_nonlocal_bind}. */
    public static int sysctl_ip_nonlocal_bind;

    /** {@code net.ipv4.ip_early_demux}: look for the socket first, it knows the route. */
    public static int sysctl_ip_early_demux;

    /** {@code net.ipv4.ip_dynaddr}. */
    public static int sysctl_ip_dynaddr;

    @Override
    public void data() {
        sysctl_local_reserved_ports = new BitSet(65536);
        ip_ra_chain = null;
        sysctl_ip_nonlocal_bind = 0;
        sysctl_ip_early_demux = 1;
        sysctl_ip_dynaddr = 0;
    }
}
