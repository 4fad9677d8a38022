// SPDX-License-Identifier: GPL-2.0-only
package linux.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

/** What allocations cost when a page is 1000, an object on it 100, and so on: each figure says what was done. */
@KernelTest
class SlabCacheTest {
    private static final int PAGE = 1000;
    private static final int OBJECT = 100;
    private static final int REFILL = 20_000;
    private static final int REFILL_OBJECT = 10;
    private static final int FLUSH = 300_000;
    private static final int FLUSH_OBJECT = 1;
    private static final int BACK = 50_000;

    @BeforeEach
    void setUp() {
        Costs.set(new Costs(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                PAGE, OBJECT, REFILL, REFILL_OBJECT, FLUSH, FLUSH_OBJECT, BACK, 0));
    }

    private static SlabCache cache(int size, int leftOver) {
        SlabCache cache = new SlabCache(size, leftOver);
        cache.boot();
        return cache;
    }

    private static long cost(Runnable work) {
        long before = Clock.now();
        work.run();
        return Clock.now() - before;
    }

    /** The costs of {@code n} times the same. */
    private static List<Long> costs(int n, Runnable work) {
        List<Long> costs = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            costs.add(cost(work));
        }
        return costs;
    }

    @Test
    @DisplayName("a page of 2048-byte objects has two of them: every second allocation makes a page")
    void everySecond() {
        SlabCache cache = cache(2048, 0);

        assertThat(costs(5, cache::alloc)).containsExactly(1200L, 0L, 1200L, 0L, 1200L);
    }

    @Test
    @DisplayName("what booting has left over is taken first")
    void leftOver() {
        SlabCache cache = cache(2048, 1);

        assertThat(costs(3, cache::alloc)).containsExactly(0L, 1200L, 0L);
    }

    @Test
    @DisplayName("small objects cost four bytes more of the page: nine pairs of sk_buffs on one, fifteen single ones, but eight of 512 bytes")
    void objectsPerPage() {
        assertThat(cost(cache(448, 0)::alloc)).isEqualTo(PAGE + 9 * OBJECT);
        assertThat(cost(cache(256, 0)::alloc)).isEqualTo(PAGE + 15 * OBJECT);
        assertThat(cost(cache(512, 0)::alloc)).isEqualTo(PAGE + 8 * OBJECT);
        assertThat(cost(cache(4096, 0)::alloc)).isEqualTo(PAGE + OBJECT);
    }

    @Test
    @DisplayName("an object that was freed is at hand: the next allocation costs nothing")
    void reuse() {
        SlabCache cache = cache(2048, 0);
        cache.alloc();
        cache.alloc();

        assertThat(cost(cache::free)).isZero();
        assertThat(cost(cache::alloc)).isZero();
        assertThat(cost(cache::alloc)).isEqualTo(1200L);
    }

    @Test
    @DisplayName("at most 24 large objects are kept at hand: from then on every twelfth that is freed sends twelve back to their pages")
    void flush() {
        SlabCache cache = cache(2048, 0);
        costs(60, cache::alloc);

        assertThat(costs(24, cache::free)).containsOnly(0L);
        assertThat(cost(cache::free)).isEqualTo(FLUSH + 12 * FLUSH_OBJECT);
        assertThat(costs(11, cache::free)).containsOnly(0L);
        assertThat(cost(cache::free)).isEqualTo(FLUSH + 12 * FLUSH_OBJECT);
    }

    @Test
    @DisplayName("26 free objects may stay on pages of two: the third dozen gives up five pages")
    void pagesGoBack() {
        SlabCache cache = cache(2048, 0);
        costs(60, cache::alloc);
        costs(24 + 1 + 12, cache::free);

        assertThat(costs(11, cache::free)).containsOnly(0L);
        assertThat(cost(cache::free)).isEqualTo(FLUSH + 12 * FLUSH_OBJECT + 5 * BACK);
    }

    @Test
    @DisplayName("when none is at hand a dozen is taken from the pages, before a page is made")
    void refill() {
        SlabCache cache = cache(2048, 0);
        costs(60, cache::alloc);
        costs(25, cache::free);

        assertThat(costs(13, cache::alloc)).containsOnly(0L);
        assertThat(cost(cache::alloc)).isEqualTo(REFILL + 12 * REFILL_OBJECT);
        assertThat(costs(11, cache::alloc)).containsOnly(0L);
        assertThat(cost(cache::alloc)).isEqualTo(1200L);
    }

    @Test
    @DisplayName("smaller objects: 54 are kept at hand, of the smallest 120")
    void limits() {
        SlabCache pairs = cache(448, 0);
        costs(22 * 9, pairs::alloc);
        assertThat(costs(54, pairs::free)).containsOnly(0L);
        assertThat(cost(pairs::free)).isEqualTo(FLUSH + 27 * FLUSH_OBJECT);

        SlabCache single = cache(256, 0);
        costs(13 * 15, single::alloc);
        assertThat(costs(120, single::free)).containsOnly(0L);
        assertThat(cost(single::free)).isEqualTo(FLUSH + 60 * FLUSH_OBJECT);
    }

    @Test
    @DisplayName("of what there is plenty nothing is made, and nothing goes back")
    void plenty() {
        SlabCache cache = cache(512, SlabCache.PLENTY);

        assertThat(costs(1000, cache::alloc)).containsOnly(0L);
        assertThat(costs(2000, cache::free)).containsOnly(0L);
    }
}
