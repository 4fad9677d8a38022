// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.mm.Mm.page_count;
import static linux.skbuff.Alloc.liveSkbs;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_is_nonlinear;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Free.kfree_skb_list;
import static linux.skbuff.Headers.skb_mac_header;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.Skel_others.NETIF_F_FRAGLIST;
import static linux.skbuff.Skel_others.NETIF_F_HW_CSUM;
import static linux.skbuff.Skel_others.NETIF_F_SG;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.linear;
import static testing.Skbs.paged;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import java.util.Arrays;
import linux.gfp.Gfp;
import linux.mm.page;
import linux.printk.Printk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class GsoTest {
    private static final int HDR = 14 + 20 + 20;
    private static final long CSUM = NETIF_F_HW_CSUM;

    /** A packet with headers of 54 bytes of 0xee, and a payload: {@code headlen} linear bytes, then pieces. */
    private static sk_buff packet(int gso_size, int headlen, int... sizes) {
        sk_buff skb = Skbs.paged(headlen, sizes);
        skb_push(skb, HDR);
        Arrays.fill(skb.head, skb.data, skb.data + HDR, (byte) 0xee);
        skb_reset_mac_header(skb);
        skb_set_network_header(skb, 14);
        skb_set_transport_header(skb, 34);
        skb.mac_len = 14;
        skb.protocol = ETH_P_IP;
        skb.ip_summed = CHECKSUM_PARTIAL;
        Gso.SKB_GSO_CB(skb).mac_offset = skb_headroom(skb);
        skb_pull(skb, HDR);
        skb.shinfo.gso_size = gso_size;
        skb.shinfo.gso_type = SKB_GSO_TCPV4;
        return skb;
    }

    /** Checks that the segments are the payload in pieces of {@code mss}, each with the headers; frees all. */
    private static int check(sk_buff skb, sk_buff segs, int mss) {
        int total = skb.len - HDR;
        int at = 0;
        int n = 0;
        for (sk_buff s = segs; s != null; s = s.next) {
            int len = Math.min(mss, total - at);
            byte[] bytes = Skbs.bytes(s);
            assertThat(s.len).as("segment %d", n).isEqualTo(HDR + len);
            assertThat(Arrays.copyOf(bytes, HDR)).containsOnly((byte) 0xee);
            assertThat(Arrays.copyOfRange(bytes, HDR, HDR + len)).isEqualTo(Skbs.count(at, len));
            assertThat(skb_mac_header(s)).isEqualTo(s.data);
            assertThat(skb_network_header(s)).isEqualTo(s.data + 14);
            assertThat(skb_transport_header(s)).isEqualTo(s.data + 34);
            assertThat(s.mac_len).isEqualTo(14);
            assertThat(skb_headroom(s)).isGreaterThanOrEqualTo(skb_headroom(skb));
            assertThat(s.shinfo.gso_size).isZero();
            at += len;
            n++;
        }
        assertThat(at).isEqualTo(total);
        kfree_skb_list(segs);
        kfree_skb(skb);
        return n;
    }

    @Nested
    class skb_needs_linearize {
        @Test
        @DisplayName("pages for a device without scatter-gather, a frag_list for one that knows none")
        void needs() {
            sk_buff paged = Skbs.paged(1, 10);
            sk_buff list = Skbs.linear(1);
            Skbs.addToList(list, Skbs.linear(1));
            sk_buff linear = Skbs.linear(1);

            assertThat(Gso.skb_needs_linearize(paged, 0)).isTrue();
            assertThat(Gso.skb_needs_linearize(paged, NETIF_F_SG)).isFalse();
            assertThat(Gso.skb_needs_linearize(list, NETIF_F_SG)).isTrue();
            assertThat(Gso.skb_needs_linearize(list, NETIF_F_SG | NETIF_F_FRAGLIST)).isFalse();
            assertThat(Gso.skb_needs_linearize(linear, 0)).isFalse();
            kfree_skb(paged);
            kfree_skb(list);
            kfree_skb(linear);
        }
    }

    @Nested
    class skb_tnl_header_len {
        @Test
        @DisplayName("counts what is in front of the link header")
        void length() {
            sk_buff skb = packet(10, 20);
            assertThat(Gso.skb_tnl_header_len(skb)).isZero();
            Gso.SKB_GSO_CB(skb).mac_offset -= 8;
            assertThat(Gso.skb_tnl_header_len(skb)).isEqualTo(8);
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_is_gso {
        @Test
        @DisplayName("true of a packet that stands for several")
        void gso() {
            sk_buff skb = Skbs.linear(1);
            assertThat(Gso.skb_is_gso(skb)).isFalse();
            skb.shinfo.gso_size = 1;
            assertThat(Gso.skb_is_gso(skb)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class skb_segment {
        @ParameterizedTest
        @CsvSource({"100, 35", "100, 50", "100, 100", "101, 10"})
        @DisplayName("a linear packet is copied piece by piece")
        void linear(int payload, int mss) {
            sk_buff skb = packet(mss, payload);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(segs.shinfo.nr_frags).isZero();
            assertThat(segs.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(check(skb, segs, mss)).isEqualTo((payload + mss - 1) / mss);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 7, 13, 20, 30, 33, 80, 100, 105, 106})
        @DisplayName("pages are shared, cut wherever it has to be")
        void paged(int mss) {
            sk_buff skb = packet(mss, 6, 20, 50, 30);
            page page = skb.shinfo.frags(1).page;

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(page_count(page)).isGreaterThan(1);
            assertThat(check(skb, segs, mss)).isEqualTo((106 + mss - 1) / mss);
        }

        @Test
        @DisplayName("TCP's usual case: headers in the linear part, all payload in pages")
        void headers_only() {
            sk_buff skb = packet(1448, 0, 3900, 3000, 600);
            int truesize = Truesize.SKB_TRUESIZE(192);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(skb_headlen(segs)).isEqualTo(HDR);
            assertThat(segs.truesize).isEqualTo(truesize + 1448);
            assertThat(check(skb, segs, 1448)).isEqualTo(6);
        }

        @Test
        @DisplayName("for a device without scatter-gather the segments are linear and summed up")
        void no_sg() {
            sk_buff skb = packet(40, 6, 51, 50);

            sk_buff segs = Gso.skb_segment(skb, 0);

            for (sk_buff s = segs; s != null; s = s.next) {
                assertThat(skb_is_nonlinear(s)).isFalse();
                assertThat(s.ip_summed).isEqualTo(CHECKSUM_NONE);
                assertThat(csum_fold(s.csum))
                        .isEqualTo(csum_fold(csum_partial(s.head, s.data + HDR, s.len - HDR, 0)));
            }
            check(skb, segs, 40);
        }

        @Test
        @DisplayName("for a device without checksums the payload is summed up")
        void no_csum() {
            sk_buff skb = packet(40, 6, 51, 50);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG);

            for (sk_buff s = segs; s != null; s = s.next) {
                byte[] b = Skbs.bytes(s);
                assertThat(s.ip_summed).isEqualTo(CHECKSUM_NONE);
                assertThat(csum_fold(s.csum)).isEqualTo(csum_fold(csum_partial(b, HDR, b.length - HDR, 0)));
            }
            check(skb, segs, 40);
        }

        /** What receive coalescing makes: pages in the first packet, then packets with pages or with linear bytes. */
        private sk_buff coalesced(int mss, int segments, boolean linear) {
            sk_buff skb = packet(mss, 0, mss);
            for (int i = 1; i < segments; i++) {
                sk_buff next = Skbs.linear(linear ? mss : 0);
                Skbs.fill(next, i * mss);
                if (!linear) {
                    Skbs.addPage(next, i * mss, mss);
                }
                Skbs.addToList(skb, next);
            }
            return skb;
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("what was coalesced into a frag_list comes apart at the same places")
        void frag_list(boolean linear) {
            sk_buff skb = coalesced(100, 4, linear);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(check(skb, segs, 100)).isEqualTo(4);
        }

        @Test
        @DisplayName("the last packet of the frag_list may be shorter")
        void short_tail() {
            sk_buff skb = coalesced(100, 3, true);
            sk_buff tail = Skbs.linear(30);
            Skbs.fill(tail, 300);
            Skbs.addToList(skb, tail);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(check(skb, segs, 100)).isEqualTo(4);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3, 4, 5})
        @DisplayName("no memory: -ENOMEM, and what had been made is freed")
        void no_memory(int nth) {
            sk_buff skb = packet(40, 6, 51, 50);
            int before = liveSkbs();
            Gfp.failNth(nth);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(PTR_ERR(segs)).isEqualTo(-ENOMEM);
            assertThat(liveSkbs()).isEqualTo(before);
            kfree_skb(skb);
        }

        @ParameterizedTest
        @ValueSource(ints = {2, 3, 4, 5})
        @DisplayName("no memory for a clone of the frag_list, or for its headers: -ENOMEM")
        void no_memory_for_a_clone(int nth) {
            sk_buff skb = coalesced(100, 3, true);
            int before = liveSkbs();
            Gfp.failNth(nth);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(PTR_ERR(segs)).isEqualTo(-ENOMEM);
            assertThat(liveSkbs()).isEqualTo(before);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a segment of more than 17 pieces cannot be: -ENOMEM, said in the log")
        void too_many_pieces() {
            sk_buff skb = packet(1000, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
            sk_buff next = Skbs.linear(0);
            Skbs.addPage(next, 17, 10);
            Skbs.addToList(skb, next);

            sk_buff segs = Gso.skb_segment(skb, NETIF_F_SG | CSUM);

            assertThat(PTR_ERR(segs)).isEqualTo(-ENOMEM);
            assertThat(Printk.dmesg().get(Printk.dmesg().size() - 1).text()).contains("too many frags: 71 1000");
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no protocol: -EINVAL")
        void no_protocol() {
            sk_buff skb = packet(40, 100);
            skb.protocol = 0;
            assertThat(PTR_ERR(Gso.skb_segment(skb, NETIF_F_SG))).isEqualTo(-EINVAL);
            kfree_skb(skb);
        }
    }
}
