// SPDX-License-Identifier: GPL-2.0-only
package mptcp_binder;

import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;

/** What the path manager keeps for a connection: {@code mpcb.mptcp_pm}. */
final class binder_priv {
    /** Makes the subflows. */
    final work_struct subflow_work = new work_struct();

    mptcp_cb mpcb;
}
