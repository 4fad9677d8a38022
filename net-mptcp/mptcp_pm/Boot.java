// SPDX-License-Identifier: GPL-2.0-only
package mptcp_pm;

import static net.mptcp.Globals.mptcp_pm_default;

import linux.init.Initcall;
import linux.list.list_head;

/** Boot of {@code net/mptcp/mptcp_pm.c}: an empty list, and when all path managers are there, the default. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.LATE;
    }

    @Override
    public void data() {
        PathManager.mptcp_pm_list = new list_head<>();

        mptcp_pm_default.get_local_id = PathManager::mptcp_default_id;
        mptcp_pm_default.name = "default";
    }

    @Override
    public void init() {
        PathManager.mptcp_path_manager_default();
    }
}
