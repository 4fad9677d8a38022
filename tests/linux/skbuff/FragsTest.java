// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.alloc_page;
import static linux.mm.Mm.get_page;
import static linux.mm.Mm.page_count;
import static linux.mm.Mm.put_page;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.fill;

import linux.mm.page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class FragsTest {
    private final skb_frag_t frag = new skb_frag_t();

    @Nested
    class skb_frag_size {
        @Test
        @DisplayName("is what was set")
        void size() {
            frag.size = 7;
            assertThat(Frags.skb_frag_size(frag)).isEqualTo(7);
        }
    }

    @Nested
    class skb_frag_size_set {
        @Test
        @DisplayName("sets it")
        void set() {
            Frags.skb_frag_size_set(frag, 9);
            assertThat(frag.size).isEqualTo(9);
        }
    }

    @Nested
    class skb_frag_size_add {
        @Test
        @DisplayName("the piece grows")
        void add() {
            frag.size = 5;
            Frags.skb_frag_size_add(frag, 3);
            assertThat(frag.size).isEqualTo(8);
        }
    }

    @Nested
    class skb_frag_size_sub {
        @Test
        @DisplayName("the piece shrinks")
        void sub() {
            frag.size = 5;
            Frags.skb_frag_size_sub(frag, 3);
            assertThat(frag.size).isEqualTo(2);
        }
    }

    @Nested
    class __skb_fill_page_desc {
        @Test
        @DisplayName("sets the piece, and takes neither a reference nor counts it in")
        void fill() {
            sk_buff skb = Skbs.linear(1);
            page page = alloc_page(GFP_KERNEL);

            Frags.__skb_fill_page_desc(skb, 16, page, 10, 20);

            assertThat(skb.shinfo.frags(16).page).isSameAs(page);
            assertThat(skb.shinfo.frags(16).page_offset).isEqualTo(10);
            assertThat(skb.shinfo.frags(16).size).isEqualTo(20);
            assertThat(skb.shinfo.nr_frags).isZero();
            assertThat(page_count(page)).isOne();
            put_page(page);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_fill_page_desc {
        @Test
        @DisplayName("the piece is the last one now")
        void last() {
            sk_buff skb = Skbs.paged(1, 10, 10, 10);
            page page = alloc_page(GFP_KERNEL);

            Frags.skb_fill_page_desc(skb, 3, page, 0, 20);

            assertThat(skb.shinfo.nr_frags).isEqualTo(4);
            assertThat(skb.shinfo.frags(3).page).isSameAs(page);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_frag_page {
        @Test
        @DisplayName("is the page that it is a piece of")
        void page() {
            sk_buff skb = Skbs.linear(1);
            page page = Skbs.addPage(skb, 1, 10);
            assertThat(Frags.skb_frag_page(skb.shinfo.frags(0))).isSameAs(page);
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_frag_ref {
        @Test
        @DisplayName("one more holds the page")
        void ref() {
            sk_buff skb = Skbs.linear(1);
            page page = Skbs.addPage(skb, 1, 10);
            Frags.__skb_frag_ref(skb.shinfo.frags(0));
            assertThat(page_count(page)).isEqualTo(2);
            put_page(page);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_frag_ref {
        @Test
        @DisplayName("one more holds the page of this piece")
        void ref() {
            sk_buff skb = Skbs.paged(1, 10);
            page page = Skbs.addPage(skb, 11, 10);
            Frags.skb_frag_ref(skb, 1);
            assertThat(page_count(page)).isEqualTo(2);
            put_page(page);
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_frag_unref {
        @Test
        @DisplayName("one less holds the page")
        void unref() {
            sk_buff skb = Skbs.linear(1);
            page page = Skbs.addPage(skb, 1, 10);
            get_page(page);
            Frags.__skb_frag_unref(skb.shinfo.frags(0));
            assertThat(page_count(page)).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_frag_unref {
        @Test
        @DisplayName("one less holds the page of this piece")
        void unref() {
            sk_buff skb = Skbs.paged(1, 10);
            page page = Skbs.addPage(skb, 11, 10);
            get_page(page);
            Frags.skb_frag_unref(skb, 1);
            assertThat(page_count(page)).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_can_coalesce {
        @Test
        @DisplayName("only bytes that follow the last piece in the same page continue it")
        void follows() {
            sk_buff skb = Skbs.linear(1);
            page page = Skbs.addPage(skb, 1, 10);
            page other = alloc_page(GFP_KERNEL);
            int end = skb.shinfo.frags(0).page_offset + 10;

            assertThat(Frags.skb_can_coalesce(skb, 1, page, end)).isTrue();
            assertThat(Frags.skb_can_coalesce(skb, 1, page, end + 1)).isFalse();
            assertThat(Frags.skb_can_coalesce(skb, 1, other, end)).isFalse();
            assertThat(Frags.skb_can_coalesce(skb, 0, page, end)).isFalse();
            put_page(other);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_has_shared_frag {
        @Test
        @DisplayName("true of a packet with pages that somebody may write to")
        void shared() {
            sk_buff skb = Skbs.paged(1, 10);
            assertThat(Frags.skb_has_shared_frag(skb)).isFalse();
            skb.shinfo.tx_flags |= SKBTX_SHARED_FRAG;
            assertThat(Frags.skb_has_shared_frag(skb)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_has_frag_list {
        @Test
        @DisplayName("true once another packet hangs on it")
        void list() {
            sk_buff skb = Skbs.paged(1, 10);
            assertThat(Frags.skb_has_frag_list(skb)).isFalse();
            Skbs.addToList(skb, Skbs.linear(1));
            assertThat(Frags.skb_has_frag_list(skb)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_frag_list_init {
        @Test
        @DisplayName("nothing hangs on it any more")
        void init() {
            sk_buff skb = Skbs.linear(1);
            sk_buff frag = Skbs.linear(1);
            Skbs.addToList(skb, frag);
            Frags.skb_frag_list_init(skb);
            assertThat(skb.shinfo.frag_list).isNull();
            kfree_skb(skb);
            kfree_skb(frag);
        }
    }
}
