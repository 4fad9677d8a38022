// SPDX-License-Identifier: GPL-2.0-only
package linux.mm;

import java.util.ArrayDeque;
import linux.gfp.Gfp;

/** Pages, {@code include/linux/mm.h}. Pages of the common sizes are kept for the next user. */
public final class Mm {
    private Mm() {}

    public static final int PAGE_SHIFT = 12;
    public static final int PAGE_SIZE = 1 << PAGE_SHIFT;

    /** Up to this order an allocation is expected to succeed. */
    public static final int PAGE_ALLOC_COSTLY_ORDER = 3;

    /** Memory of the machine in pages: 1 GiB less what the kernel itself takes, as in the recordings. */
    public static final int totalram_pages = 255_000;

    private static final int MAX_ORDER = 4;
    private static final int KEEP = 256;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static final ArrayDeque<byte[]>[] free = new ArrayDeque[MAX_ORDER];

    static {
        for (int i = 0; i < MAX_ORDER; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    private static int pages;

    /** Called when the machine boots. */
    public static void boot() {
        pages = 0;
        for (ArrayDeque<byte[]> f : free) {
            // What an earlier machine has written must not be seen by this one.
            f.clear();
        }
    }

    /** Pages in use, for those who check that nothing was left behind. */
    public static int pagesInUse() {
        return pages;
    }

    /** @return {@code 1 << order} pages in one piece, or null. The content is whatever was there before. */
    public static page alloc_pages(int gfp, int order) {
        if (Gfp.fails(gfp)) {
            return null;
        }
        byte[] data = order < MAX_ORDER ? free[order].pollLast() : null;
        pages++;
        return new page(data != null ? data : new byte[PAGE_SIZE << order]);
    }

    public static page alloc_page(int gfp) {
        return alloc_pages(gfp, 0);
    }

    public static int page_count(page p) {
        return p._count;
    }

    public static void get_page(page p) {
        p._count++;
    }

    /** Gives back one use; after the last one the memory may be handed out again at once. */
    public static void put_page(page p) {
        linux.bug.Bug.BUG_ON(p._count <= 0);
        if (--p._count == 0) {
            pages--;
            int order = Integer.numberOfTrailingZeros(p.data.length) - PAGE_SHIFT;
            if (order < MAX_ORDER && free[order].size() < KEEP) {
                free[order].addLast(p.data);
            }
        }
    }

    public static void __free_page(page p) {
        put_page(p);
    }

    /** Pages that buffers may take: from them {@code tcp_mem} follows as it was where the recordings were made. */
    public static long nr_free_buffer_pages() {
        return 256_032;
    }
}
