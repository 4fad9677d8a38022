// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static net.sock.BacklogQueue.sk_add_backlog;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.sched.task_struct;
import linux.skbuff.Free;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class LockTest {
    private final List<String> log = new ArrayList<>();
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.orphan();
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private void backlog(sk_buff skb) {
        local_bh_disable();
        Lock.bh_lock_sock(sk);
        assertThat(sk_add_backlog(sk, skb, 1 << 20)).isZero();
        Lock.bh_unlock_sock(sk);
        local_bh_enable();
    }

    @Nested
    class lock_sock {
        @Test
        @DisplayName("owns the socket afterwards, with the spin lock free and bottom halves on")
        void owns() {
            assertThat(Lock.sock_owned_by_user(sk)).isFalse();

            Lock.lock_sock(sk);

            assertThat(Lock.sock_owned_by_user(sk)).isTrue();
            assertThat(sk.sk_lock.slock).isFalse();
            assertThat(in_softirq()).isFalse();
            Lock.release_sock(sk);
        }
    }

    @Nested
    class sock_owned_by_user {
        @Test
        @DisplayName("says whether a system call has the socket")
        void owned() {
            sk.sk_lock.owned = 1;
            assertThat(Lock.sock_owned_by_user(sk)).isTrue();
            sk.sk_lock.owned = 0;
            assertThat(Lock.sock_owned_by_user(sk)).isFalse();
        }
    }

    @Nested
    class sock_release_ownership {
        @Test
        @DisplayName("gives the socket up and leaves the spin lock alone: what tcp_release_cb does in the middle")
        void given_up() {
            Lock.lock_sock(sk);
            local_bh_disable();
            Lock.bh_lock_sock(sk);

            Lock.sock_release_ownership(sk);

            assertThat(Lock.sock_owned_by_user(sk)).isFalse();
            assertThat(sk.sk_lock.slock).isTrue();
            Lock.bh_unlock_sock(sk);
            local_bh_enable();
        }
    }

    @Nested
    class lock_sock_nested {
        @Test
        @DisplayName("waits for the owner; those who wait get the socket in the order in which they came")
        void in_order() {
            List<task_struct> tasks = new ArrayList<>();
            Lock.lock_sock(sk);
            for (String name : List.of("a", "b", "c")) {
                tasks.add(kthread_run(name, () -> {
                    Lock.lock_sock_nested(sk, 0);
                    log.add(name);
                    msleep(10);
                    log.add(name + " done");
                    Lock.release_sock(sk);
                }));
            }
            msleep(5);
            log.add("release");
            Lock.release_sock(sk);

            tasks.forEach(t -> t.exited.wait_for_completion());

            assertThat(log).containsExactly("release", "a", "a done", "b", "b done", "c", "c done");
        }

        @Test
        @DisplayName("one who comes while the woken one has not run yet may be first: the woken one waits again")
        void barging() {
            Lock.lock_sock(sk);
            task_struct waiter = kthread_run("waiter", () -> {
                Lock.lock_sock(sk);
                log.add("waiter");
                Lock.release_sock(sk);
            });
            msleep(1);
            Lock.release_sock(sk);
            Lock.lock_sock(sk);
            log.add("again");
            msleep(1);
            Lock.release_sock(sk);

            waiter.exited.wait_for_completion();

            assertThat(log).containsExactly("again", "waiter");
        }
    }

    @Nested
    class __lock_sock {
        @Test
        @DisplayName("sleeps with the spin lock free and bottom halves on, so that softirqs can fill the backlog")
        void sleeps_unlocked() {
            Lock.lock_sock(sk);
            task_struct waiter = kthread_run("waiter", () -> {
                local_bh_disable();
                Lock.bh_lock_sock(sk);
                Lock.__lock_sock(sk);
                assertThat(in_softirq()).isTrue();
                assertThat(sk.sk_lock.slock).isTrue();
                Lock.bh_unlock_sock(sk);
                local_bh_enable();
                log.add("got it");
            });
            msleep(1);

            assertThat(sk.sk_lock.slock).isFalse();
            assertThat(in_softirq()).isFalse();
            Lock.release_sock(sk);
            waiter.exited.wait_for_completion();
            assertThat(log).containsExactly("got it");
        }
    }

    @Nested
    class release_sock {
        @Test
        @DisplayName("works off the backlog, then calls release_cb, and all of that while the socket is still owned")
        void order() {
            sk.sk_backlog_rcv = (s, skb) -> {
                log.add("backlog " + skb.len + " owned=" + s.sk_lock.owned);
                Free.kfree_skb(skb);
                return 0;
            };
            family.proto.release_cb = s -> log.add("release_cb owned=" + s.sk_lock.owned + " locked=" + s.sk_lock.slock);
            Lock.lock_sock(sk);
            backlog(Skbs.linear(1));
            backlog(Skbs.linear(2));

            Lock.release_sock(sk);

            assertThat(log).containsExactly("backlog 1 owned=1", "backlog 2 owned=1", "release_cb owned=1 locked=true");
            assertThat(sk.sk_lock.owned).isZero();
            assertThat(sk.sk_backlog.len).isZero();
        }

        @Test
        @DisplayName("without a release_cb and a backlog just gives the socket up")
        void plain() {
            Lock.lock_sock(sk);

            Lock.release_sock(sk);

            assertThat(Lock.sock_owned_by_user(sk)).isFalse();
            assertThat(sk.sk_lock.slock).isFalse();
        }
    }

    @Nested
    class lock_sock_fast {
        @Test
        @DisplayName("a socket that nobody owns is not taken: bottom halves are off and the spin lock is held")
        void fast() {
            assertThat(Lock.lock_sock_fast(sk)).isFalse();

            assertThat(Lock.sock_owned_by_user(sk)).isFalse();
            assertThat(sk.sk_lock.slock).isTrue();
            assertThat(in_softirq()).isTrue();
            Lock.unlock_sock_fast(sk, false);
        }

        @Test
        @DisplayName("one that is owned is waited for and owned then, as with lock_sock")
        void slow() {
            task_struct owner = kthread_run("owner", () -> {
                Lock.lock_sock(sk);
                msleep(5);
                Lock.release_sock(sk);
            });
            msleep(1);

            assertThat(Lock.lock_sock_fast(sk)).isTrue();

            assertThat(Lock.sock_owned_by_user(sk)).isTrue();
            assertThat(in_softirq()).isFalse();
            Lock.unlock_sock_fast(sk, true);
            owner.exited.wait_for_completion();
        }
    }

    @Nested
    class unlock_sock_fast {
        @Test
        @DisplayName("after the fast way only lets softirqs in again; the backlog is not looked at")
        void fast() {
            boolean slow = Lock.lock_sock_fast(sk);
            family.proto.release_cb = s -> log.add("release_cb");

            Lock.unlock_sock_fast(sk, slow);

            assertThat(sk.sk_lock.slock).isFalse();
            assertThat(in_softirq()).isFalse();
            assertThat(log).isEmpty();
        }

        @Test
        @DisplayName("after the slow way releases the socket")
        void slow() {
            family.proto.release_cb = s -> log.add("release_cb");
            Lock.lock_sock(sk);

            Lock.unlock_sock_fast(sk, true);

            assertThat(log).containsExactly("release_cb");
            assertThat(Lock.sock_owned_by_user(sk)).isFalse();
        }
    }

    @Nested
    class sock_lock_init {
        @Test
        @DisplayName("nobody has the lock, and nobody waits for it")
        void free() {
            sk.sk_lock.owned = 1;
            sk.sk_lock.slock = true;

            Lock.sock_lock_init(sk);

            assertThat(sk.sk_lock.owned).isZero();
            assertThat(sk.sk_lock.slock).isFalse();
            assertThat(sk.sk_lock.wq.task_list.next).isSameAs(sk.sk_lock.wq.task_list);
        }
    }

    @Nested
    class bh_lock_sock {
        @Test
        @DisplayName("taken twice it would spin for ever on a machine with two CPUs: the machine stops")
        void twice() {
            Lock.bh_lock_sock(sk);

            assertThatThrownBy(() -> Lock.bh_lock_sock(sk)).isInstanceOf(Oops.class);
            Lock.bh_unlock_sock(sk);
        }
    }

    @Nested
    class bh_lock_sock_nested {
        @Test
        @DisplayName("takes a second socket's lock while one is held")
        void second() {
            sock other = family.orphan();
            Lock.bh_lock_sock(sk);
            Lock.bh_lock_sock_nested(other);

            assertThat(other.sk_lock.slock).isTrue();
            assertThatThrownBy(() -> Lock.bh_lock_sock_nested(sk)).isInstanceOf(Oops.class);
            Lock.bh_unlock_sock(other);
            Lock.bh_unlock_sock(sk);
        }
    }

    @Nested
    class bh_unlock_sock {
        @Test
        @DisplayName("a lock that is not held cannot be given back")
        void not_held() {
            assertThatThrownBy(() -> Lock.bh_unlock_sock(sk)).isInstanceOf(Oops.class);
        }
    }
}
