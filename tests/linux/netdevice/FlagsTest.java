// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Offloads.set;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Nic.down;
import static uapi.linux.if_.Iff.*;

import java.util.ArrayList;
import java.util.List;
import linux.notifier.notifier_block;
import linux.printk.Printk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.KernelTest;
import uapi.linux.if_link.rtnl_link_stats64;

@KernelTest
class FlagsTest extends DeviceEvents {
    @Nested
    class dev_change_flags {
        @Test
        @DisplayName("switches on and off; what a user cannot set stays")
        void up_and_down() {
            FakeDevice d = registered();
            assertThat(Flags.dev_change_flags(d.dev, d.dev.flags | IFF_UP | IFF_LOOPBACK)).isZero();
            assertThat(d.dev.flags & IFF_UP).isNotZero();
            assertThat(d.dev.flags & IFF_LOOPBACK).isZero();
            assertThat(d.dev.flags & IFF_BROADCAST).isNotZero();
            assertThat(events).containsExactly("PRE_UP", "UP");
            events.clear();
            Flags.dev_change_flags(d.dev, d.dev.flags & ~IFF_UP);
            assertThat(events).containsExactly("GOING_DOWN", "DOWN");
        }

        @Test
        @DisplayName("other flags of a device that is up are told as a change: IFF_MPBACKUP")
        void change() {
            FakeDevice d = up();
            int[] changed = new int[1];
            Notifiers.register_netdevice_notifier(new notifier_block((nb, event, data) -> {
                if (event == Notifiers.NETDEV_CHANGE) {
                    changed[0] = ((netdev_notifier_change_info) data).flags_changed;
                }
                return 0;
            }));
            Flags.dev_change_flags(d.dev, d.dev.flags | IFF_MPBACKUP);
            assertThat(events).containsExactly("CHANGE");
            assertThat(changed[0]).isEqualTo(IFF_MPBACKUP);
            assertThat(d.dev.flags & IFF_MPBACKUP).isNotZero();
        }

        @Test
        @DisplayName("of a device that is down they are not told")
        void down() {
            FakeDevice d = registered();
            Flags.dev_change_flags(d.dev, d.dev.flags | IFF_MPBACKUP);
            assertThat(events).isEmpty();
            assertThat(d.dev.flags & IFF_MPBACKUP).isNotZero();
        }

        @Test
        @DisplayName("it cannot be switched on: the error is told, and no event")
        void error() {
            FakeDevice d = registered();
            d.ops.ndo_open = dev -> -7;
            assertThat(Flags.dev_change_flags(d.dev, d.dev.flags | IFF_UP)).isEqualTo(-7);
            assertThat(events).containsExactly("PRE_UP");
        }

        @Test
        @DisplayName("a user's promiscuity and that of taps are counted apart")
        void promiscuity() {
            FakeDevice d = up();
            List<Integer> driver = new ArrayList<>();
            d.ops.ndo_change_rx_flags = (dev, flags) -> driver.add(flags);
            Flags.dev_change_flags(d.dev, d.dev.flags | IFF_PROMISC | IFF_ALLMULTI);
            assertThat(d.dev.promiscuity).isOne();
            assertThat(d.dev.allmulti).isOne();
            Flags.dev_set_promiscuity(d.dev, 1);
            Flags.dev_change_flags(d.dev, Flags.dev_get_flags(d.dev) & ~(IFF_PROMISC | IFF_ALLMULTI));
            assertThat(d.dev.promiscuity).isOne();
            assertThat(d.dev.flags & IFF_PROMISC).isNotZero();
            assertThat(Flags.dev_get_flags(d.dev) & IFF_PROMISC).isZero();
            assertThat(driver).containsExactly(IFF_PROMISC, IFF_ALLMULTI, IFF_ALLMULTI);
        }

        @Test
        @DisplayName("the driver is told of a change of multicast")
        void multicast() {
            FakeDevice d = up();
            List<Integer> driver = new ArrayList<>();
            d.ops.ndo_change_rx_flags = (dev, flags) -> driver.add(flags);
            Flags.dev_change_flags(d.dev, d.dev.flags & ~IFF_MULTICAST);
            assertThat(driver).containsExactly(IFF_MULTICAST);
        }
    }

