// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static mptcp_fullmesh.FullMesh.full_mesh;

import linux.init.Initcall;
import linux.notifier.notifier_block;
import net.mptcp.mptcp_pm_ops;
import net.net_namespace.pernet_operations;

/** Boot of {@code net/mptcp/mptcp_fullmesh.c}: {@code module_init(full_mesh_register)}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Events.mptcp_pm_inetaddr_notifier = new notifier_block(Events::mptcp_pm_inetaddr_event);
        Events.mptcp_pm_netdev_notifier = new notifier_block(Events::netdev_event);

        FullMesh.full_mesh_net_ops = new pernet_operations();
        FullMesh.full_mesh_net_ops.init = FullMesh::mptcp_fm_init_net;
        FullMesh.full_mesh_net_ops.exit = FullMesh::mptcp_fm_exit_net;

        full_mesh = new mptcp_pm_ops();
        full_mesh.new_session = FullMesh::full_mesh_new_session;
        full_mesh.release_sock = FullMesh::full_mesh_release_sock;
        full_mesh.fully_established = FullMesh::full_mesh_create_subflows;
        full_mesh.new_remote_address = FullMesh::full_mesh_create_subflows;
        full_mesh.get_local_id = FullMesh::full_mesh_get_local_id;
        full_mesh.addr_signal = FullMesh::full_mesh_addr_signal;
        full_mesh.add_raddr = FullMesh::full_mesh_add_raddr;
        full_mesh.rem_raddr = FullMesh::full_mesh_rem_raddr;
        full_mesh.name = "fullmesh";
    }

    @Override
    public void init() {
        FullMesh.full_mesh_register();
    }
}
