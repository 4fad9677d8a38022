// SPDX-License-Identifier: GPL-2.0-only
package linux.uaccess;

import static linux.errno.Errno.EFAULT;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserTest {
    @Nested
    class strncpy_from_user {
        private final byte[] to = new byte[8];

        @Test
        @DisplayName("up to the NUL, which counts not")
        void nul() {
            assertThat(User.strncpy_from_user(to, "ab\0cd".getBytes(), 8)).isEqualTo(2);
            assertThat(to).startsWith('a', 'b', 0, 0);
        }

        @Test
        @DisplayName("as many bytes as there is room for")
        void room() {
            assertThat(User.strncpy_from_user(to, "abcdef".getBytes(), 3)).isEqualTo(3);
            assertThat(to).startsWith('a', 'b', 'c', 0);
        }

        @Test
        @DisplayName("memory that ends before: -EFAULT; nothing asked for: 0")
        void fault() {
            assertThat(User.strncpy_from_user(to, "abc".getBytes(), 4)).isEqualTo(-EFAULT);
            assertThat(User.strncpy_from_user(to, null, 1)).isEqualTo(-EFAULT);
            assertThat(User.strncpy_from_user(to, null, 0)).isZero();
        }
    }
}
