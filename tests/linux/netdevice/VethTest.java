// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Netdev.NET_XMIT_CN;
import static linux.netdevice.Netdev.netif_carrier_ok;
import static linux.netdevice.Open.dev_close;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.if_.Iff.IFF_TX_SKB_SHARING;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;

import linux.gfp.Gfp;
import linux.list.list_head;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;
import uapi.linux.if_link.rtnl_link_stats64;

@KernelTest
class VethTest {
    private static final byte[] MAC_A = {2, 0, 0, 0, 0, 1};
    private static final byte[] MAC_B = {2, 0, 0, 0, 0, 2};

    private net left;
    private net right;
    private net_device a;
    private net_device b;
    private Sink sink;

    @BeforeEach
    void setUp() {
        left = NetNs.create("left");
        right = NetNs.create("right");
        a = Veth.createPair(new Veth.End(left, "a", MAC_A), new Veth.End(right, "b", MAC_B));
        b = Veth.peer(a);
        sink = Sink.open();
    }

    private void up() {
        dev_open(a);
        dev_open(b);
    }

    private static rtnl_link_stats64 stats(net_device dev) {
        return Flags.dev_get_stats(dev, new rtnl_link_stats64());
    }

    @Nested
    class veth_xmit {
        @Test
        @DisplayName("what one end sends the other one receives, on the sender's stack; and the other way round")
        void both_ways() {
            up();
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 100));
            dev_queue_xmit(Frames.to(b, MAC_A, Sink.TYPE, 50));

