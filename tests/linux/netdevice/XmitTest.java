// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.interrupt.Softirq.irq_enter;
import static linux.interrupt.Softirq.irq_exit;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.netdev_features.NetdevFeatures.NETIF_F_FRAGLIST;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_LLTX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.netdevice.Netdev.NETDEV_TX_BUSY;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.NET_XMIT_CN;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.netdevice.Netdev.NET_XMIT_SUCCESS;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Packets.dev_add_offload;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.SkbConst.SKB_GSO_DODGY;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.SkbConst.SKB_GSO_UDP;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.workqueue.Workqueue.queued;
import static net.net_namespace.NetNs.init_net;
import static net.sch_generic.Queueing.graft;
import static net.sch_generic.Queueing.qdisc_pkt_len;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_packet.IfPacket.PACKET_LOOPBACK;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.printk.Printk;
import linux.skbuff.Free;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.dst.dst_ops;
import net.sch_generic.Qdisc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;

@KernelTest
class XmitTest {
    private static final byte[] TO = {2, 0, 0, 0, 0, 9};

    private FakeDevice d;

    private void device(long features) {
        d = FakeDevice.up("x0", features);
    }

    @AfterEach
    void remove() {
        if (d != null) {
            Registry.unregister_netdev(d.dev);
        }
    }

    private sk_buff packet(int n) {
        return Frames.to(d.dev, TO, Sink.TYPE, n);
    }

    /** A protocol that splits packets into pieces of {@code gso_size} bytes, each with a link header. */
    private static packet_offload splitter() {
        packet_offload po = new packet_offload(Sink.TYPE);
        po.gso_send_check = skb -> 0;
        po.gso_segment = (skb, features) -> {
            sk_buff first = null;
            sk_buff last = null;
            for (int at = 0; at < skb.len; at += skb.shinfo.gso_size) {
                sk_buff seg = Frames.to(skb.dev, TO, Sink.TYPE, Math.min(skb.shinfo.gso_size, skb.len - at));
                if (first == null) {
                    first = seg;
                } else {
                    last.next = seg;
                }
                last = seg;
            }
            return first;
        };
        dev_add_offload(po);
        return po;
    }

    private sk_buff large(int n, int gso_size) {
        sk_buff skb = packet(n);
        skb.shinfo.gso_size = gso_size;
        skb.shinfo.gso_segs = (n + gso_size - 1) / gso_size;
        skb.shinfo.gso_type = SKB_GSO_TCPV4;
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.csum_start = skb.data + 14;
        skb.csum_offset = 0;
        return skb;
    }

    @Nested
    class dev_queue_xmit {
        @Test
        @DisplayName("without a queue the driver has the packet when it returns, link header and all")
        void at_once() {
            device(0);
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(NETDEV_TX_OK);

            byte[] bytes = d.sent.get(0).bytes();
            assertThat(bytes).hasSize(34);
            assertThat(java.util.Arrays.copyOf(bytes, 6)).isEqualTo(TO);
        }

        @Test
        @DisplayName("a device that is down swallows it and speaks of congestion, as its queue is noop")
        void down() {
            device(0);
            Open.dev_close(d.dev);
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(NET_XMIT_CN);
            assertThat(d.sent).isEmpty();
        }

        @Test
        @DisplayName("a device without a queue that went down a moment ago: -ENETDOWN, and the packet is freed")
        void just_down() {
            device(0);
            d.dev.flags &= ~1;
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(-100);
            d.dev.flags |= 1;
        }

        @Test
        @DisplayName("a driver without a queue that has no room: the packet is lost, with a complaint")
        void asks_to_queue() {
            device(0);
            d.refuse = 1;
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(-100);
            assertThat(Printk.dmesg().toString()).contains("Virtual device x0 asks to queue packet!");
        }

        @Test
        @DisplayName("a stopped driver without a queue: the same")
        void stopped() {
            device(0);
            Netdev.netif_stop_queue(d.dev);
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(-100);
            assertThat(d.sent).isEmpty();
        }

