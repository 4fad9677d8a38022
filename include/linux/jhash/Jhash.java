// SPDX-License-Identifier: GPL-2.0-only
package linux.jhash;

/**
 * Bob Jenkins' hash "lookup3" over a few words, from {@code include/linux/jhash.h}: spreads connections and requests
 * over hash tables. With a random {@code initval} nobody outside can aim at one chain.
 */
public final class Jhash {
    private Jhash() {}

    public static final int JHASH_INITVAL = 0xdeadbeef;

    private static int rol32(int word, int shift) {
        return Integer.rotateLeft(word, shift);
    }

    public static int jhash_3words(int a, int b, int c, int initval) {
        a += JHASH_INITVAL;
        b += JHASH_INITVAL;
        c += initval;

        // __jhash_final
        c ^= b;
        c -= rol32(b, 14);
        a ^= c;
        a -= rol32(c, 11);
        b ^= a;
        b -= rol32(a, 25);
        c ^= b;
        c -= rol32(b, 16);
        a ^= c;
        a -= rol32(c, 4);
        b ^= a;
        b -= rol32(a, 14);
        c ^= b;
        c -= rol32(b, 24);

        return c;
    }

    public static int jhash_2words(int a, int b, int initval) {
        return jhash_3words(a, b, 0, initval);
    }

    public static int jhash_1word(int a, int initval) {
        return jhash_3words(a, 0, 0, initval);
    }
}
