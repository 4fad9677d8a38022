// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_NETNS_LOCAL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_arp.IfArp.ARPHRD_LOOPBACK;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;
import uapi.linux.if_link.rtnl_link_stats64;

@KernelTest
class LoopbackTest {
    private static net_device up() {
        dev_open(init_net.loopback_dev);
        return init_net.loopback_dev;
    }

    @Nested
    class loopback_xmit {
        @Test
        @DisplayName("what is sent is received, in a softirq on the very stack of the sender, before dev_queue_xmit returns")
        void same_stack() {
            net_device lo = up();
            Sink sink = Sink.open();

            dev_queue_xmit(Frames.loop(lo, 100));

            assertThat(sink.got).hasSize(1);
            Sink.Got got = sink.got.get(0);
            assertThat(got.bytes()).isEqualTo(Skbs.count(0, 100));
            assertThat(got.dev()).isSameAs(lo);
            assertThat(got.pkt_type()).isEqualTo(PACKET_HOST);
            assertThat(got.inSoftirq()).isTrue();
            assertThat(sink.stack).containsSubsequence("__netif_receive_skb_core", "process_backlog", "net_rx_action",
                    "__do_softirq", "local_bh_enable", "dev_queue_xmit", "same_stack");
        }

        @Test
        @DisplayName("the checksum stays unfinished, and 64 KB go through in one piece")
        void as_it_is() {
            net_device lo = up();
            Sink sink = Sink.open();
            sk_buff skb = Frames.loop(lo, 65536);
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb.csum_start = skb.data + 14;
            skb.csum_offset = 0;

            dev_queue_xmit(skb);

            assertThat(sink.got.get(0).ip_summed()).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(sink.got.get(0).bytes()).isEqualTo(Skbs.count(0, 65536));
        }

        @Test
        @DisplayName("the sender's socket is relieved at once")
        void orphaned() {
            net_device lo = up();
            Sink sink = Sink.open();
            sk_buff skb = Frames.loop(lo, 10);
            int[] freed = new int[1];
            skb.destructor = s -> freed[0] = sink.got.size() + 1;

            dev_queue_xmit(skb);

            assertThat(freed[0]).as("before the receiver had it").isEqualTo(1);
            assertThat(sink.got).hasSize(1);
        }

        @Test
        @DisplayName("packets that the receiver sends are received in the same round, not deeper on the stack")
        void no_recursion() {
            net_device lo = up();
            Sink sink = Sink.open();
            int[] depth = new int[5];
            sink.also = skb -> {
                int i = sink.got.size() - 1;
                depth[i] = sink.stack.size();
                if (i < 4) {
                    dev_queue_xmit(Frames.loop(lo, i));
                }
            };

            dev_queue_xmit(Frames.loop(lo, 10));

            assertThat(sink.got).hasSize(5);
            assertThat(depth).containsOnly(depth[0]);
        }
    }

    @Nested
    class loopback_get_stats64 {
        @Test
        @DisplayName("counts what went through as sent and as received, without the link header")
        void counted() {
            net_device lo = up();
            Sink.open();
            dev_queue_xmit(Frames.loop(lo, 100));
            dev_queue_xmit(Frames.loop(lo, 50));

            rtnl_link_stats64 s = Flags.dev_get_stats(lo, new rtnl_link_stats64());

            assertThat(s.tx_packets).isEqualTo(2);
            assertThat(s.rx_packets).isEqualTo(2);
            assertThat(s.tx_bytes).isEqualTo(150);
            assertThat(s.rx_bytes).isEqualTo(150);
        }
    }

    @Nested
    class loopback_setup {
        @Test
        @DisplayName("MTU 65536, no hardware address, takes large packets and unfinished checksums, stays in its namespace")
        void as_in_the_source() {
            net_device lo = init_net.loopback_dev;

            assertThat(lo.mtu).isEqualTo(65536);
            assertThat(lo.hard_header_len).isEqualTo(14);
            assertThat(lo.type).isEqualTo(ARPHRD_LOOPBACK);
            assertThat(lo.flags).isEqualTo(IFF_LOOPBACK);
            assertThat(lo.dev_addr).containsOnly(0);
            assertThat(lo.features & NETIF_F_TSO).isNotZero();
            assertThat(lo.features & NETIF_F_SG).isNotZero();
            assertThat(lo.features & NETIF_F_HW_CSUM).isNotZero();
            assertThat(lo.features & NETIF_F_NETNS_LOCAL).isNotZero();
        }
    }

    @Nested
    class loopback_net_init {
        @Test
        @DisplayName("every namespace has its own lo, with index 1, down")
        void each_its_own() {
            net client = NetNs.create("client");

            assertThat(client.loopback_dev).isNotNull().isNotSameAs(init_net.loopback_dev);
            assertThat(client.loopback_dev.ifindex).isOne();
            assertThat(client.loopback_dev.nd_net).isSameAs(client);
            assertThat(client.loopback_dev.flags & 1).isZero();
            assertThat(init_net.loopback_dev.ifindex).isOne();
        }

        @Test
        @DisplayName("without memory the first namespace cannot do, and the machine stops")
        void no_memory() {
            Gfp.failNth(0);
            assertThatThrownBy(() -> Loopback.loopback_net_init(init_net)).isInstanceOf(Oops.class);
        }

        @Test
        @DisplayName("without memory for its counters another namespace is told so")
        void no_memory_for_counters() {
            net other = new net("other");
            Gfp.failNth(1);
            assertThat(Loopback.loopback_net_init(other)).isEqualTo(-12);
        }
    }

    @Nested
    class loopback_dev_init {
        @Test
        @DisplayName("gives the device its counters, or fails")
        void counters() {
            net_device dev = new net_device();
            assertThat(Loopback.loopback_dev_init(dev)).isZero();
            assertThat(dev.lstats.packets).isZero();
            Gfp.failNth(0);
            assertThat(Loopback.loopback_dev_init(dev)).isEqualTo(-12);
        }
    }

    @Nested
    class loopback_dev_free {
        @Test
        @DisplayName("afterwards the namespace has none")
        void none() {
            Registry.unregister_netdev(init_net.loopback_dev);

            assertThat(init_net.loopback_dev).isNull();
            assertThat(init_net.dev_base_head).isEmpty();
        }
    }
}
