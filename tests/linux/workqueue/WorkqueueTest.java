// SPDX-License-Identifier: GPL-2.0-only
package linux.workqueue;

import static linux.jiffies.Jiffies.INITIAL_JIFFIES;
import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.timer.Timers.timer_pending;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.sched.task_struct;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class WorkqueueTest {
    private final List<String> ran = new ArrayList<>();
    private workqueue_struct wq;

    @BeforeEach
    void queue() {
        wq = Workqueue.alloc_workqueue("test");
    }

    private work_struct work(String name) {
        work_struct w = new work_struct();
        Workqueue.INIT_WORK(w, self -> ran.add(self.owner + " in " + current.comm.replaceAll("[0-9]+", "")), name);
        return w;
    }

    private delayed_work delayed(String name) {
        delayed_work w = new delayed_work();
        Workqueue.INIT_DELAYED_WORK(w, self -> ran.add(self.owner + " at " + (jiffies - INITIAL_JIFFIES)), name);
        return w;
    }

    @Nested
    class queue_work {
        @Test
        @DisplayName("runs in a task of the kernel's when this one sleeps, in the order in which it was queued")
        void order() {
            assertThat(Workqueue.queue_work(wq, work("a"))).isTrue();
            assertThat(Workqueue.queue_work(wq, work("b"))).isTrue();
            assertThat(ran).isEmpty();

            msleep(1);

            assertThat(ran).containsExactly("a in kworker/", "b in kworker/");
        }

        @Test
        @DisplayName("once, however often it was queued before it runs; and again when it has begun")
        void once() {
            work_struct w = work("a");
            Workqueue.queue_work(wq, w);
            assertThat(Workqueue.queue_work(wq, w)).isFalse();
            msleep(1);
            assertThat(ran).hasSize(1);

            assertThat(Workqueue.queue_work(wq, w)).isTrue();
            msleep(1);
            assertThat(ran).hasSize(2);
        }
    }

    @Nested
    class process_one_work {
        @Test
        @DisplayName("gives way to a more urgent task that the work has woken, before the next work")
        void urgent() {
            task_struct urgent = kthread_create("urgent", () -> ran.add("urgent"));
            urgent.urgent = true;
            work_struct waker = new work_struct();
            Workqueue.INIT_WORK(waker, self -> {
                wake_up_process(urgent);
                ran.add("waker");
            }, null);
            Workqueue.queue_work(wq, waker);
            Workqueue.queue_work(wq, work("a"));

            msleep(1);

            assertThat(ran).containsExactly("waker", "urgent", "a in kworker/");
        }
    }

    @Nested
    class queue_delayed_work {
        @Test
        @DisplayName("after so many jiffies; 0 is at once, without the timer")
        void later() {
            assertThat(Workqueue.queue_delayed_work(wq, delayed("a"), 5)).isTrue();
            delayed_work b = delayed("b");
            assertThat(Workqueue.queue_delayed_work(wq, b, 0)).isTrue();
            assertThat(timer_pending(b.timer)).isFalse();

            msleep(3);
            assertThat(ran).containsExactly("b at 0");
            msleep(3);
            assertThat(ran).containsExactly("b at 0", "a at 5");
        }

        @Test
        @DisplayName("one that waits stays as it is")
        void once() {
            delayed_work w = delayed("a");
            Workqueue.queue_delayed_work(wq, w, 5);
            assertThat(Workqueue.queue_delayed_work(wq, w, 1)).isFalse();
            msleep(10);
            assertThat(ran).containsExactly("a at 5");
        }
    }

    @Nested
    class schedule_work {
        @Test
        @DisplayName("on the queue for everybody")
        void system() {
            assertThat(Workqueue.schedule_work(work("a"))).isTrue();
            assertThat(Workqueue.system_wq.in_flight).isOne();
            msleep(1);
            assertThat(ran).hasSize(1);
            assertThat(Workqueue.system_wq.in_flight).isZero();
        }
    }

    @Nested
    class schedule_delayed_work {
        @Test
        @DisplayName("on the queue for everybody, later")
        void system() {
            delayed_work w = delayed("a");
            assertThat(Workqueue.schedule_delayed_work(w, 7)).isTrue();
            assertThat(w.wq).isSameAs(Workqueue.system_wq);
            msleep(20);
            assertThat(ran).containsExactly("a at 7");
        }
    }

    @Nested
    class cancel_delayed_work {
        @Test
        @DisplayName("while its timer runs, and while it waits on the queue; not when it has run")
        void cancelled() {
            delayed_work w = delayed("a");
            assertThat(Workqueue.cancel_delayed_work(w)).isFalse();
            Workqueue.schedule_delayed_work(w, 5);
            assertThat(Workqueue.cancel_delayed_work(w)).isTrue();
            Workqueue.schedule_delayed_work(w, 0);
            assertThat(Workqueue.cancel_delayed_work(w)).isTrue();
            msleep(10);
            assertThat(ran).isEmpty();

            Workqueue.schedule_delayed_work(w, 0);
            msleep(1);
            assertThat(Workqueue.cancel_delayed_work(w)).isFalse();
            assertThat(ran).hasSize(1);
        }
    }

    @Nested
    class flush_workqueue {
        @Test
        @DisplayName("returns when all has run, also a work that sleeps")
        void flushed() {
            work_struct w = new work_struct();
            Workqueue.INIT_WORK(w, self -> {
                msleep(50);
                ran.add("slept");
            }, null);
            Workqueue.queue_work(wq, w);

            Workqueue.flush_workqueue(wq);

            assertThat(ran).containsExactly("slept");
        }
    }
}
