// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

/** Which table is asked for packets from (or to) where: {@code ip rule add from 10.0.0.1 table 1}. */
public final class fib_rule {
    /** {@link #action}: look into {@link #table}; or say no, in one way or another. */
    public static final int FR_ACT_TO_TBL = 1;

    public static final int FR_ACT_BLACKHOLE = 6;
    public static final int FR_ACT_UNREACHABLE = 7;
    public static final int FR_ACT_PROHIBIT = 8;

    /** Lower ones are asked first. */
    public int pref;

    public int action = FR_ACT_TO_TBL;
    public int table;

    /** Device that it came in by, and the one asked for to leave by; 0: any. */
    public int iifindex;

    public int oifindex;
    public int mark;
    public int mark_mask;

    /** Host order, with masks; a mask of 0 fits all. */
    public int src;

    public int srcmask;
    public int dst;
    public int dstmask;
    public int tos;
}
