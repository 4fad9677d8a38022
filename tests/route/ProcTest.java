// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.errno.Errno.ENOMEM;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Vectors.each;

import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;

@KernelTest
class ProcTest {
    @BeforeEach
    void network() {
        Ipv4.boot();
    }

    @Nested
    class rt_cache_seq_show {
        @Test
        @DisplayName("a title of 127 columns and nothing else")
        void title() {
            String text = init_net.proc_net.read("rt_cache");

            assertThat(text).hasSize(128).startsWith("Iface\tDestination\tGateway \tFlags").endsWith(" \n");
        }
    }

    @Nested
    class rt_cpu_seq_show {
        @Test
        @DisplayName("seventeen numbers in hex under seventeen names")
        void numbers() {
            ip_rt_put(Ipv4.route(init_net, "127.0.0.1"));

            String[] lines = init_net.proc_net_stat.read("rt_cache").split("\n");

            assertThat(lines).hasSize(2);
            assertThat(lines[0].trim().split(" +")).hasSize(17).startsWith("entries", "in_hit", "in_slow_tot");
            String[] n = lines[1].trim().split(" +");
            assertThat(n).hasSize(17);
            assertThat(n[0]).isEqualTo(String.format("%08x", Init.entries()));
            assertThat(n[9]).as("out_slow_tot").isEqualTo("00000001");
        }
    }

    @Nested
    class ip_rt_do_proc_init {
        @Test
        @DisplayName("the files are there in each namespace")
        void each() {
            net other = NetNs.create("other");

            assertThat(other.proc_net.names()).contains("rt_cache");
            assertThat(other.proc_net_stat.names()).contains("rt_cache");
        }
    }

    @Nested
    class ip_rt_do_proc_exit {
        @Test
        @DisplayName("takes them away")
        void gone() {
            Proc.ip_rt_do_proc_exit(init_net);

            assertThat(init_net.proc_net.names()).doesNotContain("rt_cache");
            assertThat(init_net.proc_net_stat.names()).doesNotContain("rt_cache");
        }
    }

    @Nested
    class ip_rt_proc_init {
        @Test
        @DisplayName("has them made for all namespaces")
        void registered() {
            Proc.ip_rt_do_proc_exit(init_net);

            assertThat(Proc.ip_rt_proc_init()).isZero();

            assertThat(init_net.proc_net.names()).contains("rt_cache");
        }

        @Test
        @DisplayName("-ENOMEM: a namespace could not have them")
        void no_memory() {
            Init.ip_rt_proc_ops.init = net -> -ENOMEM;

            assertThat(Proc.ip_rt_proc_init()).isEqualTo(-ENOMEM);
        }
    }
}
