// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.Header.tcp_hdr;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.tcp.Congestion.tcp_in_cwnd_reduction;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.TcpConst.FLAG_DATA_ACKED;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_DSACKING_ACK;
import static net.tcp.TcpConst.FLAG_ECE;
import static net.tcp.TcpConst.FLAG_RETRANS_DATA_ACKED;
import static net.tcp.TcpConst.FLAG_SACK_RENEGING;
import static net.tcp.TcpConst.FLAG_SLOWPATH;
import static net.tcp.TcpConst.FLAG_SND_UNA_ADVANCED;
import static net.tcp.TcpConst.FLAG_SYN_ACKED;
import static net.tcp.TcpConst.FLAG_WIN_UPDATE;
import static net.tcp.TcpConst.MPTCP_FLAG_DATA_ACKED;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static net.tcp.tcp_congestion_ops.CA_EVENT_FAST_ACK;
import static net.tcp.tcp_congestion_ops.CA_EVENT_SLOW_ACK;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.Retransmit.tcp_retransmit_skb;
import static testing.FreshSocket.fresh;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPCHALLENGEACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBERECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPUREACKS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_CWR;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Disorder;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_request_sock;
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
class AckTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    @Nested
    class tcp_ack_update_rtt {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_ack_update_rtt", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Ack.tcp_ack_update_rtt(tp, row.i32("in.flag"), row.i32("in.seq_rtt"),
                        row.i32("in.sack_rtt"))).as(row.toString()).isEqualTo(row.bool("out.ret"));
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("own time first, then that of a SACK, then the echo; and Karn's rule")
        void order() {
            assertThat(rtt(FLAG_DATA_ACKED, 80, 90)).isEqualTo(80);
            assertThat(rtt(FLAG_DATA_ACKED, -1, 90)).isEqualTo(90);
            assertThat(rtt(FLAG_DATA_ACKED, -1, -1)).isEqualTo(70);
            assertThat(rtt(FLAG_DATA_ACKED | FLAG_RETRANS_DATA_ACKED, 80, -1)).isEqualTo(70);
            assertThat(rtt(0, -1, -1)).as("an echo in an ACK for nothing new").isZero();
        }

        private int rtt(int flag, int seq_rtt, int sack_rtt) {
            tcp_sock tp = fresh();
            tp.rx_opt.saw_tstamp = true;
            tp.rx_opt.rcv_tsecr = tcp_time_stamp() - 70;
            tp.icsk_backoff = 3;
            boolean sample = Ack.tcp_ack_update_rtt(tp, flag, seq_rtt, sack_rtt);
            assertThat(tp.icsk_backoff).isEqualTo(sample ? 0 : 3);
            return tp.srtt >> 3;
        }
    }

    @Nested
    class tcp_synack_rtt_meas {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_synack_rtt_meas", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Ack.tcp_synack_rtt_meas(tp, row.i32("in.synack_stamp"));
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("measures a SYN/ACK that was sent once")
        void once() {
            tcp_sock tp = fresh();
            Ack.tcp_synack_rtt_meas(tp, tcp_time_stamp() - 25);
            assertThat(tp.srtt >> 3).isEqualTo(25);

            tp = fresh();
            tp.total_retrans = 1;
            Ack.tcp_synack_rtt_meas(tp, tcp_time_stamp() - 25);
            assertThat(tp.srtt).isZero();
        }
    }

    @Nested
    class tcp_cong_avoid {
        @Test
        @DisplayName("asks the congestion control, and notes when")
        void asks() {
            tcp_sock tp = fresh();
            List<Integer> asked = new ArrayList<>();
            tp.icsk_ca_ops.cong_avoid = (sk, ack, acked, in_flight) -> asked.addAll(List.of(ack, acked, in_flight));

            Ack.tcp_cong_avoid(tp, 1000, 2, 7);

            assertThat(asked).containsExactly(1000, 2, 7);
            assertThat(tp.snd_cwnd_stamp).isEqualTo(tcp_time_stamp());
        }
    }

    @Nested
    class tcp_rearm_rto {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_rearm_rto", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = alloc_skb(20, GFP_KERNEL);
                TCP_SKB_CB(skb).when = row.i32("in.write_queue_head.when");
                __skb_queue_tail(tp.sk_write_queue, skb);

                Ack.tcp_rearm_rto(tp);

                SocketFields.out(row, tp);
                FreshSocket.stopTimers(tp);
                tcp_write_queue_purge(tp);
            });
        }

        @EveryIss
        @DisplayName("from now on, or from when the first segment was sent if a probe has used the timer")
        void from(int iss) {
            q = new SendQueue(iss).sent(1).later(100);
            Ack.tcp_rearm_rto(q.tp);
            assertThat(q.tp.icsk_timeout - jiffies).isEqualTo(300);

            q.tp.icsk_pending = ICSK_TIME_LOSS_PROBE;
            Ack.tcp_rearm_rto(q.tp);
            assertThat(q.tp.icsk_timeout - jiffies).isEqualTo(200);
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @Test
        @DisplayName("stops with nothing out, and leaves the timer to a Fast Open SYN/ACK")
        void stops() {
            q = new SendQueue(0);
            q.tp.icsk_pending = ICSK_TIME_RETRANS;
            q.tp.fastopen_rsk = new tcp_request_sock();
            Ack.tcp_rearm_rto(q.tp);
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            q.tp.fastopen_rsk = null;
            Ack.tcp_rearm_rto(q.tp);
            assertThat(q.tp.icsk_pending).isZero();
        }
    }

    @Nested
    class tcp_resume_early_retransmit {
        @EveryIss
        @DisplayName("the pause is over: Recovery, and the first segment again")
        void resumes(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("- S");

            Ack.tcp_resume_early_retransmit(q.tp);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tags()).isEqualTo("LR S");
            assertThat(q.wire).containsExactly("0-1");
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @EveryIss
        @DisplayName("only the timer is set if early retransmit has been given up in the meantime")
        void given_up(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("- S");
            q.tp.do_early_retrans = false;

            Ack.tcp_resume_early_retransmit(q.tp);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tags()).isEqualTo("- S");
        }
    }

    @Nested
    class tcp_tso_acked {
        @EveryIss
        @DisplayName("takes the acknowledged segments off the packet")
        void takes_off(int iss) {
            q = new SendQueue(iss).sent(4);
            q.tp.snd_una = q.seq(3);

            assertThat(Ack.tcp_tso_acked(q.tp, q.skb(0))).isEqualTo(3);

            assertThat(TCP_SKB_CB(q.skb(0)).seq).isEqualTo(q.seq(3));
            assertThat(q.skb(0).len).isEqualTo(1000);
            assertThat(q.tags()).isEqualTo("-");
        }

        @EveryIss
        @DisplayName("less than a segment does not count")
        void part(int iss) {
            q = new SendQueue(iss).sent(4);
            q.tp.snd_una = q.start + 500;

            assertThat(Ack.tcp_tso_acked(q.tp, q.skb(0))).isZero();

            assertThat(q.tags()).isEqualTo("-*4");
            assertThat(q.skb(0).len).isEqualTo(3500);
        }
    }

    @Nested
    class tcp_clean_rtx_queue {
        private int clean(int una, int prior_fackets, int sack_rtt) {
            int prior = q.tp.snd_una;
            q.tp.snd_una = q.seq(una);
            return Ack.tcp_clean_rtx_queue(q.tp, prior_fackets, prior, sack_rtt);
        }

        @EveryIss
        @DisplayName("takes what is acknowledged from the queue, the counters and the memory of the socket")
        void takes(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("LR S L R S -");
            q.tp.retransmit_skb_hint = q.skb(2);
            q.tp.lost_skb_hint = q.skb(4);

            assertThat(clean(4, 5, -1) & FLAG_DATA_ACKED).isNotZero();

            assertThat(q.tags()).isEqualTo("S -");
            assertThat(q.counts()).isEqualTo("out 2 sacked 1 lost 0 retrans 0 fackets 1");
            assertThat(q.tp.retransmit_skb_hint).isNull();
            assertThat(q.tp.lost_skb_hint).isSameAs(q.skb(0));
            assertThat(q.tp.sk_wmem_queued).isEqualTo(q.skb(0).truesize + q.skb(1).truesize);
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @EveryIss
        @DisplayName("a packet acknowledged in part loses its first segments")
        void part(int iss) {
            q = new SendQueue(iss).sent(1, 4);

            clean(3, 0, -1);

            assertThat(q.tags()).isEqualTo("-*2");
            assertThat(q.counts()).isEqualTo("out 2 sacked 0 lost 0 retrans 0 fackets 0");
        }

        @EveryIss
        @DisplayName("the ACK ends at a SACKed segment: the peer has reneged")
        void reneging(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("- S -");
            assertThat(clean(1, 2, -1) & FLAG_SACK_RENEGING).isNotZero();
        }

        @EveryIss
        @DisplayName("the first segment sent once gives the round-trip time, the last one the congestion control's")
        void rtt(int iss) {
            q = new SendQueue(iss).sent(1).later(10).sent(1).later(50);
            List<Integer> told = new ArrayList<>();
            q.tp.icsk_ca_ops.pkts_acked = (sk, num_acked, rtt_us) -> told.addAll(List.of(num_acked, rtt_us));
            q.tp.srtt = 0;

            int flag = clean(2, 0, -1);

            assertThat(flag & FLAG_RETRANS_DATA_ACKED).isZero();
            assertThat(q.tp.srtt >> 3).isEqualTo(60);
            assertThat(told).containsExactly(2, 50_000);
        }

        @EveryIss
        @DisplayName("with TCP_CONG_RTT_STAMP the congestion control gets microseconds")
        void rtt_stamp(int iss) {
            q = new SendQueue(iss).sent(1);
            q.skb(0).tstamp = Clock.ktime_get_real();
            Clock.passTo(Clock.now() + 1_234_567);
            int[] told = {0};
            q.tp.icsk_ca_ops.flags = TCP_CONG_RTT_STAMP;
            q.tp.icsk_ca_ops.pkts_acked = (sk, num_acked, rtt_us) -> told[0] = rtt_us;

            clean(1, 0, -1);

            assertThat(told[0]).isEqualTo(1234);
        }

        @EveryIss
        @DisplayName("Karn: nothing is measured from what was sent twice")
        void karn(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("r -").later(60);
            int[] told = {0};
            q.tp.icsk_ca_ops.pkts_acked = (sk, num_acked, rtt_us) -> told[0] = rtt_us;
            q.tp.srtt = 0;

            assertThat(clean(2, 0, -1) & FLAG_RETRANS_DATA_ACKED).isNotZero();

            assertThat(q.tp.srtt).isZero();
            assertThat(told[0]).isEqualTo(-1);
        }

        @EveryIss
        @DisplayName("a SYN is acknowledged, and is no data")
        void syn(int iss) {
            q = new SendQueue(iss).sent(1);
            TCP_SKB_CB(q.skb(0)).tcp_flags |= TCPHDR_SYN;
            q.tp.retrans_stamp = 77;

            int flag = clean(1, 0, -1);

            assertThat(flag & (FLAG_SYN_ACKED | FLAG_DATA_ACKED)).isEqualTo(FLAG_SYN_ACKED);
            assertThat(q.tp.retrans_stamp).isZero();
        }

        @EveryIss
        @DisplayName("on a subflow it tells whether any of it was mapped data")
        void mapped(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            static_key_slow_inc(mptcp_static_key);
            q.tp.mpc = true;
            TCP_SKB_CB(q.skb(1)).mptcp_flags = MPTCPHDR_SEQ;

            assertThat(clean(1, 0, -1) & MPTCP_FLAG_DATA_ACKED).isZero();
            assertThat(clean(2, 0, -1) & MPTCP_FLAG_DATA_ACKED).isNotZero();
        }

        @EveryIss
        @DisplayName("a hole below the highest SACK that is filled by what was sent once: reordering")
        void reordering(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1, 1).tag("- - - - - S");
            clean(2, 6, -1);
            assertThat(q.tp.reordering).isEqualTo(6);
            assertThat(q.tp.fackets_out).isEqualTo(4);
        }

        @EveryIss
        @DisplayName("the urgent pointer does not stay behind")
        void urgent(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            q.tp.snd_up = q.start;
            clean(1, 0, -1);
            assertThat(q.tp.snd_up).isEqualTo(q.seq(1));
            q.tp.snd_up = q.seq(2);
            clean(1, 0, -1);
            assertThat(q.tp.snd_up).isEqualTo(q.seq(2));
        }

        @EveryIss
        @DisplayName("a large enough MTU probe has arrived")
        void mtu_probe(int iss) {
            q = new SendQueue(iss).sent(2, 1);
            q.tp.icsk_mtup.enabled = 1;
            q.tp.icsk_mtup.probe_size = 2040;
            q.tp.icsk_pmtu_cookie = 4000;
            q.tp.mtu_probe.probe_seq_start = q.start;
            q.tp.mtu_probe.probe_seq_end = q.seq(2);

            clean(1, 0, -1);
            assertThat(q.tp.icsk_mtup.probe_size).isEqualTo(2040);
            clean(2, 0, -1);
            assertThat(q.tp.icsk_mtup.probe_size).isZero();
            assertThat(q.tp.icsk_mtup.search_low).isEqualTo(2040);
        }

        @EveryIss
        @DisplayName("a SACK of something sent before the head sets the timer anew, a later one does not")
        void sack_rtt(int iss) {
            q = new SendQueue(iss).sent(1, 1).later(100);
            clean(0, 0, 100);
            assertThat(q.tp.icsk_pending).isZero();

            TCP_SKB_CB(q.skb(0)).when = tcp_time_stamp() - 50;
            clean(0, 0, 100);
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
        }

        @EveryIss
        @DisplayName("Reno: all but one segment had sent duplicate ACKs")
        void reno(int iss) {
            q = new SendQueue(iss).reno().sent(1, 1, 1, 1, 1);
            q.tp.sacked_out = 3;
            clean(2, 0, -1);
            assertThat(q.tp.sacked_out).isEqualTo(2);
        }

        @EveryIss
        @DisplayName("SACK: the hint stays as far from the head as before, in SACKed segments")
        void hint(int iss) {
            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1, 1).tag("S S - S -");
            q.tp.lost_skb_hint = q.skb(4);
            q.tp.lost_cnt_hint = 3;
            clean(2, 4, -1);
            assertThat(q.tp.lost_cnt_hint).isOne();
        }
    }

    @Nested
    class tcp_ack_probe {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_ack_probe", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = alloc_skb(20, GFP_KERNEL);
                TCP_SKB_CB(skb).end_seq = row.i32("in.send_head.end_seq");
                tcp_add_write_queue_tail(tp, skb);

                Ack.tcp_ack_probe(tp);

                SocketFields.out(row, tp);
                FreshSocket.stopTimers(tp);
                tcp_write_queue_purge(tp);
            });
        }

        @EveryIss
        @DisplayName("the window opened: no more probes; it did not: the next one")
        void opened(int iss) {
            q = new SendQueue(iss).unsent(1);
            q.tp.icsk_pending = ICSK_TIME_PROBE0;
            q.tp.icsk_backoff = 2;

            q.tp.snd_wnd = 999;
            Ack.tcp_ack_probe(q.tp);
            assertThat(q.tp.icsk_timeout - jiffies).isEqualTo(1200);
            assertThat(q.tp.icsk_backoff).isEqualTo(2);

            q.tp.snd_wnd = 1000;
            Ack.tcp_ack_probe(q.tp);
            assertThat(q.tp.icsk_pending).isZero();
            assertThat(q.tp.icsk_backoff).isZero();
        }
    }

    @Nested
    class tcp_ack_is_dubious {
        @Test
        @DisplayName("agrees with the kernel, and so does tcp_may_raise_cwnd")
        void vectors() {
            Vectors.each("tcp_ack_flags", row -> {
                tcp_sock tp = FreshSocket.of(row);
                int flag = row.i32("in.flag");
                assertThat(Ack.tcp_ack_is_dubious(tp, flag)).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_ack_is_dubious"));
                assertThat(Ack.tcp_may_raise_cwnd(tp, flag)).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_may_raise_cwnd"));
                assertThat(tcp_in_cwnd_reduction(tp)).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_in_cwnd_reduction"));
            });
        }

        @Test
        @DisplayName("a duplicate, one with SACK or ECE, and any outside Open")
        void which() {
            tcp_sock tp = fresh();
            assertThat(Ack.tcp_ack_is_dubious(tp, FLAG_DATA_ACKED)).isFalse();
            assertThat(Ack.tcp_ack_is_dubious(tp, 0)).isTrue();
            assertThat(Ack.tcp_ack_is_dubious(tp, FLAG_DATA_ACKED | FLAG_ECE)).isTrue();
            tp.icsk_ca_state = TCP_CA_Disorder;
            assertThat(Ack.tcp_ack_is_dubious(tp, FLAG_DATA_ACKED)).isTrue();
        }
    }

    @Nested
    class tcp_may_raise_cwnd {
        @Test
        @DisplayName("when data are acknowledged, by SACK too on a path that reorders; not during a reduction")
        void when() {
            tcp_sock tp = fresh();
            assertThat(Ack.tcp_may_raise_cwnd(tp, FLAG_DATA_ACKED)).isTrue();
            assertThat(Ack.tcp_may_raise_cwnd(tp, FLAG_DATA_SACKED)).isFalse();
            tp.reordering = 4;
            assertThat(Ack.tcp_may_raise_cwnd(tp, FLAG_DATA_SACKED)).isTrue();
            tp.icsk_ca_state = TCP_CA_CWR;
            assertThat(Ack.tcp_may_raise_cwnd(tp, FLAG_DATA_ACKED)).isFalse();
        }
    }

    @Nested
    class tcp_may_update_window {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_may_update_window", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Ack.tcp_may_update_window(tp, row.i32("in.ack"), row.i32("in.ack_seq"), row.i32("in.nwin")))
                        .as(row.toString()).isEqualTo(row.bool("out.ret"));
            });
        }

        @EveryIss
        @DisplayName("a newer ACK, a newer segment, or a larger window")
        void newer(int iss) {
            q = new SendQueue(iss).sent(1);
            tcp_sock tp = q.tp;
            assertThat(Ack.tcp_may_update_window(tp, q.seq(1), 4000, 5)).isTrue();
            assertThat(Ack.tcp_may_update_window(tp, q.start, 5001, 5)).isTrue();
            assertThat(Ack.tcp_may_update_window(tp, q.start, 5000, tp.snd_wnd + 1)).isTrue();
            assertThat(Ack.tcp_may_update_window(tp, q.start, 5000, tp.snd_wnd)).isFalse();
            assertThat(Ack.tcp_may_update_window(tp, q.start, 4999, tp.snd_wnd + 1)).isFalse();
        }
    }

    @Nested
    class tcp_ack_update_window {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_ack_update_window", row -> {
                tcp_sock tp = FreshSocket.of(row);
                tp.icsk_mtup.search_high = 9000;
                tp.icsk_mtup.search_low = 512;
                // The one number of the table that is shown as it lies in memory.
                tp.pred_flags = Integer.reverseBytes(tp.pred_flags);
                tp.sk_rmem_alloc = row.bool("in.rmem_full") ? tp.sk_rcvbuf : 0;
                sk_buff skb = alloc_skb(20, GFP_KERNEL);
                skb_reset_transport_header(skb);
                tcp_hdr(skb).syn(row.bool("in.th.syn"));
                tcp_hdr(skb).window(row.i32("in.th.window"));

                assertThat(Ack.tcp_ack_update_window(tp, skb, row.i32("in.ack"), row.i32("in.ack_seq")))
                        .as(row.toString()).isEqualTo(row.i32("out.ret"));

                SocketFields.out(row, tp, "tp.pred_flags_host_order");
                assertThat(tp.pred_flags).as(row.toString()).isEqualTo(row.i32("out.tp.pred_flags_host_order"));
                kfree_skb(skb);
            });
        }

        @EveryIss
        @DisplayName("takes the scaled window, and lets the fast path know")
        void scaled(int iss) {
            q = new SendQueue(iss).sent(1);
            q.tp.rx_opt.snd_wscale = 3;
            sk_buff skb = q.ack(1);
            tcp_hdr(skb).window(20_000);

            assertThat(Ack.tcp_ack_update_window(q.tp, skb, q.seq(1), 5000)).isEqualTo(FLAG_WIN_UPDATE);

            assertThat(q.tp.snd_wnd).isEqualTo(160_000);
            assertThat(q.tp.max_window).isEqualTo(160_000);
            assertThat(q.tp.snd_una).isEqualTo(q.seq(1));
            assertThat(q.tp.pred_flags & 0xffff).isEqualTo(20_000);
        }

        @EveryIss
        @DisplayName("the window of a SYN is not scaled")
        void syn(int iss) {
            q = new SendQueue(iss).sent(1);
            q.tp.rx_opt.snd_wscale = 3;
            sk_buff skb = q.ack(1);
            tcp_hdr(skb).window(20_000);
            tcp_hdr(skb).syn(true);

            Ack.tcp_ack_update_window(q.tp, skb, q.seq(1), 5000);

            assertThat(q.tp.snd_wnd).isEqualTo(20_000);
        }
    }

    @Nested
    class tcp_send_challenge_ack {
        @Test
        @DisplayName("one hundred a second, for all sockets together")
        void limit() {
            q = new SendQueue(0);
            SendQueue other = new SendQueue(1000);
            for (int i = 0; i < 60; i++) {
                Ack.tcp_send_challenge_ack(q.tp);
            }
            for (int i = 0; i < 60; i++) {
                Ack.tcp_send_challenge_ack(other.tp);
            }
            assertThat(q.wire).hasSize(60).containsOnly("ack");
            assertThat(other.wire).hasSize(40);
            assertThat(q.mib(LINUX_MIB_TCPCHALLENGEACK)).isEqualTo(100);

            q.later(1000);
            Ack.tcp_send_challenge_ack(q.tp);
            assertThat(q.wire).hasSize(61);
            other.free();
        }
    }

    @Nested
    class tcp_store_ts_recent {
        @Test
        @DisplayName("remembers the timestamp and when it came")
        void remembers() {
            tcp_sock tp = fresh();
            tp.rx_opt.rcv_tsval = 4711;
            Ack.tcp_store_ts_recent(tp);
            assertThat(tp.rx_opt.ts_recent).isEqualTo(4711);
            assertThat(tp.rx_opt.ts_recent_stamp).isEqualTo(Clock.get_seconds());
        }
    }

    @Nested
    class tcp_replace_ts_recent {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_replace_ts_recent", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Clock.get_seconds()).isEqualTo(row.i64("in.get_seconds_now"));
                Ack.tcp_replace_ts_recent(tp, row.i32("in.seq"));
                SocketFields.out(row, tp);
            });
        }

        @Test
        @DisplayName("not from a segment beyond the last ACK, and not backwards")
        void not() {
            tcp_sock tp = fresh();
            tp.rx_opt.saw_tstamp = true;
            tp.rcv_wup = 1000;
            tp.rx_opt.ts_recent = 50;
            tp.rx_opt.ts_recent_stamp = Clock.get_seconds();
            tp.rx_opt.rcv_tsval = 60;

            Ack.tcp_replace_ts_recent(tp, 1001);
            assertThat(tp.rx_opt.ts_recent).isEqualTo(50);
            Ack.tcp_replace_ts_recent(tp, 1000);
            assertThat(tp.rx_opt.ts_recent).isEqualTo(60);
            tp.rx_opt.rcv_tsval = 55;
            Ack.tcp_replace_ts_recent(tp, 1000);
            assertThat(tp.rx_opt.ts_recent).isEqualTo(60);
        }
    }

    @Nested
    class tcp_process_tlp_ack {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_process_tlp_ack", row -> {
                tcp_sock tp = FreshSocket.of(row);
                Ack.tcp_process_tlp_ack(tp, row.i32("in.ack"), row.i32("in.flag"));
                SocketFields.out(row, tp);
            });
        }

        @EveryIss
        @DisplayName("a duplicate ACK: both copies arrived, nothing was lost")
        void duplicate(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            q.tp.tlp_high_seq = q.seq(2);
            q.tp.snd_una = q.seq(2);

            Ack.tcp_process_tlp_ack(q.tp, q.seq(2), 0);

            assertThat(q.tp.tlp_high_seq).isZero();
            assertThat(q.tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
        }

        @EveryIss
        @DisplayName("an ACK beyond: the probe repaired a loss, and the window is reduced for it")
        void repaired(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.tlp_high_seq = q.seq(2);

            Ack.tcp_process_tlp_ack(q.tp, q.seq(3), FLAG_SND_UNA_ADVANCED);

            assertThat(q.tp.snd_cwnd).isEqualTo(5);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.mib(LINUX_MIB_TCPLOSSPROBERECOVERY)).isOne();
        }

        @EveryIss
        @DisplayName("an ACK beyond with a D-SACK: the probe was needless")
        void needless(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.tlp_high_seq = q.seq(2);

            Ack.tcp_process_tlp_ack(q.tp, q.seq(3), FLAG_SND_UNA_ADVANCED | FLAG_DSACKING_ACK);

            assertThat(q.tp.tlp_high_seq).isZero();
            assertThat(q.tp.snd_cwnd).isEqualTo(10);
        }

        @EveryIss
        @DisplayName("an ACK that stops short leaves the episode open")
        void short_of(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.tlp_high_seq = q.seq(2);

            Ack.tcp_process_tlp_ack(q.tp, q.seq(1), FLAG_SND_UNA_ADVANCED);

            assertThat(q.tp.tlp_high_seq).isEqualTo(q.seq(2));
        }
    }

    @Nested
    class tcp_ack {
        @EveryIss
        @DisplayName("a good ACK: the queue shrinks, the window grows, the fast path counts")
        void good(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).later(50);
            q.tp.rcv_nxt = 5100;
            q.tp.icsk_retransmits = 2;
            q.tp.icsk_probes_out = 3;
            q.tp.sk_err_soft = 5;

            assertThat(Ack.tcp_ack(q.tp, q.ack(2), 0)).isOne();

            assertThat(q.tp.snd_una).isEqualTo(q.seq(2));
            assertThat(q.tp.snd_wl1).isEqualTo(5100);
            assertThat(q.counts()).isEqualTo("out 1 sacked 0 lost 0 retrans 0 fackets 0");
            assertThat(q.tp.snd_cwnd).isEqualTo(12);
            assertThat(q.tp.rcv_tstamp).isEqualTo(tcp_time_stamp());
            assertThat(new int[] {q.tp.icsk_retransmits, q.tp.icsk_probes_out, q.tp.sk_err_soft})
                    .containsExactly(0, 0, 0);
            assertThat(q.mib(LINUX_MIB_TCPHPACKS)).isOne();
            assertThat(q.tp.sk_pacing_rate).isNotEqualTo(-1);
        }

        @EveryIss
        @DisplayName("tells the congestion control which path the ACK took")
        void events(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            List<Integer> events = new ArrayList<>();
            q.tp.icsk_ca_ops.cwnd_event = (sk, ev) -> events.add(ev);

            Ack.tcp_ack(q.tp, q.ack(1), 0);
            Ack.tcp_ack(q.tp, q.ack(2), FLAG_SLOWPATH);

            assertThat(events).containsExactly(CA_EVENT_FAST_ACK, CA_EVENT_SLOW_ACK);
            assertThat(q.mib(LINUX_MIB_TCPPUREACKS)).isOne();
        }

        @EveryIss
        @DisplayName("an ACK of what was never sent is refused")
        void never_sent(int iss) {
            q = new SendQueue(iss).sent(1);
            assertThat(Ack.tcp_ack(q.tp, q.ack(2), FLAG_SLOWPATH)).isEqualTo(-1);
            assertThat(q.tags()).isEqualTo("-");
        }

        @EveryIss
        @DisplayName("an old ACK is harmless, one more than a window old is challenged (RFC 5961)")
        void old(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            Ack.tcp_ack(q.tp, q.ack(1), 0);

            assertThat(Ack.tcp_ack(q.tp, q.ack(0), FLAG_SLOWPATH)).isZero();
            assertThat(q.wire).isEmpty();
            assertThat(Ack.tcp_ack(q.tp, q.ack(-100), FLAG_SLOWPATH)).isEqualTo(-1);
            assertThat(q.wire).containsExactly("ack");
        }

        @EveryIss
        @DisplayName("an overtaken ACK still has its SACKs looked at")
        void overtaken(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1);
            Ack.tcp_ack(q.tp, q.ack(1), 0);

            assertThat(Ack.tcp_ack(q.tp, q.ack(0, 2, 3), FLAG_SLOWPATH)).isZero();

            assertThat(q.tags()).isEqualTo("- S -");
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
        }

        @EveryIss
        @DisplayName("SACK by SACK into Recovery, and out of it")
        void recovery(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1, 1, 1, 1).later(50);
            for (int i = 2; i <= 3; i++) {
                Ack.tcp_ack(q.tp, q.ack(0, 1, i), FLAG_SLOWPATH);
            }
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Disorder);
            Ack.tcp_ack(q.tp, q.ack(0, 1, 4), FLAG_SLOWPATH);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Recovery);
            assertThat(q.tags()).isEqualTo("LR S*3 - - - - - -");
            assertThat(q.wire).containsExactly("0-1");
            assertThat(q.tp.snd_cwnd).isEqualTo(7);

            Ack.tcp_ack(q.tp, q.later(50).ack(10), FLAG_SLOWPATH);
            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_Open);
            assertThat(q.tp.snd_cwnd).isEqualTo(5);
        }

        @EveryIss
        @DisplayName("ECE reduces the window once, until CWR has been told")
        void ece(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
            q.tp.ecn_flags = TCP_ECN_OK;
            sk_buff ack = q.ack(1);
            tcp_hdr(ack).ece(true);

            Ack.tcp_ack(q.tp, ack, FLAG_SLOWPATH);

            assertThat(q.tp.icsk_ca_state).isEqualTo(TCP_CA_CWR);
            assertThat(q.tp.ecn_flags & TCP_ECN_QUEUE_CWR).isNotZero();
        }

        @EveryIss
        @DisplayName("with nothing out it looks whether a closed window has opened")
        void probe(int iss) {
            q = new SendQueue(iss).unsent(1);
            q.tp.snd_wnd = 0;
            q.tp.icsk_pending = ICSK_TIME_PROBE0;
            sk_buff ack = q.ack(0);
            tcp_hdr(ack).window(5000);

            assertThat(Ack.tcp_ack(q.tp, ack, FLAG_SLOWPATH)).isOne();

            assertThat(q.tp.snd_wnd).isEqualTo(5000);
            assertThat(q.tp.icsk_pending).isZero();
        }

        @EveryIss
        @DisplayName("with nothing out a D-SACK can still undo a reduction")
        void late_dsack(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            Ack.tcp_ack(q.tp, q.ack(2), FLAG_SLOWPATH);
            q.tp.undo_marker = q.start;
            q.tp.undo_retrans = 1;
            q.tp.prior_ssthresh = 30;
            q.tp.snd_cwnd = q.tp.snd_ssthresh = 5;

            Ack.tcp_ack(q.tp, q.ack(2, 0, 1), FLAG_SLOWPATH);

            assertThat(q.tp.snd_cwnd).isEqualTo(10);
            assertThat(q.tp.snd_ssthresh).isEqualTo(30);
            assertThat(q.mib(LINUX_MIB_TCPDSACKUNDO)).isOne();
        }

        @EveryIss
        @DisplayName("any sequence of losses, SACKs and ACKs keeps the counters true and gets everything across")
        void random(int iss) {
            Random random = new Random(iss);
            for (int round = 0; round < 40; round++) {
                q = new SendQueue(iss);
                if (round % 3 == 1) {
                    q.sackOnly();
                } else if (round % 3 == 2) {
                    q.reno();
                }
                transfer(random, 60);
                q.free();
            }
        }

        /** A receiver that loses and delays what is on the wire, and acknowledges as RFC 2018 wants. */
        private void transfer(Random random, int segments) {
            tcp_sock tp = q.tp;
            for (int n = 0; n < segments; ) {
                int size = Math.min(1 + random.nextInt(5), segments - n);
                q.unsent(size);
                n += size;
            }
            boolean[] arrived = new boolean[segments + 1];
            List<Integer> recent = new ArrayList<>();
            int una = 0;
            __tcp_push_pending_frames(tp, SendQueue.MSS, TCP_NAGLE_OFF);
            for (int step = 0; una < segments; step++) {
                assertThat(step).as("steps").isLessThan(2000);
                if (q.wire.isEmpty()) {
                    // Everything was lost: the retransmission timer.
                    q.later(400);
                    Loss.tcp_enter_loss(tp, 0);
                    tp.icsk_retransmits++;
                    tcp_retransmit_skb(tp, tcp_write_queue_head(tp));
                    continue;
                }
                String sent = q.wire.remove(random.nextInt(10) == 0 ? q.wire.size() - 1 : 0);
                if (random.nextInt(6) == 0) {
                    continue;
                }
                int from = (int) Double.parseDouble(sent.split("-")[0]);
                int to = (int) Double.parseDouble(sent.split("-")[1]);
                q.later(random.nextInt(5));
                for (int k = from; k < to; k++) {
                    boolean duplicate = arrived[k];
                    arrived[k] = true;
                    while (arrived[una]) {
                        una++;
                    }
                    recent.remove((Integer) k);
                    recent.add(0, k);
                    List<Integer> blocks = new ArrayList<>();
                    if (tp.rx_opt.sack_ok != 0) {
                        if (duplicate) {
                            blocks.addAll(List.of(k, k + 1));
                        }
                        for (int r : recent) {
                            if (r > una && blocks.size() < 8 && !covered(blocks, r, duplicate ? 2 : 0)) {
                                int a = r;
                                int b = r;
                                while (arrived[a - 1]) {
                                    a--;
                                }
                                while (arrived[b]) {
                                    b++;
                                }
                                blocks.addAll(List.of(a, b));
                            }
                        }
                    }
                    Ack.tcp_ack(tp, q.ack(una, blocks.stream().mapToInt(i -> i).toArray()), FLAG_SLOWPATH);
                    q.counts();
                    __tcp_push_pending_frames(tp, SendQueue.MSS, TCP_NAGLE_OFF);
                }
            }
            assertThat(q.counts()).startsWith("out 0 sacked 0 lost 0 retrans 0 fackets 0");
            assertThat(tp.sk_write_queue.next).isNull();
            assertThat(tp.sk_wmem_queued).isZero();
        }

        private boolean covered(List<Integer> blocks, int segment, int from) {
            for (int i = from; i < blocks.size(); i += 2) {
                if (segment >= blocks.get(i) && segment < blocks.get(i + 1)) {
                    return true;
                }
            }
            return false;
        }
    }
}
