// SPDX-License-Identifier: GPL-2.0-only
package linux.gfp;

/**
 * What an allocation may do ({@code include/linux/gfp.h}), and the place where allocations can be made to
 * fail, so that error paths can be tested. The collector takes care of the memory itself.
 */
public final class Gfp {
    private Gfp() {}

    public static final int __GFP_WAIT = 0x10;
    public static final int __GFP_HIGH = 0x20;
    public static final int __GFP_IO = 0x40;
    public static final int __GFP_FS = 0x80;
    public static final int __GFP_COLD = 0x100;
    public static final int __GFP_NOWARN = 0x200;
    public static final int __GFP_REPEAT = 0x400;
    public static final int __GFP_NORETRY = 0x1000;
    public static final int __GFP_MEMALLOC = 0x2000;
    public static final int __GFP_COMP = 0x4000;
    public static final int __GFP_ZERO = 0x8000;
    public static final int __GFP_NOMEMALLOC = 0x10000;

    public static final int GFP_NOWAIT = 0;

    /** May not sleep, may use the reserves: softirqs, and tasks that hold a lock. */
    public static final int GFP_ATOMIC = __GFP_HIGH;

    public static final int GFP_KERNEL = __GFP_WAIT | __GFP_IO | __GFP_FS;
    public static final int GFP_USER = GFP_KERNEL;

    /** Decides about one allocation. */
    public interface FaultInjector {
        /**
         * @param count how many allocations were asked for before this one since the injector was set
         * @return true: it fails
         */
        boolean fails(int gfp, int count);
    }

    private static FaultInjector injector;
    private static int count;

    /** Called when the machine boots. */
    public static void boot() {
        inject(null);
    }

    /** From now on {@code injector} decides; null: every allocation succeeds. */
    public static void inject(FaultInjector injector) {
        Gfp.injector = injector;
        count = 0;
    }

    /** Lets the {@code n}-th allocation from now fail (counted from 0), and none else. */
    public static void failNth(int n) {
        inject((gfp, i) -> i == n);
    }

    /** May the reserves be used that are kept for swapping? */
    public static boolean gfp_pfmemalloc_allowed(int gfp_mask) {
        return (gfp_mask & __GFP_NOMEMALLOC) == 0 && (gfp_mask & __GFP_MEMALLOC) != 0;
    }

    /** Asked by everything that allocates for the stack: sk_buffs, sockets, buckets, pages, ... */
    public static boolean fails(int gfp) {
        return injector != null && injector.fails(gfp, count++);
    }
}