    @Nested
    class dev_set_promiscuity {
        @Test
        @DisplayName("counts; the flag is there as long as one wants it; the log says when it comes and goes")
        void counted() {
            FakeDevice d = up();
            int[] mode = new int[1];
            d.ops.ndo_set_rx_mode = dev -> mode[0]++;
            Flags.dev_set_promiscuity(d.dev, 1);
            Flags.dev_set_promiscuity(d.dev, 1);
            Flags.dev_set_promiscuity(d.dev, -1);
            assertThat(d.dev.flags & IFF_PROMISC).isNotZero();
            Flags.dev_set_promiscuity(d.dev, -1);
            assertThat(d.dev.flags & IFF_PROMISC).isZero();
            assertThat(mode[0]).isEqualTo(2);
            assertThat(Printk.dmesg().toString()).contains("device x0 entered promiscuous mode")
                    .contains("device x0 left promiscuous mode");
        }

        @Test
        @DisplayName("a count that wraps is refused")
        void overflow() {
            FakeDevice d = up();
            d.dev.promiscuity = -1;
            assertThat(Flags.dev_set_promiscuity(d.dev, 1)).isEqualTo(-75);
            assertThat(d.dev.promiscuity).isEqualTo(-1);
        }
    }

    @Nested
    class dev_set_allmulti {
        @Test
        @DisplayName("the same for all multicasts")
        void counted() {
            FakeDevice d = up();
            assertThat(Flags.dev_set_allmulti(d.dev, 1)).isZero();
            assertThat(d.dev.flags & IFF_ALLMULTI).isNotZero();
            assertThat(Flags.dev_set_allmulti(d.dev, -1)).isZero();
            assertThat(d.dev.flags & IFF_ALLMULTI).isZero();
            d.dev.allmulti = -1;
            assertThat(Flags.dev_set_allmulti(d.dev, 1)).isEqualTo(-75);
        }
    }

    @Nested
    class dev_set_rx_mode {
        @Test
        @DisplayName("a driver whose device is down, or not there, is not bothered")
        void only_up() {
            FakeDevice d = registered();
            int[] mode = new int[1];
            d.ops.ndo_set_rx_mode = dev -> mode[0]++;
            Flags.dev_set_rx_mode(d.dev);
            assertThat(mode[0]).isZero();
            Open.dev_open(d.dev);
            assertThat(mode[0]).isOne();
            d.dev.state &= ~(1 << net_device.__LINK_STATE_PRESENT);
            Flags.dev_set_rx_mode(d.dev);
            assertThat(mode[0]).isOne();
        }
    }

    @Nested
    class dev_get_flags {
        @Test
        @DisplayName("RUNNING and LOWER_UP while it is up and has a carrier")
        void carrier() {
            FakeDevice d = registered();
            assertThat(Flags.dev_get_flags(d.dev) & (IFF_RUNNING | IFF_LOWER_UP)).isZero();
            Open.dev_open(d.dev);
            assertThat(Flags.dev_get_flags(d.dev) & (IFF_UP | IFF_RUNNING | IFF_LOWER_UP))
                    .isEqualTo(IFF_UP | IFF_RUNNING | IFF_LOWER_UP);
            Linkwatch.netif_carrier_off(d.dev);
            assertThat(Flags.dev_get_flags(d.dev) & (IFF_RUNNING | IFF_LOWER_UP)).isZero();
            d.dev.state |= 1 << net_device.__LINK_STATE_DORMANT;
            assertThat(Flags.dev_get_flags(d.dev) & IFF_DORMANT).isNotZero();
        }
    }

    @Nested
    class dev_set_mtu {
        @Test
        @DisplayName("PRECHANGEMTU, then the change, then CHANGEMTU")
        void set() {
            FakeDevice d = registered();
            assertThat(Flags.dev_set_mtu(d.dev, 1400)).isZero();
            assertThat(d.dev.mtu).isEqualTo(1400);
            assertThat(events).containsExactly("PRECHANGEMTU", "CHANGEMTU");
            assertThat(Flags.dev_set_mtu(d.dev, 1400)).isZero();
            assertThat(events).hasSize(2);
        }

