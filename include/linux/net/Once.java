// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.random.Random.get_random_bytes;

import linux.compiler.BoolRef;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;

/**
 * Secrets that are drawn when they are first needed, {@code net_get_random_once} of {@code include/linux/net.h}. In C
 * each call site has a hidden static variable that says whether it has been done; here it is passed.
 */
public final class Once {
    private Once() {}

    /** Fills {@code buf} on the first call. @return true if it did */
    public static boolean net_get_random_once(int[] buf, BoolRef ___done) {
        if (___done.val) {
            return false;
        }
        get_random_bytes(buf);
        Clock.spend(Costs.costs().secret());
        ___done.val = true;
        return true;
    }

    /** Fills {@code buf} on the first call. @return true if it did */
    public static boolean net_get_random_once(byte[] buf, BoolRef ___done) {
        if (___done.val) {
            return false;
        }
        get_random_bytes(buf);
        Clock.spend(Costs.costs().secret());
        ___done.val = true;
        return true;
    }
}
