// SPDX-License-Identifier: GPL-2.0-only
package tcp_bic;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.jiffies.Jiffies;
import linux.moduleparam.ModuleParams;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.CcTrajectory;
import testing.KernelTest;
import testing.ModuleFiles;
import testing.Vectors;

@KernelTest
class BicTest {
    private tcp_sock tp;
    private Bic.bictcp ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(Bic.bictcp);
        Bic.bictcp_init(tp);
        ca = (Bic.bictcp) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_bic", Bic.bictcp);
    }

    @Nested
    class bictcp_reset {
        @Test
        @DisplayName("forgets the search, not the window to return to")
        void forgets() {
            ca.cnt = ca.last_max_cwnd = ca.last_cwnd = ca.last_time = ca.epoch_start = ca.delayed_ack = 1;
            ca.loss_cwnd = 7;

            Bic.bictcp_reset(ca);

            assertThat(ca).extracting("cnt", "last_max_cwnd", "last_cwnd", "last_time", "epoch_start").containsOnly(0);
            assertThat(ca.delayed_ack).isEqualTo(32);
            assertThat(ca.loss_cwnd).isEqualTo(7);
        }
    }

    @Nested
    class bictcp_init {
        @Test
        @DisplayName("slow start ends at initial_ssthresh, if that is set")
        void initial_ssthresh() {
            assertThat(tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
            ca.loss_cwnd = 7;

            ModuleParams.write("tcp_bic.initial_ssthresh", "50");
            Bic.bictcp_init(tp);

            assertThat(tp.snd_ssthresh).isEqualTo(50);
            assertThat(ca.loss_cwnd).isZero();
        }
    }

    @Nested
    class bictcp_update {
        @Test
        @DisplayName("300 states as the kernel changed them")
        void vectors() {
            Vectors.each("bic_bictcp_update", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                Bic.bictcp ca = new Bic.bictcp();
                ca.delayed_ack = row.i32("in.ca.delayed_ack");
                ca.cnt = row.i32("in.ca.cnt");
                ca.last_max_cwnd = row.i32("in.ca.last_max_cwnd");
                ca.last_cwnd = row.i32("in.ca.last_cwnd");
                ca.last_time = row.i32("in.ca.last_time");
                ca.epoch_start = row.i32("in.ca.epoch_start");

                Bic.bictcp_update(ca, row.i32("in.cwnd"));

                assertThat(ca.cnt).as("%s", row).isEqualTo(row.i32("out.ca.cnt"));
                assertThat(ca.last_max_cwnd).as("%s", row).isEqualTo(row.i32("out.ca.last_max_cwnd"));
                assertThat(ca.last_cwnd).as("%s", row).isEqualTo(row.i32("out.ca.last_cwnd"));
                assertThat(ca.last_time).as("%s", row).isEqualTo(row.i32("out.ca.last_time"));
                assertThat(ca.epoch_start).as("%s", row).isEqualTo(row.i32("out.ca.epoch_start"));
            });
        }

        @ParameterizedTest
        @CsvSource({"14, 100, 14", "20, 100, 1", "80, 100, 16", "98, 100, 490", "101, 100, 505", "120, 100, 18",
            "200, 100, 12"})
        @DisplayName("ACKs for one more segment: Reno, steps of 16, a quarter of the way, plateau, and away from it")
        void phases(int cwnd, int last_max_cwnd, int cnt) {
            ca.last_max_cwnd = last_max_cwnd;
            ca.delayed_ack = 1 << 4;

            Bic.bictcp_update(ca, cwnd);

            assertThat(ca.cnt).isEqualTo(cnt);
        }

        @Test
        @DisplayName("without a loss so far at least 5 % a round trip")
        void unknown_path() {
            ca.delayed_ack = 1 << 4;

            Bic.bictcp_update(ca, 1000);

            assertThat(ca.cnt).isEqualTo(20);
        }
    }

    @Nested
    class bictcp_cong_avoid {
        @Test
        @DisplayName("slow start up to the threshold, then the search")
        void both() {
            tp.snd_ssthresh = 10;
            Bic.bictcp_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(ca.cnt).isZero();

            Bic.bictcp_cong_avoid(tp, 0, 1, 11);
            assertThat(ca.cnt).isEqualTo(11);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(1);
        }

        @Test
        @DisplayName("does nothing when the window was not used")
        void not_limited() {
            Bic.bictcp_cong_avoid(tp, 0, 1, 2);

            assertThat(tp.snd_cwnd).isEqualTo(10);
        }
    }

    @Nested
    class bictcp_recalc_ssthresh {
        @ParameterizedTest
        @CsvSource({"100, 79", "15, 11", "14, 7", "3, 2"})
        @DisplayName("0.8 of the window, half of a small one")
        void decrease(int cwnd, int ssthresh) {
            tp.snd_cwnd = cwnd;
            ca.epoch_start = 1;

            assertThat(Bic.bictcp_recalc_ssthresh(tp)).isEqualTo(ssthresh);

            assertThat(ca.last_max_cwnd).isEqualTo(cwnd).isEqualTo(ca.loss_cwnd);
            assertThat(ca.epoch_start).isZero();
        }

        @ParameterizedTest
        @CsvSource({"1, 89", "0, 100"})
        @DisplayName("below the last maximum, fast convergence takes 0.9 of the window as the next")
        void fast_convergence(String on, int max) {
            ModuleParams.write("tcp_bic.fast_convergence", on);
            tp.snd_cwnd = 100;
            ca.last_max_cwnd = 101;

            Bic.bictcp_recalc_ssthresh(tp);

            assertThat(ca.last_max_cwnd).isEqualTo(max);
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

            assertThat(Bic.bictcp_undo_cwnd(tp)).isEqualTo(undone);
        }
    }

    @Nested
    class bictcp_state {
        @Test
        @DisplayName("a timeout resets, other states do not")
        void timeout() {
            ca.cnt = 17;

            Bic.bictcp_state(tp, TCP_CA_Recovery);
            assertThat(ca.cnt).isEqualTo(17);

            Bic.bictcp_state(tp, TCP_CA_Loss);
            assertThat(ca.cnt).isZero();
        }
    }

    @Nested
    class bictcp_acked {
        @Test
        @DisplayName("segments for an ACK, smoothed: 15/16 old and 1/16 new")
        void ratio() {
            Bic.bictcp_acked(tp, 1, -1);
            assertThat(ca.delayed_ack).isEqualTo(31);
            Bic.bictcp_acked(tp, 10, -1);
            assertThat(ca.delayed_ack).isEqualTo(40);

            tp.icsk_ca_state = TCP_CA_Recovery;
            Bic.bictcp_acked(tp, 10, -1);
            assertThat(ca.delayed_ack).isEqualTo(40);
        }
    }

    @Nested
    class bictcp_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "bic")).isZero();
            assertThat(Bic.bictcp_register()).isEqualTo(-EEXIST);
        }

        @ParameterizedTest
        @CsvSource({
            "fast_convergence, 1",
            "max_increment, 16",
            "low_window, 14",
            "beta, 819",
            "initial_ssthresh, 0",
            "smooth_part, 20"
        })
        @DisplayName("each parameter is a file of the module: it shows the default, and what was written last")
        void parameters(String name, String initial) {
            ModuleFiles.keeps("tcp_bic", name, initial);
        }
    }

    @Nested
    class bictcp_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Bic.bictcp_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "bic")).isEqualTo(-ENOENT);
        }
    }
}
