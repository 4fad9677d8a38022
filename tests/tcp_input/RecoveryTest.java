// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.netdevice.PacketTap.open;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_DSACKING_ACK;
import static net.tcp.TcpConst.FLAG_ECE;
import static net.tcp.TcpConst.FLAG_ORIG_SACK_ACKED;
import static net.tcp.TcpConst.FLAG_RETRANS_DATA_ACKED;
import static net.tcp.TcpConst.FLAG_SLOWPATH;
import static net.tcp.TcpConst.FLAG_SND_UNA_ADVANCED;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.tcp_congestion_ops.CA_EVENT_COMPLETE_CWR;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPARTIALUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENORECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUSRTOS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTSREORDER;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import linux.bug.Bug;
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
class RecoveryTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    /** Ten segments sent with a window of ten. */
    private void ten(int iss) {
        q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    }

    @Nested
    class tcp_init_cwnd_reduction {
        @EveryIss
        @DisplayName("notes the window and where the episode ends")
        void notes(int iss) {
            ten(iss);
            q.tp.tlp_high_seq = q.tp.prr_out = q.tp.prr_delivered = q.tp.snd_cwnd_cnt = 7;
            q.tp.ecn_flags = TCP_ECN_OK;

            Recovery.tcp_init_cwnd_reduction(q.tp, true);

            assertThat(q.tp.high_seq).isEqualTo(q.seq(10));
            assertThat(q.tp.prior_cwnd).isEqualTo(10);
            assertThat(q.tp.snd_ssthresh).isEqualTo(5);
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(new int[] {q.tp.tlp_high_seq, q.tp.prr_out, q.tp.prr_delivered, q.tp.snd_cwnd_cnt})
                    .containsExactly(0, 0, 0, 0);
            assertThat(q.tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_QUEUE_CWR);
        }

        @EveryIss
        @DisplayName("may keep the threshold")
        void keeps(int iss) {
            ten(iss);
            Recovery.tcp_init_cwnd_reduction(q.tp, false);
            assertThat(q.tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
        }
    }

    @Nested
    class tcp_cwnd_reduction {
        @Test
        @DisplayName("agrees with the kernel, in 28 episodes")
        void vectors() {
            Vectors.each("tcp_cwnd_reduction", row -> {
                tcp_sock tp = FreshSocket.of(row);
                if (row.text("in.op").equals("init")) {
                    Recovery.tcp_init_cwnd_reduction(tp, row.bool("in.set_ssthresh"));
                } else {
                    Recovery.tcp_cwnd_reduction(tp, row.i32("in.prior_unsacked"), row.i32("in.fast_rexmit"));
                }
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("sends one segment for every two that arrive, on the way from 10 to 5 (RFC 6937)")
        void proportional() {
            ten(0);
            tcp_sock tp = q.tp;
            Recovery.tcp_init_cwnd_reduction(tp, true);
            tp.sacked_out = 0;
            tp.lost_out = 1;
            StringBuilder sent = new StringBuilder();
            for (int ack = 0; ack < 6; ack++) {
                int prior_unsacked = tp.packets_out - tp.sacked_out;
                tp.sacked_out++;
                Recovery.tcp_cwnd_reduction(tp, prior_unsacked, 0);
                int n = tp.snd_cwnd - tcp_packets_in_flight(tp);
                sent.append(n);
                tp.packets_out += n;
                tp.prr_out += n;
            }
            assertThat(sent.toString()).isEqualTo("101010");
            tp.lost_out = 0;
        }

        @Test
        @DisplayName("with less in the network than the threshold it sends one more than arrived: slow start")
        void slow_start() {
            ten(0);
            Recovery.tcp_init_cwnd_reduction(q.tp, true);
            q.tp.lost_out = 8;
            q.tp.sacked_out = 1;

            Recovery.tcp_cwnd_reduction(q.tp, 10, 0);

            assertThat(q.tp.snd_cwnd).isEqualTo(1 + 2);
            q.tp.lost_out = q.tp.sacked_out = 0;
        }

        @Test
        @DisplayName("lets the fast retransmit out in any case")
        void fast_rexmit() {
            ten(0);
            Recovery.tcp_init_cwnd_reduction(q.tp, true);

            Recovery.tcp_cwnd_reduction(q.tp, 10, 0);
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            Recovery.tcp_cwnd_reduction(q.tp, 10, 1);
            assertThat(q.tp.snd_cwnd).isEqualTo(11);
        }

        @Test
        @DisplayName("a window that was 0 is a warning and no division by zero (CVE-2016-2070)")
        void prior_cwnd_zero() {
            ten(0);
            q.tp.snd_cwnd = 0;
            Recovery.tcp_init_cwnd_reduction(q.tp, true);
            assertThat(q.tp.prior_cwnd).isZero();

            Recovery.tcp_cwnd_reduction(q.tp, 10, 1);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            assertThat(q.tp.snd_cwnd).isZero();
        }
    }

    @Nested
    class tcp_end_cwnd_reduction {
        @Test
        @DisplayName("leaves the threshold as the window, in CWR and in a Recovery that was not undone")
        void window() {
            tcp_sock tp = fresh();
            tp.snd_ssthresh = 5;
            tp.icsk_ca_state = TCP_CA_CWR;
            Recovery.tcp_end_cwnd_reduction(tp);
            assertThat(tp.snd_cwnd).isEqualTo(5);

            tp.snd_cwnd = 9;
            tp.icsk_ca_state = TCP_CA_Recovery;
            Recovery.tcp_end_cwnd_reduction(tp);
            assertThat(tp.snd_cwnd).as("undone").isEqualTo(9);

            tp.undo_marker = 1;
            Recovery.tcp_end_cwnd_reduction(tp);
            assertThat(tp.snd_cwnd).isEqualTo(5);
        }

        @Test
        @DisplayName("tells the congestion control")
        void event() {
            tcp_sock tp = fresh();
            int[] seen = {-1};
            tp.icsk_ca_ops.cwnd_event = (sk, ev) -> seen[0] = ev;
            Recovery.tcp_end_cwnd_reduction(tp);
            assertThat(seen[0]).isEqualTo(CA_EVENT_COMPLETE_CWR);
        }
    }

    @Nested
    class tcp_enter_cwr {
        @Test
        @DisplayName("agrees with the kernel, as tcp_end_cwnd_reduction and tcp_enter_recovery do")
        void vectors() {
            Vectors.each("tcp_enter_cwr_end", row -> {
                tcp_sock tp = FreshSocket.of(row);
                switch (row.text("in.op")) {
                    case "tcp_enter_cwr" -> Recovery.tcp_enter_cwr(tp, row.i32("in.arg"));
                    case "tcp_end_cwnd_reduction" -> Recovery.tcp_end_cwnd_reduction(tp);
                    case "tcp_enter_recovery" -> Recovery.tcp_enter_recovery(tp, row.bool("in.arg"));
                    default -> throw new IllegalArgumentException(row.text("in.op"));
                }
                SocketFields.out(row, tp);
            });
        }

        @EveryIss
        @DisplayName("once per episode, and without a way back")
        void once(int iss) {
            ten(iss);
            q.tp.undo_marker = q.start;
            q.tp.prior_ssthresh = 8;

            Recovery.tcp_enter_cwr(q.tp, 1);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);
            assertThat(q.tp.snd_ssthresh).isEqualTo(5);
            assertThat(q.tp.undo_marker).isZero();
            assertThat(q.tp.prior_ssthresh).isZero();

            q.tp.snd_cwnd = 4;
            Recovery.tcp_enter_cwr(q.tp, 1);
            assertThat(q.tp.snd_ssthresh).isEqualTo(5);
        }
    }

    @Nested
    class tcp_try_keep_open {
        @EveryIss
        @DisplayName("Disorder with something SACKed, lost or sent twice; else Open")
        void which(int iss) {
            ten(iss);
            q.tag("- S");
            Recovery.tcp_try_keep_open(q.tp);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
            assertThat(q.tp.high_seq).isEqualTo(q.seq(10));

            q.tp.sacked_out = 0;
            Recovery.tcp_try_keep_open(q.tp);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);

            q.tag("r");
            Recovery.tcp_try_keep_open(q.tp);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
        }
    }

    @Nested
    class tcp_try_to_open {
        @EveryIss
        @DisplayName("no ECE: Open or Disorder, and no retransmission is remembered")
        void open(int iss) {
            ten(iss);
            q.tag("- S");
            q.tp.retrans_stamp = 5;
            Recovery.tcp_try_to_open(q.tp, FLAG_DATA_SACKED, 10);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
            assertThat(q.tp.retrans_stamp).isZero();
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
        }

        @EveryIss
        @DisplayName("ECE: CWR, and the reduction begins")
        void ece(int iss) {
            ten(iss);
            q.tag("- S");
            Recovery.tcp_try_to_open(q.tp, FLAG_ECE, 10);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);
            // One segment arrived, nine are out: one may go, as 5/10 of 1 is rounded up.
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.tp.prr_delivered).isOne();
        }
    }

    @Nested
    class tcp_mtup_probe_failed {
        @Test
        @DisplayName("agrees with the kernel, and so does tcp_mtup_probe_success")
        void vectors() {
            Vectors.each("tcp_mtup_probe", row -> {
                tcp_sock tp = FreshSocket.of(row);
                if (row.text("in.op").equals("tcp_mtup_probe_failed")) {
                    Recovery.tcp_mtup_probe_failed(tp);
                } else {
                    Recovery.tcp_mtup_probe_success(tp);
                }
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("the search goes on below the size of the probe")
        void below() {
            tcp_sock tp = fresh();
            tp.icsk_mtup.search_high = 9000;
            tp.icsk_mtup.probe_size = 3000;
            Recovery.tcp_mtup_probe_failed(tp);
            assertThat(tp.icsk_mtup.search_high).isEqualTo(2999);
            assertThat(tp.icsk_mtup.probe_size).isZero();
        }
    }

    @Nested
    class tcp_mtup_probe_success {
        private tcp_sock probe(int snd_cwnd) {
            q = new SendQueue(0);
            tcp_sock tp = q.tp;
            tp.snd_cwnd = snd_cwnd;
            tp.icsk_mtup.enabled = 1;
            tp.icsk_mtup.search_low = 1040;
            tp.icsk_mtup.search_high = 9000;
            tp.icsk_mtup.probe_size = 2080;
            tp.icsk_pmtu_cookie = 9000;
            tp.rx_opt.mss_clamp = 8960;
            Recovery.tcp_mtup_probe_success(tp);
            return tp;
        }

        @Test
        @DisplayName("segments are twice as large now, so the window counts half as many")
        void half() {
            tcp_sock tp = probe(20);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.icsk_mtup.search_low).isEqualTo(2080);
            assertThat(tp.icsk_mtup.probe_size).isZero();
            assertThat(tp.mss_cache).isEqualTo(2040);
        }

        @Test
        @DisplayName("kernel bug: a window of one segment becomes 0")
        void zero() {
            assertThat(probe(1).snd_cwnd).isZero();
        }

        @Test
        @DisplayName("kernel bug: a window of 2^32 / 1040 segments wraps")
        void wraps() {
            assertThat(probe(4_129_777).snd_cwnd).isZero();
        }
    }

    @Nested
    class tcp_simple_retransmit {
        @EveryIss
        @DisplayName("sends again what is larger than the new MSS and has not arrived, with the window it had")
        void larger(int iss) {
            ten(iss);
            q.tag("- S");
            q.tp.mss_cache = 600;
            q.tp.undo_marker = q.start;
            q.tp.prior_ssthresh = 8;

            Recovery.tcp_simple_retransmit(q.tp);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.tp.lost_out).isGreaterThan(0);
            assertThat(q.tp.undo_marker).isZero();
            assertThat(q.tp.prior_ssthresh).isZero();
            assertThat(q.tp.high_seq).isEqualTo(q.seq(10));
            assertThat(q.wire).startsWith("0-0.6", "0.6-1");
        }

        @EveryIss
        @DisplayName("a retransmission that was too large, too, is not out any more")
        void sent_twice(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("R S");
            q.tp.mss_cache = 600;
            q.tp.snd_cwnd = 0;

            Recovery.tcp_simple_retransmit(q.tp);

            assertThat(q.tags()).isEqualTo("Lr S");
            assertThat(q.counts()).isEqualTo("out 2 sacked 1 lost 1 retrans 0 fackets 2");
        }

        @EveryIss
        @DisplayName("does nothing when all of them fit")
        void fits(int iss) {
            ten(iss);
            Recovery.tcp_simple_retransmit(q.tp);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.wire).isEmpty();
        }
    }

    @Nested
    class tcp_enter_recovery {
        @EveryIss
        @DisplayName("halves the threshold, keeps the old one and the place where it began")
        void enters(int iss) {
            ten(iss);
            q.tp.snd_ssthresh = 30;

            Recovery.tcp_enter_recovery(q.tp, false);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tp.snd_ssthresh).isEqualTo(5);
            assertThat(q.tp.prior_ssthresh).isEqualTo(30);
            assertThat(q.tp.undo_marker).isEqualTo(q.start);
            assertThat(q.tp.undo_retrans).isEqualTo(-1);
            assertThat(q.tp.high_seq).isEqualTo(q.seq(10));
            assertThat(q.mib(LINUX_MIB_TCPSACKRECOVERY)).isOne();
        }

        @EveryIss
        @DisplayName("with ECE there is no old threshold to go back to")
        void ece(int iss) {
            ten(iss);
            Recovery.tcp_enter_recovery(q.tp, true);
            assertThat(q.tp.prior_ssthresh).isZero();
        }

        @EveryIss
        @DisplayName("from CWR the reduction that has begun goes on")
        void from_cwr(int iss) {
            ten(iss);
            q.reno();
            Recovery.tcp_enter_cwr(q.tp, 1);
            q.tp.prr_delivered = 3;

            Recovery.tcp_enter_recovery(q.tp, false);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tp.prr_delivered).isEqualTo(3);
            assertThat(q.mib(LINUX_MIB_TCPRENORECOVERY)).isOne();
        }
    }

    @Nested
    class tcp_process_loss {
        /** After a timeout: the first segment has been sent again. */
        private void timeout(int iss) {
            ten(iss);
            Loss.tcp_enter_loss(q.tp, 0);
            TCP_SKB_CB(q.skb(0)).sacked |= TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS;
            q.tp.retrans_out = 1;
            q.tp.retrans_stamp = tcp_time_stamp();
            q.tp.undo_retrans = 1;
            q.tp.icsk_retransmits = 1;
        }

        @EveryIss
        @DisplayName("F-RTO: something sent once was acknowledged, so the timeout was a mistake (step 3.b)")
        void spurious(int iss) {
            timeout(iss);

            Recovery.tcp_process_loss(q.tp, FLAG_SND_UNA_ADVANCED | FLAG_ORIG_SACK_ACKED, false);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.tp.lost_out).isZero();
            assertThat(q.mib(LINUX_MIB_TCPSPURIOUSRTOS)).isOne();
        }

        @EveryIss
        @DisplayName("F-RTO: a partial ACK lets new data out instead of retransmissions (step 2.b)")
        void new_data(int iss) {
            timeout(iss);
            q.unsent(1, 1);
            q.tp.snd_cwnd = 2;

            Recovery.tcp_process_loss(q.tp, FLAG_SND_UNA_ADVANCED | FLAG_RETRANS_DATA_ACKED, false);

            assertThat(q.wire).containsExactly("10-11");
            assertThat(q.tp.frto).isTrue();
            assertThat(q.tp.high_seq).isEqualTo(q.seq(10));

            Recovery.tcp_process_loss(q.tp, 0, false);
            assertThat(q.tp.frto).as("a window update says nothing").isTrue();
            Recovery.tcp_process_loss(q.tp, 0, true);
            assertThat(q.tp.frto).as("a duplicate ACK: the loss was real (3.a)").isFalse();
        }

        @EveryIss
        @DisplayName("F-RTO: without new data it is given up, and the retransmissions go on")
        void no_new_data(int iss) {
            timeout(iss);
            q.tp.snd_cwnd = 3;

            Recovery.tcp_process_loss(q.tp, FLAG_SND_UNA_ADVANCED | FLAG_RETRANS_DATA_ACKED, false);

            assertThat(q.tp.frto).isFalse();
            assertThat(q.wire).containsExactly("1-2", "2-3");
        }

        @EveryIss
        @DisplayName("all that was out is acknowledged: back to Open")
        void recovered(int iss) {
            timeout(iss);
            q.tp.snd_una = q.seq(10);

            Recovery.tcp_process_loss(q.tp, FLAG_SND_UNA_ADVANCED, false);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isOne();
        }

        @EveryIss
        @DisplayName("without SACK a duplicate ACK for the new data takes one out of the network")
        void reno(int iss) {
            timeout(iss);
            q.reno();
            q.unsent(1).tp.snd_cwnd = 2;
            Recovery.tcp_process_loss(q.tp, FLAG_SND_UNA_ADVANCED | FLAG_RETRANS_DATA_ACKED, false);
            assertThat(q.wire).containsExactly("10-11");

            Recovery.tcp_process_loss(q.tp, 0, true);
            assertThat(q.tp.sacked_out).isOne();

            Recovery.tcp_process_loss(q.tp, FLAG_SND_UNA_ADVANCED, false);
            assertThat(q.tp.sacked_out).isZero();
        }
    }

    @Nested
    class tcp_try_undo_partial {
        private void recovery(int iss) {
            ten(iss);
            q.tag("Lr - - - - S");
            q.tp.icsk_ca_state = TCP_CA_Recovery;
            q.tp.undo_marker = q.start;
            q.tp.prior_ssthresh = 20;
            q.tp.snd_ssthresh = 5;
            q.tp.prior_cwnd = 10;
            q.tp.retrans_stamp = 1000;
            q.tp.rx_opt.saw_tstamp = true;
            q.tp.rx_opt.rcv_tsecr = 900;
        }

        @EveryIss
        @DisplayName("the original arrived late: reordering is larger, and the reduction is undone")
        void undone(int iss) {
            recovery(iss);

            assertThat(Recovery.tcp_try_undo_partial(q.tp, 1, 9)).isTrue();

            assertThat(q.tp.reordering).isEqualTo(7);
            assertThat(q.mib(LINUX_MIB_TCPTSREORDER)).isOne();
            assertThat(q.mib(LINUX_MIB_TCPPARTIALUNDO)).isOne();
            assertThat(q.tp.lost_out).isZero();
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.tp.snd_ssthresh).isEqualTo(20);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
        }

        @EveryIss
        @DisplayName("with a retransmission still out Recovery goes on")
        void still_out(int iss) {
            recovery(iss);
            q.tp.retrans_out = 1;

            assertThat(Recovery.tcp_try_undo_partial(q.tp, 1, 9)).isTrue();

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tp.snd_ssthresh).isEqualTo(5);
            assertThat(q.tp.lost_out).isOne();
            q.tp.retrans_out = 0;
        }

        @EveryIss
        @DisplayName("the retransmission was answered: no")
        void no(int iss) {
            recovery(iss);
            q.tp.rx_opt.rcv_tsecr = 1000;
            assertThat(Recovery.tcp_try_undo_partial(q.tp, 1, 9)).isFalse();
            assertThat(q.tp.reordering).isEqualTo(3);
        }
    }

    @Nested
    class tcp_fastretrans_alert {
        private void alert(int acked, boolean dupack, int flag) {
            Recovery.tcp_fastretrans_alert(q.tp, acked, q.tp.packets_out - q.tp.sacked_out + acked, dupack, flag);
        }

        @EveryIss
        @DisplayName("Open to Disorder at the first SACK")
        void disorder(int iss) {
            ten(iss);
            q.tag("- S");
            alert(0, true, FLAG_DATA_SACKED);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
            assertThat(q.wire).isEmpty();
        }

        @EveryIss
        @DisplayName("to Recovery when enough is SACKed, with a fast retransmit")
        void recovery(int iss) {
            ten(iss);
            q.tag("- S S S");
            alert(0, true, FLAG_DATA_SACKED);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tags()).isEqualTo("LR S S S - - - - - -");
            assertThat(q.counts()).isEqualTo("out 10 sacked 3 lost 1 retrans 1 fackets 4");
            assertThat(q.wire).containsExactly("0-1");
            assertThat(q.tp.undo_retrans).isOne();
        }

        @EveryIss
        @DisplayName("Reno: three duplicate ACKs, a partial ACK for each further loss, and the end (RFC 6582)")
        void reno(int iss) {
            ten(iss);
            q.reno();
            alert(0, true, 0);
            alert(0, true, 0);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
            alert(0, true, 0);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tags()).isEqualTo("LR - - - - - - - - -");
            assertThat(q.wire).containsExactly("0-1");

            // Three more duplicates, then everything up to the next hole.
            alert(0, true, 0);
            alert(0, true, 0);
            assertThat(q.tp.sacked_out).isEqualTo(5);
            q.tp.rx_opt.saw_tstamp = false;
            assertThat(Ack.tcp_ack(q.tp, q.ack(4), FLAG_SLOWPATH)).isOne();
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tags()).isEqualTo("LR - - - - -");
            assertThat(q.wire).contains("4-5");

            // high_seq alone does not end it, something above does.
            q.unsent(1);
            Ack.tcp_ack(q.tp, q.ack(10), FLAG_SLOWPATH);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
        }

        @EveryIss
        @DisplayName("Recovery ends when high_seq is acknowledged, with the threshold as window")
        void ends(int iss) {
            ten(iss);
            q.tag("- S S S");
            alert(0, true, FLAG_DATA_SACKED);
            q.tp.undo_retrans = 1;

            Ack.tcp_ack(q.tp, q.ack(10), FLAG_SLOWPATH);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isEqualTo(5);
            assertThat(q.counts()).isEqualTo("out 0 sacked 0 lost 0 retrans 0 fackets 0");
        }

        @EveryIss
        @DisplayName("ECE: CWR until something above high_seq is acknowledged")
        void cwr(int iss) {
            ten(iss);
            alert(0, false, FLAG_ECE);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);

            q.tp.snd_una = q.seq(10);
            alert(0, false, FLAG_SND_UNA_ADVANCED);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);

            q.sent(1);
            q.tp.snd_una = q.seq(11);
            alert(0, false, FLAG_SND_UNA_ADVANCED);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isEqualTo(5);
        }

        @EveryIss
        @DisplayName("D-SACKs for every retransmission undo Recovery")
        void dsack(int iss) {
            ten(iss);
            q.tag("- S S S");
            alert(0, true, FLAG_DATA_SACKED);
            TCP_SKB_CB(q.skb(0)).sacked &= ~TCPCB_SACKED_RETRANS;
            q.tp.retrans_out = 0;
            q.tp.undo_retrans = 0;

            alert(0, false, FLAG_DSACKING_ACK);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.mib(LINUX_MIB_TCPDSACKUNDO)).isOne();
        }

        @EveryIss
        @DisplayName("counters that cannot be are reported and put right")
        void impossible(int iss) {
            ten(iss);
            q.tp.fackets_out = 3;
            alert(0, true, 0);
            assertThat(q.tp.fackets_out).isZero();

            q.tp.packets_out = 0;
            q.tp.sacked_out = 2;
            alert(0, true, 0);
            assertThat(q.tp.sacked_out).isZero();

            assertThat(Bug.warnings).hasSize(2);
            Bug.warnings.clear();
        }

        @EveryIss
        @DisplayName("a lost MTU probe is no congestion")
        void mtu_probe(int iss) {
            ten(iss);
            q.tag("- S S S");
            q.tp.icsk_mtup.probe_size = 2000;
            q.tp.icsk_mtup.search_high = 3000;
            q.tp.mtu_probe.probe_seq_start = q.start;
            q.tp.mtu_probe.probe_seq_end = q.seq(2);

            alert(0, true, FLAG_DATA_SACKED);

            assertThat(q.tp.icsk_mtup.search_high).isEqualTo(1999);
            assertThat(q.tp.snd_cwnd).isEqualTo(11);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
        }
    }
}
