// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static linux.percpu_counter.percpu_counter.percpu_counter_add;
import static linux.percpu_counter.percpu_counter.percpu_counter_read_positive;
import static linux.percpu_counter.percpu_counter.percpu_counter_sum_positive;

/** How many entries there are, from {@code include/net/dst_ops.h}. */
public final class Entries {
    private Entries() {}

    public static int dst_entries_get_fast(dst_ops dst) {
        return (int) percpu_counter_read_positive(dst.pcpuc_entries);
    }

    public static int dst_entries_get_slow(dst_ops dst) {
        return (int) percpu_counter_sum_positive(dst.pcpuc_entries);
    }

    public static void dst_entries_add(dst_ops dst, int val) {
        percpu_counter_add(dst.pcpuc_entries, val);
    }
}
