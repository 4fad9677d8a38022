// SPDX-License-Identifier: GPL-2.0-only
package linux.jump_label;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class JumpLabelTest {
    private final static_key key = new static_key();

    @Nested
    class static_key_false {
        @Test
        @DisplayName("is on as long as anybody wants it on")
        void counted() {
            assertThat(JumpLabel.static_key_false(key)).isFalse();

            JumpLabel.static_key_slow_inc(key);
            JumpLabel.static_key_slow_inc(key);
            JumpLabel.static_key_slow_dec(key);
            assertThat(JumpLabel.static_key_false(key)).isTrue();

            JumpLabel.static_key_slow_dec(key);
            assertThat(JumpLabel.static_key_false(key)).isFalse();
        }
    }
}
