// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FakeDevice;
import testing.KernelTest;

@KernelTest
class OffloadsTest {
    private FakeDevice d;

    @BeforeEach
    void setUp() {
        d = FakeDevice.up("x0", NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO);
    }

    @AfterEach
    void remove() {
        Registry.unregister_netdev(d.dev);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tx", "sg", "tso", "gso", "gro"})
    @DisplayName("are switched off and on by their names")
    void switched(String name) {
        Offloads.set(d.dev, name, false);
        assertThat(Offloads.isOn(d.dev, name)).isFalse();
        Offloads.set(d.dev, name, true);
        assertThat(Offloads.isOn(d.dev, name)).isTrue();
    }

    @Test
    @DisplayName("what depends on one goes with it, and comes back with it")
    void dependent() {
        Offloads.set(d.dev, "sg", false);
        assertThat(Offloads.isOn(d.dev, "tso")).isFalse();
        assertThat(Offloads.isOn(d.dev, "gso")).isFalse();
        Offloads.set(d.dev, "sg", true);
        assertThat(Offloads.isOn(d.dev, "tso")).isTrue();
        assertThat(Offloads.isOn(d.dev, "gso")).isTrue();
    }

    @Test
    @DisplayName("one that there is not, or that the device has not, is refused")
    void refused() {
        assertThatThrownBy(() -> Offloads.set(d.dev, "tos", true)).hasMessageContaining("\"tos\"").hasMessageContaining("tso");
        assertThatThrownBy(() -> Offloads.set(d.dev, "rx", true)).hasMessageContaining("x0").hasMessageContaining("rx");
        assertThatThrownBy(() -> Offloads.isOn(d.dev, "")).isInstanceOf(IllegalArgumentException.class);
    }
}
