// SPDX-License-Identifier: GPL-2.0-only
package net.checksum;

import static linux.errno.Errno.EFAULT;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.icmp;

import java.util.Arrays;
import java.util.Random;
import linux.compiler.IntRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class CsumTest {
    /** What the tables have as a 32-bit register of a little-endian machine, as a sum in host order. */
    private static int mem(Vectors.Row row, String column) {
        return Integer.reverseBytes(row.i32(column));
    }

    /** A folded 16-bit value of such a machine. */
    private static int mem16(Vectors.Row row, String column) {
        return Short.reverseBytes((short) row.i32(column)) & 0xffff;
    }

    /** The definition: all 16-bit words, carries added in again. */
    private static int reference(byte[] b, int at, int len) {
        long sum = 0;
        for (int i = 0; i < len; i++) {
            sum += (b[at + i] & 0xffL) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }

    private static byte[] random(int n) {
        byte[] b = new byte[n];
        new Random(n).nextBytes(b);
        return b;
    }

    @Nested
    class csum_partial {
        @Test
        @DisplayName("agrees with the kernel for every length and alignment, folded")
        void vectors() {
            Vectors.each("csum_partial", row -> {
                byte[] data = row.bytes("in.data");
                byte[] buff = new byte[data.length + 8];
                int at = row.i32("in.align");
                System.arraycopy(data, 0, buff, at, data.length);

                int sum = Csum.csum_partial(buff, at, data.length, mem(row, "in.sum_mem"));

                assertThat(Csum.csum_fold(sum)).as("%s", row).isEqualTo(row.i32("out.csum_fold_big_endian"));
                assertThat(Csum.csum_fold(sum)).as("%s", row).isEqualTo(mem16(row, "out.csum_fold_mem"));
            });
        }

        @Test
        @DisplayName("is the one's complement sum of the big-endian words, whatever the length")
        void definition() {
            byte[] b = random(2000);
            for (int len = 0; len < 300; len++) {
                for (int at = 0; at < 9; at++) {
                    assertThat(~Csum.csum_fold(Csum.csum_partial(b, at, len, 0)) & 0xffff)
                            .as("%d bytes at %d", len, at)
                            .isEqualTo(reference(b, at, len));
                }
            }
        }

        @Test
        @DisplayName("loses no carry in 64 KB of ones")
        void all_ones() {
            byte[] b = new byte[65536];
            Arrays.fill(b, (byte) 0xff);

            assertThat(Csum.csum_fold(Csum.csum_partial(b, 0, b.length, 0))).isZero();
            assertThat(Csum.csum_fold(Csum.csum_partial(b, 1, b.length - 2, -1))).isZero();
        }

        @Test
        @DisplayName("is 0 for nothing but zeroes, and only then")
        void zero() {
            byte[] b = new byte[64];
            assertThat(Csum.csum_partial(b, 0, 64, 0)).isZero();
            b[40] = (byte) 0xff;
            b[41] = (byte) 0xff;
            assertThat(Csum.csum_partial(b, 0, 64, 0)).isNotZero();
        }
    }

    @Nested
    class csum_fold {
        @ParameterizedTest
        @CsvSource({"0, ffff", "ffffffff, 0", "ffff, 0", "ffff0000, 0", "12345678, 9753", "8000ffff, 7fff", "1fffe, 0"})
        @DisplayName("adds the halves, the carry in again, and complements")
        void folds(String sum, String expected) {
            assertThat(Csum.csum_fold(Integer.parseUnsignedInt(sum, 16))).isEqualTo(Integer.parseInt(expected, 16));
        }
    }

    @Nested
    class csum_add {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("csum_partial", row -> {
                byte[] data = row.bytes("in.data");
                int sum = Csum.csum_partial(data, 0, data.length, mem(row, "in.sum_mem"));

                int both = Csum.csum_add(sum, mem(row, "in.csum2_mem"));

                assertThat(Csum.csum_fold(both)).as("%s", row).isEqualTo(mem16(row, "out.csum_add"));
            });
        }

        @Test
        @DisplayName("a carry out of the top comes in at the bottom")
        void end_around() {
            assertThat(Csum.csum_add(0xffffffff, 1)).isEqualTo(1);
            assertThat(Csum.csum_add(0x80000000, 0x80000001)).isEqualTo(2);
        }
    }

    @Nested
    class csum_sub {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("csum_partial", row -> {
                byte[] data = row.bytes("in.data");
                int sum = Csum.csum_partial(data, 0, data.length, mem(row, "in.sum_mem"));

                int less = Csum.csum_sub(sum, mem(row, "in.csum2_mem"));

                assertThat(Csum.csum_fold(less)).as("%s", row).isEqualTo(mem16(row, "out.csum_sub"));
            });
        }

        @Test
        @DisplayName("takes out what csum_add has put in")
        void inverse() {
            int sum = 0x12345678;
            assertThat(Csum.csum_fold(Csum.csum_sub(Csum.csum_add(sum, 0xfedcba98), 0xfedcba98)))
                    .isEqualTo(Csum.csum_fold(sum));
        }
    }

    @Nested
    class csum_block_add {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("csum_partial", row -> {
                byte[] data = row.bytes("in.data");
                int sum = Csum.csum_partial(data, 0, data.length, mem(row, "in.sum_mem"));

                int both = Csum.csum_block_add(sum, mem(row, "in.csum2_mem"), row.i32("in.off"));

                assertThat(Csum.csum_fold(both)).as("%s", row).isEqualTo(mem16(row, "out.csum_block_add"));
            });
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 13, 100, 199, 200})
        @DisplayName("puts the sums of two pieces together, cut at an even or an odd place")
        void cut(int at) {
            byte[] b = random(200);
            int first = Csum.csum_partial(b, 0, at, 0);
            int second = Csum.csum_partial(b, at, b.length - at, 0);

            assertThat(Csum.csum_fold(Csum.csum_block_add(first, second, at)))
                    .isEqualTo(Csum.csum_fold(Csum.csum_partial(b, 0, b.length, 0)));
        }
    }

    @Nested
    class csum_block_add_ext {
        @Test
        @DisplayName("is csum_block_add; the length does not matter")
        void same() {
            assertThat(Csum.csum_block_add_ext(0x1234, 0xab00cd, 3, 17))
                    .isEqualTo(Csum.csum_block_add(0x1234, 0xab00cd, 3))
                    .isNotEqualTo(Csum.csum_block_add(0x1234, 0xab00cd, 4));
        }
    }

    @Nested
    class csum_partial_ext {
        @Test
        @DisplayName("is csum_partial")
        void same() {
            byte[] b = random(33);
            assertThat(Csum.csum_partial_ext(b, 1, 31, 77)).isEqualTo(Csum.csum_partial(b, 1, 31, 77));
        }
    }

    @Nested
    class csum_block_sub {
        @ParameterizedTest
        @ValueSource(ints = {2, 3})
        @DisplayName("takes a piece out again, from an even or an odd place")
        void inverse(int at) {
            byte[] b = random(100);
            int whole = Csum.csum_partial(b, 0, b.length, 0);
            int piece = Csum.csum_partial(b, at, b.length - at, 0);

            assertThat(Csum.csum_fold(Csum.csum_block_sub(whole, piece, at)))
                    .isEqualTo(Csum.csum_fold(Csum.csum_partial(b, 0, at, 0)));
        }
    }

    @Nested
    class csum_unfold {
        @Test
        @DisplayName("a checksum is a sum of 16 bits: unfolded, inverted and folded it is itself again")
        void there_and_back() {
            assertThat(Csum.csum_fold(~Csum.csum_unfold(0x1234))).isEqualTo(0x1234);
        }
    }

    @Nested
    class csum_replace4 {
        @Test
        @DisplayName("gives what computing the checksum anew would: an address that changes")
        void changed() {
            byte[] iph = random(20);
            put16(iph, 10, 0);
            put16(iph, 10, Csum.ip_fast_csum(iph, 0, 5));
            int from = get32(iph, 12);

            int check = Csum.csum_replace4(get16(iph, 10), from, 0x0a000001);
            put32(iph, 12, 0x0a000001);
            put16(iph, 10, check);

            assertThat(Csum.ip_fast_csum(iph, 0, 5)).isZero();
        }
    }

    @Nested
    class csum_replace2 {
        @Test
        @DisplayName("gives what computing the checksum anew would: a length that changes")
        void changed() {
            byte[] iph = random(20);
            put16(iph, 10, 0);
            put16(iph, 10, Csum.ip_fast_csum(iph, 0, 5));
            int from = get16(iph, 2);

            int check = Csum.csum_replace2(get16(iph, 10), from, 0xfff0);
            put16(iph, 2, 0xfff0);
            put16(iph, 10, check);

            assertThat(Csum.ip_fast_csum(iph, 0, 5)).isZero();
        }
    }

    @Nested
    class ip_fast_csum {
        @Test
        @DisplayName("agrees with the kernel for headers of every length")
        void vectors() {
            Vectors.each("ip_fast_csum", row -> {
                byte[] header = row.bytes("in.header");

                int check = Csum.ip_fast_csum(header, 0, row.i32("in.ihl"));

                assertThat(check).as("%s", row).isEqualTo(Integer.parseInt(row.text("out.wire"), 16));
            });
        }

        @Test
        @DisplayName("a header shorter than 20 bytes is not summed up: its first two bytes come back")
        void short_header() {
            assertThat(Csum.ip_fast_csum(new byte[] {0x12, 0x34, 0x56, 0x78}, 0, 1)).isEqualTo(0x1234);
        }
    }

    @Nested
    class csum_tcpudp_nofold {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_v4_check", row -> {
                int sum = Csum.csum_tcpudp_nofold(
                        row.be32("in.saddr"),
                        row.be32("in.daddr"),
                        row.i32("in.len"),
                        row.i32("in.proto"),
                        mem(row, "in.base_mem"));

                assertThat(Csum.csum_fold(sum))
                        .as("%s", row)
                        .isEqualTo(mem16(row, "out.csum_fold_of_csum_tcpudp_nofold_mem"));
            });
        }
    }

    @Nested
    class csum_tcpudp_magic {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_v4_check", row -> {
                int check = Csum.csum_tcpudp_magic(
                        row.be32("in.saddr"),
                        row.be32("in.daddr"),
                        row.i32("in.len"),
                        row.i32("in.proto"),
                        mem(row, "in.base_mem"));

                assertThat(check).as("%s", row).isEqualTo(row.i32("out.csum_tcpudp_magic_big_endian"));
            });
        }

        @Test
        @DisplayName("over a whole segment it gives the checksum that the kernel sends")
        void segments() {
            Vectors.each("tcp_segment_checksum", row -> {
                byte[] segment = row.bytes("in.segment_with_zero_checksum");

                int check = Csum.csum_tcpudp_magic(
                        row.be32("in.saddr"),
                        row.be32("in.daddr"),
                        segment.length,
                        6,
                        Csum.csum_partial(segment, 0, segment.length, 0));

                assertThat(check).as("%s", row).isEqualTo(Integer.parseInt(row.text("out.checksum_wire"), 16));
            });
        }
    }

    @Nested
    class ip_compute_csum {
        @Test
        @DisplayName("an ICMP message with its checksum in place sums up to 0")
        void icmp() {
            byte[] b = random(41);
            put16(b, 2, 0);
            put16(b, 2, Csum.ip_compute_csum(b, 0, b.length));

            assertThat(Csum.ip_compute_csum(b, 0, b.length)).isZero();
        }
    }

    @Nested
    class csum_partial_copy_nocheck {
        @Test
        @DisplayName("copies, and returns the sum of what it copied")
        void both() {
            byte[] src = random(50);
            byte[] dst = new byte[60];

            int sum = Csum.csum_partial_copy_nocheck(src, 3, dst, 5, 40, 0x1234);

            assertThat(Arrays.copyOfRange(dst, 5, 45)).isEqualTo(Arrays.copyOfRange(src, 3, 43));
            assertThat(dst[4]).isZero();
            assertThat(dst[45]).isZero();
            assertThat(sum).isEqualTo(Csum.csum_partial(src, 3, 40, 0x1234));
        }
    }

    @Nested
    class csum_and_copy_from_user {
        private final IntRef err = new IntRef(-1);

        @Test
        @DisplayName("copies, and returns the sum of what it copied")
        void both() {
            byte[] dst = new byte[20];

            int sum = Csum.csum_and_copy_from_user(random(20), 2, dst, 1, 18, 5, err);

            assertThat(err.val).isZero();
            assertThat(sum).isEqualTo(Csum.csum_partial(random(20), 2, 18, 5));
            assertThat(Arrays.copyOfRange(dst, 1, 19)).isEqualTo(Arrays.copyOfRange(random(20), 2, 20));
        }

        @Test
        @DisplayName("a bad pointer: -EFAULT, zeroes, and the sum as it was")
        void fault() {
            byte[] dst = random(20);

            assertThat(Csum.csum_and_copy_from_user(null, 0, dst, 2, 10, 5, err)).isEqualTo(5);

            assertThat(err.val).isEqualTo(-EFAULT);
            assertThat(Arrays.copyOfRange(dst, 2, 12)).containsOnly(0);
            assertThat(dst[12]).isEqualTo(random(20)[12]);
        }
    }

    @Nested
    class csum_and_copy_to_user {
        private final IntRef err = new IntRef(-1);

        @Test
        @DisplayName("copies, and returns the sum of what it copied")
        void both() {
            byte[] dst = new byte[20];

            int sum = Csum.csum_and_copy_to_user(random(20), 2, dst, 1, 18, 5, err);

            assertThat(err.val).isZero();
            assertThat(sum).isEqualTo(Csum.csum_partial(random(20), 2, 18, 5));
            assertThat(Arrays.copyOfRange(dst, 1, 19)).isEqualTo(Arrays.copyOfRange(random(20), 2, 20));
        }

        @Test
        @DisplayName("too little memory: -EFAULT and nothing copied")
        void fault() {
            byte[] dst = new byte[17];

            assertThat(Csum.csum_and_copy_to_user(random(20), 2, dst, 0, 18, 5, err)).isZero();

            assertThat(err.val).isEqualTo(-EFAULT);
            assertThat(dst).containsOnly(0);
        }
    }
}
