// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.jiffies;
import static linux.netem.Quantity.time;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.tcp.Congestion.tcp_is_fack;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Congestion.tcp_left_out;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.TcpConst.FLAG_ECE;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_output.SendTests.tcp_may_send_now;
import static testing.FreshSocket.fresh;

import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.tcp.Sysctls;
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
class ScoreboardTest {
    private SendQueue q;

    @AfterEach
    void free() {
        if (q != null) {
            q.free();
        }
    }

    @Nested
    class tcp_fackets_out {
        @Test
        @DisplayName("agrees with the kernel, as the other counts of the scoreboard do")
        void vectors() {
            Vectors.each("tcp_fackets_dupack", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Scoreboard.tcp_fackets_out(tp)).as(row.toString()).isEqualTo(row.i32("out.tcp_fackets_out"));
                assertThat(Scoreboard.tcp_dupack_heuristics(tp)).as(row.toString())
                        .isEqualTo(row.i32("out.tcp_dupack_heuristics"));
                assertThat(tcp_left_out(tp)).as(row.toString()).isEqualTo(row.i32("out.tcp_left_out"));
                assertThat(tcp_packets_in_flight(tp)).as(row.toString())
                        .isEqualTo(row.i32("out.tcp_packets_in_flight"));
                assertThat(tcp_is_sack(tp)).as(row.toString()).isEqualTo(row.bool("out.tcp_is_sack"));
                assertThat(tcp_is_reno(tp)).as(row.toString()).isEqualTo(row.bool("out.tcp_is_reno"));
                assertThat(tcp_is_fack(tp)).as(row.toString()).isEqualTo(row.bool("out.tcp_is_fack"));
            });
        }

        @Test
        @DisplayName("without SACK the hole counts beside the duplicate ACKs")
        void reno() {
            tcp_sock tp = fresh();
            tp.sacked_out = 3;
            tp.fackets_out = 7;
            assertThat(Scoreboard.tcp_fackets_out(tp)).isEqualTo(4);
            tp.rx_opt.sack_ok = TCP_SACK_SEEN;
            assertThat(Scoreboard.tcp_fackets_out(tp)).isEqualTo(7);
        }
    }

    @Nested
    class tcp_dupack_heuristics {
        @Test
        @DisplayName("FACK counts holes, SACK does not")
        void fack() {
            tcp_sock tp = fresh();
            tp.sacked_out = 3;
            tp.fackets_out = 7;
            tp.rx_opt.sack_ok = TCP_SACK_SEEN;
            assertThat(Scoreboard.tcp_dupack_heuristics(tp)).isEqualTo(4);
            tp.rx_opt.sack_ok |= TCP_FACK_ENABLED;
            assertThat(Scoreboard.tcp_dupack_heuristics(tp)).isEqualTo(7);
        }
    }

    @Nested
    class tcp_pause_early_retransmit {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_pause_early_retransmit", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(Scoreboard.tcp_pause_early_retransmit(tp, row.i32("in.flag"))).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));
                SocketFields.out(row, tp);
                FreshSocket.stopTimers(tp);
            });
        }

        @Test
        @DisplayName("waits a quarter of a round trip, 2 ms at least")
        void waits() {
            q = new SendQueue(0).sent(1, 1);
            q.tp.icsk_timeout = jiffies + 300;
            assertThat(Scoreboard.tcp_pause_early_retransmit(q.tp, 0)).isTrue();
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_EARLY_RETRANS);
            assertThat(q.tp.icsk_timeout).isEqualTo(jiffies + 25);

            q.tp.srtt = 3 << 3;
            q.tp.icsk_timeout = jiffies + 300;
            assertThat(Scoreboard.tcp_pause_early_retransmit(q.tp, 0)).isTrue();
            assertThat(q.tp.icsk_timeout).isEqualTo(jiffies + 2);
        }

        @Test
        @DisplayName("does not wait with ECE, without a round-trip time, for the timeout, or if told not to")
        void does_not() {
            q = new SendQueue(0).sent(1, 1);
            q.tp.icsk_timeout = jiffies + 25;
            assertThat(Scoreboard.tcp_pause_early_retransmit(q.tp, 0)).isFalse();
            q.tp.icsk_timeout = jiffies + 300;
            assertThat(Scoreboard.tcp_pause_early_retransmit(q.tp, FLAG_ECE)).isFalse();
            Sysctls.sysctl_tcp_early_retrans = 1;
            assertThat(Scoreboard.tcp_pause_early_retransmit(q.tp, 0)).isFalse();
            Sysctls.sysctl_tcp_early_retrans = 3;
            q.tp.srtt = 0;
            assertThat(Scoreboard.tcp_pause_early_retransmit(q.tp, 0)).isFalse();
            assertThat(q.tp.icsk_pending).isZero();
        }
    }

    @Nested
    class tcp_time_to_recover {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_time_to_recover", row -> {
                tcp_sock tp = FreshSocket.of(row);
                if (row.bool("in.has_send_head")) {
                    sk_buff skb = alloc_skb(20, GFP_KERNEL);
                    skb.len = row.i32("in.send_head.len");
                    skb.shinfo.gso_segs = 1;
                    TCP_SKB_CB(skb).seq = row.i32("in.send_head.seq");
                    TCP_SKB_CB(skb).end_seq = row.i32("in.send_head.end_seq");
                    tcp_add_write_queue_tail(tp, skb);
                }

                assertThat(tcp_may_send_now(tp)).as(row.toString()).isEqualTo(row.bool("out.tcp_may_send_now"));
                assertThat(Scoreboard.tcp_time_to_recover(tp, row.i32("in.flag"))).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));

                SocketFields.out(row, tp);
                FreshSocket.stopTimers(tp);
                tcp_write_queue_purge(tp);
            });
        }

        private boolean time(int iss, String tags) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1, 1).tag(tags);
            return Scoreboard.tcp_time_to_recover(q.tp, 0);
        }

        @EveryIss
        @DisplayName("FACK: when more than three segments lie up to the highest SACK, with the holes")
        void fack(int iss) {
            assertThat(time(iss, "- - S")).isFalse();
            q.free();
            assertThat(time(iss, "- - - S")).isTrue();
        }

        @EveryIss
        @DisplayName("SACK: at the third SACKed segment")
        void sack(int iss) {
            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1, 1, 1, 1, 1).unsent(1).tag("- - S S");
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isFalse();
            q.tp.sacked_out = 3;
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isTrue();
        }

        @EveryIss
        @DisplayName("at once when something is known to be lost")
        void lost(int iss) {
            assertThat(time(iss, "L")).isTrue();
        }

        @EveryIss
        @DisplayName("half the window arrived, and nothing left to send, although reordering is higher")
        void nothing_to_send(int iss) {
            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1, 1, 1).tag("- S S S");
            q.tp.reordering = 6;
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isTrue();

            q.unsent(1);
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isFalse();
        }

        @EveryIss
        @DisplayName("a thin stream goes at the first duplicate")
        void thin(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1).tag("- S");
            q.tp.do_early_retrans = false;
            q.tp.snd_ssthresh = 10;
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isFalse();
            q.tp.thin_dupack = true;
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isTrue();
        }

        @EveryIss
        @DisplayName("early retransmit: with fewer than four segments out, after a pause if there is time for one")
        void early(int iss) {
            q = new SendQueue(iss).sent(1, 1).tag("- S");
            q.tp.icsk_timeout = jiffies + 10;
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isTrue();
            q.tp.icsk_timeout = jiffies + 300;
            assertThat(Scoreboard.tcp_time_to_recover(q.tp, 0)).isFalse();
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_EARLY_RETRANS);
        }
    }

    @Nested
    class tcp_mark_head_lost {
        @EveryIss
        @DisplayName("FACK: so many segments from the head, and goes on there the next time")
        void fack(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1).tag("- - - S");

            Scoreboard.tcp_mark_head_lost(q.tp, 1, 0);
            assertThat(q.tags()).isEqualTo("L - - S - -");
            assertThat(q.tp.lost_skb_hint).isSameAs(q.skb(1));
            assertThat(q.tp.lost_cnt_hint).isOne();

            Scoreboard.tcp_mark_head_lost(q.tp, 3, 0);
            assertThat(q.tags()).isEqualTo("L L L S - -");
            assertThat(q.counts()).isEqualTo("out 6 sacked 1 lost 3 retrans 0 fackets 4");
        }

        @EveryIss
        @DisplayName("FACK: cuts a packet that is lost in part")
        void cuts(int iss) {
            q = new SendQueue(iss).sent(6, 1).tag("- S");

            Scoreboard.tcp_mark_head_lost(q.tp, 2, 0);

            assertThat(q.tags()).isEqualTo("L*2 -*4 S");
            assertThat(q.counts()).isEqualTo("out 7 sacked 1 lost 2 retrans 0 fackets 7");
        }

        @EveryIss
        @DisplayName("FACK: a packet that cannot be cut is not marked")
        void no_memory(int iss) {
            q = new SendQueue(iss).sent(6, 1).tag("- S");
            Gfp.failNth(0);

            Scoreboard.tcp_mark_head_lost(q.tp, 2, 0);

            assertThat(q.tags()).isEqualTo("-*6 S");
        }

        @EveryIss
        @DisplayName("SACK: all holes until more than so many SACKed segments have been passed")
        void sack(int iss) {
            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1, 1, 1).tag("- - S - S S");

            Scoreboard.tcp_mark_head_lost(q.tp, 1, 0);

            assertThat(q.tags()).isEqualTo("L L S L S S");
            assertThat(q.tp.lost_cnt_hint).isOne();
        }

        @EveryIss
        @DisplayName("the first one only, and once only")
        void head(int iss) {
            q = new SendQueue(iss).reno().sent(1, 1, 1);
            q.tp.high_seq = q.seq(3);

            Scoreboard.tcp_mark_head_lost(q.tp, 1, 1);
            assertThat(q.tags()).isEqualTo("L - -");

            q.tp.lost_skb_hint = q.skb(1);
            Scoreboard.tcp_mark_head_lost(q.tp, 1, 1);
            assertThat(q.tags()).isEqualTo("L - -");
        }

        @EveryIss
        @DisplayName("Reno: nothing that was sent since recovery began")
        void high_seq(int iss) {
            q = new SendQueue(iss).reno().sent(1, 1, 1);
            q.tp.high_seq = q.seq(1);

            Scoreboard.tcp_mark_head_lost(q.tp, 2, 0);

            assertThat(q.tags()).isEqualTo("L - -");
        }

        @EveryIss
        @DisplayName("nothing that was not sent")
        void unsent(int iss) {
            q = new SendQueue(iss).sent(1).unsent(1, 1);

            Scoreboard.tcp_mark_head_lost(q.tp, 1, 0);

            assertThat(q.tags()).isEqualTo("L");
            assertThat(TCP_SKB_CB(q.skb(1)).sacked).isZero();
        }
    }

    @Nested
    class tcp_update_scoreboard {
        @EveryIss
        @DisplayName("FACK: all holes but for the last three segments below the highest SACK, one at least")
        void fack(int iss) {
            q = new SendQueue(iss).sent(1, 1, 1, 1, 1, 1, 1).tag("- - - - - S");
            Scoreboard.tcp_update_scoreboard(q.tp, 0);
            assertThat(q.tags()).isEqualTo("L L L - - S -");
            q.free();

            q = new SendQueue(iss).sent(1, 1, 1).tag("- - S");
            Scoreboard.tcp_update_scoreboard(q.tp, 0);
            assertThat(q.tags()).isEqualTo("L - S");
        }

        @EveryIss
        @DisplayName("SACK: with three SACKed segments above; the first one anyway if recovery has just begun")
        void sack(int iss) {
            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1, 1, 1, 1).tag("- - S - S");
            Scoreboard.tcp_update_scoreboard(q.tp, 0);
            assertThat(q.tags()).isEqualTo("- - S - S - -");
            Scoreboard.tcp_update_scoreboard(q.tp, 1);
            assertThat(q.tags()).isEqualTo("L - S - S - -");
            q.free();

            q = new SendQueue(iss).sackOnly().sent(1, 1, 1, 1, 1, 1, 1).tag("- - S - S S");
            Scoreboard.tcp_update_scoreboard(q.tp, 0);
            assertThat(q.tags()).isEqualTo("L L S - S S -");
        }

        @EveryIss
        @DisplayName("Reno: the first one")
        void reno(int iss) {
            q = new SendQueue(iss).reno().sent(1, 1, 1);
            q.tp.high_seq = q.seq(3);
            Scoreboard.tcp_update_scoreboard(q.tp, 0);
            assertThat(q.tags()).isEqualTo("L - -");
        }
    }
}
