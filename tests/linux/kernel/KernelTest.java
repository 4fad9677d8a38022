// SPDX-License-Identifier: GPL-2.0-only
package linux.kernel;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ERANGE;
import static org.assertj.core.api.Assertions.assertThat;

import linux.compiler.LongRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelTest {
    @Nested
    class kstrtoul {
        private final LongRef res = new LongRef(-7);

        @ParameterizedTest
        @CsvSource({
            "10, 0, 10", "+10, 0, 10", "0x1F, 0, 31", "0X1f, 16, 31", "1f, 16, 31", "017, 0, 15", "0, 0, 0",
            "017, 10, 17", "18446744073709551615, 10, -1", "0xffffffffffffffff, 0, -1"
        })
        @DisplayName("numbers in the base that they or the caller say")
        void numbers(String s, int base, long value) {
            assertThat(Kernel.kstrtoul(s, base, res)).isZero();
            assertThat(res.val).isEqualTo(value);
            assertThat(Kernel.kstrtoul(s + "\n", base, res)).isZero();
            assertThat(res.val).isEqualTo(value);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "-1", "1x", " 1", "1 ", "0x", "08", "\u0661", "+", "1\n\n"})
        @DisplayName("what is no number is refused, and changes nothing")
        void none(String s) {
            assertThat(Kernel.kstrtoul(s, 0, res)).isEqualTo(-EINVAL);
            assertThat(res.val).isEqualTo(-7);
        }

        @ParameterizedTest
        @ValueSource(strings = {"18446744073709551616", "0x10000000000000000"})
        @DisplayName("what does not fit is refused, and changes nothing")
        void large(String s) {
            assertThat(Kernel.kstrtoul(s, 0, res)).isEqualTo(-ERANGE);
            assertThat(res.val).isEqualTo(-7);
        }
    }
}
