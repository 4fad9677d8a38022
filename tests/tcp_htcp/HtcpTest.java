// SPDX-License-Identifier: GPL-2.0-only
package tcp_htcp;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
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
class HtcpTest {
    private tcp_sock tp;
    private Htcp.htcp ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(Htcp.htcp);
        Htcp.htcp_init(tp);
        ca = (Htcp.htcp) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_htcp", Htcp.htcp);
    }

    @Nested
    class htcp_cong_time {
        @Test
        @DisplayName("jiffies since the last loss, across the wrap of the low half")
        void wraps() {
            Jiffies.jiffies = 0x1_0000_0003L;
            ca.last_cong = -2;

            assertThat(Htcp.htcp_cong_time(ca)).isEqualTo(5);
        }
    }

    @Nested
    class htcp_ccount {
        @Test
        @DisplayName("round trips since the last loss")
        void round_trips() {
            ca.minRTT = 40;
            Jiffies.jiffies += 119;

            assertThat(Htcp.htcp_ccount(ca)).isEqualTo(2);
        }
    }

    @Nested
    class htcp_reset {
        @Test
        @DisplayName("starts the clock, and keeps what undo needs")
        void kept() {
            ca.last_cong = 11;
            ca.maxRTT = 12;
            ca.old_maxB = 13;

            Htcp.htcp_reset(ca);

            assertThat(ca.undo_last_cong).isEqualTo(11);
            assertThat(ca.undo_maxRTT).isEqualTo(12);
            assertThat(ca.undo_old_maxB).isEqualTo(13);
            assertThat(ca.last_cong).isEqualTo((int) Jiffies.jiffies);
        }
    }

    @Nested
    class htcp_cwnd_undo {
        @Test
        @DisplayName("the threshold divided by beta, and the numbers of before")
        void undone() {
            ca.last_cong = 11;
            ca.maxRTT = 12;
            ca.old_maxB = 13;
            Htcp.htcp_reset(ca);
            ca.maxRTT = ca.old_maxB = 1;
            ca.beta = 96;
            tp.snd_ssthresh = 30;

            assertThat(Htcp.htcp_cwnd_undo(tp)).isEqualTo(40);

            assertThat(ca.last_cong).isEqualTo(11);
            assertThat(ca.maxRTT).isEqualTo(12);
            assertThat(ca.old_maxB).isEqualTo(13);
            assertThat(ca.undo_last_cong).isZero();
        }

        @Test
        @DisplayName("not below the present window; a second undo finds nothing")
        void nothing_to_undo() {
            ca.maxRTT = 12;
            tp.snd_cwnd = 100;
            tp.snd_ssthresh = 30;

            assertThat(Htcp.htcp_cwnd_undo(tp)).isEqualTo(100);
            assertThat(ca.maxRTT).isEqualTo(12);
        }
    }

    @Nested
    class measure_rtt {
        @Test
        @DisplayName("the smallest, and the largest unless it jumps by more than 20 ms")
        void extremes() {
            Htcp.measure_rtt(tp, 40);
            assertThat(ca.minRTT).isEqualTo(40).isEqualTo(ca.maxRTT);
            Htcp.measure_rtt(tp, 30);
            assertThat(ca.minRTT).isEqualTo(30);
            assertThat(ca.maxRTT).isEqualTo(40);
            Htcp.measure_rtt(tp, 60);
            assertThat(ca.maxRTT).isEqualTo(60);
            Htcp.measure_rtt(tp, 81);
            assertThat(ca.maxRTT).isEqualTo(60);
        }

        @Test
        @DisplayName("the largest counts in Open only")
        void open_only() {
            tp.icsk_ca_state = TCP_CA_Disorder;

            Htcp.measure_rtt(tp, 40);

            assertThat(ca.minRTT).isEqualTo(40);
            assertThat(ca.maxRTT).isZero();
        }
    }

    @Nested
    class measure_achieved_throughput {
        @Test
        @DisplayName("segments a second, once in a window; just after a loss it is all that counts")
        void throughput() {
            Htcp.measure_achieved_throughput(tp, 4, 40_000);
            assertThat(ca.minRTT).isEqualTo(40);
            ca.lasttime = (int) Jiffies.jiffies;
            Jiffies.jiffies += 50;
            Htcp.measure_achieved_throughput(tp, 6, -1);

            assertThat(ca.Bi).isEqualTo(10 * 1000 / 50).isEqualTo(ca.minB).isEqualTo(ca.maxB);
            assertThat(ca.packetcount).isZero();
            assertThat(ca.lasttime).isEqualTo((int) Jiffies.jiffies);

            // Later it is smoothed, 3/4 old and 1/4 new.
            Jiffies.jiffies += 200;
            Htcp.measure_achieved_throughput(tp, 80, -1);
            assertThat(ca.Bi).isEqualTo((3 * 200 + 400) / 4).isEqualTo(ca.maxB);
            assertThat(ca.minB).isEqualTo(200);
        }

        @Test
        @DisplayName("begins anew while something is lost")
        void lost() {
            tp.icsk_ca_state = TCP_CA_Recovery;
            ca.packetcount = 5;

            Htcp.measure_achieved_throughput(tp, 4, -1);

            assertThat(ca.packetcount).isZero();
            assertThat(ca.lasttime).isEqualTo((int) Jiffies.jiffies);
            assertThat(ca.pkts_acked).isEqualTo(1);
        }

        @Test
        @DisplayName("is not measured without use_bandwidth_switch")
        void off() {
            ModuleParams.write("tcp_htcp.use_bandwidth_switch", "0");

            Htcp.measure_achieved_throughput(tp, 0x10004, -1);

            assertThat(ca.packetcount).isZero();
            // 16 bits.
            assertThat(ca.pkts_acked).isEqualTo(4);
        }
    }

    @Nested
    class htcp_beta_update {
        @ParameterizedTest
        @CsvSource({"100, 100, 96", "121, 100, 64", "79, 100, 64", "120, 100, 96", "80, 100, 96"})
        @DisplayName("min/max, unless the throughput has changed by more than a fifth: then a half")
        void bandwidth(int maxB, int old_maxB, int beta) {
            ca.maxB = maxB;
            ca.old_maxB = old_maxB;
            ca.modeswitch = 1;

            Htcp.htcp_beta_update(ca, 30, 40);

            assertThat(ca.beta).isEqualTo(beta);
            assertThat(ca.old_maxB).isEqualTo(maxB);
            assertThat(ca.modeswitch).isEqualTo(beta == 64 ? 0 : 1);
        }

        @ParameterizedTest
        @CsvSource({"1, 39, 40, 102", "1, 15, 40, 64", "1, 10, 12, 64", "1, 30, 0, 64", "0, 30, 40, 64",
            "1, 90, 45, 64"})
        @DisplayName("between a half and 0.8; a half for short paths and at the first loss; cut to 8 bits")
        void limits(int modeswitch, int minRTT, int maxRTT, int beta) {
            ca.modeswitch = modeswitch;

            Htcp.htcp_beta_update(ca, minRTT, maxRTT);

            assertThat(ca.beta).isEqualTo(beta);
            assertThat(ca.modeswitch).isOne();
        }

        @Test
        @DisplayName("the throughput does not matter without use_bandwidth_switch")
        void off() {
            ModuleParams.write("tcp_htcp.use_bandwidth_switch", "0");
            ca.maxB = 1000;
            ca.old_maxB = 100;
            ca.modeswitch = 1;

            Htcp.htcp_beta_update(ca, 30, 40);

            assertThat(ca.beta).isEqualTo(96);
            assertThat(ca.old_maxB).isEqualTo(100);
        }
    }

    @Nested
    class htcp_alpha_update {
        @ParameterizedTest
        @CsvSource({"1000, 1", "2000, 11", "3000, 22"})
        @DisplayName("as Reno for a second after a loss, then ever faster")
        void grows(int time, int factor) {
            Jiffies.jiffies += time;

            Htcp.htcp_alpha_update(ca);

            assertThat(ca.alpha).isEqualTo(factor * 128);
        }

        @ParameterizedTest
        @CsvSource({"1, 100, 11", "1, 400, 22", "1, 10, 1", "0, 400, 11"})
        @DisplayName("long paths grow faster, short ones slower, within limits")
        void scaled(String on, int minRTT, int factor) {
            ModuleParams.write("tcp_htcp.use_rtt_scaling", on);
            ca.minRTT = minRTT;
            Jiffies.jiffies += 2000;

            Htcp.htcp_alpha_update(ca);

            assertThat(ca.alpha).isEqualTo(factor * 128);
        }

        @Test
        @DisplayName("is never 0")
        void minimum() {
            ca.beta = 128;

            Htcp.htcp_alpha_update(ca);

            assertThat(ca.alpha).isEqualTo(Htcp.ALPHA_BASE);
        }
    }

    @Nested
    class htcp_param_update {
        @Test
        @DisplayName("the largest round-trip time fades by a twentieth of the difference")
        void fades() {
            ca.minRTT = 100;
            ca.maxRTT = 200;

            Htcp.htcp_param_update(tp);

            assertThat(ca.maxRTT).isEqualTo(195);
            assertThat(ca.beta).isEqualTo(64);
        }
    }

    @Nested
    class htcp_recalc_ssthresh {
        @Test
        @DisplayName("400 states as the kernel changed them")
        void vectors() {
            Vectors.each("htcp_recalc_ssthresh", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
                ca.minRTT = row.i32("in.ca.minRTT");
                ca.maxRTT = row.i32("in.ca.maxRTT");
                ca.maxB = row.i32("in.ca.maxB");
                ca.old_maxB = row.i32("in.ca.old_maxB");
                ca.modeswitch = row.i32("in.ca.modeswitch");
                ca.beta = row.i32("in.ca.beta");
                ca.last_cong = row.i32("in.ca.last_cong");

                assertThat(Htcp.htcp_recalc_ssthresh(tp)).as("%s", row).isEqualTo(row.i32("out.ret"));

                assertThat(ca.alpha).as("%s", row).isEqualTo(row.i32("out.ca.alpha"));
                assertThat(ca.beta).as("%s", row).isEqualTo(row.i32("out.ca.beta"));
                assertThat(ca.modeswitch).as("%s", row).isEqualTo(row.i32("out.ca.modeswitch"));
                assertThat(ca.maxRTT).as("%s", row).isEqualTo(row.i32("out.ca.maxRTT"));
                assertThat(ca.old_maxB).as("%s", row).isEqualTo(row.i32("out.ca.old_maxB"));
            });
        }
    }

    @Nested
    class htcp_cong_avoid {
        @Test
        @DisplayName("alpha segments a round trip above the threshold, counted by segments acknowledged")
        void congestion_avoidance() {
            tp.snd_ssthresh = 5;
            ca.alpha = 2 * 128;
            ca.pkts_acked = 3;

            Htcp.htcp_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(3);
            assertThat(ca.pkts_acked).isOne();

            tp.snd_cwnd_cnt = 5;
            Htcp.htcp_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(tp.snd_cwnd_cnt).isZero();
            // alpha was computed anew.
            assertThat(ca.alpha).isEqualTo(128);
        }

        @Test
        @DisplayName("slow start up to the threshold, nothing when the window was not used")
        void slow_start() {
            Htcp.htcp_cong_avoid(tp, 0, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            Htcp.htcp_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }
    }

    @Nested
    class htcp_init {
        @Test
        @DisplayName("all zero but the base values")
        void base() {
            ca.minRTT = 40;

            Htcp.htcp_init(tp);

            ca = (Htcp.htcp) tp.icsk_ca_priv;
            assertThat(ca.minRTT).isZero();
            assertThat(ca.alpha).isEqualTo(128);
            assertThat(ca.beta).isEqualTo(64);
            assertThat(ca.pkts_acked).isOne();
            assertThat(ca.last_cong).isEqualTo((int) Jiffies.jiffies);
        }
    }

    @Nested
    class htcp_state {
        @Test
        @DisplayName("recovery starts the clock, and its end starts it once more")
        void clock() {
            for (int state : new int[] {TCP_CA_CWR, TCP_CA_Recovery, TCP_CA_Loss}) {
                Jiffies.jiffies += 100;
                int before = ca.last_cong;
                Htcp.htcp_state(tp, state);
                assertThat(ca.last_cong).isEqualTo((int) Jiffies.jiffies);
                assertThat(ca.undo_last_cong).isEqualTo(before);

                Jiffies.jiffies += 100;
                Htcp.htcp_state(tp, TCP_CA_Open);
                assertThat(ca.last_cong).isEqualTo((int) Jiffies.jiffies);
                assertThat(ca.undo_last_cong).isZero();
            }
        }

        @Test
        @DisplayName("Open without a recovery before, and Disorder, change nothing")
        void no_loss() {
            int before = ca.last_cong;
            Jiffies.jiffies += 100;

            Htcp.htcp_state(tp, TCP_CA_Disorder);
            Htcp.htcp_state(tp, TCP_CA_Open);

            assertThat(ca.last_cong).isEqualTo(before);
        }
    }

    @Nested
    class htcp_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "htcp")).isZero();
            assertThat(Htcp.htcp_register()).isEqualTo(-EEXIST);
        }

        @ParameterizedTest
        @CsvSource({
            "use_rtt_scaling, 1",
            "use_bandwidth_switch, 1"
        })
        @DisplayName("each parameter is a file of the module: it shows the default, and what was written last")
        void parameters(String name, String initial) {
            ModuleFiles.keeps("tcp_htcp", name, initial);
        }
    }

    @Nested
    class htcp_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Htcp.htcp_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "htcp")).isEqualTo(-ENOENT);
        }
    }
}
