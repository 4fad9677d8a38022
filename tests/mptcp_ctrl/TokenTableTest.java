// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static mptcp_ctrl.Tokens.__mptcp_hash_insert;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_sock;
import net.net_namespace.NetNs;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;

@KernelTest
class TokenTableTest {
    private static tcp_sock meta(int token) {
        tcp_sock tp = FreshSocket.fresh();
        tp.mptcp_loc_token = token;
        __mptcp_hash_insert(tp, token);
        return tp;
    }

    @Nested
    class mptcp_hash_find {
        @Test
        @DisplayName("finds the connection and takes a reference")
        void found() {
            tcp_sock meta = meta(0x01000000);
            meta(0x01000100);

            assertThat(TokenTable.mptcp_hash_find(init_net, 0x01000000)).isSameAs(meta);
            assertThat(meta.skc_refcnt).isEqualTo(2);
        }

        @Test
        @DisplayName("null: no such token, another namespace, or a socket that is being freed")
        void not_found() {
            tcp_sock meta = meta(7);

            assertThat(TokenTable.mptcp_hash_find(init_net, 8)).isNull();
            assertThat(TokenTable.mptcp_hash_find(NetNs.create("other"), 7)).isNull();
            meta.skc_refcnt = 0;
            assertThat(TokenTable.mptcp_hash_find(init_net, 7)).isNull();
            assertThat(meta.skc_refcnt).isZero();
        }
    }

    @Nested
    class mptcp_hash_remove_bh {
        @Test
        @DisplayName("nobody finds the connection any more; a second time changes nothing")
        void removed() {
            tcp_sock meta = meta(7);

            TokenTable.mptcp_hash_remove_bh(meta);
            TokenTable.mptcp_hash_remove_bh(meta);

            assertThat(meta.inside_tk_table).isFalse();
            assertThat(TokenTable.mptcp_hash_find(init_net, 7)).isNull();
        }
    }

    @Nested
    class mptcp_hash_remove {
        @Test
        @DisplayName("nobody finds the connection any more; others of its bucket stay")
        void removed() {
            tcp_sock meta = meta(0x01000000);
            tcp_sock other = meta(0x01000100);

            TokenTable.mptcp_hash_remove(meta);

            assertThat(meta.inside_tk_table).isFalse();
            assertThat(TokenTable.mptcp_hash_find(init_net, 0x01000000)).isNull();
            assertThat(TokenTable.mptcp_hash_find(init_net, 0x01000100)).isSameAs(other);
        }
    }
}
