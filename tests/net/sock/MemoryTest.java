// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.percpu_counter.percpu_counter.percpu_counter_add;
import static net.sock.Protos.all;
import static net.sock.SockConst.SK_MEM_RECV;
import static net.sock.SockConst.SK_MEM_SEND;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Sequence.between;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.sum;
import static uapi.linux.socket.SocketOpt.SOCK_DGRAM;

import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

/** The family's {@code sysctl_mem} is 10, 20, 30 pages; the least that a socket gets is 4096 bytes. */
@KernelTest
class MemoryTest {
    private static final int PAGE = 4096;

    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.orphan();
    }

    @AfterEach
    void close() {
        sk.sk_forward_alloc = 0;
        sk.sk_wmem_queued = 0;
        sk.sk_rmem_alloc = 0;
        family.proto.memory_allocated.val = 0;
        family.closeAll();
    }

    private proto noAccounting() {
        family.proto.memory_allocated = null;
        return family.proto;
    }

    private void allocated(long pages) {
        family.proto.memory_allocated.val = pages;
    }

    @Nested
    class sk_has_memory_pressure {
        @Test
        @DisplayName("does the protocol know pressure at all?")
        void known() {
            assertThat(Memory.sk_has_memory_pressure(sk)).isTrue();
            family.proto.memory_pressure = null;
            assertThat(Memory.sk_has_memory_pressure(sk)).isFalse();
        }
    }

    @Nested
    class sk_under_memory_pressure {
        @Test
        @DisplayName("is what the protocol's flag says; a protocol without one is never under pressure")
        void flag() {
            assertThat(Memory.sk_under_memory_pressure(sk)).isFalse();
            family.proto.memory_pressure.val = 1;
            assertThat(Memory.sk_under_memory_pressure(sk)).isTrue();
            family.proto.memory_pressure = null;
            assertThat(Memory.sk_under_memory_pressure(sk)).isFalse();
        }
    }

    @Nested
    class sk_leave_memory_pressure {
        @Test
        @DisplayName("clears the flag, if there is one")
        void cleared() {
            family.proto.memory_pressure.val = 1;

            Memory.sk_leave_memory_pressure(sk);

            assertThat(family.proto.memory_pressure.val).isZero();
            family.proto.memory_pressure = null;
            Memory.sk_leave_memory_pressure(sk);
        }
    }

    @Nested
    class sk_enter_memory_pressure {
        @Test
        @DisplayName("leaves it to the protocol")
        void protocol() {
            family.proto.enter_memory_pressure = s -> family.log.add("pressure");

            Memory.sk_enter_memory_pressure(sk);
            family.proto.enter_memory_pressure = null;
            Memory.sk_enter_memory_pressure(sk);

            assertThat(family.log).containsExactly("pressure");
        }
    }

    @Nested
    class sk_prot_mem_limits {
        @Test
        @DisplayName("are the three numbers of the sysctl")
        void three() {
            assertThat(Memory.sk_prot_mem_limits(sk, 0)).isEqualTo(10);
            assertThat(Memory.sk_prot_mem_limits(sk, 2)).isEqualTo(30);
        }
    }

    @Nested
    class sk_memory_allocated {
        @Test
        @DisplayName("is of all sockets of the protocol")
        void all() {
            allocated(7);
            assertThat(Memory.sk_memory_allocated(sk)).isEqualTo(7);
        }
    }

    @Nested
    class sk_memory_allocated_add {
        @Test
        @DisplayName("returns the sum")
        void sum() {
            allocated(3);
            assertThat(Memory.sk_memory_allocated_add(sk, 4)).isEqualTo(7);
            assertThat(family.proto.memory_allocated.val).isEqualTo(7);
        }
    }

    @Nested
    class sk_memory_allocated_sub {
        @Test
        @DisplayName("gives pages back")
        void difference() {
            allocated(7);
            Memory.sk_memory_allocated_sub(sk, 4);
            assertThat(family.proto.memory_allocated.val).isEqualTo(3);
        }
    }

    @Nested
    class sk_sockets_allocated_inc {
        @Test
        @DisplayName("counts a socket of the protocol")
        void one_more() {
            Memory.sk_sockets_allocated_inc(sk);
            assertThat(Memory.sk_sockets_allocated_read_positive(sk)).isEqualTo(1);
        }
    }

    @Nested
    class sk_sockets_allocated_dec {
        @Test
        @DisplayName("counts a socket less")
        void one_less() {
            percpu_counter_add(family.proto.sockets_allocated, 2);
            Memory.sk_sockets_allocated_dec(sk);
            assertThat(Memory.sk_sockets_allocated_read_positive(sk)).isEqualTo(1);
        }
    }

    @Nested
    class sk_sockets_allocated_read_positive {
        @Test
        @DisplayName("is never negative")
        void positive() {
            Memory.sk_sockets_allocated_dec(sk);
            assertThat(Memory.sk_sockets_allocated_read_positive(sk)).isZero();
        }
    }

    @Nested
    class proto_sockets_allocated_sum_positive {
        @Test
        @DisplayName("is the number for /proc/net/sockstat")
        void sum() {
            percpu_counter_add(family.proto.sockets_allocated, 5);
            assertThat(Memory.proto_sockets_allocated_sum_positive(family.proto)).isEqualTo(5);
        }
    }

    @Nested
    class proto_memory_allocated {
        @Test
        @DisplayName("is in pages")
        void pages() {
            allocated(9);
            assertThat(Memory.proto_memory_allocated(family.proto)).isEqualTo(9);
        }
    }

    @Nested
    class proto_memory_pressure {
        @Test
        @DisplayName("says whether memory is short")
        void flag() {
            assertThat(Memory.proto_memory_pressure(family.proto)).isFalse();
            family.proto.memory_pressure.val = 1;
            assertThat(Memory.proto_memory_pressure(family.proto)).isTrue();
            family.proto.memory_pressure = null;
            assertThat(Memory.proto_memory_pressure(family.proto)).isFalse();
        }
    }

    @Nested
    class sk_mem_pages {
        @Test
        @DisplayName("rounds up to whole pages")
        void up() {
            assertThat(Memory.sk_mem_pages(0)).isZero();
            assertThat(Memory.sk_mem_pages(1)).isEqualTo(1);
            assertThat(Memory.sk_mem_pages(4096)).isEqualTo(1);
            assertThat(Memory.sk_mem_pages(4097)).isEqualTo(2);
        }
    }

    @Nested
    class sk_has_account {
        @Test
        @DisplayName("is whether the protocol counts its memory")
        void counts() {
            assertThat(Memory.sk_has_account(sk)).isTrue();
            noAccounting();
            assertThat(Memory.sk_has_account(sk)).isFalse();
            family.proto.memory_allocated = new linux.compiler.LongRef();
        }
    }

    @Nested
    class sk_wmem_schedule {
        @Test
        @DisplayName("takes pages only when what it has is not enough")
        void as_needed() {
            sk.sk_forward_alloc = 100;

            assertThat(Memory.sk_wmem_schedule(sk, 100)).isTrue();
            assertThat(family.proto.memory_allocated.val).isZero();
            assertThat(Memory.sk_wmem_schedule(sk, 101)).isTrue();
            assertThat(family.proto.memory_allocated.val).isEqualTo(1);
        }

        @Test
        @DisplayName("says no when the protocol has no pages left")
        void no() {
            allocated(31);
            sk.sk_sndbuf = 1 << 20;
            assertThat(Memory.sk_wmem_schedule(sk, 100)).isFalse();
        }
    }

    @Nested
    class sk_rmem_schedule {
        @Test
        @DisplayName("refuses when there are no pages, except to a packet from the memory reserves")
        void reserves() {
            allocated(31);
            sk_buff skb = new sk_buff();

            assertThat(Memory.sk_rmem_schedule(sk, skb, 100)).isFalse();
            skb.pfmemalloc = true;
            assertThat(Memory.sk_rmem_schedule(sk, skb, 100)).isTrue();
        }

        @Test
        @DisplayName("takes pages only when what it has is not enough")
        void as_needed() {
            sk.sk_forward_alloc = 100;

            assertThat(Memory.sk_rmem_schedule(sk, new sk_buff(), 100)).isTrue();
            assertThat(family.proto.memory_allocated.val).isZero();
            assertThat(Memory.sk_rmem_schedule(sk, new sk_buff(), 5000)).isTrue();
            assertThat(family.proto.memory_allocated.val).isEqualTo(2);
        }
    }

    @Nested
    class sk_mem_reclaim {
        @Test
        @DisplayName("gives back a whole page, and nothing less")
        void whole_pages() {
            allocated(2);
            sk.sk_forward_alloc = PAGE - 1;
            Memory.sk_mem_reclaim(sk);
            assertThat(family.proto.memory_allocated.val).isEqualTo(2);

            sk.sk_forward_alloc = PAGE;
            Memory.sk_mem_reclaim(sk);
            assertThat(family.proto.memory_allocated.val).isEqualTo(1);
            assertThat(sk.sk_forward_alloc).isZero();
        }
    }

    @Nested
    class sk_mem_reclaim_partial {
        @Test
        @DisplayName("leaves a socket its last page")
        void last_page() {
            allocated(2);
            sk.sk_forward_alloc = PAGE;
            Memory.sk_mem_reclaim_partial(sk);
            assertThat(sk.sk_forward_alloc).isEqualTo(PAGE);

            sk.sk_forward_alloc = PAGE + 1;
            Memory.sk_mem_reclaim_partial(sk);
            assertThat(sk.sk_forward_alloc).isEqualTo(1);
            assertThat(family.proto.memory_allocated.val).isEqualTo(1);
        }
    }

    @Nested
    class sk_mem_charge {
        @Test
        @DisplayName("spends what the socket has taken; without accounting nothing is spent")
        void spent() {
            sk.sk_forward_alloc = 100;
            Memory.sk_mem_charge(sk, 30);
            assertThat(sk.sk_forward_alloc).isEqualTo(70);

            noAccounting();
            Memory.sk_mem_charge(sk, 30);
            assertThat(sk.sk_forward_alloc).isEqualTo(70);
            family.proto.memory_allocated = new linux.compiler.LongRef();
        }
    }

    @Nested
    class sk_mem_uncharge {
        @Test
        @DisplayName("the socket has it to spend again")
        void again() {
            Memory.sk_mem_uncharge(sk, 30);
            assertThat(sk.sk_forward_alloc).isEqualTo(30);

            noAccounting();
            Memory.sk_mem_uncharge(sk, 30);
            assertThat(sk.sk_forward_alloc).isEqualTo(30);
            family.proto.memory_allocated = new linux.compiler.LongRef();
        }
    }

    @Nested
    class __sk_mem_schedule {
        @Test
        @DisplayName("up to the first limit: granted, and the pressure is over")
        void under_limit() {
            allocated(9);
            family.proto.memory_pressure.val = 1;

            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isEqualTo(1);

            assertThat(family.proto.memory_allocated.val).isEqualTo(10);
            assertThat(sk.sk_forward_alloc).isEqualTo(PAGE);
            assertThat(family.proto.memory_pressure.val).isZero();
        }

        @Test
        @DisplayName("between the first and the second limit: granted, and the pressure stays what it was")
        void between() {
            allocated(10);
            sk.sk_wmem_queued = 5000;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isEqualTo(1);
            assertThat(family.proto.memory_pressure.val).isZero();

            allocated(19);
            family.proto.memory_pressure.val = 1;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isEqualTo(1);
            assertThat(family.proto.memory_pressure.val).isEqualTo(1);
        }

        @Test
        @DisplayName("above the second limit there is pressure")
        void pressure() {
            allocated(20);

            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_RECV)).isEqualTo(1);

            assertThat(family.proto.memory_pressure.val).isEqualTo(1);
            assertThat(family.proto.memory_allocated.val).isEqualTo(21);
        }

        @Test
        @DisplayName("under pressure a reader has his minimum, and more only if his share of the whole is small")
        void reader() {
            percpu_counter_add(family.proto.sockets_allocated, 10);
            allocated(20);
            sk.sk_rmem_alloc = 4095;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_RECV)).isEqualTo(1);

            // 10 sockets with 3 pages each would need as much as the third limit allows.
            allocated(20);
            sk.sk_forward_alloc = 0;
            sk.sk_rmem_alloc = 2 * PAGE;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_RECV)).isZero();
            assertThat(family.proto.memory_allocated.val).isEqualTo(20);
            assertThat(sk.sk_forward_alloc).isZero();

            // With 2 pages each there is room.
            sk.sk_rmem_alloc = PAGE;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_RECV)).isEqualTo(1);
        }

        @Test
        @DisplayName("under pressure a writer has his minimum: for a stream what is queued, else what is on the way")
        void writer() {
            percpu_counter_add(family.proto.sockets_allocated, 100);
            sk.sk_sndbuf = 1 << 20;
            sk.sk_userlocks = SOCK_SNDBUF_LOCK;
            allocated(20);
            sk.sk_wmem_queued = 4095;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isEqualTo(1);
            allocated(20);
            sk.sk_forward_alloc = 0;
            sk.sk_wmem_queued = 4096;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isZero();

            sk.sk_type = SOCK_DGRAM;
            sk.sk_wmem_alloc = 4095;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isEqualTo(1);
            allocated(20);
            sk.sk_forward_alloc = 0;
            sk.sk_wmem_alloc = 4096;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isZero();
            sk.sk_wmem_alloc = 1;
        }

        @Test
        @DisplayName("in a protocol that knows no pressure a socket gets no more than the minimum above the first limit")
        void no_pressure_known() {
            family.proto.memory_pressure = null;
            family.proto.enter_memory_pressure = null;
            allocated(25);
            sk.sk_rmem_alloc = 1 << 20;

            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_RECV)).isZero();

            assertThat(family.proto.memory_allocated.val).isEqualTo(25);
        }

        @Test
        @DisplayName("above the third limit nobody gets anything, not even the minimum")
        void hard_limit() {
            allocated(30);

            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_RECV)).isZero();

            assertThat(family.proto.memory_allocated.val).isEqualTo(30);
            assertThat(sk.sk_forward_alloc).isZero();
        }

        @Test
        @DisplayName("a stream's writer who is refused gets a smaller buffer; if that is full now he may have the pages")
        void writer_over_limit() {
            allocated(30);
            sk.sk_sndbuf = 100_000;
            sk.sk_wmem_queued = 20_000;

            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).isEqualTo(1);

            assertThat(sk.sk_sndbuf).isEqualTo(10_000);
            assertThat(family.proto.memory_allocated.val).isEqualTo(31);
            allocated(30);
            sk.sk_forward_alloc = 0;
            sk.sk_wmem_queued = 100;
            sk.sk_sndbuf = 100_000;
            assertThat(Memory.__sk_mem_schedule(sk, 1, SK_MEM_SEND)).as("below the buffer").isZero();
            assertThat(sk.sk_sndbuf).isEqualTo(SOCK_MIN_SNDBUF);
        }
    }

    @Nested
    class __sk_mem_reclaim {
        @Test
        @DisplayName("gives back all whole pages and keeps the rest; below the first limit the pressure ends")
        void below() {
            allocated(12);
            family.proto.memory_pressure.val = 1;
            sk.sk_forward_alloc = 3 * PAGE + 5;

            Memory.__sk_mem_reclaim(sk);

            assertThat(sk.sk_forward_alloc).isEqualTo(5);
            assertThat(family.proto.memory_allocated.val).isEqualTo(9);
            assertThat(family.proto.memory_pressure.val).isZero();
        }

        @Test
        @DisplayName("at the first limit the pressure goes on")
        void at_limit() {
            allocated(13);
            family.proto.memory_pressure.val = 1;
            sk.sk_forward_alloc = 3 * PAGE;

            Memory.__sk_mem_reclaim(sk);

            assertThat(family.proto.memory_pressure.val).isEqualTo(1);
        }
    }
}
