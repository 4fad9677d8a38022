// SPDX-License-Identifier: GPL-2.0-only
package linux.cryptohash;

/**
 * The compression function of MD5 (RFC 1321), {@code lib/md5.c}: initial sequence numbers and the keys and nonces of
 * MPTCP are one round of it over a secret.
 */
public final class Md5 {
    private Md5() {}

    public static final int MD5_DIGEST_WORDS = 4;

    /** Bytes of a block. */
    public static final int MD5_MESSAGE_BYTES = 64;

    /** {@code floor(2^32 * abs(sin(i + 1)))}: the constants of the 64 steps. */
    private static final int[] K = new int[64];

    static {
        for (int i = 0; i < 64; i++) {
            K[i] = (int) (long) (Math.abs(StrictMath.sin(i + 1)) * (1L << 32));
        }
    }

    /** By how much the four steps of each round rotate. */
    private static final int[][] ROTATE = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

    /**
     * Works a block into {@code hash}. Both are words as a little-endian machine reads them from memory.
     *
     * @param in 16 words
     */
    public static void md5_transform(int[] hash, int[] in) {
        int a = hash[0];
        int b = hash[1];
        int c = hash[2];
        int d = hash[3];

        for (int i = 0; i < 64; i++) {
            int f;
            int word;
            switch (i >> 4) {
                case 0:
                    f = d ^ b & (c ^ d);
                    word = i;
                    break;
                case 1:
                    f = c ^ d & (b ^ c);
                    word = 5 * i + 1;
                    break;
                case 2:
                    f = b ^ c ^ d;
                    word = 3 * i + 5;
                    break;
                default:
                    f = c ^ (b | ~d);
                    word = 7 * i;
                    break;
            }

            int sum = a + f + in[word & 15] + K[i];
            a = d;
            d = c;
            c = b;
            b += Integer.rotateLeft(sum, ROTATE[i >> 4][i & 3]);
        }

        hash[0] += a;
        hash[1] += b;
        hash[2] += c;
        hash[3] += d;
    }
}
