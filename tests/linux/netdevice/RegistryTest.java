// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Netdev.netif_carrier_ok;
import static linux.netdevice.Registry.register_netdev;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.MptcpConnection.locked;
import static uapi.linux.if_.Iff.*;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.list.list_head;
import linux.printk.Printk;
import linux.sched.Sched;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;

@KernelTest
class RegistryTest extends DeviceEvents {
    @Nested
    class register_netdev {
        @Test
        @DisplayName("takes the RTNL lock itself, and lets go of it when it fails, too")
        void locked() {
            FakeDevice d = FakeDevice.made("x0", 0);
            boolean[] locked = new boolean[1];
            d.ops.ndo_init = dev -> {
                locked[0] = linux.rtnetlink.Rtnl.rtnl_is_locked();
                return 0;
            };
            assertThat(register_netdev(d.dev)).isZero();
            assertThat(locked[0]).isTrue();
            assertThat(linux.rtnetlink.Rtnl.rtnl_is_locked()).isFalse();

            assertThat(register_netdev(FakeDevice.made("x0", 0).dev)).isEqualTo(-17);
            assertThat(linux.rtnetlink.Rtnl.rtnl_is_locked()).isFalse();
        }
    }

    @Nested
    class register_netdevice {
        @Test
        @DisplayName("gets an index, is found, and those who listen hear of it; hw can switch gso and gro")
        void registers() {
            FakeDevice d = FakeDevice.made("x%d", linux.netdev_features.NetdevFeatures.NETIF_F_SG);
            assertThat(register_netdev(d.dev)).isZero();
            assertThat(d.dev.name).isEqualTo("x0");
            assertThat(d.dev.ifindex).isEqualTo(2);
            assertThat(d.dev.iflink).isEqualTo(2);
            assertThat(Names.__dev_get_by_index(init_net, 2)).isSameAs(d.dev);
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_REGISTERED);
            assertThat(events).containsExactly("POST_INIT", "REGISTER");
            assertThat(Offloads.isOn(d.dev, "gso")).isTrue();
            assertThat(d.dev.perm_addr).isEqualTo(d.dev.dev_addr);
            assertThat(netif_carrier_ok(d.dev)).isTrue();
        }

        @Test
        @DisplayName("a name that is taken; an index that is taken")
        void taken() {
            assertThat(register_netdev(FakeDevice.made("lo", 0).dev)).isEqualTo(-17);
            FakeDevice d = FakeDevice.made("x0", 0);
            int[] undone = new int[1];
            d.ops.ndo_uninit = dev -> undone[0]++;
            d.dev.ifindex = 1;
            assertThat(register_netdev(d.dev)).isEqualTo(-16);
            assertThat(undone[0]).isOne();
        }

        @Test
        @DisplayName("the driver cannot set it up")
        void init_error() {
            FakeDevice d = FakeDevice.made("x0", 0);
            d.ops.ndo_init = dev -> -12;
            assertThat(register_netdev(d.dev)).isEqualTo(-12);
            d.ops.ndo_init = dev -> 1;
            assertThat(register_netdev(d.dev)).as("a driver that returns nonsense").isEqualTo(-5);
        }

