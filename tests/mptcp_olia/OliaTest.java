// SPDX-License-Identifier: GPL-2.0-only
package mptcp_olia;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static mptcp_olia.Olia.mptcp_olia;
import static net.tcp.Globals.tcp_reno;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import java.math.BigInteger;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.CcTrajectory;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.MptcpTrajectory;
import testing.Vectors;

@KernelTest
class OliaTest {
    private MptcpSockets c;
    private tcp_sock tp;

    @BeforeEach
    void connection() {
        c = MptcpTrajectory.connection(2, mptcp_olia);
        tp = c.sub(0);
        for (tcp_sock sub : c.subflows()) {
            sub.srtt = 80;
            sub.snd_cwnd = 10;
            sub.snd_ssthresh = 5;
            Olia.mptcp_olia_init(sub);
        }
    }

    private Olia.mptcp_olia ca(int i) {
        return Olia.ca(c.sub(i));
    }

    @Test
    @DisplayName("five connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        MptcpTrajectory.replay("mptcp_olia", mptcp_olia);
    }

    /** A connection as a row of the table has it. */
    private static MptcpSockets of(Vectors.Row row) {
        int n = row.i32("in.n");
        MptcpSockets v = MptcpTrajectory.connection(n, mptcp_olia);
        v.mpcb.cnt_established = row.i32("in.vmp.mpcb.cnt_established");
        for (int i = 0; i < n; i++) {
            tcp_sock sub = v.sub(i);
            Olia.mptcp_olia ca = Olia.ca(sub);
            sub.snd_cwnd = row.i32("in." + i + ".snd_cwnd");
            sub.snd_ssthresh = row.i32("in." + i + ".snd_ssthresh");
            sub.icsk_ca_state = row.i32("in." + i + ".ca_state");
            sub.srtt = row.i32("in." + i + ".srtt");
            ca.mptcp_loss1 = row.i32("in." + i + ".loss1");
            ca.mptcp_loss2 = row.i32("in." + i + ".loss2");
            ca.mptcp_loss3 = row.i32("in." + i + ".loss3");
            ca.epsilon_num = 7;
            ca.epsilon_den = 9;
        }
        return v;
    }

    @Nested
    class mptcp_olia_sk_can_send {
        @Test
        @DisplayName("only with a round-trip time, and not before the fourth ACK of a join")
        void who_counts() {
            assertThat(Olia.mptcp_olia_sk_can_send(tp)).isOne();

            tp.srtt = 0;
            assertThat(Olia.mptcp_olia_sk_can_send(tp)).isZero();

            tp.srtt = 80;
            tp.mptcp.pre_established = true;
            assertThat(Olia.mptcp_olia_sk_can_send(tp)).isZero();
        }
    }

    @Nested
    class mptcp_olia_scale {
        @Test
        @DisplayName("shifts 64 bits")
        void shifts() {
            assertThat(Olia.mptcp_olia_scale(0xffffffffL, 10)).isEqualTo(0xffffffffL << 10);
        }
    }

    @Nested
    class mptcp_get_crt_cwnd {
        @Test
        @DisplayName("in fast recovery what the window will be after")
        void recovery() {
            assertThat(Olia.mptcp_get_crt_cwnd(tp)).isEqualTo(10);

            tp.icsk_ca_state = TCP_CA_Recovery;
            assertThat(Olia.mptcp_get_crt_cwnd(tp)).isEqualTo(5);
        }
    }

