// SPDX-License-Identifier: GPL-2.0-only
package linux.percpu_counter;

/** A counter that in Linux is spread over the CPUs; there is one. */
public final class percpu_counter {
    private long count;

    public static void percpu_counter_inc(percpu_counter fbc) {
        fbc.count++;
    }

    public static void percpu_counter_dec(percpu_counter fbc) {
        fbc.count--;
    }

    public static void percpu_counter_add(percpu_counter fbc, long amount) {
        fbc.count += amount;
    }

    public static long percpu_counter_read_positive(percpu_counter fbc) {
        return Math.max(0, fbc.count);
    }

    public static long percpu_counter_sum_positive(percpu_counter fbc) {
        return Math.max(0, fbc.count);
    }

    public static long percpu_counter_read(percpu_counter fbc) {
        return fbc.count;
    }
}
