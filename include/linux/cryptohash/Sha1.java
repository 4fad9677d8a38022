// SPDX-License-Identifier: GPL-2.0-only
package linux.cryptohash;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.types.Be;

/**
 * SHA-1 (FIPS 180-4) one block at a time, {@code lib/sha1.c}. SYN cookies and the keys of MPTCP need the bare
 * compression function, which no library offers; padding is their own business.
 */
public final class Sha1 {
    private Sha1() {}

    public static final int SHA_DIGEST_WORDS = 5;

    /** Bytes of a block. */
    public static final int SHA_MESSAGE_BYTES = 64;

    public static final int SHA_WORKSPACE_WORDS = 16;

    /**
     * Works the 64 bytes at {@code data_at} into {@code digest}.
     *
     * @param array the last 16 words of the message schedule, {@link #SHA_WORKSPACE_WORDS} long; scratch
     */
    public static void sha_transform(int[] digest, byte[] data, int data_at, int[] array) {
        Clock.spend(Costs.costs().hash());
        int a = digest[0];
        int b = digest[1];
        int c = digest[2];
        int d = digest[3];
        int e = digest[4];

        for (int t = 0; t < 80; t++) {
            int w = t < 16
                    ? Be.get32(data, data_at + 4 * t)
                    : Integer.rotateLeft(
                            array[t + 13 & 15] ^ array[t + 8 & 15] ^ array[t + 2 & 15] ^ array[t & 15], 1);
            array[t & 15] = w;

            int f;
            int k;
            if (t < 20) {
                f = (c ^ d) & b ^ d;
                k = 0x5a827999;
            } else if (t < 40) {
                f = b ^ c ^ d;
                k = 0x6ed9eba1;
            } else if (t < 60) {
                f = (b & c) + (d & (b ^ c));
                k = 0x8f1bbcdc;
            } else {
                f = b ^ c ^ d;
                k = 0xca62c1d6;
            }

            int temp = Integer.rotateLeft(a, 5) + f + e + k + w;
            e = d;
            d = c;
            c = Integer.rotateLeft(b, 30);
            b = a;
            a = temp;
        }

        digest[0] += a;
        digest[1] += b;
        digest[2] += c;
        digest[3] += d;
        digest[4] += e;
    }

    /** The state before the first block. */
    public static void sha_init(int[] buf) {
        buf[0] = 0x67452301;
        buf[1] = 0xefcdab89;
        buf[2] = 0x98badcfe;
        buf[3] = 0x10325476;
        buf[4] = 0xc3d2e1f0;
    }
}
