// SPDX-License-Identifier: GPL-2.0-only
package linux.cryptohash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class Md5Test {
    @Nested
    class md5_transform {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("sha_md5_transform", row -> {
                int[] state = Sha1Test.leWords(row.bytes("in.md5_state_le_words"));

                Md5.md5_transform(state, Sha1Test.leWords(row.bytes("in.md5_in_le_words")));

                assertThat(state).as("%s", row).containsExactly(Sha1Test.leWords(row.bytes("out.md5_state_le_words")));
            });
        }
    }
}
