// SPDX-License-Identifier: GPL-2.0-only
package mptcp_coupled;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.ENOENT;
import static mptcp_coupled.Coupled.mptcp_ccc;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.tcp_congestion_ops.CA_EVENT_CWND_RESTART;
import static net.tcp.tcp_congestion_ops.CA_EVENT_LOSS;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_cong.Registry.tcp_set_congestion_control;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.printk.Printk;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.CcTrajectory;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.MptcpTrajectory;
import testing.Vectors;

@KernelTest
class CoupledTest {
    private MptcpSockets c;
    private tcp_sock tp;

    @BeforeEach
    void connection() {
        c = MptcpTrajectory.connection(2, mptcp_ccc);
        tp = c.sub(0);
        for (tcp_sock sub : c.subflows()) {
            sub.srtt = 80;
            sub.snd_cwnd = 10;
            sub.snd_ssthresh = 5;
        }
    }

    @Test
    @DisplayName("five connections with losses, timeouts and pauses go as in the kernel")
    void trajectories() {
        MptcpTrajectory.replay("mptcp_lia", mptcp_ccc);
    }

    @Nested
    class mptcp_ccc_sk_can_send {
        @Test
        @DisplayName("only with a round-trip time, and not before the fourth ACK of a join")
        void who_counts() {
            assertThat(Coupled.mptcp_ccc_sk_can_send(tp)).isOne();

            tp.srtt = 0;
            assertThat(Coupled.mptcp_ccc_sk_can_send(tp)).isZero();

            tp.srtt = 80;
            tp.mptcp.pre_established = true;
            assertThat(Coupled.mptcp_ccc_sk_can_send(tp)).isZero();
        }
    }

    @Nested
    class mptcp_get_alpha {
        @Test
        @DisplayName("0 until it was computed")
        void nothing_yet() {
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isZero();
        }

        @Test
        @DisplayName("what was computed last")
        void computed() {
            Coupled.mptcp_set_alpha(c.meta, 77);
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isEqualTo(77);
        }
    }

    @Nested
    class mptcp_set_alpha {
        @Test
        @DisplayName("alpha has 64 bits and is kept with the meta socket")
        void kept() {
            Coupled.mptcp_set_alpha(c.meta, 1L << 40);

            assertThat(Coupled.mptcp_get_alpha(c.meta)).isEqualTo(1L << 40);
            assertThat(Coupled.mptcp_get_alpha(tp)).isZero();
        }
    }

    @Nested
    class mptcp_ccc_scale {
        @Test
        @DisplayName("the value is unsigned, the product has 64 bits")
        void unsigned() {
            assertThat(Coupled.mptcp_ccc_scale(-1, 32)).isEqualTo(0xffffffffL << 32);
            assertThat(Coupled.mptcp_ccc_scale(3, 10)).isEqualTo(3072);
        }
    }

    @Nested
    class mptcp_get_forced {
        @Test
        @DisplayName("not forced at first")
        void no() {
            assertThat(Coupled.mptcp_get_forced(c.meta)).isFalse();
        }

        @Test
        @DisplayName("until the next computation")
        void yes() {
            Coupled.mptcp_set_forced(c.meta, true);
            assertThat(Coupled.mptcp_get_forced(c.meta)).isTrue();
        }
    }

    @Nested
    class mptcp_set_forced {
        @Test
        @DisplayName("can be set and taken back")
        void set() {
            Coupled.mptcp_set_forced(c.meta, true);
            assertThat(Coupled.mptcp_get_forced(c.meta)).isTrue();

            Coupled.mptcp_set_forced(c.meta, false);
            assertThat(Coupled.mptcp_get_forced(c.meta)).isFalse();
        }
    }

    @Nested
    class mptcp_ccc_recalc_alpha {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_ccc_recalc_alpha", row -> {
                int n = row.i32("in.n");
                MptcpSockets v = MptcpTrajectory.connection(n, mptcp_ccc);
                v.mpcb.cnt_established = row.i32("in.vmp.mpcb.cnt_established");
                for (int i = 0; i < n; i++) {
                    tcp_sock sub = v.sub(i);
                    sub.snd_cwnd = row.i32("in." + i + ".snd_cwnd");
                    sub.srtt = row.i32("in." + i + ".srtt");
                    sub.skc_state = row.i32("in." + i + ".sk_state");
                    sub.mptcp.pre_established = row.bool("in." + i + ".pre_established");
                }
                Coupled.mptcp_set_alpha(v.meta, 99);

                Coupled.mptcp_ccc_recalc_alpha(v.sub(0));

