// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Split.skb_shift;
import static linux.tcp.tcp_options_received.TCP_DSACK_SEEN;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.SackState.tcp_highest_sack_seq;
import static net.tcp.TcpConst.FLAG_DATA_SACKED;
import static net.tcp.TcpConst.FLAG_DSACKING_ACK;
import static net.tcp.TcpConst.FLAG_ORIG_SACK_ACKED;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKMERGED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKSHIFTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKSHIFTFALLBACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKIGNOREDNOUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOFORECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSTRETRANSMIT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKDISCARD;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Recovery;

import java.util.Random;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sack_block;
import linux.tcp.tcp_sock;
import linux.types.Be;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.EveryIss;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SendQueue;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class SackTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    private tcp_sacktag_state state(int fack_count) {
        tcp_sacktag_state state = new tcp_sacktag_state();
        state.fack_count = fack_count;
        state.reord = q.tp.packets_out;
        state.rtt = -1;
        return state;
    }

    /** Lets the SACK blocks of an ACK act, which does not acknowledge anything itself. */
    private int sack(int... blocks) {
        return Sack.tcp_sacktag_write_queue(q.tp, q.ack(0, blocks), q.start, new IntRef());
    }

    private tcp_sack_block block(int from, int to) {
        tcp_sack_block b = new tcp_sack_block();
        b.start_seq = q.seq(from);
        b.end_seq = q.seq(to);
        return b;
    }

    @Nested
    class tcp_is_sackblock_valid {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_is_sackblock_valid", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Sack.tcp_is_sackblock_valid(tp, row.bool("in.is_dsack"), row.i32("in.start_seq"),
                        row.i32("in.end_seq"))).as(row.toString()).isEqualTo(row.bool("out.ret"));
            });
        }

        @EveryIss
        @DisplayName("a block lies between what is acknowledged and what was sent, and does not begin at the ACK")
        void in_window(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);

            assertThat(valid(false, 1, 3)).isTrue();
            assertThat(valid(false, 0, 1)).as("begins at snd_una").isFalse();
            assertThat(valid(false, 2, 4)).as("was never sent").isFalse();
            assertThat(valid(false, 2, 2)).as("empty").isFalse();
            assertThat(valid(false, 2, 1)).as("reversed").isFalse();
            assertThat(valid(false, -2, -1)).as("old").isFalse();
            assertThat(Sack.tcp_is_sackblock_valid(q.tp, false, q.seq(3) + 0x7fffffff, q.seq(2)))
                    .as("begins half the space away").isFalse();
        }

        @EveryIss
        @DisplayName("a D-SACK may lie below the ACK, as far down as the recovery reaches")
        void dsack(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.snd_una = q.seq(2);

            assertThat(valid(true, 0, 1)).as("no recovery").isFalse();
            q.tp.undo_marker = q.seq(0);
            assertThat(valid(true, 0, 1)).isTrue();
            assertThat(valid(false, 0, 1)).as("no D-SACK").isFalse();
            assertThat(valid(true, 1, 3)).as("on both sides of the ACK").isFalse();
            assertThat(valid(true, -1, 0)).as("before the recovery").isFalse();
            assertThat(valid(true, -1, 1)).as("on both sides of its beginning").isTrue();
            assertThat(valid(true, -100, 1)).as("more than a window long").isFalse();
        }

        private boolean valid(boolean dsack, int from, int to) {
            return Sack.tcp_is_sackblock_valid(q.tp, dsack, q.seq(from), q.seq(to));
        }
    }

    @Nested
    class tcp_mark_lost_retrans {
        private void recovery(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("LR - - S - -");
            q.tp.icsk_ca_state = TCP_CA_Recovery;
            q.tp.lost_retrans_low = q.start;
        }

        @EveryIss
        @DisplayName("data sent after the retransmission have been SACKed: it is lost, too")
        void lost(int iss) {
            recovery(iss);
            TCP_SKB_CB(q.skb(0)).ack_seq = q.seq(3);

            Sack.tcp_mark_lost_retrans(q.tp);

            assertThat(q.tags()).isEqualTo("Lr - - S - -");
            assertThat(q.counts()).isEqualTo("out 6 sacked 1 lost 1 retrans 0 fackets 4");
            assertThat(q.tp.retransmit_skb_hint).isSameAs(q.skb(0));
            assertThat(q.mib(LINUX_MIB_TCPLOSTRETRANSMIT)).isOne();
        }

        @EveryIss
        @DisplayName("only older data have been SACKed: wait, and note from where on to look again")
        void wait(int iss) {
            recovery(iss);
            TCP_SKB_CB(q.skb(0)).ack_seq = q.seq(4);

            Sack.tcp_mark_lost_retrans(q.tp);

            assertThat(q.tags()).isEqualTo("LR - - S - -");
            assertThat(q.tp.lost_retrans_low).isEqualTo(q.seq(4));
        }

        @EveryIss
        @DisplayName("does nothing without FACK, outside Recovery, or below lost_retrans_low")
        void not_now(int iss) {
            recovery(iss);
            TCP_SKB_CB(q.skb(0)).ack_seq = q.seq(3);

            q.tp.icsk_ca_state = TCP_CA_Loss;
            Sack.tcp_mark_lost_retrans(q.tp);
            q.tp.icsk_ca_state = TCP_CA_Recovery;
            q.tp.lost_retrans_low = q.seq(4);
            Sack.tcp_mark_lost_retrans(q.tp);
            q.tp.lost_retrans_low = q.start;
            q.sackOnly();
            Sack.tcp_mark_lost_retrans(q.tp);

            assertThat(q.tags()).isEqualTo("LR - - S - -");
        }
    }

    @Nested
    class tcp_check_dsack {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_check_dsack", row -> {
                tcp_sock tp = FreshSocket.of(row);
                byte[] sp = new byte[20];
                String[] words = {"in.s0", "in.e0", "in.s1", "in.e1"};
                for (int i = 0; i < 4; i++) {
                    Be.put32(sp, 3 + 4 * i, row.i32(words[i]));
                }
                sk_buff ack_skb = alloc_skb(20, GFP_KERNEL);
                TCP_SKB_CB(ack_skb).ack_seq = row.i32("in.ack_skb.ack_seq");

                assertThat(Sack.tcp_check_dsack(tp, ack_skb, sp, 3, row.i32("in.num_sacks"),
                        row.i32("in.prior_snd_una"))).as(row.toString()).isEqualTo(row.bool("out.ret"));

                SocketFields.out(row, tp);
                kfree_skb(ack_skb);
            });
        }

        private boolean check(sk_buff ack) {
            return Sack.tcp_check_dsack(q.tp, ack, ack.head, ack.data + TCP_SKB_CB(ack).sacked + 2,
                    (ack.head[ack.data + TCP_SKB_CB(ack).sacked + 1] - 2) / 8, q.tp.snd_una);
        }

        @EveryIss
        @DisplayName("a first block below the ACK is one, and counts as a needless retransmission")
        void below(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            q.tp.snd_una = q.seq(2);
            q.tp.undo_marker = q.seq(0);
            q.tp.undo_retrans = 2;

            assertThat(check(q.ack(2, 0, 1))).isTrue();

            assertThat(q.tp.undo_retrans).isOne();
            assertThat(q.tp.rx_opt.sack_ok & TCP_DSACK_SEEN).isNotZero();
            assertThat(q.mib(LINUX_MIB_TCPDSACKRECV)).isOne();
        }

        @EveryIss
        @DisplayName("a first block inside the second one is one")
        void inside(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1);

            assertThat(check(q.ack(0, 2, 3, 1, 4))).isTrue();
            assertThat(q.mib(LINUX_MIB_TCPDSACKOFORECV)).isOne();
            assertThat(check(q.ack(0, 1, 2, 3, 4))).isFalse();
        }
    }

    @Nested
    class tcp_match_skb_to_sack {
        @EveryIss
        @DisplayName("all of a packet, or nothing of it: it stays whole")
        void whole(int iss) {
            q = new SendQueue(iss).sent(4);

            assertThat(match(0, 4)).isOne();
            assertThat(match(-1, 5)).isOne();
            assertThat(match(4, 5)).isZero();
            assertThat(q.tags()).isEqualTo("-*4");
        }

        @EveryIss
        @DisplayName("the end of a packet: cuts it in front of the block, and answers for the first part")
        void end(int iss) {
            q = new SendQueue(iss).sent(4);

            assertThat(match(2, 6)).isZero();

            assertThat(q.tags()).isEqualTo("-*2 -*2");
        }

        @EveryIss
        @DisplayName("the beginning of a packet: cuts it behind the block, and answers for the first part")
        void beginning(int iss) {
            q = new SendQueue(iss).sent(4);

            assertThat(match(0, 3)).isOne();

            assertThat(q.tags()).isEqualTo("-*3 -");
        }

        @EveryIss
        @DisplayName("a block that begins inside a segment does not cover it")
        void inside_segment(int iss) {
            q = new SendQueue(iss).sent(4);

            assertThat(Sack.tcp_match_skb_to_sack(q.tp, q.skb(0), q.seq(1) + 300, q.seq(4))).isZero();

            assertThat(q.tags()).isEqualTo("-*2 -*2");
        }

        @EveryIss
        @DisplayName("a block that begins inside the last segment covers nothing")
        void inside_last(int iss) {
            q = new SendQueue(iss).sent(4);

            assertThat(Sack.tcp_match_skb_to_sack(q.tp, q.skb(0), q.seq(3) + 1, q.seq(5))).isZero();

            assertThat(q.tags()).isEqualTo("-*4");
        }

        @EveryIss
        @DisplayName("less than the first segment is an error, and so is a cut without memory")
        void errors(int iss) {
            q = new SendQueue(iss).sent(4);

            assertThat(Sack.tcp_match_skb_to_sack(q.tp, q.skb(0), q.seq(0), q.seq(0) + 500)).isEqualTo(-EINVAL);
            Gfp.failNth(0);
            assertThat(match(0, 3)).isEqualTo(-ENOMEM);
            assertThat(q.tags()).isEqualTo("-*4");
        }

        private int match(int from, int to) {
            return Sack.tcp_match_skb_to_sack(q.tp, q.skb(0), q.seq(from), q.seq(to));
        }
    }

    @Nested
    class tcp_sacktag_one {
        /** Tags one packet, the third of six. */
        private tcp_sacktag_state tag(int dup_sack) {
            tcp_sacktag_state state = state(2);
            sk_buff skb = q.skb(2);
            TCP_SKB_CB(skb).sacked = Sack.tcp_sacktag_one(q.tp, state, TCP_SKB_CB(skb).sacked, TCP_SKB_CB(skb).seq,
                    TCP_SKB_CB(skb).end_seq, dup_sack, 1, TCP_SKB_CB(skb).when);
            return state;
        }

        @ParameterizedTest
        @CsvSource({"-,0,S", "L,0,S", "LR,0,Sr", "R,0,SR", "R,1,Sr", "LR,1,Sr", "Lr,0,Sr", "S,0,S", "SR,1,Sr",
            "r,0,Sr"})
        @DisplayName("turns every combination of tags into the one that a SACK, or a D-SACK, makes of it")
        void combinations(String before, int dup_sack, String after) {
            q = new SendQueue(-1000).sent(1, 1, 1, 1, 1, 1).tag("- - " + before);

            tcp_sacktag_state state = tag(dup_sack);

            assertThat(q.tags()).isEqualTo("- - " + after + " - - -");
            assertThat(q.counts())
                    .isEqualTo("out 6 sacked 1 lost 0 retrans " + (after.contains("R") ? 1 : 0) + " fackets 3");
            assertThat(state.flag & FLAG_DATA_SACKED).isEqualTo(before.contains("S") ? 0 : FLAG_DATA_SACKED);
        }

        @EveryIss
        @DisplayName("measures the round-trip time of what was sent once")
        void rtt(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).later(70);
            assertThat(tag(0).rtt).isEqualTo(70);
        }

        @EveryIss
        @DisplayName("something sent once in a hole was overtaken: reordering")
        void hole(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("- - - - S -");
            q.tp.high_seq = q.seq(6);

            tcp_sacktag_state state = tag(0);

            assertThat(state.reord).isEqualTo(2);
            assertThat(state.flag).isEqualTo(FLAG_DATA_SACKED | FLAG_ORIG_SACK_ACKED);
            assertThat(q.counts()).isEqualTo("out 6 sacked 2 lost 0 retrans 0 fackets 5");
        }

        @EveryIss
        @DisplayName("something sent twice in a hole proves nothing")
        void hole_retransmitted(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("- - LR - S -");

            tcp_sacktag_state state = tag(0);

            assertThat(state.reord).isEqualTo(6);
            assertThat(state.rtt).isEqualTo(-1);
        }

        @EveryIss
        @DisplayName("a D-SACK counts against the retransmissions, and for one SACKed before it means reordering")
        void dsack(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("- - SR - S -");
            q.tp.undo_marker = q.start;
            q.tp.undo_retrans = 3;

            tcp_sacktag_state state = tag(1);

            assertThat(q.tp.undo_retrans).isEqualTo(2);
            assertThat(state.reord).isEqualTo(2);
        }

        @EveryIss
        @DisplayName("leaves alone what is acknowledged")
        void acknowledged(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1);
            q.tp.snd_una = q.seq(3);

            assertThat(tag(0).flag).isZero();
            assertThat(q.skb(2)).satisfies(skb -> assertThat(TCP_SKB_CB(skb).sacked).isZero());
        }

        @EveryIss
        @DisplayName("without FACK it keeps the count of SACKed segments in front of the hint")
        void hint(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).sackOnly();
            q.tp.lost_skb_hint = q.skb(3);
            q.tp.lost_cnt_hint = 1;

            tag(0);

            assertThat(q.tp.lost_cnt_hint).isEqualTo(2);
        }
    }

    @Nested
    class tcp_shifted_skb {
        private boolean shift(int segments) {
            tcp_sacktag_state state = state(1);
            sk_buff skb = q.skb(1);
            assertThat(skb_shift(q.skb(0), skb, segments * SendQueue.MSS)).isEqualTo(segments * SendQueue.MSS);
            return Sack.tcp_shifted_skb(q.tp, skb, state, segments, segments * SendQueue.MSS, SendQueue.MSS, false);
        }

        @EveryIss
        @DisplayName("a part of a packet goes over to the one in front")
        void part(int iss) {
            q = new SendQueue(iss).sent(1, 3).tag("S -");

            assertThat(shift(2)).isFalse();

            assertThat(q.tags()).isEqualTo("S*3 -");
            assertThat(q.counts()).isEqualTo("out 4 sacked 3 lost 0 retrans 0 fackets 3");
            assertThat(q.skb(0).shinfo.gso_size).isEqualTo(SendQueue.MSS);
            assertThat(q.skb(1).shinfo.gso_size).isZero();
            assertThat(q.mib(LINUX_MIB_SACKSHIFTED)).isOne();
        }

        @EveryIss
        @DisplayName("a whole packet is gone then, and what pointed to it points to the one in front")
        void whole(int iss) {
            q = new SendQueue(iss).sent(1, 3, 1).tag("S L -").sackOnly();
            q.tp.retransmit_skb_hint = q.tp.lost_skb_hint = q.skb(1);
            q.tp.lost_cnt_hint = 1;
            int wmem = q.tp.sk_wmem_queued;
            int truesize = q.skb(1).truesize;

            assertThat(shift(3)).isTrue();

            assertThat(q.tags()).isEqualTo("S*4 -");
            assertThat(q.counts()).isEqualTo("out 5 sacked 4 lost 0 retrans 0 fackets 4");
            assertThat(q.tp.retransmit_skb_hint).isSameAs(q.skb(0));
            assertThat(q.tp.lost_skb_hint).isSameAs(q.skb(0));
            assertThat(q.tp.lost_cnt_hint).isZero();
            assertThat(q.tp.highest_sack).isSameAs(q.skb(1));
            assertThat(q.tp.sk_wmem_queued).isLessThan(wmem).isGreaterThanOrEqualTo(wmem - truesize);
            assertThat(q.mib(LINUX_MIB_SACKMERGED)).isOne();
        }

        @EveryIss
        @DisplayName("a FIN goes over, with its sequence number and its flag")
        void fin(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("S -");
            TCP_SKB_CB(q.skb(1)).tcp_flags |= TCPHDR_FIN;
            TCP_SKB_CB(q.skb(1)).end_seq++;
            q.tp.snd_nxt++;

            assertThat(shift(1)).isTrue();

            assertThat(TCP_SKB_CB(q.skb(0)).end_seq).isEqualTo(q.seq(2) + 1);
            assertThat(TCP_SKB_CB(q.skb(0)).tcp_flags & TCPHDR_FIN).isNotZero();
            assertThat(q.counts()).isEqualTo("out 2 sacked 2 lost 0 retrans 0 fackets 2");
        }

        @EveryIss
        @DisplayName("more than 65535 segments in a packet do not wrap, as they do in the kernel (CVE-2019-11477)")
        void many_segments(int iss) {
            q = new SendQueue(iss).sent(1, 3).tag("S -");
            q.skb(0).shinfo.gso_segs = 65_535;

            assertThat(shift(2)).isFalse();
            assertThat(q.skb(0).shinfo.gso_segs).isEqualTo(65_537);
            assertThat(shift(1)).isTrue();
            assertThat(q.skb(0).shinfo.gso_segs).isEqualTo(65_538);
        }
    }

    @Nested
    class tcp_skb_seglen {
        @Test
        @DisplayName("is the length of a packet that is one segment, and the MSS of one that is several")
        void both() {
            q = new SendQueue(0).sent(1, 3);
            assertThat(Sack.tcp_skb_seglen(q.skb(0))).isEqualTo(1000);
            q.skb(1).shinfo.gso_size = 900;
            assertThat(Sack.tcp_skb_seglen(q.skb(1))).isEqualTo(900);
        }
    }

    @Nested
    class skb_can_shift {
        @Test
        @DisplayName("only if all bytes are in pages")
        void pages() {
            q = new SendQueue(0).sent(1);
            assertThat(Sack.skb_can_shift(q.skb(0))).isNotZero();

            sk_buff linear = alloc_skb(100, GFP_KERNEL);
            assertThat(Sack.skb_can_shift(linear)).isZero();
            skb_put(linear, 10);
            assertThat(Sack.skb_can_shift(linear)).isZero();
            kfree_skb(linear);
        }
    }

    @Nested
    class tcp_shift_skb_data {
        private tcp_sacktag_state state;

        private sk_buff shift(int from, int to) {
            state = state(1);
            return Sack.tcp_shift_skb_data(q.tp, q.skb(1), state, q.seq(from), q.seq(to), false);
        }

        @EveryIss
        @DisplayName("merges a packet with the SACKed one in front of it")
        void merges(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("S - -");

            assertThat(shift(1, 2)).isSameAs(q.skb(0));

            assertThat(q.tags()).isEqualTo("S*2 -");
            assertThat(q.counts()).isEqualTo("out 3 sacked 2 lost 0 retrans 0 fackets 2");
            assertThat(state.fack_count).isEqualTo(2);
            assertThat(q.tp.highest_sack).isSameAs(q.skb(1));
        }

        @EveryIss
        @DisplayName("closes a hole: the SACKed packet behind it joins")
        void closes_hole(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1).tag("S L S -");

            assertThat(shift(1, 2)).isSameAs(q.skb(0));

            assertThat(q.tags()).isEqualTo("S*3 -");
            assertThat(q.counts()).isEqualTo("out 4 sacked 3 lost 0 retrans 0 fackets 3");
            assertThat(state.fack_count).isEqualTo(3);
            assertThat(q.tp.highest_sack).isSameAs(q.skb(1));
        }

        @EveryIss
        @DisplayName("takes whole segments from the beginning of a larger packet")
        void part(int iss) {
            q = new SendQueue(iss).sent(1, 4).tag("S -");
            state = state(1);

            assertThat(Sack.tcp_shift_skb_data(q.tp, q.skb(1), state, q.seq(1), q.seq(3) + 500, false))
                    .isSameAs(q.skb(0));

            assertThat(q.tags()).isEqualTo("S*3 -*2");
            assertThat(state.fack_count).isEqualTo(3);
        }

        @EveryIss
        @DisplayName("nothing to do: returns the packet itself")
        void noop(int iss) {
            q = new SendQueue(iss).sent(1, 1, 2).tag("S - -");
            assertThat(shift(2, 3)).as("the block is further on").isSameAs(q.skb(1));
            assertThat(Sack.tcp_shift_skb_data(q.tp, q.skb(1), state, q.seq(1), q.seq(1) + 500, false))
                    .as("less than a segment").isSameAs(q.skb(1));
            assertThat(q.tags()).isEqualTo("S - -*2");
        }

        @EveryIss
        @DisplayName("falls back when the packet in front is not SACKed and nothing else")
        void in_front(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            assertThat(shift(1, 2)).isNull();
            q.tag("SR -");
            assertThat(shift(1, 2)).isNull();
            assertThat(Sack.tcp_shift_skb_data(q.tp, q.skb(0), state, q.seq(0), q.seq(1), false)).as("the head")
                    .isNull();
            assertThat(q.mib(LINUX_MIB_SACKSHIFTFALLBACK)).isEqualTo(3);
        }

        @EveryIss
        @DisplayName("falls back for R without L, unless a D-SACK says that it is S")
        void retransmitted(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("S R -");
            assertThat(shift(1, 2)).isNull();

            assertThat(Sack.tcp_shift_skb_data(q.tp, q.skb(1), state, q.seq(1), q.seq(2), true)).isSameAs(q.skb(0));

            assertThat(q.tags()).isEqualTo("Sr*2 -");
            assertThat(q.counts()).isEqualTo("out 3 sacked 2 lost 0 retrans 0 fackets 2");
        }

        @EveryIss
        @DisplayName("falls back without GSO, for other segment sizes, for what is acknowledged, and inside a packet")
        void others(int iss) {
            q = new SendQueue(iss).sent(1, 2, 1).tag("S - -");
            assertThat(shift(2, 4)).as("the block begins inside").isNull();

            q.skb(1).shinfo.gso_size = 999;
            assertThat(shift(1, 3)).as("another segment size").isNull();
            q.skb(1).shinfo.gso_size = 1000;

            q.tp.snd_una = q.seq(3);
            assertThat(shift(1, 3)).as("acknowledged").isNull();
            q.tp.snd_una = q.seq(0);

            q.tp.sk_route_caps = 0;
            assertThat(shift(1, 3)).as("no GSO").isNull();
            assertThat(q.tags()).isEqualTo("S -*2 -");
        }

        @EveryIss
        @DisplayName("never merges packets of a subflow: each has a mapping of its own")
        void multipath(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("S -");
            static_key_slow_inc(mptcp_static_key);
            q.tp.mpc = true;

            assertThat(shift(1, 2)).isNull();
        }
    }

    @Nested
    class tcp_sacktag_walk {
        @EveryIss
        @DisplayName("tags what the block covers, merging it, and stops behind")
        void tags(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1);
            q.tp.highest_sack = q.skb(0);
            tcp_sacktag_state state = state(0);

            sk_buff stop = Sack.tcp_sacktag_walk(q.skb(0), q.tp, null, state, q.seq(1), q.seq(3), false);

            assertThat(q.tags()).isEqualTo("- S*2 - -");
            assertThat(q.counts()).isEqualTo("out 5 sacked 2 lost 0 retrans 0 fackets 3");
            assertThat(stop).isSameAs(q.skb(2));
            assertThat(q.tp.highest_sack).isSameAs(q.skb(2));
            assertThat(state.fack_count).isEqualTo(3);
        }

        @EveryIss
        @DisplayName("a D-SACK inside the block is seen on the way")
        void next_dup(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1).tag("- - R");
            q.tp.undo_marker = q.start;
            q.tp.undo_retrans = 1;

            Sack.tcp_sacktag_walk(q.skb(0), q.tp, block(2, 3), state(0), q.seq(1), q.seq(4), false);

            assertThat(q.tags()).isEqualTo("- S Sr*2 -");
            assertThat(q.counts()).isEqualTo("out 5 sacked 3 lost 0 retrans 0 fackets 4");
            assertThat(q.tp.undo_retrans).isZero();
        }

        @EveryIss
        @DisplayName("does not go beyond what was sent, nor on when a packet cannot be cut")
        void stops(int iss) {
            q = new SendQueue(iss).sent(4).unsent(1);
            Gfp.failNth(0);
            assertThat(Sack.tcp_sacktag_walk(q.skb(0), q.tp, null, state(0), q.seq(1), q.seq(3), false))
                    .isSameAs(q.skb(0));
            assertThat(q.tags()).isEqualTo("-*4");

            assertThat(Sack.tcp_sacktag_walk(q.skb(0), q.tp, null, state(0), q.seq(0), q.seq(9), false))
                    .isSameAs(q.tp.sk_send_head);
            assertThat(q.tags()).isEqualTo("S*4");
        }

        @EveryIss
        @DisplayName("returns null at the end of the queue")
        void end(int iss) {
            q = new SendQueue(iss).sent(1, 1);
            q.tp.highest_sack = q.skb(0);
            assertThat(Sack.tcp_sacktag_walk(q.skb(0), q.tp, null, state(0), q.seq(1), q.seq(2), false)).isNull();
            assertThat(q.tp.highest_sack).isNull();
        }
    }

    @Nested
    class tcp_sacktag_skip {
        @EveryIss
        @DisplayName("goes to the packet that the number lies in, and counts the segments up to there")
        void counts(int iss) {
            q = new SendQueue(iss).sent(1, 3, 2).unsent(1);
            tcp_sacktag_state state = state(0);

            assertThat(Sack.tcp_sacktag_skip(q.skb(0), q.tp, state, q.seq(2))).isSameAs(q.skb(1));
            assertThat(state.fack_count).isEqualTo(1);
            assertThat(Sack.tcp_sacktag_skip(q.skb(1), q.tp, state, q.seq(4))).isSameAs(q.skb(2));
            assertThat(state.fack_count).isEqualTo(4);
            assertThat(Sack.tcp_sacktag_skip(q.skb(2), q.tp, state, q.seq(99))).isSameAs(q.tp.sk_send_head);
            assertThat(state.fack_count).isEqualTo(6);
        }
    }

    @Nested
    class tcp_maybe_skipping_dsack {
        @EveryIss
        @DisplayName("tags a D-SACK that lies in what would be skipped")
        void tags(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1).tag("S - SR S");
            q.tp.undo_marker = q.start;
            q.tp.undo_retrans = 1;
            tcp_sacktag_state state = state(0);

            assertThat(Sack.tcp_maybe_skipping_dsack(q.skb(0), q.tp, block(2, 3), state, q.seq(4))).isSameAs(q.skb(3));

            assertThat(q.tags()).isEqualTo("S - Sr S");
            assertThat(q.tp.undo_retrans).isZero();
            assertThat(state.fack_count).isEqualTo(3);
        }

        @EveryIss
        @DisplayName("does nothing without one, or for one that is further on")
        void nothing(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1).tag("- S SR S");
            tcp_sacktag_state state = state(0);

            assertThat(Sack.tcp_maybe_skipping_dsack(q.skb(0), q.tp, null, state, q.seq(4))).isSameAs(q.skb(0));
            assertThat(Sack.tcp_maybe_skipping_dsack(q.skb(0), q.tp, block(2, 3), state, q.seq(2))).isSameAs(q.skb(0));
            assertThat(q.tags()).isEqualTo("- S SR S");
            assertThat(state.fack_count).isZero();
        }
    }

    @Nested
    class tcp_sack_cache_ok {
        @Test
        @DisplayName("there are four blocks")
        void four() {
            tcp_sock tp = fresh();
            assertThat(Sack.tcp_sack_cache_ok(tp, 3)).isOne();
            assertThat(Sack.tcp_sack_cache_ok(tp, 4)).isZero();
        }
    }

    @Nested
    class tcp_sacktag_write_queue {
        @EveryIss
        @DisplayName("tags the blocks, whatever their order, and measures the round-trip time")
        void blocks(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1).later(40);
            IntRef rtt = new IntRef(-7);

            assertThat(Sack.tcp_sacktag_write_queue(q.tp, q.ack(0, 3, 4, 1, 2), q.start, rtt))
                    .isEqualTo(FLAG_DATA_SACKED);

            assertThat(q.tags()).isEqualTo("- S - S -");
            assertThat(q.counts()).isEqualTo("out 5 sacked 2 lost 0 retrans 0 fackets 4");
            assertThat(rtt.val).isEqualTo(40);
            assertThat(q.tp.highest_sack).isSameAs(q.skb(4));
        }

        @EveryIss
        @DisplayName("keeps the blocks, sorted, for the next ACK")
        void cache(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1);
            sack(3, 4, 1, 2);
            assertThat(q.tp.recv_sack_cache[1].end_seq).isZero();
            assertThat(q.tp.recv_sack_cache[2].start_seq).isEqualTo(q.seq(1));
            assertThat(q.tp.recv_sack_cache[3].end_seq).isEqualTo(q.seq(4));

            // One block grows at its end, and a new one comes.
            sack(3, 5, 1, 2);
            assertThat(q.tags()).isEqualTo("- S - S*2 -");
            // Grows at its front: the hole was filled without a retransmission.
            sack(2, 5, 1, 2);
            assertThat(q.tags()).isEqualTo("- S*4 -");
            assertThat(q.counts()).isEqualTo("out 6 sacked 4 lost 0 retrans 0 fackets 5");
            assertThat(q.tp.highest_sack).isSameAs(q.skb(2));
        }

        @EveryIss
        @DisplayName("cuts a large packet in front of a block and behind it")
        void cuts(int iss) {
            q = new SendQueue(iss).sent(6);

            sack(2, 4);

            assertThat(q.tags()).isEqualTo("-*2 S*2 -*2");
            assertThat(q.counts()).isEqualTo("out 6 sacked 2 lost 0 retrans 0 fackets 4");
        }

        @EveryIss
        @DisplayName("a hole filled late by what was sent once raises reordering and ends FACK")
        void reordering(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1, 1);
            sack(6, 7);
            sack(1, 2, 6, 7);

            assertThat(q.tp.reordering).isEqualTo(6);
            assertThat(q.tp.rx_opt.sack_ok).isEqualTo(TCP_SACK_SEEN);
            assertThat(q.mib(LINUX_MIB_TCPFACKREORDER)).isOne();
        }

        @EveryIss
        @DisplayName("a D-SACK below the ACK is counted, and is ignored when there is nothing to undo")
        void dsack(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1);
            q.tp.snd_una = q.seq(2);

            assertThat(Sack.tcp_sacktag_write_queue(q.tp, q.ack(2, 0, 1, 3, 4), q.seq(2), new IntRef()))
                    .isEqualTo(FLAG_DATA_SACKED | FLAG_DSACKING_ACK);

            assertThat(q.mib(LINUX_MIB_TCPDSACKIGNOREDNOUNDO)).isOne();
            assertThat(q.mib(LINUX_MIB_TCPSACKDISCARD)).isZero();
            assertThat(q.tags()).isEqualTo("- - - S -");
        }

        @EveryIss
        @DisplayName("a D-SACK inside another block clears the retransmission that it reports")
        void dsack_inside(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1).tag("LR - - - -");
            sack(2, 4);
            q.tp.undo_marker = q.start;
            q.tp.undo_retrans = 1;
            TCP_SKB_CB(q.skb(2)).sacked |= TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS;
            q.tp.retrans_out += 2;

            sack(2, 4, 2, 4);

            assertThat(q.tags()).isEqualTo("LR - Sr*2 -");
            assertThat(q.tp.undo_retrans).isZero();
        }

        @EveryIss
        @DisplayName("impossible blocks are thrown away, and the possible ones beside them are used")
        void invalid(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);

            sack(2, 5, 0, 1, 1, 2);

            assertThat(q.mib(LINUX_MIB_TCPSACKDISCARD)).isEqualTo(2);
            assertThat(q.tags()).isEqualTo("- S -");
        }

        @EveryIss
        @DisplayName("blocks of an overtaken ACK are old, not wrong")
        void overtaken(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1);
            q.tp.snd_una = q.seq(3);

            Sack.tcp_sacktag_write_queue(q.tp, q.ack(0, 1, 2, 4, 5), q.seq(3), new IntRef());

            assertThat(q.mib(LINUX_MIB_TCPSACKDISCARD)).isZero();
            assertThat(q.tags()).isEqualTo("- - - - S");
        }

        @EveryIss
        @DisplayName("an ACK more than a window old is not looked at")
        void too_old(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1);
            IntRef rtt = new IntRef(-7);

            assertThat(Sack.tcp_sacktag_write_queue(q.tp, q.ack(-101, 1, 2), q.start, rtt)).isZero();

            assertThat(rtt.val).isEqualTo(-7);
            assertThat(q.tags()).isEqualTo("- - -");
        }

        @EveryIss
        @DisplayName("with nothing out only a D-SACK is noticed")
        void nothing_out(int iss) {
            q = new SendQueue(iss);
            q.tp.snd_una = q.tp.snd_nxt = q.seq(2);

            assertThat(Sack.tcp_sacktag_write_queue(q.tp, q.ack(2, 0, 1), q.seq(2), new IntRef()))
                    .isEqualTo(FLAG_DSACKING_ACK);
        }

        @EveryIss
        @DisplayName("finds a retransmission that was lost")
        void lost_retransmission(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("LR S");
            q.tp.icsk_ca_state = TCP_CA_Recovery;
            q.tp.lost_retrans_low = q.start;
            TCP_SKB_CB(q.skb(0)).ack_seq = q.seq(4);

            sack(1, 4);
            assertThat(q.tags()).isEqualTo("LR S*3 - -");
            sack(1, 5);
            assertThat(q.tags()).isEqualTo("Lr S*4 -");
        }

        @EveryIss
        @DisplayName("any sequence of SACKs tags exactly what was SACKed")
        void random(int iss) {
            Random random = new Random(iss);
            for (int round = 0; round < 60; round++) {
                q = new SendQueue(iss);
                if (round % 2 == 1) {
                    q.sackOnly();
                }
                int n = 0;
                while (n < 40) {
                    int segments = 1 + random.nextInt(6);
                    q.sent(segments);
                    n += segments;
                }
                boolean[] arrived = new boolean[n];
                for (int ack = 0; ack < 12; ack++) {
                    // A segment or a few arrive out of order; the ACK has that block first, then others.
                    int[] blocks = new int[2 * (1 + random.nextInt(4))];
                    for (int b = 0; b < blocks.length; b += 2) {
                        int at = 1 + random.nextInt(n - 1);
                        if (b == 0) {
                            for (int k = at, last = Math.min(n, at + 1 + random.nextInt(4)); k < last; k++) {
                                arrived[k] = true;
                            }
                        } else {
                            while (!arrived[at]) {
                                at = 1 + at % (n - 1);
                            }
                        }
                        int from = at;
                        int to = at + 1;
                        while (arrived[from - 1]) {
                            from--;
                        }
                        while (to < n && arrived[to]) {
                            to++;
                        }
                        blocks[b] = from;
                        blocks[b + 1] = to;
                    }
                    sack(blocks);

                    int fackets = 0;
                    for (int k = 0; k < n; k++) {
                        fackets = arrived[k] ? k + 1 : fackets;
                    }
                    assertThat(sacked(n)).as("round %d, ACK %d", round, ack).isEqualTo(arrived);
                    q.counts();
                    assertThat(q.tp.fackets_out).isEqualTo(fackets);
                    assertThat(tcp_highest_sack_seq(q.tp)).isEqualTo(q.seq(fackets));
                }
                q.free();
            }
        }

        private boolean[] sacked(int n) {
            boolean[] sacked = new boolean[n];
            int k = 0;
            for (sk_buff skb = q.skb(0); skb != null; skb = skb.next) {
                for (int i = 0; i < skb.shinfo.gso_segs; i++) {
                    sacked[k++] = (TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0;
                }
            }
            return sacked;
        }
    }
}
