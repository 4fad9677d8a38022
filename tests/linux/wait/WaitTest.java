// SPDX-License-Identifier: GPL-2.0-only
package linux.wait;

import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.timer.Timers.mod_timer;
import static linux.timer.Timers.setup_timer;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.timer.timer_list;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class WaitTest {
    private final wait_queue_head_t q = new wait_queue_head_t();
    private final List<String> woken = new ArrayList<>();

    private wait_queue_t waiter(String name) {
        return new wait_queue_t(name, (curr, mode, flags, key) -> {
            woken.add(name + (key == null ? "" : " " + key));
            return 1;
        });
    }

    @Nested
    class waitqueue_active {
        @Test
        @DisplayName("somebody waits")
        void active() {
            assertThat(Wait.waitqueue_active(q)).isFalse();
            wait_queue_t w = waiter("a");
            Wait.add_wait_queue(q, w);
            assertThat(Wait.waitqueue_active(q)).isTrue();
            Wait.remove_wait_queue(q, w);
            assertThat(Wait.waitqueue_active(q)).isFalse();
        }
    }

    @Nested
    class __wake_up {
        @Test
        @DisplayName("all who are not exclusive, and so many of those who are: they stand last")
        void exclusive() {
            for (String name : List.of("x", "y")) {
                Wait.prepare_to_wait_exclusive(q, waiter(name), TASK_RUNNING);
            }
            Wait.add_wait_queue(q, waiter("a"));
            Wait.add_wait_queue(q, waiter("b"));

            Wait.__wake_up(q, 3, 1, null);
            assertThat(woken).containsExactly("b", "a", "x");

            woken.clear();
            Wait.__wake_up(q, 3, 0, 7);
            assertThat(woken).containsExactly("b 7", "a 7", "x 7", "y 7");
        }
    }

    @Nested
    class wait_event {
        @Test
        @DisplayName("sleeps until it is so, not when it is woken for something else")
        void slept() {
            boolean[] so = new boolean[1];
            timer_list t = new timer_list();
            int[] ticks = new int[1];
            setup_timer(t, data -> {
                so[0] = ++ticks[0] == 3;
                Wait.wake_up(q);
                if (!so[0]) {
                    mod_timer(t, jiffies + 10);
                }
            }, null);
            mod_timer(t, jiffies + 10);
            long began = jiffies;

            Wait.wait_event(q, () -> so[0]);

            assertThat(jiffies - began).isEqualTo(30);
            assertThat(Wait.waitqueue_active(q)).isFalse();
        }
    }
}
