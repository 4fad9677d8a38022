// SPDX-License-Identifier: GPL-2.0-only
package linux.cryptohash;

import static linux.cryptohash.Sha1.SHA_DIGEST_WORDS;
import static linux.cryptohash.Sha1.SHA_WORKSPACE_WORDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import linux.types.Be;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class Sha1Test {
    /** Words as they lie in the memory of a little-endian machine. */
    static int[] leWords(byte[] b) {
        int[] words = new int[b.length / 4];
        for (int i = 0; i < words.length; i++) {
            words[i] = Be.raw32(Be.get32(b, 4 * i));
        }
        return words;
    }

    @Nested
    class sha_transform {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("sha_md5_transform", row -> {
                int[] state = leWords(row.bytes("in.sha_state_le_words"));

                Sha1.sha_transform(state, row.bytes("in.block"), 0, new int[SHA_WORKSPACE_WORDS]);

                assertThat(state).as("%s", row).containsExactly(leWords(row.bytes("out.sha_state_le_words")));
            });
        }

        @Test
        @DisplayName("with padding it is the SHA-1 that everybody knows, wherever in the array the block begins")
        void whole_hash() throws NoSuchAlgorithmException {
            byte[] block = new byte[70];
            block[6] = 'a';
            block[7] = 'b';
            block[8] = 'c';
            block[9] = (byte) 0x80;
            block[69] = 24;
            int[] state = new int[SHA_DIGEST_WORDS];
            Sha1.sha_init(state);

            Sha1.sha_transform(state, block, 6, new int[SHA_WORKSPACE_WORDS]);

            byte[] expected = MessageDigest.getInstance("SHA-1").digest("abc".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < SHA_DIGEST_WORDS; i++) {
                assertThat(state[i]).isEqualTo(Be.get32(expected, 4 * i));
            }
        }
    }

    @Nested
    class sha_init {
        @Test
        @DisplayName("sets the state that FIPS 180-4 begins with")
        void state() {
            int[] state = new int[SHA_DIGEST_WORDS];

            Sha1.sha_init(state);

            assertThat(state).containsExactly(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
        }
    }
}
