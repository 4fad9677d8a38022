// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import linux.gfp.Gfp;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_loc6;

/** Our addresses, those of one namespace. A change is made to a copy, which then takes the place of the old one. */
final class mptcp_loc_addr {
    /** Places for our addresses, and for the peer's: as many as a bitfield has bits. */
    static final int MPTCP_MAX_ADDR = 8;

    final mptcp_loc4[] locaddr4 = new mptcp_loc4[MPTCP_MAX_ADDR];

    /** A bit for each place that is taken. */
    int loc4_bits;

    /** Where to look first for a free place, so that an id is not used again soon. */
    int next_v4_index;

    final mptcp_loc6[] locaddr6 = new mptcp_loc6[MPTCP_MAX_ADDR];
    int loc6_bits;
    int next_v6_index;

    mptcp_loc_addr() {
        for (int i = 0; i < MPTCP_MAX_ADDR; i++) {
            locaddr4[i] = new mptcp_loc4();
            locaddr6[i] = new mptcp_loc6();
        }
    }

    /** {@code kmemdup}: a copy, null without memory. */
    static mptcp_loc_addr kmemdup(mptcp_loc_addr o, int gfp) {
        if (Gfp.fails(gfp)) {
            return null;
        }
        mptcp_loc_addr n = new mptcp_loc_addr();
        for (int i = 0; i < MPTCP_MAX_ADDR; i++) {
            n.locaddr4[i].loc4_id = o.locaddr4[i].loc4_id;
            n.locaddr4[i].low_prio = o.locaddr4[i].low_prio;
            n.locaddr4[i].addr = o.locaddr4[i].addr;
            n.locaddr6[i].loc6_id = o.locaddr6[i].loc6_id;
            n.locaddr6[i].low_prio = o.locaddr6[i].low_prio;
            System.arraycopy(o.locaddr6[i].addr, 0, n.locaddr6[i].addr, 0, 16);
        }
        n.loc4_bits = o.loc4_bits;
        n.next_v4_index = o.next_v4_index;
        n.loc6_bits = o.loc6_bits;
        n.next_v6_index = o.next_v6_index;
        return n;
    }
}
