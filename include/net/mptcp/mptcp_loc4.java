// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/** One of our addresses. */
public final class mptcp_loc4 {
    public int loc4_id;
    public boolean low_prio;

    /** Host order. */
    public int addr;
}
