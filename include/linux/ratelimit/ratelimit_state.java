// SPDX-License-Identifier: GPL-2.0-only
package linux.ratelimit;

/** How often something may be said, and how often it was. */
public final class ratelimit_state {
    /** In jiffies; 0: always. */
    public int interval;

    /** How many in an interval. */
    public int burst;

    int printed;
    int missed;

    /** When the interval began; 0: it has not. */
    long begin;

    public ratelimit_state(int interval, int burst) {
        this.interval = interval;
        this.burst = burst;
    }
}
