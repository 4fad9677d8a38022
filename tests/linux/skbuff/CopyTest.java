// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.page_count;
import static linux.mm.Mm.pagesInUse;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Alloc.netdev_alloc_skb;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_tailroom;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_mac_header_was_set;
import static linux.skbuff.SkbConst.SKB_ALLOC_RX;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Skbs.linear;

import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.mm.page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class CopyTest {
    @Nested
    class __pskb_copy {
        @Test
        @DisplayName("has the headroom that is asked for")
        void headroom() {
            sk_buff skb = Skbs.paged(10, 20);

            sk_buff n = Copy.__pskb_copy(skb, 128, GFP_KERNEL);

            assertThat(skb_headroom(n)).isEqualTo(128);
            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 30));
            kfree_skb(n);
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_copy {
        @Test
        @DisplayName("has the same headroom, a linear part of its own, and is made alone")
        void alone() {
            sk_buff skb = Skbs.paged(10, 20);

            sk_buff n = Copy.pskb_copy(skb, GFP_KERNEL);

            assertThat(skb_headroom(n)).isEqualTo(Skbs.HEADROOM);
            assertThat(n.head).isNotSameAs(skb.head);
            assertThat(n.fclone).isEqualTo(SKB_FCLONE_UNAVAILABLE);
            kfree_skb(n);
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_copy_for_clone {
        @Test
        @DisplayName("is the first of a pair")
        void pair() {
            sk_buff skb = Skbs.paged(10, 20);

            sk_buff n = Copy.pskb_copy_for_clone(skb, GFP_KERNEL);

            assertThat(n.fclone).isEqualTo(SKB_FCLONE_ORIG);
            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 30));
            kfree_skb(n);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_headers_offset_update {
        @Test
        @DisplayName("moves every header, and the place of the checksum if there is one to be filled in")
        void moves() {
            sk_buff skb = Skbs.linear(10);
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb.csum_start = 84;
            skb.mac_header = 50;
            skb.network_header = 64;
            skb.transport_header = 84;

            Copy.skb_headers_offset_update(skb, 64);

            assertThat(skb.csum_start).isEqualTo(148);
            assertThat(skb.mac_header).isEqualTo(114);
            assertThat(skb.network_header).isEqualTo(128);
            assertThat(skb.transport_header).isEqualTo(148);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a link header that is unset stays unset, and a sum is no offset")
        void unset() {
            sk_buff skb = Skbs.linear(10);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum_start = 84;

            Copy.skb_headers_offset_update(skb, 64);

            assertThat(skb_mac_header_was_set(skb)).isFalse();
            assertThat(skb.csum_start).isEqualTo(84);
            kfree_skb(skb);
        }
    }

    @Nested
    class copy_skb_header {
        @Test
        @DisplayName("copies how the packet is to be cut, too")
        void gso() {
            sk_buff old = Skbs.linear(10);
            sk_buff new_ = Skbs.linear(10);
            old.mark = 5;
            old.shinfo.gso_size = 1000;
            old.shinfo.gso_segs = 3;
            old.shinfo.gso_type = SKB_GSO_TCPV4;

            Copy.copy_skb_header(new_, old);

            assertThat(new_.mark).isEqualTo(5);
            assertThat(new_.shinfo.gso_size).isEqualTo(1000);
            assertThat(new_.shinfo.gso_segs).isEqualTo(3);
            assertThat(new_.shinfo.gso_type).isEqualTo(SKB_GSO_TCPV4);
            kfree_skb(old);
            kfree_skb(new_);
        }
    }

    @Nested
    class skb_alloc_rx_flag {
        @Test
        @DisplayName("a copy of a packet from the reserves may take from them")
        void reserves() {
            sk_buff skb = Skbs.linear(10);
            assertThat(Copy.skb_alloc_rx_flag(skb)).isZero();
            skb.pfmemalloc = true;
            assertThat(Copy.skb_alloc_rx_flag(skb)).isEqualTo(SKB_ALLOC_RX);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy {
        @Test
        @DisplayName("every byte is in the linear part of its own, the headroom with what is in it, too")
        void linear() {
            sk_buff skb = Skbs.everything();
            skb.head[10] = 77;
            skb.network_header = 64;

            sk_buff n = Copy.skb_copy(skb, GFP_KERNEL);

            assertThat(skb_is_nonlinear(n)).isFalse();
            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 43));
            assertThat(n.head[10]).isEqualTo((byte) 77);
            assertThat(n.network_header).isEqualTo(64);
            kfree_skb(skb);
            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(n);
        }

        @Test
        @DisplayName("no memory: null")
        void no_memory() {
            sk_buff skb = Skbs.everything();
            Gfp.failNth(0);
            assertThat(Copy.skb_copy(skb, GFP_ATOMIC)).isNull();
            kfree_skb(skb);
        }
    }

    @Nested
    class __pskb_copy_fclone {
        @Test
        @DisplayName("pages and frag_list are shared: each has one user more")
        void shared() {
            sk_buff skb = Skbs.everything();
            page page = skb.shinfo.frags(1).page;

            sk_buff n = Copy.__pskb_copy_fclone(skb, 10, GFP_KERNEL, false);

            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 43));
            assertThat(page_count(page)).isEqualTo(2);
            assertThat(skb.shinfo.frag_list.users).isEqualTo(2);
            assertThat(n.shinfo).isNotSameAs(skb.shinfo);
            assertThat(skb_cloned(skb)).isFalse();
            n.head[n.data] = 99;
            assertThat(skb.head[skb.data]).isZero();
            kfree_skb(skb);
            assertThat(page_count(page)).isOne();
            kfree_skb(n);
        }

        @Test
        @DisplayName("is charged for the linear part that it has and for the pages")
        void truesize() {
            sk_buff skb = Skbs.paged(10, 20, 30);

            sk_buff n = Copy.__pskb_copy_fclone(skb, 54, GFP_KERNEL, true);

            assertThat(n.truesize).isEqualTo(Truesize.SKB_TRUESIZE(192) + 50);
            kfree_skb(skb);
            kfree_skb(n);
        }

        @Test
        @DisplayName("no memory: null, and no page is held")
        void no_memory() {
            sk_buff skb = Skbs.paged(10, 20);
            Gfp.failNth(1);
            assertThat(Copy.__pskb_copy_fclone(skb, 0, GFP_ATOMIC, false)).isNull();
            assertThat(page_count(skb.shinfo.frags(0).page)).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class pskb_expand_head {
        @Test
        @DisplayName("more room at both ends, the same bytes, and every header moves along")
        void room() {
            sk_buff skb = Skbs.paged(10, 20);
            skb.network_header = 64;
            skb.mac_header = 50;
            int tailroom = skb.end - skb.tail;
            int truesize = skb.truesize;

            assertThat(Copy.pskb_expand_head(skb, 64, 100, GFP_KERNEL)).isZero();

            assertThat(skb_headroom(skb)).isEqualTo(Skbs.HEADROOM + 64);
            assertThat(skb.end - skb.tail).isGreaterThanOrEqualTo(tailroom + 100);
            assertThat(skb.end).isEqualTo(704);
            assertThat(skb.network_header).isEqualTo(128);
            assertThat(skb.mac_header).isEqualTo(114);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 30));
            assertThat(skb.truesize).isEqualTo(truesize);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a clone parts from the other: what hangs on them is held by both")
        void cloned() {
            sk_buff skb = Skbs.everything();
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            skb_header_release(clone);

            assertThat(Copy.pskb_expand_head(clone, 0, 0, GFP_KERNEL)).isZero();

            assertThat(clone.shinfo).isNotSameAs(skb.shinfo);
            assertThat(clone.shinfo.dataref).isOne();
            assertThat(skb.shinfo.dataref).isOne();
            assertThat(clone.cloned).isFalse();
            assertThat(clone.nohdr).isFalse();
            assertThat(page_count(skb.shinfo.frags(0).page)).isEqualTo(2);
            assertThat(skb.shinfo.frag_list.users).isEqualTo(2);
            kfree_skb(skb);
            assertThat(Skbs.bytes(clone)).isEqualTo(Skbs.count(0, 43));
            kfree_skb(clone);
        }

        @Test
        @DisplayName("a head that lay in a page is left behind, and the page with it")
        void head_frag() {
            sk_buff skb = netdev_alloc_skb(null, 100);
            skb_put(skb, 5);

            assertThat(Copy.pskb_expand_head(skb, 0, 0, GFP_ATOMIC)).isZero();

            assertThat(skb.head_frag).isFalse();
            assertThat(pagesInUse()).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory: -ENOMEM, and the packet is as it was")
        void no_memory() {
            sk_buff skb = Skbs.paged(10, 20);
            byte[] head = skb.head;
            Gfp.failNth(0);

            assertThat(Copy.pskb_expand_head(skb, 64, 0, GFP_ATOMIC)).isEqualTo(-ENOMEM);

            assertThat(skb.head).isSameAs(head);
            assertThat(Skbs.bytes(skb)).isEqualTo(Skbs.count(0, 30));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a bug if the sk_buff has another user, or if headroom were to go away")
        void bugs() {
            sk_buff skb = skb_get(Skbs.linear(10));
            assertThatThrownBy(() -> Copy.pskb_expand_head(skb, 0, 0, GFP_ATOMIC)).isInstanceOf(Oops.class);
            kfree_skb(skb);
            assertThatThrownBy(() -> Copy.pskb_expand_head(skb, -1, 0, GFP_ATOMIC)).isInstanceOf(Oops.class);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_realloc_headroom {
        @Test
        @DisplayName("enough headroom: a copy of the linear part")
        void enough() {
            sk_buff skb = Skbs.paged(10, 20);

            sk_buff n = Copy.skb_realloc_headroom(skb, Skbs.HEADROOM);

            assertThat(skb_headroom(n)).isEqualTo(Skbs.HEADROOM);
            assertThat(skb_cloned(skb)).isFalse();
            kfree_skb(n);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("too little: a clone that has moved to more")
        void more() {
            sk_buff skb = Skbs.paged(10, 20);

            sk_buff n = Copy.skb_realloc_headroom(skb, Skbs.HEADROOM + 1);

            assertThat(skb_headroom(n)).isEqualTo(Skbs.HEADROOM + 64);
            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 30));
            assertThat(skb_cloned(skb)).isFalse();
            kfree_skb(n);
            kfree_skb(skb);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("no memory: null, and the packet is as it was")
        void no_memory(int nth) {
            sk_buff skb = Skbs.paged(10, 20);
            Gfp.failNth(nth);

            assertThat(Copy.skb_realloc_headroom(skb, Skbs.HEADROOM + 1)).isNull();

            assertThat(liveSkbs()).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_copy_expand {
        @ParameterizedTest
        @CsvSource({"128, 300", "64, 0", "20, 10"})
        @DisplayName("a linear copy with the room that is asked for; headers and headroom move along as far as it goes")
        void room(int headroom, int tailroom) {
            sk_buff skb = Skbs.everything();
            skb.network_header = Skbs.HEADROOM - 5;
            skb.head[Skbs.HEADROOM - 5] = 77;

            sk_buff n = Copy.skb_copy_expand(skb, headroom, tailroom, GFP_KERNEL);

            assertThat(skb_headroom(n)).isEqualTo(headroom);
            assertThat(skb_tailroom(n)).isGreaterThanOrEqualTo(tailroom);
            assertThat(Skbs.bytes(n)).isEqualTo(Skbs.count(0, 43));
            assertThat(n.network_header).isEqualTo(headroom - 5);
            assertThat(n.head[headroom - 5]).isEqualTo((byte) 77);
            kfree_skb(n);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory: null")
        void no_memory() {
            sk_buff skb = Skbs.everything();
            Gfp.failNth(1);
            assertThat(Copy.skb_copy_expand(skb, 10, 10, GFP_ATOMIC)).isNull();
            kfree_skb(skb);
        }
    }
}
