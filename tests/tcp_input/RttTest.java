// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.netem.Quantity.rate;
import static net.dst.Metrics.dst_init_metrics;
import static net.tcp.Rto.__tcp_set_rto;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;
import static testing.Ipv4.route;
import static uapi.linux.rtnetlink.Rt.RTAX_INITCWND;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;

import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.route.rtable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class RttTest {
    @Nested
    class tcp_rtt_estimator {
        @Test
        @DisplayName("agrees with the kernel, in 24 histories of samples")
        void vectors() {
            Vectors.each("tcp_rtt_estimator", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Rtt.tcp_rtt_estimator(tp, row.i32("in.mrtt"));
                Rtt.tcp_set_rto(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("the first sample makes a timeout of three times itself, or 200 ms more than itself")
        void first() {
            tcp_sock tp = fresh();
            Rtt.tcp_rtt_estimator(tp, 300);
            Rtt.tcp_set_rto(tp);
            assertThat(tp.srtt >> 3).isEqualTo(300);
            assertThat(tp.icsk_rto).isEqualTo(900);

            tp = fresh();
            Rtt.tcp_rtt_estimator(tp, 20);
            Rtt.tcp_set_rto(tp);
            assertThat(tp.icsk_rto).isEqualTo(220);
        }

        @Test
        @DisplayName("a sample above the average counts four times as much for the deviation as one below")
        void below() {
            tcp_sock tp = fresh();
            tp.srtt = 1000 << 3;
            tp.mdev = 400;
            Rtt.tcp_rtt_estimator(tp, 1800);
            assertThat(tp.mdev).isEqualTo(400 + 700);

            tp.srtt = 1000 << 3;
            tp.mdev = 400;
            Rtt.tcp_rtt_estimator(tp, 200);
            assertThat(tp.mdev).isEqualTo(400 + 700 / 8);
        }

        @Test
        @DisplayName("the deviation that counts rises at once and falls a quarter per round trip")
        void rttvar() {
            tcp_sock tp = fresh();
            tp.srtt = 100 << 3;
            tp.mdev = tp.mdev_max = tp.rttvar = 1000;
            tp.rtt_seq = 500;
            tp.snd_una = 501;
            tp.snd_nxt = 900;

            Rtt.tcp_rtt_estimator(tp, 100);
            assertThat(tp.rttvar).isEqualTo(1000);
            assertThat(tp.mdev_max).isEqualTo(200);
            assertThat(tp.rtt_seq).isEqualTo(900);

            tp.mdev = 300;
            tp.snd_una = 901;
            Rtt.tcp_rtt_estimator(tp, 100);
            assertThat(tp.mdev_max).isEqualTo(200);
            assertThat(tp.rttvar).isEqualTo(1000 - (1000 - 225) / 4);
        }

        @Test
        @DisplayName("is never 0, because 0 means that there was no sample")
        void zero() {
            tcp_sock tp = fresh();
            Rtt.tcp_rtt_estimator(tp, 0);
            assertThat(tp.srtt).isOne();
        }
    }

    @Nested
    class tcp_update_pacing_rate {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_update_pacing_rate", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Rtt.tcp_update_pacing_rate(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("two windows per round trip, within the application's limit")
        void rate() {
            tcp_sock tp = fresh();
            tp.mss_cache = 1000;
            tp.snd_cwnd = 10;
            tp.srtt = 100 << 3;

            Rtt.tcp_update_pacing_rate(tp);
            assertThat(tp.sk_pacing_rate).isEqualTo(2 * 10 * 1000 * 10);

            tp.sk_max_pacing_rate = 1000;
            Rtt.tcp_update_pacing_rate(tp);
            assertThat(tp.sk_pacing_rate).isEqualTo(1000);
        }
    }

    @Nested
    class tcp_set_rto {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_set_rto", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(__tcp_set_rto(tp)).as(row.toString()).isEqualTo(row.i32("out.ret___tcp_set_rto"));
                Rtt.tcp_set_rto(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("is 120 seconds at most")
        void bound() {
            tcp_sock tp = fresh();
            tp.srtt = 200_000 << 3;
            Rtt.tcp_set_rto(tp);
            assertThat(tp.icsk_rto).isEqualTo(TCP_RTO_MAX);
        }
    }

    @Nested
    class tcp_init_cwnd {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_init_cwnd", row -> {
                tcp_sock tp = FreshSocket.of(row);
                dst_entry dst = row.bool("in.has_dst") ? route(row.i32("in.metric_initcwnd")) : null;
                assertThat(Rtt.tcp_init_cwnd(tp, dst)).as(row.toString()).isEqualTo(row.i32("out.ret"));
            });
        }

        @Test
        @DisplayName("is 10 segments, what the route says, or the clamp")
        void three() {
            tcp_sock tp = fresh();
            assertThat(Rtt.tcp_init_cwnd(tp, null)).isEqualTo(10);
            assertThat(Rtt.tcp_init_cwnd(tp, route(0))).isEqualTo(10);
            assertThat(Rtt.tcp_init_cwnd(tp, route(33))).isEqualTo(33);
            tp.snd_cwnd_clamp = 4;
            assertThat(Rtt.tcp_init_cwnd(tp, route(33))).isEqualTo(4);
        }

        private dst_entry route(int initcwnd) {
            rtable rt = new rtable();
            int[] metrics = new int[RTAX_MAX];
            metrics[RTAX_INITCWND - 1] = initcwnd;
            dst_init_metrics(rt, metrics, false);
            return rt;
        }
    }
}