        @Test
        @DisplayName("a driver that sends by its own device is caught by its lock")
        void dead_loop() {
            device(0);
            net_device_ops.Ndo_start_xmit send = d.ops.ndo_start_xmit;
            int[] inner = new int[1];
            d.ops.ndo_start_xmit = (skb, dev) -> {
                inner[0] = Xmit.dev_queue_xmit(packet(1));
                return send.call(skb, dev);
            };
            assertThat(Xmit.dev_queue_xmit(packet(20))).isZero();
            assertThat(inner[0]).isEqualTo(-100);
            assertThat(Printk.dmesg().toString()).contains("Dead loop on virtual device x0");
            assertThat(d.sent).hasSize(1);
        }

        @Test
        @DisplayName("one without a lock after eleven rounds")
        void recursion_limit() {
            device(NETIF_F_LLTX);
            net_device_ops.Ndo_start_xmit send = d.ops.ndo_start_xmit;
            d.ops.ndo_start_xmit = (skb, dev) -> {
                Xmit.dev_queue_xmit(packet(1));
                return send.call(skb, dev);
            };
            Xmit.dev_queue_xmit(packet(20));
            assertThat(d.sent).hasSize(11);
            assertThat(Xmit.xmit_recursion).isZero();
            assertThat(Printk.dmesg().toString()).contains("Dead loop on virtual device x0");
        }

        @Test
        @DisplayName("bottom halves are disabled while the driver works, and the softirq runs before it returns")
        void bottom_halves() {
            device(0);
            dev_open(init_net.loopback_dev);
            Sink sink = Sink.open();
            boolean[] disabled = new boolean[1];
            net_device_ops.Ndo_start_xmit send = d.ops.ndo_start_xmit;
            d.ops.ndo_start_xmit = (skb, dev) -> {
                disabled[0] = linux.interrupt.Softirq.in_softirq();
                Xmit.dev_queue_xmit(Frames.loop(init_net.loopback_dev, 5));
                assertThat(sink.got).isEmpty();
                return send.call(skb, dev);
            };
            Xmit.dev_queue_xmit(packet(20));
            assertThat(disabled[0]).isTrue();
            assertThat(sink.got).hasSize(1);
        }

        @Test
        @DisplayName("within bottom halves that the caller disabled, the softirq waits for him")
        void nested() {
            net_device lo = init_net.loopback_dev;
            dev_open(lo);
            Sink sink = Sink.open();
            local_bh_disable();
            Xmit.dev_queue_xmit(Frames.loop(lo, 1));
            Xmit.dev_queue_xmit(Frames.loop(lo, 2));
            assertThat(sink.got).isEmpty();
            local_bh_enable();
            assertThat(sink.got).hasSize(2);
        }
    }

    @Nested
    class dev_hard_start_xmit {
        @Test
        @DisplayName("completes the checksum for a device that cannot, and leaves it to one that can")
        void checksum() {
            device(0);
            Xmit.dev_queue_xmit(Frames.tcp(d.dev, TO, 1, 2, 3, 0x10, new byte[0], 101));
            assertThat(d.sent.get(0).ip_summed()).isEqualTo(CHECKSUM_NONE);
            assertThat(Frames.checksumRight(d.sent.get(0).bytes())).isTrue();

            d.dev.features |= NETIF_F_HW_CSUM;
            Xmit.dev_queue_xmit(Frames.tcp(d.dev, TO, 1, 2, 3, 0x10, new byte[0], 101));
            assertThat(d.sent.get(1).ip_summed()).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(Frames.checksumRight(d.sent.get(1).bytes())).isFalse();
        }

        @Test
        @DisplayName("copies pages into one piece for a device that cannot gather, and only for that")
        void linearize() {
            device(0);
            for (long features : new long[] {0, NETIF_F_SG}) {
                d.dev.features = features;
                sk_buff skb = packet(20);
                Skbs.addPage(skb, 20, 30);
                Xmit.dev_queue_xmit(skb);
            }
            assertThat(d.sent.get(0).linear()).isTrue();
            assertThat(d.sent.get(1).linear()).isFalse();
            assertThat(d.sent.get(0).bytes()).hasSize(64).isEqualTo(d.sent.get(1).bytes());
        }

