// SPDX-License-Identifier: GPL-2.0-only
package tcp_veno;

import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_veno.Veno.tcp_veno;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

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
class VenoTest {
    private tcp_sock tp;
    private Veno.veno ca;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_veno);
        Veno.tcp_veno_init(tp);
        ca = (Veno.veno) tp.icsk_ca_priv;
    }

    /** Three samples of {@code rtt} each, of which {@code base} is the smallest ever. */
    private void samples(int base, int rtt) {
        ca.basertt = base + 1;
        for (int i = 0; i < 3; i++) {
            Veno.tcp_veno_pkts_acked(tp, 1, rtt);
        }
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_veno", tcp_veno);
    }

    @Nested
    class veno_enable {
        @Test
        @DisplayName("samples from before do not count")
        void on() {
            ca.doing_veno_now = 0;
            ca.minrtt = 1;

            Veno.veno_enable(tp);

            assertThat(ca.doing_veno_now).isOne();
            assertThat(ca.minrtt).isEqualTo(0x7fffffff);
        }
    }

    @Nested
    class veno_disable {
        @Test
        @DisplayName("Reno decides from now on")
        void off() {
            Veno.veno_disable(tp);

            assertThat(ca.doing_veno_now).isZero();
        }
    }

    @Nested
    class tcp_veno_init {
        @Test
        @DisplayName("nothing is known of the path; the number of samples stays")
        void unknown() {
            samples(1000, 2000);
            ca.inc = 0;

            Veno.tcp_veno_init(tp);

            assertThat(ca.basertt).isEqualTo(0x7fffffff);
            assertThat(ca.inc).isOne();
            assertThat(ca.cntrtt).isEqualTo(3);
        }
    }

    @Nested
    class tcp_veno_pkts_acked {
        @Test
        @DisplayName("the smallest since the last ACK and of all, plus one; -1 is no sample")
        void smallest() {
            Veno.tcp_veno_pkts_acked(tp, 1, 3000);
            Veno.tcp_veno_pkts_acked(tp, 1, -1);
            Veno.tcp_veno_pkts_acked(tp, 1, 2000);

            assertThat(ca.cntrtt).isEqualTo(2);
            assertThat(ca.minrtt).isEqualTo(2001);
            assertThat(ca.basertt).isEqualTo(2001);
        }

        @Test
        @DisplayName("the counter has 16 bits")
        void sixteen_bits() {
            ca.cntrtt = 0xffff;

            Veno.tcp_veno_pkts_acked(tp, 1, 3000);

            assertThat(ca.cntrtt).isZero();
        }
    }

    @Nested
    class tcp_veno_state {
        @Test
        @DisplayName("on in Open only")
        void open_only() {
            Veno.tcp_veno_state(tp, TCP_CA_Disorder);
            assertThat(ca.doing_veno_now).isZero();

            Veno.tcp_veno_state(tp, TCP_CA_Open);
            assertThat(ca.doing_veno_now).isOne();
        }
    }

    @Nested
    class tcp_veno_cwnd_event {
        @Test
        @DisplayName("begins anew after a pause, not with other events")
        void pause() {
            for (int ev : new int[] {CA_EVENT_CWND_RESTART, CA_EVENT_TX_START}) {
                ca.basertt = 1000;
                Veno.tcp_veno_cwnd_event(tp, CA_EVENT_FAST_ACK);
                assertThat(ca.basertt).isEqualTo(1000);
                Veno.tcp_veno_cwnd_event(tp, ev);
                assertThat(ca.basertt).isEqualTo(0x7fffffff);
            }
        }
    }

    @Nested
    class tcp_veno_cong_avoid {
        @ParameterizedTest
        @CsvSource({"999, 0", "1174, 6", "1499, 14"})
        @DisplayName("counts the packets queued, in halves")
        void diff(int rtt, int diff) {
            tp.snd_cwnd = 20;
            samples(999, rtt);

            Veno.tcp_veno_cong_avoid(tp, 0, 1, 20);

            assertThat(ca.diff).isEqualTo(diff);
            assertThat(ca.minrtt).isEqualTo(0x7fffffff);
        }

        @Test
        @DisplayName("grows as Reno while fewer than three are queued")
        void short_queue() {
            tp.snd_ssthresh = 5;
            tp.snd_cwnd_cnt = 10;
            samples(999, 999);

            Veno.tcp_veno_cong_avoid(tp, 0, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(11);
        }

        @Test
        @DisplayName("and every other time with more")
        void long_queue() {
            tp.snd_ssthresh = 5;
            int[] cwnd = {11, 11, 12};
            for (int expected : cwnd) {
                tp.snd_cwnd_cnt = tp.snd_cwnd;
                samples(999, 1999);
                Veno.tcp_veno_cong_avoid(tp, 0, 1, tp.snd_cwnd);
                assertThat(tp.snd_cwnd).isEqualTo(expected);
                assertThat(tp.snd_cwnd_cnt).isZero();
            }
            samples(999, 1999);
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 12);
            assertThat(tp.snd_cwnd_cnt).isOne();
        }

        @Test
        @DisplayName("slow start up to the threshold; Reno with two samples, or when something is lost")
        void others() {
            samples(999, 1999);
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);

            ca.cntrtt = 2;
            ca.diff = 77;
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 11);
            assertThat(tp.snd_cwnd).isEqualTo(12);
            assertThat(ca.diff).isEqualTo(77);

            Veno.veno_disable(tp);
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 12);
            assertThat(tp.snd_cwnd).isEqualTo(13);

            Veno.veno_enable(tp);
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 2);
            assertThat(tp.snd_cwnd).isEqualTo(13);
        }

        @Test
        @DisplayName("stays between 2 and the clamp")
        void limits() {
            samples(999, 1999);
            tp.snd_cwnd = 1;
            tp.snd_ssthresh = 0;
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 1);
            assertThat(tp.snd_cwnd).isEqualTo(2);

            samples(999, 1999);
            tp.snd_cwnd = 12;
            tp.snd_cwnd_clamp = 10;
            Veno.tcp_veno_cong_avoid(tp, 0, 1, 12);
            assertThat(tp.snd_cwnd).isEqualTo(10);
        }
    }

    @Nested
    class tcp_veno_ssthresh {
        @ParameterizedTest
        @CsvSource({"5, 10, 8", "6, 10, 5", "0, 2, 2", "9, 2, 2"})
        @DisplayName("a loss with a short queue costs a fifth, with a long one a half")
        void decrease(int diff, int cwnd, int ssthresh) {
            ca.diff = diff;
            tp.snd_cwnd = cwnd;

            assertThat(Veno.tcp_veno_ssthresh(tp)).isEqualTo(ssthresh);
        }
    }

    @Nested
    class tcp_veno_register {
        @Test
        @DisplayName("is done at boot; a second time it fails without saying so")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "veno")).isZero();
            assertThat(Veno.tcp_veno_register()).isZero();
        }
    }

    @Nested
    class tcp_veno_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Veno.tcp_veno_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "veno")).isEqualTo(-ENOENT);
        }
    }
}
