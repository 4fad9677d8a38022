// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.printk.Printk.pI4;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_fullmesh.RemoteAddresses.fullmesh_get_priv;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Nodes.sock_hold;
import static net.sock.SockFlag.SOCK_DEAD;
import static org.assertj.core.api.Assertions.assertThat;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;

@KernelTest
class SubflowWorkerTest {
    private MptcpConnection c;

    @BeforeEach
    void connected() {
        mptcp_set_default_path_manager("fullmesh");
        c = new MptcpConnection(2);
    }

    @AfterEach
    void close() {
        c.close();
    }

    private fullmesh_priv fmp() {
        return fullmesh_get_priv(c.c.mpcb);
    }

    /** The subflows of the client: {@code "10.1.0.1>10.1.0.2"}. */
    private List<String> subflows() {
        List<String> s = new ArrayList<>();
        for (tcp_sock tp = c.c.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
            s.add(0, pI4(tp.inet_saddr) + ">" + pI4(tp.skc_daddr));
        }
        return s;
    }

    @Nested
    class create_subflow_worker {
        @Test
        @DisplayName("when the first subflow is known to work: one for each other pair of addresses")
        void mesh() {
            c.run(600);
            c.connect();
            assertThat(subflows()).as("nothing has come back that only MPTCP sends").hasSize(1);

            c.send(10);
            c.run(500);

            assertThat(subflows()).containsExactly("10.1.0.1>10.1.0.2", "10.2.0.1>10.1.0.2", "10.1.0.1>10.2.0.2",
                    "10.2.0.1>10.2.0.2");
            assertThat(fmp().remaddr4[0].bitfield).isEqualTo(fmp().remaddr4[1].bitfield).isEqualTo(0b110);
            assertThat(c.c.mpcb.cnt_established).isEqualTo(4);
            MptcpConnection.recv(c.serverFd);
        }

        @Test
        @DisplayName("the server opens none")
        void server() {
            c.run(600);
            c.connect();
            c.send(10);
            c.run(500);
            FullMesh.full_mesh_create_subflows(c.s);
            assertThat(work_pending(fullmesh_get_priv(c.s.mpcb).subflow_work)).isFalse();
            MptcpConnection.recv(c.serverFd);
        }

        @Test
        @DisplayName("without a route: once more a second later")
        void no_route() {
            IpAddr.del(c.clientDevs.get(1), "10.2.0.1/24");
            c.run(600);
            c.connect();
            c.send(10);
            c.run(500);
            assertThat(subflows()).containsExactly("10.1.0.1>10.1.0.2");
            assertThat(fmp().remaddr4[1].retry_bitfield).isEqualTo(0b010);
            assertThat(delayed_work_pending(fmp().subflow_retry_work)).isTrue();
            MptcpConnection.recv(c.serverFd);

            c.run(1000);
            assertThat(fmp().remaddr4[1].retry_bitfield).as("not a third time").isZero();
        }

        @Test
        @DisplayName("a connection that the application has left gets no more; nor one without memory for the list")
        void dead() {
            c.run(600);
            c.connect();
            c.send(10);
            c.run(500);
            MptcpConnection.recv(c.serverFd);
            RemoteAddresses.mptcp_v4_rem_raddress(c.c.mpcb, 3);
            RemoteAddresses.mptcp_addv4_raddr(c.c.mpcb, MptcpConnection.address(2, 2), 0, 5);
            int refs = c.c.skc_refcnt;

            Gfp.failNth(0);
            SubflowWorker.create_subflow_worker(fmp().subflow_work);
            assertThat(c.c.skc_refcnt).isEqualTo(refs);

            sock_hold(c.c);
            sock_set_flag(c.c, SOCK_DEAD);
            SubflowWorker.create_subflow_worker(fmp().subflow_work);
            sock_reset_flag(c.c, SOCK_DEAD);
            assertThat(subflows()).hasSize(4);
            assertThat(c.c.skc_refcnt).isEqualTo(refs);
        }
    }

    @Nested
    class retry_subflow_worker {
        @Test
        @DisplayName("tries those that had no route, and makes the subflow if there is one now")
        void retried() {
            c.run(600);
            c.connect();
            c.send(10);
            c.run(500);
            MptcpConnection.recv(c.serverFd);
            fmp().remaddr4[0].retry_bitfield = 0b100;
            int subflows = c.c.mpcb.cnt_subflows;

            sock_hold(c.c);
            SubflowWorker.retry_subflow_worker(fmp().subflow_retry_work);

            assertThat(c.c.mpcb.cnt_subflows).isEqualTo(subflows + 1);
            assertThat(subflows()).endsWith("10.2.0.1>10.1.0.2");
            assertThat(fmp().remaddr4[0].retry_bitfield).isZero();
        }
    }
}
