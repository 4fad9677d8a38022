// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.netdevice.Open.dev_open;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Free.kfree_skb;
import static net.arp.Arp.__ipv4_neigh_lookup;
import static net.arp.Arp.__ipv4_neigh_lookup_noref;
import static net.arp.Arp.arp_tbl;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.neighbour.Nud.NUD_NOARP;
import static uapi.linux.neighbour.Nud.NUD_NONE;
import static uapi.linux.neighbour.Nud.NUD_PERMANENT;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import java.util.Arrays;
import linux.gfp.Gfp;
import linux.netdevice.Registry;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import net.arp.Arp;
import net.dst.dst_entry;
import net.dst.dst_ops;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;

@KernelTest
class NeighTest {
    private static final int IP = 0x0a000001;
    private static final byte[] MAC = {2, 1, 2, 3, 4, 5};

    private FakeDevice d;

    @BeforeEach
    void setUp() {
        d = FakeDevice.up("x0", 0);
    }

    /** A packet as it leaves IP: without a link header. */
    private sk_buff packet() {
        sk_buff skb = Frames.to(d.dev, new byte[6], Sink.TYPE, 30);
        __skb_pull(skb, 14);
        dst_entry dst = new dst_entry();
        dst.ops = new dst_ops();
        dst.__refcnt = 1;
        skb_dst_set(skb, dst);
        return skb;
    }

    @Nested
    class __neigh_create {
        @Test
        @DisplayName("a new one on an Ethernet: its address is not known")
        void unknown() {
            neighbour n = Neigh.__neigh_create(IP, d.dev, false);
            assertThat(n.nud_state).isEqualTo(NUD_NONE);
            assertThat(n.type).isEqualTo(RTN_UNICAST);
            assertThat(n.dead).isFalse();
            assertThat(__ipv4_neigh_lookup_noref(d.dev, IP)).isSameAs(n);
            assertThat(arp_tbl.entries).isOne();
            assertThat(n.refcnt).isOne();
        }

        @Test
        @DisplayName("one that is there already is found, and held if that is wanted")
        void again() {
            int refs = d.dev.refcnt;
            neighbour n = Neigh.__neigh_create(IP, d.dev, false);
            assertThat(Neigh.__neigh_create(IP, d.dev, true)).isSameAs(n);
            assertThat(n.refcnt).isEqualTo(2);
            assertThat(Neigh.__neigh_create(IP, d.dev, false)).isSameAs(n);
            assertThat(n.refcnt).isEqualTo(2);
            assertThat(arp_tbl.entries).isOne();
            assertThat(d.dev.refcnt).as("one for the neighbour").isEqualTo(refs + 1);
            Neigh.neigh_release(n);
        }

        @Test
        @DisplayName("the same address at another device is another one")
        void other_device() {
            FakeDevice e = FakeDevice.up("x1", 0);
            assertThat(Neigh.__neigh_create(IP, d.dev, false)).isNotSameAs(Neigh.__neigh_create(IP, e.dev, false));
        }

        @Test
        @DisplayName("no memory: an error in its place")
        void no_memory() {
            Gfp.failNth(0);
            neighbour n = Neigh.__neigh_create(IP, d.dev, false);
            assertThat(IS_ERR(n)).isTrue();
            assertThat(PTR_ERR(n)).isEqualTo(-105);
        }
    }

    @Nested
    class neigh_create {
        @Test
        @DisplayName("the caller holds it")
        void held() {
            neighbour n = Neigh.neigh_create(IP, d.dev);
            assertThat(n.refcnt).isEqualTo(2);
            Neigh.neigh_release(n);
        }
    }

    @Nested
    class neigh_lookup {
        @Test
        @DisplayName("finds and holds it, or there is none")
        void found() {
            assertThat(Neigh.neigh_lookup(IP, d.dev)).isNull();
            assertThat(__ipv4_neigh_lookup(d.dev, IP)).isNull();
            Neighbours.add(d.dev, IP, MAC);
            neighbour n = Neigh.neigh_lookup(IP, d.dev);
            assertThat(n.refcnt).isEqualTo(2);
            Neigh.neigh_release(n);
        }
    }

    @Nested
    class neigh_release {
        @Test
        @DisplayName("the last one lets go of the device")
        void device() {
            int refs = d.dev.refcnt;
            neighbour n = Neigh.neigh_create(IP, d.dev);
            Neigh.neigh_ifdown(arp_tbl, d.dev);
            assertThat(d.dev.refcnt).isEqualTo(refs + 1);
            Neigh.neigh_release(n);
            assertThat(d.dev.refcnt).isEqualTo(refs);
        }
    }

