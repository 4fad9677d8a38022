// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.errno.Errno.name;
import static linux.netdevice.Netdev.dev_put;
import static linux.netdevice.Notifiers.NETDEV_CHANGENAME;
import static linux.netdevice.Registry.register_netdev;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_arp.IfArp.ARPHRD_ETHER;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.notifier.Notifier;
import linux.notifier.notifier_block;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FakeDevice;
import testing.KernelTest;

@KernelTest
class NamesTest {
    private static net_device registered(String name) {
        FakeDevice d = FakeDevice.made(name, 0);
        assertThat(register_netdev(d.dev)).isZero();
        return d.dev;
    }

    @Nested
    class __dev_get_by_name {
        @Test
        @DisplayName("finds the device of this name in this namespace")
        void found() {
            net_device x = registered("x0");
            net other = NetNs.create("other");
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isSameAs(x);
            assertThat(Names.__dev_get_by_name(other, "x0")).isNull();
            assertThat(Names.__dev_get_by_name(other, "lo")).isSameAs(other.loopback_dev);
        }
    }

    @Nested
    class dev_get_by_name {
        @Test
        @DisplayName("holds what it finds")
        void held() {
            net_device x = registered("x0");
            int refs = x.refcnt;
            assertThat(Names.dev_get_by_name(init_net, "x0")).isSameAs(x);
            assertThat(x.refcnt).isEqualTo(refs + 1);
            assertThat(Names.dev_get_by_name(init_net, "x1")).isNull();
            assertThat(Names.dev_get_by_name_rcu(init_net, "x0")).isSameAs(x);
            assertThat(x.refcnt).isEqualTo(refs + 1);
            dev_put(x);
        }
    }

    @Nested
    class __dev_get_by_index {
        @Test
        @DisplayName("finds the device with this index")
        void found() {
            net_device x = registered("x0");
            assertThat(Names.__dev_get_by_index(init_net, 1)).isSameAs(init_net.loopback_dev);
            assertThat(Names.__dev_get_by_index(init_net, x.ifindex)).isSameAs(x);
            assertThat(Names.__dev_get_by_index(init_net, 99)).isNull();
        }
    }

    @Nested
    class dev_get_by_index {
        @Test
        @DisplayName("holds what it finds")
        void held() {
            net_device x = registered("x0");
            int refs = x.refcnt;
            assertThat(Names.dev_get_by_index(init_net, x.ifindex)).isSameAs(x);
            assertThat(x.refcnt).isEqualTo(refs + 1);
            assertThat(Names.dev_get_by_index(init_net, 99)).isNull();
            assertThat(Names.dev_get_by_index_rcu(init_net, x.ifindex)).isSameAs(x);
            dev_put(x);
        }
    }

    @Nested
    class netdev_get_name {
        @Test
        @DisplayName("tells the name, or -ENODEV")
        void name() {
            Ref<String> name = new Ref<>();
            assertThat(Names.netdev_get_name(init_net, name, 1)).isZero();
            assertThat(name.val).isEqualTo("lo");
            assertThat(Names.netdev_get_name(init_net, name, 99)).isEqualTo(-19);
        }
    }

    @Nested
    class dev_getfirstbyhwtype {
        @Test
        @DisplayName("the first Ethernet device, held")
        void first() {
            assertThat(Names.dev_getfirstbyhwtype(init_net, ARPHRD_ETHER)).isNull();
            net_device x = registered("x0");
            registered("x1");
            int refcnt = x.refcnt;
            assertThat(Names.dev_getfirstbyhwtype(init_net, ARPHRD_ETHER)).isSameAs(x);
            assertThat(x.refcnt).isEqualTo(refcnt + 1);
            dev_put(x);
        }
    }

    @Nested
    class dev_get_by_flags_rcu {
        @Test
        @DisplayName("the first whose flags agree")
        void agree() {
            net_device x = registered("x0");
            assertThat(Names.dev_get_by_flags_rcu(init_net, IFF_LOOPBACK, IFF_LOOPBACK)).isSameAs(init_net.loopback_dev);
            assertThat(Names.dev_get_by_flags_rcu(init_net, 0, IFF_LOOPBACK)).isSameAs(x);
            assertThat(Names.dev_get_by_flags_rcu(init_net, IFF_UP, IFF_UP | IFF_LOOPBACK)).isNull();
        }
    }

