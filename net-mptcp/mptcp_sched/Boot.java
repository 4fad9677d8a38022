// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

import static net.mptcp.Globals.mptcp_sched_default;

import linux.init.Initcall;
import linux.list.list_head;

/** Boot of {@code net/mptcp/mptcp_sched.c}: an empty list, and when all schedulers are there, the default. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.LATE;
    }

    @Override
    public void data() {
        Registry.mptcp_sched_list = new list_head<>();

        mptcp_sched_default.get_subflow = DefaultScheduler::get_available_subflow;
        mptcp_sched_default.next_segment = DefaultScheduler::mptcp_next_segment;
        mptcp_sched_default.init = DefaultScheduler::defsched_init;
        mptcp_sched_default.name = "default";
    }

    @Override
    public void init() {
        Registry.mptcp_scheduler_default();
    }
}
