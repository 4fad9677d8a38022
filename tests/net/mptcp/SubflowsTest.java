// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import java.util.List;
import linux.bug.Oops;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class SubflowsTest {
    private final tcp_sock meta = new tcp_sock();
    private final tcp_sock one = new tcp_sock();
    private final tcp_sock two = new tcp_sock();

    @BeforeEach
    void connection() {
        mptcp_cb mpcb = new mptcp_cb();
        for (tcp_sock tp : List.of(meta, one, two)) {
            tp.mpcb = mpcb;
            tp.meta_sk = meta;
            tp.skc_state = TCP_ESTABLISHED;
            tp.sk_gso_type = SKB_GSO_TCPV4;
            tp.sk_route_caps = NETIF_F_SG | NETIF_F_ALL_CSUM | NETIF_F_TSO;
        }
        one.mptcp = new mptcp_tcp_sock();
        two.mptcp = new mptcp_tcp_sock();
        one.mptcp.next = two;
        mpcb.connection_list = one;
    }

    @Nested
    class mptcp_can_sendpage {
        @Test
        @DisplayName("all devices must take pages, and sum them up")
        void every_one() {
            assertThat(Subflows.mptcp_can_sendpage(meta)).isTrue();

            two.sk_route_caps = NETIF_F_SG;
            assertThat(Subflows.mptcp_can_sendpage(meta)).isFalse();

            two.sk_route_caps = NETIF_F_ALL_CSUM;
            assertThat(Subflows.mptcp_can_sendpage(meta)).isFalse();
        }

        @Test
        @DisplayName("also one that cannot send just now")
        void closed_too() {
            two.skc_state = TCP_FIN_WAIT1;
            two.sk_route_caps = 0;

            assertThat(Subflows.mptcp_can_sendpage(meta)).isFalse();
        }

        @Test
        @DisplayName("not with DSS checksums")
        void checksums() {
            meta.mpcb.dss_csum = true;

            assertThat(Subflows.mptcp_can_sendpage(meta)).isFalse();
        }
    }

    @Nested
    class mptcp_sk_can_send {
        @ParameterizedTest
        @CsvSource({
            TCP_ESTABLISHED + ", true", TCP_CLOSE_WAIT + ", true", TCP_FIN_WAIT1 + ", false", TCP_SYN_SENT + ", false"
        })
        @DisplayName("in the two states in which we have not said our FIN")
        void states(int state, boolean can) {
            one.skc_state = state;

            assertThat(Subflows.mptcp_sk_can_send(one)).isEqualTo(can);
        }

        @Test
        @DisplayName("not before the fourth ACK of a join")
        void pre_established() {
            one.mptcp.pre_established = true;

            assertThat(Subflows.mptcp_sk_can_send(one)).isFalse();
        }
    }

    @Nested
    class mptcp_sk_can_recv {
        @ParameterizedTest
        @CsvSource({
            TCP_ESTABLISHED + ", true", TCP_FIN_WAIT1 + ", true", TCP_FIN_WAIT2 + ", true", TCP_CLOSE_WAIT + ", false"
        })
        @DisplayName("in the states in which the peer has not said its FIN")
        void states(int state, boolean can) {
            one.skc_state = state;

            assertThat(Subflows.mptcp_sk_can_recv(one)).isEqualTo(can);
        }
    }

    @Nested
    class mptcp_sk_can_send_ack {
        @ParameterizedTest
        @CsvSource({
            TCP_SYN_SENT + ", false",
            TCP_SYN_RECV + ", false",
            TCP_CLOSE + ", false",
            TCP_LISTEN + ", false",
            TCP_ESTABLISHED + ", true",
            TCP_LAST_ACK + ", true",
            TCP_FIN_WAIT2 + ", true"
        })
        @DisplayName("from the end of the handshake until it is closed for good")
        void states(int state, boolean can) {
            one.skc_state = state;

            assertThat(Subflows.mptcp_sk_can_send_ack(one)).isEqualTo(can);
        }

        @Test
        @DisplayName("not before the fourth ACK of a join")
        void pre_established() {
            one.mptcp.pre_established = true;

            assertThat(Subflows.mptcp_sk_can_send_ack(one)).isFalse();
        }
    }

    @Nested
    class mptcp_sk_can_gso {
        @Test
        @DisplayName("all that can send must be able to")
        void every_one() {
            assertThat(Subflows.mptcp_sk_can_gso(meta)).isTrue();

            two.sk_route_caps = NETIF_F_SG;
            assertThat(Subflows.mptcp_sk_can_gso(meta)).isFalse();

            two.skc_state = TCP_FIN_WAIT1;
            assertThat(Subflows.mptcp_sk_can_gso(meta)).isTrue();
        }

        @Test
        @DisplayName("not with DSS checksums")
        void checksums() {
            meta.mpcb.dss_csum = true;

            assertThat(Subflows.mptcp_sk_can_gso(meta)).isFalse();
        }
    }

    @Nested
    class mptcp_can_sg {
        @Test
        @DisplayName("all that can send must be able to")
        void every_one() {
            assertThat(Subflows.mptcp_can_sg(meta)).isTrue();

            one.sk_route_caps = NETIF_F_ALL_CSUM;
            assertThat(Subflows.mptcp_can_sg(meta)).isFalse();

            one.mptcp.pre_established = true;
            assertThat(Subflows.mptcp_can_sg(meta)).isTrue();
        }

        @Test
        @DisplayName("not with DSS checksums")
        void checksums() {
            meta.mpcb.dss_csum = true;

            assertThat(Subflows.mptcp_can_sg(meta)).isFalse();
        }
    }

    @Nested
    class mptcp_v6_is_v4_mapped {
        @Test
        @DisplayName("no socket is, and one of IPv6 would be a bug")
        void none() {
            one.skc_family = AF_INET;
            assertThat(Subflows.mptcp_v6_is_v4_mapped(one)).isFalse();

            one.skc_family = AF_INET6;
            assertThatThrownBy(() -> Subflows.mptcp_v6_is_v4_mapped(one)).isInstanceOf(Oops.class);
        }
    }
}
