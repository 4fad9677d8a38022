// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.capability.Capability.capable;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.SYN;

import java.util.Arrays;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.ScriptedPeer;

@KernelTest
class SynSentTest {
    @Nested
    class mptcp_rcv_synsent_state_process {
        private MptcpPeer p;

        @AfterEach
        void end() {
            if (p != null) {
                p.end();
            }
        }

        @Test
        @DisplayName("MP_CAPABLE in the SYN/ACK: the socket becomes the meta socket, with a first subflow")
        void capable() {
            p = MptcpPeer.connected(false);
            tcp_sock first = p.sub(p.first);

            assertThat(p.meta.mpc).isTrue();
            assertThat(p.mpcb.master_sk).isSameAs(first);
            assertThat(first.mptcp.rcv_isn).isEqualTo(p.first.isn);
            assertThat(first.mptcp.snt_isn).isEqualTo(p.first.hostIsn);
            assertThat(first.sk_socket).isSameAs(p.meta.sk_socket);
            assertThat(p.mpcb.dss_csum).isFalse();
            p.data(p.first, 1, "abc");
            assertThat(p.read(10)).isEqualTo("abc");
        }

        @Test
        @DisplayName("checksums, if the peer asks for them")
        void checksums() {
            p = MptcpPeer.connected(true);

            assertThat(p.mpcb.dss_csum).isTrue();
            p.data(p.first, 1, "abc");
            assertThat(p.read(10)).isEqualTo("abc");
        }

        @Test
        @DisplayName("none: plain TCP, and the token is given back")
        void plain() {
            ScriptedPeer peer = new ScriptedPeer();
            sysctl_mptcp_enabled = 1;
            int fd = peer.connected();
            tcp_sock tp = ScriptedPeer.sk(fd);

            assertThat(tp.mpc).isFalse();
            assertThat(tp.request_mptcp).isFalse();
            assertThat(tp.inside_tk_table).isFalse();
            peer.end();
        }

        @Test
        @DisplayName("no memory for the first subflow: the SYN/ACK is dropped, and may come again")
        void no_memory() {
            ScriptedPeer peer = new ScriptedPeer();
            sysctl_mptcp_enabled = 1;
            int fd = peer.open();
            peer.port = 8080;
            peer.connect(fd);
            ScriptedPeer.Segment syn = peer.next();
            peer.hostPort = syn.source();
            peer.ack = syn.seq() + 1;
            byte[] capable = MptcpPeer.option(30, 12, 0x00, 0x01, 1, 2, 3, 4);
            peer.options = MptcpPeer.bytes(ScriptedPeer.MSS_OPTION, capable);
            sk_buff synack = peer.segment(SYN | ACK);
            Gfp.inject((gfp, n) -> true);
            peer.nic.receive(synack);
            Gfp.inject(null);

            assertThat(ScriptedPeer.sk(fd).skc_state).isEqualTo(TCP_SYN_SENT);
            assertThat(ScriptedPeer.sk(fd).mpc).isFalse();

            peer.send(SYN | ACK);
            assertThat(ScriptedPeer.sk(fd).mpc).isTrue();
            peer.end();
        }

        /** A connection whose host joins with one more subflow as soon as it may. */
        private void hostJoins() {
            mptcp_set_default_path_manager("ndiffports");
            p = MptcpPeer.connected(false);
            p.write("x");
            p.first.ack = p.sub(p.first).snd_nxt;
            p.dataAck(p.first, 2);
            p.sent();
            ScriptedPeer.later(1);
        }

        @Test
        @DisplayName("a joining subflow: a right HMAC is answered with ours, and no data go out before the fourth ACK")
        void right_hmac() {
            hostJoins();
            MptcpPeer.Flow second = p.joined(0);

            tcp_sock sub = p.sub(second);
            assertThat(sub.mptcp.pre_established).isTrue();
            byte[] third = MptcpPeer.find(p.sent().get(0).options(), MPTCP_SUB_JOIN);
            assertThat(Arrays.copyOfRange(third, 4, 24)).isEqualTo(p.hostHmac(sub.mptcp.mptcp_loc_nonce));

            p.dataAck(second, 2);
            assertThat(sub.mptcp.pre_established).isFalse();
        }

        @ParameterizedTest(name = "bit {0}")
        @DisplayName("a wrong HMAC, in any bit: the subflow is closed, the connection lives")
        @ValueSource(ints = {0, 1, 31, 32, 63})
        void wrong_hmac(int bit) {
            hostJoins();
            MptcpPeer.Flow second = p.joined(1L << bit);

            assertThat(p.sub(second)).isNull();
            p.data(p.first, 1, "abc");
            assertThat(p.read(10)).isEqualTo("abc");
        }
    }
}
