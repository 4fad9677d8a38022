// SPDX-License-Identifier: GPL-2.0-only
package tcp_hybla;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_hybla.Hybla.tcp_hybla;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

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
class HyblaTest {
    private tcp_sock tp;
    private Hybla.hybla ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_hybla);
        tp.srtt = 8 * 50;
        Hybla.hybla_init(tp);
        ca = (Hybla.hybla) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_hybla", tcp_hybla);
    }

    @Test
    @DisplayName("what the kernel made of 300 windows")
    void vectors() {
        Vectors.each("hybla_params", row -> {
            tp.srtt = row.i32("in.tp.srtt");
            ca.hybla_en = row.bool("in.ca.hybla_en");
            ca.minrtt = row.i32("in.ca.minrtt");
            ca.snd_cwnd_cents = row.i32("in.ca.snd_cwnd_cents");
            tp.snd_cwnd = row.i32("in.tp.snd_cwnd");
            tp.snd_cwnd_cnt = row.i32("in.tp.snd_cwnd_cnt");
            tp.snd_ssthresh = row.i32("in.tp.snd_ssthresh");
            tp.snd_cwnd_clamp = row.i32("in.tp.snd_cwnd_clamp");

            assertThat(Hybla.hybla_fraction(row.i32("in.odds"))).as("%s", row)
                    .isEqualTo(row.i32("out.hybla_fraction"));
            Hybla.hybla_recalc_param(tp);
            assertThat(ca.rho).as("%s", row).isEqualTo(row.i32("out.ca.rho"));
            assertThat(ca.rho2).as("%s", row).isEqualTo(row.i32("out.ca.rho2"));
            assertThat(ca.rho_3ls).as("%s", row).isEqualTo(row.i32("out.ca.rho_3ls"));
            assertThat(ca.rho2_7ls).as("%s", row).isEqualTo(row.i32("out.ca.rho2_7ls"));
            Hybla.hybla_cong_avoid(tp, 0, row.i32("in.acked"), tp.snd_cwnd);
            assertThat(ca.minrtt).as("%s", row).isEqualTo(row.i32("out.minrtt_after_cong_avoid"));
            assertThat(ca.snd_cwnd_cents).as("%s", row).isEqualTo(row.i32("out.snd_cwnd_cents_after_cong_avoid"));
            assertThat(ca.rho).as("%s", row).isEqualTo(row.i32("out.rho_after"));
            assertThat(tp.snd_cwnd).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd"));
            assertThat(tp.snd_cwnd_cnt).as("%s", row).isEqualTo(row.i32("out.tp.snd_cwnd_cnt"));
        });
    }

    @Nested
    class hybla_recalc_param {
        @ParameterizedTest
        @CsvSource({"25, 16, 2", "50, 8, 1", "1000, 8, 1", "20, 20, 2"})
        @DisplayName("rho is the round-trip time over rtt0, at least one")
        void ratio(String rtt0, int rho_3ls, int rho) {
            ModuleParams.write("tcp_hybla.rtt0", rtt0);

            Hybla.hybla_recalc_param(tp);

            assertThat(ca.rho_3ls).isEqualTo(rho_3ls);
            assertThat(ca.rho).isEqualTo(rho);
            assertThat(ca.rho2_7ls).isEqualTo(rho_3ls * rho_3ls * 2);
            assertThat(ca.rho2).isEqualTo(rho_3ls * rho_3ls / 64);
        }
    }

    @Nested
    class hybla_init {
        @Test
        @DisplayName("starts with a window of rho")
        void window() {
            assertThat(tp.snd_cwnd).isEqualTo(2);
            assertThat(tp.snd_cwnd_clamp).isEqualTo(65535);
            assertThat(ca.minrtt).isEqualTo(400);
            assertThat(ca.hybla_en).isTrue();
        }
    }

    @Nested
    class hybla_state {
        @Test
        @DisplayName("on in Open only")
        void open_only() {
            Hybla.hybla_state(tp, TCP_CA_Recovery);
            assertThat(ca.hybla_en).isFalse();

            Hybla.hybla_state(tp, TCP_CA_Open);
            assertThat(ca.hybla_en).isTrue();
        }
    }

    @Nested
    class hybla_fraction {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
        @DisplayName("2^(n/8) in 1/128")
        void power(int n) {
            assertThat(Hybla.hybla_fraction(n)).isBetween(
                    (int) (128 * Math.pow(2, n / 8.0)) - 1, (int) (128 * Math.pow(2, n / 8.0)) + 1);
        }

        @Test
        @DisplayName("1 beyond the table")
        void beyond() {
            assertThat(Hybla.hybla_fraction(8)).isEqualTo(128);
            assertThat(Hybla.hybla_fraction(-1)).isEqualTo(128);
        }
    }

    @Nested
    class hybla_cong_avoid {
        @Test
        @DisplayName("slow start adds 2^rho - 1 with every ACK, up to the threshold")
        void slow_start() {
            tp.snd_ssthresh = 7;

            Hybla.hybla_cong_avoid(tp, 0, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(5);

            Hybla.hybla_cong_avoid(tp, 0, 1, 5);
            assertThat(tp.snd_cwnd).isEqualTo(7);
        }

        @Test
        @DisplayName("congestion avoidance adds rho^2 in a round trip, in fractions")
        void congestion_avoidance() {
            tp.snd_cwnd = 64;
            tp.snd_ssthresh = 64;

            for (int i = 0; i < 16; i++) {
                assertThat(tp.snd_cwnd).isEqualTo(64);
                Hybla.hybla_cong_avoid(tp, 0, 1, 64);
            }

            assertThat(tp.snd_cwnd).isEqualTo(65);
            assertThat(ca.snd_cwnd_cents).isZero();
        }

        @Test
        @DisplayName("a huge window, for which the increment is nothing, grows by one in a round trip")
        void huge() {
            tp.snd_cwnd = 1000;
            tp.snd_ssthresh = 64;
            tp.snd_cwnd_cnt = 999;

            Hybla.hybla_cong_avoid(tp, 0, 1, 1000);

            assertThat(tp.snd_cwnd).isEqualTo(1001);
            assertThat(tp.snd_cwnd_cnt).isZero();
        }

        @Test
        @DisplayName("rho follows the smallest round-trip time")
        void minrtt() {
            tp.srtt = 8 * 100;
            Hybla.hybla_cong_avoid(tp, 0, 1, 0);
            assertThat(ca.rho).isEqualTo(2);

            tp.srtt = 8 * 25;
            Hybla.hybla_cong_avoid(tp, 0, 1, 0);
            assertThat(ca.rho).isEqualTo(1);
            assertThat(ca.minrtt).isEqualTo(200);
        }

        @Test
        @DisplayName("Reno decides while something is lost; nothing happens when the window was not used")
        void reno() {
            tp.snd_cwnd = 10;
            Hybla.hybla_cong_avoid(tp, 0, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            Hybla.hybla_state(tp, TCP_CA_CWR);
            Hybla.hybla_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }

        @Test
        @DisplayName("a module that was not started computes rho now")
        void not_started() {
            ca.rho = 0;

            Hybla.hybla_cong_avoid(tp, 0, 1, 2);

            assertThat(ca.rho).isEqualTo(2);
        }
    }

    @Nested
    class hybla_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "hybla")).isZero();
            assertThat(Hybla.hybla_register()).isEqualTo(-EEXIST);
        }

        @Test
        @DisplayName("rtt0 is a file of the module: it shows the default, and what was written last")
        void parameter() {
            ModuleFiles.keeps("tcp_hybla", "rtt0", "25");
        }
    }

    @Nested
    class hybla_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Hybla.hybla_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "hybla")).isEqualTo(-ENOENT);
        }
    }
}
