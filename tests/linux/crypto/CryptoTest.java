// SPDX-License-Identifier: GPL-2.0-only
package linux.crypto;

import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class CryptoTest {
    @Nested
    class crypto_alloc_cipher {
        @Test
        @DisplayName("an unknown cipher is an error pointer")
        void unknown() {
            crypto_cipher tfm = Crypto.crypto_alloc_cipher("rot13", 0, 0);

            assertThat(IS_ERR(tfm)).isTrue();
            assertThat(PTR_ERR(tfm)).isEqualTo(-ENOENT);
        }
    }

    @Nested
    class crypto_cipher_setkey {
        @Test
        @DisplayName("AES has no keys of 15 bytes")
        void wrong_length() {
            crypto_cipher tfm = Crypto.crypto_alloc_cipher("aes", 0, 0);

            assertThat(Crypto.crypto_cipher_setkey(tfm, new byte[16], 15)).isEqualTo(-EINVAL);
            assertThat(Crypto.crypto_cipher_setkey(tfm, new byte[16], 16)).isZero();
        }
    }

    @Nested
    class crypto_cipher_encrypt_one {
        @Test
        @DisplayName("agrees with the real kernel's Fast Open cookies: both addresses and eight zeroes under a key")
        void vectors() {
            crypto_cipher tfm = Crypto.crypto_alloc_cipher("aes", 0, 0);
            byte[] key = new byte[16];
            for (int i = 0; i < 16; i++) {
                key[i] = (byte) (0x11 * i);
            }
            assertThat(Crypto.crypto_cipher_setkey(tfm, key, 16)).isZero();

            Vectors.each("tcp_fastopen_cookie_gen", row -> {
                byte[] path = new byte[16];
                System.arraycopy(row.bytes("in.saddr"), 0, path, 0, 4);
                System.arraycopy(row.bytes("in.daddr"), 0, path, 4, 4);
                byte[] cookie = new byte[16];

                Crypto.crypto_cipher_encrypt_one(tfm, cookie, path);

                assertThat(cookie).as("%s", row).containsExactly(row.bytes("out.foc.val"));
            });
        }
    }
}
