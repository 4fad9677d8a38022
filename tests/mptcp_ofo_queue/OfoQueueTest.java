// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ofo_queue;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.tcp.Header.tcp_hdr;
import static net.sock.Memory.sk_mem_reclaim;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OFOPRUNED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.MptcpSockets;

@KernelTest
class OfoQueueTest {
    private MptcpSockets c;
    private tcp_sock a;
    private tcp_sock b;
    private sk_buff_head queue;

    @BeforeEach
    void sockets() {
        c = new MptcpSockets(2);
        a = c.sub(0);
        b = c.sub(1);
        queue = c.meta.out_of_order_queue;
        c.meta.rcv_nxt = 100;
    }

    @AfterEach
    void free() {
        __skb_queue_purge(queue);
        __skb_queue_purge(c.meta.sk_receive_queue);
        sk_mem_reclaim(c.meta);
        c.free();
    }

    /** A packet with data from {@code seq} to {@code end}. */
    private static sk_buff packet(int seq, int end) {
        int len = end - seq;
        sk_buff skb = alloc_skb(20 + len, GFP_KERNEL);
        skb_reserve(skb, 20);
        skb.transport_header = skb.data - 20;
        skb_put(skb, len);
        TCP_SKB_CB(skb).seq = seq;
        TCP_SKB_CB(skb).end_seq = end;
        return skb;
    }

    private sk_buff add(tcp_sock tp, int seq, int end) {
        sk_buff skb = packet(seq, end);
        OfoQueue.mptcp_add_meta_ofo_queue(c.meta, skb, tp);
        return skb;
    }

    /** The packets in the queue: {@code 10-20 30-40}. */
    private static String show(sk_buff_head queue) {
        StringBuilder s = new StringBuilder();
        int n = 0;
        for (sk_buff skb = queue.next; skb != null; skb = skb.next) {
            s.append(s.length() > 0 ? " " : "")
                    .append(TCP_SKB_CB(skb).seq)
                    .append('-')
                    .append(TCP_SKB_CB(skb).end_seq);
            n++;
        }
        assertThat(queue.qlen).isEqualTo(n);
        return s.toString();
    }

    private String shortcut(tcp_sock tp) {
        sk_buff skb = tp.mptcp.shortcut_ofoqueue;
        return skb == null ? "none" : TCP_SKB_CB(skb).seq + "-" + TCP_SKB_CB(skb).end_seq;
    }

    @Nested
    class mptcp_remove_shortcuts {
        @Test
        @DisplayName("the subflow whose shortcut it was has none; others keep theirs")
        void only_that() {
            sk_buff skb = add(a, 200, 210);
            add(b, 300, 310);

            OfoQueue.mptcp_remove_shortcuts(c.mpcb, skb);

            assertThat(shortcut(a)).isEqualTo("none");
            assertThat(shortcut(b)).isEqualTo("300-310");
        }
    }

    @Nested
    class mptcp_ofo_queue_after {
        @ParameterizedTest(name = "{0}-{1}: {2}")
        @DisplayName("behind 200-210 and before 300-310: fits, overlaps, or lies elsewhere")
        @CsvSource({
            "220, 230, 1, 200-210 220-230 300-310",
            "220, 300, 1, 200-210 220-300 300-310",
            "220, 301, 0, 200-210 300-310",
            "209, 220, 0, 200-210 300-310",
            "150, 160, 0, 200-210 300-310"
        })
        void fits(int seq, int end, int ret, String then) {
            sk_buff here = add(a, 200, 210);
            add(b, 300, 310);
            sk_buff skb = packet(seq, end);

            assertThat(OfoQueue.mptcp_ofo_queue_after(queue, skb, here, a)).isEqualTo(ret);

            assertThat(show(queue)).isEqualTo(then);
            if (ret == 0) {
                kfree_skb(skb);
            }
        }

        @Test
        @DisplayName("behind the last one there is always room")
        void last() {
            sk_buff here = add(a, 200, 210);

            assertThat(OfoQueue.mptcp_ofo_queue_after(queue, packet(220, 230), here, a)).isOne();
            assertThat(show(queue)).isEqualTo("200-210 220-230");
        }

