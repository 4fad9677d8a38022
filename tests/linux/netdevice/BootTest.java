// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import linux.bug.Oops;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class BootTest {
    @Nested
    class netdev_init {
        @Test
        @DisplayName("a new namespace has no devices")
        void empty() {
            net net = NetNs.create("other");
            assertThat(net.dev_base_head).hasSize(1);

            assertThat(Boot.netdev_init(net)).isZero();

            assertThat(net.dev_base_head).isEmpty();
            assertThat(net.dev_name_head).isEmpty();
        }
    }

    @Nested
    class net_dev_init {
        @Test
        @DisplayName("has run: every namespace begins with a loopback, the softirqs know what to do, and devices may come")
        void booted() {
            assertThat(Notifiers.dev_boot_phase).isFalse();
            assertThat(NetNs.init_net.loopback_dev.ifindex).isEqualTo(1);
            assertThat(NetNs.create("other").loopback_dev.ifindex).isEqualTo(1);
            assertThat(Xmit.softnet_data.backlog.poll).isNotNull();
            assertThat(Xmit.softnet_data.backlog.weight).isEqualTo(64);
        }

        @Test
        @DisplayName("a second time is a bug")
        void twice() {
            assertThatThrownBy(Boot::net_dev_init).isInstanceOf(Oops.class);
        }
    }
}