        @Test
        @DisplayName("somebody objects to its features: not registered")
        void objection_early() {
            objectTo = Notifiers.NETDEV_POST_INIT;
            FakeDevice d = FakeDevice.made("x0", 0);
            assertThat(register_netdev(d.dev)).isEqualTo(-5);
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_UNINITIALIZED);
        }

        @Test
        @DisplayName("somebody objects to it as such: taken back")
        void objection_late() {
            objectTo = Notifiers.NETDEV_REGISTER;
            FakeDevice d = FakeDevice.made("x0", 0);
            assertThat(register_netdev(d.dev)).isEqualTo(-5);
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_UNREGISTERED);
            assertThat(d.dev.refcnt).isZero();
            assertThat(events).containsExactly("POST_INIT", "REGISTER", "UNREGISTER");
        }
    }

    @Nested
    class dev_new_index {
        @Test
        @DisplayName("the next number that is free")
        void next() {
            FakeDevice d = FakeDevice.made("x0", 0);
            d.dev.ifindex = 2;
            register_netdev(d.dev);
            assertThat(Registry.dev_new_index(init_net)).isEqualTo(3);
            init_net.ifindex = Integer.MAX_VALUE;
            assertThat(Registry.dev_new_index(init_net)).as("after the largest one").isEqualTo(3);
        }
    }

    @Nested
    class unregister_netdevice_queue {
        @Test
        @DisplayName("closes it and tells everybody; it is gone when the lock is let go of")
        void steps() {
            FakeDevice d = up();
            rtnl_lock();
            Registry.unregister_netdevice_queue(d.dev, null);
            assertThat(events).containsExactly("GOING_DOWN", "DOWN", "UNREGISTER");
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_UNREGISTERING);
            rtnl_unlock();
            assertThat(events).endsWith("UNREGISTER_FINAL");
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_RELEASED);
        }

        @Test
        @DisplayName("packets that wait to be received are dropped; nothing is left behind")
        void packets_dropped() {
            FakeDevice d = up();
            Sink sink = Sink.open();
            linux.interrupt.Softirq.local_bh_disable();
            for (int i = 0; i < 5; i++) {
                linux.skbuff.sk_buff skb = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, 10);
                skb.protocol = linux.etherdevice.Ethernet.eth_type_trans(skb, d.dev);
                Backlog.netif_rx(skb);
            }
            Registry.unregister_netdev(d.dev);
            linux.interrupt.Softirq.local_bh_enable();
            assertThat(sink.got).isEmpty();
            assertThat(linux.skbuff.Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class rollback_registered_many {
        @Test
        @DisplayName("one that never was registered is left out, with a warning")
        void never() {
            FakeDevice d = FakeDevice.made("x0", 0);
            list_head<net_device> head = new list_head<>();
            linux.list.Lists.list_add(d.dev.unreg_list, head);
            Registry.rollback_registered_many(head);
            assertThat(linux.bug.Bug.warnings).hasSize(1);
            linux.bug.Bug.warnings.clear();
            assertThat(events).isEmpty();
        }
    }

    @Nested
    class synchronize_net {
        @Test
        @DisplayName("a softirq that calls it would wait for itself: a warning")
        void in_softirq() {
            Registry.synchronize_net();
            assertThat(linux.bug.Bug.warnings).isEmpty();
            Sink sink = Sink.open();
            sink.also = s -> Registry.synchronize_net();
            Open.dev_open(init_net.loopback_dev);
            linux.netdevice.Xmit.dev_queue_xmit(Frames.loop(init_net.loopback_dev, 1));
            assertThat(linux.bug.Bug.warnings).hasSize(1);
            linux.bug.Bug.warnings.clear();
        }
    }

    @Nested
    class unregister_netdevice_many {
        @Test
        @DisplayName("several at once, and an empty list")
        void many() {
            FakeDevice a = up();
            FakeDevice b = FakeDevice.up("x1", 0);
            list_head<net_device> head = new list_head<>();
            rtnl_lock();
            Registry.unregister_netdevice_many(head);
            Registry.unregister_netdevice_queue(a.dev, head);
            Registry.unregister_netdevice_queue(b.dev, head);
            events.clear();
            Registry.unregister_netdevice_many(head);
            rtnl_unlock();
            assertThat(events).containsExactly("GOING_DOWN", "GOING_DOWN", "DOWN", "DOWN", "UNREGISTER", "UNREGISTER",
                    "UNREGISTER_FINAL", "UNREGISTER_FINAL");
            assertThat(init_net.dev_base_head).hasSize(1);
        }
    }

    @Nested
    class netdev_wait_allrefs {
        @Test
        @DisplayName("waits until the last user lets go, reminds everybody each second and complains after ten")
        void waits() {
            FakeDevice d = up();
            Netdev.dev_hold(d.dev);
            Sched.kthread_run("user", () -> {
                Sched.msleep(12_000);
                Netdev.dev_put(d.dev);
            });
            long before = Jiffies.jiffies;
            Registry.unregister_netdev(d.dev);
            assertThat(Jiffies.jiffies - before).isBetween(12_000L, 12_400L);
            assertThat(events.stream().filter(e -> e.equals("UNREGISTER")).count()).isBetween(9L, 12L);
            assertThat(Printk.dmesg().toString()).contains("waiting for x0 to become free. Usage count = 1");
        }
    }

    @Nested
    class netdev_run_todo {
        @Test
        @DisplayName("a driver's destructor gets the device when nobody uses it any more")
        void destructor() {
            FakeDevice d = up();
            int[] refs = {-1};
            d.dev.destructor = dev -> {
                refs[0] = dev.refcnt;
                Registry.free_netdev(dev);
            };
            Registry.unregister_netdev(d.dev);
            assertThat(refs[0]).isZero();
        }

        @Test
        @DisplayName("one on the list that is not going away is complained about")
        void wrong_state() {
            FakeDevice d = registered();
            rtnl_lock();
            Registry.net_set_todo(d.dev);
            rtnl_unlock();
            assertThat(Printk.dmesg().toString()).contains("network todo 'x0' but state 1");
        }
    }

    @Nested
    class alloc_netdev {
        @Test
        @DisplayName("has the defaults of the kernel, in the first namespace; or there is no memory")
        void defaults() {
            net_device dev = Registry.alloc_netdev("priv", "n%d", d -> d.mtu = 77);
            assertThat(dev.gso_max_size).isEqualTo(65536);
            assertThat(dev.gso_max_segs).isEqualTo(65535);
            assertThat(dev.priv_flags).isEqualTo(IFF_XMIT_DST_RELEASE);
            assertThat(dev.nd_net).isSameAs(init_net);
            assertThat(dev.mtu).isEqualTo(77);
            assertThat(Netdev.netdev_priv(dev)).isEqualTo("priv");
            Gfp.failNth(0);
            assertThat(Registry.alloc_netdev(null, "n", d -> {})).isNull();
            assertThatThrownBy(() -> Registry.alloc_netdev(null, "1234567890123456", d -> {})).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class free_netdev {
        @Test
        @DisplayName("not while it is registered")
        void registered_one() {
            FakeDevice d = registered();
            assertThatThrownBy(() -> Registry.free_netdev(d.dev)).isInstanceOf(Oops.class);
        }

        @Test
        @DisplayName("what polls for it is taken off")
        void polls() {
            FakeDevice d = FakeDevice.made("x0", 0);
            napi_struct n = new napi_struct();
            Backlog.netif_napi_add(d.dev, n, (napi, b) -> 0, 1);
            Registry.free_netdev(d.dev);
            assertThat(linux.list.Lists.list_empty(d.dev.napi_list)).isTrue();
        }
    }

    @Nested
    class dev_change_net_namespace {
        @Test
        @DisplayName("goes here and comes there, down, with an index of the new namespace")
        void moved() {
            FakeDevice d = up();
            net other = NetNs.create("other");
            net_device there = FakeDevice.made("y0", 0).dev;
            dev_net_set(there, other);
            register_netdev(there);
            assertThat(there.ifindex).isEqualTo(d.dev.ifindex);
            events.clear();

            assertThat(Registry.dev_change_net_namespace(d.dev, other, null)).isZero();

            assertThat(events).containsExactly("GOING_DOWN", "DOWN", "UNREGISTER", "UNREGISTER_FINAL", "REGISTER");
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(Names.__dev_get_by_name(other, "x0")).isSameAs(d.dev);
            assertThat(d.dev.ifindex).isEqualTo(3);
            assertThat(d.dev.iflink).isEqualTo(3);
            assertThat(d.dev.flags & IFF_UP).isZero();
        }

        @Test
        @DisplayName("its name is taken there: another one after the pattern, or not at all")
        void name_taken() {
            FakeDevice d = registered();
            net other = NetNs.create("other");
            net_device there = FakeDevice.made("x0", 0).dev;
            dev_net_set(there, other);
            register_netdev(there);
            assertThat(Registry.dev_change_net_namespace(d.dev, other, null)).isEqualTo(-17);
            assertThat(Registry.dev_change_net_namespace(d.dev, other, "a b")).isEqualTo(-17);
            assertThat(Registry.dev_change_net_namespace(d.dev, other, "m%d")).isZero();
            assertThat(Names.__dev_get_by_name(other, "m0")).isSameAs(d.dev);
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
        }

        @Test
        @DisplayName("lo stays; where it is already nothing happens; one that is not registered cannot")
        void not_moved() {
            FakeDevice d = registered();
            net other = NetNs.create("other");
            assertThat(Registry.dev_change_net_namespace(init_net.loopback_dev, other, null)).isEqualTo(-22);
            assertThat(Registry.dev_change_net_namespace(d.dev, init_net, null)).isZero();
            assertThat(Registry.dev_change_net_namespace(FakeDevice.made("z", 0).dev, other, null)).isEqualTo(-22);
            assertThat(events).isEmpty();
        }
    }

    @Nested
    class net_set_todo {
        @Test
        @DisplayName("to be finished in the order in which they were taken away")
        void queued() {
            net_device a = new net_device();
            net_device b = new net_device();

            Registry.net_set_todo(a);
            Registry.net_set_todo(b);

            assertThat(Registry.net_todo_list.next.owner).isSameAs(a);
            assertThat(Registry.net_todo_list.prev.owner).isSameAs(b);
            linux.list.Lists.INIT_LIST_HEAD(Registry.net_todo_list);
        }
    }

    @Nested
    class rollback_registered {
        @Test
        @DisplayName("closed, taken off the lists, and everybody is told; nobody frees it yet")
        void rolled_back() {
            FakeDevice d = up();

            Registry.rollback_registered(d.dev);

            assertThat(events).containsExactly("GOING_DOWN", "DOWN", "UNREGISTER");
            assertThat(Names.__dev_get_by_name(init_net, "x0")).isNull();
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_UNREGISTERING);
            assertThat(d.dev.refcnt).as("neither IP nor the list holds it").isZero();
        }
    }

    @Nested
    class netdev_refcnt_read {
        @Test
        @DisplayName("how many hold it")
        void held() {
            FakeDevice d = registered();
            int before = Registry.netdev_refcnt_read(d.dev);
            Netdev.dev_hold(d.dev);
            assertThat(Registry.netdev_refcnt_read(d.dev)).isEqualTo(before + 1);
            Netdev.dev_put(d.dev);
            assertThat(Registry.netdev_refcnt_read(d.dev)).isEqualTo(before).isPositive();
        }
    }

    @Nested
    class unregister_netdev {
        @Test
        @DisplayName("when it returns, the device is gone")
        void gone() {
            FakeDevice d = up();

            Registry.unregister_netdev(d.dev);

            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_RELEASED);
            assertThat(events).containsExactly("GOING_DOWN", "DOWN", "UNREGISTER", "UNREGISTER_FINAL");
        }
    }

    @Nested
    class unregister_netdevice {
        @Test
        @DisplayName("gone when the RTNL lock is let go of")
        void later() {
            FakeDevice d = registered();
            rtnl_lock();
            Netdev.unregister_netdevice(d.dev);
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_UNREGISTERING);
            rtnl_unlock();
            assertThat(d.dev.reg_state).isEqualTo(net_device.NETREG_RELEASED);
        }
    }
}
