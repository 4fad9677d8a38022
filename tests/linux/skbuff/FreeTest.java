// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.get_page;
import static linux.mm.Mm.page_count;
import static linux.mm.Mm.pagesInUse;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Alloc.netdev_alloc_skb;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Skbs.everything;

import linux.bug.Oops;
import net.dst.dst_entry;
import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class FreeTest {
    /** How often a destructor has run. */
    private int destroyed;

    private sk_buff owned(sk_buff skb) {
        skb.sk = new sock();
        skb.destructor = s -> {
            assertThat(s).isSameAs(skb);
            assertThat(s.sk).isNotNull();
            destroyed++;
        };
        return skb;
    }

    @Nested
    class skb_orphan {
        @Test
        @DisplayName("the owner is relieved at once, and not again when the packet is freed")
        void once() {
            sk_buff skb = owned(Skbs.linear(10));

            Free.skb_orphan(skb);

            assertThat(destroyed).isOne();
            assertThat(skb.sk).isNull();
            kfree_skb(skb);
            assertThat(destroyed).isOne();
        }

        @Test
        @DisplayName("an owner without a destructor would never be relieved: a bug")
        void no_destructor() {
            sk_buff skb = Skbs.linear(10);
            skb.sk = new sock();

            assertThatThrownBy(() -> Free.skb_orphan(skb)).isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_drop_list {
        @Test
        @DisplayName("frees every packet of the list")
        void all() {
            sk_buff a = Skbs.linear(1);
            a.next = Skbs.linear(2);

            Free.skb_drop_list(a);

            assertThat(liveSkbs()).isZero();
        }
    }

    @Nested
    class skb_drop_fraglist {
        @Test
        @DisplayName("the packet is left without a frag_list")
        void dropped() {
            sk_buff skb = Skbs.linear(1);
            Skbs.addToList(skb, Skbs.linear(2));
            Skbs.addToList(skb, Skbs.linear(3));

            Free.skb_drop_fraglist(skb);

            assertThat(skb.shinfo.frag_list).isNull();
            assertThat(liveSkbs()).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_clone_fraglist {
        @Test
        @DisplayName("each packet of the list has one user more")
        void users() {
            sk_buff skb = Skbs.linear(1);
            sk_buff a = Skbs.linear(2);
            sk_buff b = Skbs.linear(3);
            Skbs.addToList(skb, a);
            Skbs.addToList(skb, b);

            Free.skb_clone_fraglist(skb);

            assertThat(a.users).isEqualTo(2);
            assertThat(b.users).isEqualTo(2);
            kfree_skb(skb);
            assertThat(liveSkbs()).isEqualTo(2);
            kfree_skb(a);
            kfree_skb(b);
        }
    }

    @Nested
    class skb_free_head {
        @Test
        @DisplayName("a head that lies in a page gives the page back")
        void page() {
            sk_buff skb = netdev_alloc_skb(null, 100);
            get_page(skb.headPage);

            Free.skb_free_head(skb);

            assertThat(page_count(skb.headPage)).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_release_data {
        @Test
        @DisplayName("of several clones the last one frees pages and frag_list")
        void last() {
            sk_buff skb = Skbs.everything();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            skb_shared_info shinfo = skb.shinfo;

            kfree_skb(skb);
            assertThat(shinfo.dataref).isOne();
            assertThat(pagesInUse()).isEqualTo(3);
            kfree_skb(clone);
            assertThat(shinfo.dataref).isZero();
            assertThat(pagesInUse()).isZero();
            assertThat(liveSkbs()).isZero();
        }

        @Test
        @DisplayName("one that has released its header gives up both halves of the count")
        void nohdr() {
            sk_buff skb = Skbs.linear(10);
            skb_header_release(skb);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            assertThat(skb.shinfo.dataref).isEqualTo((1 << 16) + 2);

            kfree_skb(skb);

            assertThat(clone.shinfo.dataref).isOne();
            kfree_skb(clone);
        }
    }

    @Nested
    class kfree_skbmem {
        @Test
        @DisplayName("the second of a pair, freed first, can be taken again")
        void clone_first() {
            sk_buff skb = alloc_skb_fclone(10, GFP_KERNEL);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            assertThat(skb.fclone_ref).isEqualTo(2);

            kfree_skb(clone);

            assertThat(skb.fclone_ref).isOne();
            assertThat(clone.fclone).isEqualTo(SKB_FCLONE_UNAVAILABLE);
            assertThat(skb_clone(skb, GFP_KERNEL)).isSameAs(clone);
            kfree_skb(clone);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the first of a pair, freed first, leaves the second alive")
        void original_first() {
            sk_buff skb = alloc_skb_fclone(10, GFP_KERNEL);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            kfree_skb(skb);

            assertThat(skb.fclone_ref).isOne();
            assertThat(liveSkbs()).isOne();
            kfree_skb(clone);
            assertThat(skb.fclone_ref).isZero();
        }

        @Test
        @DisplayName("freed twice: caught")
        void twice() {
            sk_buff skb = Skbs.linear(10);
            kfree_skb(skb);

            assertThatThrownBy(() -> kfree_skb(skb)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class skb_release_head_state {
        @Test
        @DisplayName("lets go of the route and relieves the owner")
        void route_and_owner() {
            sk_buff skb = owned(Skbs.linear(10));
            dst_entry dst = new dst_entry();
            dst.__refcnt = 2;
            skb_dst_set(skb, dst);

            Free.skb_release_head_state(skb);

            assertThat(dst.__refcnt).isOne();
            assertThat(skb_dst(skb)).isNull();
            assertThat(destroyed).isOne();
            skb.destructor = null;
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_release_all {
        @Test
        @DisplayName("leaves nothing but the sk_buff")
        void everything() {
            sk_buff skb = owned(Skbs.everything());

            Free.skb_release_all(skb);

            assertThat(destroyed).isOne();
            assertThat(pagesInUse()).isZero();
            assertThat(liveSkbs()).isOne();
            Free.kfree_skbmem(skb);
        }
    }

    @Nested
    class __kfree_skb {
        @Test
        @DisplayName("frees the packet whoever may still count as a user")
        void regardless() {
            sk_buff skb = skb_get(owned(Skbs.everything()));

            Free.__kfree_skb(skb);

            assertThat(destroyed).isOne();
            assertThat(liveSkbs()).isZero();
        }
    }

    @Nested
    class kfree_skb {
        @Test
        @DisplayName("the last user frees it")
        void last_user() {
            sk_buff skb = skb_get(owned(Skbs.linear(10)));

            Free.kfree_skb(skb);
            assertThat(destroyed).isZero();
            Free.kfree_skb(skb);
            assertThat(destroyed).isOne();
            assertThat(liveSkbs()).isZero();
        }

        @Test
        @DisplayName("null is fine")
        void nothing() {
            Free.kfree_skb(null);
            assertThat(liveSkbs()).isZero();
        }
    }

    @Nested
    class kfree_skb_list {
        @Test
        @DisplayName("one user less for each of the list")
        void list() {
            sk_buff a = Skbs.linear(1);
            sk_buff b = skb_get(Skbs.linear(2));
            a.next = b;
            b.next = Skbs.linear(3);

            Free.kfree_skb_list(a);

            assertThat(liveSkbs()).isOne();
            assertThat(b.users).isOne();
            Free.kfree_skb(b);
        }
    }

    @Nested
    class consume_skb {
        @Test
        @DisplayName("the last user frees it; null is fine")
        void last_user() {
            sk_buff skb = skb_get(Skbs.linear(10));

            Free.consume_skb(skb);
            assertThat(liveSkbs()).isOne();
            Free.consume_skb(skb);
            assertThat(liveSkbs()).isZero();
            Free.consume_skb(null);
        }
    }
}
