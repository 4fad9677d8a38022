// SPDX-License-Identifier: GPL-2.0-only
package tcp_scalable;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_scalable.Scalable.tcp_scalable;

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
class ScalableTest {
    private tcp_sock tp;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_scalable);
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_scalable", tcp_scalable);
    }

    @Nested
    class tcp_scalable_cong_avoid {
        @ParameterizedTest
        @CsvSource({"30, 29, 30", "30, 30, 31", "1000, 49, 1000", "1000, 50, 1001"})
        @DisplayName("one for every 50 ACKs above the threshold, however large the window is")
        void congestion_avoidance(int cwnd, int acks, int grown) {
            tp.snd_cwnd = cwnd;
            tp.snd_ssthresh = 5;
            tp.snd_cwnd_cnt = acks;

            Scalable.tcp_scalable_cong_avoid(tp, 0, 1, cwnd);

            assertThat(tp.snd_cwnd).isEqualTo(grown);
        }

        @Test
        @DisplayName("slow start up to the threshold, nothing when the window was not used")
        void slow_start() {
            Scalable.tcp_scalable_cong_avoid(tp, 0, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            Scalable.tcp_scalable_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }
    }

    @Nested
    class tcp_scalable_ssthresh {
        @ParameterizedTest
        @CsvSource({"800, 700", "7, 7", "1, 2"})
        @DisplayName("a loss takes an eighth, and leaves two")
        void decrease(int cwnd, int ssthresh) {
            tp.snd_cwnd = cwnd;

            assertThat(Scalable.tcp_scalable_ssthresh(tp)).isEqualTo(ssthresh);
        }
    }

    @Nested
    class tcp_scalable_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "scalable")).isZero();
            assertThat(Scalable.tcp_scalable_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class tcp_scalable_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Scalable.tcp_scalable_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "scalable")).isEqualTo(-ENOENT);
        }
    }
}
