// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.Nic.down;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class AcceptQueueTest {
    private final sock sk = new sock();

    @Nested
    class sk_acceptq_added {
        @Test
        @DisplayName("counts in 16 bits")
        void wraps() {
            AcceptQueue.sk_acceptq_added(sk);
            assertThat(sk.sk_ack_backlog).isEqualTo(1);

            sk.sk_ack_backlog = 0xffff;
            AcceptQueue.sk_acceptq_added(sk);
            assertThat(sk.sk_ack_backlog).isZero();
        }
    }

    @Nested
    class sk_acceptq_removed {
        @Test
        @DisplayName("counts down")
        void down() {
            sk.sk_ack_backlog = 2;

            AcceptQueue.sk_acceptq_removed(sk);

            assertThat(sk.sk_ack_backlog).isEqualTo(1);
        }
    }

    @Nested
    class sk_acceptq_is_full {
        @Test
        @DisplayName("lets in one more than the backlog of listen")
        void one_more() {
            sk.sk_max_ack_backlog = 2;

            sk.sk_ack_backlog = 2;
            assertThat(AcceptQueue.sk_acceptq_is_full(sk)).isFalse();
            sk.sk_ack_backlog = 3;
            assertThat(AcceptQueue.sk_acceptq_is_full(sk)).isTrue();
        }
    }
}
