// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class TruesizeTest {
    @Nested
    class SKB_TRUESIZE {
        @Test
        @DisplayName("is the kernel's sum of what a packet takes")
        void constants() {
            Vectors.each("constants", row -> {
                long value = row.i64("out.value");
                switch (row.text("name")) {
                    case "SKB_TRUESIZE(1)" -> assertThat(Truesize.SKB_TRUESIZE(1)).isEqualTo((int) value);
                    case "sizeof(struct sk_buff)" -> assertThat(sk_buff.SIZE).isEqualTo((int) value);
                    case "SKB_DATA_ALIGN(sizeof(struct sk_buff))" ->
                        assertThat(Truesize.SKB_DATA_ALIGN(sk_buff.SIZE)).isEqualTo((int) value);
                    case "sizeof(struct skb_shared_info)" -> assertThat(skb_shared_info.SIZE).isEqualTo((int) value);
                    case "SMP_CACHE_BYTES" -> assertThat(Truesize.SMP_CACHE_BYTES).isEqualTo((int) value);
                    case "MAX_SKB_FRAGS" -> assertThat(skb_shared_info.MAX_SKB_FRAGS).isEqualTo((int) value);
                    default -> {}
                }
            });
        }
    }

    @Nested
    class SKB_DATA_ALIGN {
        @ParameterizedTest
        @CsvSource({"0, 0", "1, 64", "63, 64", "64, 64", "65, 128"})
        @DisplayName("rounds up to a cache line")
        void rounds(int x, int expected) {
            assertThat(Truesize.SKB_DATA_ALIGN(x)).isEqualTo(expected);
        }
    }

    @Nested
    class SKB_WITH_OVERHEAD {
        @Test
        @DisplayName("leaves room for the skb_shared_info")
        void less() {
            assertThat(Truesize.SKB_WITH_OVERHEAD(2048)).isEqualTo(1728);
        }
    }

    @Nested
    class SKB_MAX_ORDER {
        @Test
        @DisplayName("is what fits into so many pages behind a headroom")
        void fits() {
            assertThat(Truesize.SKB_MAX_ORDER(160, 0)).isEqualTo(4096 - 160 - 320);
            assertThat(Truesize.SKB_MAX_HEAD(160)).isEqualTo(Truesize.SKB_MAX_ORDER(160, 0));
            assertThat(Truesize.SKB_MAX_ALLOC).isEqualTo(4 * 4096 - 320);
        }
    }
}