            assertThat(sink.got).hasSize(2);
            assertThat(sink.got.get(0).dev()).isSameAs(b);
            assertThat(sink.got.get(0).bytes()).isEqualTo(Skbs.count(0, 100));
            assertThat(sink.got.get(0).pkt_type()).isEqualTo(PACKET_HOST);
            assertThat(sink.got.get(1).dev()).isSameAs(a);
        }

        @Test
        @DisplayName("frames for another station come through and are marked so")
        void other_station() {
            up();
            dev_queue_xmit(Frames.to(a, new byte[] {2, 9, 9, 9, 9, 9}, Sink.TYPE, 1));
            assertThat(sink.got.get(0).pkt_type()).isEqualTo(PACKET_OTHERHOST);
        }

        @Test
        @DisplayName("an unfinished checksum stays so; a finished one need not be checked, unless the receiver wants to")
        void checksums() {
            up();
            sk_buff partial = Frames.to(a, MAC_B, Sink.TYPE, 100);
            partial.ip_summed = CHECKSUM_PARTIAL;
            partial.csum_start = partial.data + 14;
            dev_queue_xmit(partial);
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 100));
            Offloads.set(b, "rx", false);
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 100));

            assertThat(sink.got).extracting(Sink.Got::ip_summed)
                    .containsExactly(CHECKSUM_PARTIAL, CHECKSUM_UNNECESSARY, CHECKSUM_NONE);
        }

        @Test
        @DisplayName("what the other end does not take is counted as dropped at both")
        void too_large() {
            up();
            Flags.dev_set_mtu(b, 100);
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 104));
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 105));

            assertThat(sink.got).hasSize(1);
            assertThat(stats(a).tx_dropped).isOne();
            assertThat(stats(b).rx_dropped).as("as the driver and as the stack counts").isEqualTo(2);
        }

        @Test
        @DisplayName("the other end is gone: dropped")
        void no_peer() {
            up();
            veth_priv priv = (veth_priv) a.priv;
            priv.peer = null;
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1));
            assertThat(stats(a).tx_dropped).isOne();
            priv.peer = b;
        }

        @Test
        @DisplayName("the backlog is full: dropped, and counted")
        void backlog_full() {
            up();
            Backlog.netdev_max_backlog = 0;
            linux.interrupt.Softirq.local_bh_disable();
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1));
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1));
            linux.interrupt.Softirq.local_bh_enable();
            assertThat(sink.got).hasSize(1);
            assertThat(stats(a).tx_dropped).isOne();
            assertThat(stats(a).tx_packets).isOne();
        }
    }

    @Nested
    class veth_get_stats64 {
        @Test
        @DisplayName("counts packets and bytes with the link header; what one sent is what the other received")
        void counted() {
            up();
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 100));
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 10));
            dev_queue_xmit(Frames.to(b, MAC_A, Sink.TYPE, 50));

            rtnl_link_stats64 s = stats(a);
            assertThat(s.tx_packets).isEqualTo(2);
            assertThat(s.tx_bytes).isEqualTo(114 + 24);
            assertThat(s.rx_packets).isOne();
            assertThat(s.rx_bytes).isEqualTo(64);
            s = stats(b);
            assertThat(s.tx_bytes).isEqualTo(64);
            assertThat(s.rx_bytes).isEqualTo(138);
        }
    }

    @Nested
    class veth_open {
        @Test
        @DisplayName("there is a carrier when both ends are up; before, packets vanish")
        void carrier() {
            dev_open(a);
            assertThat(netif_carrier_ok(a)).isFalse();
            assertThat(dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1))).isEqualTo(NET_XMIT_CN);

            dev_open(b);
            assertThat(netif_carrier_ok(a)).isTrue();
            assertThat(netif_carrier_ok(b)).isTrue();
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 2));
            dev_queue_xmit(Frames.to(b, MAC_A, Sink.TYPE, 3));
            assertThat(sink.got).extracting(g -> g.bytes().length).containsExactly(2, 3);
        }

        @Test
        @DisplayName("without an other end it cannot be switched on")
        void no_peer() {
            veth_priv priv = (veth_priv) a.priv;
            priv.peer = null;
            assertThat(dev_open(a)).isEqualTo(-107);
            priv.peer = b;
        }
    }

    @Nested
    class veth_close {
        @Test
        @DisplayName("takes the carrier from both; the other end stays up and gets it back later")
        void closed() {
            up();
            dev_close(b);
            assertThat(netif_carrier_ok(a)).isFalse();
            assertThat(dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1))).isEqualTo(NET_XMIT_CN);
            dev_open(b);
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1));
            assertThat(sink.got).hasSize(1);
        }
    }

    @Nested
    class veth_change_mtu {
        @Test
        @DisplayName("68 to 65535, each end for itself")
        void range() {
            assertThat(Flags.dev_set_mtu(a, 67)).isEqualTo(-22);
            assertThat(Flags.dev_set_mtu(a, 65536)).isEqualTo(-22);
            assertThat(Flags.dev_set_mtu(a, 68)).isZero();
            assertThat(Flags.dev_set_mtu(a, 65535)).isZero();
            assertThat(b.mtu).isEqualTo(1500);
        }
    }

    @Nested
    class veth_setup {
        @Test
        @DisplayName("takes large packets and unfinished checksums; does not share packets")
        void features() {
            for (String name : new String[] {"tso", "gso", "gro", "sg", "tx", "rx"}) {
                assertThat(Offloads.isOn(a, name)).as(name).isTrue();
            }
            assertThat(a.priv_flags & IFF_TX_SKB_SHARING).isZero();
            assertThat(a.mtu).isEqualTo(1500);
        }

        @Test
        @DisplayName("its address may be changed while it is up")
        void live_address() {
            up();
            assertThat(Flags.dev_set_mac_address(a, new byte[] {2, 1, 1, 1, 1, 1})).isZero();
            assertThat(Flags.dev_set_mac_address(a, new byte[] {1, 1, 1, 1, 1, 1})).as("a group").isEqualTo(-99);
        }
    }

    @Nested
    class createPair {
        @Test
        @DisplayName("two ends in two namespaces, with names and addresses, down and without a carrier")
        void pair() {
            assertThat(Names.__dev_get_by_name(left, "a")).isSameAs(a);
            assertThat(Names.__dev_get_by_name(right, "b")).isSameAs(b);
            assertThat(Veth.peer(b)).isSameAs(a);
            assertThat(a.dev_addr).startsWith(MAC_A);
            assertThat(netif_carrier_ok(a)).isFalse();
            assertThat(a.flags & 1).isZero();
        }

        @Test
        @DisplayName("without a name and address: veth0, veth1, random ones that anybody may use")
        void unnamed() {
            net_device x = Veth.createPair(new Veth.End(init_net, "veth%d"), new Veth.End(init_net, "veth%d"));
            assertThat(Veth.peer(x).name).isEqualTo("veth0");
            assertThat(x.name).isEqualTo("veth1");
            assertThat(x.dev_addr[0] & 3).isEqualTo(2);
            assertThat(x.dev_addr).isNotEqualTo(Veth.peer(x).dev_addr);
        }

        @Test
        @DisplayName("a name that is taken, a bad address, no memory: nothing is left of the pair")
        void refused() {
            assertThatThrownBy(() -> Veth.createPair(new Veth.End(left, "a"), new Veth.End(right, "c")))
                    .hasMessageContaining("veth a in left: errno 17");
            assertThatThrownBy(() -> Veth.createPair(new Veth.End(left, "c", new byte[6]), new Veth.End(right, "c")))
                    .hasMessageContaining("errno 99");
            assertThatThrownBy(() -> Veth.createPair(new Veth.End(left, "c"), new Veth.End(right, "b")))
                    .hasMessageContaining("veth b in right: errno 17");
            for (int i = 0; i < 2; i++) {
                Gfp.failNth(i);
                assertThatThrownBy(() -> Veth.createPair(new Veth.End(left, "c"), new Veth.End(right, "c")))
                        .hasMessageContaining("errno 12");
            }
            assertThat(left.dev_base_head).hasSize(2);
            assertThat(right.dev_base_head).hasSize(2);
        }
    }

    @Nested
    class veth_dellink {
        @Test
        @DisplayName("takes both ends away, whichever is named; packets that wait are dropped")
        void both() {
            up();
            linux.interrupt.Softirq.local_bh_disable();
            dev_queue_xmit(Frames.to(a, MAC_B, Sink.TYPE, 1));
            Veth.deletePair(b);
            linux.interrupt.Softirq.local_bh_enable();
            assertThat(left.dev_base_head).hasSize(1);
            assertThat(right.dev_base_head).hasSize(1);
            assertThat(sink.got).isEmpty();
            assertThat(Alloc.liveSkbs()).isZero();
            assertThat(a.reg_state).isEqualTo(net_device.NETREG_RELEASED);
        }

        @Test
        @DisplayName("onto a list: they go when the list does")
        void listed() {
            list_head<net_device> head = new list_head<>();
            linux.rtnetlink.Rtnl.rtnl_lock();
            Veth.veth_dellink(a, head);
            assertThat(left.dev_base_head).hasSize(2);
            Registry.unregister_netdevice_many(head);
            linux.rtnetlink.Rtnl.rtnl_unlock();
            assertThat(left.dev_base_head).hasSize(1);
        }
    }

    @Nested
    class veth_dev_init {
        @Test
        @DisplayName("gives the device its counters, or fails")
        void counters() {
            net_device dev = new net_device();
            assertThat(Veth.veth_dev_init(dev)).isZero();
            assertThat(dev.vstats).isNotNull();
            Gfp.failNth(0);
            assertThat(Veth.veth_dev_init(dev)).isEqualTo(-12);
        }
    }

    @Nested
    class veth_stats_one {
        @Test
        @DisplayName("what this end has sent, and what it could not")
        void sent() {
            a.vstats.packets = 3;
            a.vstats.bytes = 300;
            ((veth_priv) Netdev.netdev_priv(a)).dropped = 4;
            pcpu_vstats result = new pcpu_vstats();
            result.packets = 99;

            assertThat(Veth.veth_stats_one(result, a)).isEqualTo(4);

            assertThat(result.packets).isEqualTo(3);
            assertThat(result.bytes).isEqualTo(300);
        }
    }

    @Nested
    class is_valid_veth_mtu {
        @Test
        @DisplayName("68 to 65535")
        void range() {
            assertThat(Veth.is_valid_veth_mtu(67)).isFalse();
            assertThat(Veth.is_valid_veth_mtu(68)).isTrue();
            assertThat(Veth.is_valid_veth_mtu(65535)).isTrue();
            assertThat(Veth.is_valid_veth_mtu(65536)).isFalse();
        }
    }

    @Nested
    class veth_dev_free {
        @Test
        @DisplayName("the device goes with its counters")
        void freed() {
            net_device dev = new net_device();
            Veth.veth_dev_init(dev);
            dev.reg_state = net_device.NETREG_UNREGISTERED;

            Veth.veth_dev_free(dev);

            assertThat(dev.vstats).isNull();
            assertThat(dev.reg_state).isEqualTo(net_device.NETREG_RELEASED);
        }
    }
}
