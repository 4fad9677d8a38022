// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.SocketFields.out;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.list.hlist_head;
import linux.list.hlist_node;
import linux.list.hlist_nulls_head;
import linux.tcp.tcp_timewait_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class NodesTest {
    private final hlist_nulls_head<sock_common> chain = new hlist_nulls_head<>();
    private FakeFamily family;
    private sock a;
    private sock b;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        a = family.orphan();
        b = family.orphan();
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private List<sock_common> chained() {
        List<sock_common> found = new ArrayList<>();
        for (sock_common sk = Nodes.sk_nulls_head(chain); sk != null; sk = Nodes.sk_nulls_next(sk)) {
            found.add(sk);
        }
        return found;
    }

    @Nested
    class __sk_head {
        @Test
        @DisplayName("is the first of a chain that is not empty")
        void first() {
            Nodes.__sk_add_node(a, chain);
            assertThat(Nodes.__sk_head(chain)).isSameAs(a);
        }
    }

    @Nested
    class sk_head {
        @Test
        @DisplayName("is null for an empty chain")
        void empty() {
            assertThat(Nodes.sk_head(chain)).isNull();
            Nodes.__sk_add_node(a, chain);
            assertThat(Nodes.sk_head(chain)).isSameAs(a);
        }
    }

    @Nested
    class __sk_nulls_head {
        @Test
        @DisplayName("is the first of a chain that is not empty")
        void first() {
            Nodes.__sk_nulls_add_node_rcu(a, chain);
            assertThat(Nodes.__sk_nulls_head(chain)).isSameAs(a);
        }
    }

    @Nested
    class sk_nulls_head {
        @Test
        @DisplayName("may be a time-wait socket")
        void timewait() {
            assertThat(Nodes.sk_nulls_head(chain)).isNull();
            tcp_timewait_sock tw = new tcp_timewait_sock();
            Nodes.__sk_nulls_add_node_rcu(tw, chain);
            assertThat(Nodes.sk_nulls_head(chain)).isSameAs(tw);
        }
    }

    @Nested
    class sk_next {
        @Test
        @DisplayName("is null at the end")
        void end() {
            Nodes.__sk_add_node(a, chain);
            Nodes.__sk_add_node(b, chain);
            assertThat(Nodes.sk_next(b)).isSameAs(a);
            assertThat(Nodes.sk_next(a)).isNull();
        }
    }

    @Nested
    class sk_nulls_next {
        @Test
        @DisplayName("is null at the end")
        void end() {
            Nodes.__sk_nulls_add_node_rcu(a, chain);
            Nodes.__sk_nulls_add_node_rcu(b, chain);
            assertThat(chained()).containsExactly(b, a);
        }
    }

    @Nested
    class sk_unhashed {
        @Test
        @DisplayName("is in no chain")
        void in_none() {
            assertThat(Nodes.sk_unhashed(a)).isTrue();
            Nodes.__sk_nulls_add_node_rcu(a, chain);
            assertThat(Nodes.sk_unhashed(a)).isFalse();
        }
    }

    @Nested
    class sk_hashed {
        @Test
        @DisplayName("is in a chain")
        void in_one() {
            assertThat(Nodes.sk_hashed(a)).isFalse();
            Nodes.__sk_nulls_add_node_rcu(a, chain);
            assertThat(Nodes.sk_hashed(a)).isTrue();
        }
    }

    @Nested
    class sk_node_init {
        @Test
        @DisplayName("makes the node one that is in no chain")
        void in_none() {
            a.skc_nulls_node.pprev = chain;
            Nodes.sk_node_init(a.skc_nulls_node);
            assertThat(Nodes.sk_unhashed(a)).isTrue();
        }
    }

    @Nested
    class sk_nulls_node_init {
        @Test
        @DisplayName("makes the node one that is in no chain")
        void in_none() {
            a.skc_nulls_node.pprev = chain;
            Nodes.sk_nulls_node_init(a.skc_nulls_node);
            assertThat(Nodes.sk_unhashed(a)).isTrue();
        }
    }

    @Nested
    class __sk_del_node {
        @Test
        @DisplayName("closes the gap")
        void gap() {
            Nodes.__sk_add_node(a, chain);
            Nodes.__sk_add_node(b, chain);
            Nodes.__sk_del_node(b);
            assertThat(chained()).containsExactly(a);
        }
    }

    @Nested
    class __sk_del_node_init {
        @Test
        @DisplayName("says whether there was anything to take out")
        void says() {
            Nodes.__sk_add_node(a, chain);
            assertThat(Nodes.__sk_del_node_init(a)).isTrue();
            assertThat(Nodes.__sk_del_node_init(a)).isFalse();
            assertThat(chained()).isEmpty();
        }
    }

    @Nested
    class sock_hold {
        @Test
        @DisplayName("is one more reference")
        void more() {
            Nodes.sock_hold(a);
            assertThat(a.skc_refcnt).isEqualTo(2);
            Nodes.sock_put(a);
        }
    }

    @Nested
    class __sock_put {
        @Test
        @DisplayName("is one less, and never frees")
        void less() {
            Nodes.__sock_put(a);
            assertThat(a.skc_refcnt).isZero();
            assertThat(Alloc.liveSockets()).contains(a);
            a.skc_refcnt = 1;
        }
    }

    @Nested
    class sk_add_node {
        @Test
        @DisplayName("the chain holds a reference")
        void reference() {
            Nodes.sk_add_node(a, chain);
            assertThat(a.skc_refcnt).isEqualTo(2);
            assertThat(chained()).containsExactly(a);
            Nodes.sk_del_node_init(a);
        }
    }

    @Nested
    class sk_del_node_init {
        @Test
        @DisplayName("gives the chain's reference back")
        void reference() {
            Nodes.sk_add_node(a, chain);
            assertThat(Nodes.sk_del_node_init(a)).isTrue();
            assertThat(a.skc_refcnt).isEqualTo(1);
            assertThat(Nodes.sk_del_node_init(a)).isFalse();
            assertThat(a.skc_refcnt).isEqualTo(1);
        }

        @Test
        @DisplayName("warns when that was the last one")
        void last() {
            Nodes.__sk_add_node(a, chain);
            Nodes.sk_del_node_init(a);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            a.skc_refcnt = 1;
        }
    }

    @Nested
    class __sk_nulls_del_node_init_rcu {
        @Test
        @DisplayName("who walks along the chain at that moment can go on")
        void walker() {
            Nodes.__sk_nulls_add_node_rcu(a, chain);
            Nodes.__sk_nulls_add_node_rcu(b, chain);

            assertThat(Nodes.__sk_nulls_del_node_init_rcu(b)).isTrue();

            assertThat(Nodes.sk_nulls_next(b)).isSameAs(a);
            assertThat(chained()).containsExactly(a);
            assertThat(Nodes.__sk_nulls_del_node_init_rcu(b)).isFalse();
        }
    }

    @Nested
    class sk_nulls_del_node_init_rcu {
        @Test
        @DisplayName("gives the chain's reference back, or warns that there was none")
        void reference() {
            Nodes.sk_nulls_add_node_rcu(a, chain);
            assertThat(Nodes.sk_nulls_del_node_init_rcu(a)).isTrue();
            assertThat(a.skc_refcnt).isEqualTo(1);
            assertThat(Nodes.sk_nulls_del_node_init_rcu(a)).isFalse();

            Nodes.__sk_nulls_add_node_rcu(a, chain);
            Nodes.sk_nulls_del_node_init_rcu(a);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            a.skc_refcnt = 1;
        }
    }

    @Nested
    class __sk_add_node {
        @Test
        @DisplayName("puts it first")
        void first() {
            Nodes.__sk_add_node(a, chain);
            Nodes.__sk_add_node(b, chain);
            assertThat(chained()).containsExactly(b, a);
        }
    }

    @Nested
    class __sk_nulls_add_node_rcu {
        @Test
        @DisplayName("puts it first, without a reference")
        void first() {
            Nodes.__sk_nulls_add_node_rcu(a, chain);
            Nodes.__sk_nulls_add_node_rcu(b, chain);
            assertThat(chained()).containsExactly(b, a);
            assertThat(b.skc_refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sk_nulls_add_node_rcu {
        @Test
        @DisplayName("the chain holds a reference")
        void reference() {
            Nodes.sk_nulls_add_node_rcu(a, chain);
            assertThat(a.skc_refcnt).isEqualTo(2);
            Nodes.sk_nulls_del_node_init_rcu(a);
        }
    }

    @Nested
    class sk_add_bind_node {
        @Test
        @DisplayName("puts it first among those of the port")
        void first() {
            hlist_head<sock_common> owners = new hlist_head<>();
            Nodes.sk_add_bind_node(a, owners);
            Nodes.sk_add_bind_node(b, owners);
            hlist_node<sock_common> first = owners.first();
            assertThat(first.owner).isSameAs(b);
            assertThat(first.next.owner).isSameAs(a);
            assertThat(Nodes.sk_unhashed(a)).as("that is another node").isTrue();
        }
    }

    @Nested
    class __sk_del_bind_node {
        @Test
        @DisplayName("takes it out")
        void out() {
            hlist_head<sock_common> owners = new hlist_head<>();
            Nodes.sk_add_bind_node(a, owners);
            Nodes.sk_add_bind_node(b, owners);
            Nodes.__sk_del_bind_node(b);
            assertThat(owners.first().owner).isSameAs(a);
        }
    }

    @Nested
    class sock_put {
        @Test
        @DisplayName("frees the socket with the last reference")
        void last() {
            family.disown(a);
            Nodes.sock_hold(a);
            Nodes.sock_put(a);
            assertThat(Alloc.liveSockets()).contains(a);
            Nodes.sock_put(a);
            assertThat(Alloc.liveSockets()).doesNotContain(a);
        }
    }
}
