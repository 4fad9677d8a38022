// SPDX-License-Identifier: GPL-2.0-only
package mptcp_binder;

import linux.init.Initcall;
import linux.sysctl.ctl_table;
import net.mptcp.mptcp_pm_ops;

/** Boot of {@code net/mptcp/mptcp_binder.c}: {@code module_init(binder_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Binder.mptcp_gws = null;
        Binder.mptcp_binder_ndiffports = 1;
        Binder.sysctl_mptcp_binder_gateways = "";

        Binder.binder = new mptcp_pm_ops();
        Binder.binder.new_session = Binder::binder_new_session;
        Binder.binder.fully_established = Binder::binder_create_subflows;
        Binder.binder.get_local_id = Binder::binder_get_local_id;
        Binder.binder.init_subsocket_v4 = Binder::mptcp_v4_add_lsrr;
        Binder.binder.name = "binder";

        ctl_table gateways = new ctl_table("mptcp_binder_gateways");
        gateways.mode = 0644;
        gateways.proc_handler = Binder::proc_mptcp_gateways;
        Binder.binder_table = new ctl_table[] {gateways};
        Binder.mptcp_sysctl_binder = null;
    }

    @Override
    public void init() {
        Binder.binder_register();
    }
}
