// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Lists of letters. */
class ListsTest {
    private final list_head<String> head = new list_head<>();
    private final list_head<String> a = new list_head<>("a");
    private final list_head<String> b = new list_head<>("b");
    private final list_head<String> c = new list_head<>("c");

    /** What is on the list, read in both directions. */
    private static String show(list_head<String> head) {
        StringBuilder s = new StringBuilder();
        for (list_head<String> p = head.next; p != head; p = p.next) {
            assertThat(p.next.prev).isSameAs(p);
            s.append(p.owner);
        }
        StringBuilder back = new StringBuilder();
        for (list_head<String> p = head.prev; p != head; p = p.prev) {
            back.append(p.owner);
        }
        assertThat(back.reverse().toString()).isEqualTo(s.toString());
        return s.toString();
    }

    private void abc() {
        Lists.list_add_tail(a, head);
        Lists.list_add_tail(b, head);
        Lists.list_add_tail(c, head);
    }

    @Nested
    class INIT_LIST_HEAD {
        @Test
        @DisplayName("empties a head, and makes a link that was on a list one that is on none")
        void empty() {
            abc();
            Lists.INIT_LIST_HEAD(head);
            assertThat(show(head)).isEmpty();
            Lists.INIT_LIST_HEAD(a);
            assertThat(a.next).isSameAs(a);
            assertThat(a.prev).isSameAs(a);
        }
    }

    @Nested
    class __list_add {
        @Test
        @DisplayName("between two neighbours")
        void between() {
            Lists.list_add_tail(a, head);
            Lists.list_add_tail(c, head);
            Lists.__list_add(b, a, c);
            assertThat(show(head)).isEqualTo("abc");
        }
    }

    @Nested
    class list_add {
        @Test
        @DisplayName("the last one added comes first")
        void first() {
            Lists.list_add(a, head);
            Lists.list_add(b, head);
            assertThat(show(head)).isEqualTo("ba");
        }
    }

    @Nested
    class list_add_tail {
        @Test
        @DisplayName("the last one added comes last")
        void last() {
            abc();
            assertThat(show(head)).isEqualTo("abc");
        }
    }

    @Nested
    class __list_del {
        @Test
        @DisplayName("joins two that were apart")
        void joins() {
            abc();
            Lists.__list_del(a, head);
            assertThat(show(head)).isEqualTo("a");
        }
    }

    @Nested
    class __list_del_entry {
        @Test
        @DisplayName("joins its neighbours and leaves its own links as they are")
        void neighbours() {
            abc();
            Lists.__list_del_entry(b);
            assertThat(show(head)).isEqualTo("ac");
            assertThat(b.next).isSameAs(c);
            assertThat(b.prev).isSameAs(a);
        }
    }

    @Nested
    class list_del {
        @Test
        @DisplayName("its links lead nowhere afterwards")
        void deleted() {
            abc();
            Lists.list_del(a);
            assertThat(show(head)).isEqualTo("bc");
            assertThat(a.next).isNull();
            assertThat(a.prev).isNull();
        }
    }

    @Nested
    class list_del_init {
        @Test
        @DisplayName("may be taken out twice")
        void twice() {
            abc();
            Lists.list_del_init(c);
            Lists.list_del_init(c);
            assertThat(show(head)).isEqualTo("ab");
            assertThat(Lists.list_empty(c)).isTrue();
        }
    }

    @Nested
    class list_move {
        @Test
        @DisplayName("from one list to the front of another")
        void moved() {
            abc();
            list_head<String> other = new list_head<>();
            Lists.list_add(new list_head<>("x"), other);
            Lists.list_move(b, other);
            assertThat(show(head)).isEqualTo("ac");
            assertThat(show(other)).isEqualTo("bx");
        }
    }

    @Nested
    class list_move_tail {
        @Test
        @DisplayName("to the end of a list, also of its own")
        void moved() {
            abc();
            Lists.list_move_tail(a, head);
            assertThat(show(head)).isEqualTo("bca");
        }
    }

    @Nested
    class list_empty {
        @Test
        @DisplayName("nothing is on it")
        void empty() {
            assertThat(Lists.list_empty(head)).isTrue();
            Lists.list_add(a, head);
            assertThat(Lists.list_empty(head)).isFalse();
        }
    }

    @Nested
    class __list_splice {
        @Test
        @DisplayName("puts all of a list between two neighbours")
        void spliced() {
            abc();
            list_head<String> other = new list_head<>();
            list_head<String> x = new list_head<>("x");
            list_head<String> y = new list_head<>("y");
            Lists.list_add_tail(x, other);
            Lists.list_add_tail(y, other);
            Lists.__list_splice(head, x, y);
            assertThat(show(other)).isEqualTo("xabcy");
        }
    }

