// SPDX-License-Identifier: GPL-2.0-only
package linux.ratelimit;

import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_before;
import static linux.printk.Printk.printk;

/** Keeps the log from being flooded, {@code lib/ratelimit.c}. */
public final class Ratelimit {
    private Ratelimit() {}

    /**
     * Counts one more message. The first one after an interval has passed tells how many were held back in it.
     *
     * @return 1: say it; 0: keep quiet
     */
    public static int ___ratelimit(ratelimit_state rs, String func) {
        int ret;

        if (rs.interval == 0) {
            return 1;
        }

        if (rs.begin == 0) {
            rs.begin = jiffies;
        }

        if (time_before(rs.begin + rs.interval, jiffies)) {
            if (rs.missed != 0) {
                printk("%s: %d callbacks suppressed", func, rs.missed);
            }
            rs.begin = 0;
            rs.printed = 0;
            rs.missed = 0;
        }
        if (rs.burst != 0 && rs.burst > rs.printed) {
            rs.printed++;
            ret = 1;
        } else {
            rs.missed++;
            ret = 0;
        }

        return ret;
    }
}
