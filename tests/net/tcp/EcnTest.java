// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import net.inet_sock.inet_request_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import uapi.linux.tcp.tcphdr;

@KernelTest
class EcnTest {
    @Nested
    class TCP_ECN_create_request {
        private final sk_buff skb = new sk_buff();
        private final inet_request_sock req = new inet_request_sock();
        private tcphdr th;

        @BeforeEach
        void syn() {
            skb.head = new byte[64];
            skb.transport_header = 20;
            th = new tcphdr(skb.head, 20);
            th.ece(true);
            th.cwr(true);
            init_net.ipv4.sysctl_tcp_ecn = 2;
        }

        private boolean ecnOk() {
            req.ecn_ok = false;
            Ecn.TCP_ECN_create_request(req, skb, init_net);
            return req.ecn_ok;
        }

        @Test
        @DisplayName("takes a SYN with ECE and CWR as the wish for ECN")
        void wished() {
            assertThat(ecnOk()).isTrue();
        }

        @Test
        @DisplayName("not with one of them alone")
        void one_flag() {
            th.cwr(false);
            assertThat(ecnOk()).isFalse();

            th.cwr(true);
            th.ece(false);
            assertThat(ecnOk()).isFalse();
        }

        @Test
        @DisplayName("not when the sysctl forbids it")
        void forbidden() {
            init_net.ipv4.sysctl_tcp_ecn = 0;

            assertThat(ecnOk()).isFalse();
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        @DisplayName("not when the IP header of the SYN carries ECT or CE: somebody plays with TOS")
        void ect_in_a_syn(int dsfield) {
            TCP_SKB_CB(skb).ip_dsfield = 0xb8 | dsfield;
            assertThat(ecnOk()).isFalse();

            TCP_SKB_CB(skb).ip_dsfield = 0xb8;
            assertThat(ecnOk()).isTrue();
        }
    }
}
