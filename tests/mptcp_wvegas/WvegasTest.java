// SPDX-License-Identifier: GPL-2.0-only
package mptcp_wvegas;

import static linux.errno.Errno.ENOENT;
import static mptcp_wvegas.Wvegas.mptcp_wvegas;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.ModuleFiles;
import testing.MptcpSockets;
import testing.MptcpTrajectory;

@KernelTest
class WvegasTest {
    private MptcpSockets c;
    private tcp_sock tp;
    private Wvegas.wvegas ca;

    @BeforeEach
    void connection() {
        c = MptcpTrajectory.connection(2, mptcp_wvegas);
        tp = c.sub(0);
        for (tcp_sock sub : c.subflows()) {
            sub.snd_cwnd = 20;
            sub.snd_ssthresh = 5;
            sub.snd_nxt = 5000;
            Wvegas.mptcp_wvegas_init(sub);
        }
        ca = Wvegas.ca(tp);
    }

    /** A round trip with {@code n} samples of {@code rtt} microseconds, of which {@code base} is the smallest ever. */
    private void samples(int n, int base, int rtt) {
        ca.base_rtt = base;
        for (int i = 0; i < n; i++) {
            Wvegas.mptcp_wvegas_pkts_acked(tp, 1, rtt - 1);
        }
    }

    /** Everything that was out when the round trip began is acknowledged. */
    private void roundTripEnds() {
        Wvegas.mptcp_wvegas_cong_avoid(tp, 5001, 1, 20);
    }

    @Test
    @DisplayName("five connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        MptcpTrajectory.replay("mptcp_wvegas", mptcp_wvegas);
    }

    @Nested
    class mptcp_wvegas_scale {
        @Test
        @DisplayName("the value is unsigned, the product has 64 bits")
        void unsigned() {
            assertThat(Wvegas.mptcp_wvegas_scale(-1, 16)).isEqualTo(0xffffffffL << 16);
        }
    }

    @Nested
    class wvegas_enable {
        @Test
        @DisplayName("a new round trip begins with the parameters, the smallest time of all stays")
        void begins() {
            samples(3, 1000, 2000);
            ca.alpha = 7;
            ca.queue_delay = 3;
            ca.doing_wvegas_now = 0;
            tp.snd_nxt = 9000;

            Wvegas.wvegas_enable(tp);

            assertThat(ca.doing_wvegas_now).isOne();
            assertThat(ca.beg_snd_nxt).isEqualTo(9000);
            assertThat(ca.cnt_rtt).isZero();
            assertThat(ca.sampled_rtt).isZero();
            assertThat(ca.alpha).isEqualTo(2);
            assertThat(ca.weight).isEqualTo(1 << 16);
            assertThat(ca.queue_delay).isZero();
            assertThat(ca.base_rtt).isEqualTo(1000);
        }
    }

    @Nested
    class wvegas_disable {
        @Test
        @DisplayName("Reno decides from now on")
        void off() {
            Wvegas.wvegas_disable(tp);

            assertThat(ca.doing_wvegas_now).isZero();
        }
    }

    @Nested
    class mptcp_wvegas_init {
        @Test
        @DisplayName("nothing is known of the path")
        void unknown() {
            samples(3, 1000, 2000);

            Wvegas.mptcp_wvegas_init(tp);

            assertThat(ca.base_rtt).isEqualTo(0x7fffffff);
            assertThat(ca.cnt_rtt).isZero();
        }
    }

    @Nested
    class mptcp_wvegas_rate {
        @Test
        @DisplayName("packets per microsecond, scaled by 2^16")
        void scaled() {
            assertThat(Wvegas.mptcp_wvegas_rate(100, 1000)).isEqualTo((100 << 16) / 1000);
        }
    }

    @Nested
    class mptcp_wvegas_pkts_acked {
        @Test
        @DisplayName("summed up, the smallest kept, each plus one; -1 is no sample")
        void sums() {
            Wvegas.mptcp_wvegas_pkts_acked(tp, 1, 3000);
            Wvegas.mptcp_wvegas_pkts_acked(tp, 1, -1);
            Wvegas.mptcp_wvegas_pkts_acked(tp, 1, 0);

            assertThat(ca.cnt_rtt).isEqualTo(2);
            assertThat(ca.sampled_rtt).isEqualTo(3002);
            assertThat(ca.base_rtt).isOne();
        }

