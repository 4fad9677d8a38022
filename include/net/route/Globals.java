// SPDX-License-Identifier: GPL-2.0-only
package net.route;

import static uapi.linux.ip.Ip.IPDEFTTL;

import linux.init.Initcall;

/** A sysctl that is declared in {@code include/net/route.h}. */
public final class Globals implements Initcall {
    /** {@code net.ipv4.ip_default_ttl}. */
    public static int sysctl_ip_default_ttl;

    @Override
    public void data() {
        sysctl_ip_default_ttl = IPDEFTTL;
    }
}
