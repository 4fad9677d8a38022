// SPDX-License-Identifier: GPL-2.0-only
package linux.jhash;

import static org.assertj.core.api.Assertions.assertThat;

import linux.types.Be;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class JhashTest {
    @Nested
    class jhash_3words {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("inet_hashes", row -> assertThat(Jhash.jhash_3words(
                            row.i32("in.lport"), row.i32("in.hsize"), 3, row.i32("in.initval")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.jhash_3words_1_2_3")));
        }
    }

    @Nested
    class jhash_2words {
        @Test
        @DisplayName("agrees with the real kernel's hash of requests: address and port as they lie in memory")
        void vectors() {
            Vectors.each("inet_hashes", row -> assertThat(Jhash.jhash_2words(
                                    Be.raw32(row.be32("in.faddr")),
                                    Be.raw16(row.i32("in.fport")),
                                    row.i32("in.initval"))
                            & row.i32("in.hsize") - 1)
                    .as("%s", row)
                    .isEqualTo(row.i32("out.inet_synq_hash")));
        }
    }

    @Nested
    class jhash_1word {
        @Test
        @DisplayName("is the hash of three words of which two are 0")
        void zeroes() {
            assertThat(Jhash.jhash_1word(5, 6)).isEqualTo(Jhash.jhash_3words(5, 0, 0, 6)).isNotEqualTo(0);
        }
    }
}
