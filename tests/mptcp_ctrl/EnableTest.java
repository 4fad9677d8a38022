// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.jump_label.JumpLabel.static_key_false;
import static mptcp_ctrl.TokenTable.mptcp_hash_find;
import static mptcp_ctrl.Tokens.mptcp_reqsk_insert_tk;
import static mptcp_ctrl.Tokens.mptcp_set_key_sk;
import static net.mptcp.Globals.mptcp_seed;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Multipath.mptcp_static_key;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_ipv4.Sock.ipv4_specific;

import linux.tcp.tcp_sock;
import net.mptcp.mptcp_request_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;

@KernelTest
class EnableTest {
    private tcp_sock tp;

    @BeforeEach
    void socket() {
        tp = FreshSocket.fresh();
    }

    @Nested
    class mptcp_enable_static_key {
        @Test
        @DisplayName("counts the sockets that use MPTCP; with the first one the branch is taken")
        void counts() {
            int before = mptcp_static_key.enabled;

            Enable.mptcp_enable_static_key();
            Enable.mptcp_enable_static_key();

            assertThat(mptcp_static_key.enabled).isEqualTo(before + 2);
            assertThat(static_key_false(mptcp_static_key)).isTrue();
        }
    }

    @Nested
    class mptcp_disable_static_key {
        @Test
        @DisplayName("takes one back")
        void counts() {
            Enable.mptcp_enable_static_key();
            int before = mptcp_static_key.enabled;

            Enable.mptcp_disable_static_key();

            assertThat(mptcp_static_key.enabled).isEqualTo(before - 1);
        }
    }

    @Nested
    class mptcp_enable_sock {
        @Test
        @DisplayName("gives the socket the functions of MPTCP, and counts it once however often it is called")
        void once() {
            int before = mptcp_static_key.enabled;

            Enable.mptcp_enable_sock(tp);
            Enable.mptcp_enable_sock(tp);

            assertThat(sock_flag(tp, SOCK_MPTCP)).isTrue();
            assertThat(tp.icsk_af_ops).isSameAs(mptcp_v4_specific);
            assertThat(mptcp_static_key.enabled).isEqualTo(before + 1);
        }
    }

    @Nested
    class mptcp_disable_sock {
        @Test
        @DisplayName("gives the functions of TCP back; a socket that has none of MPTCP stays as it is")
        void once() {
            Enable.mptcp_enable_sock(tp);
            int before = mptcp_static_key.enabled;

            Enable.mptcp_disable_sock(tp);
            Enable.mptcp_disable_sock(tp);

            assertThat(sock_flag(tp, SOCK_MPTCP)).isFalse();
            assertThat(tp.icsk_af_ops).isSameAs(ipv4_specific);
            assertThat(mptcp_static_key.enabled).isEqualTo(before - 1);
        }
    }

    @Nested
    class mptcp_connect_init {
        @Test
        @DisplayName("picks a key with a new token, and the socket can be found by it at once")
        void key() {
            Enable.mptcp_connect_init(tp);

            assertThat(tp.mptcp_loc_key).isNotZero();
            assertThat(tp.inside_tk_table).isTrue();
            assertThat(mptcp_hash_find(tp.skc_net, tp.mptcp_loc_token)).isSameAs(tp);
        }

        @Test
        @DisplayName("does not take a token that is in use")
        void collision() {
            mptcp_seed = 5;
            mptcp_set_key_sk(tp);
            mptcp_request_sock other = new mptcp_request_sock();
            other.mptcp_loc_token = tp.mptcp_loc_token;
            mptcp_reqsk_insert_tk(other, other.mptcp_loc_token);
            mptcp_seed = 5;

            Enable.mptcp_connect_init(tp);

            assertThat(tp.mptcp_loc_token).isNotEqualTo(other.mptcp_loc_token);
        }
    }
}
