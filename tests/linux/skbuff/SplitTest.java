// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.get_page;
import static linux.mm.Mm.page_count;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.mm.page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class SplitTest {
    private static sk_buff empty() {
        sk_buff skb = alloc_skb(128, GFP_KERNEL);
        skb_reserve(skb, 32);
        return skb;
    }

    private static void free(sk_buff... skbs) {
        for (sk_buff skb : skbs) {
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_split_inside_header {
        @Test
        @DisplayName("the rest of the linear part is copied, every page moves")
        void moved() {
            sk_buff skb = Skbs.paged(10, 20, 30);
            sk_buff skb1 = empty();
            page page = skb.shinfo.frags(0).page;

            Split.skb_split_inside_header(skb, skb1, 4, 10);

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 4));
            assertThat(Skbs.bytes(skb1)).isEqualTo(Skbs.count(4, 56));
            assertThat(skb_is_nonlinear(skb)).isFalse();
            assertThat(skb_headlen(skb1)).isEqualTo(6);
            assertThat(page_count(page)).isOne();
            free(skb, skb1);
        }
    }

    @Nested
    class skb_split_no_header {
        @Test
        @DisplayName("a page that is cut is held by both; those behind move, those before stay")
        void cut() {
            sk_buff skb = Skbs.paged(10, 20, 30, 40);
            sk_buff skb1 = empty();
            page before = skb.shinfo.frags(0).page;
            page hit = skb.shinfo.frags(1).page;
            page behind = skb.shinfo.frags(2).page;

            Split.skb_split_no_header(skb, skb1, 35, 10);

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 35));
            assertThat(Skbs.bytes(skb1)).isEqualTo(Skbs.count(35, 65));
            assertThat(skb.shinfo.nr_frags).isEqualTo(2);
            assertThat(skb1.shinfo.nr_frags).isEqualTo(2);
            assertThat(skb_headlen(skb1)).isZero();
            assertThat(page_count(before)).isOne();
            assertThat(page_count(hit)).isEqualTo(2);
            assertThat(page_count(behind)).isOne();
            free(skb, skb1);
        }

        @Test
        @DisplayName("between two pages nothing is shared")
        void between() {
            sk_buff skb = Skbs.paged(10, 20, 30);
            sk_buff skb1 = empty();

            Split.skb_split_no_header(skb, skb1, 30, 10);

            assertThat(skb.shinfo.nr_frags).isOne();
            assertThat(skb1.shinfo.nr_frags).isOne();
            assertThat(page_count(skb.shinfo.frags(0).page)).isOne();
            assertThat(page_count(skb1.shinfo.frags(0).page)).isOne();
            free(skb, skb1);
        }
    }

    @Nested
    class skb_split {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 9, 10, 11, 29, 30, 31, 59, 60})
        @DisplayName("cuts anywhere, and no byte is lost")
        void anywhere(int len) {
            sk_buff skb = Skbs.paged(10, 20, 30);
            sk_buff skb1 = empty();

            Split.skb_split(skb, skb1, len);

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, len));
            assertThat(Skbs.bytes(skb1)).isEqualTo(Skbs.count(len, 60 - len));
            assertThat(skb.len).isEqualTo(len);
            assertThat(skb1.len).isEqualTo(60 - len);
            free(skb, skb1);
        }

        @Test
        @DisplayName("both have pages that somebody may write to")
        void shared_flag() {
            sk_buff skb = Skbs.paged(10, 20);
            sk_buff skb1 = empty();
            skb.shinfo.tx_flags = SKBTX_SHARED_FRAG | 1;

            Split.skb_split(skb, skb1, 15);

            assertThat(skb1.shinfo.tx_flags).isEqualTo(SKBTX_SHARED_FRAG);
            free(skb, skb1);
        }

        @Test
        @DisplayName("what it costs is left to the caller")
        void truesize() {
            sk_buff skb = Skbs.paged(10, 20);
            sk_buff skb1 = empty();
            int before = skb.truesize;
            int before1 = skb1.truesize;

            Split.skb_split(skb, skb1, 15);

            assertThat(skb.truesize).isEqualTo(before);
            assertThat(skb1.truesize).isEqualTo(before1);
            free(skb, skb1);
        }
    }

    @Nested
    class skb_prepare_for_shift {
        @Test
        @DisplayName("a clone gets pieces of its own; true: no memory for them")
        void cloned() {
            sk_buff skb = Skbs.paged(0, 20);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);

            assertThat(Split.skb_prepare_for_shift(skb)).isTrue();
            assertThat(Split.skb_prepare_for_shift(skb)).isFalse();

            assertThat(skb.shinfo).isNotSameAs(clone.shinfo);
            free(skb, clone);
        }

        @Test
        @DisplayName("nothing to do for a packet that is not cloned")
        void not_cloned() {
            sk_buff skb = Skbs.paged(0, 20);
            Gfp.failNth(0);
            assertThat(Split.skb_prepare_for_shift(skb)).isFalse();
            free(skb);
        }
    }

    @Nested
    class skb_shift {
        /** A packet without linear data whose pieces count up from {@code first}. */
        private sk_buff pieces(int first, int... sizes) {
            sk_buff skb = Skbs.linear(0);
            for (int size : sizes) {
                Skbs.addPage(skb, first + skb.len, size);
            }
            return skb;
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 19, 20, 21, 50, 51, 89, 90})
        @DisplayName("moves as many bytes as it is told, and no byte is lost")
        void any_number(int shiftlen) {
            sk_buff tgt = Skbs.paged(5, 10);
            sk_buff skb = pieces(15, 20, 30, 40);
            int cost = tgt.truesize + skb.truesize;

            assertThat(Split.skb_shift(tgt, skb, shiftlen)).isEqualTo(shiftlen);

            assertThat(Skbs.bytes(tgt)).isEqualTo(Skbs.count(0, 15 + shiftlen));
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(15 + shiftlen, 90 - shiftlen));
            assertThat(tgt.len).isEqualTo(15 + shiftlen);
            assertThat(skb.len).isEqualTo(90 - shiftlen);
            assertThat(skb.data_len).isEqualTo(90 - shiftlen);
            assertThat(tgt.truesize + skb.truesize).isEqualTo(cost);
            assertThat(tgt.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            free(tgt, skb);
        }

        @Test
        @DisplayName("a piece that is cut is held by both, one that moves whole is not")
        void references() {
            sk_buff tgt = Skbs.paged(5, 10);
            sk_buff skb = pieces(15, 20, 30);
            page whole = skb.shinfo.frags(0).page;
            page cut = skb.shinfo.frags(1).page;

            Split.skb_shift(tgt, skb, 25);

            assertThat(page_count(whole)).isOne();
            assertThat(page_count(cut)).isEqualTo(2);
            assertThat(tgt.shinfo.nr_frags).isEqualTo(3);
            assertThat(skb.shinfo.nr_frags).isOne();
            free(tgt, skb);
        }

        /** Two packets whose pieces lie in one page, the second where the first ends. */
        private sk_buff[] adjacent(int first, int second) {
            sk_buff tgt = Skbs.linear(0);
            page page = Skbs.addPage(tgt, 0, first + second);
            tgt.shinfo.frags(0).size = first;
            tgt.len = tgt.data_len = first;
            sk_buff skb = Skbs.linear(0);
            get_page(page);
            Skbs.addPiece(skb, page, tgt.shinfo.frags(0).page_offset + first, second);
            return new sk_buff[] {tgt, skb};
        }

        @Test
        @DisplayName("part of a piece that continues the last one: that one grows, and no reference moves")
        void part_merged() {
            sk_buff[] two = adjacent(20, 30);

            assertThat(Split.skb_shift(two[0], two[1], 12)).isEqualTo(12);

            assertThat(two[0].shinfo.nr_frags).isOne();
            assertThat(Skbs.bytes(two[0])).isEqualTo(Skbs.count(0, 32));
            assertThat(Skbs.bytes(two[1])).isEqualTo(Skbs.count(32, 18));
            assertThat(page_count(two[0].shinfo.frags(0).page)).isEqualTo(2);
            free(two);
        }

        @Test
        @DisplayName("all of a piece that continues the last one: that one grows, and one reference goes")
        void whole_merged() {
            sk_buff[] two = adjacent(20, 30);
            Skbs.addPage(two[1], 50, 10);

            assertThat(Split.skb_shift(two[0], two[1], 34)).isEqualTo(34);

            assertThat(two[0].shinfo.nr_frags).isEqualTo(2);
            assertThat(two[0].shinfo.frags(0).size).isEqualTo(50);
            assertThat(page_count(two[0].shinfo.frags(0).page)).isOne();
            assertThat(Skbs.bytes(two[0])).isEqualTo(Skbs.count(0, 54));
            assertThat(Skbs.bytes(two[1])).isEqualTo(Skbs.count(54, 6));
            free(two);
        }

        @Test
        @DisplayName("exactly the piece that continues the last one: nothing is left")
        void exactly_merged() {
            sk_buff[] two = adjacent(20, 30);

            assertThat(Split.skb_shift(two[0], two[1], 30)).isEqualTo(30);

            assertThat(two[1].len).isZero();
            assertThat(two[1].shinfo.nr_frags).isZero();
            assertThat(Skbs.bytes(two[0])).isEqualTo(Skbs.count(0, 50));
            free(two);
        }

        @Test
        @DisplayName("more pieces than there are places for, of the whole packet: 0, and nothing has happened")
        void too_many_whole() {
            sk_buff tgt = pieces(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
            sk_buff skb = pieces(16, 3, 3);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Split.skb_shift(tgt, skb, 6)).isZero();

            assertThat(skb.shinfo).isSameAs(clone.shinfo);
            assertThat(Skbs.bytes(tgt)).isEqualTo(Skbs.count(0, 16));
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(16, 6));
            free(tgt, skb, clone);
        }

        @Test
        @DisplayName("more pieces than there are places for, of a part: 0, and nothing has happened")
        void too_many() {
            sk_buff tgt = pieces(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
            sk_buff skb = pieces(16, 3, 3);

            assertThat(Split.skb_shift(tgt, skb, 5)).isZero();

            assertThat(Skbs.bytes(tgt)).isEqualTo(Skbs.count(0, 16));
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(16, 6));
            assertThat(Split.skb_shift(tgt, skb, 2)).isEqualTo(2);
            assertThat(tgt.shinfo.nr_frags).isEqualTo(17);
            free(tgt, skb);
        }

        @Test
        @DisplayName("clones keep what they have")
        void clones() {
            sk_buff tgt = Skbs.paged(5, 10);
            sk_buff skb = pieces(15, 20);
            sk_buff tgt_clone = skb_clone(tgt, GFP_KERNEL);
            sk_buff skb_clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Split.skb_shift(tgt, skb, 8)).isEqualTo(8);

            assertThat(Skbs.bytes(tgt)).isEqualTo(Skbs.count(0, 23));
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(23, 12));
            assertThat(Skbs.bytes(tgt_clone)).isEqualTo(Skbs.count(0, 15));
            assertThat(Skbs.bytes(skb_clone)).isEqualTo(Skbs.count(15, 20));
            free(tgt, skb, tgt_clone, skb_clone);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("no memory to part from a clone: 0, and the bytes are where they were")
        void no_memory(int nth) {
            sk_buff[] two = adjacent(20, 30);
            sk_buff clone0 = skb_clone(two[0], GFP_KERNEL);
            sk_buff clone1 = skb_clone(two[1], GFP_KERNEL);

            Gfp.failNth(nth);
            assertThat(Split.skb_shift(two[0], two[1], 10)).isZero();
            Gfp.failNth(nth);
            assertThat(Split.skb_shift(two[0], two[1], 30)).isEqualTo(nth == 0 ? 0 : 30);

            free(clone0, clone1);
            free(two);
        }

        @Test
        @DisplayName("from a packet with linear data, or more than it has: a bug")
        void bugs() {
            sk_buff tgt = Skbs.paged(5, 10);
            sk_buff skb = Skbs.paged(1, 10);
            assertThatThrownBy(() -> Split.skb_shift(tgt, skb, 5)).isInstanceOf(Oops.class);
            assertThatThrownBy(() -> Split.skb_shift(tgt, skb, 12)).isInstanceOf(Oops.class);
            free(tgt, skb);
        }
    }
}
