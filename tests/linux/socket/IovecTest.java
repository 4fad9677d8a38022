// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

import static linux.errno.Errno.EFAULT;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import linux.compiler.IntRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class IovecTest {
    /** Pieces of these sizes, filled with bytes that count up from 1 over all of them; 3 bytes in front of each. */
    private static iovec[] iov(int... sizes) {
        iovec[] iov = new iovec[sizes.length];
        int next = 1;
        for (int i = 0; i < sizes.length; i++) {
            byte[] base = new byte[3 + sizes[i]];
            System.arraycopy(Skbs.count(next, sizes[i]), 0, base, 3, sizes[i]);
            iov[i] = new iovec(base, 3, sizes[i]);
            next += sizes[i];
        }
        return iov;
    }

    private static int left(iovec[] iov) {
        int n = 0;
        for (iovec v : iov) {
            n += v.iov_len;
        }
        return n;
    }

    private static int sum(byte[] b) {
        return csum_fold(csum_partial(b, 0, b.length, 0));
    }

    @Nested
    class memcpy_fromiovec {
        @Test
        @DisplayName("takes bytes off the front, over piece after piece, and goes on there the next time")
        void shrinks() {
            iovec[] iov = iov(2, 0, 5, 4);
            byte[] to = new byte[12];

            assertThat(Iovec.memcpy_fromiovec(to, 1, iov, 4)).isZero();
            assertThat(iov[2].iov_len).isEqualTo(3);
            assertThat(iov[2].iov_off).isEqualTo(5);
            assertThat(Iovec.memcpy_fromiovec(to, 5, iov, 6)).isZero();

            assertThat(to).isEqualTo(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0});
            assertThat(left(iov)).isOne();
        }

        @Test
        @DisplayName("a null pointer, memory too short or an iovec too short: -EFAULT")
        void fault() {
            byte[] to = new byte[10];

            assertThat(Iovec.memcpy_fromiovec(to, 0, new iovec[] {new iovec(null, 0, 5)}, 5)).isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_fromiovec(to, 0, new iovec[] {new iovec(new byte[4], 0, 5)}, 5))
                    .isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_fromiovec(to, 0, iov(4), 5)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class memcpy_toiovec {
        @Test
        @DisplayName("gives bytes to the front, over piece after piece, and goes on there the next time")
        void shrinks() {
            iovec[] iov = {new iovec(new byte[4], 2, 2), new iovec(new byte[0], 0, 0), new iovec(new byte[5], 0, 5)};
            byte[] data = Skbs.count(1, 7);

            assertThat(Iovec.memcpy_toiovec(iov, data, 0, 3)).isZero();
            assertThat(Iovec.memcpy_toiovec(iov, data, 3, 4)).isZero();

            assertThat(iov[0].iov_base).isEqualTo(new byte[] {0, 0, 1, 2});
            assertThat(iov[2].iov_base).isEqualTo(new byte[] {3, 4, 5, 6, 7});
            assertThat(left(iov)).isZero();
        }

        @Test
        @DisplayName("a null pointer, memory too short or an iovec too short: -EFAULT")
        void fault() {
            byte[] data = new byte[10];

            assertThat(Iovec.memcpy_toiovec(new iovec[] {new iovec(null, 0, 5)}, data, 0, 5)).isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_toiovec(new iovec[] {new iovec(new byte[7], 3, 5)}, data, 0, 5))
                    .isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_toiovec(iov(4), data, 0, 5)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class memcpy_toiovecend {
        @Test
        @DisplayName("gives bytes from an offset on and leaves the iovec as it is")
        void offset() {
            iovec[] iov = {new iovec(new byte[4], 0, 4), new iovec(new byte[4], 0, 4)};

            assertThat(Iovec.memcpy_toiovecend(iov, Skbs.count(1, 5), 1, 3, 3)).isZero();

            assertThat(iov[0].iov_base).isEqualTo(new byte[] {0, 0, 0, 2});
            assertThat(iov[1].iov_base).isEqualTo(new byte[] {3, 4, 0, 0});
            assertThat(left(iov)).isEqualTo(8);
        }

        @Test
        @DisplayName("a null pointer or an iovec too short: -EFAULT")
        void fault() {
            assertThat(Iovec.memcpy_toiovecend(new iovec[] {new iovec(null, 0, 5)}, new byte[4], 0, 1, 4))
                    .isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_toiovecend(iov(4), new byte[4], 0, 1, 4)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class memcpy_fromiovecend {
        @Test
        @DisplayName("takes bytes from an offset on and leaves the iovec as it is")
        void offset() {
            iovec[] iov = iov(3, 0, 4, 4);
            byte[] to = new byte[6];

            assertThat(Iovec.memcpy_fromiovecend(to, 1, iov, 3, 5)).isZero();

            assertThat(to).isEqualTo(new byte[] {0, 4, 5, 6, 7, 8});
            assertThat(left(iov)).isEqualTo(11);
        }

        @Test
        @DisplayName("no bytes are fine even without an iovec")
        void nothing() {
            assertThat(Iovec.memcpy_fromiovecend(new byte[0], 0, new iovec[0], 0, 0)).isZero();
        }

        @Test
        @DisplayName("a null pointer, an offset behind the end or an iovec too short: -EFAULT")
        void fault() {
            byte[] to = new byte[8];

            assertThat(Iovec.memcpy_fromiovecend(to, 0, new iovec[] {new iovec(null, 0, 5)}, 1, 4))
                    .isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_fromiovecend(to, 0, iov(4), 4, 1)).isEqualTo(-EFAULT);
            assertThat(Iovec.memcpy_fromiovecend(to, 0, iov(4), 1, 4)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class csum_partial_copy_fromiovecend {
        @ParameterizedTest
        @CsvSource({"0, 30", "0, 29", "1, 28", "2, 17", "5, 6", "9, 1", "12, 18", "29, 1"})
        @DisplayName("copies and sums up pieces of any size, from any place on")
        void any_pieces(int offset, int len) {
            iovec[] iov = iov(5, 1, 1, 0, 2, 3, 8, 10);
            byte[] to = new byte[len + 2];
            IntRef csum = new IntRef();

            assertThat(Iovec.csum_partial_copy_fromiovecend(to, 1, iov, offset, len, csum))
                    .isZero();

            byte[] expected = Skbs.count(1 + offset, len);
            assertThat(Arrays.copyOfRange(to, 1, 1 + len)).isEqualTo(expected);
            assertThat(to[0]).isZero();
            assertThat(to[len + 1]).isZero();
            assertThat(csum_fold(csum.val)).isEqualTo(sum(expected));
            assertThat(left(iov)).isEqualTo(30);
        }

        @Test
        @DisplayName("adds to the sum it is given")
        void adds() {
            IntRef csum = new IntRef(0x1111);

            Iovec.csum_partial_copy_fromiovecend(new byte[4], 0, iov(4), 0, 4, csum);

            assertThat(csum_fold(csum.val)).isEqualTo(csum_fold(0x1111 + 0x0102 + 0x0304));
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3})
        @DisplayName("a piece that is not there: -EFAULT, and the sum as it was")
        void fault(int bad) {
            iovec[] iov = iov(5, 2, 1, 9);
            iov[bad].iov_base = null;
            IntRef csum = new IntRef(77);

            assertThat(Iovec.csum_partial_copy_fromiovecend(new byte[17], 0, iov, 0, 17, csum))
                    .isEqualTo(-EFAULT);
            assertThat(csum.val).isEqualTo(77);
        }

        @Test
        @DisplayName("an iovec too short: -EFAULT")
        void too_short() {
            assertThat(Iovec.csum_partial_copy_fromiovecend(new byte[9], 0, iov(4, 4), 0, 9, new IntRef()))
                    .isEqualTo(-EFAULT);
        }
    }
}
