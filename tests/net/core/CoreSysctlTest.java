// SPDX-License-Identifier: GPL-2.0-only
package net.core;

import static linux.errno.Errno.EINVAL;
import static linux.printk.Printk.net_ratelimit_state;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.sock.NetDebug;
import net.sock.SockLimits;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class CoreSysctlTest {
    @Nested
    class sysctl_core_init {
        @ParameterizedTest
        @CsvSource({
            "wmem_max, 212992", "rmem_max, 212992", "wmem_default, 212992", "rmem_default, 212992", "message_cost, 5",
            "message_burst, 10", "optmem_max, 20480", "warnings, 1", "somaxconn, 128", "dev_weight, 64",
            "netdev_max_backlog, 1000", "netdev_budget, 300", "netdev_tstamp_prequeue, 1",
        })
        @DisplayName("has made the sysctls known, and they can be written")
        void known(String name, String value) {
            assertThat(init_net.sysctls.read("net.core." + name)).isEqualTo(value);
            assertThat(init_net.sysctls.write("net.core." + name, "17")).isZero();
            assertThat(init_net.sysctls.read("net.core." + name)).isEqualTo("17");
        }

        @Test
        @DisplayName("they are the variables that the stack reads")
        void variables() {
            init_net.sysctls.write("net.core.wmem_max", "1000");
            init_net.sysctls.write("net.core.rmem_default", "2000");
            init_net.sysctls.write("net.core.message_cost", "7");
            init_net.sysctls.write("net.core.message_burst", "8");
            init_net.sysctls.write("net.core.optmem_max", "9");
            init_net.sysctls.write("net.core.warnings", "0");

            assertThat(SockLimits.sysctl_wmem_max).isEqualTo(1000);
            assertThat(SockLimits.sysctl_rmem_default).isEqualTo(2000);
            assertThat(net_ratelimit_state.interval).isEqualTo(7000);
            assertThat(net_ratelimit_state.burst).isEqualTo(8);
            assertThat(SockLimits.sysctl_optmem_max).isEqualTo(9);
            assertThat(NetDebug.net_msg_warn).isZero();
        }

        @Test
        @DisplayName("a buffer has at least one byte")
        void least() {
            assertThat(init_net.sysctls.write("net.core.wmem_max", "0")).isEqualTo(-EINVAL);
            assertThat(SockLimits.sysctl_wmem_max).isEqualTo(212992);
        }
    }

    @Nested
    class sysctl_core_net_init {
        @Test
        @DisplayName("each namespace has a somaxconn of its own, of 16 bits")
        void own() {
            net ns = NetNs.create("ns");
            assertThat(ns.sysctls.write("net.core.somaxconn", "65536")).isEqualTo(-EINVAL);
            assertThat(ns.sysctls.write("net.core.somaxconn", "65535")).isZero();

            assertThat(ns.core_sysctl_somaxconn).isEqualTo(65535);
            assertThat(init_net.core_sysctl_somaxconn).isEqualTo(128);
            assertThat(ns.sysctls.read("net.core.wmem_max")).as("there is one for the machine").isNull();
        }
    }

    @Nested
    class sysctl_core_net_exit {
        @Test
        @DisplayName("goes with the namespace")
        void gone() {
            net ns = NetNs.create("ns");
            CoreSysctl.sysctl_core_net_exit(ns);
            assertThat(ns.sysctls.read("net.core.somaxconn")).isNull();
        }
    }
}
