// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.*;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.KernelTest;

@KernelTest
class NetdevTest extends DeviceEvents {
    @Test
    @DisplayName("what the small functions of the header say")
    void header() {
        FakeDevice d = registered();
        assertThat(Netdev.net_xmit_eval(Netdev.NET_XMIT_CN)).isZero();
        assertThat(Netdev.net_xmit_eval(Netdev.NET_XMIT_DROP)).isEqualTo(1);
        assertThat(Netdev.net_xmit_errno(Netdev.NET_XMIT_DROP)).isEqualTo(-105);
        assertThat(Netdev.net_xmit_errno(Netdev.NET_XMIT_CN)).isZero();
        assertThat(Netdev.LL_RESERVED_SPACE(d.dev)).isEqualTo(16);
        assertThat(Netdev.LL_RESERVED_SPACE_EXTRA(d.dev, 2)).isEqualTo(32);
        assertThat(Netdev.first_net_device(init_net).name).isEqualTo("lo");
        assertThat(Netdev.next_net_device(init_net.loopback_dev)).isSameAs(d.dev);
        assertThat(Netdev.next_net_device(d.dev)).isNull();
        Netdev.netif_set_gso_max_size(d.dev, 5);
        assertThat(d.dev.gso_max_size).isEqualTo(5);
    }
}
