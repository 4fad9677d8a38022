// SPDX-License-Identifier: GPL-2.0-only
package net.dsfield;

import uapi.linux.ip.iphdr;

/** The TOS byte as RFC 2474 has it, from {@code include/net/dsfield.h}: six bits of DSCP, two of ECN. */
public final class DsField {
    private DsField() {}

    public static int ipv4_get_dsfield(iphdr iph) {
        return iph.tos();
    }
}
