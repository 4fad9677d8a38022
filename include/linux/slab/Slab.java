// SPDX-License-Identifier: GPL-2.0-only
package linux.slab;

/**
 * Sizes of the general slab caches, {@code include/linux/slab.h}. Only the sizes matter: a buffer is as
 * large as its cache's objects, and the stack makes use of the whole of it.
 */
public final class Slab {
    private Slab() {}

    private static final int KMALLOC_MAX_CACHE_SIZE = 8192;

    /** How large the object really is that {@code kmalloc(size)} returns, in bytes. */
    public static int ksize(int size) {
        if (size <= 8) {
            return 8;
        }
        if (size > 64 && size <= 96) {
            return 96;
        }
        if (size > 128 && size <= 192) {
            return 192;
        }
        if (size <= KMALLOC_MAX_CACHE_SIZE) {
            return Integer.highestOneBit(size - 1) << 1;
        }
        // Larger ones are whole pages, a power of two of them.
        return Math.max(Integer.highestOneBit(size - 1) << 1, 4096);
    }
}
