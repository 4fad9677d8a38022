// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static net.tcp.Multipath.mptcp_static_key;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.List;
import linux.tcp.tcp_sock;
import net.inet_sock.inet_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class MetaSocketsTest {
    private final tcp_sock meta = new tcp_sock();
    private final tcp_sock sub = new tcp_sock();
    private final tcp_sock plain = new tcp_sock();

    @BeforeEach
    void connection() {
        mptcp_cb mpcb = new mptcp_cb();
        for (tcp_sock tp : List.of(meta, sub)) {
            tp.mpcb = mpcb;
            tp.meta_sk = meta;
            tp.mpc = true;
        }
        sub.mptcp = new mptcp_tcp_sock();
        for (tcp_sock tp : List.of(meta, sub, plain)) {
            tp.sk_type = SOCK_STREAM;
            tp.sk_protocol = IPPROTO_TCP;
        }
        static_key_slow_inc(mptcp_static_key);
    }

    @Nested
    class mptcp_meta_sk {
        @Test
        @DisplayName("is the same for all sockets of the connection")
        void shared() {
            assertThat(MetaSockets.mptcp_meta_sk(sub)).isSameAs(meta);
            assertThat(MetaSockets.mptcp_meta_sk(meta)).isSameAs(meta);
        }
    }

    @Nested
    class mptcp_meta_tp {
        @Test
        @DisplayName("is the same for all sockets of the connection")
        void shared() {
            assertThat(MetaSockets.mptcp_meta_tp(sub)).isSameAs(meta);
        }
    }

    @Nested
    class is_meta_tp {
        @Test
        @DisplayName("tells the meta socket from subflows and from plain TCP")
        void meta_alone() {
            assertThat(MetaSockets.is_meta_tp(meta)).isTrue();
            assertThat(MetaSockets.is_meta_tp(sub)).isFalse();
            assertThat(MetaSockets.is_meta_tp(plain)).isFalse();
        }
    }

    @Nested
    class is_meta_sk {
        @Test
        @DisplayName("tells the meta socket from subflows and from plain TCP")
        void meta_alone() {
            assertThat(MetaSockets.is_meta_sk(meta)).isTrue();
            assertThat(MetaSockets.is_meta_sk(sub)).isFalse();
            assertThat(MetaSockets.is_meta_sk(plain)).isFalse();
        }

        @Test
        @DisplayName("after a fallback it is none any more")
        void fallen_back() {
            meta.mpc = false;

            assertThat(MetaSockets.is_meta_sk(meta)).isFalse();
        }

        @Test
        @DisplayName("may be asked of a socket that is not TCP")
        void raw() {
            inet_sock raw = new inet_sock();
            raw.sk_type = SOCK_RAW;

            assertThat(MetaSockets.is_meta_sk(raw)).isFalse();
        }
    }

    @Nested
    class is_master_tp {
        @Test
        @DisplayName("the first subflow and a plain socket are, the meta socket and later subflows are not")
        void first() {
            assertThat(MetaSockets.is_master_tp(sub)).isTrue();
            assertThat(MetaSockets.is_master_tp(plain)).isTrue();

            sub.mptcp.slave_sk = true;
            assertThat(MetaSockets.is_master_tp(sub)).isFalse();

            meta.mptcp = new mptcp_tcp_sock();
            assertThat(MetaSockets.is_master_tp(meta)).isFalse();
        }
    }
}
