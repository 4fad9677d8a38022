// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.neighbour;

/** What is known of a neighbour, {@code neighbour.nud_state}. */
public final class Nud {
    private Nud() {}

    public static final int NUD_INCOMPLETE = 0x01;
    public static final int NUD_REACHABLE = 0x02;
    public static final int NUD_STALE = 0x04;
    public static final int NUD_DELAY = 0x08;
    public static final int NUD_PROBE = 0x10;
    public static final int NUD_FAILED = 0x20;

    /** It needs no address: loopback, multicast. */
    public static final int NUD_NOARP = 0x40;

    /** Entered by hand. */
    public static final int NUD_PERMANENT = 0x80;

    public static final int NUD_NONE = 0x00;
}
