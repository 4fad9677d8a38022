// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.list.list_head;

/** What a subflow in TIME_WAIT knows of its connection. */
public final class mptcp_tw {
    public final list_head<mptcp_tw> list = new list_head<>(this);
    public long loc_key;
    public long rcv_nxt;
    public mptcp_cb mpcb;

    /** The connection as a whole is in TIME_WAIT. */
    public boolean meta_tw;

    public boolean in_list;
}
