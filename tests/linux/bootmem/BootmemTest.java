// SPDX-License-Identifier: GPL-2.0-only
package linux.bootmem;

import static org.assertj.core.api.Assertions.assertThat;

import linux.compiler.IntRef;
import linux.printk.Printk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

/** The machine has 1 GiB of memory. */
@KernelTest
class BootmemTest {
    @Nested
    class alloc_large_system_hash {
        private final IntRef shift = new IntRef();
        private final IntRef mask = new IntRef();

        private int buckets(long numentries, int scale, long low, long high) {
            Object[] table = Bootmem.alloc_large_system_hash(
                    "Test", Object[]::new, 8, numentries, scale, 0, shift, mask, low, high);
            assertThat(table).hasSize(1 << shift.val).hasSize(mask.val + 1);
            return table.length;
        }

        @Test
        @DisplayName("one bucket for so many bytes of memory, rounded up to a power of two")
        void by_memory() {
            assertThat(buckets(0, 17, 0, 0)).isEqualTo(8192);
            assertThat(buckets(0, 20, 0, 0)).isEqualTo(1024);
            assertThat(Printk.dmesg()).last().asString()
                    .endsWith("Test hash table entries: 1024 (order: 1, 8192 bytes)");
        }

        @Test
        @DisplayName("as many as the caller wants, rounded up")
        void by_number() {
            assertThat(buckets(1000, 17, 0, 0)).isEqualTo(1024);
            assertThat(buckets(1024, 17, 0, 0)).isEqualTo(1024);
        }

        @Test
        @DisplayName("within the limits")
        void limits() {
            assertThat(buckets(0, 17, 0, 4096)).isEqualTo(4096);
            assertThat(buckets(10, 17, 512, 0)).isEqualTo(512);
        }
    }
}
