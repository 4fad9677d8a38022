// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static devinet.InDevices.register_inetaddr_notifier;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.inetdevice.InDev.in_dev_hold;
import static linux.inetdevice.InDev.inet_make_mask;
import static linux.inetdevice.in_ifaddr.IFA_F_DEPRECATED;
import static linux.inetdevice.in_ifaddr.IFA_F_PERMANENT;
import static linux.inetdevice.in_ifaddr.IFA_F_SECONDARY;
import static linux.netdevice.Netdev.dev_put;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static linux.printk.Printk.pI4;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static scenario.World.device;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.in.Prefix;
import linux.inetdevice.in_device;
import linux.inetdevice.in_ifaddr;
import linux.jiffies.Jiffies;
import linux.notifier.notifier_block;
import net.net_namespace.NetNs;
import net.net_namespace.net;
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
class IfAddrsTest {
    private Nic eth0;
    private in_device in_dev;
    private final List<String> events = new ArrayList<>();

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0");
        in_dev = eth0.dev.ip_ptr;
        register_inetaddr_notifier(new notifier_block((nb, event, data) -> {
            in_ifaddr ifa = (in_ifaddr) data;
            events.add((event == NETDEV_UP ? "+" : event == NETDEV_DOWN ? "-" : "?") + pI4(ifa.ifa_local));
            return NOTIFY_DONE;
        }));
    }

    private void add(String... addresses) {
        for (String a : addresses) {
            assertThat(IpAddr.add(eth0.dev, a)).isZero();
        }
    }

    /** The addresses in their order, secondary ones in brackets. */
    private String list() {
        StringBuilder s = new StringBuilder();
        for (in_ifaddr ifa = in_dev.ifa_list; ifa != null; ifa = ifa.ifa_next) {
            String a = pI4(ifa.ifa_local);
            s.append(s.length() == 0 ? "" : " ").append((ifa.ifa_flags & IFA_F_SECONDARY) != 0 ? "(" + a + ")" : a);
        }
        return s.toString();
    }

    private in_ifaddr made(String prefix) {
        Prefix p = Prefix.parse(prefix);
        in_ifaddr ifa = IfAddrs.inet_alloc_ifa();
        ifa.ifa_local = ifa.ifa_address = p.addr;
        ifa.ifa_prefixlen = p.len;
        ifa.ifa_mask = inet_make_mask(p.len);
        ifa.ifa_dev = in_dev;
        in_dev_hold(in_dev);
        return ifa;
    }

    @Nested
    class inet_addr_hash {
        @Test
        @DisplayName("differs between namespaces")
        void hash() {
            net other = NetNs.create("other");
            int same = 0;
            for (int a = 0; a < 100; a++) {
                int h = IfAddrs.inet_addr_hash(init_net, a);
                assertThat(h).isBetween(0, 255);
                same += h == IfAddrs.inet_addr_hash(other, a) ? 1 : 0;
            }
            assertThat(same).isLessThan(50);
        }
    }

    @Nested
    class inet_hash_insert {
        @Test
        @DisplayName("from then on __ip_dev_find finds it")
        void found() {
            in_ifaddr ifa = made("10.0.0.1/24");

            IfAddrs.inet_hash_insert(init_net, ifa);

            assertThat(IfAddrs.__ip_dev_find(init_net, ip("10.0.0.1"), false)).isSameAs(eth0.dev);
            IfAddrs.inet_hash_remove(ifa);
        }
    }

    @Nested
    class inet_hash_remove {
        @Test
        @DisplayName("and no more; twice is fine")
        void gone() {
            in_ifaddr ifa = made("10.0.0.1/24");
            IfAddrs.inet_hash_insert(init_net, ifa);

            IfAddrs.inet_hash_remove(ifa);
            IfAddrs.inet_hash_remove(ifa);

            assertThat(IfAddrs.__ip_dev_find(init_net, ip("10.0.0.1"), false)).isNull();
        }
    }

    @Nested
    class __ip_dev_find {
        @Test
        @DisplayName("whose address it is; of 127.0.0.0/8 all are the loopback's")
        void whose() {
            add("10.0.0.1/24");

            assertThat(IfAddrs.__ip_dev_find(init_net, ip("10.0.0.1"), false)).isSameAs(eth0.dev);
            assertThat(IfAddrs.__ip_dev_find(init_net, ip("127.9.9.9"), false)).isSameAs(init_net.loopback_dev);
            assertThat(IfAddrs.__ip_dev_find(init_net, ip("10.0.0.255"), false)).as("a broadcast").isNull();
            assertThat(IfAddrs.__ip_dev_find(NetNs.create("other"), ip("10.0.0.1"), false)).isNull();
        }

        @Test
        @DisplayName("with a reference if wanted")
        void reference() {
            add("10.0.0.1/24");
            int refs = eth0.dev.refcnt;

            IfAddrs.__ip_dev_find(init_net, ip("10.0.0.1"), true);

            assertThat(eth0.dev.refcnt).isEqualTo(refs + 1);
            dev_put(eth0.dev);
        }
    }

    @Nested
    class inet_alloc_ifa {
        @Test
        @DisplayName("null without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(IfAddrs.inet_alloc_ifa()).isNull();
            assertThat(IfAddrs.inet_alloc_ifa()).isNotNull();
        }
    }

    @Nested
    class inet_free_ifa {
        @Test
        @DisplayName("lets go of the device")
        void let_go() {
            int refs = in_dev.refcnt;
            in_ifaddr ifa = made("10.0.0.1/24");

            IfAddrs.inet_free_ifa(ifa);

            assertThat(in_dev.refcnt).isEqualTo(refs);
            IfAddrs.inet_free_ifa(new in_ifaddr());
        }
    }

    @Nested
    class inet_rcu_free_ifa {
        @Test
        @DisplayName("at once")
        void let_go() {
            int refs = in_dev.refcnt;

            IfAddrs.inet_rcu_free_ifa(made("10.0.0.1/24"));

            assertThat(in_dev.refcnt).isEqualTo(refs);
        }
    }

    @Nested
    class inet_addr_onlink {
        @Test
        @DisplayName("both in one subnet of the device")
        void both() {
            add("10.0.0.1/24", "10.1.0.1/24");

            assertThat(IfAddrs.inet_addr_onlink(in_dev, ip("10.0.0.7"), ip("10.0.0.8"))).isTrue();
            assertThat(IfAddrs.inet_addr_onlink(in_dev, ip("10.0.0.7"), ip("10.1.0.8"))).isFalse();
            assertThat(IfAddrs.inet_addr_onlink(in_dev, ip("10.1.0.7"), 0)).isTrue();
            assertThat(IfAddrs.inet_addr_onlink(in_dev, ip("10.2.0.7"), 0)).isFalse();
        }
    }

    @Nested
    class __inet_insert_ifa {
        @Test
        @DisplayName("the first in a subnet is primary and stands in front of all secondary ones")
        void order() {
            add("10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/24", "10.0.0.3/24");

            assertThat(list()).isEqualTo("10.0.0.1 10.1.0.1 (10.0.0.2) (10.0.0.3)");
            assertThat(events).containsExactly("+10.0.0.1", "+10.0.0.2", "+10.1.0.1", "+10.0.0.3");
        }

        @Test
        @DisplayName("host before link before universe: each stands behind those of its own and of a narrower scope")
        void scopes() {
            for (int scope : new int[] {RT_SCOPE_HOST, RT_SCOPE_UNIVERSE, RT_SCOPE_LINK}) {
                in_ifaddr ifa = made("10." + scope + ".0.1/24");
                ifa.ifa_scope = scope;
                assertThat(IfAddrs.__inet_insert_ifa(ifa)).isZero();
            }

            assertThat(list()).isEqualTo("10.254.0.1 10.253.0.1 10.0.0.1");
        }

        @Test
        @DisplayName("twice the same: -EEXIST; another scope in the same subnet: -EINVAL")
        void refused() {
            add("10.0.0.1/24");
            int refs = in_dev.refcnt;
            assertThat(IfAddrs.__inet_insert_ifa(made("10.0.0.1/24"))).isEqualTo(-EEXIST);
            in_ifaddr near = made("10.0.0.2/24");
            near.ifa_scope = RT_SCOPE_LINK;
            assertThat(IfAddrs.__inet_insert_ifa(near)).isEqualTo(-EINVAL);

            assertThat(in_dev.refcnt).isEqualTo(refs);
            assertThat(list()).isEqualTo("10.0.0.1");
            assertThat(events).hasSize(1);
        }

        @Test
        @DisplayName("0.0.0.0 is ignored")
        void nothing() {
            assertThat(IfAddrs.__inet_insert_ifa(made("0.0.0.0/24"))).isZero();

            assertThat(list()).isEmpty();
            assertThat(events).isEmpty();
        }

        @Test
        @DisplayName("the same address with another prefix is primary too")
        void other_prefix() {
            add("10.0.0.1/24", "10.0.0.1/16");

            assertThat(list()).isEqualTo("10.0.0.1 10.0.0.1");
        }
    }

    @Nested
    class inet_insert_ifa {
        @Test
        @DisplayName("the same without netlink")
        void inserted() {
            assertThat(IfAddrs.inet_insert_ifa(made("10.0.0.1/24"))).isZero();
            assertThat(IfAddrs.inet_insert_ifa(made("10.0.0.1/24"))).isEqualTo(-EEXIST);

            assertThat(list()).isEqualTo("10.0.0.1");
        }
    }

    @Nested
    class __inet_del_ifa {
        @Test
        @DisplayName("with a primary one its secondary ones go, and each is announced")
        void secondaries_go() {
            add("10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/24", "10.0.0.3/24", "10.1.0.2/24");
            events.clear();

            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(list()).isEqualTo("10.1.0.1 (10.1.0.2)");
            assertThat(events).containsExactly("-10.0.0.2", "-10.0.0.3", "-10.0.0.1");
        }

        @Test
        @DisplayName("or the first of them takes its place")
        void promoted() {
            init_net.sysctls.write("net.ipv4.conf.all.promote_secondaries", "1");
            add("10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/24", "10.0.0.3/24");
            events.clear();

            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(list()).isEqualTo("10.1.0.1 10.0.0.2 (10.0.0.3)");
            assertThat(events).containsExactly("-10.0.0.1", "+10.0.0.2");
        }

        @Test
        @DisplayName("a secondary one goes alone")
        void secondary() {
            add("10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24");
            events.clear();

            IpAddr.del(eth0.dev, "10.0.0.2/24");

            assertThat(list()).isEqualTo("10.0.0.1 (10.0.0.3)");
            assertThat(events).containsExactly("-10.0.0.2");
        }
    }

    @Nested
    class inet_del_ifa {
        @Test
        @DisplayName("may leave the address to its caller, to be entered again")
        void not_destroyed() {
            add("10.0.0.1/24", "10.1.0.1/24");
            in_ifaddr first = in_dev.ifa_list;

            IfAddrs.inet_del_ifa(in_dev, first, false);

            assertThat(list()).isEqualTo("10.0.0.1");
            IfAddrs.inet_del_ifa(in_dev, null, false);
            assertThat(list()).isEmpty();
            assertThat(IfAddrs.inet_insert_ifa(first)).isZero();
            assertThat(list()).isEqualTo("10.0.0.1");
        }
    }

    @Nested
    class inet_ifa_byprefix {
        @Test
        @DisplayName("the primary one")
        void primary() {
            add("10.0.0.1/24", "10.0.0.2/24");

            assertThat(IfAddrs.inet_ifa_byprefix(in_dev, ip("10.0.0.0"), inet_make_mask(24)).ifa_local)
                    .isEqualTo(ip("10.0.0.1"));
            assertThat(IfAddrs.inet_ifa_byprefix(in_dev, ip("10.0.0.0"), inet_make_mask(16))).isNull();
        }
    }

    @Nested
    class set_ifa_lifetime {
        @Test
        @DisplayName("for ever is a flag; not preferred any more is another")
        void lifetime() {
            in_ifaddr ifa = new in_ifaddr();
            IfAddrs.set_ifa_lifetime(ifa, -1, -1);
            assertThat(ifa.ifa_flags).isEqualTo(IFA_F_PERMANENT);
            assertThat(ifa.ifa_tstamp).isEqualTo(Jiffies.jiffies);
            long made = ifa.ifa_cstamp;

            Clock.passTo(Clock.now() + 5 * Clock.NSEC_PER_MSEC);
            IfAddrs.set_ifa_lifetime(ifa, 100, 0);
            assertThat(ifa.ifa_flags).isEqualTo(IFA_F_DEPRECATED);
            assertThat(ifa.ifa_valid_lft).isEqualTo(100);
            assertThat(ifa.ifa_cstamp).isEqualTo(made);
            assertThat(ifa.ifa_tstamp).isEqualTo(made + 5);
        }
    }

    @Nested
    class inet_select_addr {
        @Test
        @DisplayName("the address in the receiver's subnet, else the first")
        void best() {
            add("10.0.0.1/24", "10.1.0.1/24");

            assertThat(IfAddrs.inet_select_addr(eth0.dev, ip("10.1.0.7"), RT_SCOPE_UNIVERSE)).isEqualTo(ip("10.1.0.1"));
            assertThat(IfAddrs.inet_select_addr(eth0.dev, ip("192.0.2.1"), RT_SCOPE_UNIVERSE))
                    .isEqualTo(ip("10.0.0.1"));
            assertThat(IfAddrs.inet_select_addr(eth0.dev, 0, RT_SCOPE_UNIVERSE)).isEqualTo(ip("10.0.0.1"));
        }

        @Test
        @DisplayName("not one that is only known nearer than that")
        void scope() {
            assertThat(IfAddrs.inet_select_addr(init_net.loopback_dev, 0, RT_SCOPE_LINK)).isZero();
            assertThat(IfAddrs.inet_select_addr(init_net.loopback_dev, 0, RT_SCOPE_HOST)).isEqualTo(INADDR_LOOPBACK);
        }

        @Test
        @DisplayName("of a device without any, one of another device: the loopback's first")
        void other_device() {
            add("10.0.0.1/24");
            Nic eth1 = Nic.up("eth1");
            assertThat(IfAddrs.inet_select_addr(eth1.dev, 0, RT_SCOPE_UNIVERSE)).isEqualTo(ip("10.0.0.1"));

            IpAddr.add(init_net.loopback_dev, "10.9.0.1/32");
            assertThat(IfAddrs.inet_select_addr(eth1.dev, 0, RT_SCOPE_UNIVERSE)).isEqualTo(ip("10.9.0.1"));
            IpAddr.linkMtu(eth1.dev, 60);
            assertThat(IfAddrs.inet_select_addr(eth1.dev, 0, RT_SCOPE_UNIVERSE)).isEqualTo(ip("10.9.0.1"));
        }
    }

    @Nested
    class inet_confirm_addr {
        @ParameterizedTest
        @CsvSource({
            "0.0.0.0, 10.0.0.1, 10.0.0.1",
            "10.0.0.7, 10.0.0.1, 10.0.0.1",
            "10.1.0.7, 10.0.0.1, 0.0.0.0",
            "0.0.0.0, 10.0.0.9, 0.0.0.0",
            "10.1.0.7, 0.0.0.0, 10.1.0.1",
            "192.0.2.1, 0.0.0.0, 0.0.0.0",
        })
        @DisplayName("an address that is ours and fits")
        void confirmed(String dst, String local, String addr) {
            add("10.0.0.1/24", "10.1.0.1/24");

            assertThat(pI4(IfAddrs.inet_confirm_addr(init_net, null, ip(dst), ip(local), RT_SCOPE_LINK)))
                    .isEqualTo(addr);
        }

        @Test
        @DisplayName("on one device only")
        void device() {
            add("10.0.0.1/24");

            assertThat(IfAddrs.inet_confirm_addr(init_net, init_net.loopback_dev.ip_ptr, 0, ip("10.0.0.1"), RT_SCOPE_LINK))
                    .isZero();
            assertThat(IfAddrs.inet_confirm_addr(init_net, in_dev, 0, ip("10.0.0.1"), RT_SCOPE_LINK)).isNotZero();
        }
    }

    @Nested
    class confirm_addr_indev {
        @Test
        @DisplayName("an address that is too near is not the one, but another in the subnet may be")
        void scope() {
            in_ifaddr near = made("10.0.0.1/24");
            near.ifa_scope = RT_SCOPE_HOST;
            IfAddrs.inet_insert_ifa(near);
            assertThat(IfAddrs.confirm_addr_indev(in_dev, ip("10.0.0.7"), 0, RT_SCOPE_LINK)).isZero();

            assertThat(IfAddrs.confirm_addr_indev(in_dev, ip("10.0.0.7"), 0, RT_SCOPE_HOST)).isEqualTo(ip("10.0.0.1"));
        }
    }
}