    @Nested
    class dev_valid_name {
        @ParameterizedTest
        @ValueSource(strings = {"", ".", "..", "a/b", "a b", "a\tb", "1234567890123456"})
        @DisplayName("refuses what could not be a file's name, and more than 15 characters")
        void refused(String name) {
            assertThat(Names.dev_valid_name(name)).isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"a", "eth0", "veth%d", "...", "123456789012345"})
        @DisplayName("takes the rest")
        void taken(String name) {
            assertThat(Names.dev_valid_name(name)).isTrue();
        }
    }

    @Nested
    class __dev_alloc_name {
        private final Ref<String> buf = new Ref<>();

        @Test
        @DisplayName("takes the lowest free number; names that only look like it do not count")
        void lowest() {
            registered("v0");
            registered("v2");
            registered("v01");
            registered("w1");
            assertThat(Names.__dev_alloc_name(init_net, "v%d", buf)).isEqualTo(1);
            assertThat(buf.val).isEqualTo("v1");
        }

        @Test
        @DisplayName("the number may stand in the middle")
        void middle() {
            registered("a0b");
            assertThat(Names.__dev_alloc_name(init_net, "a%db", buf)).isEqualTo(1);
            assertThat(buf.val).isEqualTo("a1b");
        }

        @Test
        @DisplayName("one %d and no other %")
        void bad() {
            assertThat(Names.__dev_alloc_name(init_net, "v%s", buf)).isEqualTo(-22);
            assertThat(Names.__dev_alloc_name(init_net, "v%", buf)).isEqualTo(-22);
            assertThat(Names.__dev_alloc_name(init_net, "v%d%d", buf)).isEqualTo(-22);
        }

        @Test
        @DisplayName("a plain name that is taken; no memory")
        void errors() {
            assertThat(Names.__dev_alloc_name(init_net, "lo", buf)).isEqualTo(-23);
            assertThat(Names.__dev_alloc_name(init_net, "x", buf)).isZero();
            Gfp.failNth(0);
            assertThat(Names.__dev_alloc_name(init_net, "v%d", buf)).isEqualTo(-12);
        }
    }

    @Nested
    class dev_alloc_name {
        @Test
        @DisplayName("gives the device the name")
        void named() {
            net_device dev = FakeDevice.made("?", 0).dev;
            assertThat(Names.dev_alloc_name(dev, "v%d")).isZero();
            assertThat(dev.name).isEqualTo("v0");
            assertThat(Names.dev_alloc_name(dev, "v%x")).isEqualTo(-22);
            assertThat(dev.name).isEqualTo("v0");
        }
    }

    @Nested
    class dev_get_valid_name {
        @Test
        @DisplayName("a plain one that is free, or one after a pattern")
        void named() {
            net_device dev = FakeDevice.made("?", 0).dev;
            assertThat(Names.dev_get_valid_name(init_net, dev, "n")).isZero();
            assertThat(dev.name).isEqualTo("n");
            assertThat(Names.dev_get_valid_name(init_net, dev, "p%d")).isZero();
            assertThat(dev.name).isEqualTo("p0");
            assertThat(Names.dev_get_valid_name(init_net, dev, "lo")).isEqualTo(-17);
            assertThat(Names.dev_get_valid_name(init_net, dev, "a b")).isEqualTo(-22);
        }
    }

    @Nested
    class dev_change_name {
        private final List<String> events = new ArrayList<>();

        private void listen(int answer) {
            Notifiers.register_netdevice_notifier(new notifier_block((nb, event, data) -> {
                if (event == NETDEV_CHANGENAME) {
                    events.add(Notifiers.netdev_notifier_info_to_dev(data).name);
                    return answer;
                }
                return 0;
            }));
        }

        @Test
        @DisplayName("it is found by the new name only, and those who listen hear of it")
        void renamed() {
            net_device x = registered("x0");
            listen(0);
            assertThat(Names.dev_change_name(x, "y0")).isZero();
            assertThat(Names.__dev_get_by_name(init_net, "y0")).isSameAs(x);
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(events).containsExactly("y0");
        }

        @Test
        @DisplayName("not while it is up, nor to a name that is taken; its own is no change")
        void refused() {
            net_device x = registered("x0");
            listen(0);
            assertThat(Names.dev_change_name(x, "lo")).isEqualTo(-17);
            assertThat(Names.dev_change_name(x, "x0")).isZero();
            Open.dev_open(x);
            assertThat(Names.dev_change_name(x, "y0")).isEqualTo(-16);
            assertThat(events).isEmpty();
        }

        @Test
        @DisplayName("somebody objects: it has its old name again, and all hear of that too")
        void rolled_back() {
            net_device x = registered("x0");
            listen(Notifier.notifier_from_errno(-5));
            assertThat(Names.dev_change_name(x, "y0")).isEqualTo(-5);
            assertThat(x.name).isEqualTo("x0");
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isSameAs(x);
            assertThat(Names.__dev_get_by_name(init_net, "y0")).isNull();
            assertThat(events).containsExactly("y0", "x0");
        }
    }

    @Nested
    class list_netdevice {
        @Test
        @DisplayName("found by its name and by its index, behind those that were there")
        void listed() {
            net_device x = registered("x0");
            Names.unlist_netdevice(x);

            Names.list_netdevice(x);

            assertThat(Names.__dev_get_by_name(init_net, "x0")).isSameAs(x);
            assertThat(Names.__dev_get_by_index(init_net, x.ifindex)).isSameAs(x);
            assertThat(init_net.dev_base_head.get(init_net.dev_base_head.size() - 1)).isSameAs(x);
        }
    }

    @Nested
    class unlist_netdevice {
        @Test
        @DisplayName("found by nobody; the others still are")
        void unlisted() {
            net_device x = registered("x0");
            net_device y = registered("y0");

            Names.unlist_netdevice(x);

            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(Names.__dev_get_by_index(init_net, x.ifindex)).isNull();
            assertThat(Names.__dev_get_by_name(init_net, "y0")).isSameAs(y);
            assertThat(Names.__dev_get_by_index(init_net, y.ifindex)).isSameAs(y);
            Names.list_netdevice(x);
        }
    }

    @Nested
    class dev_get_by_name_rcu {
        @Test
        @DisplayName("without holding it")
        void found() {
            net_device x = registered("x0");
            int held = x.refcnt;

            assertThat(Names.dev_get_by_name_rcu(init_net, "x0")).isSameAs(x);
            assertThat(Names.dev_get_by_name_rcu(init_net, "x1")).isNull();
            assertThat(x.refcnt).isEqualTo(held);
        }
    }

    @Nested
    class dev_get_by_index_rcu {
        @Test
        @DisplayName("without holding it")
        void found() {
            net_device x = registered("x0");
            int held = x.refcnt;

            assertThat(Names.dev_get_by_index_rcu(init_net, x.ifindex)).isSameAs(x);
            assertThat(Names.dev_get_by_index_rcu(init_net, x.ifindex + 1)).isNull();
            assertThat(x.refcnt).isEqualTo(held);
        }
    }

    @Nested
    class dev_alloc_name_ns {
        @Test
        @DisplayName("the first number that is free in that namespace; no pattern, no name")
        void each_namespace() {
            net_device x = registered("x0");
            net_device dev = FakeDevice.made("?", 0).dev;

            assertThat(Names.dev_alloc_name_ns(init_net, dev, "x%d")).isEqualTo(1);
            assertThat(dev.name).isEqualTo("x1");
            assertThat(Names.dev_alloc_name_ns(NetNs.create("other"), dev, "x%d")).isZero();
            assertThat(dev.name).isEqualTo("x0");
            assertThat(Names.dev_alloc_name_ns(init_net, dev, "x%s")).isEqualTo(-22);
            assertThat(dev.name).isEqualTo("x0");
            assertThat(x.name).isEqualTo("x0");
        }
    }
}
