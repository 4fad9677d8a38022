// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ECONNABORTED;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Tokens.mptcp_reqsk_find_tk;
import static mptcp_ctrl.Tokens.mptcp_reqsk_insert_tk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.Requests.mptcp_rsk;
import static net.tcp.Multipath.mptcp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.address;
import static testing.MptcpConnection.subflow;

import linux.gfp.Gfp;
import linux.in.Prefix;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpConnection;

@KernelTest
class HandshakeTest {
    private MptcpConnection c;

    @AfterEach
    void free() {
        if (c != null) {
            c.close();
        }
    }

    private MptcpConnection connection(int paths) {
        c = new MptcpConnection(paths).connect();
        for (int i = 2; i <= paths; i++) {
            c.join(i);
        }
        return c;
    }

    @Nested
    class mptcp_doit {
        @ParameterizedTest
        @CsvSource({"10.0.0.1, 10.0.0.2, 1", "127.0.0.1, 10.0.0.2, 0", "10.0.0.1, 127.1.2.3, 0"})
        @DisplayName("not on loopback, at either end")
        void loopback(String saddr, String daddr, int doit) {
            tcp_sock tp = FreshSocket.fresh();
            tp.inet_saddr = Prefix.parseAddr(saddr);
            tp.skc_daddr = Prefix.parseAddr(daddr);

            assertThat(Handshake.mptcp_doit(tp)).isEqualTo(doit);
        }
    }

    @Nested
    class mptcp_create_master_sk {
        @Test
        @DisplayName("the application's socket becomes the meta socket, and the first subflow has the connection")
        void client() {
            connection(1);
            tcp_sock master = tcp_sk(c.c.mpcb.master_sk);

            assertThat(is_meta_sk(c.c)).isTrue();
            assertThat(c.c.mpcb.connection_list).isSameAs(master);
            assertThat(master.mptcp.slave_sk).isFalse();
            assertThat(master.mptcp.path_index).isOne();
            assertThat(master.mptcp.init_rcv_wnd).isPositive();
            assertThat(master.icsk_bind_hash).isSameAs(c.c.icsk_bind_hash);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        @DisplayName("without memory for the master the SYN/ACK is lost: the next one makes the connection")
        void again(int nth) {
            failing(nth);

            assertThat(sys_connect(c.clientFd, new sockaddr_in(address(1, 2), MptcpConnection.PORT), sockaddr_in.SIZE))
                    .isZero();

            assertThat(is_meta_sk(c.c)).isTrue();
            c.accept();
        }

        @ParameterizedTest
        @ValueSource(ints = {3, 4, 5})
        @DisplayName("without memory for the rest connect() fails, and the socket is plain TCP and closed")
        void no_memory(int nth) {
            failing(nth);

            assertThat(sys_connect(c.clientFd, new sockaddr_in(address(1, 2), MptcpConnection.PORT), sockaddr_in.SIZE))
                    .isEqualTo(nth < 5 ? -ECONNABORTED : 0);

            assertThat(mptcp(c.c)).isEqualTo(nth == 5);
            assertThat(c.c.skc_state).isEqualTo(nth < 5 ? TCP_CLOSE : TCP_ESTABLISHED);
        }

        /** What mptcp_create_master_sk() allocates as number {@code nth} fails the first time. */
        private void failing(int nth) {
            c = new MptcpConnection(1).listen().socket();
            int[] n = new int[1];
            Gfp.inject((gfp, count) -> isCalled("mptcp_rcv_synsent_state_process") && n[0]++ == nth);
        }
    }

    @Nested
    class mptcp_check_req_master {
        @Test
        @DisplayName("the server's connection knows the ISNs and the keys of both sides, and waits to be accepted")
        void server() {
            connection(1);
            tcp_sock master = tcp_sk(c.s.mpcb.master_sk);
            tcp_sock client = tcp_sk(c.c.mpcb.master_sk);

            assertThat(is_meta_sk(c.s)).isTrue();
            assertThat(c.s.mpcb.server_side).isTrue();
            assertThat(c.s.mpcb.dss_csum).isTrue();
            assertThat(c.s.mpcb.mptcp_loc_key).isEqualTo(c.c.mpcb.mptcp_rem_key);
            assertThat(c.s.mpcb.mptcp_rem_key).isEqualTo(c.c.mpcb.mptcp_loc_key);
            assertThat(master.mptcp.snt_isn).isEqualTo(client.mptcp.rcv_isn);
            assertThat(master.mptcp.rcv_isn).isEqualTo(client.mptcp.snt_isn);
        }

