// SPDX-License-Identifier: GPL-2.0-only
package linux.ratelimit;

import static linux.sched.Sched.msleep;
import static org.assertj.core.api.Assertions.assertThat;

import linux.printk.Printk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class RatelimitTest {
    private static int allowed(ratelimit_state rs, int times) {
        int n = 0;
        for (int i = 0; i < times; i++) {
            n += Ratelimit.___ratelimit(rs, "test");
        }
        return n;
    }

    @Nested
    class ___ratelimit {
        @Test
        @DisplayName("so many in an interval; after it so many again, and a line that tells how many were held back")
        void interval() {
            Printk.boot();
            ratelimit_state rs = new ratelimit_state(5000, 10);
            assertThat(allowed(rs, 15)).isEqualTo(10);
            msleep(4900);
            assertThat(allowed(rs, 1)).isZero();
            msleep(200);

            assertThat(allowed(rs, 15)).isEqualTo(10);

            assertThat(Printk.dmesg()).hasSize(1);
            assertThat(Printk.dmesg().get(0).text()).isEqualTo("test: 6 callbacks suppressed");
        }

        @Test
        @DisplayName("without an interval there is no limit; with a burst of 0 nothing is said")
        void extremes() {
            assertThat(allowed(new ratelimit_state(0, 1), 100)).isEqualTo(100);
            assertThat(allowed(new ratelimit_state(5000, 0), 100)).isZero();
        }
    }
}