        @Test
        @DisplayName("no memory for the copy: the packet is lost, and no error is told")
        void linearize_no_memory() {
            device(0);
            sk_buff skb = packet(20);
            Skbs.addPage(skb, 20, 3000);
            Gfp.inject((gfp, i) -> true);
            assertThat(Xmit.dev_queue_xmit(skb)).isZero();
            Gfp.inject(null);
            assertThat(d.sent).isEmpty();
        }

        @Test
        @DisplayName("splits a large packet for a device that cannot; taps see the segments; the memory is given back in the end")
        void gso() {
            device(NETIF_F_SG | NETIF_F_HW_CSUM);
            splitter();
            Sink tap = new Sink(uapi.linux.if_ether.IfEther.ETH_P_ALL);
            Packets.dev_add_pack(tap.pt);
            sk_buff skb = large(250, 100);
            List<Integer> sentWhenFreed = new ArrayList<>();
            skb.destructor = s -> sentWhenFreed.add(d.sent.size());

            assertThat(Xmit.dev_queue_xmit(skb)).isZero();

            assertThat(d.sent).extracting(s -> s.bytes().length).containsExactly(114, 114, 64);
            assertThat(d.sent).noneMatch(FakeDevice.Sent::gso);
            assertThat(tap.got).hasSize(3);
            assertThat(sentWhenFreed).containsExactly(3);
        }

        @Test
        @DisplayName("gives it as it is to a device that splits itself")
        void tso() {
            device(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO);
            splitter();
            Xmit.dev_queue_xmit(large(250, 100));
            assertThat(d.sent).hasSize(1);
            assertThat(d.sent.get(0).gso()).isTrue();
        }

        @Test
        @DisplayName("a packet that nobody can split is lost")
        void cannot_split() {
            device(NETIF_F_SG | NETIF_F_HW_CSUM);
            assertThat(Xmit.dev_queue_xmit(large(250, 100))).isZero();
            assertThat(d.sent).isEmpty();
        }

        @Test
        @DisplayName("the driver has no room in the middle: the rest stays with the large packet, for a later try")
        void busy_in_the_middle() {
            device(NETIF_F_SG | NETIF_F_HW_CSUM);
            splitter();
            sk_buff skb = large(250, 100);
            net_device_ops.Ndo_start_xmit send = d.ops.ndo_start_xmit;
            d.ops.ndo_start_xmit = (s, dev) -> d.sent.size() == 1 ? NETDEV_TX_BUSY : send.call(s, dev);

            assertThat(Xmit.dev_hard_start_xmit(skb, d.dev, d.dev._tx)).isEqualTo(NETDEV_TX_BUSY);
            assertThat(d.sent).hasSize(1);
            assertThat(skb.next).isNotNull();

            d.ops.ndo_start_xmit = send;
            assertThat(Xmit.dev_hard_start_xmit(skb, d.dev, d.dev._tx)).isEqualTo(NETDEV_TX_OK);
            assertThat(d.sent).hasSize(3);
        }

        @Test
        @DisplayName("the driver stops its queue in the middle: the same")
        void stopped_in_the_middle() {
            device(NETIF_F_SG | NETIF_F_HW_CSUM);
            splitter();
            sk_buff skb = large(250, 100);
            net_device_ops.Ndo_start_xmit send = d.ops.ndo_start_xmit;
            d.ops.ndo_start_xmit = (s, dev) -> {
                Netdev.netif_stop_queue(dev);
                return send.call(s, dev);
            };
            assertThat(Xmit.dev_hard_start_xmit(skb, d.dev, d.dev._tx)).isEqualTo(NETDEV_TX_BUSY);
            Netdev.netif_wake_queue(d.dev);
            assertThat(Xmit.dev_hard_start_xmit(skb, d.dev, d.dev._tx)).isEqualTo(NETDEV_TX_BUSY);
            Netdev.netif_wake_queue(d.dev);
            assertThat(Xmit.dev_hard_start_xmit(skb, d.dev, d.dev._tx)).isEqualTo(NETDEV_TX_OK);
            assertThat(d.sent).hasSize(3);
        }

