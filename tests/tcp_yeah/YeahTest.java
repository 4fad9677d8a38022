// SPDX-License-Identifier: GPL-2.0-only
package tcp_yeah;

import static linux.errno.Errno.ENOENT;
import static linux.kernel.Kernel.clamp;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_yeah.Yeah.tcp_yeah;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

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
class YeahTest {
    private tcp_sock tp;
    private Yeah.yeah ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_yeah);
        tp.snd_nxt = 5000;
        Yeah.tcp_yeah_init(tp);
        ca = (Yeah.yeah) tp.icsk_ca_priv;
    }

    /** A round trip with three samples of {@code rtt} each, of which {@code base} is the smallest ever, is over. */
    private void roundTrip(int base, int rtt) {
        ca.baseRTT = base + 1;
        for (int i = 0; i < 3; i++) {
            Yeah.tcp_yeah_pkts_acked(tp, 1, rtt);
        }
        Yeah.tcp_yeah_cong_avoid(tp, ca.beg_snd_nxt + 1, 1, tp.snd_cwnd);
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_yeah", tcp_yeah);
    }

    @Nested
    class tcp_yeah_init {
        @Test
        @DisplayName("starts in the fast gait, and Vegas with it")
        void fast() {
            assertThat(ca.doing_reno_now).isZero();
            assertThat(ca.reno_count).isEqualTo(2);
            assertThat(ca.doing_vegas_now).isOne();
            assertThat(ca.beg_snd_nxt).isEqualTo(5000);
            assertThat(tp.snd_cwnd_clamp).isEqualTo(0x1ffffff);
        }

        @Test
        @DisplayName("a smaller clamp stays")
        void clamp() {
            tp.snd_cwnd_clamp = 77;

            Yeah.tcp_yeah_init(tp);

            assertThat(tp.snd_cwnd_clamp).isEqualTo(77);
        }
    }

    @Nested
    class tcp_yeah_pkts_acked {
        @Test
        @DisplayName("takes a sample as Vegas does, and in Open the number of segments")
        void sample() {
            Yeah.tcp_yeah_pkts_acked(tp, 3, 1000);
            assertThat(ca.pkts_acked).isEqualTo(3);
            assertThat(ca.minRTT).isEqualTo(1001);

            tp.icsk_ca_state = TCP_CA_Recovery;
            Yeah.tcp_yeah_pkts_acked(tp, 5, 900);
            assertThat(ca.pkts_acked).isEqualTo(3);
            assertThat(ca.minRTT).isEqualTo(901);
        }
    }

    @Nested
    class tcp_yeah_cong_avoid {
        @ParameterizedTest
        @CsvSource({"50, 50, 1, 51, 0", "50, 49, 1, 50, 50", "1000, 100, 1, 1001, 0", "1000, 97, 3, 1000, 100"})
        @DisplayName("in the fast gait one for every 100 segments")
        void fast(int cwnd, int cnt, int acked, int grown, int left) {
            tp.snd_cwnd = cwnd;
            tp.snd_ssthresh = 5;
            tp.snd_cwnd_cnt = cnt;
            ca.pkts_acked = acked;

            Yeah.tcp_yeah_cong_avoid(tp, 5000, 1, cwnd);

            assertThat(tp.snd_cwnd).isEqualTo(grown);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(left);
            assertThat(ca.pkts_acked).isOne();
        }

        @Test
        @DisplayName("in the slow gait one in a window")
        void slow() {
            tp.snd_cwnd = 1000;
            tp.snd_ssthresh = 5;
            tp.snd_cwnd_cnt = 100;
            ca.doing_reno_now = 1;

            Yeah.tcp_yeah_cong_avoid(tp, 5000, 1, 1000);

            assertThat(tp.snd_cwnd).isEqualTo(1000);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(101);
        }

        @Test
        @DisplayName("a delay of an eighth makes it slow; Reno's window is taken for half of this one")
        void delay() {
            tp.snd_cwnd = 100;
            tp.snd_ssthresh = 50;

            roundTrip(799, 999);

            assertThat(ca.lastQ).isEqualTo(20);
            assertThat(ca.doing_reno_now).isOne();
            assertThat(ca.reno_count).isEqualTo(50);
            assertThat(tp.snd_cwnd).isEqualTo(100);

            roundTrip(799, 999);
            assertThat(ca.doing_reno_now).isEqualTo(2);
            assertThat(ca.reno_count).isEqualTo(51);

            roundTrip(799, 799);
            assertThat(ca.doing_reno_now).isZero();
            assertThat(ca.fast_count).isOne();
        }

        @Test
        @DisplayName("more than 80 packets queued are taken off, at most half the window, and not below Reno's")
        void decongestion() {
            tp.snd_cwnd = 1000;
            tp.snd_ssthresh = 50;
            roundTrip(899, 999);
            assertThat(ca.lastQ).isEqualTo(100);
            assertThat(tp.snd_cwnd).isEqualTo(900);
            assertThat(tp.snd_ssthresh).isEqualTo(900);

            ca.reno_count = 600;
            roundTrip(99, 999);
            // Slow start has added one.
            assertThat(tp.snd_cwnd).isEqualTo(600);
        }

        @Test
        @DisplayName("after 50 round trips in the fast gait there are no competitors any more")
        void alone() {
            ca.reno_count = 30;
            ca.fast_count = 50;

            roundTrip(999, 999);

            assertThat(ca.reno_count).isEqualTo(2);
            assertThat(ca.fast_count).isZero();
        }

        @Test
        @DisplayName("two samples do not count, but the round trip is over")
        void two_samples() {
            Yeah.tcp_yeah_pkts_acked(tp, 1, 1000);
            Yeah.tcp_yeah_pkts_acked(tp, 1, 9000);
            tp.snd_nxt = 9000;

            Yeah.tcp_yeah_cong_avoid(tp, 5001, 1, 10);

            assertThat(ca.lastQ).isZero();
            assertThat(ca.fast_count).isZero();
            assertThat(ca.beg_snd_una).isEqualTo(5000);
            assertThat(ca.beg_snd_nxt).isEqualTo(9000);
            assertThat(ca.beg_snd_cwnd).isEqualTo(11);
            assertThat(ca.cntRTT).isZero();
        }

        @Test
        @DisplayName("nothing happens when the window was not used")
        void not_limited() {
            Yeah.tcp_yeah_cong_avoid(tp, 5001, 1, 2);

            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(ca.beg_snd_una).isZero();
        }
    }

    @Nested
    class tcp_yeah_ssthresh {
        @ParameterizedTest
        @CsvSource({"100, 30, 0, 70", "100, 90, 0, 50", "100, 0, 0, 88", "100, 0, 16, 50", "100, 30, 15, 70"})
        @DisplayName("a loss takes what is queued, an eighth to a half; a half among competitors")
        void decrease(int cwnd, int lastQ, int doing_reno_now, int ssthresh) {
            tp.snd_cwnd = cwnd;
            ca.lastQ = lastQ;
            ca.doing_reno_now = doing_reno_now;
            ca.reno_count = 20;
            ca.fast_count = 7;

            assertThat(Yeah.tcp_yeah_ssthresh(tp)).isEqualTo(ssthresh);

            assertThat(ca.reno_count).isEqualTo(10);
            assertThat(ca.fast_count).isZero();
        }

        @ParameterizedTest
        @CsvSource({"2, 0", "1, -1"})
        @DisplayName("the bug of that time: nothing is left of a window of 2, and that of 1 wraps")
        void nothing_left(int cwnd, int ssthresh) {
            tp.snd_cwnd = cwnd;
            ca.doing_reno_now = 16;

            assertThat(Yeah.tcp_yeah_ssthresh(tp)).isEqualTo(ssthresh);
        }
    }

    @Nested
    class tcp_yeah_register {
        @Test
        @DisplayName("is done at boot; a second time it fails without saying so")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "yeah")).isZero();
            assertThat(Yeah.tcp_yeah_register()).isZero();
        }
    }

    @Nested
    class tcp_yeah_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Yeah.tcp_yeah_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "yeah")).isEqualTo(-ENOENT);
        }
    }
}
