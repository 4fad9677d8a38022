// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static fib_frontend.Source.inet_addr_type;
import static linux.inetdevice.InDev.in_dev_get;
import static linux.inetdevice.InDev.in_dev_put;
import static linux.inetdevice.in_ifaddr.IFA_F_PERMANENT;
import static linux.netdevice.Notifiers.NETDEV_CHANGENAME;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.netdevice.Notifiers.call_netdevice_notifiers;
import static linux.netdevice.Registry.unregister_netdev;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.netdevice.net_device;
import linux.notifier.notifier_block;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class InDevicesTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.down(init_net, "eth0");
    }

    @Nested
    class inetdev_init {
        @Test
        @DisplayName("begins with the default settings, holds the device, and shows its sysctls")
        void begins() {
            init_net.sysctls.write("net.ipv4.conf.default.tag", "7");
            Nic eth1 = Nic.down(init_net, "eth1");

            in_device in_dev = eth1.dev.ip_ptr;

            assertThat(in_dev.dev).isSameAs(eth1.dev);
            assertThat(in_dev.refcnt).isOne();
            assertThat(init_net.sysctls.read("net.ipv4.conf.eth1.tag")).isEqualTo("7");
        }

        @Test
        @DisplayName("null without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(InDevices.inetdev_init(eth0.dev)).isNull();
        }
    }

    @Nested
    class inetdev_destroy {
        @Test
        @DisplayName("addresses, sysctls and the reference to the device go")
        void ends() {
            IpAddr.linkUp(eth0.dev);
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            int refs = eth0.dev.refcnt;
            in_device in_dev = eth0.dev.ip_ptr;

            IpAddr.linkMtu(eth0.dev, 67);

            assertThat(eth0.dev.ip_ptr).isNull();
            assertThat(in_dev.dead).isTrue();
            assertThat(eth0.dev.refcnt).isLessThan(refs);
            assertThat(init_net.sysctls.read("net.ipv4.conf.eth0.tag")).isNull();
            assertThat(IfAddrs.__ip_dev_find(init_net, ip("10.0.0.1"), false)).isNull();
        }

        @Test
        @DisplayName("who still holds it keeps the device")
        void held() {
            in_device in_dev = in_dev_get(eth0.dev);

            IpAddr.linkMtu(eth0.dev, 67);
            int refs = eth0.dev.refcnt;
            in_dev_put(in_dev);

            assertThat(eth0.dev.refcnt).isEqualTo(refs - 1);
        }
    }

    @Nested
    class in_dev_rcu_put {
        @Test
        @DisplayName("at once")
        void put() {
            in_device in_dev = in_dev_get(eth0.dev);

            InDevices.in_dev_rcu_put(in_dev);

            assertThat(in_dev.refcnt).isOne();
        }
    }

    @Nested
    class inetdev_by_index {
        @Test
        @DisplayName("null if there is no such device")
        void index() {
            assertThat(InDevices.inetdev_by_index(init_net, eth0.dev.ifindex)).isSameAs(eth0.dev.ip_ptr);
            assertThat(InDevices.inetdev_by_index(init_net, 99)).isNull();
        }
    }

    @Nested
    class register_inetaddr_notifier {
        @Test
        @DisplayName("hears of each address, until it has had enough")
        void hears() {
            List<Long> events = new ArrayList<>();
            notifier_block nb = new notifier_block((b, event, data) -> {
                events.add(event);
                return NOTIFY_DONE;
            });
            InDevices.register_inetaddr_notifier(nb);
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.del(eth0.dev, "10.0.0.1/24");
            assertThat(events).containsExactly((long) NETDEV_UP, (long) NETDEV_DOWN);

            InDevices.unregister_inetaddr_notifier(nb);
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            assertThat(events).hasSize(2);
        }
    }

    @Nested
    class unregister_inetaddr_notifier {
        @Test
        @DisplayName("the others still hear")
        void others() {
            notifier_block nb = new notifier_block((b, event, data) -> NOTIFY_DONE);
            InDevices.register_inetaddr_notifier(nb);

            assertThat(InDevices.unregister_inetaddr_notifier(nb)).isZero();

            IpAddr.linkUp(eth0.dev);
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            assertThat(inet_addr_type(init_net, ip("10.0.0.1"))).isEqualTo(RTN_LOCAL);
        }
    }

    @Nested
    class inetdev_changename {
        @Test
        @DisplayName("labels follow the name; numbers behind it stay, or are given")
        void labels() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.add(eth0.dev, "10.0.0.2/24");
            IpAddr.add(eth0.dev, "10.0.0.3/24");
            eth0.dev.ip_ptr.ifa_list.ifa_next.ifa_label = "eth0:x";
            eth0.dev.name = "wan0";

            InDevices.inetdev_changename(eth0.dev, eth0.dev.ip_ptr);

            in_ifaddr ifa = eth0.dev.ip_ptr.ifa_list;
            assertThat(ifa.ifa_label).isEqualTo("wan0");
            assertThat(ifa.ifa_next.ifa_label).isEqualTo("wan0:x");
            assertThat(ifa.ifa_next.ifa_next.ifa_label).isEqualTo("wan0:3");
            eth0.dev.name = "abcdefghijklmno";
            InDevices.inetdev_changename(eth0.dev, eth0.dev.ip_ptr);
            assertThat(ifa.ifa_next.ifa_label).isEqualTo("abcdefghijklm:x");
        }
    }

    @Nested
    class inetdev_valid_mtu {
        @ParameterizedTest
        @CsvSource({"67, false", "68, true", "65536, true", "-1, true", "0, false"})
        @DisplayName("68 bytes, the least that every link must carry")
        void valid(int mtu, boolean valid) {
            assertThat(InDevices.inetdev_valid_mtu(mtu)).isEqualTo(valid);
        }
    }

    @Nested
    class inetdev_event {
        @Test
        @DisplayName("a loopback gets 127.0.0.1/8 when it comes up, and needs no policies")
        void loopback() {
            in_device lo = init_net.loopback_dev.ip_ptr;

            assertThat(lo.ifa_list.ifa_local).isEqualTo(INADDR_LOOPBACK);
            assertThat(lo.ifa_list.ifa_prefixlen).isEqualTo(8);
            assertThat(lo.ifa_list.ifa_scope).isEqualTo(RT_SCOPE_HOST);
            assertThat(lo.ifa_list.ifa_flags & IFA_F_PERMANENT).isNotZero();
            assertThat(init_net.sysctls.read("net.ipv4.conf.lo.disable_policy")).isEqualTo("1");
            assertThat(init_net.sysctls.read("net.ipv4.conf.lo.disable_xfrm")).isEqualTo("1");
        }

        @Test
        @DisplayName("once, however often it comes up")
        void once() {
            net_device lo = init_net.loopback_dev;
            IpAddr.linkDown(lo);
            IpAddr.linkUp(lo);

            assertThat(lo.ip_ptr.ifa_list.ifa_next).isNull();
        }

        @Test
        @DisplayName("a device that is up hears what is said to all hosts")
        void all_hosts() {
            assertThat(eth0.dev.ip_ptr.allHosts).isFalse();
            IpAddr.linkUp(eth0.dev);
            assertThat(eth0.dev.ip_ptr.allHosts).isTrue();
            IpAddr.linkDown(eth0.dev);
            assertThat(eth0.dev.ip_ptr.allHosts).isFalse();
        }

        @Test
        @DisplayName("an MTU below 68 ends IPv4 on the device, 68 brings it back")
        void mtu() {
            IpAddr.linkMtu(eth0.dev, 67);
            assertThat(eth0.dev.ip_ptr).isNull();
            IpAddr.linkMtu(eth0.dev, 66);
            assertThat(eth0.dev.ip_ptr).isNull();

            IpAddr.linkMtu(eth0.dev, 68);

            assertThat(eth0.dev.ip_ptr).isNotNull();
        }

        @Test
        @DisplayName("a device that goes for good takes its addresses with it")
        void unregistered() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");

            unregister_netdev(eth0.dev);

            assertThat(eth0.dev.ip_ptr).isNull();
            assertThat(IfAddrs.__ip_dev_find(init_net, ip("10.0.0.1"), false)).isNull();
        }

        @Test
        @DisplayName("a new name: the sysctls move")
        void renamed() {
            String old = eth0.dev.name;
            eth0.dev.name = "wan0";
            call_netdevice_notifiers(NETDEV_CHANGENAME, eth0.dev);

            assertThat(init_net.sysctls.read("net.ipv4.conf.wan0.tag")).isEqualTo("0");
            assertThat(init_net.sysctls.read("net.ipv4.conf." + old + ".tag")).isNull();
        }
    }
}
