// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import static linux.netdevice.Netdev.dev_hold;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import devinet.IpAddr;
import linux.in.Prefix;
import linux.printk.Printk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class InDevTest {
    private static int ip(String s) {
        return Prefix.parseAddr(s);
    }

    @Nested
    class inet_ifa_match {
        @Test
        @DisplayName("the subnet of ifa_address counts: on a point-to-point link that is the peer's")
        void subnet() {
            in_ifaddr ifa = new in_ifaddr();
            ifa.ifa_local = ip("10.0.0.1");
            ifa.ifa_address = ip("10.9.0.1");
            ifa.ifa_mask = InDev.inet_make_mask(24);

            assertThat(InDev.inet_ifa_match(ip("10.9.0.77"), ifa)).isTrue();
            assertThat(InDev.inet_ifa_match(ip("10.0.0.77"), ifa)).isFalse();
        }
    }

    @Nested
    class bad_mask {
        @ParameterizedTest
        @CsvSource({"255.255.255.0, 10.0.0.0, false", "255.255.255.0, 10.0.0.1, true", "255.0.255.0, 10.0.0.0, true",
            "0.0.0.0, 0.0.0.0, false", "255.255.255.255, 10.0.0.1, false"})
        @DisplayName("holes, and bits of the address behind it")
        void bad(String mask, String addr, boolean bad) {
            assertThat(InDev.bad_mask(ip(mask), ip(addr))).isEqualTo(bad);
        }
    }

    @Nested
    class inet_make_mask {
        @ParameterizedTest
        @CsvSource({"0, 0.0.0.0", "1, 128.0.0.0", "8, 255.0.0.0", "31, 255.255.255.254", "32, 255.255.255.255"})
        @DisplayName("all lengths")
        void mask(int len, String mask) {
            assertThat(InDev.inet_make_mask(len)).isEqualTo(ip(mask));
        }
    }

    @Nested
    class inet_mask_len {
        @Test
        @DisplayName("is the other way round")
        void len() {
            for (int len = 0; len <= 32; len++) {
                assertThat(InDev.inet_mask_len(InDev.inet_make_mask(len))).isEqualTo(len);
            }
        }
    }

    @Nested
    class __in_dev_get_rcu {
        @Test
        @DisplayName("null without IPv4 on the device")
        void get() {
            Ipv4.boot();
            Nic nic = Nic.down(init_net, "eth0");
            assertThat(InDev.__in_dev_get_rcu(nic.dev)).isSameAs(nic.dev.ip_ptr).isNotNull();
            IpAddr.linkMtu(nic.dev, 60);
            assertThat(InDev.__in_dev_get_rcu(nic.dev)).isNull();
        }
    }

    @Nested
    class __in_dev_get_rtnl {
        @Test
        @DisplayName("is the same")
        void get() {
            Ipv4.boot();
            Nic nic = Nic.down(init_net, "eth0");
            assertThat(InDev.__in_dev_get_rtnl(nic.dev)).isSameAs(nic.dev.ip_ptr);
        }
    }

    @Nested
    class in_dev_get {
        @Test
        @DisplayName("with a reference")
        void get() {
            Ipv4.boot();
            Nic nic = Nic.down(init_net, "eth0");
            int refs = nic.dev.ip_ptr.refcnt;

            in_device d = InDev.in_dev_get(nic.dev);

            assertThat(d.refcnt).isEqualTo(refs + 1);
            InDev.in_dev_put(d);
        }
    }

    @Nested
    class in_dev_hold {
        @Test
        @DisplayName("one user more")
        void held() {
            in_device d = new in_device();
            InDev.in_dev_hold(d);
            assertThat(d.refcnt).isOne();
        }
    }

    @Nested
    class in_dev_put {
        @Test
        @DisplayName("the last one lets go of the device")
        void last() {
            Nic nic = Nic.down(init_net, "eth0");
            in_device d = new in_device();
            d.dev = nic.dev;
            d.dead = true;
            d.refcnt = 1;
            dev_hold(nic.dev);
            int refs = nic.dev.refcnt;

            InDev.in_dev_put(d);

            assertThat(nic.dev.refcnt).isEqualTo(refs - 1);
        }
    }

    @Nested
    class in_dev_finish_destroy {
        @Test
        @DisplayName("complains if it was not dead")
        void alive() {
            Nic nic = Nic.down(init_net, "eth0");
            in_device d = new in_device();
            d.dev = nic.dev;
            dev_hold(nic.dev);

            InDev.in_dev_finish_destroy(d);

            assertThat(Printk.dmesg()).anyMatch(l -> l.text().startsWith("Freeing alive in_device"));
        }
    }
}
