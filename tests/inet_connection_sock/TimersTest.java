// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static linux.hrtimer.Clock.nextInterrupt;
import static linux.jiffies.Jiffies.INITIAL_JIFFIES;
import static linux.jiffies.Jiffies.jiffies;
import static linux.timer.Timers.timer_pending;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_DACK;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.sock.Nodes.__sock_put;
import static net.sock.SockTimers.sk_reset_timer;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class TimersTest {
    private TcpTables tcp;
    private tcp_sock sk;
    private final List<String> ran = new ArrayList<>();

    @BeforeEach
    void socket() {
        tcp = new TcpTables();
        sk = tcp.socket();
        Timers.inet_csk_init_xmit_timers(
                sk, d -> ran("retransmit", d), d -> ran("delack", d), d -> ran("keepalive", d));
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    private void ran(String what, Object data) {
        assertThat(data).isSameAs(sk);
        ran.add(what + "@" + (jiffies - INITIAL_JIFFIES));
        __sock_put(sk);
    }

    private static void untilQuiet() {
        while (nextInterrupt(Long.MAX_VALUE)) {
            // the next one
        }
    }

    @Nested
    class inet_csk_init_xmit_timers {
        @Test
        @DisplayName("each timer calls its own function with the socket")
        void each_its_own() {
            sk_reset_timer(sk, sk.icsk_retransmit_timer, jiffies + 1);
            sk_reset_timer(sk, sk.icsk_delack_timer, jiffies + 2);
            sk_reset_timer(sk, sk.sk_timer, jiffies + 3);

            untilQuiet();

            assertThat(ran).containsExactly("retransmit@1", "delack@2", "keepalive@3");
        }

        @Test
        @DisplayName("nothing is pending then")
        void nothing_pending() {
            sk.icsk_pending = ICSK_TIME_RETRANS;
            sk.icsk_ack.pending = ICSK_ACK_TIMER;

            Timers.inet_csk_init_xmit_timers(sk, d -> {}, d -> {}, d -> {});

            assertThat(sk.icsk_pending).isZero();
            assertThat(sk.icsk_ack.pending).isZero();
            assertThat(timer_pending(sk.icsk_retransmit_timer)).isFalse();
        }
    }

    @Nested
    class inet_csk_clear_xmit_timers {
        @Test
        @DisplayName("stops all three and gives their references back")
        void all() {
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 100, 1000);
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_DACK, 100, 1000);
            Timers.inet_csk_reset_keepalive_timer(sk, 100);
            sk.icsk_ack.blocked = 1;
            assertThat(sk.skc_refcnt).isEqualTo(4);

            Timers.inet_csk_clear_xmit_timers(sk);

            assertThat(sk.skc_refcnt).isOne();
            assertThat(sk.icsk_pending).isZero();
            assertThat(sk.icsk_ack.pending).isZero();
            assertThat(sk.icsk_ack.blocked).isZero();
            untilQuiet();
            assertThat(ran).isEmpty();
        }
    }

    @Nested
    class inet_csk_delete_keepalive_timer {
        @Test
        @DisplayName("stops that one only")
        void only_that() {
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 100, 1000);
            Timers.inet_csk_reset_keepalive_timer(sk, 100);

            Timers.inet_csk_delete_keepalive_timer(sk);

            untilQuiet();
            assertThat(ran).containsExactly("retransmit@100");
        }
    }

    @Nested
    class inet_csk_reset_keepalive_timer {
        @Test
        @DisplayName("started twice it runs once, at the later time, and holds one reference")
        void restarted() {
            Timers.inet_csk_reset_keepalive_timer(sk, 100);
            Timers.inet_csk_reset_keepalive_timer(sk, 200);
            assertThat(sk.skc_refcnt).isEqualTo(2);

            untilQuiet();

            assertThat(ran).containsExactly("keepalive@200");
        }
    }

    @Nested
    class tcp_clear_xmit_timers {
        @Test
        @DisplayName("stops all timers of a TCP socket")
        void all() {
            inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 100, 1000);
            Timers.inet_csk_reset_keepalive_timer(sk, 100);

            Timers.tcp_clear_xmit_timers(sk);

            assertThat(sk.skc_refcnt).isOne();
        }
    }
}
