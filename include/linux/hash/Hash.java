// SPDX-License-Identifier: GPL-2.0-only
package linux.hash;

/** Hashing by multiplication, from {@code include/linux/hash.h}. */
public final class Hash {
    private Hash() {}

    /** 2^31 + 2^29 - 2^25 + 2^22 - 2^19 - 2^16 + 1, a prime near the golden ratio of 2^32. */
    private static final int GOLDEN_RATIO_PRIME_32 = 0x9e370001;

    /** The highest {@code bits} bits (1 to 32) of the product: these depend on all of {@code val}. */
    public static int hash_32(int val, int bits) {
        int hash = val * GOLDEN_RATIO_PRIME_32;

        return hash >>> 32 - bits;
    }
}
