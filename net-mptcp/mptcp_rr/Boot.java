// SPDX-License-Identifier: GPL-2.0-only
package mptcp_rr;

import static mptcp_rr.RoundRobin.mptcp_sched_rr;

import linux.init.Initcall;
import net.mptcp.mptcp_sched_ops;

/** Boot of {@code net/mptcp/mptcp_rr.c}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        RoundRobin.num_segments = 1;
        RoundRobin.cwnd_limited = true;

        mptcp_sched_rr = new mptcp_sched_ops();
        mptcp_sched_rr.get_subflow = RoundRobin::rr_get_available_subflow;
        mptcp_sched_rr.next_segment = RoundRobin::mptcp_rr_next_segment;
        mptcp_sched_rr.name = "roundrobin";
    }

    @Override
    public void init() {
        RoundRobin.rr_register();
    }
}
