// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.pagesInUse;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Skbs.linear;

import linux.bug.Oops;
import linux.gfp.Gfp;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class PagedTest {
    @Nested
    class __pskb_pull {
        @Test
        @DisplayName("takes off more than the linear part has")
        void pull() {
            sk_buff skb = Skbs.everything();

            assertThat(Paged.__pskb_pull(skb, 10)).isEqualTo(skb.data).isEqualTo(Skbs.HEADROOM + 10);

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(10, 33));
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_pull {
        @ParameterizedTest
        @ValueSource(ints = {0, 3, 7, 8, 12, 13, 23, 25, 32, 40, 43})
        @DisplayName("takes bytes off the front, wherever they are")
        void anywhere(int len) {
            sk_buff skb = Skbs.everything();

            assertThat(Paged.pskb_pull(skb, len)).isPositive();

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(len, 43 - len));
            assertThat(skb.len).isEqualTo(43 - len);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("nothing happens to a packet that is too short")
        void too_short() {
            sk_buff skb = Skbs.everything();
            assertThat(Paged.pskb_pull(skb, 44)).isNegative();
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_may_pull {
        @Test
        @DisplayName("brings the bytes into the linear part; the packet stays as long as it is")
        void brings() {
            sk_buff skb = Skbs.everything();

            assertThat(Paged.pskb_may_pull(skb, 7)).isTrue();
            assertThat(skb_headlen(skb)).isEqualTo(7);
            assertThat(Paged.pskb_may_pull(skb, 20)).isTrue();
            assertThat(skb_headlen(skb)).isEqualTo(20);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no: the packet is too short, or there is no memory")
        void no() {
            sk_buff skb = Skbs.everything();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Paged.pskb_may_pull(skb, 44)).isFalse();
            assertThat(Paged.pskb_may_pull(skb, -1)).isFalse();
            Gfp.failNth(0);
            assertThat(Paged.pskb_may_pull(skb, 20)).isFalse();

            assertThat(skb_headlen(skb)).isEqualTo(7);
            kfree_skb(clone);
            kfree_skb(skb);
        }
    }

    @Nested
    class __pskb_trim {
        @Test
        @DisplayName("cuts linear packets and others")
        void both() {
            sk_buff linear = Skbs.linear(10);
            sk_buff paged = Skbs.paged(10, 10);

            assertThat(Paged.__pskb_trim(linear, 4)).isZero();
            assertThat(Paged.__pskb_trim(paged, 14)).isZero();

            assertThat(Skbs.bytes(linear)).isEqualTo(Skbs.count(0, 4));
            assertThat(Skbs.bytes(paged)).isEqualTo(Skbs.count(0, 14));
            kfree_skb(linear);
            kfree_skb(paged);
        }
    }

    @Nested
    class pskb_trim {
        @Test
        @DisplayName("leaves a packet alone that is not longer")
        void shorter() {
            sk_buff skb = Skbs.paged(10, 10);
            assertThat(Paged.pskb_trim(skb, 20)).isZero();
            assertThat(Paged.pskb_trim(skb, -1)).isZero();
            assertThat(skb.len).isEqualTo(20);
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_trim_unique {
        @Test
        @DisplayName("cuts; that it could fail is a bug")
        void unique() {
            sk_buff skb = Skbs.paged(10, 10);
            Paged.pskb_trim_unique(skb, 15);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 15));
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);
            assertThatThrownBy(() -> Paged.pskb_trim_unique(skb, 12)).isInstanceOf(Oops.class);
            kfree_skb(clone);
            kfree_skb(skb);
        }
    }

    @Nested
    class __skb_linearize {
        @Test
        @DisplayName("no memory: -ENOMEM, and the packet is as it was")
        void no_memory() {
            sk_buff skb = Skbs.paged(10, 1000);
            Gfp.failNth(0);
            assertThat(Paged.__skb_linearize(skb)).isEqualTo(-ENOMEM);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 1010));
            assertThat(skb.data_len).isEqualTo(1000);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_linearize {
        @Test
        @DisplayName("all bytes are in the linear part, and pages and frag_list are given back")
        void linear() {
            sk_buff skb = Skbs.everything();

            assertThat(Paged.skb_linearize(skb)).isZero();

            assertThat(skb_is_nonlinear(skb)).isFalse();
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            assertThat(pagesInUse()).isZero();
            assertThat(liveSkbs()).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a linear packet is left alone")
        void already() {
            sk_buff skb = Skbs.linear(10);
            Gfp.failNth(0);
            assertThat(Paged.skb_linearize(skb)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_trim_rcsum {
        @Test
        @DisplayName("a sum over the whole packet is void once a piece is gone")
        void void_sum() {
            sk_buff skb = Skbs.paged(10, 10);
            skb.ip_summed = CHECKSUM_COMPLETE;

            assertThat(Paged.pskb_trim_rcsum(skb, 20)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_COMPLETE);
            assertThat(Paged.pskb_trim_rcsum(skb, 19)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(skb.len).isEqualTo(19);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("that a device has found it right stays true")
        void unnecessary() {
            sk_buff skb = Skbs.linear(10);
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            assertThat(Paged.pskb_trim_rcsum(skb, 5)).isZero();
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }
    }

    @Nested
    class ___pskb_trim {
        @ParameterizedTest
        @ValueSource(ints = {0, 3, 7, 8, 11, 12, 13, 22, 23, 24, 31, 32, 33, 35, 36, 42, 43})
        @DisplayName("cuts anywhere: linear part, a page, between two, the frag_list")
        void anywhere(int len) {
            sk_buff skb = Skbs.everything();

            assertThat(Paged.___pskb_trim(skb, len)).isZero();

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, len));
            assertThat(skb.len).isEqualTo(len);
            assertThat(skb_headlen(skb)).isEqualTo(Math.min(len, 7));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what is behind the cut is given back at once")
        void given_back() {
            sk_buff skb = Skbs.everything();

            Paged.___pskb_trim(skb, 13);

            assertThat(pagesInUse()).isEqualTo(2);
            assertThat(liveSkbs()).isOne();
            assertThat(skb.shinfo.frag_list).isNull();
            Paged.___pskb_trim(skb, 12);
            assertThat(skb.shinfo.nr_frags).isOne();
            assertThat(pagesInUse()).isOne();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a clone keeps all of its bytes")
        void cloned() {
            sk_buff skb = Skbs.everything();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            assertThat(Paged.___pskb_trim(skb, 10)).isZero();

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 10));
            assertThat(Skbs.bytes(clone)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(skb);
            assertThat(Skbs.bytes(clone)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(clone);
        }

        @Test
        @DisplayName("a packet of the frag_list with another user is replaced by a clone, and not cut")
        void shared_list() {
            sk_buff skb = Skbs.everything();
            sk_buff second = skb_get(skb.shinfo.frag_list);

            assertThat(Paged.___pskb_trim(skb, 25)).isZero();

            assertThat(skb.shinfo.frag_list).isNotSameAs(second);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 25));
            assertThat(second.len).isEqualTo(9);
            second.next = null;
            kfree_skb(skb);
            kfree_skb(second);
        }

        @Test
        @DisplayName("no memory to part from a clone, or for a clone of the frag_list: -ENOMEM")
        void no_memory() {
            sk_buff skb = Skbs.everything();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);
            assertThat(Paged.___pskb_trim(skb, 10)).isEqualTo(-ENOMEM);
            assertThat(skb.len).isEqualTo(43);
            kfree_skb(clone);
            sk_buff second = skb_get(skb.shinfo.frag_list);
            Gfp.failNth(0);
            assertThat(Paged.___pskb_trim(skb, 25)).isEqualTo(-ENOMEM);
            kfree_skb(second);
            kfree_skb(skb);
        }
    }

    @Nested
    class __pskb_pull_tail {
        @ParameterizedTest
        @ValueSource(ints = {1, 5, 6, 16, 17, 25, 26, 28, 29, 36})
        @DisplayName("brings bytes out of pages and frag_list into the linear part, and the packet stays the same")
        void brings(int delta) {
            sk_buff skb = Skbs.everything();

            assertThat(Paged.__pskb_pull_tail(skb, delta)).isEqualTo(skb.tail);

            assertThat(skb_headlen(skb)).isEqualTo(7 + delta);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("pages that are used up are given back, packets of the frag_list freed")
        void given_back() {
            sk_buff skb = Skbs.everything();

            Paged.__pskb_pull_tail(skb, 5 + 2);
            assertThat(skb.shinfo.nr_frags).isOne();
            assertThat(skb.shinfo.frags(0).size).isEqualTo(9);
            assertThat(pagesInUse()).isEqualTo(2);
            Paged.__pskb_pull_tail(skb, 9 + 9 + 1);

            assertThat(skb.shinfo.nr_frags).isZero();
            assertThat(liveSkbs()).isEqualTo(2);
            assertThat(skb.shinfo.frag_list.len).isEqualTo(10);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("too little tailroom: it moves, with 128 bytes to spare")
        void moves() {
            sk_buff skb = Skbs.paged(10, 1000);
            int room = skb.end - skb.tail;

            assertThat(Paged.__pskb_pull_tail(skb, 1000)).isPositive();

            assertThat(skb.end - skb.tail).isGreaterThanOrEqualTo(128);
            assertThat(room).isLessThan(1000);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 1010));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a clone still sees its bytes where they were")
        void cloned() {
            sk_buff skb = Skbs.everything();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);

            Paged.__pskb_pull_tail(skb, 20);

            assertThat(skb_headlen(clone)).isEqualTo(7);
            assertThat(Skbs.bytes(clone)).isEqualTo(Skbs.count(0, 43));
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(clone);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet of the frag_list with another user is not touched: a clone takes its place")
        void shared_list() {
            sk_buff skb = Skbs.everything();
            sk_buff second = skb_get(skb.shinfo.frag_list);

            assertThat(Paged.__pskb_pull_tail(skb, 20)).isPositive();

            assertThat(Skbs.bytes(second)).isEqualTo(Skbs.count(23, 9));
            assertThat(second.users).isOne();
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(skb);
            kfree_skb(second);
        }

        @Test
        @DisplayName("no memory for that clone: -1, and the packet has all of its bytes")
        void no_memory() {
            sk_buff skb = Skbs.everything();
            sk_buff second = skb_get(skb.shinfo.frag_list);
            Gfp.failNth(0);

            assertThat(Paged.__pskb_pull_tail(skb, 20)).isNegative();

            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(second);
            kfree_skb(skb);
        }
    }
}