        @Test
        @DisplayName("the counter has 16 bits")
        void sixteen_bits() {
            ca.cnt_rtt = 0xffff;

            Wvegas.mptcp_wvegas_pkts_acked(tp, 1, 3000);

            assertThat(ca.cnt_rtt).isZero();
        }
    }

    @Nested
    class mptcp_wvegas_state {
        @Test
        @DisplayName("on in Open only")
        void open_only() {
            Wvegas.mptcp_wvegas_state(tp, TCP_CA_Disorder);
            assertThat(ca.doing_wvegas_now).isZero();

            Wvegas.mptcp_wvegas_state(tp, TCP_CA_Open);
            assertThat(ca.doing_wvegas_now).isOne();
        }
    }

    @Nested
    class mptcp_wvegas_cwnd_event {
        @Test
        @DisplayName("begins anew after a pause; a timeout only makes the rate unknown")
        void pause_and_loss() {
            ca.base_rtt = 1000;
            ca.instant_rate = 5;

            Wvegas.mptcp_wvegas_cwnd_event(tp, CA_EVENT_LOSS);
            assertThat(ca.instant_rate).isZero();
            assertThat(ca.base_rtt).isEqualTo(1000);

            Wvegas.mptcp_wvegas_cwnd_event(tp, CA_EVENT_CWND_RESTART);
            assertThat(ca.base_rtt).isEqualTo(0x7fffffff);
        }
    }

    @Nested
    class mptcp_wvegas_ssthresh {
        @Test
        @DisplayName("below the window, never above what it was")
        void below() {
            tp.snd_ssthresh = 100;
            assertThat(Wvegas.mptcp_wvegas_ssthresh(tp)).isEqualTo(19);

            tp.snd_ssthresh = 5;
            assertThat(Wvegas.mptcp_wvegas_ssthresh(tp)).isEqualTo(5);
        }
    }

    @Nested
    class mptcp_wvegas_weight {
        @Test
        @DisplayName("a part of the rate of all that have samples")
        void part() {
            Wvegas.wvegas other = Wvegas.ca(c.sub(1));
            ca.instant_rate = 100;
            ca.sampled_rtt = 1;
            other.instant_rate = 300;

            assertThat(Wvegas.mptcp_wvegas_weight(c.mpcb, tp)).isEqualTo(1 << 16);

            other.sampled_rtt = 1;
            assertThat(Wvegas.mptcp_wvegas_weight(c.mpcb, tp)).isEqualTo((1 << 16) / 4);
        }

        @Test
        @DisplayName("more than 1 if the subflow itself cannot send: then it is missing from the total")
        void more_than_one() {
            Wvegas.wvegas other = Wvegas.ca(c.sub(1));
            ca.instant_rate = 300;
            ca.sampled_rtt = 1;
            other.instant_rate = 100;
            other.sampled_rtt = 1;
            tp.mptcp.pre_established = true;

            assertThat(Wvegas.mptcp_wvegas_weight(c.mpcb, tp)).isEqualTo(3 << 16);
        }

        @Test
        @DisplayName("the rate is cut to 32 bits before it is scaled")
        void cut() {
            ca.instant_rate = (1L << 32) + 8;
            ca.sampled_rtt = 1;

            assertThat(Wvegas.mptcp_wvegas_weight(c.mpcb, tp)).isZero();
        }

        @Test
        @DisplayName("stays as it is for plain TCP, and while the rate is unknown")
        void stays() {
            ca.weight = 42;

            assertThat(Wvegas.mptcp_wvegas_weight(null, tp)).isEqualTo(42);
            assertThat(Wvegas.mptcp_wvegas_weight(c.mpcb, tp)).isEqualTo(42);
        }
    }

    @Nested
    class mptcp_wvegas_cong_avoid {
        @ParameterizedTest(name = "base 9000 us, now {0}: {1}")
        @DisplayName("fewer packets queued than alpha: up by one; as many: stays; more: down by one")
        @CsvSource({"9100, 21", "10000, 20", "11000, 19"})
        void one_up_or_down(int rtt, int cwnd) {
            samples(3, 9000, rtt);
            // No reason to drain the queues, and alpha stays 2.
            ca.queue_delay = 1500;
            Wvegas.total_alpha = 2;

            roundTripEnds();

            assertThat(tp.snd_cwnd).isEqualTo(cwnd);
        }

