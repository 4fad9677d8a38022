// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import java.util.Arrays;
import java.util.SplittableRandom;

/** What a direction of a connection carries: random bytes that repeat after a prime number of them, so that nothing can be misplaced unseen. */
final class Content {
    private Content() {}

    private static final int PERIOD = 1_000_003;

    /** Bytes of one system call, at most. */
    static final int CHUNK = 64 * 1024;

    private static final byte[] TABLE = new byte[PERIOD + CHUNK];

    static {
        new SplittableRandom(7).nextBytes(TABLE);
        System.arraycopy(TABLE, 0, TABLE, PERIOD, CHUNK);
    }

    /** An array in which the bytes from number {@code n} on lie, {@link #CHUNK} of them, from {@link #at} on. */
    static byte[] table() {
        return TABLE;
    }

    static int at(long n) {
        return (int) (n % PERIOD);
    }

    /** {@code len} bytes from number {@code n} on. */
    static byte[] bytes(long n, int len) {
        byte[] b = new byte[len];
        for (int i = 0; i < len; i++) {
            b[i] = TABLE[at(n + i)];
        }
        return b;
    }

    /** Which of {@code len} bytes, the first of which should be number {@code n}, is wrong? -1: none. */
    static int firstWrong(byte[] b, int len, long n) {
        int at = at(n);
        return Arrays.mismatch(b, 0, len, TABLE, at, at + len);
    }
}
