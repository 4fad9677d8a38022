// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.ENOBUFS;
import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.sched.Sched.current;
import static linux.sched.task_struct.PF_MEMALLOC;
import static linux.skbuff.Free.kfree_skb;
import static net.sock.Flags.sk_clear_memalloc;
import static net.sock.Flags.sk_set_memalloc;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.Ipv4.sum;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
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
class BacklogQueueTest {
    private final List<Integer> received = new ArrayList<>();
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.orphan();
        sk.sk_backlog_rcv = (s, skb) -> {
            received.add(skb.len);
            kfree_skb(skb);
            return 7;
        };
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private void workOff() {
        local_bh_disable();
        bh_lock_sock(sk);
        BacklogQueue.__release_sock(sk);
        bh_unlock_sock(sk);
        local_bh_enable();
    }

    @Nested
    class __sk_add_backlog {
        @Test
        @DisplayName("appends: packets keep their order")
        void order() {
            sk_buff a = Skbs.linear(1);
            sk_buff b = Skbs.linear(2);
            b.next = a;

            BacklogQueue.__sk_add_backlog(sk, a);
            BacklogQueue.__sk_add_backlog(sk, b);

            assertThat(sk.sk_backlog.head).isSameAs(a);
            assertThat(a.next).isSameAs(b);
            assertThat(sk.sk_backlog.tail).isSameAs(b);
            assertThat(b.next).isNull();
            assertThat(sk.sk_backlog.len).isZero();
            workOff();
        }
    }

    @Nested
    class sk_rcvqueues_full {
        @Test
        @DisplayName("counts what waits in the receive queue and in the backlog, but not the packet that comes")
        void sum() {
            sk.sk_backlog.len = 600;
            sk.sk_rmem_alloc = 400;

            assertThat(BacklogQueue.sk_rcvqueues_full(sk, null, 1000)).isFalse();
            assertThat(BacklogQueue.sk_rcvqueues_full(sk, null, 999)).isTrue();
            assertThat(BacklogQueue.sk_rcvqueues_full(sk, null, -1)).as("a limit of 4 GB").isFalse();
            sk.sk_backlog.len = 0;
            sk.sk_rmem_alloc = 0;
        }
    }

    @Nested
    class sk_add_backlog {
        @Test
        @DisplayName("charges the packet's memory to the backlog")
        void charged() {
            sk_buff skb = Skbs.linear(10);

            assertThat(BacklogQueue.sk_add_backlog(sk, skb, 0)).isZero();

            assertThat(sk.sk_backlog.len).isEqualTo(skb.truesize);
            workOff();
        }

        @Test
        @DisplayName("one packet always fits; the next one is refused when the limit is passed")
        void full() {
            sk_buff a = Skbs.linear(10);
            sk_buff b = Skbs.linear(10);
            assertThat(BacklogQueue.sk_add_backlog(sk, a, 100)).isZero();

            assertThat(BacklogQueue.sk_add_backlog(sk, b, 100)).isEqualTo(-ENOBUFS);

            assertThat(sk.sk_backlog.tail).isSameAs(a);
            kfree_skb(b);
            workOff();
        }
    }

    @Nested
    class sk_backlog_rcv {
        @Test
        @DisplayName("gives the packet to the protocol and returns what it says")
        void given() {
            assertThat(BacklogQueue.sk_backlog_rcv(sk, Skbs.linear(3))).isEqualTo(7);

            assertThat(received).containsExactly(3);
        }

        @Test
        @DisplayName("a packet from the memory reserves is processed with access to them")
        void memalloc() {
            sk_set_memalloc(sk);
            sk_buff skb = Skbs.linear(3);
            skb.pfmemalloc = true;
            sk.sk_backlog_rcv = (s, p) -> {
                received.add(current.flags & PF_MEMALLOC);
                kfree_skb(p);
                return 0;
            };

            BacklogQueue.sk_backlog_rcv(sk, skb);

            assertThat(received).containsExactly(PF_MEMALLOC);
            assertThat(current.flags & PF_MEMALLOC).isZero();
            sk_clear_memalloc(sk);
        }
    }

    @Nested
    class __sk_backlog_rcv {
        @Test
        @DisplayName("who could use the reserves before still can afterwards")
        void flags_restored() {
            sk_set_memalloc(sk);
            current.flags |= PF_MEMALLOC;

            assertThat(BacklogQueue.__sk_backlog_rcv(sk, Skbs.linear(1))).isEqualTo(7);

            assertThat(current.flags & PF_MEMALLOC).isNotZero();
            current.flags = 0;
            sk_clear_memalloc(sk);
        }

        @Test
        @DisplayName("such a packet must not have got to any other socket")
        void other_socket() {
            assertThatThrownBy(() -> BacklogQueue.__sk_backlog_rcv(sk, null)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class __release_sock {
        @Test
        @DisplayName("works the packets off in their order, each one alone, with the spin lock free and softirqs off")
        void order() {
            sk_buff a = Skbs.linear(1);
            sk.sk_backlog_rcv = (s, skb) -> {
                assertThat(skb.next).isNull();
                assertThat(s.sk_lock.slock).isFalse();
                assertThat(in_softirq()).isTrue();
                received.add(skb.len);
                kfree_skb(skb);
                return 0;
            };
            BacklogQueue.sk_add_backlog(sk, a, 1 << 20);
            BacklogQueue.sk_add_backlog(sk, Skbs.linear(2), 1 << 20);
            BacklogQueue.sk_add_backlog(sk, Skbs.linear(3), 1 << 20);

            workOff();

            assertThat(received).containsExactly(1, 2, 3);
            assertThat(sk.sk_backlog.head).isNull();
            assertThat(sk.sk_backlog.tail).isNull();
            assertThat(sk.sk_backlog.len).isZero();
        }

        @Test
        @DisplayName("what comes meanwhile is worked off behind the rest, and the length is cleared only at the end")
        void more_comes() {
            List<Integer> lengths = new ArrayList<>();
            sk.sk_backlog_rcv = (s, skb) -> {
                received.add(skb.len);
                lengths.add(s.sk_backlog.len);
                if (skb.len == 1) {
                    bh_lock_sock(s);
                    assertThat(BacklogQueue.sk_add_backlog(s, Skbs.linear(3), 1 << 20)).isZero();
                    bh_unlock_sock(s);
                }
                kfree_skb(skb);
                return 0;
            };
            BacklogQueue.sk_add_backlog(sk, Skbs.linear(1), 1 << 20);
            BacklogQueue.sk_add_backlog(sk, Skbs.linear(2), 1 << 20);
            int two = sk.sk_backlog.len;

            workOff();

            assertThat(received).containsExactly(1, 2, 3);
            assertThat(lengths.get(0)).isEqualTo(two);
            assertThat(lengths.get(2)).isGreaterThan(two);
            assertThat(sk.sk_backlog.len).isZero();
        }
    }
}
