// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class AcksTest {
    private final inet_connection_sock icsk = new inet_connection_sock();

    @Nested
    class inet_csk_schedule_ack {
        @Test
        @DisplayName("adds to what is pending already")
        void added() {
            icsk.icsk_ack.pending = ICSK_ACK_PUSHED;

            Acks.inet_csk_schedule_ack(icsk);

            assertThat(icsk.icsk_ack.pending).isEqualTo(ICSK_ACK_PUSHED | ICSK_ACK_SCHED);
        }
    }

    @Nested
    class inet_csk_ack_scheduled {
        @Test
        @DisplayName("a timer that runs is not yet an ACK that is due")
        void scheduled() {
            icsk.icsk_ack.pending = ICSK_ACK_TIMER;
            assertThat(Acks.inet_csk_ack_scheduled(icsk)).isFalse();

            icsk.icsk_ack.pending |= ICSK_ACK_SCHED;
            assertThat(Acks.inet_csk_ack_scheduled(icsk)).isTrue();
        }
    }

    @Nested
    class inet_csk_delack_init {
        @Test
        @DisplayName("forgets everything")
        void forgotten() {
            icsk.icsk_ack.pending = 1;
            icsk.icsk_ack.quick = 2;
            icsk.icsk_ack.pingpong = 3;
            icsk.icsk_ack.blocked = 4;
            icsk.icsk_ack.ato = 5;
            icsk.icsk_ack.timeout = 6;
            icsk.icsk_ack.lrcvtime = 7;
            icsk.icsk_ack.last_seg_size = 8;
            icsk.icsk_ack.rcv_mss = 9;

            Acks.inet_csk_delack_init(icsk);

            assertThat(icsk.icsk_ack).usingRecursiveComparison().isEqualTo(new inet_connection_sock.Ack());
        }
    }
}
