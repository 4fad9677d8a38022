// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.bytes;

import linux.compiler.BoolRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class OnceTest {
    @Nested
    class net_get_random_once {
        @Test
        @DisplayName("draws the secret the first time, and leaves it alone ever after")
        void words() {
            int[] secret = new int[4];
            BoolRef done = new BoolRef();
            assertThat(Once.net_get_random_once(secret, done)).isTrue();
            int[] drawn = secret.clone();
            assertThat(drawn).isNotEqualTo(new int[4]);

            assertThat(Once.net_get_random_once(secret, done)).isFalse();
            assertThat(secret).isEqualTo(drawn);
        }

        @Test
        @DisplayName("the same for bytes")
        void bytes() {
            byte[] secret = new byte[16];
            BoolRef done = new BoolRef();
            assertThat(Once.net_get_random_once(secret, done)).isTrue();
            byte[] drawn = secret.clone();
            assertThat(drawn).isNotEqualTo(new byte[16]);

            assertThat(Once.net_get_random_once(secret, done)).isFalse();
            assertThat(secret).isEqualTo(drawn);
        }
    }
}
