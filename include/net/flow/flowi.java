// SPDX-License-Identifier: GPL-2.0-only
package net.flow;

/** What a route is asked for: the part that does not depend on the address family. */
public class flowi {
    /** Any source address will do, it need not be ours. */
    public static final int FLOWI_FLAG_ANYSRC = 0x01;

    /** The next hop is given: a route that has none of its own is not to be shared. */
    public static final int FLOWI_FLAG_KNOWN_NH = 0x02;

    /** Index of the device to leave by; 0: any. */
    public int flowic_oif;

    /** Index of the device it came in by. */
    public int flowic_iif;

    public int flowic_mark;
    public int flowic_tos;
    public int flowic_scope;

    /** {@code IPPROTO_*}. */
    public int flowic_proto;

    /** {@code FLOWI_FLAG_*}. */
    public int flowic_flags;

    public int flowic_secid;
}
