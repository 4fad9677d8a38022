// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.Queue.skb_peek_tail;
import static linux.tcp.Header.tcp_hdr;
import static net.tcp.Globals.tcp_memory_pressure;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OFOPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PRUNECALLED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_RCVPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRCVCOLLAPSED;

import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class PruneTest {
    private final Receivers rs = new Receivers();

    @AfterEach
    void free() {
        rs.free();
    }

    /** Tiny segments of 100 bytes from segment {@code from} to segment {@code to}. */
    private static Receiver tiny(Receiver r, double from, double to) {
        for (int seq = r.seq(from); seq != r.seq(to); seq += 100) {
            DataQueue.tcp_data_queue(r.tp, r.segment().seq(seq).len(100).skb());
        }
        return r;
    }

    private static int length(sk_buff_head list) {
        int n = 0;
        for (sk_buff skb = skb_peek(list); skb != null; skb = skb.next) {
            n++;
        }
        assertThat(n).isEqualTo(list.qlen);
        return n;
    }

    private static void collapseAll(Receiver r) {
        Prune.tcp_collapse(r.tp, r.tp.sk_receive_queue, skb_peek(r.tp.sk_receive_queue), null, r.tp.copied_seq,
                r.tp.rcv_nxt);
    }

    @Nested
    class tcp_collapse_one {
        @Test
        @DisplayName("frees the packet, gives its memory back, and returns the one behind it")
        void frees() {
            Receiver r = rs.receiver();
            r.got(0, 1, 1, 2);
            sk_buff second = skb_peek(r.tp.sk_receive_queue).next;
            int each = second.truesize;

            assertThat(Prune.tcp_collapse_one(r.tp, second.prev, r.tp.sk_receive_queue)).isSameAs(second);
            assertThat(r.receiveQueue()).isEqualTo("1-2");
            assertThat(r.tp.sk_rmem_alloc).isEqualTo(each);
            assertThat(r.mib(LINUX_MIB_TCPRCVCOLLAPSED)).isOne();

            assertThat(Prune.tcp_collapse_one(r.tp, second, r.tp.sk_receive_queue)).isNull();
            assertThat(r.receiveQueue()).isEmpty();
        }
    }

    @Nested
    class tcp_collapse {
        @Test
        @DisplayName("copies many small packets into few, and the bytes are the same")
        void copies() {
            Receiver r = tiny(rs.receiver(), 0, 5);
            int before = r.tp.sk_rmem_alloc;
            assertThat(length(r.tp.sk_receive_queue)).isEqualTo(50);

            collapseAll(r);

            assertThat(length(r.tp.sk_receive_queue)).isLessThanOrEqualTo(2);
            assertThat(r.read()).isEqualTo(5000);
            assertThat(r.tp.sk_rmem_alloc).isLessThan(before / 3);
            assertThat(r.mib(LINUX_MIB_TCPRCVCOLLAPSED)).isEqualTo(50);
        }

        @Test
        @DisplayName("leaves packets alone that are full already")
        void full() {
            Receiver r = rs.receiver();
            for (int i = 0; i < 3; i++) {
                DataQueue.tcp_data_queue(r.tp, r.segment().seq(r.tp.rcv_nxt).len(3500).skb());
            }
            sk_buff first = skb_peek(r.tp.sk_receive_queue);

            collapseAll(r);

            assertThat(skb_peek(r.tp.sk_receive_queue)).isSameAs(first);
            assertThat(length(r.tp.sk_receive_queue)).isEqualTo(3);
        }

        @Test
        @DisplayName("what the reader has read already is not copied")
        void from_copied_seq() {
            Receiver r = tiny(rs.receiver(), 0, 1);
            r.tp.copied_seq = r.start + 250;

            collapseAll(r);

            assertThat(r.receiveQueue()).isEqualTo("0.25-1");
            assertThat(r.read()).isEqualTo(750);
        }

        @Test
        @DisplayName("a FIN ends the work: its packet stays as it is")
        void fin() {
            Receiver r = tiny(rs.receiver(), 0, 1);
            DataQueue.tcp_data_queue(r.tp, r.segment().len(100).flags("FA").skb());

            collapseAll(r);

            assertThat(length(r.tp.sk_receive_queue)).isEqualTo(2);
            assertThat(tcp_hdr(skb_peek(r.tp.sk_receive_queue).next).fin()).isTrue();
            assertThat(r.read()).isEqualTo(1100);
        }

        @Test
        @DisplayName("stops before tail, and copies overlaps once")
        void tail_and_overlap() {
            Receiver r = rs.receiver();
            r.got(2, 2.1, 2.05, 2.2, 2.2, 2.3, 5, 5.1);
            sk_buff head = skb_peek(r.tp.out_of_order_queue);
            sk_buff tail = skb_peek_tail(r.tp.out_of_order_queue);

            Prune.tcp_collapse(r.tp, r.tp.out_of_order_queue, head, tail, r.seq(2), r.seq(2.3));

            assertThat(r.outOfOrder()).isEqualTo("2-2.3 5-5.1");
            r.got(0, 2);
            r.tp.copied_seq = r.start;
            assertThat(r.read()).isEqualTo(2300);
        }

        @Test
        @DisplayName("without memory it stops half way, and nothing is lost")
        void no_memory() {
            Receiver r = tiny(rs.receiver(), 0, 5);
            Gfp.failNth(2);

            collapseAll(r);

            assertThat(r.read()).isEqualTo(5000);
            assertThat(length(r.tp.sk_receive_queue)).isBetween(3, 49);
        }

        @Test
        @DisplayName("gives up when the header alone would fill the new packet")
        void large_header() {
            Receiver r = rs.receiver();
            sk_buff skb = alloc_skb(8000, GFP_KERNEL);
            skb_reserve(skb, 5000);
            skb_reset_transport_header(skb);
            tcp_hdr(skb).doffAndFlags(5 << 12);
            skb_put(skb, 100);
            TCP_SKB_CB(skb).seq = r.start;
            TCP_SKB_CB(skb).end_seq = r.start + 100;
            DataQueue.tcp_queue_rcv(r.tp, skb, 0, new BoolRef());

            collapseAll(r);

            assertThat(skb_peek(r.tp.sk_receive_queue)).isSameAs(skb);
        }
    }

    @Nested
    class tcp_collapse_ofo_queue {
        @Test
        @DisplayName("collapses each run of packets without a gap by itself")
        void runs() {
            Receiver r = rs.receiver();
            tiny(r, 2, 3);
            tiny(r, 5, 6);
            assertThat(length(r.tp.out_of_order_queue)).isEqualTo(20);

            Prune.tcp_collapse_ofo_queue(r.tp);

            assertThat(r.outOfOrder()).isEqualTo("2-3 5-6");
            r.got(0, 2, 3, 5);
            assertThat(r.read()).isEqualTo(6000);
        }

        @Test
        @DisplayName("an empty queue is no work")
        void empty() {
            Receiver r = rs.receiver();
            Prune.tcp_collapse_ofo_queue(r.tp);
            assertThat(r.mib(LINUX_MIB_TCPRCVCOLLAPSED)).isZero();
        }
    }

    @Nested
    class tcp_prune_ofo_queue {
        @Test
        @DisplayName("throws away what is out of order, and forgets the blocks that said it had come")
        void throws_away() {
            Receiver r = rs.receiver();
            r.got(2, 3, 4, 5);

            assertThat(Prune.tcp_prune_ofo_queue(r.tp)).isTrue();

            assertThat(r.outOfOrder()).isEmpty();
            assertThat(r.tp.rx_opt.num_sacks).isZero();
            assertThat(r.tp.sk_rmem_alloc).isZero();
            assertThat(r.tp.sk_forward_alloc).as("given back").isLessThan(PAGE_SIZE);
            assertThat(r.mib(LINUX_MIB_OFOPRUNED)).isOne();
            assertThat(Prune.tcp_prune_ofo_queue(r.tp)).as("nothing left").isFalse();
            assertThat(r.mib(LINUX_MIB_OFOPRUNED)).isOne();
        }
    }

    @Nested
    class tcp_prune_queue {
        @Test
        @DisplayName("collapsing is enough: nothing is lost")
        void collapses() {
            Receiver r = tiny(rs.receiver(), 0, 5);
            DataQueueTest.fixedBuffer(r, r.tp.sk_rmem_alloc - 1);

            assertThat(Prune.tcp_prune_queue(r.tp)).isZero();

            assertThat(r.read()).isEqualTo(5000);
            assertThat(r.mib(LINUX_MIB_PRUNECALLED)).isOne();
            assertThat(r.mib(LINUX_MIB_OFOPRUNED)).isZero();
            assertThat(r.tp.rcv_ssthresh).as("the window shrinks to two segments").isEqualTo(2000);
        }

        @Test
        @DisplayName("collapsing what is out of order is enough too, and the memory that this frees is given back")
        void collapses_out_of_order() {
            Receiver r = tiny(rs.receiver(), 1, 6);
            int before = r.tp.sk_rmem_alloc;
            DataQueueTest.fixedBuffer(r, before - 1);

            assertThat(Prune.tcp_prune_queue(r.tp)).isZero();

            assertThat(r.tp.sk_rmem_alloc).isLessThan(before);
            assertThat(r.tp.sk_forward_alloc).isLessThan(PAGE_SIZE);
            assertThat(r.outOfOrder()).isNotEmpty();
            assertThat(r.mib(LINUX_MIB_OFOPRUNED)).isZero();
        }

        @Test
        @DisplayName("then what is out of order goes")
        void out_of_order() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            int mine = r.tp.sk_rmem_alloc;
            r.got(2, 5, 6, 9);
            DataQueueTest.fixedBuffer(r, mine);

            assertThat(Prune.tcp_prune_queue(r.tp)).isZero();

            assertThat(r.outOfOrder()).isEmpty();
            assertThat(r.receiveQueue()).isEqualTo("0-1");
        }

        @Test
        @DisplayName("nothing helps: -1, and no fast path until there is room")
        void nothing_helps() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            r.tp.pred_flags = 77;
            DataQueueTest.fixedBuffer(r, 10);

            assertThat(Prune.tcp_prune_queue(r.tp)).isEqualTo(-1);

            assertThat(r.tp.pred_flags).isZero();
            assertThat(r.mib(LINUX_MIB_RCVPRUNED)).isOne();
            assertThat(r.receiveQueue()).isEqualTo("0-1");
        }

        @Test
        @DisplayName("memory is short, the buffer is not: only the window shrinks, to four segments")
        void pressure() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            tcp_memory_pressure.val = 1;

            assertThat(Prune.tcp_prune_queue(r.tp)).isZero();

            assertThat(r.tp.rcv_ssthresh).isEqualTo(4000);
        }
    }
}