    @Nested
    class neigh_ifdown {
        @Test
        @DisplayName("forgets those of one device; who still holds one gets nothing through")
        void forgotten() {
            FakeDevice e = FakeDevice.up("x1", 0);
            for (int i = 0; i < 600; i++) {
                Neighbours.add(d.dev, IP + i, MAC);
                Neighbours.add(e.dev, IP + i, MAC);
            }
            neighbour n = Neigh.neigh_lookup(IP + 5, d.dev);

            Neigh.neigh_ifdown(arp_tbl, d.dev);

            assertThat(arp_tbl.entries).isEqualTo(600);
            assertThat(__ipv4_neigh_lookup_noref(d.dev, IP + 7)).isNull();
            assertThat(__ipv4_neigh_lookup_noref(e.dev, IP + 599)).isNotNull();
            assertThat(n.dead).isTrue();
            assertThat(n.output.call(n, packet())).isEqualTo(-100);
            Neigh.neigh_release(n);
        }
    }

    @Nested
    class neigh_resolve_output {
        @Test
        @DisplayName("nobody has entered the address: the packet is dropped and counted")
        void unknown() {
            neighbour n = Neigh.__neigh_create(IP, d.dev, false);
            assertThat(n.output.call(n, packet())).isZero();
            assertThat(arp_tbl.unres_discards).isOne();
            assertThat(d.sent).isEmpty();
            assertThat(Alloc.liveSkbs()).isZero();
        }

        @Test
        @DisplayName("an address that is known after all is used")
        void known() {
            Neighbours.add(d.dev, IP, MAC);
            neighbour n = __ipv4_neigh_lookup_noref(d.dev, IP);
            assertThat(Neigh.neigh_resolve_output(n, packet())).isZero();
            assertThat(d.sent.get(0).bytes()).startsWith(MAC).hasSize(44);
        }

        @Test
        @DisplayName("a packet without a route, or a link that takes no header: -EINVAL")
        void invalid() {
            Neighbours.add(d.dev, IP, MAC);
            neighbour n = __ipv4_neigh_lookup_noref(d.dev, IP);
            sk_buff skb = Frames.to(d.dev, new byte[6], Sink.TYPE, 30);
            assertThat(Neigh.neigh_resolve_output(n, skb)).isEqualTo(-22);
            d.dev.header_ops = new linux.netdevice.header_ops();
            d.dev.header_ops.create = (s, dev, type, daddr, saddr, len) -> -1;
            assertThat(Neigh.neigh_resolve_output(n, packet())).isEqualTo(-22);
            assertThat(Neigh.neigh_connected_output(n, packet())).isEqualTo(-22);
            assertThat(d.sent).isEmpty();
        }
    }

    @Nested
    class neigh_connected_output {
        @Test
        @DisplayName("writes the link header in front of the network header and sends")
        void sent() {
            Neighbours.add(d.dev, IP, MAC);
            neighbour n = __ipv4_neigh_lookup_noref(d.dev, IP);
            assertThat(n.output.call(n, packet())).isZero();
            byte[] b = d.sent.get(0).bytes();
            assertThat(b).startsWith(2, 1, 2, 3, 4, 5, 2, 0, 0, 0, 0, 1).hasSize(44);
            assertThat(Arrays.copyOfRange(b, 12, 14)).containsExactly(0x88, 0xb5);
        }

        @Test
        @DisplayName("what dev_queue_xmit says is told")
        void error() {
            Neighbours.add(d.dev, IP, MAC);
            neighbour n = __ipv4_neigh_lookup_noref(d.dev, IP);
            d.dev.flags &= ~1;
            assertThat(n.output.call(n, packet())).isEqualTo(-100);
            d.dev.flags |= 1;
        }
    }

    @Nested
    class neigh_direct_output {
        @Test
        @DisplayName("a device without link headers gets the packet as it is")
        void direct() {
            d.dev.header_ops = null;
            neighbour n = Neigh.__neigh_create(IP, d.dev, false);
            assertThat(n.nud_state).isEqualTo(NUD_NOARP);
            sk_buff skb = Frames.to(d.dev, null, Sink.TYPE, 30);
            assertThat(n.output.call(n, skb)).isZero();
            assertThat(d.sent.get(0).bytes()).hasSize(30);
        }
    }

