// SPDX-License-Identifier: GPL-2.0-only
package linux.hash;

/** A quick hash of a number, from {@code include/linux/hash.h}. */
public final class Hash {
    private Hash() {}

    private static final int GOLDEN_RATIO_PRIME_32 = 0x9e370001;

    /** @return {@code bits} bits of it */
    public static int hash_32(int val, int bits) {
        int hash = val * GOLDEN_RATIO_PRIME_32;

        return hash >>> 32 - bits;
    }
}
