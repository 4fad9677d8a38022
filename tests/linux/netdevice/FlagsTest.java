// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static org.assertj.core.api.Assertions.assertThat;
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

    @Nested
    class dev_change_rx_flags {
        @Test
        @DisplayName("tells the driver which one has changed, if it wants to know")
        void told() {
            FakeDevice d = registered();
            Flags.dev_change_rx_flags(d.dev, IFF_PROMISC);
            List<Integer> told = new ArrayList<>();
            d.ops.ndo_change_rx_flags = (dev, flags) -> told.add(flags);

            Flags.dev_change_rx_flags(d.dev, IFF_ALLMULTI);

            assertThat(told).containsExactly(IFF_ALLMULTI);
        }
    }

    @Nested
    class __dev_set_promiscuity {
        @Test
        @DisplayName("on with the first who wants it, off with the last; the driver hears of both, and the log")
        void counted() {
            FakeDevice d = registered();
            List<Integer> told = new ArrayList<>();
            d.ops.ndo_change_rx_flags = (dev, flags) -> told.add(flags);

            assertThat(Flags.__dev_set_promiscuity(d.dev, 1, true)).isZero();
            assertThat(Flags.__dev_set_promiscuity(d.dev, 1, true)).isZero();
            assertThat(d.dev.flags & IFF_PROMISC).isNotZero();
            assertThat(told).hasSize(1);
            assertThat(lastLine()).contains("x0 entered promiscuous mode");

            Flags.__dev_set_promiscuity(d.dev, -2, true);
            assertThat(d.dev.flags & IFF_PROMISC).isZero();
            assertThat(told).containsExactly(IFF_PROMISC, IFF_PROMISC);
            assertThat(lastLine()).contains("x0 left promiscuous mode");
            assertThat(events).as("promiscuity is the device's own affair").isEmpty();
        }

        @Test
        @DisplayName("too many want it: -EOVERFLOW, and the count stays")
        void overflow() {
            FakeDevice d = registered();
            d.dev.promiscuity = -1;

            assertThat(Flags.__dev_set_promiscuity(d.dev, 1, true)).isEqualTo(-75);

            assertThat(d.dev.promiscuity).isEqualTo(-1);
        }

        private String lastLine() {
            return linux.printk.Printk.dmesg().get(linux.printk.Printk.dmesg().size() - 1).toString();
        }
    }

    @Nested
    class __dev_set_allmulti {
        @Test
        @DisplayName("on with the first who wants it, off with the last")
        void counted() {
            FakeDevice d = up();
            List<String> told = new ArrayList<>();
            d.ops.ndo_change_rx_flags = (dev, flags) -> told.add("flags " + flags);
            d.ops.ndo_set_rx_mode = dev -> told.add("mode");

            assertThat(Flags.__dev_set_allmulti(d.dev, 1, true)).isZero();
            assertThat(Flags.__dev_set_allmulti(d.dev, 1, true)).isZero();
            assertThat(d.dev.flags & IFF_ALLMULTI).isNotZero();
            assertThat(told).containsExactly("flags " + IFF_ALLMULTI, "mode");

            Flags.__dev_set_allmulti(d.dev, -2, true);
            assertThat(d.dev.flags & IFF_ALLMULTI).isZero();
            assertThat(told).hasSize(4);
        }

        @Test
        @DisplayName("too many want it: -EOVERFLOW, and the count stays")
        void overflow() {
            FakeDevice d = registered();
            d.dev.allmulti = -1;

            assertThat(Flags.__dev_set_allmulti(d.dev, 1, true)).isEqualTo(-75);

            assertThat(d.dev.allmulti).isEqualTo(-1);
        }
    }

    @Nested
    class __dev_set_rx_mode {
        @Test
        @DisplayName("reaches the driver of a device that is up and present, and has something to set")
        void told() {
            FakeDevice d = registered();
            int[] told = new int[1];
            d.ops.ndo_set_rx_mode = dev -> told[0]++;
            Flags.__dev_set_rx_mode(d.dev);
            assertThat(told[0]).as("down").isZero();

            Open.dev_open(d.dev);
            told[0] = 0;
            Flags.__dev_set_rx_mode(d.dev);
            assertThat(told[0]).isOne();

            d.dev.state &= ~(1 << net_device.__LINK_STATE_PRESENT);
            Flags.__dev_set_rx_mode(d.dev);
            assertThat(told[0]).as("not present").isOne();
        }
    }

    @Nested
    class __dev_change_flags {
        @Test
        @DisplayName("up and down, without telling that it is; flags that a user cannot set stay")
        void up_and_down() {
            FakeDevice d = registered();
            int before = d.dev.flags;

            assertThat(Flags.__dev_change_flags(d.dev, before | IFF_UP | IFF_LOOPBACK)).isZero();
            assertThat(d.dev.flags).isEqualTo(before | IFF_UP);
            assertThat(events).containsExactly("PRE_UP");

            assertThat(Flags.__dev_change_flags(d.dev, before & ~IFF_BROADCAST)).isZero();
            assertThat(d.dev.flags).isEqualTo(before);
            assertThat(events).containsExactly("PRE_UP", "GOING_DOWN");
        }

        @Test
        @DisplayName("what refuses to be switched on says so")
        void refused() {
            FakeDevice d = registered();
            d.ops.ndo_open = dev -> -16;
            assertThat(Flags.__dev_change_flags(d.dev, d.dev.flags | IFF_UP)).isEqualTo(-16);
        }

        @Test
        @DisplayName("a user counts as one of those who want promiscuity or all multicasts")
        void user() {
            FakeDevice d = up();
            Flags.__dev_set_promiscuity(d.dev, 1, false);

            Flags.__dev_change_flags(d.dev, d.dev.flags | IFF_PROMISC | IFF_ALLMULTI);
            assertThat(d.dev.promiscuity).isEqualTo(2);
            assertThat(d.dev.allmulti).isEqualTo(1);
            assertThat(d.dev.gflags & (IFF_PROMISC | IFF_ALLMULTI)).isEqualTo(IFF_PROMISC | IFF_ALLMULTI);

            Flags.__dev_change_flags(d.dev, d.dev.flags & ~(IFF_PROMISC | IFF_ALLMULTI));
            assertThat(d.dev.promiscuity).isEqualTo(1);
            assertThat(d.dev.flags & IFF_PROMISC).as("somebody else wants it still").isNotZero();
            assertThat(d.dev.flags & IFF_ALLMULTI).isZero();
        }
    }

    @Nested
    class __dev_notify_flags {
        @Test
        @DisplayName("UP or DOWN, and CHANGE for the other flags of a device that is up")
        void told() {
            FakeDevice d = up();

            Flags.__dev_notify_flags(d.dev, d.dev.flags & ~IFF_UP, IFF_UP);
            assertThat(events).containsExactly("UP");
            events.clear();
            Flags.__dev_notify_flags(d.dev, d.dev.flags ^ IFF_NOARP, IFF_NOARP);
            assertThat(events).containsExactly("CHANGE");
            events.clear();
            Flags.__dev_notify_flags(d.dev, d.dev.flags ^ IFF_PROMISC, IFF_PROMISC);
            assertThat(events).isEmpty();

            Open.__dev_close(d.dev);
            events.clear();
            Flags.__dev_notify_flags(d.dev, d.dev.flags | IFF_UP | IFF_NOARP, IFF_UP);
            assertThat(events).containsExactly("DOWN");
        }
    }

    @Nested
    class __dev_set_mtu {
        @Test
        @DisplayName("the driver does it, if it wants to; nobody is told")
        void set() {
            FakeDevice d = registered();
            assertThat(Flags.__dev_set_mtu(d.dev, 900)).isZero();
            assertThat(d.dev.mtu).isEqualTo(900);

            d.ops.ndo_change_mtu = (dev, mtu) -> -22;
            assertThat(Flags.__dev_set_mtu(d.dev, 1000)).isEqualTo(-22);
            assertThat(d.dev.mtu).isEqualTo(900);
            assertThat(events).isEmpty();
        }
    }

    @Nested
    class netdev_stats_to_stats64 {
        @Test
        @DisplayName("each counter to its own")
        void each() {
            net_device_stats from = new net_device_stats();
            from.rx_packets = 1;
            from.tx_packets = 2;
            from.rx_bytes = 3;
            from.tx_bytes = 4;
            from.rx_errors = 5;
            from.tx_errors = 6;
            from.rx_dropped = 7;
            from.tx_dropped = 8;
            rtnl_link_stats64 to = new rtnl_link_stats64();

            Flags.netdev_stats_to_stats64(to, from);

            assertThat(List.of(to.rx_packets, to.tx_packets, to.rx_bytes, to.tx_bytes, to.rx_errors, to.tx_errors,
                    to.rx_dropped, to.tx_dropped)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        }
    }
}
