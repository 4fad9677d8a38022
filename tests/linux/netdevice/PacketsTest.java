// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.hrtimer.Clock.ktime_get_real;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Packets.ptype_all;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.Free.kfree_skb;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.if_packet.IfPacket.PACKET_OUTGOING;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.printk.Printk;
import linux.skbuff.sk_buff;
import net.sock.sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;

@KernelTest
class PacketsTest {
    private net_device lo;

    @BeforeEach
    void setUp() {
        lo = init_net.loopback_dev;
        dev_open(lo);
    }

    private static Sink tap() {
        Sink tap = new Sink(ETH_P_ALL);
        Packets.dev_add_pack(tap.pt);
        return tap;
    }

    @Nested
    class ptype_head {
        @Test
        @DisplayName("taps have a list of their own, protocols one for each of 16 remainders")
        void lists() {
            assertThat(Packets.ptype_head(new packet_type(ETH_P_ALL, null))).isSameAs(ptype_all);
            assertThat(Packets.ptype_head(new packet_type(0x0800, null)))
                    .isSameAs(Packets.ptype_head(new packet_type(0x0810, null)))
                    .isNotSameAs(Packets.ptype_head(new packet_type(0x0806, null)));
        }
    }

    @Nested
    class dev_add_pack {
        @Test
        @DisplayName("from then on it gets packets")
        void gets() {
            Sink sink = new Sink(Sink.TYPE);
            dev_queue_xmit(Frames.loop(lo, 1));
            Packets.dev_add_pack(sink.pt);
            dev_queue_xmit(Frames.loop(lo, 2));

            assertThat(sink.got).extracting(g -> g.bytes().length).containsExactly(2);
        }
    }

    @Nested
    class dev_remove_pack {
        @Test
        @DisplayName("from then on it gets none")
        void gets_none() {
            Sink sink = Sink.open();
            Packets.dev_remove_pack(sink.pt);
            dev_queue_xmit(Frames.loop(lo, 1));
            assertThat(sink.got).isEmpty();
        }

        @Test
        @DisplayName("one that is being called may remove itself; those behind it get the packet all the same")
        void itself() {
            Sink second = tap();
            Sink first = tap();
            first.also = s -> Packets.__dev_remove_pack(first.pt);
            dev_queue_xmit(Frames.loop(lo, 1));
            dev_queue_xmit(Frames.loop(lo, 1));

            assertThat(first.got).hasSize(1);
            assertThat(second.got).hasSize(4);
        }

        @Test
        @DisplayName("one that is not there is complained about")
        void not_there() {
            Packets.dev_remove_pack(new Sink(Sink.TYPE).pt);
            assertThat(Printk.dmesg().toString()).contains("dev_remove_pack").contains("not found");
        }
    }

    @Nested
    class dev_add_offload {
        @Test
        @DisplayName("it is found by its type from then on")
        void found() {
            packet_offload po = new packet_offload(Sink.TYPE);
            po.gro_receive = (head, skb) -> null;
            assertThat(Gro.gro_find_receive_by_type(Sink.TYPE)).isNull();
            Packets.dev_add_offload(po);
            assertThat(Gro.gro_find_receive_by_type(Sink.TYPE)).isSameAs(po);
        }
    }

    @Nested
    class dev_remove_offload {
        @Test
        @DisplayName("it is found no more; one that is not there is complained about")
        void removed() {
            packet_offload po = new packet_offload(Sink.TYPE);
            po.gro_receive = (head, skb) -> null;
            Packets.dev_add_offload(po);
            Packets.dev_remove_offload(po);
            assertThat(Gro.gro_find_receive_by_type(Sink.TYPE)).isNull();
            Packets.dev_remove_offload(po);
            assertThat(Printk.dmesg().toString()).contains("dev_remove_offload").contains("not found");
        }
    }

