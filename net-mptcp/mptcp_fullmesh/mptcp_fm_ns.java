// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import linux.list.list_head;
import linux.workqueue.delayed_work;
import net.net_namespace.net;

/** What the path manager keeps for a namespace. */
final class mptcp_fm_ns {
    mptcp_loc_addr local;

    /** Not yet looked at, the oldest first. */
    final list_head<mptcp_addr_event> events = new list_head<>();

    final delayed_work address_worker = new delayed_work();
    net net;
}
