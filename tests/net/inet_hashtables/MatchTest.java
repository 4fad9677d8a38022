// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import net.inet_sock.inet_sock;
import net.net_namespace.net;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class MatchTest {
    private static final int PEER = 0xc0a80001;
    private static final int OURS = 0xfffffffe;

    @Nested
    class INET_MATCH {
        private final inet_sock sk = new inet_sock();

        @BeforeEach
        void connection() {
            sk.skc_net = init_net;
            sk.skc_daddr = PEER;
            sk.skc_rcv_saddr = OURS;
            sk.skc_dport = 50000;
            sk.skc_num = 80;
        }

        private boolean match(net net, int saddr, int sport, int daddr, int hnum, int dif) {
            long acookie = Match.INET_ADDR_COOKIE(saddr, daddr);
            int ports = Match.INET_COMBINED_PORTS(sport, hnum);
            return Match.INET_MATCH(sk, net, acookie, saddr, daddr, ports, dif);
        }

        @Test
        @DisplayName("needs both addresses, both ports and the namespace")
        void all_of_them() {
            assertThat(match(init_net, PEER, 50000, OURS, 80, 1)).isTrue();

            assertThat(match(init_net, OURS, 50000, PEER, 80, 1)).isFalse();
            assertThat(match(init_net, PEER + 1, 50000, OURS, 80, 1)).isFalse();
            assertThat(match(init_net, PEER, 50000, OURS + 1, 80, 1)).isFalse();
            assertThat(match(init_net, PEER, 80, OURS, 50000, 1)).isFalse();
            assertThat(match(init_net, PEER, 50001, OURS, 80, 1)).isFalse();
            assertThat(match(init_net, PEER, 50000, OURS, 81, 1)).isFalse();
            assertThat(match(new net("other"), PEER, 50000, OURS, 80, 1)).isFalse();
        }

        @Test
        @DisplayName("a socket that is bound to a device takes only what came by it")
        void bound() {
            sk.skc_bound_dev_if = 2;

            assertThat(match(init_net, PEER, 50000, OURS, 80, 2)).isTrue();
            assertThat(match(init_net, PEER, 50000, OURS, 80, 1)).isFalse();
        }
    }
}
