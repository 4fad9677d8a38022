// SPDX-License-Identifier: GPL-2.0-only
package tcp_westwood;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.tcp_congestion_ops.CA_EVENT_COMPLETE_CWR;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static net.tcp.tcp_congestion_ops.CA_EVENT_SLOW_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_TX_START;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static tcp_westwood.Westwood.tcp_westwood;
import static uapi.linux.inet_diag.InetDiag.INET_DIAG_VEGASINFO;

import linux.jiffies.Jiffies;
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
class WestwoodTest {
    private tcp_sock tp;
    private Westwood.westwood w;

    @BeforeEach
    void connection() {
        tp = CcTrajectory.socket(tcp_westwood);
        tp.snd_una = 5000;
        Westwood.tcp_westwood_init(tp);
        w = (Westwood.westwood) tp.icsk_ca_priv;
    }

    @Test
    @DisplayName("three connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        CcTrajectory.replay("cc_westwood", tcp_westwood);
    }

    @Nested
    class tcp_westwood_init {
        @Test
        @DisplayName("20 s until something is measured")
        void unknown() {
            assertThat(w.rtt).isEqualTo(20_000).isEqualTo(w.rtt_min);
            assertThat(w.rtt_win_sx).isEqualTo((int) Jiffies.jiffies);
            assertThat(w.snd_una).isEqualTo(5000);
            assertThat(w.first_ack).isOne();
            assertThat(w.reset_rtt_min).isOne();
        }
    }

    @Nested
    class westwood_do_filter {
        @Test
        @DisplayName("7/8 old, 1/8 new, in 32 bits")
        void weighted() {
            assertThat(Westwood.westwood_do_filter(800, 1600)).isEqualTo(900);
            assertThat(Westwood.westwood_do_filter(0x30000000, 0)).isEqualTo(0x50000000 >>> 3);
        }
    }

    @Nested
    class westwood_filter {
        @Test
        @DisplayName("180 samples as the kernel filtered them")
        void vectors() {
            Vectors.each("westwood_filter", row -> {
                w.bk = row.i32("in.w.bk");
                w.bw_ns_est = row.i32("in.w.bw_ns_est");
                w.bw_est = row.i32("in.w.bw_est");

                Westwood.westwood_filter(w, row.i32("in.delta"));

                assertThat(w.bw_ns_est).as("%s", row).isEqualTo(row.i32("out.w.bw_ns_est"));
                assertThat(w.bw_est).as("%s", row).isEqualTo(row.i32("out.w.bw_est"));
            });
        }
    }

    @Nested
    class tcp_westwood_pkts_acked {
        @Test
        @DisplayName("the round-trip time in jiffies, rounded up; 0 and -1 are none")
        void sample() {
            Westwood.tcp_westwood_pkts_acked(tp, 1, 1001);
            assertThat(w.rtt).isEqualTo(2);
            Westwood.tcp_westwood_pkts_acked(tp, 1, 0);
            Westwood.tcp_westwood_pkts_acked(tp, 1, -1);
            assertThat(w.rtt).isEqualTo(2);
        }
    }

    @Nested
    class westwood_update_window {
        @ParameterizedTest
        @CsvSource({"10, 50, 0", "10, 51, 100", "80, 80, 0", "80, 81, 62"})
        @DisplayName("a sample ends after a round trip, and not within 50 ms")
        void ends(int rtt, int passed, int bandwidth) {
            w.rtt = rtt;
            w.bk = 5100;
            Jiffies.jiffies += passed;

            Westwood.westwood_update_window(tp);

            assertThat(w.bw_est).isEqualTo(bandwidth);
            assertThat(w.bk).isEqualTo(bandwidth == 0 ? 5100 : 0);
        }

        @Test
        @DisplayName("bytes count from the first ACK on")
        void first_ack() {
            tp.snd_una = 6000;
            Westwood.westwood_update_window(tp);
            assertThat(w.snd_una).isEqualTo(6000);

            tp.snd_una = 7000;
            Westwood.westwood_update_window(tp);
            assertThat(w.snd_una).isEqualTo(6000);
        }
    }

    @Nested
    class update_rtt_min {
        @Test
        @DisplayName("the smallest, or after a reset the next one")
        void smallest() {
            w.rtt = 30;
            Westwood.update_rtt_min(w);
            assertThat(w.rtt_min).isEqualTo(30);
            w.rtt = 40;
            Westwood.update_rtt_min(w);
            assertThat(w.rtt_min).isEqualTo(30);
            w.reset_rtt_min = 1;
            Westwood.update_rtt_min(w);
            assertThat(w.rtt_min).isEqualTo(40);
        }
    }

