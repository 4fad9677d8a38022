// SPDX-License-Identifier: GPL-2.0-only
package tcp_vegas;

import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_vegas.Vegas.tcp_vegas;
import static uapi.linux.inet_diag.InetDiag.INET_DIAG_VEGASINFO;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import java.util.Arrays;
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
import testing.ModuleFiles;

@KernelTest
class VegasTest {
    private tcp_sock tp;
    private Vegas.vegas ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_vegas);
        tp.snd_nxt = 5000;
        Vegas.tcp_vegas_init(tp);
        ca = (Vegas.vegas) tp.icsk_ca_priv;
    }

    /** A round trip with samples of {@code rtt} each, of which {@code base} is the smallest ever. */
    private void samples(int n, int base, int rtt) {
        ca.baseRTT = base + 1;
        for (int i = 0; i < n; i++) {
            Vegas.tcp_vegas_pkts_acked(tp, 1, rtt);
        }
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_vegas", tcp_vegas);
    }

    @Nested
    class vegas_enable {
        @Test
        @DisplayName("a new round trip begins, the smallest time of all stays")
        void begins() {
            samples(3, 1000, 2000);
            ca.doing_vegas_now = 0;
            tp.snd_nxt = 9000;

            Vegas.vegas_enable(tp);

            assertThat(ca.doing_vegas_now).isOne();
            assertThat(ca.beg_snd_nxt).isEqualTo(9000);
            assertThat(ca.cntRTT).isZero();
            assertThat(ca.minRTT).isEqualTo(0x7fffffff);
            assertThat(ca.baseRTT).isEqualTo(1001);
        }
    }

    @Nested
    class vegas_disable {
        @Test
        @DisplayName("Reno decides from now on")
        void off() {
            Vegas.vegas_disable(tp);

            assertThat(ca.doing_vegas_now).isZero();
        }
    }

    @Nested
    class tcp_vegas_init {
        @Test
        @DisplayName("nothing is known of the path")
        void unknown() {
            samples(3, 1000, 2000);

            Vegas.tcp_vegas_init(tp);

            assertThat(ca.baseRTT).isEqualTo(0x7fffffff);
            assertThat(ca.cntRTT).isZero();
        }
    }

    @Nested
    class tcp_vegas_pkts_acked {
        @Test
        @DisplayName("the smallest of the round trip and of all, plus one; -1 is no sample")
        void smallest() {
            Vegas.tcp_vegas_pkts_acked(tp, 1, 3000);
            Vegas.tcp_vegas_pkts_acked(tp, 1, -1);
            Vegas.tcp_vegas_pkts_acked(tp, 1, 0);
            Vegas.tcp_vegas_pkts_acked(tp, 1, 2000);

            assertThat(ca.cntRTT).isEqualTo(3);
            assertThat(ca.minRTT).isEqualTo(1);
            assertThat(ca.baseRTT).isEqualTo(1);
        }

        @Test
        @DisplayName("the counter has 16 bits")
        void sixteen_bits() {
            ca.cntRTT = 0xffff;

            Vegas.tcp_vegas_pkts_acked(tp, 1, 3000);

            assertThat(ca.cntRTT).isZero();
        }
    }

    @Nested
    class tcp_vegas_state {
        @Test
        @DisplayName("on in Open only")
        void open_only() {
            Vegas.tcp_vegas_state(tp, TCP_CA_Disorder);
            assertThat(ca.doing_vegas_now).isZero();

            Vegas.tcp_vegas_state(tp, TCP_CA_Open);
            assertThat(ca.doing_vegas_now).isOne();
        }
    }

    @Nested
    class tcp_vegas_cwnd_event {
        @Test
        @DisplayName("begins anew after a pause, not with other events")
        void pause() {
            for (int ev : new int[] {CA_EVENT_CWND_RESTART, CA_EVENT_TX_START}) {
                ca.baseRTT = 1000;
                Vegas.tcp_vegas_cwnd_event(tp, CA_EVENT_FAST_ACK);
                assertThat(ca.baseRTT).isEqualTo(1000);
                Vegas.tcp_vegas_cwnd_event(tp, ev);
                assertThat(ca.baseRTT).isEqualTo(0x7fffffff);
            }
        }
    }

    @Nested
    class tcp_vegas_ssthresh {
        @Test
        @DisplayName("below the window, so that slow start is over")
        void below() {
            assertThat(Vegas.tcp_vegas_ssthresh(tp)).isEqualTo(9);

            tp.snd_ssthresh = 5;
            assertThat(Vegas.tcp_vegas_ssthresh(tp)).isEqualTo(5);
        }
    }

    @Nested
    class tcp_vegas_cong_avoid {
        @ParameterizedTest
        @CsvSource({"1000, 21, 15", "1099, 21, 15", "1100, 20, 15", "1249, 20, 15", "1250, 19, 13"})
        @DisplayName("2 to 4 packets queued are right: fewer, and the window grows by one; more, and it shrinks by one")
        void once_a_round_trip(int rtt, int cwnd, int ssthresh) {
            tp.snd_cwnd = 20;
            tp.snd_ssthresh = 10;
            samples(3, 999, rtt - 1);

            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 20);

            assertThat(tp.snd_cwnd).isEqualTo(cwnd);
            assertThat(tp.snd_ssthresh).isEqualTo(ssthresh);
            assertThat(ca.beg_snd_nxt).isEqualTo(5000);
            assertThat(ca.cntRTT).isZero();
        }

        @Test
        @DisplayName("slow start ends when more than one packet is queued, with the window that the rate fills")
        void end_of_slow_start() {
            tp.snd_cwnd = 20;
            samples(3, 999, 1199);

            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 20);

            assertThat(tp.snd_cwnd).isEqualTo(20 * 1000 / 1200 + 1);
            assertThat(tp.snd_ssthresh).isEqualTo(16);
        }

        @Test
        @DisplayName("slow start goes on while nothing is queued, and within the round trip")
        void slow_start() {
            samples(3, 999, 999);
            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);

            Vegas.tcp_vegas_cong_avoid(tp, 5000, 1, 11);
            assertThat(tp.snd_cwnd).isEqualTo(12);
        }

        @Test
        @DisplayName("nothing happens within the round trip above the threshold")
        void within() {
            tp.snd_ssthresh = 5;
            samples(3, 999, 999);

            Vegas.tcp_vegas_cong_avoid(tp, 5000, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_cwnd_cnt).isZero();
            assertThat(ca.cntRTT).isEqualTo(3);
        }

        @Test
        @DisplayName("Reno decides when there are only two samples, or something is lost")
        void reno() {
            tp.snd_ssthresh = 5;
            samples(2, 999, 999);
            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 10);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(1);

            Vegas.vegas_disable(tp);
            Vegas.tcp_vegas_cong_avoid(tp, 5000, 1, 10);
            assertThat(tp.snd_cwnd_cnt).isEqualTo(2);
        }

        @Test
        @DisplayName("stays between 2 and the clamp")
        void limits() {
            tp.snd_cwnd = 2;
            tp.snd_ssthresh = 1;
            samples(3, 99, 999);
            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(2);

            tp.snd_cwnd_clamp = 2;
            samples(3, 999, 999);
            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(2);
        }

        @Test
        @DisplayName("the limits are module parameters")
        void parameters() {
            ModuleParams.write("tcp_vegas.alpha", "1");
            ModuleParams.write("tcp_vegas.beta", "2");
            tp.snd_cwnd = 20;
            tp.snd_ssthresh = 10;
            samples(3, 999, 1149);

            Vegas.tcp_vegas_cong_avoid(tp, 5001, 1, 20);

            assertThat(tp.snd_cwnd).isEqualTo(19);
            assertThat(ModuleParams.read("/sys/module/tcp_vegas/parameters/gamma")).isEqualTo("1");
        }
    }

    @Nested
    class tcp_vegas_get_info {
        @Test
        @DisplayName("an attribute with four little-endian words, if it is asked for and there is room")
        void attribute() {
            samples(3, 0x1233, 0x2344);
            sk_buff skb = new sk_buff();
            skb.head = new byte[39];
            skb.end = 39;

            Vegas.tcp_vegas_get_info(tp, ~(1 << INET_DIAG_VEGASINFO - 1), skb);
            assertThat(skb.len).isZero();

            Vegas.tcp_vegas_get_info(tp, 1 << INET_DIAG_VEGASINFO - 1, skb);
            assertThat(skb.len).isEqualTo(20);
            assertThat(Arrays.copyOf(skb.head, 20)).containsExactly(
                    20, 0, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0x34, 0x12, 0, 0, 0x45, 0x23, 0, 0);

            Vegas.tcp_vegas_get_info(tp, 1 << INET_DIAG_VEGASINFO - 1, skb);
            assertThat(skb.len).isEqualTo(20);
        }
    }

    @Nested
    class tcp_vegas_register {
        @Test
        @DisplayName("is done at boot; a second time it fails without saying so")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "vegas")).isZero();
            assertThat(Vegas.tcp_vegas_register()).isZero();
        }

        @ParameterizedTest
        @CsvSource({
            "alpha, 2",
            "beta, 4",
            "gamma, 1"
        })
        @DisplayName("each parameter is a file of the module: it shows the default, and what was written last")
        void parameters(String name, String initial) {
            ModuleFiles.keeps("tcp_vegas", name, initial);
        }
    }

    @Nested
    class tcp_vegas_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Vegas.tcp_vegas_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "vegas")).isEqualTo(-ENOENT);
        }
    }
}