    @Nested
    class mptcp_get_rate {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_olia_epsilon", row -> assertThat(
                            Olia.mptcp_get_rate(of(row).mpcb, row.i32("in.path_rtt")))
                    .as("%s", row)
                    .isEqualTo(row.i64("out.mptcp_get_rate")));
        }

        @Test
        @DisplayName("never 0, even if no subflow can send")
        void never_zero() {
            tp.srtt = 0;
            c.sub(1).srtt = 0;

            assertThat(Olia.mptcp_get_rate(c.mpcb, 80)).isOne();
        }
    }

    @Nested
    class mptcp_get_max_cwnd {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_olia_epsilon", row -> assertThat(Olia.mptcp_get_max_cwnd(of(row).mpcb))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.mptcp_get_max_cwnd")));
        }

        @Test
        @DisplayName("who cannot send does not count")
        void cannot_send() {
            tp.snd_cwnd = 20;
            tp.mptcp.pre_established = true;

            assertThat(Olia.mptcp_get_max_cwnd(c.mpcb)).isEqualTo(10);
        }
    }

    @Nested
    class mptcp_get_epsilon {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_olia_epsilon", row -> {
                MptcpSockets v = of(row);

                Olia.mptcp_get_epsilon(v.mpcb);

                for (int i = 0; i < v.subflows().size(); i++) {
                    Olia.mptcp_olia ca = Olia.ca(v.sub(i));
                    assertThat(ca.epsilon_num).as("%s num %d", row, i).isEqualTo(row.i32("out." + i + ".epsilon_num"));
                    assertThat(ca.epsilon_den).as("%s den %d", row, i).isEqualTo(row.i32("out." + i + ".epsilon_den"));
                }
            });
        }

        @Test
        @DisplayName("the better path with the smaller window gains what the larger one loses")
        void shifts_window() {
            c.sub(1).snd_cwnd = 40;
            ca(0).mptcp_loss3 = ca(0).mptcp_loss2 + 100_000;
            ca(1).mptcp_loss3 = ca(1).mptcp_loss2 + 10_000;

            Olia.mptcp_get_epsilon(c.mpcb);

            assertThat(ca(0).epsilon_num).isOne();
            assertThat(ca(0).epsilon_den).isEqualTo(2);
            assertThat(ca(1).epsilon_num).isEqualTo(-1);
            assertThat(ca(1).epsilon_den).isEqualTo(2);
        }
    }

    @Nested
    class mptcp_olia_init {
        @Test
        @DisplayName("the next loss is counted from what is acknowledged now")
        void from_now() {
            tp.snd_una = 777;

            Olia.mptcp_olia_init(tp);

            assertThat(new int[] {ca(0).mptcp_loss1, ca(0).mptcp_loss2, ca(0).mptcp_loss3}).containsOnly(777);
            assertThat(ca(0).epsilon_den).isOne();
        }

        @Test
        @DisplayName("plain TCP has nothing to set up")
        void plain() {
            tcp_sock plain = CcTrajectory.socket(mptcp_olia);
            plain.snd_una = 777;

            Olia.mptcp_olia_init(plain);

            assertThat(Olia.ca(plain).mptcp_loss1).isZero();
        }
    }

    @Nested
    class mptcp_olia_set_state {
        @ParameterizedTest(name = "state {0}: {1}")
        @DisplayName("a loss moves the marks on, by Recovery, Loss or CWR")
        @CsvSource({"0, false", "1, false", "2, true", "3, true", "4, true"})
        void moves(int state, boolean moved) {
            ca(0).mptcp_loss1 = 1;
            ca(0).mptcp_loss2 = 2;
            ca(0).mptcp_loss3 = 3;

            Olia.mptcp_olia_set_state(tp, state);

            assertThat(ca(0).mptcp_loss1).isEqualTo(moved ? 2 : 1);
            assertThat(ca(0).mptcp_loss2).isEqualTo(moved ? 3 : 2);
        }

        @Test
        @DisplayName("further timeouts of the same loss do not, nor a loss without anything acknowledged in between")
        void once() {
            ca(0).mptcp_loss1 = 1;
            ca(0).mptcp_loss2 = 2;
            ca(0).mptcp_loss3 = 3;
            tp.icsk_retransmits = 1;
            Olia.mptcp_olia_set_state(tp, TCP_CA_Loss);
            assertThat(ca(0).mptcp_loss1).isOne();

            tp.icsk_retransmits = 0;
            ca(0).mptcp_loss3 = 2;
            Olia.mptcp_olia_set_state(tp, TCP_CA_Loss);
            assertThat(ca(0).mptcp_loss1).isOne();
        }
    }

    @Nested
    class mptcp_olia_cong_avoid {
        @Test
        @DisplayName("two equal subflows: a quarter of Reno's growth each")
        void a_quarter() {
            int acks = 0;
            while (tp.snd_cwnd == 10 && acks < 1000) {
                Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);
                acks++;
            }

            assertThat(acks).isBetween(40, 44);
        }

        @Test
        @DisplayName("negative epsilon: the window of the worse path shrinks, but never to 0")
        void shrinks() {
            tcp_sock worse = c.sub(1);
            worse.snd_cwnd = 2;
            worse.snd_ssthresh = 1;
            worse.srtt = 80_000;
            tp.snd_cwnd = 1;
            tp.snd_ssthresh = 1;
            ca(0).mptcp_loss3 = ca(0).mptcp_loss2 + 100_000;

            for (int i = 0; i < 100; i++) {
                worse.snd_cwnd = Math.max(worse.snd_cwnd, 2);
                Olia.mptcp_olia_cong_avoid(worse, 0, 1, worse.snd_cwnd);
                if (worse.snd_cwnd == 1) {
                    break;
                }
            }

            assertThat(worse.snd_cwnd).isOne();
        }

        @Test
        @DisplayName("slow start is that of Reno; nothing grows while the window is not in use")
        void slow_start() {
            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 1);
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isZero();

            tp.snd_ssthresh = 100;
            Olia.mptcp_olia_cong_avoid(tp, 0, 2, 10);
            assertThat(tp.snd_cwnd).isEqualTo(12);
        }

        @Test
        @DisplayName("plain TCP with this module is Reno")
        void plain() {
            tcp_sock plain = CcTrajectory.socket(mptcp_olia);

            Olia.mptcp_olia_cong_avoid(plain, 0, 3, 10);

            assertThat(plain.snd_cwnd).isEqualTo(13);
        }

        /** What one ACK adds, by the formula of the class comment. */
        private long growth(int cwnd, long rate, int num, int den) {
            BigInteger scaled = BigInteger.valueOf((long) cwnd << 10);
            BigInteger n = BigInteger.valueOf(num).multiply(BigInteger.valueOf(rate))
                    .add(BigInteger.valueOf(den).multiply(scaled).multiply(scaled));
            BigInteger d = BigInteger.valueOf(den).multiply(BigInteger.valueOf(cwnd)).multiply(BigInteger.valueOf(rate));
            return n.shiftLeft(10).divide(d).longValueExact();
        }

        @Test
        @DisplayName("exactly as much as the formula says, without an epsilon")
        void exact() {
            // Two of 10 segments, scaled by 1024, and the 1 that keeps it from being 0.
            long rate = 20481L * 20481;

            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);

            assertThat(ca(0).epsilon_num).isZero();
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isEqualTo(25).isEqualTo((int) growth(10, rate, 0, ca(0).epsilon_den));
        }

        @Test
        @DisplayName("exactly as much less, where the epsilon is negative; and more, where it is not negative enough")
        void exact_negative() {
            tcp_sock worse = c.sub(1);
            worse.snd_cwnd = 2;
            worse.snd_ssthresh = 1;
            worse.srtt = 80_000;
            tp.snd_cwnd = tp.snd_ssthresh = 1;
            ca(0).mptcp_loss3 = ca(0).mptcp_loss2 + 100_000;
            long rate = (1 + 1024L * 1000 + 2048) * (1 + 1024L * 1000 + 2048);

            Olia.mptcp_olia_cong_avoid(worse, 0, 1, 2);

            assertThat(ca(1).epsilon_num).isEqualTo(-1);
            assertThat(ca(1).epsilon_den).isPositive();
            assertThat(ca(1).mptcp_snd_cwnd_cnt).isNegative()
                    .isEqualTo((int) growth(2, rate, -1, ca(1).epsilon_den));

            // The same round-trip time: the window of the worse path is the larger one, and so is the second term.
            worse.srtt = tp.srtt = 80;
            worse.snd_cwnd = 20;
            ca(1).mptcp_snd_cwnd_cnt = 0;
            Olia.mptcp_olia_cong_avoid(worse, 0, 1, 20);
            assertThat(ca(1).epsilon_num).isEqualTo(-1);
            rate = (1 + 1024L + 20 * 1024) * (1 + 1024L + 20 * 1024);
            assertThat(ca(1).mptcp_snd_cwnd_cnt).isPositive()
                    .isEqualTo((int) growth(20, rate, -1, ca(1).epsilon_den));
        }

        @Test
        @DisplayName("a segment more, or less, when 1023 have come together, and not before")
        void thresholds() {
            ca(0).mptcp_snd_cwnd_cnt = 1022 - 25;
            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isEqualTo(1022);

            ca(0).mptcp_snd_cwnd_cnt = 1023 - 25;
            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isZero();

            tp.snd_cwnd = 10;
            ca(0).mptcp_snd_cwnd_cnt = -1022 - 25;
            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isEqualTo(-1022);

            ca(0).mptcp_snd_cwnd_cnt = -1023 - 25;
            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(9);
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isZero();
        }

        @Test
        @DisplayName("not beyond the clamp")
        void clamp() {
            tp.snd_cwnd_clamp = 10;
            ca(0).mptcp_snd_cwnd_cnt = 1023;
            Olia.mptcp_olia_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(ca(0).mptcp_snd_cwnd_cnt).isZero();
        }
    }

    @Nested
    class mptcp_olia_register {
        @Test
        @DisplayName("it is registered as \"olia\" when the machine boots, and a second time is refused")
        void registered() {
            assertThat(tcp_set_congestion_control(tp, "olia")).isZero();
            assertThat(Olia.mptcp_olia_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class mptcp_olia_unregister {
        @Test
        @DisplayName("then nobody can choose it any more")
        void gone() {
            tp.icsk_ca_ops = tcp_reno;
            Olia.mptcp_olia_unregister();

            assertThat(tcp_set_congestion_control(tp, "olia")).isEqualTo(-ENOENT);
        }
    }
}
