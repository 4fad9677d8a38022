// SPDX-License-Identifier: GPL-2.0-only
package linux.hash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class HashTest {
    @Nested
    class hash_32 {
        @Test
        @DisplayName("keeps the highest bits of the product")
        void highest() {
            assertThat(Hash.hash_32(1, 32)).isEqualTo(0x9e370001);
            assertThat(Hash.hash_32(1, 8)).isEqualTo(0x9e);
            assertThat(Hash.hash_32(2, 8)).isEqualTo(0x3c);
        }
    }
}
