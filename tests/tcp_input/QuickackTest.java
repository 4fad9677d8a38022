// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED2;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp.TcpConst.TCP_MAX_QUICKACKS;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class QuickackTest {
    /** A segment of {@code len} bytes of payload; its header lies in front of the data. */
    private static sk_buff segment(int doff, int flags, int len) {
        sk_buff skb = alloc_skb(100, GFP_KERNEL);
        tcphdr th = new tcphdr(skb.head, skb.data);

        skb_reset_transport_header(skb);
        th.doffAndFlags(doff << 12 | flags);
        skb_reserve(skb, doff * 4);
        skb.len = len;
        return skb;
    }

    @Nested
    class tcp_measure_rcv_mss {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_measure_rcv_mss", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = segment(row.i32("in.th.doff"), row.i32("in.th.flags"), row.i32("in.skb.len"));
                skb.shinfo.gso_size = row.i32("in.skb.gso_size");

                Quickack.tcp_measure_rcv_mss(tp, skb);

                SocketFields.out(row, tp);
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("takes a larger segment as the new MSS at once")
        void larger() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 536;
            sk_buff skb = segment(5, TCPHDR_ACK, 1460);

            Quickack.tcp_measure_rcv_mss(tp, skb);

            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(1460);
            assertThat(tp.icsk_ack.pending).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("takes a smaller segment as the new MSS when a second one of the same size follows")
        void smaller_twice() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1460;
            tp.tcp_header_len = 20;
            sk_buff skb = segment(5, TCPHDR_ACK, 1000);

            Quickack.tcp_measure_rcv_mss(tp, skb);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(1460);
            assertThat(tp.icsk_ack.pending).isEqualTo(ICSK_ACK_PUSHED);
            Quickack.tcp_measure_rcv_mss(tp, skb);
            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(1000);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("two small segments with PSH count as two pushes and leave the MSS alone")
        void pushed_twice() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1460;
            tp.tcp_header_len = 20;
            sk_buff skb = segment(5, TCPHDR_ACK | TCPHDR_PSH, 100);

            Quickack.tcp_measure_rcv_mss(tp, skb);
            Quickack.tcp_measure_rcv_mss(tp, skb);

            assertThat(tp.icsk_ack.rcv_mss).isEqualTo(1460);
            assertThat(tp.icsk_ack.pending).isEqualTo(ICSK_ACK_PUSHED | ICSK_ACK_PUSHED2);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_incr_quickack {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_incr_quickack", row -> {
                tcp_sock tp = FreshSocket.of(row);

                Quickack.tcp_incr_quickack(tp);
                assertThat(tp.icsk_ack.quick).as(row.toString()).isEqualTo(row.i32("out.quick_after_incr"));
                Quickack.tcp_enter_quickack_mode(tp);

                SocketFields.out(row, tp);
                assertThat(Quickack.tcp_in_quickack_mode(tp)).as(row.toString())
                        .isEqualTo(row.bool("out.tcp_in_quickack_mode"));
            });
        }

        @Test
        @DisplayName("half as many ACKs as the window has segments, from 2 to 16, and never fewer than there were")
        void bounds() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1000;

            tp.rcv_wnd = 100;
            Quickack.tcp_incr_quickack(tp);
            assertThat(tp.icsk_ack.quick).isEqualTo(2);
            tp.rcv_wnd = 10_000;
            Quickack.tcp_incr_quickack(tp);
            assertThat(tp.icsk_ack.quick).isEqualTo(5);
            tp.rcv_wnd = 8000;
            Quickack.tcp_incr_quickack(tp);
            assertThat(tp.icsk_ack.quick).isEqualTo(5);
            tp.rcv_wnd = -1;
            Quickack.tcp_incr_quickack(tp);
            assertThat(tp.icsk_ack.quick).isEqualTo(TCP_MAX_QUICKACKS);
        }
    }

    @Nested
    class tcp_enter_quickack_mode {
        @Test
        @DisplayName("ends interactive mode and expects the next segment soon")
        void interactive() {
            tcp_sock tp = fresh();
            tp.icsk_ack.rcv_mss = 1000;
            tp.rcv_wnd = 60_000;
            tp.icsk_ack.pingpong = 1;

            Quickack.tcp_enter_quickack_mode(tp);

            assertThat(tp.icsk_ack.pingpong).isZero();
            assertThat(tp.icsk_ack.ato).isEqualTo(TCP_ATO_MIN);
            assertThat(tp.icsk_ack.quick).isEqualTo(16);
        }
    }

    @Nested
    class tcp_in_quickack_mode {
        @Test
        @DisplayName("while quick ACKs are left and the session is not interactive")
        void both() {
            tcp_sock tp = fresh();

            assertThat(Quickack.tcp_in_quickack_mode(tp)).isFalse();
            tp.icsk_ack.quick = 1;
            assertThat(Quickack.tcp_in_quickack_mode(tp)).isTrue();
            tp.icsk_ack.pingpong = 1;
            assertThat(Quickack.tcp_in_quickack_mode(tp)).isFalse();
        }
    }
}
