// SPDX-License-Identifier: GPL-2.0-only
package linux.slab;

import static linux.mm.Mm.PAGE_SIZE;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;

/**
 * What a slab cache of {@code mm/slab.c} costs, and no more of it: the objects themselves are Java's. A cache has whole pages of objects.
 * It keeps free ones at hand, at most {@code limit}. When none is left it takes half of that number from its pages, or makes a page; when
 * there is no room for another it puts half of them back, and gives up pages that it has too many of.
 *
 * <p>Nothing in the stack but time depends on this. The first packets of a connection are dearer than those after them, which find what
 * the acknowledged ones have left; and while a queue drains, every sixth acknowledgement or so is dearer than the others, because it puts back
 * a dozen objects. The recorded machine shows both, packet by packet.
 */
public final class SlabCache {
    /** From this size on the list of a page's free objects lies elsewhere; below, an object costs 4 bytes of the page. */
    private static final int OFF_SLAB_MIN_SIZE = PAGE_SIZE >> 3;

    /** Left over by booting: more than anybody takes. */
    public static final int PLENTY = Integer.MAX_VALUE / 2;

    /** Objects on a page. */
    private final int num;

    /** Free objects at hand, at most; how many come and go at a time. */
    private final int limit;

    private final int batchcount;

    /** Free objects on pages, at most. */
    private final int free_limit;

    private final int leftOver;

    private int avail;
    private int free_objects;

    /**
     * @param size of an object, in bytes
     * @param leftOver free objects when the machine has booted
     */
    public SlabCache(int size, int leftOver) {
        num = PAGE_SIZE / (size < OFF_SLAB_MIN_SIZE ? size + 4 : size);
        limit = size > 1024 ? 24 : size > 256 ? 54 : 120;
        batchcount = (limit + 1) / 2;
        free_limit = 2 * batchcount + num;
        this.leftOver = leftOver;
    }

    /** Called when the machine boots. */
    public void boot() {
        avail = leftOver;
        free_objects = 0;
    }

    /** Takes an object: {@code kmem_cache_alloc}. */
    public void alloc() {
        if (avail == 0) {
            cache_alloc_refill();
        }
        avail--;
    }

    private void cache_alloc_refill() {
        Costs costs = Costs.costs();
        boolean grow = free_objects == 0;

        if (grow) {
            free_objects = num;
        }
        int n = Math.min(batchcount, free_objects);
        free_objects -= n;
        avail += n;
        Clock.spend(grow ? costs.slab() + num * costs.slabObject() : costs.refill() + n * costs.refillObject());
    }

    /** Gives one back: {@code kmem_cache_free}. */
    public void free() {
        if (avail == limit) {
            cache_flusharray();
        }
        avail++;
    }

    private void cache_flusharray() {
        Costs costs = Costs.costs();

        avail -= batchcount;
        free_objects += batchcount;
        Clock.spend(costs.flush() + batchcount * costs.flushObject());
        while (free_objects > free_limit) {
            free_objects -= num;
            Clock.spend(costs.slabBack());
        }
    }
}
