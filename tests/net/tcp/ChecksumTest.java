// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_nofold;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.skbuff.sk_buff;
import linux.types.Be;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class ChecksumTest {
    @Nested
    class tcp_v4_check {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            // The table has partial sums of little-endian words; sums of big-endian ones have the bytes exchanged.
            Vectors.each("tcp_v4_check", row -> assertThat(Checksum.tcp_v4_check(
                            row.i32("in.len"),
                            row.be32("in.saddr"),
                            row.be32("in.daddr"),
                            Be.raw32(row.i32("in.base_mem"))))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.tcp_v4_check_big_endian")));
        }

        @Test
        @DisplayName("over whole segments it gives the bytes that the real kernel puts into the header")
        void segments() {
            Vectors.each("tcp_segment_checksum", row -> {
                byte[] segment = row.bytes("in.segment_with_zero_checksum");
                int check = Checksum.tcp_v4_check(
                        segment.length,
                        row.be32("in.saddr"),
                        row.be32("in.daddr"),
                        csum_partial(segment, 0, segment.length, 0));

                assertThat(check).as("%s", row).isEqualTo(Integer.parseInt(row.text("out.checksum_wire"), 16));
            });
        }
    }

    @Nested
    class __tcp_checksum_complete {
        @Test
        @DisplayName("sums the packet up: 0 if the sum of pseudo header and packet is right")
        void summed() {
            sk_buff skb = segment();
            assertThat(Checksum.__tcp_checksum_complete(skb)).isZero();

            skb.head[skb.data + 21] ^= 1;
            assertThat(Checksum.__tcp_checksum_complete(skb)).isNotZero();

            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_checksum_complete {
        @Test
        @DisplayName("a damaged packet is found")
        void damaged() {
            sk_buff skb = segment();
            assertThat(Checksum.tcp_checksum_complete(skb)).isFalse();

            kfree_skb(skb);
            skb = segment();
            skb.head[skb.data + 21] ^= 1;
            assertThat(Checksum.tcp_checksum_complete(skb)).isTrue();

            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that somebody vouches for is not looked at")
        void vouched_for() {
            sk_buff skb = segment();
            skb.head[skb.data + 21] ^= 1;
            skb.ip_summed = CHECKSUM_UNNECESSARY;

            assertThat(Checksum.tcp_checksum_complete(skb)).isFalse();

            kfree_skb(skb);
        }
    }

    /** A header and three bytes, with a right checksum; {@code csum} is that of the pseudo header, as received. */
    private static sk_buff segment() {
        int saddr = 0x0a000001;
        int daddr = 0x0a000002;
        sk_buff skb = alloc_skb(64, GFP_KERNEL);
        int at = skb_put(skb, 23);
        skb.head[at + 20] = 'a';
        skb.head[at + 21] = 'b';
        skb.head[at + 22] = 'c';
        tcphdr th = new tcphdr(skb.head, at);
        th.source(1000);
        th.dest(80);
        th.doff(5);
        th.check(0);
        th.check(Checksum.tcp_v4_check(23, saddr, daddr, csum_partial(skb.head, at, 23, 0)));
        skb.csum = csum_tcpudp_nofold(saddr, daddr, 23, IPPROTO_TCP, 0);
        return skb;
    }
}
