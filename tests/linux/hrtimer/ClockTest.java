// SPDX-License-Identifier: GPL-2.0-only
package linux.hrtimer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.interrupt.Softirq;
import linux.sched.Sched;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class ClockTest {
    private static final long US = 1000;

    private final List<String> events = new ArrayList<>();

    private hrtimer timer(String name) {
        return new hrtimer(t -> events.add(name + (Softirq.in_irq() ? " in an interrupt" : Softirq.in_serving_softirq() ? " in a softirq" : "")));
    }

    @Nested
    class hrtimer_start {
        @Test
        @DisplayName("an interrupt takes the timer when its time has come")
        void inTime() {
            Clock.hrtimer_start(timer("timer"), Clock.now() + 5 * US);
            Sched.nanosleep(10 * US);

            assertThat(events).containsExactly("timer in an interrupt");
        }

        @Test
        @DisplayName("a time that is over: no interrupt comes for it, the softirq takes the timer")
        void over() {
            hrtimer late = timer("late");
            Clock.hrtimer_start(late, Clock.now());

            assertThat(Clock.hrtimer_active(late)).isTrue();
            assertThat(Clock.hrtimersPending()).isEqualTo(1);
            assertThat(events).isEmpty();

            Softirq.local_bh_disable();
            Softirq.local_bh_enable();

            assertThat(events).containsExactly("late in a softirq");
            assertThat(Clock.hrtimer_active(late)).isFalse();
        }

        @Test
        @DisplayName("ksoftirqd takes it, too, after the tasks that can run already")
        void others() {
            Sched.wake_up_process(Sched.kthread_create("other", () -> events.add("other")));
            Clock.hrtimer_start(timer("late"), Clock.now());
            Sched.nanosleep(1);

            assertThat(events).containsExactly("other", "late in a softirq");
        }

        @Test
        @DisplayName("a timer that starts itself for now again and again lets others run in between")
        void itself() {
            hrtimer again = new hrtimer(t -> {
                events.add("again");
                if (!events.contains("other")) {
                    Clock.hrtimer_start(t, Clock.now());
                }
            });
            Sched.kthread_run("other", () -> events.add("other"));
            Clock.hrtimer_start(again, Clock.now());
            Sched.nanosleep(1);

            assertThat(events).startsWith("other").endsWith("again");

            events.clear();
            Softirq.local_bh_disable();
            Clock.hrtimer_start(again, Clock.now());
            Softirq.local_bh_enable();
            assertThat(events).as("ten times, then it is left to ksoftirqd").hasSize(10).containsOnly("again");
            events.add("other");
            Sched.nanosleep(1);
        }

        @Test
        @DisplayName("the interrupt of another timer takes it along")
        void together() {
            Softirq.local_bh_disable();
            Clock.hrtimer_start(timer("late"), Clock.now());
            Clock.hrtimer_start(timer("next"), Clock.now() + US);
            Clock.nextInterrupt(Long.MAX_VALUE);

            assertThat(events).containsExactly("late in an interrupt", "next in an interrupt");
            Softirq.local_bh_enable();
        }
    }

    @Nested
    class hrtimer_cancel {
        @Test
        @DisplayName("a timer that waits for the softirq can be cancelled like another")
        void late() {
            hrtimer late = timer("late");
            Clock.hrtimer_start(late, Clock.now());

            assertThat(Clock.hrtimer_cancel(late)).isTrue();
            assertThat(Clock.hrtimer_cancel(late)).isFalse();
            Sched.nanosleep(1);
            assertThat(events).isEmpty();
        }
    }
}
