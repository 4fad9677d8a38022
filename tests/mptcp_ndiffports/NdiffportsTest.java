// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ndiffports;

import static linux.syscalls.FileCalls.sys_close;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.SYN;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.List;
import linux.compiler.BoolRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.ModuleFiles;
import testing.MptcpPeer;
import testing.ScriptedPeer;

@KernelTest
class NdiffportsTest {
    private MptcpPeer p;

    @BeforeEach
    void chosen() {
        mptcp_set_default_path_manager("ndiffports");
    }

    @AfterEach
    void end() {
        if (p != null) {
            p.end();
        }
    }

    /** The peer acknowledges data for the first time: now it is certain that it speaks MPTCP. */
    private void becomesFullyEstablished() {
        p.write("x");
        p.first.ack = p.sub(p.first).snd_nxt;
        p.dataAck(p.first, 2);
        p.sent();
    }

    /** SYNs with MP_JOIN that the host has sent since the last look. */
    private long joins() {
        return p.sent().stream()
                .filter(s -> s.flags() == SYN && MptcpPeer.find(s.options(), MPTCP_SUB_JOIN) != null)
                .count();
    }

    @Nested
    class create_subflow_worker {
        @ParameterizedTest(name = "{0} subflows: {1} more")
        @DisplayName("makes as many as the parameter says, from other ports of the same address")
        @CsvSource({"1, 0", "2, 1", "4, 3"})
        void as_many(int subflows, int more) {
            Ndiffports.num_subflows = subflows;
            p = MptcpPeer.connected(false);
            becomesFullyEstablished();
            ScriptedPeer.later(1);

            List<ScriptedPeer.Segment> syns = p.sent();
            assertThat(syns).hasSize(more);
            assertThat(syns).allMatch(s -> s.flags() == SYN && s.dest() == p.first.port);
            assertThat(syns.stream().map(ScriptedPeer.Segment::source).distinct()).hasSize(more);
            assertThat(p.mpcb.cnt_subflows).isEqualTo(more + 1);
        }

        @Test
        @DisplayName("the application has closed meanwhile: none")
        void closed() {
            p = MptcpPeer.connected(false);
            becomesFullyEstablished();
            sys_close(p.fd);
            ScriptedPeer.later(1);

            assertThat(joins()).isZero();
        }

        @Test
        @DisplayName("the first subflow is not fully established any more: none, and the reference is given back")
        void not_established() {
            p = MptcpPeer.connected(false);
            becomesFullyEstablished();
            int refs = p.meta.skc_refcnt;
            p.sub(p.first).mptcp.fully_established = false;
            ScriptedPeer.later(1);

            assertThat(joins()).isZero();
            assertThat(p.meta.skc_refcnt).isEqualTo(refs - 1);
            p.sub(p.first).mptcp.fully_established = true;
        }

        @Test
        @DisplayName("not more than there are to be, however many there are already; with the connection to itself each time")
        void some_already() {
            Ndiffports.num_subflows = 3;
            p = MptcpPeer.connected(false);
            becomesFullyEstablished();
            p.mpcb.cnt_subflows += 1;
            ScriptedPeer.later(1);
            assertThat(p.sent()).hasSize(1);
            p.mpcb.cnt_subflows -= 1;
            assertThat(p.meta.sk_lock.owned).isZero();
        }
    }

    @Nested
    class ndiffports_new_session {
        @Test
        @DisplayName("the connection gets its work")
        void work() {
            p = MptcpPeer.connected(false);
            Ndiffports.ndiffports_priv priv = (Ndiffports.ndiffports_priv) p.mpcb.mptcp_pm;

            assertThat(priv.mpcb).isSameAs(p.mpcb);
            assertThat(work_pending(priv.subflow_work)).isFalse();
        }
    }

    @Nested
    class ndiffports_create_subflows {
        @Test
        @DisplayName("queues the work once, with a reference to the meta socket")
        void queues() {
            p = MptcpPeer.connected(false);
            int refs = p.meta.skc_refcnt;

            Ndiffports.ndiffports_create_subflows(p.meta);
            Ndiffports.ndiffports_create_subflows(p.meta);

            assertThat(p.meta.skc_refcnt).isEqualTo(refs + 1);
            assertThat(work_pending(((Ndiffports.ndiffports_priv) p.mpcb.mptcp_pm).subflow_work)).isTrue();
        }

        @Test
        @DisplayName("not on the server's side")
        void server() {
            p = new MptcpPeer();

            Ndiffports.ndiffports_create_subflows(p.meta);

            assertThat(work_pending(((Ndiffports.ndiffports_priv) p.mpcb.mptcp_pm).subflow_work)).isFalse();
        }

        @Test
        @DisplayName("nor after a fallback")
        void fallback() {
            p = MptcpPeer.connected(false);
            p.mpcb.infinite_mapping_snd = true;
            Ndiffports.ndiffports_create_subflows(p.meta);
            p.mpcb.infinite_mapping_snd = false;
            p.mpcb.infinite_mapping_rcv = true;
            Ndiffports.ndiffports_create_subflows(p.meta);
            p.mpcb.infinite_mapping_rcv = false;
            p.mpcb.send_infinite_mapping = true;
            Ndiffports.ndiffports_create_subflows(p.meta);
            p.mpcb.send_infinite_mapping = false;

            assertThat(work_pending(((Ndiffports.ndiffports_priv) p.mpcb.mptcp_pm).subflow_work)).isFalse();
        }
    }

    @Nested
    class ndiffports_get_local_id {
        @Test
        @DisplayName("always 0, and no backup")
        void zero() {
            BoolRef low = new BoolRef();

            assertThat(Ndiffports.ndiffports_get_local_id(AF_INET, 0x0a000001, init_net, low)).isZero();
            assertThat(low.val).isFalse();
        }
    }

    @Nested
    class ndiffports_register {
        @Test
        @DisplayName("registered when the machine boots, with 2 subflows; a second time is refused")
        void twice() {
            assertThat(Ndiffports.num_subflows).isEqualTo(2);
            assertThat(Ndiffports.ndiffports_register()).isEqualTo(-1);
        }

        @Test
        @DisplayName("num_subflows is a file of the module: it shows the default, and what was written last")
        void parameter() {
            ModuleFiles.keeps("mptcp_ndiffports", "num_subflows", "2");
            assertThat(Ndiffports.num_subflows).isEqualTo(7);
        }
    }

    @Nested
    class ndiffports_unregister {
        @Test
        @DisplayName("then nobody can choose it any more")
        void gone() {
            mptcp_set_default_path_manager("default");
            Ndiffports.ndiffports_unregister();

            assertThat(mptcp_set_default_path_manager("ndiffports")).isNegative();
        }
    }
}
