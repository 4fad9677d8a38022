// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static linux.netdevice.Registry.unregister_netdev;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Dst.dst_hold;
import static net.dst.Entries.dst_entries_get_fast;
import static net.dst.dst_entry.DST_HOST;
import static net.dst.dst_entry.DST_NOCACHE;
import static net.dst.dst_entry.DST_NOCOUNT;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static net.dst.dst_entry.DST_OBSOLETE_FORCE_CHK;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;
import static testing.Nic.down;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Nic;
import testing.Skbs;

@KernelTest
class GarbageTest {
    private final dst_ops ops = new dst_ops();
    private final List<dst_entry> destroyed = new ArrayList<>();
    private Nic nic;

    @BeforeEach
    void entry() {
        ops.kmem_cachep = dst_entry::new;
        ops.destroy = destroyed::add;
        nic = Nic.down(init_net, "eth0");
    }

    private dst_entry entry(int flags) {
        return Garbage.dst_alloc(ops, nic.dev, 1, DST_OBSOLETE_FORCE_CHK, flags);
    }

    private static boolean drops(dst_entry.Input f) {
        sk_buff skb = Skbs.linear(20);
        int live = Alloc.liveSkbs();
        int ret = f.call(skb);
        boolean dropped = ret == 0 && Alloc.liveSkbs() == live - 1;
        if (!dropped) {
            kfree_skb(skb);
        }
        return dropped;
    }

    @Nested
    class dst_discard {
        @Test
        @DisplayName("the packet is gone")
        void gone() {
            assertThat(drops(Garbage::dst_discard)).isTrue();
        }
    }

    @Nested
    class dst_alloc {
        @Test
        @DisplayName("leads nowhere at first, holds its device, and is counted")
        void made() {
            int refs = nic.dev.refcnt;

            dst_entry dst = entry(DST_HOST);

            assertThat(drops(dst.input)).isTrue();
            assertThat(drops(dst.output)).isTrue();
            assertThat(dst.__refcnt).isOne();
            assertThat(dst.flags).isEqualTo(DST_HOST);
            assertThat(dst.lastuse).isEqualTo(Jiffies.jiffies);
            assertThat(nic.dev.refcnt).isEqualTo(refs + 1);
            assertThat(dst_entries_get_fast(ops)).isOne();
            entry(DST_NOCOUNT);
            assertThat(dst_entries_get_fast(ops)).isOne();
        }

        @Test
        @DisplayName("above gc_thresh the family has to make room first, or there is none")
        void no_room() {
            ops.gc_thresh = 1;
            ops.gc = o -> 1;
            assertThat(entry(0)).isNotNull();
            assertThat(entry(0)).isNotNull();

            assertThat(entry(0)).isNull();

            ops.gc = o -> 0;
            assertThat(entry(0)).isNotNull();
        }

        @Test
        @DisplayName("null without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(entry(0)).isNull();
        }
    }

    @Nested
    class ___dst_free {
        @Test
        @DisplayName("by a device that is down nothing gets through any more")
        void device_down() {
            dst_entry dst = entry(0);
            dst.output = skb -> 1;

            Garbage.___dst_free(dst);

            assertThat(dst.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            assertThat(drops(dst.output)).isTrue();
        }

        @Test
        @DisplayName("by one that is up, packets that are on the way still do")
        void device_up() {
            IpAddr.linkUp(nic.dev);
            dst_entry dst = entry(0);
            dst.output = skb -> 1;

            Garbage.___dst_free(dst);

            assertThat(drops(dst.output)).isFalse();
        }
    }

    @Nested
    class __dst_free {
        @Test
        @DisplayName("dead and remembered")
        void remembered() {
            dst_entry dst = entry(0);

            Garbage.__dst_free(dst);

            assertThat(dst.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            assertThat(Garbage.busy()).isOne();
            Garbage.dst_release(dst);
        }
    }

    @Nested
    class dst_destroy {
        @Test
        @DisplayName("lets go of the device, once")
        void once() {
            int refs = nic.dev.refcnt;
            dst_entry dst = entry(0);

            assertThat(Garbage.dst_destroy(dst)).isNull();
            Garbage.dst_destroy(dst);

            assertThat(nic.dev.refcnt).isEqualTo(refs);
            assertThat(dst_entries_get_fast(ops)).isZero();
            assertThat(destroyed).containsExactly(dst);
        }
    }

    @Nested
    class dst_destroy_rcu {
        @Test
        @DisplayName("does it at once")
        void at_once() {
            dst_entry dst = entry(0);

            Garbage.dst_destroy_rcu(dst);

            assertThat(destroyed).containsExactly(dst);
        }
    }

    @Nested
    class dst_release {
        @Test
        @DisplayName("an entry that is cached outlives its users")
        void cached() {
            dst_entry dst = entry(0);

            Garbage.dst_release(dst);

            assertThat(destroyed).isEmpty();
        }

        @Test
        @DisplayName("one that is not cached does not")
        void not_cached() {
            dst_entry dst = entry(DST_NOCACHE);
            dst_hold(dst);

            Garbage.dst_release(dst);
            assertThat(destroyed).isEmpty();
            Garbage.dst_release(dst);

            assertThat(destroyed).containsExactly(dst);
        }

        @Test
        @DisplayName("null is fine; letting go once too often is not")
        void too_often() {
            Garbage.dst_release(null);
            dst_entry dst = entry(0);
            Garbage.dst_release(dst);

            Garbage.dst_release(dst);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }

    @Nested
    class dst_dev_event {
        @Test
        @DisplayName("a device goes down: dead entries by it drop their packets")
        void down() {
            IpAddr.linkUp(nic.dev);
            dst_entry dst = entry(0);
            dst.output = skb -> 1;
            Garbage.__dst_free(dst);

            IpAddr.linkDown(nic.dev);

            assertThat(drops(dst.output)).isTrue();
            Garbage.dst_release(dst);
        }

        @Test
        @DisplayName("a device goes for good: dead entries by it move to the loopback")
        void unregistered() {
            dst_entry dst = entry(0);
            Garbage.__dst_free(dst);

            unregister_netdev(nic.dev);

            assertThat(dst.dev).isSameAs(init_net.loopback_dev);
            Garbage.dst_release(dst);
        }
    }

    @Nested
    class dst_ifdown {
        @Test
        @DisplayName("entries by another device are left alone; the family hears of it anyway")
        void other_device() {
            List<Integer> how = new ArrayList<>();
            ops.ifdown = (d, dev, h) -> how.add(h);
            dst_entry dst = entry(0);
            dst.output = skb -> 1;

            Garbage.dst_ifdown(dst, init_net.loopback_dev, true);

            assertThat(how).containsExactly(1);
            assertThat(drops(dst.output)).isFalse();
            assertThat(dst.dev).isSameAs(nic.dev);
        }
    }

    @Nested
    class dst_init {
        @Test
        @DisplayName("has been called when the machine booted: dead entries hear of devices that go down")
        void registered() {
            dst_entry dst = entry(0);
            dst.output = skb -> 1;
            Garbage.__dst_free(dst);
            IpAddr.linkUp(nic.dev);
            IpAddr.linkDown(nic.dev);

            assertThat(drops(dst.output)).isTrue();
            Garbage.dst_release(dst);
        }
    }
}
