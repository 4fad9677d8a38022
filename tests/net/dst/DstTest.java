// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static linux.errno.Errno.ENOBUFS;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_is_noref;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Garbage.dst_alloc;
import static net.dst.Garbage.dst_release;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static net.dst.dst_entry.DST_OBSOLETE_FORCE_CHK;
import static net.dst.dst_entry.DST_OBSOLETE_NONE;
import static net.neighbour.Neigh.neigh_create;
import static net.neighbour.Neigh.neigh_release;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.neighbour.neighbour;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Nic;
import testing.Skbs;

@KernelTest
class DstTest {
    private final dst_ops ops = new dst_ops();
    private final List<dst_entry> destroyed = new ArrayList<>();
    private dst_entry dst;
    private sk_buff skb;

    @BeforeEach
    void entry() {
        ops.kmem_cachep = dst_entry::new;
        ops.destroy = destroyed::add;
        dst = dst_alloc(ops, null, 1, DST_OBSOLETE_FORCE_CHK, 0);
        skb = Skbs.linear(20);
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    @Nested
    class dst_hold {
        @Test
        @DisplayName("one user more")
        void held() {
            Dst.dst_hold(dst);

            assertThat(dst.__refcnt).isEqualTo(2);
        }
    }

    @Nested
    class dst_use {
        @Test
        @DisplayName("counts how often it was used, and when last")
        void used() {
            Dst.dst_use(dst, 17);

            assertThat(dst.__refcnt).isEqualTo(2);
            assertThat(dst.__use).isOne();
            assertThat(dst.lastuse).isEqualTo(17);
        }
    }

    @Nested
    class dst_use_noref {
        @Test
        @DisplayName("the same without a reference")
        void used() {
            Dst.dst_use_noref(dst, 17);

            assertThat(dst.__refcnt).isOne();
            assertThat(dst.__use).isOne();
        }
    }

    @Nested
    class dst_clone {
        @Test
        @DisplayName("null stays null")
        void cloned() {
            assertThat(Dst.dst_clone(dst)).isSameAs(dst);
            assertThat(dst.__refcnt).isEqualTo(2);
            assertThat(Dst.dst_clone(null)).isNull();
        }
    }

    @Nested
    class refdst_drop {
        @Test
        @DisplayName("only a reference can be let go of")
        void dropped() {
            Dst.refdst_drop(dst, true);
            assertThat(dst.__refcnt).isOne();

            Dst.refdst_drop(dst, false);
            assertThat(dst.__refcnt).isZero();
        }
    }

    @Nested
    class skb_dst_drop {
        @Test
        @DisplayName("the packet has no route afterwards, and has given its reference back")
        void dropped() {
            skb_dst_set(skb, dst);

            Dst.skb_dst_drop(skb);

            assertThat(skb_dst(skb)).isNull();
            assertThat(dst.__refcnt).isZero();
            Dst.skb_dst_drop(skb);
            assertThat(dst.__refcnt).isZero();
        }

        @Test
        @DisplayName("one that it did not hold stays as it is")
        void noref() {
            skb_dst_set_noref(skb, dst);

            Dst.skb_dst_drop(skb);

            assertThat(skb_dst(skb)).isNull();
            assertThat(dst.__refcnt).isOne();
        }
    }

    @Nested
    class skb_dst_copy {
        @Test
        @DisplayName("both hold it, or neither does")
        void copied() {
            sk_buff other = Skbs.linear(20);
            skb_dst_set(skb, dst);
            Dst.skb_dst_copy(other, skb);
            assertThat(dst.__refcnt).isEqualTo(2);
            kfree_skb(other);
            assertThat(dst.__refcnt).isOne();

            Dst.skb_dst_drop(skb);
            sk_buff third = Skbs.linear(20);
            skb_dst_set_noref(skb, dst);
            Dst.skb_dst_copy(third, skb);
            assertThat(skb_dst_is_noref(third)).isTrue();
            assertThat(dst.__refcnt).isZero();
            kfree_skb(third);
        }
    }

    @Nested
    class skb_dst_force {
        @Test
        @DisplayName("from now on the packet holds it")
        void forced() {
            skb_dst_set_noref(skb, dst);

            Dst.skb_dst_force(skb);
            Dst.skb_dst_force(skb);

            assertThat(skb_dst_is_noref(skb)).isFalse();
            assertThat(dst.__refcnt).isEqualTo(2);
        }
    }

    @Nested
    class dst_free {
        @Test
        @DisplayName("without users it is gone at once")
        void unused() {
            dst_release(dst);

            Dst.dst_free(dst);

            assertThat(destroyed).containsExactly(dst);
        }

        @Test
        @DisplayName("with users it is dead until the last one lets go")
        void used() {
            Dst.dst_free(dst);
            assertThat(dst.obsolete).isEqualTo(DST_OBSOLETE_DEAD);
            assertThat(destroyed).isEmpty();
            assertThat(Garbage.busy()).isOne();

            dst_release(dst);

            assertThat(destroyed).containsExactly(dst);
            assertThat(Garbage.busy()).isZero();
        }

        @Test
        @DisplayName("twice is once")
        void twice() {
            Dst.dst_free(dst);
            Dst.dst_free(dst);

            assertThat(Garbage.busy()).isOne();
            dst_release(dst);
        }
    }

    @Nested
    class dst_rcu_free {
        @Test
        @DisplayName("there is no reader to wait for")
        void at_once() {
            dst_release(dst);

            Dst.dst_rcu_free(dst);

            assertThat(destroyed).containsExactly(dst);
        }
    }

    @Nested
    class dst_confirm {
        @Test
        @DisplayName("the next packet will say that the neighbour lives")
        void confirmed() {
            Dst.dst_confirm(dst);

            assertThat(dst.pending_confirm).isOne();
        }
    }

    @Nested
    class dst_neigh_output {
        @Test
        @DisplayName("gives the packet to the neighbour, and passes on that it lives")
        void output() {
            Nic nic = Nic.down(init_net, "eth0");
            neighbour n = neigh_create(1, nic.dev);
            List<sk_buff> got = new ArrayList<>();
            n.output = (neigh, s) -> {
                got.add(s);
                return 5;
            };
            n.confirmed = 0;
            assertThat(Dst.dst_neigh_output(dst, n, skb)).isEqualTo(5);
            assertThat(n.confirmed).isZero();

            Dst.dst_confirm(dst);
            Dst.dst_neigh_output(dst, n, skb);

            assertThat(got).containsExactly(skb, skb);
            assertThat(n.confirmed).isEqualTo(Jiffies.jiffies);
            assertThat(dst.pending_confirm).isZero();
            neigh_release(n);
        }
    }

    @Nested
    class dst_neigh_lookup {
        @Test
        @DisplayName("null instead of an error")
        void error() {
            ops.neigh_lookup = (d, s, daddr) -> neighbour.ERR_PTR(-ENOBUFS);

            assertThat(Dst.dst_neigh_lookup(dst, 1)).isNull();
        }
    }

    @Nested
    class dst_link_failure {
        @Test
        @DisplayName("tells the family, if there is a route")
        void told() {
            List<sk_buff> failed = new ArrayList<>();
            ops.link_failure = failed::add;
            Dst.dst_link_failure(skb);
            assertThat(failed).isEmpty();

            skb_dst_set_noref(skb, dst);
            Dst.dst_link_failure(skb);
            assertThat(failed).containsExactly(skb);
        }
    }

    @Nested
    class dst_set_expires {
        @Test
        @DisplayName("only makes the end come sooner")
        void sooner() {
            Dst.dst_set_expires(dst, 100);
            assertThat(dst.expires).isEqualTo(Jiffies.jiffies + 100);

            Dst.dst_set_expires(dst, 200);
            assertThat(dst.expires).isEqualTo(Jiffies.jiffies + 100);

            Dst.dst_set_expires(dst, 50);
            assertThat(dst.expires).isEqualTo(Jiffies.jiffies + 50);
        }

        @Test
        @DisplayName("0 would mean never, so it becomes 1")
        void not_zero() {
            Dst.dst_set_expires(dst, (int) -Jiffies.jiffies);

            assertThat(dst.expires).isNotZero();
        }
    }

    @Nested
    class dst_output {
        @Test
        @DisplayName("is what the route does with a packet that leaves")
        void output() {
            dst.output = s -> s == skb ? 7 : 0;
            skb_dst_set_noref(skb, dst);

            assertThat(Dst.dst_output(skb)).isEqualTo(7);
        }
    }

    @Nested
    class dst_input {
        @Test
        @DisplayName("is what the route does with a packet that came in")
        void input() {
            dst.input = s -> s == skb ? 8 : 0;
            skb_dst_set_noref(skb, dst);

            assertThat(Dst.dst_input(skb)).isEqualTo(8);
        }
    }

    @Nested
    class dst_check {
        @Test
        @DisplayName("asks the family unless the entry is good for sure")
        void asks() {
            ops.check = (d, cookie) -> cookie == 1 ? d : null;
            assertThat(Dst.dst_check(dst, 1)).isSameAs(dst);
            assertThat(Dst.dst_check(dst, 0)).isNull();

            dst.obsolete = DST_OBSOLETE_NONE;
            assertThat(Dst.dst_check(dst, 0)).isSameAs(dst);
        }
    }

    @Nested
    class xfrm_lookup {
        @Test
        @DisplayName("the route as it is")
        void same() {
            assertThat(Dst.xfrm_lookup(init_net, dst, null, null, 0)).isSameAs(dst);
        }
    }

    @Nested
    class xfrm_lookup_route {
        @Test
        @DisplayName("the route as it is")
        void same() {
            assertThat(Dst.xfrm_lookup_route(init_net, dst, null, null, 0)).isSameAs(dst);
        }
    }
}
