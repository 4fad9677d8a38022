// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import linux.gfp.Gfp;
import linux.list.list_head;

/** An address has come, gone, or become a backup; waits until {@link AddressWorker} looks at it. */
final class mptcp_addr_event {
    /** {@link #code}. */
    static final int MPTCP_EVENT_ADD = 1;

    static final int MPTCP_EVENT_DEL = 2;
    static final int MPTCP_EVENT_MOD = 3;

    final list_head<mptcp_addr_event> list = new list_head<>(this);
    int family;
    int code;
    boolean low_prio;

    /** Host order. */
    int addr;

    /** {@code kmemdup}: a copy that is on no list, null without memory. */
    static mptcp_addr_event kmemdup(mptcp_addr_event o, int gfp) {
        if (Gfp.fails(gfp)) {
            return null;
        }
        mptcp_addr_event n = new mptcp_addr_event();
        n.family = o.family;
        n.code = o.code;
        n.low_prio = o.low_prio;
        n.addr = o.addr;
        return n;
    }
}