    @Nested
    class deliver_skb {
        @Test
        @DisplayName("gives a reference and keeps one")
        void reference() {
            sk_buff skb = Frames.loop(lo, 1);
            int[] users = new int[1];
            packet_type pt = new packet_type(Sink.TYPE, (s, dev, p, orig) -> {
                users[0] = s.users;
                kfree_skb(s);
                return 5;
            });

            assertThat(Packets.deliver_skb(skb, pt, lo)).isEqualTo(5);

            assertThat(users[0]).isEqualTo(2);
            assertThat(skb.users).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_loop_sk {
        private final sock sk = new sock();
        private final packet_type pt = new packet_type(ETH_P_ALL, null);

        private boolean loops(sock sender) {
            sk_buff skb = Frames.loop(lo, 1);
            skb.sk = sender;
            boolean r = Packets.skb_loop_sk(pt, skb);
            skb.sk = null;
            kfree_skb(skb);
            return r;
        }

        @Test
        @DisplayName("a tap that is a socket does not want what that socket has sent")
        void own() {
            pt.af_packet_priv = sk;
            assertThat(loops(sk)).isTrue();
            assertThat(loops(new sock())).isFalse();
            assertThat(loops(null)).isFalse();
        }

        @Test
        @DisplayName("a tap that is no socket wants everything")
        void all() {
            assertThat(loops(sk)).isFalse();
        }

        @Test
        @DisplayName("a tap that is a group of sockets says itself which are its own")
        void id_match() {
            pt.af_packet_priv = new Object();
            pt.id_match = (p, s) -> s == sk;
            assertThat(loops(sk)).isTrue();
            assertThat(loops(new sock())).isFalse();
        }
    }

    @Nested
    class dev_queue_xmit_nit {
        @Test
        @DisplayName("a tap sees what leaves, with its link header and marked as outgoing, before the driver gets it")
        void outgoing() {
            FakeDevice d = FakeDevice.up("x0", 0);
            Sink tap = tap();
            int[] before = new int[1];
            tap.also = s -> {
                before[0] = d.sent.size();
                assertThat(s.mac_header).isEqualTo(s.data);
                assertThat(s.network_header).isEqualTo(s.data + 14);
                assertThat(s.transport_header).isEqualTo(s.network_header);
            };

            dev_queue_xmit(Frames.to(d.dev, new byte[6], Sink.TYPE, 20));

            assertThat(tap.got).hasSize(1);
            assertThat(tap.got.get(0).pkt_type()).isEqualTo(PACKET_OUTGOING);
            assertThat(tap.got.get(0).bytes()).hasSize(34).isEqualTo(d.sent.get(0).bytes());
            assertThat(before[0]).isZero();
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("several taps share one clone; one for another device gets nothing")
        void several() {
            FakeDevice d = FakeDevice.up("x0", 0);
            List<sk_buff> seen = new ArrayList<>();
            Sink a = tap();
            Sink b = tap();
            Sink other = new Sink(ETH_P_ALL);
            other.pt.dev = lo;
            Packets.dev_add_pack(other.pt);
            a.also = seen::add;
            b.also = seen::add;
            sk_buff skb = Frames.to(d.dev, new byte[6], Sink.TYPE, 20);

            dev_queue_xmit(skb);

            assertThat(seen).hasSize(2);
            assertThat(seen.get(0)).isSameAs(seen.get(1)).isNotSameAs(skb);
            assertThat(other.got).isEmpty();
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("on a loopback a tap sees the packet twice: when it leaves and when it comes in")
        void twice() {
            Sink tap = tap();
            dev_queue_xmit(Frames.loop(lo, 1));
            assertThat(tap.got).extracting(Sink.Got::pkt_type).containsExactly(PACKET_OUTGOING, PACKET_HOST);
        }

        @Test
        @DisplayName("the time it is shown at is that of sending, if times are wanted")
        void stamped() {
            Sink tap = tap();
            long[] stamp = new long[2];
            tap.also = s -> stamp[tap.got.size() - 1] = s.tstamp;
            Timestamps.net_enable_timestamp();
            dev_queue_xmit(Frames.loop(lo, 1));
            assertThat(stamp[0]).isEqualTo(Clock.ktime_get_real());
        }

        @Test
        @DisplayName("without memory for the clone the taps miss it, and it is sent all the same")
        void no_memory() {
            FakeDevice d = FakeDevice.up("x0", 0);
            Sink tap = tap();
            sk_buff skb = Frames.to(d.dev, new byte[6], Sink.TYPE, 20);
            Gfp.failNth(0);
            dev_queue_xmit(skb);
            assertThat(tap.got).isEmpty();
            assertThat(d.sent).hasSize(1);
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("a network header outside of the packet is put right, with a complaint")
        void buggy() {
            FakeDevice d = FakeDevice.up("x0", 0);
            Sink tap = tap();
            sk_buff skb = Frames.to(d.dev, new byte[6], Sink.TYPE, 20);
            skb.network_header = 0;
            int[] header = new int[1];
            tap.also = s -> header[0] = s.network_header - s.data;
            dev_queue_xmit(skb);
            assertThat(header[0]).isZero();
            assertThat(Printk.dmesg().toString()).contains("protocol 88b5 is buggy, dev x0");
            Registry.unregister_netdev(d.dev);
        }
    }

    @Nested
    class net_enable_timestamp {
        @Test
        @DisplayName("packets get a time of arrival as long as somebody wants it")
        void counted() {
            sk_buff skb = Frames.loop(lo, 1);
            Timestamps.net_enable_timestamp();
            Timestamps.net_enable_timestamp();
            Timestamps.net_disable_timestamp();
            Timestamps.net_timestamp_set(skb);
            assertThat(skb.tstamp).isNotZero();
            Timestamps.net_disable_timestamp();
            Timestamps.net_timestamp_set(skb);
            assertThat(skb.tstamp).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class net_timestamp_check {
        @Test
        @DisplayName("does not take it twice, nor at the wrong place")
        void once() {
            sk_buff skb = Frames.loop(lo, 1);
            Timestamps.net_enable_timestamp();
            Timestamps.net_timestamp_check(false, skb);
            assertThat(skb.tstamp).isZero();
            Timestamps.net_timestamp_check(true, skb);
            assertThat(skb.tstamp).isEqualTo(Clock.ktime_get_real());
            skb.tstamp = 5;
            Timestamps.net_timestamp_check(true, skb);
            assertThat(skb.tstamp).isEqualTo(5);
            kfree_skb(skb);
        }
    }

    @Test
    @DisplayName("the bytes of a packet on their way are those that were sent")
    void bytes() {
        Sink tap = tap();
        dev_queue_xmit(Frames.loop(lo, 9));
        assertThat(tap.got.get(1).bytes()).isEqualTo(Skbs.count(0, 9));
    }

    @Nested
    class __dev_remove_pack {
        @Test
        @DisplayName("of two for the same type the right one; one that is not there is logged")
        void removed() {
            Sink a = Sink.open();
            Sink b = Sink.open();

            Packets.__dev_remove_pack(a.pt);

            assertThat(Packets.ptype_head(a.pt).next.owner).isSameAs(b.pt);
            assertThat(Packets.ptype_head(a.pt).next.next).isSameAs(Packets.ptype_head(a.pt));
            int lines = Printk.dmesg().size();
            Packets.__dev_remove_pack(a.pt);
            assertThat(Printk.dmesg()).hasSize(lines + 1);
        }
    }

    @Nested
    class __dev_remove_offload {
        @Test
        @DisplayName("of two for the same type the right one; one that is not there is logged")
        void removed() {
            packet_offload a = new packet_offload(Sink.TYPE);
            packet_offload b = new packet_offload(Sink.TYPE);
            Packets.dev_add_offload(b);
            Packets.dev_add_offload(a);

            Packets.__dev_remove_offload(a);

            assertThat(Packets.offload_base.next.owner).isSameAs(b);
            int lines = Printk.dmesg().size();
            Packets.__dev_remove_offload(a);
            assertThat(Printk.dmesg()).hasSize(lines + 1);
        }
    }

    @Nested
    class net_disable_timestamp {
        @Test
        @DisplayName("as often as it was enabled: then packets get no time any more")
        void counted() {
            sk_buff skb = Skbs.linear(1);
            Timestamps.net_enable_timestamp();
            Timestamps.net_enable_timestamp();

            Timestamps.net_disable_timestamp();
            Timestamps.net_timestamp_set(skb);
            assertThat(skb.tstamp).isNotZero();

            Timestamps.net_disable_timestamp();
            Timestamps.net_timestamp_set(skb);
            assertThat(skb.tstamp).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class net_timestamp_set {
        @Test
        @DisplayName("the time now, whatever was there; none, if nobody wants it")
        void set() {
            sk_buff skb = Skbs.linear(1);
            skb.tstamp = 5;
            Timestamps.net_timestamp_set(skb);
            assertThat(skb.tstamp).isZero();

            skb.tstamp = 5;
            Timestamps.net_enable_timestamp();
            Timestamps.net_timestamp_set(skb);
            assertThat(skb.tstamp).isEqualTo(ktime_get_real());
            Timestamps.net_disable_timestamp();
            kfree_skb(skb);
        }
    }
}
