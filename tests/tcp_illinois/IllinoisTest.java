// SPDX-License-Identifier: GPL-2.0-only
package tcp_illinois;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static linux.kernel.Kernel.clamp;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_illinois.Illinois.tcp_illinois;
import static uapi.linux.inet_diag.InetDiag.INET_DIAG_VEGASINFO;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.init.Machine;
import linux.moduleparam.ModuleParams;
import linux.skbuff.sk_buff;
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
class IllinoisTest {
    private tcp_sock tp;
    private Illinois.illinois ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_illinois);
        tp.snd_nxt = 5000;
        Illinois.tcp_illinois_init(tp);
        ca = (Illinois.illinois) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_illinois", tcp_illinois);
    }

    @Test
    @DisplayName("400 states as the kernel changed them")
    void vectors() {
        Vectors.each("illinois_alpha_beta", row -> {
            ca.base_rtt = 10_000;
            ca.alpha = row.i32("in.ca.alpha");
            ca.rtt_above = row.i32("in.ca.rtt_above");
            ca.rtt_low = row.i32("in.ca.rtt_low");
            int da = row.i32("in.da");
            int dm = row.i32("in.dm");

            assertThat(Illinois.alpha(ca, da, dm)).as("%s", row).isEqualTo(row.i32("out.alpha"));
            assertThat(Illinois.beta(da, dm)).as("%s", row).isEqualTo(row.i32("out.beta"));
            assertThat(ca.rtt_above).as("%s", row).isEqualTo(row.i32("out.ca.rtt_above"));
            assertThat(ca.rtt_low).as("%s", row).isEqualTo(row.i32("out.ca.rtt_low"));
        });
    }

    @Nested
    class rtt_reset {
        @Test
        @DisplayName("a new round trip ends with what is sent next")
        void begins() {
            ca.cnt_rtt = 1;
            ca.sum_rtt = 1;
            tp.snd_nxt = 9000;

            Illinois.rtt_reset(tp);

            assertThat(ca.end_seq).isEqualTo(9000);
            assertThat(ca.cnt_rtt).isZero();
            assertThat(ca.sum_rtt).isZero();
        }
    }

    @Nested
    class tcp_illinois_init {
        @Test
        @DisplayName("full speed until a queue is seen")
        void full_speed() {
            assertThat(ca.alpha).isEqualTo(10 * 128);
            assertThat(ca.beta).isEqualTo(32);
            assertThat(ca.base_rtt).isEqualTo(0x7fffffff);
            assertThat(ca.end_seq).isEqualTo(5000);
        }
    }

    @Nested
    class tcp_illinois_acked {
        @Test
        @DisplayName("smallest, largest, sum and number of the samples; -1 is none")
        void samples() {
            Illinois.tcp_illinois_acked(tp, 1, 2000);
            Illinois.tcp_illinois_acked(tp, 1, 1000);
            Illinois.tcp_illinois_acked(tp, 0x10003, -1);

            assertThat(ca.base_rtt).isEqualTo(1000);
            assertThat(ca.max_rtt).isEqualTo(2000);
            assertThat(ca.sum_rtt).isEqualTo(3000);
            assertThat(ca.cnt_rtt).isEqualTo(2);
            // 16 bits.
            assertThat(ca.acked).isEqualTo(3);
        }

        @Test
        @DisplayName("no sample is above 3.3 s; the number has 16 bits")
        void limits() {
            ca.cnt_rtt = 0xffff;

            Illinois.tcp_illinois_acked(tp, 1, 10_000_000);

            assertThat(ca.max_rtt).isEqualTo(3_355_443);
            assertThat(ca.cnt_rtt).isZero();
        }
    }

    @Nested
    class max_delay {
        @Test
        @DisplayName("largest minus smallest")
        void difference() {
            ca.base_rtt = 1000;
            ca.max_rtt = 3000;

            assertThat(Illinois.max_delay(ca)).isEqualTo(2000);
        }
    }

    @Nested
    class avg_delay {
        @Test
        @DisplayName("average minus smallest; the sum may exceed 32 bits")
        void difference() {
            ca.base_rtt = 1_000_000;
            ca.sum_rtt = 3_000_000L * 5000;
            ca.cnt_rtt = 5000;

            assertThat(Illinois.avg_delay(ca)).isEqualTo(2_000_000);
        }
    }

    @Nested
    class alpha {
        @ParameterizedTest
        @CsvSource({"10, 1280", "11, 1239", "100, 322", "500, 74", "1000, 38"})
        @DisplayName("10 for short queues, less for longer ones, down to 0.3")
        void curve(int da, int alpha) {
            assertThat(Illinois.alpha(ca, da, 1000)).isEqualTo(alpha);
            assertThat(ca.rtt_above).isEqualTo(da == 10 ? 0 : 1);
        }

        @Test
        @DisplayName("after a long queue it takes five round trips with short ones to return to 10")
        void patience() {
            ca.alpha = 40;
            ca.rtt_above = 1;
            for (int i = 0; i < 4; i++) {
                assertThat(Illinois.alpha(ca, 10, 1000)).isEqualTo(40);
            }

            assertThat(Illinois.alpha(ca, 10, 1000)).isEqualTo(1280);
            assertThat(ca.rtt_above).isZero();
            assertThat(ca.rtt_low).isZero();
        }

        @Test
        @DisplayName("theta is set on the command line only")
        void theta() {
            assertThat(ModuleParams.read("tcp_illinois.theta")).isNull();
            assertThat(ModuleParams.write("/sys/module/tcp_illinois/parameters/theta", "1")).isEqualTo(-ENOENT);
            try {
                ModuleParams.commandLine = "tcp_illinois.theta=1";
                Machine.boot();
            } finally {
                ModuleParams.commandLine = "";
            }
            ca.rtt_above = 1;

            assertThat(Illinois.alpha(ca, 10, 1000)).isEqualTo(1280);
        }
    }

    @Nested
    class beta {
        @ParameterizedTest
        @CsvSource({"0, 1000, 8", "100, 1000, 8", "450, 1000, 20", "800, 1000, 32", "1000, 1000, 32",
            "1, 3, 20", "1, 1, 32"})
        @DisplayName("an eighth up to 10 % of the longest queue, a half from 80 % on, a line in between")
        void line(int da, int dm, int beta) {
            assertThat(Illinois.beta(da, dm)).isEqualTo(beta);
        }
    }

    @Nested
    class update_params {
        @Test
        @DisplayName("small windows behave as Reno's")
        void small() {
            tp.snd_cwnd = 14;
            Illinois.tcp_illinois_acked(tp, 1, 1000);

            Illinois.update_params(tp);

            assertThat(ca.alpha).isEqualTo(128);
            assertThat(ca.beta).isEqualTo(32);
            assertThat(ca.cnt_rtt).isZero();
        }

        @Test
        @DisplayName("larger ones after the delays, if there are samples")
        void large() {
            tp.snd_cwnd = 15;
            ca.alpha = 77;
            Illinois.update_params(tp);
            assertThat(ca.alpha).isEqualTo(77);

            Illinois.tcp_illinois_acked(tp, 1, 1000);
            Illinois.update_params(tp);
            assertThat(ca.alpha).isEqualTo(1280);
            assertThat(ca.beta).isEqualTo(8);
        }
    }

    @Nested
    class tcp_illinois_state {
        @Test
        @DisplayName("a timeout makes it Reno, other states do not")
        void timeout() {
            ca.rtt_above = ca.rtt_low = 1;
            Illinois.tcp_illinois_state(tp, TCP_CA_Recovery);
            assertThat(ca.alpha).isEqualTo(1280);

            tp.snd_nxt = 9000;
            Illinois.tcp_illinois_state(tp, TCP_CA_Loss);
            assertThat(ca.alpha).isEqualTo(128);
            assertThat(ca.rtt_above).isZero();
            assertThat(ca.rtt_low).isZero();
            assertThat(ca.end_seq).isEqualTo(9000);
        }
    }

    @Nested
    class tcp_illinois_cong_avoid {
        @Test
        @DisplayName("alpha segments a round trip above the threshold")
        void congestion_avoidance() {
            tp.snd_cwnd = 20;
            tp.snd_ssthresh = 5;
            ca.acked = 2;

            Illinois.tcp_illinois_cong_avoid(tp, 5000, 1, 20);
            assertThat(tp.snd_cwnd).isEqualTo(21);
            assertThat(tp.snd_cwnd_cnt).isZero();
            assertThat(ca.acked).isOne();

            Illinois.tcp_illinois_cong_avoid(tp, 5000, 1, 21);
            assertThat(tp.snd_cwnd).isEqualTo(21);
            assertThat(tp.snd_cwnd_cnt).isOne();
        }

        @Test
        @DisplayName("not above the clamp")
        void clamp() {
            tp.snd_cwnd_clamp = 10;
            tp.snd_ssthresh = 5;
            ca.acked = 10;

            Illinois.tcp_illinois_cong_avoid(tp, 5000, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(10);
        }

        @Test
        @DisplayName("the parameters change when the round trip is over, even if the window was not used")
        void round_trip() {
            Illinois.tcp_illinois_cong_avoid(tp, 5001, 1, 2);

            assertThat(ca.alpha).isEqualTo(128);
            assertThat(tp.snd_cwnd).isEqualTo(10);
        }

        @Test
        @DisplayName("slow start up to the threshold")
        void slow_start() {
            Illinois.tcp_illinois_cong_avoid(tp, 5000, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(11);
        }
    }

    @Nested
    class tcp_illinois_ssthresh {
        @ParameterizedTest
        @CsvSource({"100, 8, 88", "100, 32, 50", "2, 32, 2"})
        @DisplayName("a loss takes beta of the window, and leaves two")
        void decrease(int cwnd, int beta, int ssthresh) {
            tp.snd_cwnd = cwnd;
            ca.beta = beta;

            assertThat(Illinois.tcp_illinois_ssthresh(tp)).isEqualTo(ssthresh);
        }
    }

    @Nested
    class tcp_illinois_info {
        @Test
        @DisplayName("number and average of the samples, smallest round-trip time")
        void attribute() {
            Illinois.tcp_illinois_acked(tp, 1, 3);
            Illinois.tcp_illinois_acked(tp, 1, 5);
            sk_buff skb = new sk_buff();
            skb.head = new byte[20];
            skb.end = 20;

            Illinois.tcp_illinois_info(tp, ~(1 << INET_DIAG_VEGASINFO - 1), skb);
            assertThat(skb.len).isZero();

            Illinois.tcp_illinois_info(tp, 1 << INET_DIAG_VEGASINFO - 1, skb);
            assertThat(skb.head).containsExactly(20, 0, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0);
        }

        @Test
        @DisplayName("without a sample no average is asked for (CVE-2012-4565 was a division by zero here)")
        void no_sample() {
            sk_buff skb = new sk_buff();
            skb.head = new byte[20];
            skb.end = 20;

            Illinois.tcp_illinois_info(tp, 1 << INET_DIAG_VEGASINFO - 1, skb);

            assertThat(skb.head).containsExactly(20, 0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, 127);
        }
    }

    @Nested
    class tcp_illinois_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "illinois")).isZero();
            assertThat(Illinois.tcp_illinois_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class tcp_illinois_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Illinois.tcp_illinois_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "illinois")).isEqualTo(-ENOENT);
        }
    }
}