        @Test
        @DisplayName("a request without MPTCP goes on as TCP; one whose last SYN was without gives its token back")
        void plain() {
            tcp_sock child = FreshSocket.fresh();
            mptcp_request_sock req = new mptcp_request_sock();
            assertThat(Handshake.mptcp_check_req_master(null, child, req, null)).isOne();

            req.mptcp_rqsk = true;
            req.mptcp_loc_token = 7;
            mptcp_reqsk_insert_tk(req, 7);
            assertThat(Handshake.mptcp_check_req_master(null, child, req, null)).isOne();
            assertThat(mptcp_reqsk_find_tk(7)).isFalse();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
        @DisplayName("when some memory is missing for the third ACK, the first data make the connection")
        void no_memory(int nth) {
            c = new MptcpConnection(1).listen().socket();
            assertThat(sys_connect(c.clientFd, new sockaddr_in(address(1, 2), MptcpConnection.PORT), sockaddr_in.SIZE))
                    .isZero();
            Gfp.failNth(nth);
            c.run(50);
            Gfp.inject(null);

            c.send(100);
            c.run(5_000);
            c.accept();

            assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(100);
        }

        @Test
        @DisplayName("the application gets the meta socket; the request is in no table any more, and its token is the connection's")
        void tables() {
            c = new MptcpConnection(1).connect();

            assertThat(c.s.icsk_accept_queue).isNotNull();
            assertThat(MptcpConnection.socketOf(c.listenFd).sk).isNotNull();
            tcp_sock listener = tcp_sk(MptcpConnection.socketOf(c.listenFd).sk);
            assertThat(listener.icsk_accept_queue.listen_opt.qlen).isZero();
            for (var first : listener.icsk_accept_queue.listen_opt.syn_table) {
                assertThat(first).isNull();
            }
            assertThat(Tokens.mptcp_reqsk_find_tk(c.s.mptcp_loc_token)).isFalse();
            assertThat(Tokens.mptcp_find_token(c.s.mptcp_loc_token)).isTrue();
            assertThat(c.s.mpcb.server_side).isTrue();
            assertThat(c.s.skc_state).isEqualTo(TCP_ESTABLISHED);
        }
    }

    @Nested
    class mptcp_check_req_child {
        @Test
        @DisplayName("with the right HMAC it is a subflow, with the buffers that the first one began with")
        void joined() {
            connection(2);
            tcp_sock sub = subflow(c.s, 2);

            assertThat(sub.mptcp.slave_sk).isTrue();
            assertThat(sub.mptcp.rem_id).isEqualTo(2);
            assertThat(sub.mptcp.snt_isn).isEqualTo(subflow(c.c, 2).mptcp.rcv_isn);
            assertThat(sub.sk_socket).isSameAs(c.s.sk_socket);
            assertThat(sub.inside_tk_table).isFalse();
            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isZero();
        }

        @Test
        @DisplayName("with a wrong one it is answered with a RST, and the request is gone")
        void wrong_hmac() {
            c = new MptcpConnection(2).connect();
            tcp_sock sub = c.startJoin(2);
            c.run(30);
            for (request_sock req : c.s.icsk_accept_queue.listen_opt.syn_table) {
                if (req != null) {
                    mptcp_rsk(req).mptcp_rem_nonce++;
                }
            }
            c.wire();
            c.run(100);

            refused(sub);
        }

        @Test
        @DisplayName("likewise without memory for a subflow")
        void no_memory() {
            c = new MptcpConnection(2).connect();
            tcp_sock sub = c.startJoin(2);
            c.run(30);
            c.wire();
            Gfp.inject((gfp, count) -> isCalled("mptcp_add_sock"));
            c.run(100);
            Gfp.inject(null);

            refused(sub);
        }

        private void refused(tcp_sock sub) {
            assertThat(c.wire()).last().asString().startsWith("flow 2 s>c R");
            assertThat(c.s.mpcb.cnt_subflows).isOne();
            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isZero();
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(c.c.mpcb.cnt_subflows).isOne();
        }

        @Test
        @DisplayName("the request is in no queue any more, whether it was right or not; the functions are a subflow's")
        void queues() {
            c = new MptcpConnection(2).connect();
            c.join(2);

            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isZero();
            for (var first : c.s.icsk_accept_queue.listen_opt.syn_table) {
                assertThat(first).isNull();
            }
            tcp_sock sub = MptcpConnection.subflow(c.s, 2);
            assertThat(sub.write_xmit).isNotSameAs(c.s.write_xmit);
            assertThat(sub.mptcp.slave_sk).isTrue();
            assertThat(sub.sk_sndbuf).isGreaterThanOrEqualTo(c.s.mpcb.orig_sk_sndbuf);
        }
    }

    /** Is this function on the way to the allocation? */
    private static boolean isCalled(String function) {
        return StackWalker.getInstance()
                .walk(s -> s.anyMatch(f -> f.getMethodName().equals(function)));
    }
}
