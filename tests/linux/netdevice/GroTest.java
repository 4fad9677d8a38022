// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Netdev.GRO_DROP;
import static linux.netdevice.Netdev.GRO_HELD;
import static linux.netdevice.Netdev.GRO_MERGED;
import static linux.netdevice.Netdev.GRO_MERGED_FREE;
import static linux.netdevice.Netdev.GRO_NORMAL;
import static linux.netdevice.Packets.dev_add_offload;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gro.skb_gro_receive;
import static linux.skbuff.napi_gro_cb.NAPI_GRO_FREE;
import static linux.skbuff.napi_gro_cb.NAPI_GRO_FREE_STOLEN_HEAD;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.compiler.Ref;
import linux.etherdevice.Ethernet;
import linux.hrtimer.Clock;
import linux.mm.page;
import linux.skbuff.sk_buff;
import linux.types.View;
import org.junit.jupiter.api.AfterEach;
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
class GroTest {
    private FakeDevice d;
    private final napi_struct napi = new napi_struct();
    private Sink sink;
    private packet_offload po;

    @BeforeEach
    void setUp() {
        d = FakeDevice.up("x0", 0);
        Backlog.netif_napi_add(d.dev, napi, (n, b) -> 0, 64);
        sink = Sink.open();
    }

    @AfterEach
    void remove() {
        Registry.unregister_netdev(d.dev);
    }

    /** A protocol of which every packet begins with a byte that names its flow; what follows is merged. */
    private void protocol() {
        po = new packet_offload(Sink.TYPE);
        po.gro_receive = (head, skb) -> {
            int off = Gro.skb_gro_offset(skb);
            View h = Gro.skb_gro_header_fast(skb, off);
            if (Gro.skb_gro_header_hard(skb, off + 1)) {
                h = Gro.skb_gro_header_slow(skb, off + 1, off);
                if (h == null) {
                    NAPI_GRO_CB(skb).flush = 1;
                    return null;
                }
            }
            Gro.skb_gro_pull(skb, 1);
            for (sk_buff p = head.val; p != null; p = p.next) {
                if (NAPI_GRO_CB(p).same_flow == 0) {
                    continue;
                }
                if (p.head[p.network_header] != h.b[h.at]) {
                    NAPI_GRO_CB(p).same_flow = 0;
                    continue;
                }
                NAPI_GRO_CB(skb).same_flow = 1;
                Ref<sk_buff> place = new Ref<>(p);
                if (skb_gro_receive(place, skb) != 0) {
                    NAPI_GRO_CB(skb).same_flow = 0;
                    return p;
                }
                // The one that is held may have been replaced by one with a frag_list.
                if (place.val != p) {
                    replace(head, p, place.val);
                }
                return null;
            }
            return null;
        };
        po.gro_complete = (skb, nhoff) -> 0;
        dev_add_offload(po);
    }

    private static void replace(Ref<sk_buff> head, sk_buff p, sk_buff by) {
        if (head.val == p) {
            head.val = by;
            return;
        }
        for (sk_buff q = head.val; q != null; q = q.next) {
            if (q.next == p) {
                q.next = by;
            }
        }
    }