        @Test
        @DisplayName("enough are queued: alpha becomes this subflow's part of ten")
        void alpha() {
            Wvegas.wvegas other = Wvegas.ca(c.sub(1));
            other.instant_rate = Wvegas.mptcp_wvegas_rate(20, 20_000);
            other.sampled_rtt = 1;
            samples(3, 10_000, 20_000);

            roundTripEnds();

            assertThat(ca.weight).isEqualTo((1 << 16) / 2);
            assertThat(ca.alpha).isEqualTo(5);
        }

        @Test
        @DisplayName("waits twice as long as at best: the window is cut to drain the queue")
        void drains() {
            ca.queue_delay = 1000;
            ca.alpha = 10;
            samples(3, 8000, 10_000);

            roundTripEnds();

            // 4 queued are less than alpha, so 21; then by 8000 / 20000.
            assertThat(tp.snd_cwnd).isEqualTo(8);
            assertThat(ca.queue_delay).isZero();
        }

        @Test
        @DisplayName("slow start ends when more than gamma are queued")
        void leaves_slow_start() {
            tp.snd_ssthresh = 100;
            samples(3, 5000, 10_000);

            roundTripEnds();

            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(tp.snd_ssthresh).isLessThan(100);
        }

        @Test
        @DisplayName("slow start goes on while nothing is queued, also within the round trip")
        void slow_start() {
            tp.snd_ssthresh = 100;
            Wvegas.mptcp_wvegas_cong_avoid(tp, 5000, 2, 20);
            assertThat(tp.snd_cwnd).isEqualTo(22);

            samples(3, 10_000, 10_000);
            roundTripEnds();
            assertThat(tp.snd_cwnd).isEqualTo(23);
        }

        @Test
        @DisplayName("up to two samples, or after a loss: Reno decides")
        void reno() {
            tp.snd_cwnd_cnt = 20;
            samples(2, 5000, 10_000);
            roundTripEnds();
            assertThat(tp.snd_cwnd).isEqualTo(21);

            Wvegas.wvegas_disable(tp);
            tp.snd_cwnd_cnt = 21;
            Wvegas.mptcp_wvegas_cong_avoid(tp, 5000, 1, 21);
            assertThat(tp.snd_cwnd).isEqualTo(22);
        }

        @Test
        @DisplayName("the window stays between 2 and the clamp")
        void bounds() {
            tp.snd_cwnd_clamp = 15;
            samples(3, 9000, 9100);
            roundTripEnds();
            assertThat(tp.snd_cwnd).isEqualTo(15);

            tp.snd_cwnd = 2;
            tp.snd_ssthresh = 1;
            ca.beg_snd_nxt = 5000;
            samples(3, 1000, 100_000);
            roundTripEnds();
            assertThat(tp.snd_cwnd).isEqualTo(2);
        }

        @Test
        @DisplayName("a sum that has wrapped to less than the count does not stop the machine")
        void wrapped_sum() {
            samples(3, 1, 1);
            ca.sampled_rtt = 2;

            roundTripEnds();

            assertThat(tp.snd_cwnd).isPositive();
        }
    }

    @Nested
    class mptcp_wvegas_register {
        @Test
        @DisplayName("it is registered as \"wvegas\" when the machine boots, with its parameters")
        void registered() {
            Wvegas.mptcp_wvegas_register();

            assertThat(tcp_set_congestion_control(tp, "wvegas")).isZero();
            assertThat(mptcp_wvegas.flags).isEqualTo(TCP_CONG_RTT_STAMP);
            assertThat(Wvegas.initial_alpha).isEqualTo(2);
            assertThat(Wvegas.total_alpha).isEqualTo(10);
            assertThat(Wvegas.gamma).isOne();
        }

        @ParameterizedTest
        @CsvSource({
            "initial_alpha, 2",
            "total_alpha, 10",
            "gamma, 1"
        })
        @DisplayName("each parameter is a file of the module: it shows the default, and what was written last")
        void parameters(String name, String initial) {
            ModuleFiles.keeps("mptcp_wvegas", name, initial);
        }
    }

    @Nested
    class mptcp_wvegas_unregister {
        @Test
        @DisplayName("then nobody can choose it any more")
        void gone() {
            tp.icsk_ca_ops = tcp_reno;
            Wvegas.mptcp_wvegas_unregister();

            assertThat(tcp_set_congestion_control(tp, "wvegas")).isEqualTo(-ENOENT);
        }
    }
}
