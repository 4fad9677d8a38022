// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.errno.Errno.E2BIG;
import static linux.errno.Errno.ENOMEM;
import static linux.skbuff.Alloc.netdev_alloc_skb;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Headers.skb_transport_header;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class GroTest {
    private static final int HDR = 40;

    /** A segment as GRO looks at it: headers of 40 bytes, then {@code n} bytes that count up from {@code first}. */
    private static sk_buff headers(sk_buff skb) {
        skb.mac_header = skb.data - 14;
        skb_set_network_header(skb, 0);
        skb_set_transport_header(skb, 20);
        NAPI_GRO_CB(skb).data_offset = HDR;
        NAPI_GRO_CB(skb).count = 1;
        NAPI_GRO_CB(skb).last = skb;
        return skb;
    }

    /** The payload in a page. */
    private static sk_buff paged(int first, int n) {
        sk_buff skb = Skbs.linear(HDR);
        Skbs.addPage(skb, first, n);
        return headers(skb);
    }

    /** All in the linear part, which comes from the slab. */
    private static sk_buff slab(int first, int n) {
        sk_buff skb = Skbs.linear(HDR + n);
        System.arraycopy(Skbs.count(first, n), 0, skb.head, skb.data + HDR, n);
        return headers(skb);
    }

    /** All in the linear part, which lies in a page. */
    private static sk_buff inPage(int first, int n) {
        sk_buff skb = netdev_alloc_skb(null, HDR + n);
        skb_put(skb, HDR + n);
        System.arraycopy(Skbs.count(first, n), 0, skb.head, skb.data + HDR, n);
        return headers(skb);
    }

    /** The payload of the packet that is held. */
    private static byte[] payload(sk_buff p) {
        byte[] all = Skbs.bytes(p);
        return Arrays.copyOfRange(all, HDR, all.length);
    }

    @Nested
    class skb_gro_receive {
        @Test
        @DisplayName("pages move; the sk_buff and its linear part are left to be freed")
        void pages() {
            sk_buff p = paged(0, 100);
            sk_buff skb = paged(100, 100);
            Ref<sk_buff> head = new Ref<>(p);
            int truesize = p.truesize;

            assertThat(Gro.skb_gro_receive(head, skb)).isZero();

            assertThat(head.val).isSameAs(p);
            assertThat(payload(p)).isEqualTo(Skbs.count(0, 200));
            assertThat(p.len).isEqualTo(HDR + 200);
            assertThat(p.truesize).isEqualTo(truesize + 100);
            assertThat(p.shinfo.nr_frags).isEqualTo(2);
            assertThat(NAPI_GRO_CB(p).count).isEqualTo(2);
            assertThat(NAPI_GRO_CB(skb).free).isEqualTo(napi_gro_cb.NAPI_GRO_FREE);
            assertThat(NAPI_GRO_CB(skb).same_flow).isOne();
            assertThat(skb.len).isEqualTo(HDR);
            kfree_skb(skb);
            kfree_skb(p);
        }

        @Test
        @DisplayName("headers that lie in the page, too, are left out")
        void headers_in_the_page() {
            sk_buff p = paged(0, 100);
            sk_buff skb = Skbs.linear(10);
            Skbs.addPage(skb, 70, 30 + 100);
            headers(skb);

            assertThat(Gro.skb_gro_receive(new Ref<>(p), skb)).isZero();

            assertThat(payload(p)).isEqualTo(Skbs.count(0, 200));
            kfree_skb(skb);
            kfree_skb(p);
        }

        @Test
        @DisplayName("a linear part in a page becomes a piece, in front of the packet's own")
        void head_frag() {
            sk_buff p = inPage(0, 100);
            sk_buff skb = inPage(100, 100);
            Skbs.addPage(skb, 200, 50);
            int truesize = p.truesize;
            int added = skb.truesize - 256;

            assertThat(Gro.skb_gro_receive(new Ref<>(p), skb)).isZero();

            assertThat(payload(p)).isEqualTo(Skbs.count(0, 250));
            assertThat(p.truesize).isEqualTo(truesize + added);
            assertThat(NAPI_GRO_CB(skb).free).isEqualTo(napi_gro_cb.NAPI_GRO_FREE_STOLEN_HEAD);
            kfree_skb_partial(skb, true);
            assertThat(payload(p)).isEqualTo(Skbs.count(0, 250));
            kfree_skb(p);
        }

        @Test
        @DisplayName("linear parts from the slab: a new packet of headers takes the held one's place, both on its list")
        void frag_list() {
            sk_buff p = slab(0, 100);
            p.shinfo.gso_size = 100;
            sk_buff other = new sk_buff();
            p.next = other;
            sk_buff skb = slab(100, 100);
            int cost = p.truesize + skb.truesize;
            Ref<sk_buff> head = new Ref<>(p);

            assertThat(Gro.skb_gro_receive(head, skb)).isZero();

            sk_buff n = head.val;
            assertThat(n).isNotSameAs(p);
            assertThat(n.next).isSameAs(other);
            assertThat(n.shinfo.frag_list).isSameAs(p);
            assertThat(p.next).isSameAs(skb);
            assertThat(n.shinfo.gso_size).isEqualTo(100);
            assertThat(p.shinfo.gso_size).isZero();
            assertThat(skb_headlen(n)).isEqualTo(HDR);
            assertThat(payload(n)).isEqualTo(Skbs.count(0, 200));
            assertThat(Skbs.bytes(n)).startsWith(Skbs.count(0, HDR));
            assertThat(n.truesize).isEqualTo(Truesize.SKB_TRUESIZE(192) + cost);
            assertThat(skb_network_header(n)).isEqualTo(n.data);
            assertThat(skb_transport_header(n)).isEqualTo(n.data + 20);
            assertThat(NAPI_GRO_CB(n).count).isEqualTo(2);
            assertThat(NAPI_GRO_CB(n).last).isSameAs(skb);
            assertThat(p.nohdr).isTrue();
            n.next = null;

            sk_buff third = slab(200, 30);
            assertThat(Gro.skb_gro_receive(head, third)).isZero();
            assertThat(head.val).isSameAs(n);
            assertThat(payload(n)).isEqualTo(Skbs.count(0, 230));
            assertThat(NAPI_GRO_CB(n).count).isEqualTo(3);

            sk_buff fourth = paged(230, 20);
            int truesize = third.truesize;
            assertThat(Gro.skb_gro_receive(head, fourth)).isZero();
            assertThat(payload(n)).isEqualTo(Skbs.count(0, 250));
            assertThat(third.len).isEqualTo(50);
            assertThat(third.truesize).isEqualTo(truesize + 20);
            kfree_skb(fourth);
            kfree_skb(n);
        }

        @Test
        @DisplayName("too many pieces: the packet itself is hung on")
        void too_many_pieces() {
            sk_buff p = Skbs.linear(HDR);
            for (int i = 0; i < 17; i++) {
                Skbs.addPage(p, i, 1);
            }
            headers(p);
            sk_buff skb = paged(17, 20);
            sk_buff in_page = inPage(37, 20);
            Ref<sk_buff> head = new Ref<>(p);

            assertThat(Gro.skb_gro_receive(head, skb)).isZero();
            assertThat(head.val).isSameAs(p);
            assertThat(p.shinfo.frag_list).isSameAs(skb);
            assertThat(Gro.skb_gro_receive(head, in_page)).isZero();

            assertThat(payload(p)).isEqualTo(Skbs.count(0, 57));
            kfree_skb_partial(in_page, true);
            kfree_skb(p);
        }

        @Test
        @DisplayName("more than 64 KB, or after a shorter segment: -E2BIG")
        void too_big() {
            sk_buff p = slab(0, 100);
            p.shinfo.gso_size = 200;
            sk_buff skb = slab(100, 100);

            assertThat(Gro.skb_gro_receive(new Ref<>(p), skb)).isEqualTo(-E2BIG);
            p.len += 65536 - HDR - 200;
            assertThat(Gro.skb_gro_receive(new Ref<>(p), skb)).isEqualTo(-E2BIG);

            kfree_skb(p);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no memory for the packet of headers: -ENOMEM")
        void no_memory() {
            sk_buff p = slab(0, 100);
            p.shinfo.gso_size = 100;
            sk_buff skb = slab(100, 100);
            Gfp.failNth(0);

            assertThat(Gro.skb_gro_receive(new Ref<>(p), skb)).isEqualTo(-ENOMEM);

            assertThat(p.len).isEqualTo(HDR + 100);
            kfree_skb(p);
            kfree_skb(skb);
        }
    }
}
