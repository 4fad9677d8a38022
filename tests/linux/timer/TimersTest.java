// SPDX-License-Identifier: GPL-2.0-only
package linux.timer;

import static linux.jiffies.Jiffies.INITIAL_JIFFIES;
import static linux.timer.Timers.pending;
import static linux.timer.Timers.setup_timer;
import static linux.timer.Timers.timer_pending;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.hrtimer.Clock;
import linux.jiffies.Jiffies;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class TimersTest {
    /** What ran, and when: "name@jiffies since boot". */
    private final List<String> ran = new ArrayList<>();

    private timer_list timer(String name) {
        timer_list t = new timer_list();
        setup_timer(t, data -> ran.add(data + "@" + (Jiffies.jiffies - INITIAL_JIFFIES)), name);
        return t;
    }

    /** Lets time pass until nothing is pending any more. */
    private static void untilQuiet() {
        while (Clock.nextInterrupt(Long.MAX_VALUE)) {
            // the next one
        }
    }

    @Nested
    class mod_timer {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 255, 256, 257, 1023})
        @DisplayName("runs the function in the jiffy it was set for, in whatever row of the wheel that is")
        void at_its_jiffy(int delta) {
            timer_list t = timer("t");
            t.slack = 0;
            Timers.mod_timer(t, Jiffies.jiffies + delta);

            untilQuiet();

            assertThat(ran).containsExactly("t@" + delta);
        }

        @Test
        @DisplayName("set again before it ran, it runs once, at the later time, and says that it was pending")
        void moved() {
            timer_list t = timer("t");
            assertThat(Timers.mod_timer(t, Jiffies.jiffies + 10)).isZero();
            assertThat(Timers.mod_timer(t, Jiffies.jiffies + 20)).isOne();

            untilQuiet();

            assertThat(ran).containsExactly("t@20");
        }

        @Test
        @DisplayName("timers of one jiffy run in the order in which they were set")
        void first_in_first_out() {
            for (String name : List.of("a", "b", "c")) {
                Timers.mod_timer(timer(name), Jiffies.jiffies + 7);
            }

            untilQuiet();

            assertThat(ran).containsExactly("a@7", "b@7", "c@7");
        }

        @Test
        @DisplayName("a time in the past means the next jiffy")
        void in_the_past() {
            Clock.passTo(5 * Clock.NSEC_PER_MSEC);
            Timers.mod_timer(timer("t"), Jiffies.jiffies - 3);

            untilQuiet();

            assertThat(ran).containsExactly("t@6");
        }
    }

    @Nested
    class mod_timer_pinned {
        @Test
        @DisplayName("is exact, however far away: the two hours of a keepalive timer")
        void no_slack() {
            Timers.mod_timer_pinned(timer("t"), Jiffies.jiffies + 7_200_000);

            untilQuiet();

            assertThat(ran).containsExactly("t@7200000");
        }
    }

    @Nested
    class apply_slack {
        @ParameterizedTest
        @CsvSource({"255, 255", "300, 301", "1000, 1002", "51200, 51296", "60000, 60128"})
        @DisplayName("rounds up by at most 1/256 of the length, to a number with as many low bits clear as there are in reach")
        void rounded(long delta, long expected) {
            long rounded = Timers.apply_slack(new timer_list(), Jiffies.jiffies + delta) - Jiffies.jiffies;

            assertThat(rounded).isBetween(delta, delta + delta / 256);
            assertThat(rounded).isEqualTo(expected);
        }
    }

    @Nested
    class del_timer {
        @Test
        @DisplayName("stops the timer, and tells whether there was anything to stop")
        void stopped() {
            timer_list t = timer("t");
            Timers.mod_timer(t, Jiffies.jiffies + 10);

            assertThat(Timers.del_timer(t)).isOne();
            assertThat(Timers.del_timer(t)).isZero();
            assertThat(timer_pending(t)).isFalse();
            untilQuiet();

            assertThat(ran).isEmpty();
        }
    }

    @Nested
    class timer_pending {
        @Test
        @DisplayName("from when it is set until it runs, or is stopped")
        void pending() {
            timer_list t = new timer_list();
            boolean[] inside = {true};
            Timers.setup_timer(t, data -> inside[0] = Timers.timer_pending(t), null);
            assertThat(Timers.timer_pending(t)).isFalse();

            Timers.mod_timer(t, Jiffies.jiffies + 5);
            assertThat(Timers.timer_pending(t)).isTrue();
            Timers.del_timer(t);
            assertThat(Timers.timer_pending(t)).isFalse();

            Timers.mod_timer(t, Jiffies.jiffies + 5);
            linux.sched.Sched.msleep(10);
            assertThat(inside[0]).as("when it runs it may be set again").isFalse();
            assertThat(Timers.timer_pending(t)).isFalse();
        }
    }
}
