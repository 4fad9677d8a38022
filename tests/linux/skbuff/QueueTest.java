// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Alloc.liveSkbs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class QueueTest {
    private final sk_buff_head list = new sk_buff_head();
    private final sk_buff a = new sk_buff();
    private final sk_buff b = new sk_buff();
    private final sk_buff c = new sk_buff();

    /** What is in the queue, walked both ways. */
    private static List<sk_buff> content(sk_buff_head list) {
        List<sk_buff> forth = new ArrayList<>();
        for (sk_buff s = list.next; s != null; s = s.next) {
            forth.add(s);
        }
        List<sk_buff> back = new ArrayList<>();
        for (sk_buff s = list.prev; s != null; s = s.prev) {
            back.add(0, s);
        }
        assertThat(back).isEqualTo(forth);
        assertThat(list.qlen).isEqualTo(forth.size());
        return forth;
    }

    private void put(sk_buff... skbs) {
        for (sk_buff s : skbs) {
            Queue.__skb_queue_tail(list, s);
        }
    }

    @Nested
    class skb_queue_empty {
        @Test
        @DisplayName("true until there is a packet, and again when it is gone")
        void empty() {
            assertThat(Queue.skb_queue_empty(list)).isTrue();
            put(a);
            assertThat(Queue.skb_queue_empty(list)).isFalse();
            Queue.__skb_unlink(a, list);
            assertThat(Queue.skb_queue_empty(list)).isTrue();
        }
    }

    @Nested
    class skb_queue_is_last {
        @Test
        @DisplayName("true of the last only")
        void last() {
            put(a, b);
            assertThat(Queue.skb_queue_is_last(list, a)).isFalse();
            assertThat(Queue.skb_queue_is_last(list, b)).isTrue();
        }

        @Test
        @DisplayName("the last of another queue is not the last of this one")
        void other_queue() {
            put(a);
            sk_buff_head other = new sk_buff_head();

            assertThat(Queue.skb_queue_is_last(other, a)).isFalse();
            assertThat(Queue.skb_queue_is_first(other, a)).isFalse();
        }
    }

    @Nested
    class skb_queue_is_first {
        @Test
        @DisplayName("true of the first only")
        void first() {
            put(a, b);
            assertThat(Queue.skb_queue_is_first(list, a)).isTrue();
            assertThat(Queue.skb_queue_is_first(list, b)).isFalse();
        }
    }

    @Nested
    class skb_queue_next {
        @Test
        @DisplayName("the one behind; behind the last there is none: a bug")
        void next() {
            put(a, b);
            assertThat(Queue.skb_queue_next(list, a)).isSameAs(b);
            assertThatThrownBy(() -> Queue.skb_queue_next(list, b)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_queue_prev {
        @Test
        @DisplayName("the one before; before the first there is none: a bug")
        void prev() {
            put(a, b);
            assertThat(Queue.skb_queue_prev(list, b)).isSameAs(a);
            assertThatThrownBy(() -> Queue.skb_queue_prev(list, a)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_peek {
        @Test
        @DisplayName("the first, which stays; null when empty")
        void first() {
            assertThat(Queue.skb_peek(list)).isNull();
            put(a, b);
            assertThat(Queue.skb_peek(list)).isSameAs(a);
            assertThat(content(list)).containsExactly(a, b);
        }
    }

    @Nested
    class skb_peek_tail {
        @Test
        @DisplayName("the last, which stays; null when empty")
        void last() {
            assertThat(Queue.skb_peek_tail(list)).isNull();
            put(a, b);
            assertThat(Queue.skb_peek_tail(list)).isSameAs(b);
            assertThat(content(list)).containsExactly(a, b);
        }
    }

    @Nested
    class skb_queue_len {
        @Test
        @DisplayName("counts packets")
        void length() {
            put(a, b, c);
            Queue.__skb_unlink(b, list);
            assertThat(Queue.skb_queue_len(list)).isEqualTo(2);
        }
    }

    @Nested
    class __skb_queue_head_init {
        @Test
        @DisplayName("makes it empty")
        void empty() {
            put(a);
            Queue.__skb_queue_head_init(list);
            assertThat(content(list)).isEmpty();
        }
    }

    @Nested
    class skb_queue_head_init {
        @Test
        @DisplayName("makes it empty")
        void empty() {
            put(a);
            Queue.skb_queue_head_init(list);
            assertThat(content(list)).isEmpty();
        }
    }

    @Nested
    class __skb_insert {
        @Test
        @DisplayName("between two, in front of all, behind all, and into an empty queue")
        void everywhere() {
            Queue.__skb_insert(b, null, null, list);
            assertThat(content(list)).containsExactly(b);
            Queue.__skb_insert(a, null, b, list);
            assertThat(content(list)).containsExactly(a, b);
            Queue.__skb_insert(c, b, null, list);
            assertThat(content(list)).containsExactly(a, b, c);
            sk_buff d = new sk_buff();
            Queue.__skb_insert(d, a, b, list);
            assertThat(content(list)).containsExactly(a, d, b, c);
        }
    }

    @Nested
    class __skb_queue_splice {
        @Test
        @DisplayName("puts a whole queue between two packets, in front of all, or behind all")
        void everywhere() {
            for (int at = 0; at < 3; at++) {
                sk_buff_head head = new sk_buff_head();
                sk_buff x = new sk_buff();
                sk_buff y = new sk_buff();
                Queue.__skb_queue_tail(head, x);
                Queue.__skb_queue_tail(head, y);
                Queue.__skb_queue_head_init(list);
                put(a, b);
                sk_buff prev = at == 0 ? null : at == 1 ? x : y;
                sk_buff next = at == 0 ? x : at == 1 ? y : null;

                Queue.__skb_queue_splice(list, prev, next, head);

                head.qlen = 4;
                List<sk_buff> expected = new ArrayList<>(List.of(x, y));
                expected.addAll(at, List.of(a, b));
                assertThat(content(head)).isEqualTo(expected);
            }
        }
    }

    @Nested
    class skb_queue_splice_tail_init {
        private final sk_buff_head other = new sk_buff_head();

        @Test
        @DisplayName("all of the one move behind those of the other, and the one is empty")
        void moved() {
            put(b, c);
            Queue.__skb_queue_tail(other, a);

            Queue.skb_queue_splice_tail_init(list, other);

            assertThat(content(other)).containsExactly(a, b, c);
            assertThat(content(list)).isEmpty();
        }

        @Test
        @DisplayName("into an empty queue, and out of one")
        void empty() {
            put(a, b);
            Queue.skb_queue_splice_tail_init(list, other);
            Queue.skb_queue_splice_tail_init(list, other);

            assertThat(content(other)).containsExactly(a, b);
        }
    }

    @Nested
    class __skb_queue_after {
        @Test
        @DisplayName("behind a packet; behind null is in front of all")
        void behind_one() {
            put(a, c);
            Queue.__skb_queue_after(list, a, b);
            assertThat(content(list)).containsExactly(a, b, c);
            sk_buff d = new sk_buff();
            Queue.__skb_queue_after(list, null, d);
            assertThat(content(list)).containsExactly(d, a, b, c);
        }
    }

    @Nested
    class __skb_queue_before {
        @Test
        @DisplayName("in front of a packet; in front of null is behind all")
        void in_front_of_one() {
            put(a, c);
            Queue.__skb_queue_before(list, c, b);
            assertThat(content(list)).containsExactly(a, b, c);
            sk_buff d = new sk_buff();
            Queue.__skb_queue_before(list, null, d);
            assertThat(content(list)).containsExactly(a, b, c, d);
        }
    }

    @Nested
    class __skb_queue_head {
        @Test
        @DisplayName("in front of all")
        void front() {
            Queue.__skb_queue_head(list, b);
            Queue.__skb_queue_head(list, a);
            assertThat(content(list)).containsExactly(a, b);
        }
    }

    @Nested
    class __skb_queue_tail {
        @Test
        @DisplayName("behind all")
        void behind() {
            Queue.__skb_queue_tail(list, a);
            Queue.__skb_queue_tail(list, b);
            assertThat(content(list)).containsExactly(a, b);
        }
    }

    @Nested
    class __skb_unlink {
        @Test
        @DisplayName("the first, the last, one in between and the only one")
        void everywhere() {
            sk_buff d = new sk_buff();
            put(a, b, c, d);

            Queue.__skb_unlink(b, list);
            assertThat(content(list)).containsExactly(a, c, d);
            assertThat(b.next).isNull();
            assertThat(b.prev).isNull();
            Queue.__skb_unlink(a, list);
            assertThat(content(list)).containsExactly(c, d);
            Queue.__skb_unlink(d, list);
            assertThat(content(list)).containsExactly(c);
            Queue.__skb_unlink(c, list);
            assertThat(content(list)).isEmpty();
        }
    }

    @Nested
    class __skb_dequeue {
        @Test
        @DisplayName("takes the first; null when empty")
        void first() {
            put(a, b);
            assertThat(Queue.__skb_dequeue(list)).isSameAs(a);
            assertThat(content(list)).containsExactly(b);
            assertThat(Queue.__skb_dequeue(list)).isSameAs(b);
            assertThat(Queue.__skb_dequeue(list)).isNull();
        }
    }

    @Nested
    class __skb_dequeue_tail {
        @Test
        @DisplayName("takes the last; null when empty")
        void last() {
            put(a, b);
            assertThat(Queue.__skb_dequeue_tail(list)).isSameAs(b);
            assertThat(content(list)).containsExactly(a);
            assertThat(Queue.__skb_dequeue_tail(list)).isSameAs(a);
            assertThat(Queue.__skb_dequeue_tail(list)).isNull();
        }
    }

    @Nested
    class __skb_queue_purge {
        @Test
        @DisplayName("frees all")
        void freed() {
            put(Skbs.linear(1), Skbs.linear(2));
            Queue.__skb_queue_purge(list);
            assertThat(content(list)).isEmpty();
            assertThat(liveSkbs()).isZero();
        }
    }

    @Nested
    class skb_dequeue {
        @Test
        @DisplayName("takes the first; null when empty")
        void first() {
            put(a, b);
            assertThat(Queue.skb_dequeue(list)).isSameAs(a);
            assertThat(content(list)).containsExactly(b);
            assertThat(Queue.skb_dequeue(new sk_buff_head())).isNull();
        }
    }

    @Nested
    class skb_queue_purge {
        @Test
        @DisplayName("frees all")
        void freed() {
            put(Skbs.linear(1), Skbs.linear(2));
            Queue.skb_queue_purge(list);
            assertThat(content(list)).isEmpty();
            assertThat(liveSkbs()).isZero();
        }
    }

    @Nested
    class skb_queue_head {
        @Test
        @DisplayName("in front of all")
        void front() {
            put(b);
            Queue.skb_queue_head(list, a);
            assertThat(content(list)).containsExactly(a, b);
        }
    }

    @Nested
    class skb_queue_tail {
        @Test
        @DisplayName("behind all")
        void behind() {
            put(a);
            Queue.skb_queue_tail(list, b);
            assertThat(content(list)).containsExactly(a, b);
        }
    }

    @Nested
    class skb_unlink {
        @Test
        @DisplayName("takes it out")
        void taken_out() {
            put(a, b);
            Queue.skb_unlink(a, list);
            assertThat(content(list)).containsExactly(b);
        }
    }
}
