// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Packets.dev_add_pack;
import static linux.netdevice.Xmit.softnet_data;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_ANOTHER;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_CONSUMED;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_EXACT;
import static linux.netdevice.rx_handler_func_t.RX_HANDLER_PASS;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.etherdevice.Ethernet;
import linux.skbuff.sk_buff;
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
class ReceiveTest {
    private net_device lo;

    @BeforeEach
    void setUp() {
        lo = init_net.loopback_dev;
        dev_open(lo);
    }

    private sk_buff received(net_device dev, int n) {
        sk_buff skb = Frames.to(dev, dev.dev_addr, Sink.TYPE, n);
        skb.protocol = Ethernet.eth_type_trans(skb, dev);
        return skb;
    }

    @Nested
    class __netif_receive_skb_core {
        @Test
        @DisplayName("nobody wants it: dropped and counted")
        void unwanted() {
            assertThat(Receive.__netif_receive_skb_core(received(lo, 1))).isEqualTo(NET_RX_DROP);
            assertThat(lo.rx_dropped).isOne();
        }

        @Test
        @DisplayName("the taps see it first, then every protocol of its type; each can keep what it gets")
        void to_all() {
            List<String> order = new ArrayList<>();
            Sink first = new Sink(Sink.TYPE);
            Sink second = new Sink(Sink.TYPE);
            Sink tap = new Sink(ETH_P_ALL);
            Sink otherType = new Sink(Sink.TYPE + 1);
            first.also = s -> order.add("first");
            second.also = s -> order.add("second");
            tap.also = s -> order.add("tap of " + s.users);
            dev_add_pack(first.pt);
            dev_add_pack(second.pt);
            dev_add_pack(tap.pt);
            dev_add_pack(otherType.pt);

            assertThat(Receive.__netif_receive_skb_core(received(lo, 5))).isEqualTo(NET_RX_SUCCESS);

            assertThat(order).containsExactly("tap of 2", "second", "first");
            assertThat(first.got.get(0).bytes()).isEqualTo(Skbs.count(0, 5));
            assertThat(otherType.got).isEmpty();
        }

        @Test
        @DisplayName("types that fall into the same bucket are told apart")
        void same_bucket() {
            Sink other = new Sink(Sink.TYPE + 16);
            dev_add_pack(other.pt);
            Receive.__netif_receive_skb_core(received(lo, 1));
            assertThat(other.got).isEmpty();
        }

        @Test
        @DisplayName("one that wants a single device gets packets of no other")
        void one_device() {
            FakeDevice d = FakeDevice.up("x0", 0);
            Sink only = new Sink(Sink.TYPE);
            only.pt.dev = d.dev;
            dev_add_pack(only.pt);
            Sink tap = new Sink(ETH_P_ALL);
            tap.pt.dev = d.dev;
            dev_add_pack(tap.pt);

            Receive.__netif_receive_skb_core(received(lo, 1));
            assertThat(only.got).isEmpty();
            assertThat(tap.got).isEmpty();
            Receive.__netif_receive_skb_core(received(d.dev, 2));

            assertThat(only.got).hasSize(1);
            assertThat(tap.got).hasSize(1);
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("notes where it came in and where its headers are")
        void noted() {
            Sink sink = Sink.open();
            int[] seen = new int[4];
            sink.also = s -> {
                seen[0] = s.skb_iif;
                seen[1] = s.network_header - s.data;
                seen[2] = s.mac_len;
                seen[3] = s.transport_header - s.data;
            };
            sk_buff skb = received(lo, 1);
            skb.transport_header = 0xffff;
            int processed = softnet_data.processed;

            Receive.__netif_receive_skb_core(skb);

            assertThat(seen).containsExactly(lo.ifindex, 0, 14, 0);
            assertThat(softnet_data.processed).isEqualTo(processed + 1);
        }

        @Test
        @DisplayName("takes the time of arrival here when netdev_tstamp_prequeue is 0")
        void stamped_late() {
            Sink sink = Sink.open();
            long[] stamp = new long[1];
            sink.also = s -> stamp[0] = s.tstamp;
            Backlog.netdev_tstamp_prequeue = 0;
            Timestamps.net_enable_timestamp();

            Receive.__netif_receive_skb_core(received(lo, 1));

            assertThat(stamp[0]).isNotZero();
        }
    }

