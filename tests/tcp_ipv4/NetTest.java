// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.syscalls.FileCalls.sys_close;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Nodes.sk_unhashed;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;

import linux.tcp.tcp_sock;
import net.inet_hashtables.inet_listen_hashbucket;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class NetTest {
    @Nested
    class tcp_v4_clear_sk {
        @Test
        @DisplayName("a socket that is used again is in no chain")
        void no_chain() {
            tcp_sock tp = new tcp_sock();
            tp.skc_nulls_node.pprev = tp.skc_nulls_node;

            Net.tcp_v4_clear_sk(tp, 0);

            assertThat(sk_unhashed(tp)).isTrue();
        }
    }

    @Nested
    class tcp_sk_init {
        @Test
        @DisplayName("ECN is accepted, not asked for")
        void ecn() {
            net ns = NetNs.create("other");
            ns.ipv4.sysctl_tcp_ecn = 7;

            assertThat(Net.tcp_sk_init(ns)).isZero();

            assertThat(ns.ipv4.sysctl_tcp_ecn).isEqualTo(2);
        }
    }

    @Nested
    class tcp_sk_exit {
        @Test
        @DisplayName("leaves everything to the batch")
        void nothing() {
            init_net.ipv4.sysctl_tcp_ecn = 1;

            Net.tcp_sk_exit(init_net);

            assertThat(init_net.ipv4.sysctl_tcp_ecn).isEqualTo(1);
        }
    }

    @Nested
    class tcp_sk_exit_batch {
        @Test
        @DisplayName("ends TIME_WAIT in namespaces that nobody uses any more, and only there")
        void purged() {
            ScriptedPeer peer = new ScriptedPeer();
            sys_close(peer.accepted());
            peer.ack++;
            peer.send(FIN | ACK);
            assertThat(tcp_death_row.tw_count).isEqualTo(1);

            Net.tcp_sk_exit_batch(init_net);
            assertThat(tcp_death_row.tw_count).isEqualTo(1);

            init_net.count = 0;
            Net.tcp_sk_exit_batch(init_net);
            assertThat(tcp_death_row.tw_count).isZero();
            init_net.count = 1;
            peer.end();
        }
    }

    @Nested
    class tcp_v4_init {
        @Test
        @DisplayName("the machine has booted with empty tables, and every namespace gets its sysctls")
        void booted() {
            for (inet_listen_hashbucket b : tcp_hashinfo.listening_hash) {
                assertThat(b.head.first()).isNull();
            }
            net ns = NetNs.create("other");
            assertThat(ns.ipv4.sysctl_tcp_ecn).isEqualTo(2);
        }
    }
}
