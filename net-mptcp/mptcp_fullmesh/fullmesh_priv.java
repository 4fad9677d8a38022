// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static mptcp_fullmesh.mptcp_loc_addr.MPTCP_MAX_ADDR;

import linux.workqueue.delayed_work;
import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;

/** What the path manager keeps for a connection: {@code mpcb.mptcp_pm}. */
final class fullmesh_priv {
    /** Makes the subflows; once more, a second later, those for which there was no route. */
    final work_struct subflow_work = new work_struct();

    final delayed_work subflow_retry_work = new delayed_work();

    /** The peer's addresses. */
    final fullmesh_rem4[] remaddr4 = new fullmesh_rem4[MPTCP_MAX_ADDR];

    final fullmesh_rem6[] remaddr6 = new fullmesh_rem6[MPTCP_MAX_ADDR];
    mptcp_cb mpcb;

    /** A bit for each id that is to go into a REMOVE_ADDR (u16). */
    int remove_addrs;

    /** A bit for each of our addresses that the peer knows. */
    int announced_addrs_v4;

    int announced_addrs_v6;

    /** How many ADD_ADDRs are still to be sent (u8). */
    int add_addr;

    /** Places in {@link #remaddr4} and {@link #remaddr6} that are taken. */
    int rem4_bits;

    int rem6_bits;

    fullmesh_priv() {
        for (int i = 0; i < MPTCP_MAX_ADDR; i++) {
            remaddr4[i] = new fullmesh_rem4();
            remaddr6[i] = new fullmesh_rem6();
        }
    }
}
