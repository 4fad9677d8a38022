// SPDX-License-Identifier: GPL-2.0-only
package scenario;

/** What the tasks send: byte {@code i} of each direction of each connection is {@code i * 31 + 7}. */
public final class Pattern {
    private Pattern() {}

    public static byte at(long i) {
        return (byte) (i * 31 + 7);
    }

    /** {@code n} bytes, the first of which is byte number {@code from}. */
    public static byte[] bytes(long from, int n) {
        byte[] b = new byte[n];
        for (int i = 0; i < n; i++) {
            b[i] = at(from + i);
        }
        return b;
    }

    /** The first of {@code n} bytes that is wrong, counted like {@code from}; -1: all are right. */
    public static long firstWrong(byte[] b, int n, long from) {
        for (int i = 0; i < n; i++) {
            if (b[i] != at(from + i)) {
                return from + i;
            }
        }
        return -1;
    }
}