        @Test
        @DisplayName("-1: its bytes went into the packet in front of it")
        void merged() {
            sk_buff here = alloc_skb(200, GFP_KERNEL);
            skb_reserve(here, 20);
            here.transport_header = here.data - 20;
            skb_put(here, 10);
            TCP_SKB_CB(here).seq = 200;
            TCP_SKB_CB(here).end_seq = 210;
            OfoQueue.mptcp_add_meta_ofo_queue(c.meta, here, a);

            assertThat(OfoQueue.mptcp_ofo_queue_after(queue, packet(210, 220), here, a)).isEqualTo(-1);

            assertThat(show(queue)).isEqualTo("200-220");
        }
    }

    @Nested
    class try_shortcut {
        @Test
        @DisplayName("the first packet: the meta socket pays, and the subflow remembers")
        void first() {
            sk_buff skb = packet(200, 210);

            OfoQueue.try_shortcut(null, skb, queue, a);

            assertThat(show(queue)).isEqualTo("200-210");
            assertThat(skb.sk).isSameAs(c.meta);
            assertThat(c.meta.sk_rmem_alloc).isEqualTo(skb.truesize);
            assertThat(shortcut(a)).isEqualTo("200-210");
        }

        @Test
        @DisplayName("two subflows in turn: sorted, each with its own shortcut")
        void in_turn() {
            add(a, 200, 210);
            add(b, 400, 410);
            add(a, 220, 230);
            add(b, 420, 430);

            assertThat(show(queue)).isEqualTo("200-210 220-230 400-410 420-430");
            assertThat(shortcut(a)).isEqualTo("220-230");
            assertThat(shortcut(b)).isEqualTo("420-430");
        }

        @Test
        @DisplayName("the other subflow's shortcut fits")
        void of_the_other() {
            add(a, 200, 210);
            add(b, 400, 410);
            add(b, 220, 230);

            assertThat(show(queue)).isEqualTo("200-210 220-230 400-410");
            assertThat(shortcut(b)).isEqualTo("220-230");
        }

        @Test
        @DisplayName("no shortcut fits: the walk begins at the nearest one behind")
        void walks() {
            add(a, 200, 210);
            add(a, 300, 310);
            add(b, 400, 410);
            add(a, 150, 160);
            add(b, 250, 260);
            add(b, 120, 130);

            assertThat(show(queue)).isEqualTo("120-130 150-160 200-210 250-260 300-310 400-410");
        }

        @Test
        @DisplayName("covered by another one: freed, and the shortcut stays")
        void covered() {
            add(a, 200, 250);
            OfoQueue.try_shortcut(a.mptcp.shortcut_ofoqueue, packet(210, 220), queue, a);

            assertThat(show(queue)).isEqualTo("200-250");
            assertThat(shortcut(a)).isEqualTo("200-250");
        }

        @Test
        @DisplayName("those that it covers are freed, and are nobody's shortcut any more")
        void covers() {
            add(a, 200, 210);
            add(b, 220, 230);
            add(a, 200, 235);

            assertThat(show(queue)).isEqualTo("200-235");
            assertThat(shortcut(a)).isEqualTo("200-235");
            assertThat(shortcut(b)).isEqualTo("none");
        }

        @Test
        @DisplayName("one that reaches over the end of the one before stays behind it: the reader skips what it has")
        void overlaps() {
            add(a, 200, 220);
            add(a, 210, 240);
            add(a, 230, 250);

            assertThat(show(queue)).isEqualTo("200-220 210-240 230-250");
        }

        @Test
        @DisplayName("one that reaches into the next one frees it, also where that one goes on: its end has to come again")
        void overlaps_the_next() {
            add(a, 200, 220);
            add(a, 230, 250);
            add(b, 190, 205);

            assertThat(show(queue)).isEqualTo("190-205 230-250");
        }

        @Test
        @DisplayName("numbers wrap")
        void wraps() {
            add(a, 10, 20);
            add(a, -20, -10);
            add(b, -5, 5);

            assertThat(show(queue)).isEqualTo("-20--10 -5-5 10-20");
        }

