// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ndiffports;

import static linux.moduleparam.ModuleParams.module_param;
import static mptcp_ndiffports.Ndiffports.ndiffports;

import linux.init.Initcall;
import net.mptcp.mptcp_pm_ops;

/** Boot of {@code net/mptcp/mptcp_ndiffports.c}: its parameter, and {@code module_init(ndiffports_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Ndiffports.num_subflows = 2;
        module_param("mptcp_ndiffports", "num_subflows", 0644,
                () -> Ndiffports.num_subflows, v -> Ndiffports.num_subflows = v);

        ndiffports = new mptcp_pm_ops();
        ndiffports.new_session = Ndiffports::ndiffports_new_session;
        ndiffports.fully_established = Ndiffports::ndiffports_create_subflows;
        ndiffports.get_local_id = Ndiffports::ndiffports_get_local_id;
        ndiffports.name = "ndiffports";
    }

    @Override
    public void init() {
        Ndiffports.ndiffports_register();
    }
}
