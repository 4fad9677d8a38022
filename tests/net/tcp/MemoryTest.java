// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.percpu_counter.percpu_counter.percpu_counter_add;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static org.assertj.core.api.Assertions.assertThat;

import linux.compiler.LongRef;
import linux.percpu_counter.percpu_counter;
import linux.tcp.tcp_sock;
import net.sock.proto;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class MemoryTest {
    private final tcp_sock tp = new tcp_sock();
    private final proto prot = new proto();

    @BeforeEach
    void protocol() {
        prot.memory_allocated = new LongRef();
        prot.sysctl_mem = new long[] {100, 200, 300};
        prot.orphan_count = new percpu_counter();
        tp.skc_prot = prot;
    }

    @Nested
    class tcp_out_of_memory {
        @Test
        @DisplayName("needs both: TCP above the third limit, and more than a minimum on the send queue")
        void both() {
            prot.memory_allocated.val = 301;
            tp.sk_wmem_queued = SOCK_MIN_SNDBUF + 1;
            assertThat(Memory.tcp_out_of_memory(tp)).isTrue();

            tp.sk_wmem_queued = SOCK_MIN_SNDBUF;
            assertThat(Memory.tcp_out_of_memory(tp)).isFalse();

            tp.sk_wmem_queued = SOCK_MIN_SNDBUF + 1;
            prot.memory_allocated.val = 300;
            assertThat(Memory.tcp_out_of_memory(tp)).isFalse();
        }
    }

    @Nested
    class tcp_too_many_orphans {
        @BeforeEach
        void limit() {
            Sysctls.sysctl_tcp_max_orphans = 8;
            percpu_counter_add(prot.orphan_count, 8);
        }

        @Test
        @DisplayName("as many as the sysctl allows are not too many, one more is")
        void limit_reached() {
            assertThat(Memory.tcp_too_many_orphans(tp, 0)).isFalse();

            percpu_counter_inc(prot.orphan_count);
            assertThat(Memory.tcp_too_many_orphans(tp, 0)).isTrue();
        }

        @Test
        @DisplayName("the shift makes each of them count double")
        void penalty() {
            assertThat(Memory.tcp_too_many_orphans(tp, 1)).isTrue();
        }
    }
}
