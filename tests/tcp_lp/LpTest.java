// SPDX-License-Identifier: GPL-2.0-only
package tcp_lp;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_lp.Lp.tcp_lp;

import linux.jiffies.Jiffies;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.CcTrajectory;
import testing.KernelTest;

@KernelTest
class LpTest {
    private tcp_sock tp;
    private Lp.lp ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_lp);
        Lp.tcp_lp_init(tp);
        ca = (Lp.lp) tp.icsk_ca_priv;
    }

    /** The last segment had these timestamps. */
    private void timestamps(int rcv_tsval, int rcv_tsecr) {
        tp.rx_opt.rcv_tsval = rcv_tsval;
        tp.rx_opt.rcv_tsecr = rcv_tsecr;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_lp", tcp_lp);
    }

    @Nested
    class tcp_lp_init {
        @Test
        @DisplayName("nothing is known")
        void unknown() {
            ca.flag = ca.sowd = ca.owd_max = ca.remote_hz = ca.last_drop = 1;

            Lp.tcp_lp_init(tp);

            assertThat(ca).extracting("flag", "sowd", "owd_max", "owd_max_rsv", "remote_hz", "remote_ref_time",
                    "local_ref_time", "last_drop", "inference").containsOnly(0);
            assertThat(ca.owd_min).isEqualTo(-1);
        }
    }

    @Nested
    class tcp_lp_cong_avoid {
        @Test
        @DisplayName("grows as Reno, but not soon after a reduction")
        void inference() {
            Lp.tcp_lp_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);

            ca.flag = Lp.LP_WITHIN_INF;
            Lp.tcp_lp_cong_avoid(tp, 0, 1, 11);
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }
    }

    @Nested
    class tcp_lp_remote_hz_estimator {
        @Test
        @DisplayName("needs two pairs that differ, then follows slowly")
        void ticks() {
            timestamps(1000, 5000);
            assertThat(Lp.tcp_lp_remote_hz_estimator(tp)).isZero();
            assertThat(ca.flag).isZero();

            timestamps(1010, 5100);
            assertThat(ca.remote_hz = Lp.tcp_lp_remote_hz_estimator(tp)).isEqualTo(100);
            assertThat(ca.flag).isEqualTo(Lp.LP_VALID_RHZ);
            assertThat(ca.remote_ref_time).isEqualTo(1010);
            assertThat(ca.local_ref_time).isEqualTo(5100);

            timestamps(1010, 5200);
            assertThat(Lp.tcp_lp_remote_hz_estimator(tp)).isEqualTo(100);

            timestamps(1034, 5300);
            assertThat(ca.remote_hz = Lp.tcp_lp_remote_hz_estimator(tp)).isEqualTo(100 + (240 - 100) / 64);
        }

        @Test
        @DisplayName("a clock that goes back counts as a huge step")
        void backwards() {
            timestamps(1000, 5000);
            Lp.tcp_lp_remote_hz_estimator(tp);
            timestamps(999, 5001);

            assertThat(Lp.tcp_lp_remote_hz_estimator(tp)).isEqualTo(-1000);
        }
    }

    @Nested
    class tcp_lp_owd_calculator {
        @Test
        @DisplayName("the peer's clock minus ours, in milliseconds")
        void difference() {
            timestamps(1000, 5000);
            assertThat(Lp.tcp_lp_owd_calculator(tp)).isZero();
            assertThat(ca.flag & Lp.LP_VALID_OWD).isZero();

            timestamps(1010, 5100);
            assertThat(Lp.tcp_lp_owd_calculator(tp)).isEqualTo(1010 * 10 - 5100);
            assertThat(ca.flag & Lp.LP_VALID_OWD).isNotZero();
            assertThat(ca.remote_hz).isEqualTo(100);
        }
    }

    @Nested
    class tcp_lp_rtt_sample {
        /** A sample with this one-way delay, of a peer with 1000 Hz. */
        private void owd(int owd) {
            int now = ca.local_ref_time + 100;
            ca.remote_ref_time = now - 100 + owd;
            ca.remote_hz = 1000;
            timestamps(now + owd, now);
            Lp.tcp_lp_rtt_sample(tp, 1000);
        }

        @BeforeEach
        void clock() {
            ca.local_ref_time = 5000;
        }

        @Test
        @DisplayName("without a one-way delay nothing happens")
        void invalid() {
            Lp.tcp_lp_rtt_sample(tp, 1000);

            assertThat(ca.sowd).isZero();
            assertThat(ca.owd_min).isEqualTo(-1);
        }

        @Test
        @DisplayName("smallest, largest but for the last peak, and smoothed by 1/8")
        void extremes() {
            owd(100);
            assertThat(ca).extracting("owd_min", "owd_max", "owd_max_rsv", "sowd").containsExactly(100, 100, 100, 800);

            owd(180);
            assertThat(ca).extracting("owd_min", "owd_max", "owd_max_rsv", "sowd").containsExactly(100, 100, 180, 880);

            owd(160);
            assertThat(ca).extracting("owd_min", "owd_max", "owd_max_rsv", "sowd").containsExactly(100, 160, 180, 930);

            owd(60);
            assertThat(ca).extracting("owd_min", "owd_max", "owd_max_rsv", "sowd").containsExactly(60, 160, 180, 874);
        }
    }

    @Nested
    class tcp_lp_pkts_acked {
        @BeforeEach
        void delays() {
            ca.owd_min = 100;
            ca.owd_max = ca.owd_max_rsv = 200;
            Jiffies.jiffies = 100_000;
            timestamps(0, 99_950);
        }

        @ParameterizedTest
        @CsvSource({"114, 10, 8", "115, 5, 0"})
        @DisplayName("below the threshold, 15 % of the way, nothing happens; from there on the window is halved")
        void threshold(int owd, int cwnd, int flag) {
            ca.sowd = owd << 3;

            Lp.tcp_lp_pkts_acked(tp, 1, -1);

            assertThat(tp.snd_cwnd).isEqualTo(cwnd);
            assertThat(ca.flag).isEqualTo(flag);
            assertThat(ca.last_drop).isEqualTo(flag == 0 ? 100_000 : 0);
            assertThat(ca.owd_min).isEqualTo(flag == 0 ? owd : 100);
            assertThat(ca.owd_max).isEqualTo(flag == 0 ? 2 * owd : 200);
        }

        @ParameterizedTest
        @CsvSource({"149, 1", "150, 5"})
        @DisplayName("again within three round trips: one segment is left")
        void again(int passed, int cwnd) {
            ca.sowd = 150 << 3;
            ca.last_drop = 100_000 - passed;

            Lp.tcp_lp_pkts_acked(tp, 1, -1);

            assertThat(ca.inference).isEqualTo(150);
            assertThat(tp.snd_cwnd).isEqualTo(cwnd);
        }

        @Test
        @DisplayName("a round-trip time means that there is a sample")
        void sample() {
            Lp.tcp_lp_pkts_acked(tp, 1, 1000);

            assertThat(ca.local_ref_time).isEqualTo(99_950);
        }

        @Test
        @DisplayName("an echo that seems to come from the future leaves the inference as it is")
        void future() {
            timestamps(0, 100_001);

            Lp.tcp_lp_pkts_acked(tp, 1, -1);

            assertThat(ca.inference).isZero();
        }
    }

    @Nested
    class tcp_lp_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "lp")).isZero();
            assertThat(Lp.tcp_lp_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class tcp_lp_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Lp.tcp_lp_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "lp")).isEqualTo(-ENOENT);
        }
    }
}
