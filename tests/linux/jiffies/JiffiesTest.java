// SPDX-License-Identifier: GPL-2.0-only
package linux.jiffies;

import static linux.sched.Sched.msleep;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class JiffiesTest {
    @Nested
    class get_jiffies_64 {
        @Test
        @DisplayName("the tick that it is now")
        void now() {
            long before = Jiffies.get_jiffies_64();
            assertThat(before).isEqualTo(Jiffies.jiffies).isEqualTo(Jiffies.INITIAL_JIFFIES);
            msleep(5);
            assertThat(Jiffies.get_jiffies_64() - before).isEqualTo(Jiffies.jiffies - before).isGreaterThanOrEqualTo(5);
        }
    }

    @Nested
    class jiffies_delta_to_clock_t {
        @Test
        @DisplayName("in hundredths of a second; what is over is over")
        void hundredths() {
            assertThat(Jiffies.jiffies_delta_to_clock_t(1999)).isEqualTo(199);
            assertThat(Jiffies.jiffies_delta_to_clock_t(0)).isZero();
            assertThat(Jiffies.jiffies_delta_to_clock_t(-1000)).isZero();
        }
    }

    @Nested
    class time_after {
        @Test
        @DisplayName("also when the count has wrapped")
        void wraps() {
            assertThat(Jiffies.time_after(Long.MIN_VALUE, Long.MAX_VALUE)).isTrue();
            assertThat(Jiffies.time_before(Long.MAX_VALUE, Long.MIN_VALUE)).isTrue();
            assertThat(Jiffies.time_after(5, 5)).isFalse();
            assertThat(Jiffies.time_after_eq(5, 5)).isTrue();
            assertThat(Jiffies.time_in_range(6, 5, 6)).isTrue();
            assertThat(Jiffies.time_in_range(7, 5, 6)).isFalse();
            assertThat(Jiffies.time_in_range(4, 5, 6)).isFalse();
        }
    }

    @Nested
    class usecs_to_jiffies {
        @Test
        @DisplayName("rounds up")
        void up() {
            assertThat(Jiffies.usecs_to_jiffies(0)).isZero();
            assertThat(Jiffies.usecs_to_jiffies(1)).isEqualTo(1);
            assertThat(Jiffies.usecs_to_jiffies(1000)).isEqualTo(1);
            assertThat(Jiffies.usecs_to_jiffies(1001)).isEqualTo(2);
            assertThat(Jiffies.usecs_to_jiffies(-1)).isEqualTo(4294968);
        }
    }
}
