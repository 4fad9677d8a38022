// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import linux.jiffies.Jiffies;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class TimestampsTest {
    @Nested
    class tcp_time_stamp {
        @Test
        @DisplayName("is the low half of jiffies, so it wraps five minutes after boot")
        void low_half() {
            assertThat(Timestamps.tcp_time_stamp()).isEqualTo(-300_000);

            Jiffies.jiffies += 300_001;
            assertThat(Timestamps.tcp_time_stamp()).isEqualTo(1);
        }
    }
}