    @Nested
    class neigh_event_send {
        @Test
        @DisplayName("0: packets can be sent; 1: this one has been taken care of")
        void cases() {
            neighbour n = Neigh.__neigh_create(IP, d.dev, false);
            assertThat(Neigh.neigh_event_send(n, null)).isOne();
            assertThat(arp_tbl.unres_discards).isZero();
            Neighbours.add(d.dev, IP, MAC);
            assertThat(Neigh.neigh_event_send(n, null)).isZero();
        }
    }

    @Nested
    class arp_constructor {
        @Test
        @DisplayName("on a loopback no address is needed: the device's own, zeroes")
        void loopback() {
            net_device lo = init_net.loopback_dev;
            dev_open(lo);
            Sink sink = Sink.open();
            neighbour n = Neigh.__neigh_create(0x7f000001, lo, false);
            assertThat(n.nud_state).isEqualTo(NUD_NOARP);
            sk_buff skb = Frames.loop(lo, 30);
            __skb_pull(skb, 14);
            assertThat(n.output.call(n, skb)).isZero();
            assertThat(sink.got).hasSize(1);
        }

        @Test
        @DisplayName("groups have the address that their number makes, the broadcast is for all")
        void groups() {
            neighbour m = Neigh.__neigh_create(0xe0812345, d.dev, false);
            assertThat(m.type).isEqualTo(RTN_MULTICAST);
            assertThat(m.ha).startsWith(1, 0, 0x5e, 1, 0x23, 0x45);
            assertThat(m.nud_state).isEqualTo(NUD_NOARP);
            neighbour b = Neigh.__neigh_create(0xffffffff, d.dev, false);
            assertThat(b.type).isEqualTo(RTN_BROADCAST);
            assertThat(b.ha).startsWith(-1, -1, -1, -1, -1, -1);
        }

        @Test
        @DisplayName("groups on a device that is no Ethernet go to all")
        void groups_elsewhere() {
            d.dev.type = 512;
            neighbour m = Neigh.__neigh_create(0xe0812345, d.dev, false);
            assertThat(m.ha).startsWith(-1, -1, -1, -1, -1, -1);
        }
    }

    @Nested
    class arp_netdev_event {
        @Test
        @DisplayName("a device that goes away does not have to wait for its neighbours; one that is switched off keeps them")
        void unregistered() {
            Neighbours.add(d.dev, IP, MAC);
            linux.netdevice.Open.dev_close(d.dev);
            assertThat(__ipv4_neigh_lookup_noref(d.dev, IP)).isNotNull();
            Registry.unregister_netdev(d.dev);
            assertThat(arp_tbl.entries).isZero();
            Arp.arp_ifdown(d.dev);
        }
    }

    @Nested
    class NeighboursTest {
        @Test
        @DisplayName("are entered, changed, listed and removed by hand")
        void by_hand() {
            Neighbours.add(d.dev, IP, MAC);
            Neighbours.add(d.dev, IP, new byte[] {2, 9, 9, 9, 9, 9});
            assertThat(Neighbours.of(d.dev)).hasSize(1);
            neighbour n = Neighbours.of(d.dev).get(0);
            assertThat(n.nud_state).isEqualTo(NUD_PERMANENT);
            assertThat(n.ha).startsWith(2, 9);
            Neighbours.remove(d.dev, IP);
            Neighbours.remove(d.dev, IP + 1);
            assertThat(Neighbours.of(d.dev)).isEmpty();
            n.output.call(n, packet());
            assertThat(arp_tbl.unres_discards).isOne();
        }

        @Test
        @DisplayName("an address of a wrong length is refused; and when there is no memory, that is said")
        void refused() {
            assertThatThrownBy(() -> Neighbours.add(d.dev, IP, new byte[5])).hasMessageContaining("x0 has 6 bytes, not 5");
            Gfp.failNth(0);
            assertThatThrownBy(() -> Neighbours.add(d.dev, IP, MAC)).hasMessageContaining("no memory");
        }
    }

    @Test
    @DisplayName("two hosts that know each other's address")
    void two_hosts() {
        net_device a = Veth.createPair(new Veth.End(init_net, "a", MAC), new Veth.End(init_net, "b", new byte[] {2, 0, 0, 0, 0, 9}));
        dev_open(a);
        dev_open(Veth.peer(a));
        Sink sink = Sink.open();
        Neighbours.add(a, IP, Arrays.copyOf(Veth.peer(a).dev_addr, 6));
        neighbour n = __ipv4_neigh_lookup_noref(a, IP);
        sk_buff skb = Frames.to(a, new byte[6], Sink.TYPE, 30);
        __skb_pull(skb, 14);
        n.output.call(n, skb);
        assertThat(sink.got.get(0).pkt_type()).isZero();
        kfree_skb(null);
    }
}