    @Nested
    class westwood_fast_bw {
        @Test
        @DisplayName("counts what was acknowledged")
        void counts() {
            w.first_ack = 0;
            w.rtt = 7;
            tp.snd_una = 7000;

            Westwood.westwood_fast_bw(tp);

            assertThat(w.bk).isEqualTo(2000);
            assertThat(w.snd_una).isEqualTo(7000);
            assertThat(w.rtt_min).isEqualTo(7);
        }
    }

    @Nested
    class westwood_acked_count {
        @Test
        @DisplayName("a duplicate counts as a segment, which is taken off the ACK for all of them")
        void duplicates() {
            assertThat(Westwood.westwood_acked_count(tp)).isEqualTo(1000);
            assertThat(Westwood.westwood_acked_count(tp)).isEqualTo(1000);
            assertThat(w.accounted).isEqualTo(2000);

            tp.snd_una += 4000;
            assertThat(Westwood.westwood_acked_count(tp)).isEqualTo(2000);
            assertThat(w.accounted).isZero();
            assertThat(w.snd_una).isEqualTo(9000);
        }

        @Test
        @DisplayName("a partial ACK for less than was announced counts as one segment")
        void partial() {
            w.accounted = 5000;
            tp.snd_una += 2000;

            assertThat(Westwood.westwood_acked_count(tp)).isEqualTo(1000);
            assertThat(w.accounted).isEqualTo(3000);
        }
    }

    @Nested
    class tcp_westwood_bw_rttmin {
        @ParameterizedTest
        @CsvSource({"500, 40, 20", "10, 40, 2"})
        @DisplayName("bandwidth times smallest round-trip time, in segments, at least two")
        void window(int bw_est, int rtt_min, int cwnd) {
            w.bw_est = bw_est;
            w.rtt_min = rtt_min;

            assertThat(Westwood.tcp_westwood_bw_rttmin(tp)).isEqualTo(cwnd);
        }
    }

    @Nested
    class tcp_westwood_event {
        @BeforeEach
        void path() {
            w.bw_est = 500;
            w.rtt_min = 40;
            w.reset_rtt_min = 0;
            w.first_ack = 0;
        }

        @Test
        @DisplayName("FAST_ACK counts what was acknowledged, SLOW_ACK also duplicates")
        void acks() {
            Westwood.tcp_westwood_event(tp, CA_EVENT_FAST_ACK);
            assertThat(w.bk).isZero();

            Westwood.tcp_westwood_event(tp, CA_EVENT_SLOW_ACK);
            assertThat(w.bk).isEqualTo(1000);
        }

        @Test
        @DisplayName("COMPLETE_CWR sets window and threshold")
        void recovered() {
            Westwood.tcp_westwood_event(tp, CA_EVENT_COMPLETE_CWR);

            assertThat(tp.snd_cwnd).isEqualTo(20);
            assertThat(tp.snd_ssthresh).isEqualTo(20);
        }

        @Test
        @DisplayName("LOSS sets the threshold, and the next round-trip time becomes the smallest")
        void timeout() {
            Westwood.tcp_westwood_event(tp, CA_EVENT_LOSS);

            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_ssthresh).isEqualTo(20);
            assertThat(w.reset_rtt_min).isOne();
        }

        @Test
        @DisplayName("nothing else")
        void others() {
            Westwood.tcp_westwood_event(tp, CA_EVENT_TX_START);

            assertThat(w.bk).isZero();
            assertThat(tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
        }
    }

    @Nested
    class tcp_westwood_info {
        @Test
        @DisplayName("round-trip time and smallest one in microseconds")
        void attribute() {
            w.rtt = 2;
            w.rtt_min = 1;
            sk_buff skb = new sk_buff();
            skb.head = new byte[20];
            skb.end = 20;

            Westwood.tcp_westwood_info(tp, ~(1 << INET_DIAG_VEGASINFO - 1), skb);
            assertThat(skb.len).isZero();

            Westwood.tcp_westwood_info(tp, 1 << INET_DIAG_VEGASINFO - 1, skb);
            assertThat(skb.head).containsExactly(
                    20, 0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2000 & 255, 2000 >> 8, 0, 0, 1000 & 255, 1000 >> 8, 0, 0);
        }
    }

    @Nested
    class tcp_westwood_register {
        @Test
        @DisplayName("is done at boot")
        void at_boot() {
            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "westwood")).isZero();
            assertThat(Westwood.tcp_westwood_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class tcp_westwood_unregister {
        @Test
        @DisplayName("takes it off the list")
        void gone() {
            Westwood.tcp_westwood_unregister();

            assertThat(tcp_set_congestion_control(CcTrajectory.socket(tcp_reno), "westwood")).isEqualTo(-ENOENT);
        }
    }
}