        @Test
        @DisplayName("the driver fails in the middle: everything that is left is freed, and the socket relieved")
        void error_in_the_middle() {
            device(NETIF_F_SG | NETIF_F_HW_CSUM);
            splitter();
            sk_buff skb = large(250, 100);
            int[] relieved = new int[1];
            skb.destructor = s -> relieved[0]++;
            d.ops.ndo_start_xmit = (s, dev) -> {
                Free.kfree_skb(s);
                return -5;
            };
            assertThat(Xmit.dev_hard_start_xmit(skb, d.dev, d.dev._tx)).isEqualTo(-5);
            assertThat(relieved[0]).isOne();
            assertThat(liveSkbs()).isZero();
        }

        @Test
        @DisplayName("notes when it sent last, while the lock of the queue is held")
        void trans_start() {
            device(0);
            Xmit.dev_queue_xmit(packet(1));
            assertThat(d.dev._tx.trans_start).isEqualTo(Jiffies.jiffies);
        }
    }

    @Nested
    class qdisc_pkt_len_init {
        private int lengthOf(int type, int segs) {
            device(0);
            sk_buff skb = Frames.tcp(d.dev, TO, 1, 2, 3, 0x10, new byte[12], 1000);
            Headers(skb);
            if (segs != 0) {
                skb.shinfo.gso_size = 300;
                skb.shinfo.gso_segs = segs;
                skb.shinfo.gso_type = type;
            }
            Xmit.qdisc_pkt_len_init(skb);
            int len = qdisc_pkt_len(skb);
            Free.kfree_skb(skb);
            return len;
        }

        private void Headers(sk_buff skb) {
            skb.mac_header = skb.data;
            skb.transport_header = skb.data + 34;
        }

        @Test
        @DisplayName("a plain packet is as long as it is")
        void plain() {
            assertThat(lengthOf(0, 0)).isEqualTo(14 + 20 + 32 + 1000);
        }

        @Test
        @DisplayName("a large one has the headers of all its segments: Ethernet, IP, TCP with options")
        void tcp() {
            assertThat(lengthOf(SKB_GSO_TCPV4, 4)).isEqualTo(1066 + 3 * 66);
        }

        @Test
        @DisplayName("UDP has 8 bytes of header")
        void udp() {
            assertThat(lengthOf(SKB_GSO_UDP, 4)).isEqualTo(1066 + 3 * 42);
        }

        @Test
        @DisplayName("a number of segments that is not to be trusted is worked out: 1000 bytes by 300")
        void dodgy() {
            assertThat(lengthOf(SKB_GSO_TCPV4 | SKB_GSO_DODGY, 77)).isEqualTo(1066 + 3 * 66);
        }
    }

    @Nested
    class __dev_xmit_skb {
        private final List<sk_buff> held = new ArrayList<>();

        private Qdisc queue() {
            device(0);
            Qdisc q = new Qdisc("test");
            q.enqueue = (skb, self) -> {
                held.add(skb);
                self.qlen++;
                return NET_XMIT_SUCCESS;
            };
            q.dequeue = self -> {
                if (held.isEmpty()) {
                    return null;
                }
                self.qlen--;
                return held.remove(0);
            };
            graft(d.dev, q);
            return q;
        }

        @Test
        @DisplayName("the queue gets the packet with its length, and what it lets go is sent")
        void through() {
            Qdisc q = queue();
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(NET_XMIT_SUCCESS);
            assertThat(d.sent).hasSize(1);
            assertThat(q.qlen).isZero();
        }

