// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static linux.skbuff.Clone.companion;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_tailroom;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_mac_header_was_set;
import static linux.skbuff.Headers.skb_transport_header_was_set;
import static linux.skbuff.sk_buff.SKB_FCLONE_ORIG;
import static linux.skbuff.sk_buff.SKB_FCLONE_UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.mm.Mm;
import linux.mm.page;
import linux.netdevice.net_device;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class AllocTest {
    @Nested
    class alloc_skb {
        @ParameterizedTest
        @CsvSource({
            "0, 192, 768",
            "1, 192, 768",
            "192, 192, 768",
            "193, 704, 1280",
            "704, 704, 1280",
            "1728, 1728, 2304",
            "1729, 3776, 4352",
            "3776, 3776, 4352",
            "7872, 7872, 8448",
            "7873, 16064, 16640",
            "16065, 32448, 33024",
            "65536, 130752, 131328"
        })
        @DisplayName("gives all that the slab has for the size, and charges for all of it")
        void sizes(int size, int room, int truesize) {
            sk_buff skb = Alloc.alloc_skb(size, GFP_KERNEL);

            assertThat(skb_tailroom(skb)).isEqualTo(room);
            assertThat(skb.end).isEqualTo(room);
            assertThat(skb.truesize).isEqualTo(truesize);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("starts empty, with one user, no headers, and data of its own")
        void fresh() {
            sk_buff skb = Alloc.alloc_skb(100, GFP_KERNEL);

            assertThat(skb.len).isZero();
            assertThat(skb.data).isZero();
            assertThat(skb.tail).isZero();
            assertThat(skb.users).isOne();
            assertThat(skb.shinfo.dataref).isOne();
            assertThat(skb.cloned).isFalse();
            assertThat(skb.fclone).isEqualTo(SKB_FCLONE_UNAVAILABLE);
            assertThat(skb_mac_header_was_set(skb)).isFalse();
            assertThat(skb_transport_header_was_set(skb)).isFalse();
            assertThat(Alloc.liveSkbs()).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class alloc_skb_fclone {
        @Test
        @DisplayName("the packet is the first of a pair whose second half is free")
        void pair() {
            sk_buff skb = Alloc.alloc_skb_fclone(100, GFP_KERNEL);

            assertThat(skb.fclone).isEqualTo(SKB_FCLONE_ORIG);
            assertThat(skb.fclone_ref).isOne();
            assertThat(companion(skb).fclone).isEqualTo(SKB_FCLONE_UNAVAILABLE);
            assertThat(Alloc.liveSkbs()).isOne();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_get {
        @Test
        @DisplayName("each user has to let go")
        void two_users() {
            sk_buff skb = Skbs.linear(10);

            assertThat(Alloc.skb_get(skb)).isSameAs(skb);
            kfree_skb(skb);
            assertThat(Alloc.liveSkbs()).isOne();
            kfree_skb(skb);
            assertThat(Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class __kmalloc_reserve {
        @Test
        @DisplayName("turns to the reserves only if it may, and tells")
        void reserves() {
            BoolRef pfmemalloc = new BoolRef();

            Gfp.failNth(0);
            assertThat(Alloc.__kmalloc_reserve(512, GFP_ATOMIC, pfmemalloc)).isNull();
            Gfp.failNth(0);
            assertThat(Alloc.__kmalloc_reserve(512, GFP_ATOMIC | __GFP_MEMALLOC, pfmemalloc)).isNotNull();
            assertThat(pfmemalloc.val).isTrue();
            assertThat(Alloc.__kmalloc_reserve(512, GFP_ATOMIC | __GFP_MEMALLOC, pfmemalloc)).isNotNull();
            assertThat(pfmemalloc.val).isFalse();
        }

        @Test
        @DisplayName("what is larger than 4 MB cannot be had, nor a negative size")
        void too_large() {
            assertThat(Alloc.__kmalloc_reserve((1 << 22) + 1, GFP_KERNEL, null)).isNull();
            assertThat(Alloc.__kmalloc_reserve(-64, GFP_KERNEL, null)).isNull();
        }
    }

    @Nested
    class kfree {
        @Test
        @DisplayName("the bytes of a freed packet go to the next one of that size, with what is in them")
        void used_again() {
            sk_buff skb = Skbs.linear(1000);
            byte[] head = skb.head;
            kfree_skb(skb);

            sk_buff other = Alloc.alloc_skb(100, GFP_KERNEL);
            sk_buff same = Alloc.alloc_skb(1200, GFP_KERNEL);

            assertThat(other.head).isNotSameAs(head);
            assertThat(same.head).isSameAs(head);
            assertThat(same.head[Skbs.HEADROOM + 5]).isEqualTo((byte) 5);
            kfree_skb(other);
            kfree_skb(same);
        }

        @Test
        @DisplayName("but not while a clone still looks at them")
        void cloned() {
            sk_buff skb = Skbs.linear(1000);
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            kfree_skb(skb);

            sk_buff other = Alloc.alloc_skb(1000, GFP_KERNEL);

            assertThat(other.head).isNotSameAs(clone.head);
            kfree_skb(other);
            kfree_skb(clone);
        }
    }

    @Nested
    class __alloc_skb {
        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("no memory for the sk_buff or for the bytes: null, and nothing is lost")
        void no_memory(int nth) {
            Gfp.failNth(nth);

            assertThat(Alloc.__alloc_skb(100, GFP_ATOMIC, 0)).isNull();
            assertThat(Alloc.liveSkbs()).isZero();
        }

        @Test
        @DisplayName("a packet from the reserves says so")
        void from_the_reserves() {
            Gfp.failNth(1);

            sk_buff skb = Alloc.__alloc_skb(100, GFP_ATOMIC | __GFP_MEMALLOC, 0);

            assertThat(skb.pfmemalloc).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class build_skb {
        @Test
        @DisplayName("the page becomes the head, less what the skb_shared_info takes")
        void head() {
            page page = Mm.alloc_page(GFP_ATOMIC);

            sk_buff skb = Alloc.build_skb(page, 1024);

            assertThat(skb.head).isSameAs(page.data);
            assertThat(skb.head_frag).isTrue();
            assertThat(skb_tailroom(skb)).isEqualTo(1024 - 320);
            assertThat(skb.truesize).isEqualTo(1024 + 256);
            assertThat(skb.shinfo.dataref).isOne();
            kfree_skb(skb);
            assertThat(Mm.pagesInUse()).isZero();
        }

        @Test
        @DisplayName("no memory: the page stays the caller's")
        void no_memory() {
            page page = Mm.alloc_page(GFP_ATOMIC);
            Gfp.failNth(0);

            assertThat(Alloc.build_skb(page, 1024)).isNull();
            assertThat(Mm.page_count(page)).isOne();
            Mm.put_page(page);
        }
    }

    @Nested
    class __netdev_alloc_frag {
        @Test
        @DisplayName("a piece that one may write to up to its size")
        void piece() {
            page page = Alloc.__netdev_alloc_frag(4096, GFP_ATOMIC);

            assertThat(page.data).hasSizeGreaterThanOrEqualTo(4096);
            Mm.put_page(page);
        }
    }

    @Nested
    class __netdev_alloc_skb {
        @Test
        @DisplayName("what fits into a page lies in one; the packet is charged for its piece of it")
        void small() {
            sk_buff skb = Alloc.__netdev_alloc_skb(null, 1514, GFP_ATOMIC);

            assertThat(skb.head_frag).isTrue();
            assertThat(skb_headroom(skb)).isEqualTo(64);
            assertThat(skb_tailroom(skb)).isEqualTo(1600 - 64);
            assertThat(skb.truesize).isEqualTo(Truesize.SKB_TRUESIZE(1600));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what does not fit, or may wait, comes from the slab")
        void large() {
            sk_buff large = Alloc.__netdev_alloc_skb(null, 9000, GFP_ATOMIC);
            sk_buff waiting = Alloc.__netdev_alloc_skb(null, 100, GFP_KERNEL);

            assertThat(large.head_frag).isFalse();
            assertThat(skb_headroom(large)).isEqualTo(64);
            assertThat(skb_tailroom(large)).isEqualTo(16064 - 64);
            assertThat(waiting.head_frag).isFalse();
            kfree_skb(large);
            kfree_skb(waiting);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        @DisplayName("no memory for the page or for the sk_buff: null, and nothing is lost")
        void no_memory(int nth) {
            Gfp.failNth(nth);

            assertThat(Alloc.__netdev_alloc_skb(null, 100, GFP_ATOMIC)).isNull();
            assertThat(Mm.pagesInUse()).isZero();
            assertThat(Alloc.liveSkbs()).isZero();
        }
    }

    @Nested
    class netdev_alloc_skb {
        @Test
        @DisplayName("a packet that has come in by this device")
        void device() {
            net_device dev = new net_device();

            sk_buff skb = Alloc.netdev_alloc_skb(dev, 100);

            assertThat(skb.dev).isSameAs(dev);
            assertThat(skb_tailroom(skb)).isGreaterThanOrEqualTo(100);
            kfree_skb(skb);
        }
    }

    @Nested
    class dev_alloc_skb {
        @Test
        @DisplayName("a packet that belongs to no device yet")
        void no_device() {
            sk_buff skb = Alloc.dev_alloc_skb(100);

            assertThat(skb.dev).isNull();
            assertThat(skb_tailroom(skb)).isGreaterThanOrEqualTo(100);
            kfree_skb(skb);
        }
    }
}
