// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/** One of our IPv6 addresses. This kernel is built without IPv6: there are none, but tables have places for them. */
public final class mptcp_loc6 {
    public int loc6_id;
    public boolean low_prio;
    public final byte[] addr = new byte[16];
}
