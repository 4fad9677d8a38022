// SPDX-License-Identifier: GPL-2.0-only
package tcp_cong;

import static linux.kernel.Kernel.clamp;
import static net.tcp.Congestion.tcp_current_ssthresh;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.Sysctls.sysctl_tcp_tso_win_divisor;
import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.CcTrajectory;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class RenoTest {
    private final tcp_sock tp = CcTrajectory.socket(null);

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_reno", tcp_reno);
    }

    @Test
    @DisplayName("what the kernel made of 600 windows")
    void vectors() {
        Vectors.each("tcp_reno", row -> {
            tcp_sock tp = CcTrajectory.socket(tcp_reno);
            tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
            tp.snd_cwnd_cnt = row.i32("in.tp.snd_cwnd_cnt");
            tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");
            tp.snd_cwnd_clamp = row.i32("in.tp.snd_cwnd_clamp");
            tp.sk_route_caps = row.bool("in.sk_can_gso") ? ~0 : 0;
            tp.xmit_size_goal_segs = row.i32("in.tp.xmit_size_goal_segs");
            sysctl_tcp_tso_win_divisor = row.i32("in.sysctl_tcp_tso_win_divisor");
            int in_flight = row.i32("in.in_flight");

            assertThat(Reno.tcp_is_cwnd_limited(tp, in_flight)).as("%s", row)
                    .isEqualTo(row.bool("out.tcp_is_cwnd_limited"));
            assertThat(Reno.tcp_reno_ssthresh(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_reno_ssthresh"));
            assertThat(Reno.tcp_reno_min_cwnd(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_reno_min_cwnd"));
            assertThat(tcp_current_ssthresh(tp)).as("%s", row).isEqualTo(row.i32("out.tcp_current_ssthresh_Open"));
            Reno.tcp_reno_cong_avoid(tp, 0, row.i32("in.acked"), in_flight);
            assertThat(tp.snd_cwnd).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
            assertThat(tp.snd_cwnd_cnt).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd_cnt"));
        });
    }

    @Nested
    class tcp_is_cwnd_limited {
        @ParameterizedTest
        @CsvSource({"10, true", "11, true", "7, true", "6, false", "0, false"})
        @DisplayName("yes while fewer than four segments of the window are free")
        void window_of_ten(int in_flight, boolean limited) {
            assertThat(Reno.tcp_is_cwnd_limited(tp, in_flight)).isEqualTo(limited);
        }

        @ParameterizedTest
        @CsvSource({"34, 40, false", "33, 40, true", "33, 33, false", "3, 3, true"})
        @DisplayName("with GSO, while less than a third of the window is free and that does not fill a packet")
        void gso(int free, int goal, boolean limited) {
            tp.sk_route_caps = ~0;
            tp.xmit_size_goal_segs = goal;
            tp.snd_cwnd = 100;

            assertThat(Reno.tcp_is_cwnd_limited(tp, 100 - free)).isEqualTo(limited);
        }
    }

    @Nested
    class tcp_slow_start {
        @Test
        @DisplayName("what the kernel made of 500 windows")
        void vectors() {
            Vectors.each("tcp_slow_start", row -> {
                tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");
                tp.snd_cwnd_clamp = row.i32("in.tp.snd_cwnd_clamp");

                assertThat(Reno.tcp_slow_start(tp, row.i32("in.acked"))).as("%s", row).isEqualTo(row.i32("out.ret"));
                assertThat(tp.snd_cwnd).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
            });
        }

        @Test
        @DisplayName("adds what was acknowledged up to one above the threshold, and returns the rest")
        void leftover() {
            tp.snd_ssthresh = 12;

            assertThat(Reno.tcp_slow_start(tp, 5)).isEqualTo(2);
            assertThat(tp.snd_cwnd).isEqualTo(13);
        }

        @Test
        @DisplayName("does not exceed the clamp")
        void clamp() {
            tp.snd_cwnd_clamp = 11;

            assertThat(Reno.tcp_slow_start(tp, 5)).isZero();
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }
    }

    @Nested
    class tcp_cong_avoid_ai {
        @Test
        @DisplayName("what the kernel made of 400 windows")
        void vectors() {
            Vectors.each("tcp_cong_avoid_ai", row -> {
                tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                tp.snd_cwnd_cnt = row.i32("in.tp.snd_cwnd_cnt");
                tp.snd_cwnd_clamp = row.i32("in.tp.snd_cwnd_clamp");

                Reno.tcp_cong_avoid_ai(tp, row.i32("in.w"));
                assertThat(tp.snd_cwnd).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
                assertThat(tp.snd_cwnd_cnt).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd_cnt"));
            });
        }

        @Test
        @DisplayName("adds one with the ACK after w others")
        void one_in_w() {
            for (int i = 0; i < 4; i++) {
                Reno.tcp_cong_avoid_ai(tp, 4);
            }
            assertThat(tp.snd_cwnd).isEqualTo(10);

            Reno.tcp_cong_avoid_ai(tp, 4);

            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(tp.snd_cwnd_cnt).isZero();
        }
    }

    @Nested
    class tcp_reno_cong_avoid {
        @Test
        @DisplayName("slow start up to the threshold")
        void slow_start() {
            tp.snd_ssthresh = 10;

            Reno.tcp_reno_cong_avoid(tp, 0, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(11);
        }

        @Test
        @DisplayName("one ACK counts once above the threshold")
        void congestion_avoidance() {
            tp.snd_ssthresh = 9;

            Reno.tcp_reno_cong_avoid(tp, 0, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(1);
        }

        @Test
        @DisplayName("does nothing when the window was not used")
        void not_limited() {
            Reno.tcp_reno_cong_avoid(tp, 0, 1, 2);

            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_cwnd_cnt).isZero();
        }
    }

    @Nested
    class tcp_reno_ssthresh {
        @ParameterizedTest
        @CsvSource({"11, 5", "4, 2", "3, 2", "1, 2"})
        @DisplayName("is half the window, at least two")
        void half(int cwnd, int ssthresh) {
            tp.snd_cwnd = cwnd;

            assertThat(Reno.tcp_reno_ssthresh(tp)).isEqualTo(ssthresh);
        }
    }

    @Nested
    class tcp_reno_min_cwnd {
        @Test
        @DisplayName("is half the threshold, which may be above 2^31")
        void half() {
            tp.snd_ssthresh = -2;

            assertThat(Reno.tcp_reno_min_cwnd(tp)).isEqualTo(0x7fffffff);
        }
    }
}
