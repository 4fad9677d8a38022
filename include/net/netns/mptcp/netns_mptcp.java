// SPDX-License-Identifier: GPL-2.0-only
package net.netns.mptcp;

/** What path managers keep for a namespace. */
public final class netns_mptcp {
    public static final int MPTCP_PM_FULLMESH = 0;
    public static final int MPTCP_PM_MAX = 1;

    public final Object[] path_managers = new Object[MPTCP_PM_MAX];
}
