// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.errno.Errno.ENOMEM;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import linux.gfp.Gfp;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class BootTest {
    private final net net = new net("n");

    @Nested
    class tcp_net_metrics_init {
        @Test
        @DisplayName("a table of 16384 buckets on a machine with 1 GiB")
        void by_memory() {
            assertThat(Boot.tcp_net_metrics_init(net)).isZero();

            assertThat(net.ipv4.tcp_metrics_hash_log).isEqualTo(14);
            assertThat(Metrics.hashTable(net)).hasSize(16384);
        }

        @Test
        @DisplayName("or as many as were asked for, rounded up to a power of two")
        void asked_for() {
            Boot.tcpmhash_entries = 100;

            assertThat(Boot.tcp_net_metrics_init(net)).isZero();

            assertThat(net.ipv4.tcp_metrics_hash_log).isEqualTo(7);
            assertThat(Metrics.hashTable(net)).hasSize(128);
        }

        @Test
        @DisplayName("a second attempt is made when there is no memory in one piece; then ENOMEM")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Boot.tcp_net_metrics_init(net)).isZero();

            Gfp.inject((gfp, count) -> true);
            assertThat(Boot.tcp_net_metrics_init(net)).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class tcp_net_metrics_exit {
        @Test
        @DisplayName("nothing is remembered any more")
        void gone() {
            Boot.tcp_net_metrics_init(net);

            Boot.tcp_net_metrics_exit(net);

            assertThat(net.ipv4.tcp_metrics_hash).isNull();
        }
    }

    @Nested
    class tcp_metrics_init {
        @Test
        @DisplayName("every namespace has a table, those to come too")
        void every_namespace() {
            init_net.ipv4.tcp_metrics_hash = null;

            Boot.tcp_metrics_init();

            assertThat(Metrics.hashTable(init_net)).isNotNull();
            assertThat(Metrics.hashTable(NetNs.create("other"))).isNotNull();
        }
    }
}
