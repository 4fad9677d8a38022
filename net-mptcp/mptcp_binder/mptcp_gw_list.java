// SPDX-License-Identifier: GPL-2.0-only
package mptcp_binder;

import java.util.Arrays;

/** Lists of routers, host order: a subflow that has taken a list is sent through them one after the other. */
final class mptcp_gw_list {
    static final int MPTCP_GW_MAX_LISTS = 10;
    static final int MPTCP_GW_LIST_MAX_LEN = 6;

    /** Characters of the sysctl, with the zero at the end. */
    static final int MPTCP_GW_SYSCTL_MAX_LEN = 15 * MPTCP_GW_LIST_MAX_LEN * MPTCP_GW_MAX_LISTS;

    final int[][] list = new int[MPTCP_GW_MAX_LISTS][MPTCP_GW_LIST_MAX_LEN];

    /** How many each has. */
    final int[] len = new int[MPTCP_GW_MAX_LISTS];

    /** {@code memset(this, 0)}. */
    void clear() {
        for (int[] l : list) {
            Arrays.fill(l, 0);
        }
        Arrays.fill(len, 0);
    }
}
