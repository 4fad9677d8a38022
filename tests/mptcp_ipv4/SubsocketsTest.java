// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static net.mptcp_v4.Globals.mptcp_join_request_sock_ipv4_ops;
import static net.mptcp_v4.Globals.mptcp_request_sock_ipv4_ops;
import static net.mptcp_v4.Globals.mptcp_request_sock_ops;
import static net.sock.Alloc.liveSockets;
import static net.tcp.Globals.tcp_request_sock_ipv4_ops;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.locked;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_rem4;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;

@KernelTest
class SubsocketsTest {
    private MptcpConnection c;
    private final mptcp_loc4 loc = new mptcp_loc4();
    private final mptcp_rem4 rem = new mptcp_rem4();

    @AfterEach
    void free() {
        if (c != null) {
            c.close();
        }
    }

    private void connection() {
        c = new MptcpConnection(2).connect();
        loc.addr = MptcpConnection.address(2, 1);
        rem.addr = MptcpConnection.address(2, 2);
    }

    private int open() {
        int[] ret = new int[1];
        locked(c.c, () -> ret[0] = Subsockets.mptcp_init4_subsockets(c.c, loc, rem));
        return ret[0];
    }

    @Nested
    class mptcp_init4_subsockets {
        @Test
        @DisplayName("a SYN with MP_JOIN goes out from that address to the connection's port, and it does not wait")
        void opened() {
            connection();
            loc.loc4_id = 5;
            loc.low_prio = true;
            rem.rem4_id = 6;
            List<sock> told = new ArrayList<>();
            mptcp_pm_ops pm = c.c.mpcb.pm_ops;
            c.c.mpcb.pm_ops = new mptcp_pm_ops();
            c.c.mpcb.pm_ops.init_subsocket_v4 = (sk, addr) -> told.add(sk);

            assertThat(open()).isZero();

            tcp_sock sub = c.c.mpcb.connection_list;
            assertThat(sub.skc_state).isEqualTo(TCP_SYN_SENT);
            assertThat(sub.skc_rcv_saddr).isEqualTo(loc.addr);
            assertThat(sub.skc_daddr).isEqualTo(rem.addr);
            assertThat(sub.skc_dport).isEqualTo(MptcpConnection.PORT);
            assertThat(sub.mptcp.slave_sk).isTrue();
            assertThat(sub.mptcp.low_prio).isTrue();
            assertThat(sub.mptcp.loc_id).isEqualTo(5);
            assertThat(sub.mptcp.rem_id).isEqualTo(6);
            assertThat(sub.sk_socket).isSameAs(c.c.sk_socket);
            assertThat(told).containsExactly(sub);
            c.c.mpcb.pm_ops = pm;
            c.run(50);
            assertThat(c.wire()).anySatisfy(line -> assertThat(line).contains("mp_join syn backup 1 id 5"));
        }

        @Test
        @DisplayName("a port that was announced with the address is taken; nobody need listen there: the token decides")
        void port() {
            connection();
            rem.port = 7;

            assertThat(open()).isZero();
            assertThat(c.c.mpcb.connection_list.skc_dport).isEqualTo(7);
            c.run(100);

            assertThat(c.s.mpcb.cnt_subflows).isEqualTo(2);
        }

        @Test
        @DisplayName("an address that is not ours, or nowhere to go: an error, and the socket is gone")
        void errors() {
            connection();
            int live = liveSockets().size();
            loc.addr = MptcpConnection.address(9, 9);
            assertThat(open()).isEqualTo(-EADDRNOTAVAIL);

            loc.addr = MptcpConnection.address(2, 1);
            rem.addr = MptcpConnection.address(9, 9);
            assertThat(open()).isEqualTo(-ENETUNREACH);
            c.run(1);

            assertThat(c.c.mpcb.cnt_subflows).isOne();
            assertThat(liveSockets()).hasSize(live);
        }

        @Test
        @DisplayName("no memory for the socket: -ENOBUFS; for the subflow: 0, as in the kernel, but there is none")
        void no_memory() {
            connection();
            int live = liveSockets().size();
            Gfp.failNth(0);
            assertThat(open()).isEqualTo(-ENOBUFS);

            Gfp.inject((gfp, count) -> StackWalker.getInstance()
                    .walk(s -> s.anyMatch(f -> f.getMethodName().equals("mptcp_add_sock"))));
            assertThat(open()).isZero();
            Gfp.inject(null);
            c.run(1);

            assertThat(c.c.mpcb.cnt_subflows).isOne();
            assertThat(liveSockets()).hasSize(live);
        }
    }

    @Nested
    class mptcp_pm_v4_init {
        @Test
        @DisplayName("requests are TCP's in all but how they begin, and for joins where they wait")
        void tables() {
            assertThat(Subsockets.mptcp_pm_v4_init()).isZero();

            assertThat(mptcp_request_sock_ipv4_ops.send_synack).isSameAs(tcp_request_sock_ipv4_ops.send_synack);
            assertThat(mptcp_request_sock_ipv4_ops.init_req).isNotSameAs(tcp_request_sock_ipv4_ops.init_req);
            assertThat(mptcp_request_sock_ipv4_ops.queue_hash_add).isSameAs(tcp_request_sock_ipv4_ops.queue_hash_add);
            assertThat(mptcp_join_request_sock_ipv4_ops.queue_hash_add)
                    .isNotSameAs(tcp_request_sock_ipv4_ops.queue_hash_add);
            assertThat(mptcp_request_sock_ops.slab_name).isEqualTo("request_sock_MPTCP");
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Subsockets.mptcp_pm_v4_init()).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class mptcp_pm_v4_undo {
        @Test
        @DisplayName("takes the name back")
        void undone() {
            Subsockets.mptcp_pm_v4_undo();

            assertThat(mptcp_request_sock_ops.slab_name).isNull();
        }
    }
}
