// SPDX-License-Identifier: GPL-2.0-only
package net.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.everything;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class FlowTest {
    private final flowi4 fl4 = new flowi4();

    @Nested
    class flowi4_init_output {
        @Test
        @DisplayName("sets everything: nothing of an earlier lookup remains")
        void everything() {
            fl4.flowic_iif = 9;
            fl4.flowic_secid = 9;

            Flow.flowi4_init_output(fl4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

            assertThat(new int[] {fl4.flowic_oif, fl4.flowic_mark, fl4.flowic_tos, fl4.flowic_scope, fl4.flowic_proto,
                fl4.flowic_flags, fl4.daddr, fl4.saddr, fl4.fl4_dport, fl4.fl4_sport})
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            assertThat(fl4.flowic_iif).isZero();
            assertThat(fl4.flowic_secid).isZero();
        }
    }

    @Nested
    class flowi4_update_output {
        @Test
        @DisplayName("sets what a lookup changes, and leaves the ports")
        void changed() {
            Flow.flowi4_init_output(fl4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

            Flow.flowi4_update_output(fl4, 11, 12, 13, 14);

            assertThat(new int[] {fl4.flowic_oif, fl4.flowic_tos, fl4.daddr, fl4.saddr, fl4.fl4_dport, fl4.fl4_sport})
                    .containsExactly(11, 12, 13, 14, 9, 10);
        }
    }

    @Nested
    class flowi4_to_flowi {
        @Test
        @DisplayName("is the same object")
        void same() {
            assertThat(Flow.flowi4_to_flowi(fl4)).isSameAs(fl4);
        }
    }
}
