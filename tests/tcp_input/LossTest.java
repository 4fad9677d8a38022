// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_SACK_RENEGING;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRENEGING;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.EveryIss;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SendQueue;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class LossTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    @Nested
    class tcp_clear_retrans_partial {
        @Test
        @DisplayName("forgets retransmissions and losses, and allows no undo")
        void forgets() {
            tcp_sock tp = fresh();
            tp.retrans_out = tp.lost_out = tp.undo_marker = tp.undo_retrans = tp.sacked_out = 4;

            Loss.tcp_clear_retrans_partial(tp);

            assertThat(new int[] {tp.retrans_out, tp.lost_out, tp.undo_marker, tp.undo_retrans, tp.sacked_out})
                    .containsExactly(0, 0, 0, -1, 4);
        }
    }

    @Nested
    class tcp_clear_retrans {
        @Test
        @DisplayName("forgets the SACKs as well")
        void forgets() {
            tcp_sock tp = fresh();
            tp.retrans_out = tp.lost_out = tp.undo_marker = tp.undo_retrans = tp.sacked_out = tp.fackets_out = 4;

            Loss.tcp_clear_retrans(tp);

            assertThat(new int[] {tp.retrans_out, tp.lost_out, tp.undo_marker, tp.undo_retrans, tp.sacked_out,
                tp.fackets_out}).containsExactly(0, 0, 0, -1, 0, 0);
        }
    }

    @Nested
    class tcp_enter_loss {
        @Test
        @DisplayName("agrees with the kernel when the queue is empty")
        void vectors() {
            Vectors.each("tcp_enter_loss_noqueue", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Loss.tcp_enter_loss(tp, row.i32("in.how"));
                SocketFields.out(row, tp);
            });
        }

        @EveryIss
        @DisplayName("marks everything lost that was not SACKed")
        void marks(int iss) {
            q = new SendQueue(iss).sent(1, 2, 1, 1, 1).unsent(1).tag("- S r - -");

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tags()).isEqualTo("L S*2 Lr L L");
            assertThat(q.counts()).isEqualTo("out 6 sacked 2 lost 4 retrans 0 fackets 3");
            assertThat(q.tp.undo_marker).isEqualTo(q.start);
            assertThat(q.tp.undo_retrans).isEqualTo(-1);
            assertThat(q.tp.retransmit_high).isEqualTo(q.seq(6));
            assertThat(TCP_SKB_CB(q.tp.sk_send_head).sacked).isZero();
        }

        @EveryIss
        @DisplayName("after reneging the SACKs are forgotten")
        void forgets(int iss) {
            q = new SendQueue(iss).sent(1, 2, 1).tag("- S -");

            Loss.tcp_enter_loss(q.tp, 1);

            assertThat(q.tags()).isEqualTo("L L*2 L");
            assertThat(q.counts()).isEqualTo("out 4 sacked 0 lost 4 retrans 0 fackets 0");
        }

        @EveryIss
        @DisplayName("a retransmission that is still out makes an undo impossible")
        void no_undo(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("LR - S");

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tags()).isEqualTo("Lr L S");
            assertThat(q.tp.undo_marker).isZero();
        }

        @EveryIss
        @DisplayName("one segment of window, half the threshold, until snd_nxt is acknowledged; F-RTO begins")
        void window(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.snd_cwnd = 20;
            q.tp.ecn_flags = TCP_ECN_OK;

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(q.tp.snd_cwnd).isOne();
            assertThat(q.tp.snd_ssthresh).isEqualTo(10);
            assertThat(q.tp.high_seq).isEqualTo(q.seq(3));
            assertThat(q.tp.frto).isTrue();
            assertThat(q.tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_QUEUE_CWR);
        }

        @EveryIss
        @DisplayName("a second timeout of the same segment does not reduce the threshold again")
        void again(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.snd_cwnd = 20;
            Loss.tcp_enter_loss(q.tp, 0);
            q.tp.icsk_retransmits = 1;
            q.tp.snd_cwnd = 4;

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tp.snd_ssthresh).isEqualTo(10);
            assertThat(q.tp.snd_cwnd).isOne();
        }

        @EveryIss
        @DisplayName("no F-RTO while an MTU probe is out")
        void mtu_probe(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.icsk_mtup.probe_size = 3000;

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tp.frto).isFalse();
        }

        @EveryIss
        @DisplayName("a timeout although much had arrived: reordering was put too high")
        void reordering(int iss) {
            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1).tag("- S S S");
            q.tp.icsk_ca_state = TCP_CA_Disorder;
            q.tp.reordering = 20;

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tp.reordering).isEqualTo(3);
        }

        @EveryIss
        @DisplayName("without SACK the duplicate ACKs are forgotten")
        void reno(int iss) {
            q = new SendQueue(iss).reno().sent(1, 1, 1);
            q.tp.sacked_out = 2;

            Loss.tcp_enter_loss(q.tp, 0);

            assertThat(q.tp.sacked_out).isZero();
            assertThat(q.tags()).isEqualTo("L L L");
        }
    }

    @Nested
    class tcp_check_sack_reneging {
        @EveryIss
        @DisplayName("starts over with the first segment when the peer has thrown away what it had SACKed")
        void starts_over(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("S - S");

            assertThat(Loss.tcp_check_sack_reneging(q.tp, FLAG_SACK_RENEGING)).isTrue();

            assertThat(q.tags()).isEqualTo("LR L L");
            assertThat(q.counts()).isEqualTo("out 3 sacked 0 lost 3 retrans 1 fackets 0");
            assertThat(q.wire).containsExactly("0-1");
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(q.tp.icsk_retransmits).isOne();
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            assertThat(q.mib(LINUX_MIB_TCPSACKRENEGING)).isOne();
        }

        @EveryIss
        @DisplayName("does nothing otherwise")
        void no(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("- S -");
            assertThat(Loss.tcp_check_sack_reneging(q.tp, FLAG_DATA_SACKED)).isFalse();
            assertThat(q.tags()).isEqualTo("- S -");
        }
    }
}