        @Test
        @DisplayName("a thousand packets in any order come out sorted")
        void many() {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                order.add(i);
            }
            Collections.shuffle(order, new Random(1));
            StringBuilder sorted = new StringBuilder();
            for (int i = 0; i < 1000; i++) {
                add(order.get(i) % 3 == 0 ? a : b, 200 + 20 * order.get(i), 210 + 20 * order.get(i));
                sorted.append(i > 0 ? " " : "").append(200 + 20 * i).append('-').append(210 + 20 * i);
            }

            assertThat(show(queue)).isEqualTo(sorted.toString());
        }
    }

    @Nested
    class mptcp_add_meta_ofo_queue {
        @Test
        @DisplayName("begins with the shortcut of the subflow that brought it")
        void own_shortcut() {
            add(a, 200, 210);
            add(a, 220, 230);

            assertThat(show(queue)).isEqualTo("200-210 220-230");
            assertThat(shortcut(b)).isEqualTo("none");
        }
    }

    @Nested
    class mptcp_prune_ofo_queue {
        @Test
        @DisplayName("throws all of it away, and gives the memory back")
        void prunes() {
            add(a, 200, 210);

            assertThat(OfoQueue.mptcp_prune_ofo_queue(c.meta)).isTrue();

            assertThat(queue.qlen).isZero();
            assertThat(c.meta.sk_rmem_alloc).isZero();
            assertThat(c.meta.skc_net.mib.net_statistics[LINUX_MIB_OFOPRUNED]).isOne();
        }

        @Test
        @DisplayName("false if there is nothing")
        void nothing() {
            assertThat(OfoQueue.mptcp_prune_ofo_queue(c.meta)).isFalse();
        }
    }

    @Nested
    class mptcp_ofo_queue {
        @Test
        @DisplayName("what follows without a gap goes to the receive queue; the rest stays")
        void moves() {
            add(a, 110, 120);
            add(a, 130, 140);
            add(b, 160, 170);
            add(b, 120, 130);
            c.meta.rcv_nxt = 110;

            OfoQueue.mptcp_ofo_queue(c.meta);

            assertThat(show(c.meta.sk_receive_queue)).isEqualTo("110-120 120-130 130-140");
            assertThat(show(queue)).isEqualTo("160-170");
            assertThat(c.meta.rcv_nxt).isEqualTo(140);
            assertThat(shortcut(a)).isEqualTo("none");
        }

        @Test
        @DisplayName("what has come on another way meanwhile is freed")
        void received_already() {
            add(a, 110, 120);
            add(a, 115, 130);
            c.meta.rcv_nxt = 125;

            OfoQueue.mptcp_ofo_queue(c.meta);

            assertThat(show(c.meta.sk_receive_queue)).isEqualTo("115-130");
            assertThat(shortcut(a)).isEqualTo("none");
        }

        @Test
        @DisplayName("the low half wraps: the high half of the next data goes up")
        void wraps() {
            c.mpcb.rcv_high_order[0] = 4;
            c.mpcb.rcv_high_order[1] = 5;
            add(a, -10, 10);
            c.meta.rcv_nxt = -10;

            OfoQueue.mptcp_ofo_queue(c.meta);

            assertThat(c.mpcb.rcv_hiseq_index).isOne();
            assertThat(c.mpcb.rcv_high_order).containsExactly(6, 5);
        }

        @Test
        @DisplayName("a DATA_FIN among it takes effect, and what lies behind it is thrown away")
        void data_fin() {
            sk_buff fin = packet(110, 120);
            TCP_SKB_CB(fin).end_seq = 121;
            tcp_hdr(fin).fin(true);
            OfoQueue.mptcp_add_meta_ofo_queue(c.meta, fin, a);
            add(b, 121, 130);
            c.meta.rcv_nxt = 110;

            OfoQueue.mptcp_ofo_queue(c.meta);

            assertThat(c.meta.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            assertThat(queue.qlen).isZero();
        }
    }

    @Nested
    class mptcp_purge_ofo_queue {
        @Test
        @DisplayName("nothing is left, no shortcut either")
        void empty() {
            add(a, 200, 210);
            add(b, 220, 230);

            OfoQueue.mptcp_purge_ofo_queue(c.meta);

            assertThat(queue.qlen).isZero();
            assertThat(shortcut(a)).isEqualTo("none");
            assertThat(shortcut(b)).isEqualTo("none");
        }
    }
}
