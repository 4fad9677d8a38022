// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.setup_timer;
import static linux.timer.Timers.timer_pending;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static org.assertj.core.api.Assertions.assertThat;

import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class XmitTimersTest {
    private final tcp_sock icsk = new tcp_sock();

    @BeforeEach
    void timers() {
        icsk.skc_refcnt = 1;
        setup_timer(icsk.icsk_retransmit_timer, data -> {}, icsk);
        setup_timer(icsk.icsk_delack_timer, data -> {}, icsk);
    }

    @AfterEach
    void stop() {
        del_timer(icsk.icsk_retransmit_timer);
        del_timer(icsk.icsk_delack_timer);
    }

    @Nested
    class inet_csk_clear_xmit_timer {
        @ParameterizedTest
        @ValueSource(ints = {ICSK_TIME_RETRANS, ICSK_TIME_PROBE0})
        @DisplayName("nothing is pending any more; the timer goes on and will find that out")
        void retransmission(int what) {
            XmitTimers.inet_csk_reset_xmit_timer(icsk, ICSK_TIME_LOSS_PROBE, 100, TCP_RTO_MAX);

            XmitTimers.inet_csk_clear_xmit_timer(icsk, what);

            assertThat(icsk.icsk_pending).isZero();
            assertThat(timer_pending(icsk.icsk_retransmit_timer)).isTrue();
        }

        @Test
        @DisplayName("a delayed ACK is forgotten, also one that met an owned socket")
        void delack() {
            icsk.icsk_pending = ICSK_TIME_RETRANS;
            icsk.icsk_ack.pending = ICSK_ACK_SCHED | ICSK_ACK_TIMER;
            icsk.icsk_ack.blocked = 1;

            XmitTimers.inet_csk_clear_xmit_timer(icsk, ICSK_TIME_DACK);

            assertThat(icsk.icsk_ack.pending).isZero();
            assertThat(icsk.icsk_ack.blocked).isZero();
            assertThat(icsk.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @Test
        @DisplayName("other purposes cannot be cleared by their own name")
        void unknown() {
            icsk.icsk_pending = ICSK_TIME_LOSS_PROBE;
            icsk.icsk_ack.pending = ICSK_ACK_SCHED;

            XmitTimers.inet_csk_clear_xmit_timer(icsk, ICSK_TIME_LOSS_PROBE);

            assertThat(icsk.icsk_pending).isEqualTo(ICSK_TIME_LOSS_PROBE);
            assertThat(icsk.icsk_ack.pending).isEqualTo(ICSK_ACK_SCHED);
        }
    }

    @Nested
    class inet_csk_reset_xmit_timer {
        @ParameterizedTest
        @ValueSource(ints = {ICSK_TIME_RETRANS, ICSK_TIME_PROBE0, ICSK_TIME_EARLY_RETRANS, ICSK_TIME_LOSS_PROBE})
        @DisplayName("starts the timer and notes what for; the timer holds the socket")
        void started(int what) {
            XmitTimers.inet_csk_reset_xmit_timer(icsk, what, 150, TCP_RTO_MAX);

            assertThat(icsk.icsk_pending).isEqualTo(what);
            assertThat(icsk.icsk_timeout).isEqualTo(Jiffies.jiffies + 150);
            assertThat(icsk.icsk_retransmit_timer.expires).isEqualTo(Jiffies.jiffies + 150);
            assertThat(timer_pending(icsk.icsk_delack_timer)).isFalse();
            assertThat(icsk.skc_refcnt).isEqualTo(2);
        }

        @Test
        @DisplayName("the delayed ACK has a timer of its own")
        void delack() {
            icsk.icsk_ack.pending = ICSK_ACK_SCHED;

            XmitTimers.inet_csk_reset_xmit_timer(icsk, ICSK_TIME_DACK, 40, TCP_RTO_MAX);

            assertThat(icsk.icsk_ack.pending).isEqualTo(ICSK_ACK_SCHED | ICSK_ACK_TIMER);
            assertThat(icsk.icsk_ack.timeout).isEqualTo(Jiffies.jiffies + 40);
            assertThat(timer_pending(icsk.icsk_delack_timer)).isTrue();
            assertThat(icsk.icsk_pending).isZero();
        }

        @ParameterizedTest
        @ValueSource(longs = {120_001, -1})
        @DisplayName("more than the maximum is cut; a negative time is an enormous one")
        void cut(long when) {
            XmitTimers.inet_csk_reset_xmit_timer(icsk, ICSK_TIME_RETRANS, when, TCP_RTO_MAX);

            assertThat(icsk.icsk_timeout).isEqualTo(Jiffies.jiffies + 120_000);
        }

        @Test
        @DisplayName("an unknown purpose starts nothing")
        void unknown() {
            XmitTimers.inet_csk_reset_xmit_timer(icsk, 77, 40, TCP_RTO_MAX);

            assertThat(timer_pending(icsk.icsk_retransmit_timer)).isFalse();
            assertThat(timer_pending(icsk.icsk_delack_timer)).isFalse();
            assertThat(icsk.icsk_pending).isZero();
        }
    }
}
