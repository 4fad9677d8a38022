// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.ENETUNREACH;
import static linux.inetdevice.in_ifaddr.IFA_F_SECONDARY;
import static linux.printk.Printk.pI4;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.Nic.down;
import static uapi.linux.rtnetlink.Rt.RTM_DELROUTE;
import static uapi.linux.rtnetlink.Rt.RTM_NEWROUTE;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.inetdevice.in_ifaddr;
import linux.list.list_head;
import linux.printk.Printk;
import net.ip_fib.fib_alias;
import net.ip_fib.fib_info;
import net.ip_fib.fib_table;
import net.ip_fib.leaf_info;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class IfAddrTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0");
    }

    /** The routes by eth0, "type prefix/len src prefsrc", those of the local table first, longest first. */
    private List<String> routes() {
        List<String> all = new ArrayList<>();
        for (fib_table tb : new fib_table[] {init_net.ipv4.fib_local, init_net.ipv4.fib_main}) {
            if (tb == null) {
                continue;
            }
            for (leaf_info li : tb.leaves) {
                for (list_head<fib_alias> p = li.falh.next; p != li.falh; p = p.next) {
                    fib_info fi = p.owner.fa_info;
                    if (fi.fib_nh[0].nh_dev == eth0.dev) {
                        all.add(p.owner.fa_type + " " + pI4(li.key) + "/" + li.plen + " src " + pI4(fi.fib_prefsrc));
                    }
                }
            }
        }
        all.sort(null);
        return all;
    }

    private static final String[] ONE = {
        "1 10.0.0.0/24 src 10.0.0.1",
        "2 10.0.0.1/32 src 10.0.0.1",
        "3 10.0.0.0/32 src 10.0.0.1",
        "3 10.0.0.255/32 src 10.0.0.1",
    };

    private in_ifaddr ifa(String addr) {
        for (in_ifaddr ifa = eth0.dev.ip_ptr.ifa_list; ifa != null; ifa = ifa.ifa_next) {
            if (ifa.ifa_local == ip(addr)) {
                return ifa;
            }
        }
        return null;
    }

    @Nested
    class fib_add_ifaddr {
        @Test
        @DisplayName("the address, its subnet, two broadcasts")
        void four() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");

            assertThat(routes()).containsExactly(ONE);
        }

        @Test
        @DisplayName("a secondary one only adds itself, with the primary as source")
        void secondary() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.add(eth0.dev, "10.0.0.2/24");

            assertThat(routes()).hasSize(5).contains("2 10.0.0.2/32 src 10.0.0.1");
        }

        @Test
        @DisplayName("/32 is no subnet, /31 has no broadcasts (RFC 3021)")
        void short_prefixes() {
            IpAddr.add(eth0.dev, "10.0.0.1/32");
            assertThat(routes()).containsExactly("2 10.0.0.1/32 src 10.0.0.1");
            IpAddr.del(eth0.dev, "10.0.0.1/32");

            IpAddr.add(eth0.dev, "10.0.0.2/31");
            assertThat(routes()).containsExactly("1 10.0.0.2/31 src 10.0.0.2", "2 10.0.0.2/32 src 10.0.0.2");
        }

        @Test
        @DisplayName("an odd broadcast address is entered too")
        void broadcast() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            ifa("10.0.0.1").ifa_broadcast = ip("10.0.0.77");

            IfAddr.fib_add_ifaddr(ifa("10.0.0.1"));

            assertThat(routes()).contains("3 10.0.0.77/32 src 10.0.0.1");
        }

        @Test
        @DisplayName("while the device is down, only the address itself")
        void down() {
            IpAddr.linkDown(eth0.dev);

            IpAddr.add(eth0.dev, "10.0.0.1/24");
            assertThat(routes()).containsExactly("2 10.0.0.1/32 src 10.0.0.1");

            IpAddr.linkUp(eth0.dev);
            assertThat(routes()).containsExactly(ONE);
        }

        @Test
        @DisplayName("a secondary one without a primary is a bug, and is said so")
        void bug() {
            in_ifaddr ifa = new in_ifaddr();
            ifa.ifa_dev = eth0.dev.ip_ptr;
            ifa.ifa_flags = IFA_F_SECONDARY;

            IfAddr.fib_add_ifaddr(ifa);

            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("prim == NULL"));
        }
    }

    @Nested
    class fib_del_ifaddr {
        @Test
        @DisplayName("takes away all that the address has brought")
        void all() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(routes()).isEmpty();
        }

        @Test
        @DisplayName("a secondary one only itself")
        void secondary() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.add(eth0.dev, "10.0.0.2/24");
            IpAddr.del(eth0.dev, "10.0.0.2/24");

            assertThat(routes()).containsExactly(ONE);
        }

        @Test
        @DisplayName("what another address needs stays: the same one with another prefix")
        void shared() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.add(eth0.dev, "10.0.0.1/16");
            IpAddr.del(eth0.dev, "10.0.0.1/16");

            assertThat(routes()).containsExactly(ONE);
        }

        @Test
        @DisplayName("with the last device that has it, routes that prefer it as source go")
        void prefsrc() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            Nic.up("eth1", "10.1.0.1/24");
            IpRoute.add(init_net, "192.0.2.0/24 via 10.1.0.254 src 10.0.0.1");
            ip_rt_put(Ipv4.route(init_net, "192.0.2.1"));

            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(PTR_ERR(Ipv4.route(init_net, "192.0.2.1"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("a promoted one: the routes of the whole subnet get the new source")
        void promoted() {
            init_net.sysctls.write("net.ipv4.conf.all.promote_secondaries", "1");
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            IpAddr.add(eth0.dev, "10.0.0.2/24");
            IpAddr.add(eth0.dev, "10.0.0.3/24");

            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(routes()).containsExactly(
                    "1 10.0.0.0/24 src 10.0.0.2",
                    "2 10.0.0.2/32 src 10.0.0.2",
                    "2 10.0.0.3/32 src 10.0.0.2",
                    "3 10.0.0.0/32 src 10.0.0.2",
                    "3 10.0.0.255/32 src 10.0.0.2");
        }

        @Test
        @DisplayName("bugs in the list of addresses are said so")
        void bugs() {
            in_ifaddr ifa = new in_ifaddr();
            ifa.ifa_dev = eth0.dev.ip_ptr;
            ifa.ifa_flags = IFA_F_SECONDARY;
            IfAddr.fib_del_ifaddr(ifa, null);
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("prim == NULL"));

            IpAddr.add(eth0.dev, "10.0.0.1/24");
            ifa.ifa_address = ip("10.0.0.2");
            ifa.ifa_mask = ip("255.255.255.0");
            IfAddr.fib_del_ifaddr(ifa, ifa);
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("iprim != prim"));
        }
    }

    @Nested
    class fib_magic {
        @Test
        @DisplayName("unicast goes into the main table, everything else into the local one")
        void tables() {
            IpAddr.add(eth0.dev, "10.0.0.1/24");
            in_ifaddr ifa = ifa("10.0.0.1");

            IfAddr.fib_magic(RTM_NEWROUTE, RTN_UNICAST, ip("10.7.0.0"), 16, ifa);
            IfAddr.fib_magic(RTM_NEWROUTE, RTN_BROADCAST, ip("10.7.255.255"), 32, ifa);
            assertThat(routes()).contains("1 10.7.0.0/16 src 10.0.0.1", "3 10.7.255.255/32 src 10.0.0.1");
            assertThat(init_net.ipv4.fib_main.leaves).anyMatch(li -> li.key == ip("10.7.0.0"));

            IfAddr.fib_magic(RTM_DELROUTE, RTN_UNICAST, ip("10.7.0.0"), 16, ifa);
            IfAddr.fib_magic(RTM_DELROUTE, RTN_BROADCAST, ip("10.7.255.255"), 32, ifa);
            assertThat(routes()).containsExactly(ONE);
        }
    }
}