    @Nested
    class rx_handler {
        private final Sink sink = new Sink(Sink.TYPE);

        @Test
        @DisplayName("CONSUMED: nobody else gets it")
        void consumed() {
            dev_add_pack(sink.pt);
            Receive.netdev_rx_handler_register(lo, pskb -> {
                kfree_skb(pskb.val);
                return RX_HANDLER_CONSUMED;
            }, null);

            assertThat(Receive.netif_receive_skb(received(lo, 1))).isEqualTo(NET_RX_SUCCESS);
            assertThat(sink.got).isEmpty();
        }

        @Test
        @DisplayName("PASS: goes on as if there were none, after the taps have had it")
        void pass() {
            dev_add_pack(sink.pt);
            Sink tap = new Sink(ETH_P_ALL);
            dev_add_pack(tap.pt);
            int[] tapped = new int[1];
            Receive.netdev_rx_handler_register(lo, pskb -> {
                tapped[0] = tap.got.size();
                return RX_HANDLER_PASS;
            }, null);

            Receive.netif_receive_skb(received(lo, 1));

            assertThat(tapped[0]).isOne();
            assertThat(sink.got).hasSize(1);
        }

        @Test
        @DisplayName("ANOTHER: once more, as a packet of the device that it says")
        void another() {
            dev_add_pack(sink.pt);
            FakeDevice d = FakeDevice.up("x0", 0);
            Receive.netdev_rx_handler_register(lo, pskb -> {
                pskb.val.dev = d.dev;
                return RX_HANDLER_ANOTHER;
            }, null);

            Receive.netif_receive_skb(received(lo, 1));

            assertThat(sink.got.get(0).dev()).isSameAs(d.dev);
            assertThat(sink.got.get(0).origDev()).isSameAs(lo);
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("EXACT: only for those who asked for this very device")
        void exact() {
            dev_add_pack(sink.pt);
            Sink exact = new Sink(Sink.TYPE);
            exact.pt.dev = lo;
            dev_add_pack(exact.pt);
            Receive.netdev_rx_handler_register(lo, pskb -> RX_HANDLER_EXACT, null);

            Receive.netif_receive_skb(received(lo, 1));

            assertThat(exact.got).hasSize(1);
            assertThat(sink.got).isEmpty();
        }

        @Test
        @DisplayName("anything else is a bug")
        void bug() {
            Receive.netdev_rx_handler_register(lo, pskb -> {
                kfree_skb(pskb.val);
                return 99;
            }, null);
            assertThatThrownBy(() -> Receive.netif_receive_skb(received(lo, 1))).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class netdev_rx_handler_register {
        @Test
        @DisplayName("there can be one")
        void one() {
            Object data = new Object();
            assertThat(Receive.netdev_rx_handler_register(lo, pskb -> 0, data)).isZero();
            assertThat(lo.rx_handler_data).isSameAs(data);
            assertThat(Receive.netdev_rx_handler_register(lo, pskb -> 0, null)).isEqualTo(-16);
        }
    }

    @Nested
    class netdev_rx_handler_unregister {
        @Test
        @DisplayName("then there can be another one")
        void gone() {
            Receive.netdev_rx_handler_register(lo, pskb -> 0, null);
            Receive.netdev_rx_handler_unregister(lo);
            assertThat(lo.rx_handler).isNull();
            assertThat(Receive.netdev_rx_handler_register(lo, pskb -> 0, null)).isZero();
        }
    }

    @Nested
    class netif_receive_skb {
        @Test
        @DisplayName("gives the packet to its protocol at once")
        void at_once() {
            Sink sink = Sink.open();
            assertThat(Receive.netif_receive_skb(received(lo, 3))).isEqualTo(NET_RX_SUCCESS);
            assertThat(sink.got).hasSize(1);
        }
    }

    @Nested
    class is_skb_forwardable {
        @Test
        @DisplayName("not while the device is down")
        void down() {
            FakeDevice d = FakeDevice.up("x0", 0);
            sk_buff skb = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, 10);
            assertThat(Receive.is_skb_forwardable(d.dev, skb)).isTrue();
            Open.dev_close(d.dev);
            assertThat(Receive.is_skb_forwardable(d.dev, skb)).isFalse();
            kfree_skb(skb);
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("MTU, link header and a VLAN tag fit; more only if the packet stands for several")
        void size() {
            FakeDevice d = FakeDevice.up("x0", 0);
            d.dev.mtu = 100;
            sk_buff fits = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, 104);
            sk_buff large = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, 105);

            assertThat(Receive.is_skb_forwardable(d.dev, fits)).isTrue();
            assertThat(Receive.is_skb_forwardable(d.dev, large)).isFalse();
            large.shinfo.gso_size = 50;
            assertThat(Receive.is_skb_forwardable(d.dev, large)).isTrue();
            kfree_skb(fits);
            kfree_skb(large);
            Registry.unregister_netdev(d.dev);
        }
    }

