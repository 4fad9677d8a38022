// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.page_count;
import static linux.mm.Mm.pagesInUse;
import static linux.mm.Mm.put_page;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Alloc.netdev_alloc_skb;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Free.kfree_skb;
import static org.assertj.core.api.Assertions.assertThat;

import linux.bug.Bug;
import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.mm.page;
import net.dst.dst_entry;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class CoalesceTest {
    private final BoolRef fragstolen = new BoolRef(true);
    private final IntRef delta = new IntRef(-1);

    /** A packet whose linear part lies in a page, with {@code n} bytes that count up from {@code first}. */
    private static sk_buff received(int first, int n) {
        sk_buff skb = netdev_alloc_skb(null, n);
        skb_put(skb, n);
        Skbs.fill(skb, first);
        return skb;
    }

    /** A packet that has no tailroom left. */
    private static sk_buff full() {
        return Skbs.linear(192 - Skbs.HEADROOM);
    }

    private void merged(sk_buff to, sk_buff from, int len) {
        int truesize = to.truesize;

        assertThat(Coalesce.skb_try_coalesce(to, from, fragstolen, delta)).isTrue();

        assertThat(Skbs.bytes(to)).isEqualTo(Skbs.count(0, len));
        assertThat(to.len).isEqualTo(len);
        assertThat(to.truesize).isEqualTo(truesize + delta.val);
        Coalesce.kfree_skb_partial(from, fragstolen.val);
        assertThat(Skbs.bytes(to)).isEqualTo(Skbs.count(0, len));
    }

    private void refused(sk_buff to, sk_buff from) {
        byte[] before = Skbs.bytes(to);

        assertThat(Coalesce.skb_try_coalesce(to, from, fragstolen, delta)).isFalse();

        assertThat(fragstolen.val).isFalse();
        assertThat(Skbs.bytes(to)).isEqualTo(before);
        kfree_skb(from);
        kfree_skb(to);
    }

    @Nested
    class skb_head_is_locked {
        @Test
        @DisplayName("only a linear part that lies in a page of its own can go")
        void locked() {
            sk_buff slab = Skbs.linear(10);
            sk_buff page = received(0, 10);

            assertThat(Coalesce.skb_head_is_locked(slab)).isTrue();
            assertThat(Coalesce.skb_head_is_locked(page)).isFalse();
            sk_buff clone = skb_clone(page, GFP_KERNEL);
            assertThat(Coalesce.skb_head_is_locked(page)).isTrue();
            kfree_skb(clone);
            kfree_skb(page);
            kfree_skb(slab);
        }
    }

    @Nested
    class kfree_skb_partial {
        @Test
        @DisplayName("a linear part that was stolen is not given back")
        void stolen() {
            sk_buff skb = received(0, 10);
            page page = skb.headPage;
            dst_entry dst = new dst_entry();
            dst.__refcnt = 1;
            skb_dst_set(skb, dst);

            Coalesce.kfree_skb_partial(skb, true);

            assertThat(liveSkbs()).isZero();
            assertThat(dst.__refcnt).isZero();
            assertThat(page_count(page)).isOne();
            put_page(page);
        }

        @Test
        @DisplayName("otherwise everything is")
        void all() {
            Coalesce.kfree_skb_partial(received(0, 10), false);
            assertThat(liveSkbs()).isZero();
            assertThat(pagesInUse()).isZero();
        }
    }

    @Nested
    class skb_try_coalesce {
        @Test
        @DisplayName("what fits into the tailroom is copied, and costs nothing")
        void copied() {
            sk_buff to = Skbs.linear(20);
            sk_buff from = Skbs.linear(5);
            Skbs.fill(from, 20);
            Skbs.addPage(from, 25, 10);

            merged(to, from, 35);

            assertThat(delta.val).isZero();
            assertThat(fragstolen.val).isFalse();
            assertThat(skb_is_nonlinear(to)).isFalse();
            kfree_skb(to);
        }

        @Test
        @DisplayName("pages move; the cost of the linear part stays behind")
        void pages() {
            sk_buff to = full();
            sk_buff from = Skbs.linear(0);
            page page = Skbs.addPage(from, to.len, 200);
            Skbs.addPage(from, to.len + 200, 50);

            merged(to, from, 128 + 250);

            assertThat(delta.val).isEqualTo(250);
            assertThat(fragstolen.val).isFalse();
            assertThat(to.shinfo.nr_frags).isEqualTo(2);
            assertThat(page_count(page)).isOne();
            kfree_skb(to);
        }

        @Test
        @DisplayName("from a clone the pages do not go: both hold them")
        void cloned_from() {
            sk_buff to = full();
            sk_buff from = Skbs.linear(0);
            page page = Skbs.addPage(from, to.len, 200);
            sk_buff clone = skb_clone(from, GFP_KERNEL);

            merged(to, from, 128 + 200);

            assertThat(page_count(page)).isEqualTo(2);
            assertThat(clone.shinfo.nr_frags).isOne();
            kfree_skb(to);
            kfree_skb(clone);
        }

        @Test
        @DisplayName("a linear part in a page becomes a piece, in front of the packet's own; only the sk_buff is saved")
        void stolen() {
            sk_buff to = full();
            sk_buff from = received(to.len, 200);
            Skbs.addPage(from, to.len + 200, 50);
            int truesize = from.truesize;

            merged(to, from, 128 + 250);

            assertThat(fragstolen.val).isTrue();
            assertThat(delta.val).isEqualTo(truesize - 256);
            assertThat(to.shinfo.nr_frags).isEqualTo(2);
            assertThat(to.shinfo.frags(0).page_offset).isEqualTo(64);
            assertThat(pagesInUse()).isEqualTo(2);
            kfree_skb(to);
        }

        @Test
        @DisplayName("one after the other, up to 17 pieces")
        void as_many_as_there_are_places() {
            sk_buff to = full();
            for (int i = 0; i < 17; i++) {
                sk_buff from = Skbs.linear(0);
                Skbs.addPage(from, to.len, 130);
                merged(to, from, 128 + 130 * (i + 1));
            }
            sk_buff from = Skbs.linear(0);
            Skbs.addPage(from, to.len, 130);
            refused(to, from);
        }

        @Test
        @DisplayName("a linear part needs a place, too: one piece less will do")
        void one_place_less() {
            sk_buff to = full();
            for (int i = 0; i < 17; i++) {
                sk_buff from = received(to.len, 130);
                merged(to, from, 128 + 130 * (i + 1));
                if (i == 15) {
                    sk_buff two = received(to.len, 130);
                    Skbs.addPage(two, 0, 10);
                    assertThat(Coalesce.skb_try_coalesce(to, two, fragstolen, delta)).isFalse();
                    kfree_skb(two);
                }
            }
            refused(to, received(to.len, 130));
        }

        @Test
        @DisplayName("not onto a clone: the other one would see it")
        void cloned_to() {
            sk_buff to = Skbs.linear(20);
            sk_buff clone = skb_clone(to, GFP_KERNEL);
            refused(to, Skbs.linear(5));
            kfree_skb(clone);
        }

        @Test
        @DisplayName("not with a frag_list on either side")
        void frag_list() {
            sk_buff to = Skbs.linear(20);
            Skbs.addToList(to, Skbs.linear(5));
            refused(to, Skbs.linear(5));
            sk_buff from = Skbs.linear(0);
            Skbs.addToList(from, Skbs.linear(200));
            refused(full(), from);
        }

        @Test
        @DisplayName("not if there are linear bytes that cannot go")
        void locked() {
            refused(full(), Skbs.linear(5));
            sk_buff from = received(0, 10);
            sk_buff clone = skb_clone(from, GFP_KERNEL);
            refused(full(), from);
            kfree_skb(clone);
        }

        @Test
        @DisplayName("warns if a packet has not been charged for all that it has")
        void undercharged() {
            sk_buff to = full();
            sk_buff from = Skbs.linear(0);
            Skbs.addPage(from, to.len, 200);
            from.truesize -= 100;

            merged(to, from, 328);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            kfree_skb(to);
        }
    }
}
