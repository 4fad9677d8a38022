// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EINTR;
import static linux.errno.Errno.ERESTARTSYS;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait;
import static linux.wait.Wait.remove_wait_queue;
import static net.sock.BacklogQueue.sk_add_backlog;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_WAITDATA;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.LongRef;
import linux.net.socket_wq;
import linux.sched.task_struct;
import linux.skbuff.Queue;
import linux.wait.Wait;
import linux.wait.wait_queue_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class WaitingTest {
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
        sk.sk_backlog_rcv = (s, skb) -> {
            Queue.__skb_queue_tail(s.sk_receive_queue, skb);
            return 0;
        };
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    @Nested
    class sk_wait_event {
        private boolean waitFor(LongRef timeo, Waiting.Condition condition) {
            wait_queue_t wait = wait_queue_t.define();
            lock_sock(sk);
            prepare_to_wait(Waiting.sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
            boolean rc = Waiting.sk_wait_event(sk, timeo, condition);
            finish_wait(Waiting.sk_sleep(sk), wait);
            assertThat(Lock.sock_owned_by_user(sk)).isTrue();
            release_sock(sk);
            return rc;
        }

        @Test
        @DisplayName("does not sleep if working off the backlog has brought what was waited for")
        void backlog_first() {
            lock_sock(sk);
            local_bh_disable();
            bh_lock_sock(sk);
            assertThat(sk_add_backlog(sk, Skbs.linear(1), 1000)).isZero();
            bh_unlock_sock(sk);
            local_bh_enable();
            long before = jiffies;
            LongRef timeo = new LongRef(1000);

            assertThat(Waiting.sk_wait_event(sk, timeo, s -> s.sk_receive_queue.qlen == 1)).isTrue();

            assertThat(jiffies).isEqualTo(before);
            assertThat(timeo.val).isEqualTo(1000);
            release_sock(sk);
        }

        @Test
        @DisplayName("sleeps at most as long as it may, without owning the socket, and tells what is left")
        void timeout() {
            List<Boolean> owned = new ArrayList<>();
            task_struct other = kthread_run("other", () -> {
                msleep(5);
                owned.add(Lock.sock_owned_by_user(sk));
            });
            LongRef timeo = new LongRef(20);

            assertThat(waitFor(timeo, s -> false)).isFalse();

            assertThat(timeo.val).isZero();
            assertThat(owned).containsExactly(false);
            other.exited.wait_for_completion();
        }

        @Test
        @DisplayName("woken early, it looks again and has the rest of its time left")
        void woken() {
            task_struct other = kthread_run("other", () -> {
                msleep(4);
                sk.sk_err = 5;
                sk.sk_state_change.call(sk);
            });
            LongRef timeo = new LongRef(20);

            assertThat(waitFor(timeo, s -> s.sk_err != 0)).isTrue();

            assertThat(timeo.val).isBetween(14L, 16L);
            other.exited.wait_for_completion();
        }
    }

    @Nested
    class sk_sleep {
        @Test
        @DisplayName("is the wait queue of the application's side")
        void queue() {
            assertThat(Waiting.sk_sleep(sk)).isSameAs(sk.sk_socket.wq.wait);
        }
    }

    @Nested
    class wq_has_sleeper {
        @Test
        @DisplayName("is somebody there to be woken?")
        void somebody() {
            assertThat(Waiting.wq_has_sleeper(null)).isFalse();
            socket_wq wq = new socket_wq();
            assertThat(Waiting.wq_has_sleeper(wq)).isFalse();
            wait_queue_t wait = wait_queue_t.define();
            Wait.add_wait_queue(wq.wait, wait);
            assertThat(Waiting.wq_has_sleeper(wq)).isTrue();
            remove_wait_queue(wq.wait, wait);
        }
    }

    @Nested
    class sock_poll_wait {
        @Test
        @DisplayName("without a poll table nothing is waited for")
        void none() {
            Waiting.sock_poll_wait(null, Waiting.sk_sleep(sk), null);

            assertThat(Waiting.wq_has_sleeper(sk.sk_wq)).isFalse();
        }
    }

    @Nested
    class sock_rcvtimeo {
        @Test
        @DisplayName("is 0 for who does not want to wait")
        void noblock() {
            sk.sk_rcvtimeo = 50;
            assertThat(Waiting.sock_rcvtimeo(sk, false)).isEqualTo(50);
            assertThat(Waiting.sock_rcvtimeo(sk, true)).isZero();
        }
    }

    @Nested
    class sock_sndtimeo {
        @Test
        @DisplayName("is 0 for who does not want to wait")
        void noblock() {
            sk.sk_sndtimeo = 60;
            assertThat(Waiting.sock_sndtimeo(sk, false)).isEqualTo(60);
            assertThat(Waiting.sock_sndtimeo(sk, true)).isZero();
        }
    }

    @Nested
    class sock_rcvlowat {
        @Test
        @DisplayName("with MSG_WAITALL all that is asked for, else the smaller of that and SO_RCVLOWAT, but never 0")
        void lowat() {
            sk.sk_rcvlowat = 10;
            assertThat(Waiting.sock_rcvlowat(sk, 0, 100)).isEqualTo(10);
            assertThat(Waiting.sock_rcvlowat(sk, 0, 5)).isEqualTo(5);
            assertThat(Waiting.sock_rcvlowat(sk, 1, 100)).isEqualTo(100);
            assertThat(Waiting.sock_rcvlowat(sk, 0, 0)).isEqualTo(1);
        }
    }

    @Nested
    class sock_intr_errno {
        @Test
        @DisplayName("a call that would have waited for ever can be started again")
        void restart() {
            assertThat(Waiting.sock_intr_errno(MAX_SCHEDULE_TIMEOUT)).isEqualTo(-ERESTARTSYS);
            assertThat(Waiting.sock_intr_errno(5)).isEqualTo(-EINTR);
        }
    }

    @Nested
    class sk_wait_data {
        @Test
        @DisplayName("is woken by sk_data_ready, when a packet has come into the receive queue")
        void woken() {
            List<Integer> flags = new ArrayList<>();
            task_struct softirq = kthread_run("softirq", () -> {
                msleep(3);
                flags.add(sk.sk_socket.flags & 1 << SOCK_ASYNC_WAITDATA);
                Queue.__skb_queue_tail(sk.sk_receive_queue, Skbs.linear(5));
                sk.sk_data_ready.call(sk, 5);
            });
            LongRef timeo = new LongRef(MAX_SCHEDULE_TIMEOUT);
            lock_sock(sk);

            int rc = Waiting.sk_wait_data(sk, timeo);

            assertThat(rc).isEqualTo(1);
            assertThat(flags).containsExactly(1 << SOCK_ASYNC_WAITDATA);
            assertThat(sk.sk_socket.flags & 1 << SOCK_ASYNC_WAITDATA).isZero();
            assertThat(Waiting.wq_has_sleeper(sk.sk_wq)).isFalse();
            release_sock(sk);
            softirq.exited.wait_for_completion();
        }

        @Test
        @DisplayName("comes back empty-handed when the time has passed")
        void timeout() {
            LongRef timeo = new LongRef(7);
            long before = jiffies;
            lock_sock(sk);

            assertThat(Waiting.sk_wait_data(sk, timeo)).isZero();

            assertThat(timeo.val).isZero();
            assertThat(jiffies - before).isEqualTo(7);
            release_sock(sk);
        }
    }
}
