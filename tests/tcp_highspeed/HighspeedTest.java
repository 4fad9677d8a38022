// SPDX-License-Identifier: GPL-2.0-only
package tcp_highspeed;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static linux.kernel.Kernel.clamp;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_highspeed.Highspeed.tcp_highspeed;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.CcTrajectory;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class HighspeedTest {
    private tcp_sock tp;
    private Highspeed.hstcp ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_highspeed);
        Highspeed.hstcp_init(tp);
        ca = (Highspeed.hstcp) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_highspeed", tcp_highspeed);
    }

    @Test
    @DisplayName("what the kernel made of 400 windows")
    void vectors() {
        int[] beyond = new int[1];
        Vectors.each("hstcp", row -> {
            tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
            tp.snd_cwnd_cnt = row.i32("in.tp.snd_cwnd_cnt");
            tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");
            tp.snd_cwnd_clamp = row.i32("in.tp.snd_cwnd_clamp");
            ca.ai = row.i32("in.ca.ai");

            // No connection gets there: the table ends at 71. The kernel took what lies behind it in memory.
            if (ca.ai == 72) {
                beyond[0]++;
                assertThatThrownBy(() -> Highspeed.hstcp_ssthresh(tp))
                        .isInstanceOf(ArrayIndexOutOfBoundsException.class);
                return;
            }
            assertThat(Highspeed.hstcp_ssthresh(tp)).as("%s", row).isEqualTo(row.i32("out.hstcp_ssthresh"));
            Highspeed.hstcp_cong_avoid(tp, 0, row.i32("in.acked"), tp.snd_cwnd);
            assertThat(tp.snd_cwnd).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
            assertThat(tp.snd_cwnd_cnt).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd_cnt"));
            assertThat(ca.ai).as("%s", row).isEqualTo(row.i32("out.ca.ai"));
        });
        assertThat(beyond[0]).isEqualTo(3);
    }

    @Nested
    class hstcp_init {
        @Test
        @DisplayName("the window stays below 2^25; a smaller clamp stays")
        void clamp() {
            assertThat(tp.snd_cwnd_clamp).isEqualTo(0x1ffffff);

            ca.ai = 5;
            tp.snd_cwnd_clamp = 77;
            Highspeed.hstcp_init(tp);
            assertThat(tp.snd_cwnd_clamp).isEqualTo(77);
            assertThat(ca.ai).isZero();
        }
    }

    @Nested
    class hstcp_cong_avoid {
        @ParameterizedTest
        @CsvSource({"38, 0, 0", "39, 0, 1", "118, 0, 1", "119, 0, 2", "119, 9, 2", "38, 9, 0", "100000, 0, 71"})
        @DisplayName("finds the step of the table that the window is on, from either side")
        void step(int cwnd, int from, int ai) {
            tp.snd_cwnd = cwnd;
            tp.snd_ssthresh = 5;
            ca.ai = from;

            Highspeed.hstcp_cong_avoid(tp, 0, 1, cwnd);

            assertThat(ca.ai).isEqualTo(ai);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(ai + 1);
        }

        @Test
        @DisplayName("what is left over counts for the next increase; the clamp ends it")
        void increase() {
            tp.snd_cwnd = 119;
            tp.snd_ssthresh = 5;
            tp.snd_cwnd_cnt = 118;
            Highspeed.hstcp_cong_avoid(tp, 0, 1, 119);
            assertThat(tp.snd_cwnd).isEqualTo(120);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(2);

            tp.snd_cwnd_clamp = 120;
            Highspeed.hstcp_cong_avoid(tp, 0, 1, 120);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(2);
        }

        @Test
        @DisplayName("slow start up to the threshold, nothing when the window was not used")
        void slow_start() {
            Highspeed.hstcp_cong_avoid(tp, 0, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            Highspeed.hstcp_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }
    }

    @Nested
    class hstcp_ssthresh {
        @ParameterizedTest
        @CsvSource({"100, 0, 50", "100, 71, 91", "2, 0, 2"})
        @DisplayName("a loss takes the part that the step says, and leaves two")
        void decrease(int cwnd, int ai, int ssthresh) {
            tp.snd_cwnd = cwnd;
            ca.ai = ai;

            assertThat(Highspeed.hstcp_ssthresh(tp)).isEqualTo(ssthresh);
        }
    }

    @Nested
    class hstcp_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "highspeed")).isZero();
            assertThat(Highspeed.hstcp_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class hstcp_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Highspeed.hstcp_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "highspeed")).isEqualTo(-ENOENT);
        }
    }
}
