// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.pending;
import static linux.timer.Timers.setup_timer;
import static linux.timer.Timers.timer_pending;
import static net.dst.Metrics.dst_init_metrics;
import static net.dst.Metrics.dst_metric_set;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.route;
import static uapi.linux.rtnetlink.Rt.RTAX_LOCK;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_RTO_MIN;

import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import net.route.rtable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class RtoTest {
    private final tcp_sock tp = new tcp_sock();

    @Nested
    class tcp_bound_rto {
        @Test
        @DisplayName("agrees with the real kernel: what was computed, cut to two minutes")
        void vectors() {
            Vectors.each("tcp_set_rto", row -> {
                tp.icsk_rto = row.i32("out.ret___tcp_set_rto");

                Rto.tcp_bound_rto(tp);

                SocketFields.out(row, tp);
            });
        }
    }

    @Nested
    class __tcp_set_rto {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("tcp_set_rto", row -> {
                SocketFields.in(row, tp);

                assertThat(Rto.__tcp_set_rto(tp)).as("%s", row).isEqualTo(row.i32("out.ret___tcp_set_rto"));
            });
        }
    }

    @Nested
    class tcp_rto_min {
        @Test
        @DisplayName("is 200 ms without a route")
        void no_route() {
            assertThat(Rto.tcp_rto_min(tp)).isEqualTo(200);
        }

        @Test
        @DisplayName("is the route's if that is locked, and 200 ms if it is only a hint")
        void route() {
            rtable rt = new rtable();
            tp.sk_dst_cache = rt;
            dst_init_metrics(rt, new int[RTAX_MAX], false);
            dst_metric_set(rt, RTAX_RTO_MIN, 1000);
            assertThat(Rto.tcp_rto_min(tp)).isEqualTo(200);

            dst_metric_set(rt, RTAX_LOCK, 1 << RTAX_RTO_MIN);
            assertThat(Rto.tcp_rto_min(tp)).isEqualTo(1000);
        }
    }

    @Nested
    class tcp_check_probe_timer {
        @BeforeEach
        void timer() {
            setup_timer(tp.icsk_retransmit_timer, data -> {}, tp);
            tp.icsk_rto = 300;
        }

        @AfterEach
        void stop() {
            del_timer(tp.icsk_retransmit_timer);
        }

        @Test
        @DisplayName("starts the probe timer when nothing is out and nothing else is pending")
        void starts() {
            Rto.tcp_check_probe_timer(tp);

            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_PROBE0);
            assertThat(tp.icsk_timeout).isEqualTo(Jiffies.jiffies + 300);
        }

        @Test
        @DisplayName("not when packets are out: their ACKs will tell of the window")
        void packets_out() {
            tp.packets_out = 1;
            Rto.tcp_check_probe_timer(tp);

            assertThat(timer_pending(tp.icsk_retransmit_timer)).isFalse();
        }

        @Test
        @DisplayName("not when the timer runs for something else")
        void pending() {
            tp.icsk_pending = ICSK_TIME_RETRANS;
            Rto.tcp_check_probe_timer(tp);

            assertThat(tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            assertThat(timer_pending(tp.icsk_retransmit_timer)).isFalse();
        }
    }
}