    private sk_buff packet(int flow, int n) {
        sk_buff skb = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, n + 1);
        skb.protocol = Ethernet.eth_type_trans(skb, d.dev);
        skb.head[skb.data] = (byte) flow;
        return skb;
    }

    @Nested
    class napi_gro_receive {
        @Test
        @DisplayName("nobody merges this protocol: received as it is")
        void normal() {
            assertThat(Gro.napi_gro_receive(napi, packet(1, 10))).isEqualTo(GRO_NORMAL);
            assertThat(sink.got).hasSize(1);
        }

        @Test
        @DisplayName("a packet is held, and the next ones of its flow are merged with it until it is flushed")
        void merged() {
            protocol();
            assertThat(Gro.napi_gro_receive(napi, packet(1, 10))).isEqualTo(GRO_HELD);
            assertThat(Gro.napi_gro_receive(napi, packet(1, 10))).isEqualTo(GRO_MERGED);
            assertThat(Gro.napi_gro_receive(napi, packet(1, 10))).isEqualTo(GRO_MERGED);
            assertThat(sink.got).isEmpty();
            assertThat(napi.gro_count).isOne();

            Gro.napi_gro_flush(napi, false);

            assertThat(sink.got).hasSize(1);
            assertThat(sink.got.get(0).bytes()).hasSize(31);
            assertThat(napi.gro_count).isZero();
        }

        @Test
        @DisplayName("flows are kept apart, up to eight; the ninth sends the oldest on")
        void eight_flows() {
            protocol();
            for (int flow = 1; flow <= 9; flow++) {
                Gro.napi_gro_receive(napi, packet(flow, 10));
            }
            assertThat(napi.gro_count).isEqualTo(8);
            assertThat(sink.got).hasSize(1);
            assertThat(sink.got.get(0).bytes()[0]).isEqualTo((byte) 1);
            Gro.napi_gro_flush(napi, false);
            assertThat(sink.got).extracting(g -> (int) g.bytes()[0]).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        }

        @Test
        @DisplayName("a device that has it switched off holds nothing; nor are large packets held")
        void off() {
            protocol();
            Offloads.set(d.dev, "gro", false);
            assertThat(Gro.napi_gro_receive(napi, packet(1, 10))).isEqualTo(GRO_NORMAL);
            Offloads.set(d.dev, "gro", true);
            sk_buff large = packet(1, 10);
            large.shinfo.gso_size = 5;
            assertThat(Gro.napi_gro_receive(napi, large)).isEqualTo(GRO_NORMAL);
            assertThat(sink.got).hasSize(2);
        }

        @Test
        @DisplayName("nobody wants the packet: dropped")
        void dropped() {
            Packets.dev_remove_pack(sink.pt);
            assertThat(Gro.napi_gro_receive(napi, packet(1, 10))).isEqualTo(GRO_DROP);
        }
    }

    @Nested
    class dev_gro_receive {
        @Test
        @DisplayName("the protocol says that a held packet is complete: it goes on, and the new one is held")
        void complete() {
            protocol();
            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_receive(napi, packet(2, 10));
            Gro.napi_gro_receive(napi, packet(3, 10));
            packet_offload.Gro_receive old = po.gro_receive;
            po.gro_receive = (head, skb) -> {
                old.call(head, skb);
                NAPI_GRO_CB(skb).same_flow = 0;
                return head.val.next;
            };
            assertThat(Gro.dev_gro_receive(napi, packet(4, 7))).isEqualTo(GRO_HELD);
            assertThat(sink.got).extracting(g -> (int) g.bytes()[0]).containsExactly(2);
            assertThat(napi.gro_count).isEqualTo(3);
            Gro.napi_gro_flush(napi, false);
            assertThat(sink.got).hasSize(4);
        }

        @Test
        @DisplayName("the protocol does not want it held: received as it is")
        void flush() {
            protocol();
            po.gro_receive = (head, skb) -> {
                NAPI_GRO_CB(skb).flush = 1;
                return null;
            };
            sk_buff skb = packet(1, 10);
            assertThat(Gro.dev_gro_receive(napi, skb)).isEqualTo(GRO_NORMAL);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("headers in the first page are looked at there, and pulled into the linear part in the end")
        void frag0() {
            protocol();
            sk_buff skb = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, 0);
            page page = Skbs.addPage(skb, 50, 20);
            skb.protocol = Sink.TYPE;
            skb.mac_header = skb.tail;
            linux.skbuff.Data.__skb_pull(skb, 14);
            skb.data_len = 20;
            skb.len = 20;
            skb.mac_header = skb.tail;
            int linear = skb.tail - skb.data;

            assertThat(Gro.dev_gro_receive(napi, skb)).isEqualTo(GRO_HELD);

            assertThat(NAPI_GRO_CB(skb).frag0.b).isSameAs(page.data);
            assertThat(skb.tail - skb.data).isEqualTo(linear + 1);
            assertThat(skb.head[skb.tail - 1]).isEqualTo((byte) 50);
            assertThat(skb.shinfo.frags(0).size).isEqualTo(19);
            napi.gro_list.val = null;
            napi.gro_count = 0;
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a first page that held nothing but headers is given back")
        void frag0_used_up() {
            protocol();
            sk_buff skb = Frames.to(d.dev, d.dev.dev_addr, Sink.TYPE, 0);
            linux.skbuff.Data.__skb_pull(skb, 14);
            Skbs.addPage(skb, 50, 1);
            Skbs.addPage(skb, 51, 5);
            skb.mac_header = skb.tail;

            assertThat(Gro.dev_gro_receive(napi, skb)).isEqualTo(GRO_HELD);

            assertThat(skb.shinfo.nr_frags).isOne();
            assertThat(skb.shinfo.frags(0).size).isEqualTo(5);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(50, 6));
            napi.gro_list.val = null;
            napi.gro_count = 0;
            kfree_skb(skb);
        }
    }

    @Nested
    class gro_list_prepare {
        @Test
        @DisplayName("the same flow has the same device, the same Ethernet header and the same hash")
        void same_flow() {
            protocol();
            sk_buff same = packet(1, 1);
            sk_buff otherStation = packet(1, 1);
            otherStation.head[otherStation.mac_header + 11] ^= 1;
            sk_buff otherHash = packet(1, 1);
            otherHash.rxhash = 5;
            sk_buff otherDevice = packet(1, 1);
            otherDevice.dev = new net_device();
            napi.gro_list.val = same;
            same.next = otherStation;
            otherStation.next = otherHash;
            otherHash.next = otherDevice;
            sk_buff skb = packet(1, 1);

            Gro.gro_list_prepare(napi, skb);

            List<Integer> flows = new ArrayList<>();
            for (sk_buff p = same; p != null; p = p.next) {
                flows.add(NAPI_GRO_CB(p).same_flow);
            }
            assertThat(flows).containsExactly(1, 0, 0, 0);
            linux.skbuff.Free.kfree_skb_list(same);
            napi.gro_list.val = null;
            kfree_skb(skb);
        }

        @Test
        @DisplayName("link headers of another length are compared byte by byte")
        void other_length() {
            d.dev.hard_header_len = 4;
            sk_buff p = packet(1, 1);
            sk_buff skb = packet(1, 1);
            skb.head[skb.mac_header + 11] ^= 1;
            napi.gro_list.val = p;
            Gro.gro_list_prepare(napi, skb);
            assertThat(NAPI_GRO_CB(p).same_flow).isOne();
            skb.head[skb.mac_header + 3] ^= 1;
            Gro.gro_list_prepare(napi, skb);
            assertThat(NAPI_GRO_CB(p).same_flow).isZero();
            napi.gro_list.val = null;
            kfree_skb(p);
            kfree_skb(skb);
            d.dev.hard_header_len = 14;
        }
    }

    @Nested
    class skb_gro_reset_offset {
        @Test
        @DisplayName("looks at the first page only if the linear part ends at the link header")
        void where() {
            sk_buff skb = packet(1, 5);
            NAPI_GRO_CB(skb).data_offset = 9;
            Skbs.addPage(skb, 0, 8);
            Gro.skb_gro_reset_offset(skb);
            assertThat(NAPI_GRO_CB(skb).frag0).isNull();
            assertThat(Gro.skb_gro_offset(skb)).isZero();
            skb.mac_header = skb.tail;
            Gro.skb_gro_reset_offset(skb);
            assertThat(NAPI_GRO_CB(skb).frag0_len).isEqualTo(8);
            assertThat(NAPI_GRO_CB(skb).frag0.at).isEqualTo(100);
            kfree_skb(skb);
        }
    }

    @Nested
    class napi_gro_complete {
        @Test
        @DisplayName("a single packet stands for one again; a merged one is completed by its protocol")
        void completed() {
            protocol();
            int[] completed = new int[1];
            po.gro_complete = (skb, nhoff) -> {
                completed[0]++;
                return 0;
            };
            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_flush(napi, false);
            assertThat(completed[0]).isZero();
            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_flush(napi, false);
            assertThat(completed[0]).isOne();
            assertThat(sink.got).hasSize(2);
        }

        @Test
        @DisplayName("one that cannot be completed is freed; that nobody knows its protocol any more is worth a warning")
        void failed() {
            protocol();
            po.gro_complete = (skb, nhoff) -> -1;
            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_flush(napi, false);
            assertThat(Bug.warnings).isEmpty();

            Gro.napi_gro_receive(napi, packet(1, 10));
            Gro.napi_gro_receive(napi, packet(1, 10));
            Packets.dev_remove_offload(po);
            Gro.napi_gro_flush(napi, false);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            assertThat(sink.got).isEmpty();
        }
    }

    @Nested
    class napi_gro_flush {
        @Test
        @DisplayName("only the old ones: those of this very jiffy stay")
        void old_ones() {
            protocol();
            Gro.napi_gro_receive(napi, packet(1, 10));
            Clock.passTo(Clock.now() + Clock.NSEC_PER_MSEC);
            Gro.napi_gro_receive(napi, packet(2, 10));

            Gro.napi_gro_flush(napi, true);

            assertThat(sink.got).extracting(g -> (int) g.bytes()[0]).containsExactly(1);
            assertThat(napi.gro_count).isOne();
            Gro.napi_gro_flush(napi, false);
            assertThat(sink.got).hasSize(2);
        }
    }

    @Nested
    class napi_skb_finish {
        @Test
        @DisplayName("a packet of which the payload has moved is freed; of one of which the bytes have moved only the sk_buff is")
        void freed() {
            sk_buff skb = packet(1, 1);
            NAPI_GRO_CB(skb).free = NAPI_GRO_FREE;
            assertThat(Gro.napi_skb_finish(GRO_MERGED_FREE, skb)).isEqualTo(GRO_MERGED_FREE);
            sk_buff stolen = packet(1, 1);
            NAPI_GRO_CB(stolen).free = NAPI_GRO_FREE_STOLEN_HEAD;
            Gro.napi_skb_finish(GRO_MERGED_FREE, stolen);
            sk_buff dropped = packet(1, 1);
            Gro.napi_skb_finish(GRO_DROP, dropped);
            assertThat(linux.skbuff.Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class gro_find_receive_by_type {
        @Test
        @DisplayName("one of that type that merges; not one that only splits")
        void found() {
            packet_offload splits = new packet_offload(Sink.TYPE);
            dev_add_offload(splits);
            assertThat(Gro.gro_find_receive_by_type(Sink.TYPE)).isNull();
            protocol();
            assertThat(Gro.gro_find_receive_by_type(Sink.TYPE)).isSameAs(po);
            assertThat(Gro.gro_find_receive_by_type(Sink.TYPE + 1)).isNull();
        }
    }

    @Nested
    class gro_find_complete_by_type {
        @Test
        @DisplayName("the same for completing")
        void found() {
            assertThat(Gro.gro_find_complete_by_type(Sink.TYPE)).isNull();
            protocol();
            assertThat(Gro.gro_find_complete_by_type(Sink.TYPE)).isSameAs(po);
        }
    }

    @Nested
    class skb_gro_header_slow {
        @Test
        @DisplayName("has the bytes in the linear part, or says that there are not as many")
        void slow() {
            sk_buff skb = packet(9, 5);
            Skbs.addPage(skb, 70, 8);
            NAPI_GRO_CB(skb).frag0 = new View(new byte[8], 0);
            NAPI_GRO_CB(skb).frag0_len = 8;
            View v = Gro.skb_gro_header_slow(skb, 10, 6);
            assertThat(v.b[v.at]).isEqualTo((byte) 70);
            assertThat(NAPI_GRO_CB(skb).frag0).isNull();
            assertThat(Gro.skb_gro_header_hard(skb, 1)).isTrue();
            assertThat(Gro.skb_gro_header_slow(skb, 15, 0)).isNull();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_network_header {
        @Test
        @DisplayName("in the first page or in the linear part")
        void where() {
            sk_buff skb = packet(9, 5);
            skb.network_header = skb.data + 2;
            View v = Gro.skb_gro_network_header(skb);
            assertThat(v.b).isSameAs(skb.head);
            assertThat(v.at).isEqualTo(skb.data + 2);
            byte[] pageBytes = new byte[20];
            NAPI_GRO_CB(skb).frag0 = new View(pageBytes, 7);
            v = Gro.skb_gro_network_header(skb);
            assertThat(v.b).isSameAs(pageBytes);
            assertThat(v.at).isEqualTo(9);
            assertThat(Gro.skb_gro_header_fast(skb, 3).at).isEqualTo(10);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_postpull_rcsum {
        @Test
        @DisplayName("what was looked at does not count in the sum any more")
        void less() {
            sk_buff skb = packet(9, 9);
            skb.ip_summed = CHECKSUM_COMPLETE;
            NAPI_GRO_CB(skb).csum = csum_partial(skb.head, skb.data, 10, 0);
            Gro.skb_gro_postpull_rcsum(skb, skb.head, skb.data, 4);
            assertThat(csum_fold(NAPI_GRO_CB(skb).csum)).isEqualTo(csum_fold(csum_partial(skb.head, skb.data + 4, 6, 0)));
            assertThat(Gro.skb_gro_len(skb)).isEqualTo(10);
            Gro.skb_gro_pull(skb, 4);
            assertThat(Gro.skb_gro_len(skb)).isEqualTo(6);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_offset {
        @Test
        @DisplayName("how much of the packet has been looked at")
        void offset() {
            sk_buff skb = packet(9, 5);
            NAPI_GRO_CB(skb).data_offset = 3;
            assertThat(Gro.skb_gro_offset(skb)).isEqualTo(3);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_len {
        @Test
        @DisplayName("how much is left")
        void left() {
            sk_buff skb = packet(9, 5);
            NAPI_GRO_CB(skb).data_offset = 2;
            assertThat(Gro.skb_gro_len(skb)).isEqualTo(4);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_pull {
        @Test
        @DisplayName("a header has been looked at")
        void pulled() {
            sk_buff skb = packet(9, 5);
            NAPI_GRO_CB(skb).data_offset = 2;
            Gro.skb_gro_pull(skb, 3);
            assertThat(NAPI_GRO_CB(skb).data_offset).isEqualTo(5);
            assertThat(skb.len).as("the packet stays whole").isEqualTo(6);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_header_fast {
        @Test
        @DisplayName("a place in the first page, or nowhere")
        void where() {
            sk_buff skb = packet(9, 5);
            NAPI_GRO_CB(skb).frag0 = null;
            assertThat(Gro.skb_gro_header_fast(skb, 3)).isNull();
            NAPI_GRO_CB(skb).frag0 = new View(new byte[20], 7);
            assertThat(Gro.skb_gro_header_fast(skb, 3).at).isEqualTo(10);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_header_hard {
        @Test
        @DisplayName("the first page has not that many bytes")
        void hard() {
            sk_buff skb = packet(9, 5);
            NAPI_GRO_CB(skb).frag0_len = 8;
            assertThat(Gro.skb_gro_header_hard(skb, 8)).isFalse();
            assertThat(Gro.skb_gro_header_hard(skb, 9)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_gro_mac_header {
        @Test
        @DisplayName("in the first page or in the linear part")
        void where() {
            sk_buff skb = packet(9, 5);
            NAPI_GRO_CB(skb).frag0 = null;
            View v = Gro.skb_gro_mac_header(skb);
            assertThat(v.b).isSameAs(skb.head);
            assertThat(v.at).isEqualTo(skb.mac_header);
            NAPI_GRO_CB(skb).frag0 = new View(new byte[20], 7);
            assertThat(Gro.skb_gro_mac_header(skb)).isSameAs(NAPI_GRO_CB(skb).frag0);
            kfree_skb(skb);
        }
    }
}
