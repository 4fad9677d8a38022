// SPDX-License-Identifier: GPL-2.0-only
package linux.jiffies;

/**
 * The tick counter and what is computed with it, from {@code include/linux/jiffies.h}.
 *
 * <p>{@code jiffies} is {@code unsigned long}: 64 bits, as on the machine that made the recordings.
 * It starts five minutes before its low 32 bits wrap, so that code which cannot stand the wrap fails
 * early. TCP's clock, {@code tcp_time_stamp}, is the low half.
 */
public final class Jiffies {
    private Jiffies() {}

    /** Ticks a second: a jiffy is a millisecond. */
    public static final int HZ = 1000;

    /** {@code (unsigned long)(unsigned int)(-300 * HZ)}. */
    public static final long INITIAL_JIFFIES = -300L * HZ & 0xffffffffL;

    public static final long MAX_JIFFY_OFFSET = (Long.MAX_VALUE >> 1) - 1;

    /** User space counts in hundredths of a second, whatever HZ is. */
    public static final int USER_HZ = 100;

    /** Only {@code Clock} moves it, and only while every task sleeps. */
    public static long jiffies = INITIAL_JIFFIES;

    public static boolean time_after(long a, long b) {
        return b - a < 0;
    }

    public static boolean time_before(long a, long b) {
        return time_after(b, a);
    }

    public static boolean time_after_eq(long a, long b) {
        return a - b >= 0;
    }

    public static boolean time_before_eq(long a, long b) {
        return time_after_eq(b, a);
    }

    /** Is {@code a} in {@code [b, c]}? */
    public static boolean time_in_range(long a, long b, long c) {
        return time_after_eq(a, b) && time_before_eq(a, c);
    }

    public static long get_jiffies_64() {
        return jiffies;
    }

    public static int jiffies_to_msecs(long j) {
        return (int) (j * (1000 / HZ));
    }

    public static int jiffies_to_usecs(long j) {
        return (int) (j * (1_000_000 / HZ));
    }

    /** @param m milliseconds; negative means for ever */
    public static long msecs_to_jiffies(int m) {
        if (m < 0) {
            return MAX_JIFFY_OFFSET;
        }
        return m;
    }

    /** Rounds up. */
    public static long usecs_to_jiffies(int u) {
        return (Integer.toUnsignedLong(u) + 999) / 1000;
    }

    /** In hundredths of a second, as {@code /proc} and some options report times. */
    public static long jiffies_to_clock_t(long x) {
        return x / (HZ / USER_HZ);
    }

    public static long jiffies_delta_to_clock_t(long delta) {
        return jiffies_to_clock_t(Math.max(0, delta));
    }

    public static long clock_t_to_jiffies(long x) {
        return x * (HZ / USER_HZ);
    }
}
