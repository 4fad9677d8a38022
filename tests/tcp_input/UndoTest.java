// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.netdevice.PacketTap.open;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.tcp.TcpConst.TCP_ECN_DEMAND_CWR;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.Timestamps.tcp_time_stamp;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFULLUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUSRTOS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

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
class UndoTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    /** In recovery, with a window of 5 that was 10, and nothing left to be reported as needless. */
    private void recovery(int iss) {
        q = new SendQueue(iss).sent(1, 1, 1, 1);
        q.tp.icsk_ca_state = TCP_CA_Recovery;
        q.tp.undo_marker = q.start;
        q.tp.undo_retrans = 0;
        q.tp.retrans_stamp = tcp_time_stamp();
        q.tp.snd_cwnd = q.tp.snd_ssthresh = 5;
        q.tp.prior_ssthresh = 50;
        q.tp.high_seq = q.seq(4);
    }

    @Nested
    class tcp_moderate_cwnd {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_moderate_cwnd", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Undo.tcp_moderate_cwnd(tp);
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("three segments more than are in the network")
        void burst() {
            q = new SendQueue(0).sent(1, 1, 1, 1).tag("LR S");
            q.tp.snd_cwnd = 50;
            Undo.tcp_moderate_cwnd(q.tp);
            assertThat(q.tp.snd_cwnd).isEqualTo(3 + 3);
        }
    }

    @Nested
    class tcp_packet_delayed {
        @Test
        @DisplayName("agrees with the kernel, and so does tcp_may_undo")
        void vectors() {
            Vectors.each("tcp_packet_delayed", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Undo.tcp_packet_delayed(tp)).as(row.toString()).isEqualTo(row.bool("out.ret"));
                assertThat(Undo.tcp_may_undo(tp)).as(row.toString()).isEqualTo(row.bool("out.tcp_may_undo"));
            });
        }

        @Test
        @DisplayName("an echo from before the first retransmission: the original has arrived")
        void echo() {
            tcp_sock tp = fresh();
            assertThat(Undo.tcp_packet_delayed(tp)).as("nothing was sent again").isTrue();
            tp.retrans_stamp = 1000;
            assertThat(Undo.tcp_packet_delayed(tp)).as("no timestamps").isFalse();
            tp.rx_opt.saw_tstamp = true;
            tp.rx_opt.rcv_tsecr = 999;
            assertThat(Undo.tcp_packet_delayed(tp)).isTrue();
            tp.rx_opt.rcv_tsecr = 1000;
            assertThat(Undo.tcp_packet_delayed(tp)).isFalse();
        }
    }

    @Nested
    class tcp_undo_cwnd_reduction {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_undo_cwnd_reduction", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(row.text("in.ca")).isEqualTo("reno");
                Undo.tcp_undo_cwnd_reduction(tp, row.bool("in.unmark_loss"));
                SocketFields.out(row, tp);
            });
        }

        @EveryIss
        @DisplayName("window and threshold are what they were, and nothing is lost any more")
        void undone(int iss) {
            recovery(iss);
            q.tag("L Lr S");
            q.tp.ecn_flags = TCP_ECN_OK | TCP_ECN_DEMAND_CWR;
            q.tp.lost_skb_hint = q.tp.retransmit_skb_hint = q.skb(1);

            Undo.tcp_undo_cwnd_reduction(q.tp, true);

            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.tp.snd_ssthresh).isEqualTo(50);
            assertThat(q.tp.undo_marker).isZero();
            assertThat(q.tp.ecn_flags).isEqualTo(TCP_ECN_OK);
            assertThat(q.tags()).isEqualTo("- r S -");
            assertThat(q.counts()).isEqualTo("out 4 sacked 1 lost 0 retrans 0 fackets 3");
            assertThat(q.tp.lost_skb_hint).isNull();
            assertThat(q.tp.retransmit_skb_hint).isNull();
        }

        @EveryIss
        @DisplayName("the congestion control may know the old window better")
        void hook(int iss) {
            recovery(iss);
            q.tp.icsk_ca_ops.undo_cwnd = sk -> 77;

            Undo.tcp_undo_cwnd_reduction(q.tp, false);

            assertThat(q.tp.snd_cwnd).isEqualTo(77);
        }

        @EveryIss
        @DisplayName("with congestion proven the threshold stays")
        void proven(int iss) {
            recovery(iss);
            q.tp.prior_ssthresh = 0;
            q.tp.snd_cwnd = 2;

            Undo.tcp_undo_cwnd_reduction(q.tp, false);

            assertThat(q.tp.snd_cwnd).isEqualTo(5);
            assertThat(q.tp.snd_ssthresh).isEqualTo(5);
        }
    }

    @Nested
    class tcp_may_undo {
        @Test
        @DisplayName("in a recovery, when all retransmissions or the first were needless")
        void may() {
            tcp_sock tp = fresh();
            tp.retrans_stamp = 1000;
            tp.undo_retrans = 0;
            assertThat(Undo.tcp_may_undo(tp)).as("no marker").isFalse();
            tp.undo_marker = 1;
            assertThat(Undo.tcp_may_undo(tp)).isTrue();
            tp.undo_retrans = 2;
            assertThat(Undo.tcp_may_undo(tp)).isFalse();
            tp.retrans_stamp = 0;
            assertThat(Undo.tcp_may_undo(tp)).isTrue();
        }

        @Test
        @DisplayName("a recovery that begins at sequence number 0 has no marker and cannot be undone")
        void sequence_number_zero() {
            q = new SendQueue(-1).sent(1, 1, 1, 1, 1).tag("- - - - S");
            assertThat(q.start).isZero();

            Recovery.tcp_enter_recovery(q.tp, false);
            q.tp.undo_retrans = 0;

            assertThat(Undo.tcp_may_undo(q.tp)).isFalse();
        }
    }

    @Nested
    class tcp_try_undo_recovery {
        @EveryIss
        @DisplayName("back to Open, with the old window")
        void open(int iss) {
            recovery(iss);

            assertThat(Undo.tcp_try_undo_recovery(q.tp)).isFalse();

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.mib(LINUX_MIB_TCPFULLUNDO)).isOne();
        }

        @EveryIss
        @DisplayName("back to Open without an undo when the losses were real")
        void real(int iss) {
            recovery(iss);
            q.tp.undo_retrans = 1;

            assertThat(Undo.tcp_try_undo_recovery(q.tp)).isFalse();

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isEqualTo(5);
            assertThat(q.mib(LINUX_MIB_TCPFULLUNDO)).isZero();
        }

        @EveryIss
        @DisplayName("after a timeout it counts as another undo")
        void loss(int iss) {
            recovery(iss);
            q.tp.icsk_ca_state = TCP_CA_Loss;
            Undo.tcp_try_undo_recovery(q.tp);
            assertThat(q.mib(LINUX_MIB_TCPLOSSUNDO)).isOne();
        }

        @EveryIss
        @DisplayName("without SACK it holds the state until something above high_seq is acknowledged")
        void reno(int iss) {
            recovery(iss);
            q.reno();
            q.tp.undo_retrans = 1;
            q.tp.snd_una = q.seq(4);
            q.tp.packets_out = 0;

            assertThat(Undo.tcp_try_undo_recovery(q.tp)).isTrue();

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tp.snd_cwnd).isEqualTo(3);
        }
    }

    @Nested
    class tcp_try_undo_dsack {
        @EveryIss
        @DisplayName("when the last retransmission has been reported as a duplicate")
        void last(int iss) {
            recovery(iss);
            q.tp.undo_retrans = 1;
            assertThat(Undo.tcp_try_undo_dsack(q.tp)).isFalse();
            q.tp.undo_retrans = 0;
            assertThat(Undo.tcp_try_undo_dsack(q.tp)).isTrue();
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.mib(LINUX_MIB_TCPDSACKUNDO)).isOne();
            assertThat(Undo.tcp_try_undo_dsack(q.tp)).as("only once").isFalse();
        }
    }

    @Nested
    class tcp_any_retrans_done {
        @EveryIss
        @DisplayName("while a retransmission is out, or the first segment was sent twice")
        void done(int iss) {
            q = new SendQueue(iss);
            assertThat(Undo.tcp_any_retrans_done(q.tp)).isFalse();
            q.sent(1, 1, 1);
            assertThat(Undo.tcp_any_retrans_done(q.tp)).isFalse();
            q.tag("- r");
            assertThat(Undo.tcp_any_retrans_done(q.tp)).isFalse();
            q.tag("r");
            assertThat(Undo.tcp_any_retrans_done(q.tp)).isTrue();
            q.tag("- R");
            TCP_SKB_CB(q.skb(0)).sacked = 0;
            assertThat(Undo.tcp_any_retrans_done(q.tp)).isTrue();
        }
    }

    @Nested
    class tcp_try_undo_loss {
        private void loss(int iss) {
            recovery(iss);
            q.tag("L L S L");
            q.tp.icsk_ca_state = TCP_CA_Loss;
            q.tp.icsk_retransmits = 2;
        }

        @EveryIss
        @DisplayName("F-RTO: nothing was lost, and the state is Open")
        void frto(int iss) {
            loss(iss);
            q.tp.undo_retrans = 3;

            assertThat(Undo.tcp_try_undo_loss(q.tp, true)).isTrue();

            assertThat(q.tags()).isEqualTo("- - S -");
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.icsk_retransmits).isZero();
            assertThat(q.mib(LINUX_MIB_TCPSPURIOUSRTOS)).isOne();
            assertThat(q.mib(LINUX_MIB_TCPLOSSUNDO)).isOne();
        }

        @EveryIss
        @DisplayName("without SACK the state stays, if it was not F-RTO")
        void reno(int iss) {
            loss(iss);
            q.reno();

            assertThat(Undo.tcp_try_undo_loss(q.tp, false)).isTrue();

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(q.mib(LINUX_MIB_TCPSPURIOUSRTOS)).isZero();
        }

        @EveryIss
        @DisplayName("no: then everything stays as it is")
        void no(int iss) {
            loss(iss);
            q.tp.undo_retrans = 1;

            assertThat(Undo.tcp_try_undo_loss(q.tp, false)).isFalse();

            assertThat(q.tags()).isEqualTo("L L S L");
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
        }
    }
}
