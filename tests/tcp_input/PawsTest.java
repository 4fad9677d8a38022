// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.hrtimer.Clock.get_seconds;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static net.tcp.Paws.tcp_paws_check;
import static net.tcp.Paws.tcp_paws_reject;
import static net.tcp.Windows.tcp_receive_window;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class PawsTest {
    private final Receivers rs = new Receivers();

    @AfterEach
    void free() {
        rs.free();
    }

    /** A connection whose peer's clock stood at 5000 when its last segment came. */
    private Receiver withTimestamps() {
        Receiver r = rs.receiver();
        r.tp.rx_opt.tstamp_ok = true;
        r.tp.rx_opt.ts_recent = 5000;
        r.tp.rx_opt.ts_recent_stamp = get_seconds();
        r.tp.rx_opt.saw_tstamp = true;
        return r;
    }

    @Nested
    class tcp_disordered_ack {
        @Test
        @DisplayName("agrees with the kernel, as do the comparison of timestamps and the decision")
        void vectors() {
            Vectors.each("tcp_paws", row -> {
                tcp_sock tp = FreshSocket.of(row);
                long ago = row.i64("in.get_seconds_now") - row.i64("in.tp.rx_opt.ts_recent_stamp");
                tp.rx_opt.ts_recent_stamp = get_seconds() - ago;
                Receiver r = rs.receiver();
                sk_buff skb = r.segment().window(row.i32("in.th.window"))
                        .flags(row.bool("in.th.ack") ? "A" : "").skb();
                TCP_SKB_CB(skb).seq = row.i32("in.skb.seq");
                TCP_SKB_CB(skb).end_seq = row.i32("in.skb.end_seq");
                TCP_SKB_CB(skb).ack_seq = row.i32("in.skb.ack_seq");

                assertThat(tcp_paws_check(tp.rx_opt, row.i32("in.paws_win"))).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_paws_check"));
                assertThat(tcp_paws_reject(tp.rx_opt, row.i32("in.rst"))).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_paws_reject"));
                assertThat(Paws.tcp_disordered_ack(tp, skb)).as(row.toString())
                        .isEqualTo(row.i32("out.tcp_disordered_ack"));
                assertThat(Paws.tcp_paws_discard(tp, skb)).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_paws_discard"));
                kfree_skb(skb);
            });
        }

        private int verdict(Receiver r, Receiver.Segment s, int tsval) {
            r.tp.rx_opt.rcv_tsval = tsval;
            sk_buff skb = s.skb();
            int ok = Paws.tcp_disordered_ack(r.tp, skb);
            kfree_skb(skb);
            return ok;
        }

        @Test
        @DisplayName("lets a duplicate ACK pass that is an RTO old, and not one that is older")
        void age() {
            Receiver r = withTimestamps();
            // An RTO of 300 ms is taken for 307 ticks of the peer.
            assertThat(verdict(r, r.segment(), 5000 - 307)).isOne();
            assertThat(verdict(r, r.segment(), 5000 - 308)).isZero();
        }

        @Test
        @DisplayName("only an ACK that changes nothing: no data, in its place, nothing acknowledged, same window")
        void changes_nothing() {
            Receiver r = withTimestamps();
            r.tp.snd_nxt += 100;
            assertThat(verdict(r, r.segment().len(1), 4990)).as("data").isZero();
            assertThat(verdict(r, r.segment().seq(r.start + 1), 4990)).as("beyond rcv_nxt").isZero();
            assertThat(verdict(r, r.segment().ack(r.tp.snd_una + 1), 4990)).as("new ACK").isZero();
            assertThat(verdict(r, r.segment().window(30_001), 4990)).as("larger window").isZero();
            assertThat(verdict(r, r.segment().flags(""), 4990)).as("no ACK").isZero();
            assertThat(verdict(r, r.segment(), 4990)).isOne();
        }
    }

    @Nested
    class tcp_paws_discard {
        private boolean discard(Receiver r, int tsval, int len) {
            r.tp.rx_opt.rcv_tsval = tsval;
            sk_buff skb = r.segment().len(len).skb();
            boolean d = Paws.tcp_paws_discard(r.tp, skb);
            kfree_skb(skb);
            return d;
        }

        @Test
        @DisplayName("drops data with an older timestamp; one tick is forgiven")
        void older() {
            Receiver r = withTimestamps();
            assertThat(discard(r, 5000, 10)).isFalse();
            assertThat(discard(r, 4999, 10)).isFalse();
            assertThat(discard(r, 4998, 10)).isTrue();
            assertThat(discard(r, 4998, 0)).as("a disordered ACK").isFalse();
        }

        @Test
        @DisplayName("a remembered timestamp counts for 24 days")
        void outdated() {
            Receiver r = withTimestamps();
            r.tp.rx_opt.ts_recent_stamp = get_seconds() - 24 * 24 * 3600;
            assertThat(discard(r, 100, 10)).isFalse();
        }

        @Test
        @DisplayName("is right where the peer's clock wraps")
        void wraps() {
            Receiver r = withTimestamps();
            r.tp.rx_opt.ts_recent = -10;
            assertThat(discard(r, 5, 10)).isFalse();
            r.tp.rx_opt.ts_recent = 5;
            assertThat(discard(r, -10, 10)).isTrue();
        }
    }

    @Nested
    class tcp_sequence {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_sequence", row -> {
                tcp_sock tp = FreshSocket.of(row);
                assertThat(tcp_receive_window(tp)).as(row.toString()).isEqualTo(row.i32("out.tcp_receive_window"));
                assertThat(Paws.tcp_sequence(tp, row.i32("in.seq"), row.i32("in.end_seq"))).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));
            });
        }

        @Test
        @DisplayName("on the left what was acknowledged counts, not what has come since")
        void left() {
            tcp_sock tp = fresh();
            tp.rcv_wup = 1000;
            tp.rcv_nxt = 3000;
            tp.rcv_wnd = 10_000;

            assertThat(Paws.tcp_sequence(tp, 900, 1000)).isTrue();
            assertThat(Paws.tcp_sequence(tp, 900, 999)).isFalse();
            assertThat(Paws.tcp_sequence(tp, 11_000, 11_000)).as("right edge").isTrue();
            assertThat(Paws.tcp_sequence(tp, 11_001, 11_500)).isFalse();
        }
    }
}