                assertThat(Coupled.mptcp_get_alpha(v.meta)).as("%s", row).isEqualTo(row.i64("out.alpha"));
            });
        }

        @Test
        @DisplayName("two equal subflows of window w: (w / r^2) / (2w / r)^2 = 1 / 4w, scaled by 2^12")
        void two_equal() {
            Coupled.mptcp_ccc_recalc_alpha(tp);

            assertThat(Coupled.mptcp_get_alpha(c.meta)).isEqualTo((1 << 12) / 40);
        }

        @Test
        @DisplayName("a socket outside of a connection is left alone")
        void no_connection() {
            tcp_sock plain = CcTrajectory.socket(mptcp_ccc);

            Coupled.mptcp_ccc_recalc_alpha(plain);

            assertThat(plain.icsk_ca_priv).isNull();
        }

        @Test
        @DisplayName("a denominator of 0 does not stop the machine: alpha is 1")
        void denominator_zero() {
            for (tcp_sock sub : c.subflows()) {
                sub.snd_cwnd = 0;
            }

            Coupled.mptcp_ccc_recalc_alpha(tp);

            assertThat(Coupled.mptcp_get_alpha(c.meta)).isOne();
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("sum_denominator == 0"));
        }
    }

    @Nested
    class mptcp_ccc_init {
        @Test
        @DisplayName("the connection begins with alpha 1 and nothing forced")
        void begins() {
            Coupled.mptcp_set_forced(c.meta, true);

            Coupled.mptcp_ccc_init(tp);

            assertThat(Coupled.mptcp_get_alpha(c.meta)).isOne();
            assertThat(Coupled.mptcp_get_forced(c.meta)).isFalse();
        }

        @Test
        @DisplayName("plain TCP has nothing to set up")
        void plain() {
            tcp_sock plain = CcTrajectory.socket(mptcp_ccc);

            Coupled.mptcp_ccc_init(plain);

            assertThat(plain.icsk_ca_priv).isNull();
        }
    }

    @Nested
    class mptcp_ccc_cwnd_event {
        @Test
        @DisplayName("a timeout computes alpha anew, a pause does not")
        void only_loss() {
            Coupled.mptcp_set_alpha(c.meta, 99);

            Coupled.mptcp_ccc_cwnd_event(tp, CA_EVENT_CWND_RESTART);
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isEqualTo(99);

            Coupled.mptcp_ccc_cwnd_event(tp, CA_EVENT_LOSS);
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isEqualTo(102);
        }
    }

    @Nested
    class mptcp_ccc_set_state {
        @Test
        @DisplayName("any change of state forces an update, but not for plain TCP")
        void forces() {
            tcp_sock plain = CcTrajectory.socket(mptcp_ccc);

            Coupled.mptcp_ccc_set_state(tp, TCP_CA_Open);
            Coupled.mptcp_ccc_set_state(plain, TCP_CA_Open);

            assertThat(Coupled.mptcp_get_forced(c.meta)).isTrue();
            assertThat(plain.icsk_ca_priv).isNull();
        }
    }

    @Nested
    class mptcp_ccc_cong_avoid {
        @Test
        @DisplayName("the window grows after 1 / alpha ACKs where Reno would need as many as its window")
        void slower_than_reno() {
            int acks = 0;
            while (tp.snd_cwnd == 10 && acks < 1000) {
                Coupled.mptcp_ccc_set_state(tp, TCP_CA_Open);
                Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
                acks++;
            }

            // 2^12 / 102 is 40, and the 41st ACK finds the counter there.
            assertThat(acks).isEqualTo(41);
        }

        @Test
        @DisplayName("with one subflow established it is Reno")
        void alone() {
            c.mpcb.cnt_established = 1;
            tp.snd_cwnd_cnt = 10;

            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);

            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(tp.snd_cwnd_cnt).isZero();
        }

        @Test
        @DisplayName("slow start is that of Reno, and alpha follows")
        void slow_start() {
            tp.snd_ssthresh = 100;

            Coupled.mptcp_ccc_cong_avoid(tp, 0, 2, 10);

            assertThat(tp.snd_cwnd).isEqualTo(12);
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isPositive();
        }

        @Test
        @DisplayName("nothing grows while the window is not in use, nor beyond the clamp")
        void limits() {
            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 1);
            assertThat(tp.snd_cwnd_cnt).isZero();

            tp.snd_cwnd_clamp = 10;
            tp.snd_cwnd_cnt = 5000;
            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.snd_cwnd_cnt).isZero();
        }

        @Test
        @DisplayName("an alpha that is not there yet counts as 1, and so does one that cannot be divided by")
        void no_alpha() {
            tp.snd_cwnd_cnt = 4095;
            Coupled.mptcp_set_alpha(c.meta, 1L << 32);

            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            Coupled.mptcp_set_alpha(c.meta, 0);
            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
        }

        @Test
        @DisplayName("plain TCP with this module is Reno")
        void plain() {
            tcp_sock plain = CcTrajectory.socket(mptcp_ccc);

            Coupled.mptcp_ccc_cong_avoid(plain, 0, 3, 10);

            assertThat(plain.snd_cwnd).isEqualTo(13);
        }

        @Test
        @DisplayName("alpha is computed anew after a change, once, and whenever the window has grown")
        void alpha() {
            Coupled.mptcp_set_alpha(c.meta, 999);
            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isEqualTo(999);

            Coupled.mptcp_set_forced(c.meta, true);
            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
            long alpha = Coupled.mptcp_get_alpha(c.meta);
            assertThat(alpha).isNotEqualTo(999);
            assertThat(Coupled.mptcp_get_forced(c.meta)).isFalse();

            Coupled.mptcp_set_alpha(c.meta, 999);
            tp.snd_cwnd_cnt = 5000;
            Coupled.mptcp_ccc_cong_avoid(tp, 0, 1, 10);
            assertThat(tp.snd_cwnd).isEqualTo(11);
            assertThat(Coupled.mptcp_get_alpha(c.meta)).isNotEqualTo(999);
        }
    }

    @Nested
    class mptcp_ccc_register {
        @Test
        @DisplayName("it is registered as \"lia\" when the machine boots, and a second time is refused")
        void registered() {
            assertThat(tcp_set_congestion_control(tp, "lia")).isZero();
            assertThat(Coupled.mptcp_ccc_register()).isEqualTo(-EEXIST);
        }
    }

    @Nested
    class mptcp_ccc_unregister {
        @Test
        @DisplayName("then nobody can choose it any more")
        void gone() {
            tp.icsk_ca_ops = tcp_reno;
            Coupled.mptcp_ccc_unregister();

            assertThat(tcp_set_congestion_control(tp, "lia")).isEqualTo(-ENOENT);
        }
    }
}
