// SPDX-License-Identifier: GPL-2.0-only
package linux.bootmem;

import static linux.kernel.Kernel.fls64;
import static linux.kernel.Kernel.ilog2;
import static linux.mm.Mm.PAGE_SHIFT;
import static linux.mm.Mm.nr_free_buffer_pages;
import static linux.printk.Printk.printk;

import java.util.function.IntFunction;
import linux.compiler.IntRef;

/** Tables that are made at boot and stay, {@code include/linux/bootmem.h}. */
public final class Bootmem {
    private Bootmem() {}

    /**
     * A hash table: a power of two of buckets, by the size of memory if the caller does not know better.
     *
     * @param table makes the array, to be filled by the caller
     * @param bucketsize bytes of a bucket in C
     * @param numentries how many buckets are wanted; 0: one for each {@code 1 << scale} bytes of memory
     * @param _hash_shift out, unless null: the logarithm of the number of buckets
     * @param _hash_mask out, unless null: the number less 1
     * @param high_limit 0: as many as fit into a sixteenth of the memory
     */
    public static <T> T[] alloc_large_system_hash(String tablename, IntFunction<T[]> table, int bucketsize,
            long numentries, int scale, int flags, IntRef _hash_shift, IntRef _hash_mask, long low_limit,
            long high_limit) {
        long max = high_limit;
        int log2qty;
        long size;

        if (numentries == 0) {
            numentries = nr_free_buffer_pages();

            // Whole megabytes.
            numentries = numentries + 255 & -256;

            if (scale > PAGE_SHIFT) {
                numentries >>= scale - PAGE_SHIFT;
            } else {
                numentries <<= PAGE_SHIFT - scale;
            }
        }
        numentries = 1L << fls64(numentries - 1);

        if (max == 0) {
            max = (nr_free_buffer_pages() << PAGE_SHIFT) / 16 / bucketsize;
        }
        max = Math.min(max, 0x80000000L);

        numentries = Math.max(numentries, low_limit);
        numentries = Math.min(numentries, max);

        log2qty = ilog2((int) numentries);
        size = (long) bucketsize << log2qty;

        printk("%s hash table entries: %d (order: %d, %d bytes)\n",
                tablename, 1L << log2qty, ilog2((int) size) - PAGE_SHIFT, size);

        if (_hash_shift != null) {
            _hash_shift.val = log2qty;
        }
        if (_hash_mask != null) {
            _hash_mask.val = (1 << log2qty) - 1;
        }

        return table.apply(1 << log2qty);
    }
}
