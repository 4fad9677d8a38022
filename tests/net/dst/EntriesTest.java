// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class EntriesTest {
    private final dst_ops ops = new dst_ops();

    @Nested
    class dst_entries_add {
        @Test
        @DisplayName("up and down")
        void counted() {
            Entries.dst_entries_add(ops, 3);
            Entries.dst_entries_add(ops, -1);

            assertThat(Entries.dst_entries_get_slow(ops)).isEqualTo(2);
        }
    }

    @Nested
    class dst_entries_get_fast {
        @Test
        @DisplayName("never less than none")
        void positive() {
            Entries.dst_entries_add(ops, -1);

            assertThat(Entries.dst_entries_get_fast(ops)).isZero();
        }
    }

    @Nested
    class dst_entries_get_slow {
        @Test
        @DisplayName("is exact; with one CPU so is the fast one")
        void exact() {
            Entries.dst_entries_add(ops, 5);

            assertThat(Entries.dst_entries_get_slow(ops)).isEqualTo(5);
            assertThat(Entries.dst_entries_get_fast(ops)).isEqualTo(5);
        }
    }
}