    @Nested
    class dev_forward_skb {
        @Test
        @DisplayName("comes in at the other device as if from a wire: no socket, no mark, no time of arrival")
        void scrubbed() {
            FakeDevice d = FakeDevice.up("x0", 0);
            Sink sink = Sink.open();
            sk_buff skb = Frames.to(lo, d.dev.dev_addr, Sink.TYPE, 10);
            int[] orphaned = new int[1];
            skb.destructor = s -> orphaned[0]++;
            skb.mark = 7;
            skb.tstamp = 5;
            skb.skb_iif = 99;
            skb.pkt_type = PACKET_OTHERHOST;
            Object[] seen = new Object[2];
            sink.also = s -> {
                seen[0] = s.mark;
                seen[1] = s.tstamp;
            };

            linux.interrupt.Softirq.local_bh_disable();
            assertThat(Receive.dev_forward_skb(d.dev, skb)).isEqualTo(NET_RX_SUCCESS);
            assertThat(orphaned[0]).isOne();
            linux.interrupt.Softirq.local_bh_enable();

            assertThat(seen).containsExactly(0, 0L);
            assertThat(sink.got.get(0).dev()).isSameAs(d.dev);
            assertThat(sink.got.get(0).pkt_type()).isZero();
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("a sum over the packet is one without the link header afterwards")
        void sum_adjusted() {
            FakeDevice d = FakeDevice.up("x0", 0);
            Sink sink = Sink.open();
            sk_buff skb = Frames.to(lo, d.dev.dev_addr, Sink.TYPE, 10);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = linux.skbuff.Checksum.skb_checksum(skb, 0, skb.len, 0);
            boolean[] right = new boolean[1];
            sink.also = s -> right[0] = net.checksum.Csum.csum_fold(s.csum)
                    == net.checksum.Csum.csum_fold(linux.skbuff.Checksum.skb_checksum(s, 0, s.len, 0));

            linux.interrupt.Softirq.local_bh_disable();
            Receive.dev_forward_skb(d.dev, skb);
            linux.interrupt.Softirq.local_bh_enable();

            assertThat(right[0]).isTrue();
            Registry.unregister_netdev(d.dev);
        }

        @Test
        @DisplayName("what is too large is dropped and counted where it was to come in")
        void too_large() {
            FakeDevice d = FakeDevice.up("x0", 0);
            d.dev.mtu = 20;
            assertThat(Receive.dev_forward_skb(d.dev, Frames.to(lo, d.dev.dev_addr, Sink.TYPE, 25))).isEqualTo(NET_RX_DROP);
            assertThat(d.dev.rx_dropped).isOne();
            Registry.unregister_netdev(d.dev);
        }
    }

    @Nested
    class __netif_receive_skb {
        @Test
        @DisplayName("the same for packets of the backlog")
        void same() {
            Sink sink = Sink.open();
            Receive.__netif_receive_skb(received(lo, 3));
            assertThat(sink.got).hasSize(1);
        }
    }

    @Nested
    class netif_receive_skb_internal {
        @Test
        @DisplayName("takes the time before anybody sees the packet, if it is to be taken there")
        void stamped() {
            Timestamps.net_enable_timestamp();
            Sink sink = Sink.open();
            long[] stamp = new long[1];
            sink.also = skb -> stamp[0] = skb.tstamp;

            assertThat(Receive.netif_receive_skb_internal(received(lo, 1))).isZero();
            assertThat(stamp[0]).isNotZero();
            assertThat(sink.got).hasSize(1);

            Backlog.netdev_tstamp_prequeue = 0;
            assertThat(Receive.netif_receive_skb_internal(received(lo, 1))).isZero();
            assertThat(sink.got).hasSize(2);
            Timestamps.net_disable_timestamp();
        }
    }
}