    @Nested
    class list_splice_init {
        @Test
        @DisplayName("to the front; the list is empty then; an empty one changes nothing")
        void front() {
            abc();
            list_head<String> other = new list_head<>();
            Lists.list_add(new list_head<>("x"), other);
            Lists.list_splice_init(head, other);
            assertThat(show(other)).isEqualTo("abcx");
            assertThat(show(head)).isEmpty();
            Lists.list_splice_init(head, other);
            assertThat(show(other)).isEqualTo("abcx");
        }
    }

    @Nested
    class list_splice_tail_init {
        @Test
        @DisplayName("to the end; the list is empty then; an empty one changes nothing")
        void end() {
            abc();
            list_head<String> other = new list_head<>();
            Lists.list_add(new list_head<>("x"), other);
            Lists.list_splice_tail_init(head, other);
            assertThat(show(other)).isEqualTo("xabc");
            assertThat(show(head)).isEmpty();
            Lists.list_splice_tail_init(head, other);
            assertThat(show(other)).isEqualTo("xabc");
        }
    }

    @Nested
    class list_first_entry {
        @Test
        @DisplayName("whom the first link is part of")
        void first() {
            abc();
            assertThat(Lists.list_first_entry(head)).isEqualTo("a");
            assertThat(Lists.list_entry(b)).isEqualTo("b");
        }
    }

    /** Chains of a hash table. */
    @Nested
    class Chains {
        private final hlist_head<String> chain = new hlist_head<>();
        private final hlist_node<String> x = new hlist_node<>("x");
        private final hlist_node<String> y = new hlist_node<>("y");
        private final hlist_node<String> z = new hlist_node<>("z");

        private String show() {
            StringBuilder s = new StringBuilder();
            HlistLink<String> before = chain;
            for (hlist_node<String> n = chain.first(); n != null; n = n.next) {
                assertThat(n.pprev).isSameAs(before);
                before = n;
                s.append(n.owner);
            }
            return s.toString();
        }

        private void xyz() {
            Lists.hlist_add_head(z, chain);
            Lists.hlist_add_head(y, chain);
            Lists.hlist_add_head(x, chain);
        }

        @Nested
        class INIT_HLIST_NODE {
            @Test
            @DisplayName("it is on no chain")
            void none() {
                xyz();
                Lists.INIT_HLIST_NODE(x);
                assertThat(x.next).isNull();
                assertThat(x.pprev).isNull();
            }
        }

        @Nested
        class hlist_unhashed {
            @Test
            @DisplayName("is it on no chain? The last one is on one although nobody comes after it")
            void unhashed() {
                assertThat(Lists.hlist_unhashed(z)).isTrue();
                xyz();
                assertThat(Lists.hlist_unhashed(z)).isFalse();
            }
        }

        @Nested
        class hlist_empty {
            @Test
            @DisplayName("nobody is on the chain")
            void empty() {
                assertThat(Lists.hlist_empty(chain)).isTrue();
                xyz();
                assertThat(Lists.hlist_empty(chain)).isFalse();
            }
        }

        @Nested
        class hlist_add_head {
            @Test
            @DisplayName("the last one added comes first")
            void first() {
                xyz();
                assertThat(show()).isEqualTo("xyz");
            }
        }

        @Nested
        class __hlist_del {
            @Test
            @DisplayName("the first, one in between, and the last")
            void each() {
                xyz();
                Lists.__hlist_del(y);
                assertThat(show()).isEqualTo("xz");
                Lists.__hlist_del(x);
                assertThat(show()).isEqualTo("z");
                Lists.__hlist_del(z);
                assertThat(show()).isEmpty();
                assertThat(z.pprev).as("its own links stay").isNotNull();
            }
        }

        @Nested
        class hlist_del {
            @Test
            @DisplayName("its links lead nowhere afterwards")
            void deleted() {
                xyz();
                Lists.hlist_del(x);
                assertThat(show()).isEqualTo("yz");
                assertThat(x.next).isNull();
                assertThat(x.pprev).isNull();
            }
        }

        @Nested
        class hlist_del_init {
            @Test
            @DisplayName("may be taken out twice")
            void twice() {
                xyz();
                Lists.hlist_del_init(y);
                Lists.hlist_del_init(y);
                assertThat(show()).isEqualTo("xz");
                assertThat(Lists.hlist_unhashed(y)).isTrue();
                assertThat(y.next).isNull();
            }
        }
    }
}
