// SPDX-License-Identifier: GPL-2.0-only
package tcp_cubic;

import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_cubic.Cubic.cubictcp;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.init.Machine;
import linux.jiffies.Jiffies;
import linux.moduleparam.ModuleParams;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.CcTrajectory;
import testing.KernelTest;
import testing.ModuleFiles;
import testing.Vectors;

@KernelTest
class CubicTest {
    private tcp_sock tp;
    private Cubic.bictcp ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(cubictcp);
        tp.snd_nxt = 5000;
        Cubic.bictcp_init(tp);
        ca = (Cubic.bictcp) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_cubic", cubictcp);
    }

    @Nested
    class bictcp_reset {
        @Test
        @DisplayName("forgets the curve, not the window to return to")
        void forgets() {
            ca.cnt = ca.last_max_cwnd = ca.last_cwnd = ca.bic_K = ca.delay_min = ca.epoch_start = ca.found = 1;
            ca.loss_cwnd = 7;

            Cubic.bictcp_reset(ca);

            assertThat(ca).extracting("cnt", "last_max_cwnd", "last_cwnd", "bic_K", "delay_min", "epoch_start", "found")
                    .containsOnly(0);
            assertThat(ca.delayed_ack).isEqualTo(32);
            assertThat(ca.loss_cwnd).isEqualTo(7);
        }
    }

    @Nested
    class bictcp_clock {
        @Test
        @DisplayName("milliseconds, 32 bits of them")
        void milliseconds() {
            Jiffies.jiffies = 0x1_0000_0005L;

            assertThat(Cubic.bictcp_clock()).isEqualTo(5);
        }
    }

    @Nested
    class bictcp_hystart_reset {
        @Test
        @DisplayName("the round trip begins now and ends with what is sent next")
        void begins() {
            ca.curr_rtt = 1;
            ca.sample_cnt = 8;
            Jiffies.jiffies += 100;
            tp.snd_nxt = 9000;

            Cubic.bictcp_hystart_reset(tp);

            assertThat(ca.round_start).isEqualTo((int) Jiffies.jiffies).isEqualTo(ca.last_ack);
            assertThat(ca.end_seq).isEqualTo(9000);
            assertThat(ca.curr_rtt).isZero();
            assertThat(ca.sample_cnt).isZero();
        }
    }

    @Nested
    class bictcp_init {
        @Test
        @DisplayName("starts HyStart, and leaves the threshold alone")
        void with_hystart() {
            assertThat(ModuleParams.write("/sys/module/tcp_cubic/parameters/initial_ssthresh", "50")).isZero();

            Cubic.bictcp_init(tp);

            assertThat(ca.end_seq).isEqualTo(5000);
            assertThat(tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
        }

        @Test
        @DisplayName("without HyStart slow start ends at initial_ssthresh, if that is set")
        void without_hystart() {
            ModuleParams.write("tcp_cubic.hystart", "0");
            tp.snd_nxt = 7000;
            Cubic.bictcp_init(tp);
            assertThat(tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
            assertThat(ca.end_seq).isEqualTo(5000);

            ModuleParams.write("tcp_cubic.initial_ssthresh", "50");
            Cubic.bictcp_init(tp);
            assertThat(tp.snd_ssthresh).isEqualTo(50);
        }
    }

    @Nested
    class cubic_root {
        @Test
        @DisplayName("800 roots as the kernel takes them")
        void vectors() {
            Vectors.each("cubic_root", row -> assertThat(Cubic.cubic_root(row.i64("in.a"))).as("%s", row)
                    .isEqualTo(row.i32("out.cubic_root")));
        }

        @ParameterizedTest
        @ValueSource(longs = {1000, 1_000_000, 1L << 40, Long.MAX_VALUE, -1})
        @DisplayName("near enough to the true root, for all 64 bits")
        void near(long a) {
            double root = Math.cbrt(a >= 0 ? a : a + 0x1p64);

            assertThat((double) Cubic.cubic_root(a)).isCloseTo(root, within(Math.max(1, root * 0.005)));
        }
    }

    @Nested
    class bictcp_update {
        @Test
        @DisplayName("400 states as the kernel changed them")
        void vectors() {
            Vectors.each("cubic_bictcp_update", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                Cubic.bictcp ca = new Cubic.bictcp();
                ca.delay_min = row.i32("in.ca.delay_min");
                ca.delayed_ack = row.i32("in.ca.delayed_ack");
                ca.cnt = row.i32("in.ca.cnt");
                ca.last_max_cwnd = row.i32("in.ca.last_max_cwnd");
                ca.last_cwnd = row.i32("in.ca.last_cwnd");
                ca.last_time = row.i32("in.ca.last_time");
                ca.bic_origin_point = row.i32("in.ca.bic_origin_point");
                ca.bic_K = row.i32("in.ca.bic_K");
                ca.epoch_start = row.i32("in.ca.epoch_start");
                ca.ack_cnt = row.i32("in.ca.ack_cnt");
                ca.tcp_cwnd = row.i32("in.ca.tcp_cwnd");

                Cubic.bictcp_update(ca, row.i32("in.cwnd"));

                assertThat(ca.cnt).as("%s", row).isEqualTo(row.i32("out.ca.cnt"));
                assertThat(ca.last_max_cwnd).as("%s", row).isEqualTo(row.i32("out.ca.last_max_cwnd"));
                assertThat(ca.last_cwnd).as("%s", row).isEqualTo(row.i32("out.ca.last_cwnd"));
                assertThat(ca.last_time).as("%s", row).isEqualTo(row.i32("out.ca.last_time"));
                assertThat(ca.bic_origin_point).as("%s", row).isEqualTo(row.i32("out.ca.bic_origin_point"));
                assertThat(ca.bic_K).as("%s", row).isEqualTo(row.i32("out.ca.bic_K"));
                assertThat(ca.epoch_start).as("%s", row).isEqualTo(row.i32("out.ca.epoch_start"));
                assertThat(ca.ack_cnt).as("%s", row).isEqualTo(row.i32("out.ca.ack_cnt"));
                assertThat(ca.tcp_cwnd).as("%s", row).isEqualTo(row.i32("out.ca.tcp_cwnd"));
            });
        }

        @Test
        @DisplayName("an epoch begins with the distance to the last maximum")
        void epoch() {
            ca.last_max_cwnd = 100;

            Cubic.bictcp_update(ca, 70);

            assertThat(ca.epoch_start).isEqualTo((int) Jiffies.jiffies);
            assertThat(ca.bic_origin_point).isEqualTo(100);
            // 30 segments at C = 0.4 and 100 ms: the cube root of 30 / 4 seconds, in 1/1024.
            assertThat(ca.bic_K).isCloseTo((int) (Math.cbrt(30 * 1024 / 410.0) * 1024), within(20));
        }

        @Test
        @DisplayName("nothing is computed twice in 32 ms for the same window")
        void not_again() {
            Cubic.bictcp_update(ca, 70);
            ca.cnt = 1234;
            Jiffies.jiffies += 31;
            Cubic.bictcp_update(ca, 70);
            assertThat(ca.cnt).isEqualTo(1234);

            Jiffies.jiffies += 1;
            Cubic.bictcp_update(ca, 70);
            assertThat(ca.cnt).isNotEqualTo(1234);
        }

        @Test
        @DisplayName("without tcp_friendliness the curve alone decides")
        void friendliness() {
            ca.last_max_cwnd = 100;
            Cubic.bictcp_update(ca, 99);
            ca.ack_cnt = 100_000;
            Jiffies.jiffies += 33;
            Cubic.bictcp_update(ca, 99);
            int friendly = ca.cnt;

            ca.ack_cnt = 100_000;
            ModuleParams.write("tcp_cubic.tcp_friendliness", "0");
            Jiffies.jiffies += 33;
            Cubic.bictcp_update(ca, 99);

            assertThat(friendly).isLessThan(ca.cnt);
            assertThat(ca.ack_cnt).isEqualTo(100_001);
        }
    }

    @Nested
    class bictcp_cong_avoid {
        @Test
        @DisplayName("in slow start, an ACK beyond the end of the round trip begins a new one")
        void slow_start() {
            tp.snd_nxt = 9000;

            Cubic.bictcp_cong_avoid(tp, 5000, 1, 10);
            assertThat(ca.end_seq).isEqualTo(5000);
            assertThat(tp.snd_cwnd).isEqualTo(11);

            Cubic.bictcp_cong_avoid(tp, 5001, 1, 11);
            assertThat(ca.end_seq).isEqualTo(9000);
        }

        @Test
        @DisplayName("above the threshold the curve decides")
        void congestion_avoidance() {
            tp.snd_ssthresh = 5;

            Cubic.bictcp_cong_avoid(tp, 5001, 1, 10);

            assertThat(ca.last_cwnd).isEqualTo(10);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(1);
        }

        @Test
        @DisplayName("does nothing when the window was not used")
        void not_limited() {
            Cubic.bictcp_cong_avoid(tp, 5001, 1, 2);

            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(ca.end_seq).isEqualTo(5000);
        }
    }

    @Nested
    class bictcp_recalc_ssthresh {
        @Test
        @DisplayName("0.7 of the window, and the window is the maximum to return to")
        void first_loss() {
            tp.snd_cwnd = 100;
            ca.epoch_start = 1;

            assertThat(Cubic.bictcp_recalc_ssthresh(tp)).isEqualTo(70);

            assertThat(ca.last_max_cwnd).isEqualTo(100);
            assertThat(ca.loss_cwnd).isEqualTo(100);
            assertThat(ca.epoch_start).isZero();
        }

        @ParameterizedTest
        @CsvSource({"1, 85", "0, 100"})
        @DisplayName("below the last maximum, fast convergence takes 0.85 of the window as the next")
        void fast_convergence(String on, int max) {
            ModuleParams.write("tcp_cubic.fast_convergence", on);
            tp.snd_cwnd = 100;
            ca.last_max_cwnd = 101;

            Cubic.bictcp_recalc_ssthresh(tp);

            assertThat(ca.last_max_cwnd).isEqualTo(max);
        }

        @Test
        @DisplayName("not below two")
        void minimum() {
            tp.snd_cwnd = 2;

            assertThat(Cubic.bictcp_recalc_ssthresh(tp)).isEqualTo(2);
        }
    }

    @Nested
    class bictcp_undo_cwnd {
        @ParameterizedTest
        @CsvSource({"70, 100, 100", "120, 100, 120"})
        @DisplayName("the window at the loss, unless the present one is larger")
        void larger(int cwnd, int loss_cwnd, int undone) {
            tp.snd_cwnd = cwnd;
            ca.loss_cwnd = loss_cwnd;

            assertThat(Cubic.bictcp_undo_cwnd(tp)).isEqualTo(undone);
        }
    }

    @Nested
    class bictcp_state {
        @Test
        @DisplayName("a timeout resets, other states do not")
        void timeout() {
            ca.cnt = 17;
            tp.snd_nxt = 9000;

            Cubic.bictcp_state(tp, TCP_CA_Recovery);
            assertThat(ca.cnt).isEqualTo(17);

            Cubic.bictcp_state(tp, TCP_CA_Loss);
            assertThat(ca.cnt).isZero();
            assertThat(ca.end_seq).isEqualTo(9000);
        }
    }

    @Nested
    class hystart_update {
        @Test
        @DisplayName("ACK trains and rising delays as the kernel saw them")
        void vectors() {
            Vectors.each("cubic_hystart_update", row -> {
                if (row.i32("step") == 0) {
                    tp = CcTrajectory.socket(cubictcp);
                    // The round trip began before the first row, which shows when.
                    Jiffies.jiffies = row.i64("out.h.round_start");
                    tp.snd_nxt = row.i32("out.h.end_seq");
                    Cubic.bictcp_init(tp);
                    ca = (Cubic.bictcp) tp.icsk_ca_priv;
                }
                Jiffies.jiffies = row.i64("in.jiffies");
                tp.snd_nxt = row.i32("in.tp.snd_nxt");
                tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                ca.delay_min = row.i32("in.h.delay_min");
                if (row.bool("in.reset")) {
                    Cubic.bictcp_hystart_reset(tp);
                }

                Cubic.hystart_update(tp, row.i32("in.delay"));

                assertThat(ca.found).as("%s", row).isEqualTo(row.i32("out.h.found"));
                assertThat(ca.round_start).as("%s", row).isEqualTo(row.i32("out.h.round_start"));
                assertThat(ca.last_ack).as("%s", row).isEqualTo(row.i32("out.h.last_ack"));
                assertThat(ca.end_seq).as("%s", row).isEqualTo(row.i32("out.h.end_seq"));
                assertThat(ca.curr_rtt).as("%s", row).isEqualTo(row.i32("out.h.curr_rtt"));
                assertThat(ca.sample_cnt).as("%s", row).isEqualTo(row.i32("out.h.sample_cnt"));
                assertThat(tp.snd_ssthresh).as("%s", row).isEqualTo(row.i32("out.tp.snd_ssthresh"));
            });
        }

        @ParameterizedTest
        @CsvSource({"3, 1", "2, 2147483647"})
        @DisplayName("what hystart_detect leaves out does not end slow start")
        void detect(String detect, int ssthresh) {
            ModuleParams.write("tcp_cubic.hystart_detect", detect);
            tp.snd_cwnd = 1;
            ca.delay_min = 0;
            for (int i = 0; i < 3; i++) {
                Jiffies.jiffies++;
                Cubic.hystart_update(tp, 8);
            }

            assertThat(tp.snd_ssthresh).isEqualTo(ssthresh);
        }
    }

    @Nested
    class bictcp_acked {
        @Test
        @DisplayName("segments for an ACK, smoothed: 15/16 old and 1/16 new, at most 32")
        void ratio() {
            Cubic.bictcp_acked(tp, 1, -1);
            assertThat(ca.delayed_ack).isEqualTo(31);

            Cubic.bictcp_acked(tp, 100_000, -1);
            assertThat(ca.delayed_ack).isEqualTo(32 << 4);

            tp.icsk_ca_state = TCP_CA_Recovery;
            Cubic.bictcp_acked(tp, 1, -1);
            assertThat(ca.delayed_ack).isEqualTo(32 << 4);
        }

        @Test
        @DisplayName("keeps the smallest delay, which is never 0")
        void delay() {
            Cubic.bictcp_acked(tp, 1, 20_000);
            assertThat(ca.delay_min).isEqualTo(160);
            Cubic.bictcp_acked(tp, 1, 30_000);
            assertThat(ca.delay_min).isEqualTo(160);
            Cubic.bictcp_acked(tp, 1, 10);
            assertThat(ca.delay_min).isEqualTo(1);
        }

        @Test
        @DisplayName("no samples in the first second after a loss")
        void after_a_loss() {
            ca.epoch_start = (int) Jiffies.jiffies;
            Jiffies.jiffies += 999;
            Cubic.bictcp_acked(tp, 1, 20_000);
            assertThat(ca.delay_min).isZero();

            Jiffies.jiffies += 1;
            Cubic.bictcp_acked(tp, 1, 20_000);
            assertThat(ca.delay_min).isEqualTo(160);
        }

        @ParameterizedTest
        @CsvSource({"15, 0", "16, 1"})
        @DisplayName("HyStart looks at windows of 16 and more")
        void low_window(int cwnd, int samples) {
            tp.snd_cwnd = cwnd;

            Cubic.bictcp_acked(tp, 1, 20_000);

            assertThat(ca.sample_cnt).isEqualTo(samples);
        }
    }

    @Nested
    class cubictcp_register {
        @Test
        @DisplayName("computes the scale factors at boot; so does bic_scale count then only")
        void factors() {
            assertThat(Cubic.beta_scale).isEqualTo(15);
            assertThat(Cubic.cube_rtt_scale).isEqualTo(410);
            assertThat(Cubic.cube_factor).isEqualTo((1L << 40) / 410);
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "cubic")).isZero();
            assertThat(ModuleParams.write("tcp_cubic.bic_scale", "82")).isEqualTo(-EACCES);

            try {
                ModuleParams.commandLine = "quiet tcp_cubic.bic_scale=82";
                Machine.boot();
            } finally {
                ModuleParams.commandLine = "";
            }
            assertThat(ModuleParams.read("tcp_cubic.bic_scale")).isEqualTo("82");
            assertThat(Cubic.cube_rtt_scale).isEqualTo(820);
        }

        @ParameterizedTest
        @CsvSource({
            "fast_convergence, 1",
            "beta, 717",
            "initial_ssthresh, 0",
            "tcp_friendliness, 1",
            "hystart, 1",
            "hystart_detect, 3",
            "hystart_low_window, 16",
            "hystart_ack_delta, 2"
        })
        @DisplayName("each parameter is a file of the module: it shows the default, and what was written last")
        void parameters(String name, String initial) {
            ModuleFiles.keeps("tcp_cubic", name, initial);
        }

        @Test
        @DisplayName("-EEXIST: it is on the list already")
        void twice() {
            assertThat(Cubic.cubictcp_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class cubictcp_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Cubic.cubictcp_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "cubic")).isEqualTo(-ENOENT);
        }
    }
}