        @Test
        @DisplayName("negative; the device is not there; the driver refuses")
        void refused() {
            FakeDevice d = registered();
            assertThat(Flags.dev_set_mtu(d.dev, -1)).isEqualTo(-22);
            d.ops.ndo_change_mtu = (dev, mtu) -> -34;
            assertThat(Flags.dev_set_mtu(d.dev, 9)).isEqualTo(-34);
            d.dev.state &= ~(1 << net_device.__LINK_STATE_PRESENT);
            assertThat(Flags.dev_set_mtu(d.dev, 9)).isEqualTo(-19);
            assertThat(d.dev.mtu).isEqualTo(1500);
        }

        @Test
        @DisplayName("somebody objects before, or after: it is what it was")
        void objections() {
            FakeDevice d = registered();
            objectTo = Notifiers.NETDEV_PRECHANGEMTU;
            assertThat(Flags.dev_set_mtu(d.dev, 1400)).isEqualTo(-5);
            assertThat(events).containsExactly("PRECHANGEMTU");
            objectTo = Notifiers.NETDEV_CHANGEMTU;
            assertThat(Flags.dev_set_mtu(d.dev, 1400)).isEqualTo(-5);
            assertThat(d.dev.mtu).isEqualTo(1500);
            assertThat(events).endsWith("PRECHANGEMTU", "CHANGEMTU", "CHANGEMTU");
        }
    }

    @Nested
    class dev_set_mac_address {
        @Test
        @DisplayName("the driver sets it, and those who listen hear of it")
        void set() {
            FakeDevice d = registered();
            assertThat(Flags.dev_set_mac_address(d.dev, new byte[6])).isEqualTo(-95);
            d.ops.ndo_set_mac_address = linux.etherdevice.Ethernet::eth_mac_addr;
            assertThat(Flags.dev_set_mac_address(d.dev, new byte[6])).isEqualTo(-99);
            assertThat(Flags.dev_set_mac_address(d.dev, new byte[] {2, 3, 4, 5, 6, 7})).isZero();
            assertThat(d.dev.dev_addr).startsWith(2, 3, 4, 5, 6, 7);
            assertThat(d.dev.addr_assign_type).isEqualTo(net_device.NET_ADDR_SET);
            assertThat(events).containsExactly("CHANGEADDR");
            d.dev.state &= ~(1 << net_device.__LINK_STATE_PRESENT);
            assertThat(Flags.dev_set_mac_address(d.dev, new byte[] {2, 3, 4, 5, 6, 7})).isEqualTo(-19);
        }
    }

    @Nested
    class dev_change_carrier {
        @Test
        @DisplayName("asks the driver, if it can")
        void asked() {
            FakeDevice d = registered();
            assertThat(Flags.dev_change_carrier(d.dev, true)).isEqualTo(-95);
            boolean[] told = new boolean[1];
            d.ops.ndo_change_carrier = (dev, on) -> {
                told[0] = on;
                return 0;
            };
            assertThat(Flags.dev_change_carrier(d.dev, true)).isZero();
            assertThat(told[0]).isTrue();
            d.dev.state &= ~(1 << net_device.__LINK_STATE_PRESENT);
            assertThat(Flags.dev_change_carrier(d.dev, true)).isEqualTo(-19);
        }
    }

    @Nested
    class dev_get_stats {
        @Test
        @DisplayName("what the driver has counted, and what the stack has dropped")
        void counted() {
            FakeDevice d = registered();
            d.dev.stats.rx_packets = 3;
            d.dev.stats.rx_dropped = 1;
            d.dev.rx_dropped = 4;
            rtnl_link_stats64 s = new rtnl_link_stats64();
            assertThat(Flags.dev_get_stats(d.dev, s)).isSameAs(s);
            assertThat(s.rx_packets).isEqualTo(3);
            assertThat(s.rx_dropped).isEqualTo(5);
            d.ops.ndo_get_stats64 = (dev, t) -> {
                t.tx_bytes = 7;
                return t;
            };
            Flags.dev_get_stats(d.dev, s);
            assertThat(s.rx_packets).isZero();
            assertThat(s.tx_bytes).isEqualTo(7);
        }
    }
}
