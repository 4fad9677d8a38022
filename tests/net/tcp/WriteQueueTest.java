// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Queue.__skb_queue_tail;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.proto;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class WriteQueueTest {
    private final tcp_sock tp = new tcp_sock();
    private final sk_buff a = new sk_buff();
    private final sk_buff b = new sk_buff();
    private final sk_buff c = new sk_buff();

    /** What is on the queue, first to last; the way back must be the same. */
    private List<sk_buff> queued() {
        List<sk_buff> forward = new ArrayList<>();
        for (sk_buff skb = tp.sk_write_queue.next; skb != null; skb = skb.next) {
            forward.add(skb);
        }
        List<sk_buff> back = new ArrayList<>();
        for (sk_buff skb = tp.sk_write_queue.prev; skb != null; skb = skb.prev) {
            back.add(0, skb);
        }
        assertThat(back).isEqualTo(forward);
        assertThat(tp.sk_write_queue.qlen).isEqualTo(forward.size());
        return forward;
    }

    private void queue(sk_buff... skbs) {
        for (sk_buff skb : skbs) {
            __skb_queue_tail(tp.sk_write_queue, skb);
        }
    }

    @Nested
    class tcp_clear_retrans_hints_partial {
        @Test
        @DisplayName("forgets where the search for losses stopped, not where retransmission did")
        void one() {
            tp.lost_skb_hint = a;
            tp.retransmit_skb_hint = a;

            WriteQueue.tcp_clear_retrans_hints_partial(tp);

            assertThat(tp.lost_skb_hint).isNull();
            assertThat(tp.retransmit_skb_hint).isSameAs(a);
        }
    }

    @Nested
    class tcp_clear_all_retrans_hints {
        @Test
        @DisplayName("forgets both")
        void both() {
            tp.lost_skb_hint = a;
            tp.retransmit_skb_hint = a;

            WriteQueue.tcp_clear_all_retrans_hints(tp);

            assertThat(tp.lost_skb_hint).isNull();
            assertThat(tp.retransmit_skb_hint).isNull();
        }
    }

    @Nested
    class tcp_write_queue_purge {
        @Test
        @DisplayName("frees all packets, gives their memory back, and forgets the hints")
        void purged() {
            tp.skc_prot = new proto();
            tp.skc_prot.memory_allocated = new LongRef(1);
            tp.skc_prot.memory_pressure = new IntRef();
            tp.skc_prot.sysctl_mem = new long[] {100, 200, 300};
            tp.sk_forward_alloc = 4096;
            for (int i = 0; i < 2; i++) {
                sk_buff skb = alloc_skb(100, GFP_KERNEL);
                queue(skb);
                tp.sk_wmem_queued += skb.truesize;
                tp.sk_forward_alloc -= skb.truesize;
            }
            tp.retransmit_skb_hint = tp.sk_write_queue.next;

            WriteQueue.tcp_write_queue_purge(tp);

            assertThat(queued()).isEmpty();
            assertThat(tp.sk_wmem_queued).isZero();
            assertThat(tp.sk_forward_alloc).isZero();
            assertThat(tp.skc_prot.memory_allocated.val).isZero();
            assertThat(tp.retransmit_skb_hint).isNull();
        }
    }

    @Nested
    class tcp_write_queue_head {
        @Test
        @DisplayName("is the oldest packet, null for an empty queue")
        void oldest() {
            assertThat(WriteQueue.tcp_write_queue_head(tp)).isNull();

            queue(a, b);
            assertThat(WriteQueue.tcp_write_queue_head(tp)).isSameAs(a);
        }
    }

    @Nested
    class tcp_write_queue_tail {
        @Test
        @DisplayName("is the newest packet, null for an empty queue")
        void newest() {
            assertThat(WriteQueue.tcp_write_queue_tail(tp)).isNull();

            queue(a, b);
            assertThat(WriteQueue.tcp_write_queue_tail(tp)).isSameAs(b);
        }
    }

    @Nested
    class tcp_write_queue_next {
        @Test
        @DisplayName("is the one behind")
        void behind() {
            queue(a, b);

            assertThat(WriteQueue.tcp_write_queue_next(tp, a)).isSameAs(b);
        }
    }

    @Nested
    class tcp_write_queue_prev {
        @Test
        @DisplayName("is the one in front")
        void in_front() {
            queue(a, b);

            assertThat(WriteQueue.tcp_write_queue_prev(tp, b)).isSameAs(a);
        }
    }

    @Nested
    class tcp_send_head {
        @Test
        @DisplayName("is the first packet that was never sent")
        void first_unsent() {
            tp.sk_send_head = b;

            assertThat(WriteQueue.tcp_send_head(tp)).isSameAs(b);
        }
    }

    @Nested
    class tcp_skb_is_last {
        @Test
        @DisplayName("is true of the newest packet alone")
        void newest() {
            queue(a, b);

            assertThat(WriteQueue.tcp_skb_is_last(tp, a)).isFalse();
            assertThat(WriteQueue.tcp_skb_is_last(tp, b)).isTrue();
        }
    }

    @Nested
    class tcp_advance_send_head {
        @Test
        @DisplayName("moves on by one, and to null behind the last")
        void moved() {
            queue(a, b);
            tp.sk_send_head = a;

            WriteQueue.tcp_advance_send_head(tp, a);
            assertThat(tp.sk_send_head).isSameAs(b);

            WriteQueue.tcp_advance_send_head(tp, b);
            assertThat(tp.sk_send_head).isNull();
        }
    }

    @Nested
    class tcp_check_send_head {
        @Test
        @DisplayName("a packet that has left the queue is not the send head any more")
        void left() {
            tp.sk_send_head = a;

            WriteQueue.tcp_check_send_head(tp, b);
            assertThat(tp.sk_send_head).isSameAs(a);

            WriteQueue.tcp_check_send_head(tp, a);
            assertThat(tp.sk_send_head).isNull();
        }
    }

    @Nested
    class tcp_init_send_head {
        @Test
        @DisplayName("there is nothing to send")
        void none() {
            tp.sk_send_head = a;

            WriteQueue.tcp_init_send_head(tp);

            assertThat(tp.sk_send_head).isNull();
        }
    }

    @Nested
    class __tcp_add_write_queue_tail {
        @Test
        @DisplayName("queues at the end, and leaves the send head alone")
        void end() {
            queue(a);

            WriteQueue.__tcp_add_write_queue_tail(tp, b);

            assertThat(queued()).containsExactly(a, b);
            assertThat(tp.sk_send_head).isNull();
        }
    }

    @Nested
    class tcp_add_write_queue_tail {
        @Test
        @DisplayName("becomes the send head, and the place of the highest SACK, if all before it was sent")
        void all_sent() {
            queue(a);

            WriteQueue.tcp_add_write_queue_tail(tp, b);

            assertThat(queued()).containsExactly(a, b);
            assertThat(tp.sk_send_head).isSameAs(b);
            assertThat(tp.highest_sack).isSameAs(b);
        }

        @Test
        @DisplayName("waits behind what was not sent yet")
        void waits() {
            queue(a, b);
            tp.sk_send_head = b;

            WriteQueue.tcp_add_write_queue_tail(tp, c);

            assertThat(tp.sk_send_head).isSameAs(b);
            assertThat(tp.highest_sack).isNull();
        }

        @Test
        @DisplayName("a place of the highest SACK that is known stays")
        void known() {
            queue(a);
            tp.highest_sack = a;

            WriteQueue.tcp_add_write_queue_tail(tp, b);

            assertThat(tp.highest_sack).isSameAs(a);
        }
    }

    @Nested
    class __tcp_add_write_queue_head {
        @Test
        @DisplayName("queues in front of all")
        void front() {
            queue(a);

            WriteQueue.__tcp_add_write_queue_head(tp, b);

            assertThat(queued()).containsExactly(b, a);
        }
    }

    @Nested
    class tcp_insert_write_queue_after {
        @Test
        @DisplayName("inserts behind")
        void behind() {
            queue(a, b);

            WriteQueue.tcp_insert_write_queue_after(a, c, tp);

            assertThat(queued()).containsExactly(a, c, b);
        }
    }

    @Nested
    class tcp_insert_write_queue_before {
        @Test
        @DisplayName("inserts in front, and takes the place of the send head over")
        void in_front() {
            queue(a, b);
            tp.sk_send_head = b;

            WriteQueue.tcp_insert_write_queue_before(c, b, tp);

            assertThat(queued()).containsExactly(a, c, b);
            assertThat(tp.sk_send_head).isSameAs(c);
        }

        @Test
        @DisplayName("in front of what was sent the send head stays")
        void sent() {
            queue(a, b);
            tp.sk_send_head = b;

            WriteQueue.tcp_insert_write_queue_before(c, a, tp);

            assertThat(queued()).containsExactly(c, a, b);
            assertThat(tp.sk_send_head).isSameAs(b);
        }
    }

    @Nested
    class tcp_unlink_write_queue {
        @Test
        @DisplayName("takes the packet off, from the middle too")
        void off() {
            queue(a, b, c);

            WriteQueue.tcp_unlink_write_queue(b, tp);

            assertThat(queued()).containsExactly(a, c);
            assertThat(b.next).isNull();
            assertThat(b.prev).isNull();
        }
    }

    @Nested
    class tcp_write_queue_empty {
        @Test
        @DisplayName("is true as long as nothing is queued")
        void empty() {
            assertThat(WriteQueue.tcp_write_queue_empty(tp)).isTrue();

            queue(a);
            assertThat(WriteQueue.tcp_write_queue_empty(tp)).isFalse();
        }
    }

    @Nested
    class tcp_notsent_lowat {
        @Test
        @DisplayName("is the socket's, or the sysctl's, which has no limit")
        void whose() {
            assertThat(WriteQueue.tcp_notsent_lowat(tp)).isEqualTo(-1);

            tp.notsent_lowat = 5000;
            assertThat(WriteQueue.tcp_notsent_lowat(tp)).isEqualTo(5000);
        }
    }

    @Nested
    class tcp_stream_memory_free {
        @Test
        @DisplayName("as long as less than the limit waits to be sent")
        void less() {
            tp.notsent_lowat = 100;
            tp.snd_nxt = -50;
            tp.write_seq = 49;
            assertThat(WriteQueue.tcp_stream_memory_free(tp)).isTrue();

            tp.write_seq = 50;
            assertThat(WriteQueue.tcp_stream_memory_free(tp)).isFalse();
        }

        @Test
        @DisplayName("without a limit of its own a socket is always free")
        void no_limit() {
            tp.write_seq = Integer.MAX_VALUE;

            assertThat(WriteQueue.tcp_stream_memory_free(tp)).isTrue();
        }
    }
}