        @Test
        @DisplayName("a queue that is being taken down drops it")
        void deactivated() {
            Qdisc q = queue();
            q.state |= 1 << Qdisc.__QDISC_STATE_DEACTIVATED;
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(NET_XMIT_DROP);
            assertThat(d.sent).isEmpty();
        }

        @Test
        @DisplayName("an empty one that never holds packets back is passed by, and counts them")
        void bypass() {
            Qdisc q = queue();
            q.flags |= Qdisc.TCQ_F_CAN_BYPASS;
            q.enqueue = (skb, self) -> {
                throw new AssertionError("not asked");
            };
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(NET_XMIT_SUCCESS);
            assertThat(d.sent).hasSize(1);
            assertThat(q.packets).isOne();
            assertThat(q.bytes).isEqualTo(34);
        }

        @Test
        @DisplayName("what the queue says about the packet is told to the sender")
        void refused() {
            Qdisc q = queue();
            q.enqueue = (skb, self) -> {
                Free.kfree_skb(skb);
                return NET_XMIT_DROP;
            };
            assertThat(Xmit.dev_queue_xmit(packet(20))).isEqualTo(NET_XMIT_DROP);
        }
    }

    @Nested
    class dev_loopback_xmit {
        @Test
        @DisplayName("the stack receives a copy of what it sends, from the network header on")
        void received() {
            device(0);
            Sink sink = Sink.open();
            sk_buff skb = packet(20);
            dst_entry dst = new dst_entry();
            dst.__refcnt = 1;
            linux.skbuff.Dst.skb_dst_set(skb, dst);
            dst.ops = new dst_ops();

            assertThat(Xmit.dev_loopback_xmit(skb)).isZero();

            assertThat(sink.got.get(0).pkt_type()).isEqualTo(PACKET_LOOPBACK);
            assertThat(sink.got.get(0).ip_summed()).isEqualTo(CHECKSUM_UNNECESSARY);
            assertThat(sink.got.get(0).bytes()).isEqualTo(Skbs.count(0, 20));
        }
    }

    @Nested
    class netdev_pick_tx {
        @Test
        @DisplayName("there is one queue")
        void one() {
            device(0);
            sk_buff skb = packet(1);
            skb.queue_mapping = 7;
            assertThat(Xmit.netdev_pick_tx(d.dev, skb)).isSameAs(d.dev._tx);
            assertThat(skb.queue_mapping).isZero();
            Free.kfree_skb(skb);
        }
    }

    @Nested
    class __dev_kfree_skb_irq {
        @Test
        @DisplayName("an interrupt lets go of a packet: the softirq frees it")
        void deferred() {
            device(0);
            sk_buff skb = packet(1);
            int[] freed = new int[1];
            skb.destructor = s -> freed[0]++;
            irq_enter();
            Xmit.__dev_kfree_skb_irq(skb);
            assertThat(freed[0]).isZero();
            irq_exit();
            assertThat(freed[0]).isOne();
        }

        @Test
        @DisplayName("somebody else still has it: one user less and nothing more")
        void shared() {
            device(0);
            sk_buff skb = packet(1);
            skb.users++;
            Xmit.__dev_kfree_skb_irq(skb);
            assertThat(skb.users).isOne();
            assertThat(Xmit.softnet_data.completion_queue).isNull();
            Free.kfree_skb(skb);
        }
    }

    @Nested
    class __dev_kfree_skb_any {
        @Test
        @DisplayName("outside of interrupts it is freed at once, inside by the softirq")
        void depends() {
            device(0);
            sk_buff a = packet(1);
            sk_buff b = packet(1);
            Xmit.__dev_kfree_skb_any(a);
            assertThat(liveSkbs()).isOne();
            irq_enter();
            Xmit.__dev_kfree_skb_any(b);
            assertThat(liveSkbs()).isOne();
            irq_exit();
            assertThat(liveSkbs()).isZero();
        }
    }

    @Nested
    class __netif_schedule {
        @Test
        @DisplayName("the softirq sends from the queue, once, however often it was asked to")
        void once() {
            device(0);
            int[] asked = new int[1];
            Qdisc q = new Qdisc("test");
            q.enqueue = (skb, self) -> NET_XMIT_SUCCESS;
            q.dequeue = self -> {
                asked[0]++;
                return null;
            };
            graft(d.dev, q);
            local_bh_disable();
            Xmit.__netif_schedule(q);
            Xmit.__netif_schedule(q);
            assertThat(asked[0]).isZero();
            local_bh_enable();
            assertThat(asked[0]).isOne();
        }
    }

    @Nested
    class net_tx_action {
        @Test
        @DisplayName("runs all queues that asked for it, in this order")
        void in_order() {
            device(0);
            List<String> ran = new ArrayList<>();
            local_bh_disable();
            for (String name : List.of("a", "b", "c")) {
                Qdisc q = new Qdisc(name);
                q.dev_queue = d.dev._tx;
                q.dequeue = self -> {
                    ran.add(self.id);
                    return null;
                };
                Xmit.__netif_schedule(q);
            }
            local_bh_enable();
            assertThat(ran).containsExactly("a", "b", "c");
        }
    }

    @Test
    @DisplayName("a frag_list goes to a device that takes it, and is copied for one that does not")
    void frag_list() {
        device(0);
        for (long features : new long[] {NETIF_F_SG, NETIF_F_SG | NETIF_F_FRAGLIST}) {
            d.dev.features = features;
            sk_buff skb = packet(20);
            Skbs.addToList(skb, Skbs.linear(9));
            Xmit.dev_queue_xmit(skb);
        }
        assertThat(d.sent.get(0).linear()).isTrue();
        assertThat(d.sent.get(1).linear()).isFalse();
    }

    @Nested
    class __netif_reschedule {
        @Test
        @DisplayName("behind those that wait already, and the softirq is raised")
        void queued() {
            device(0);
            List<String> ran = new ArrayList<>();
            local_bh_disable();
            for (String name : List.of("a", "b")) {
                Qdisc q = new Qdisc(name);
                q.dev_queue = d.dev._tx;
                q.dequeue = self -> {
                    ran.add(self.id);
                    return null;
                };
                Xmit.__netif_reschedule(q);
            }
            assertThat(Xmit.softnet_data.output_queue.id).isEqualTo("a");
            assertThat(Xmit.softnet_data.output_queue.next_sched.id).isEqualTo("b");
            assertThat(Xmit.softnet_data.output_queue_tail.id).isEqualTo("b");
            assertThat(ran).isEmpty();
            local_bh_enable();
            assertThat(ran).containsExactly("a", "b");
        }
    }

    @Nested
    class __dev_queue_xmit {
        @Test
        @DisplayName("through the queue of the device, if it has one; else at once")
        void queue() {
            device(0);
            assertThat(Xmit.__dev_queue_xmit(packet(10))).isZero();
            assertThat(d.sent).hasSize(1);

            List<Integer> queued = new ArrayList<>();
            Qdisc q = new Qdisc("test");
            q.enqueue = (skb, self) -> {
                queued.add(skb.mac_header - skb.data);
                Free.kfree_skb(skb);
                return NET_XMIT_SUCCESS;
            };
            q.dequeue = self -> null;
            graft(d.dev, q);
            assertThat(Xmit.__dev_queue_xmit(packet(10))).isZero();
            assertThat(queued).as("its link header is where it begins").containsExactly(0);
            assertThat(d.sent).hasSize(1);
        }

        @Test
        @DisplayName("-ENETDOWN for a device that is down; bottom halves are as before")
        void down() {
            device(0);
            Open.dev_close(d.dev);
            d.dev._tx.qdisc = new Qdisc("none");

            assertThat(Xmit.__dev_queue_xmit(packet(10))).isEqualTo(-100);

            assertThat(linux.interrupt.Softirq.in_softirq()).isFalse();
            assertThat(d.sent).isEmpty();
        }
    }
}
