// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_URGINLINE;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Sysctls.sysctl_tcp_stdurg;
import static net.tcp.TcpConst.TCP_URG_NOTYET;
import static net.tcp.TcpConst.TCP_URG_READ;
import static net.tcp.TcpConst.TCP_URG_VALID;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class UrgentTest {
    private final Receivers rs = new Receivers();

    @AfterEach
    void free() {
        rs.free();
    }

    private static void urg(Receiver r, Receiver.Segment s) {
        sk_buff skb = s.skb();
        Urgent.tcp_urg(r.tp, skb, tcp_hdr(skb));
        kfree_skb(skb);
    }

    @Nested
    class tcp_check_urg {
        private void check(Receiver r, int seq, int urg_ptr) {
            sk_buff skb = r.segment().seq(seq).urgent(urg_ptr).skb();
            Urgent.tcp_check_urg(r.tp, tcp_hdr(skb));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the pointer points behind the byte, unless tcp_stdurg says it points at it")
        void two_meanings() {
            Receiver r = rs.receiver();
            r.tp.pred_flags = 5;
            check(r, r.start, 100);
            assertThat(r.tp.urg_seq).isEqualTo(r.start + 99);
            assertThat(r.tp.urg_data).isEqualTo(TCP_URG_NOTYET);
            assertThat(r.tp.pred_flags).isZero();

            r = rs.receiver();
            sysctl_tcp_stdurg = 1;
            check(r, r.start, 100);
            assertThat(r.tp.urg_seq).isEqualTo(r.start + 100);
        }

        @Test
        @DisplayName("a byte that was read, or lies in the receive queue already, is no urgent byte any more")
        void too_late() {
            Receiver r = rs.receiver();
            r.got(0, 1);
            check(r, r.start, 500);
            assertThat(r.tp.urg_data).isZero();

            r.tp.copied_seq = r.seq(1);
            check(r, r.start, 500);
            assertThat(r.tp.urg_data).isZero();
        }

        @Test
        @DisplayName("a pointer that is older than the one we have is no news")
        void no_news() {
            Receiver r = rs.receiver();
            check(r, r.start, 500);
            check(r, r.start, 400);
            assertThat(r.tp.urg_seq).isEqualTo(r.start + 499);
            check(r, r.start, 600);
            assertThat(r.tp.urg_seq).isEqualTo(r.start + 599);
        }

        @Test
        @DisplayName("the reader stands before an urgent byte that he has been given: it leaves the stream")
        void stands_before_the_old_one() {
            Receiver r = rs.receiver();
            DataQueue.tcp_data_queue(r.tp, r.segment().seq(r.start).len(1).skb());
            r.tp.urg_data = TCP_URG_READ;
            r.tp.urg_seq = r.start;

            check(r, r.start + 1, 50);

            assertThat(r.tp.copied_seq).isEqualTo(r.start + 1);
            assertThat(r.receiveQueue()).as("the packet had nothing else").isEmpty();
            assertThat(r.tp.urg_seq).isEqualTo(r.start + 50);
        }

        @Test
        @DisplayName("with SO_OOBINLINE it stays in the stream")
        void inline() {
            Receiver r = rs.receiver();
            DataQueue.tcp_data_queue(r.tp, r.segment().seq(r.start).len(1).skb());
            r.tp.urg_data = TCP_URG_READ;
            r.tp.urg_seq = r.start;
            sock_set_flag(r.tp, SOCK_URGINLINE);

            check(r, r.start + 1, 50);

            assertThat(r.tp.copied_seq).isEqualTo(r.start);
            assertThat(r.receiveQueue()).isNotEmpty();
        }
    }

    @Nested
    class tcp_urg {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_urg", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sock_set_flag(tp, SOCK_DEAD);
                if (row.bool("in.SOCK_URGINLINE")) {
                    sock_set_flag(tp, SOCK_URGINLINE);
                }
                tp.pred_flags = 1;
                byte[] data = row.bytes("in.data");
                sk_buff skb = alloc_skb(20 + data.length, GFP_KERNEL);
                skb_reset_transport_header(skb);
                int at = skb_put(skb, 20 + data.length);
                System.arraycopy(data, 0, skb.head, at + 20, data.length);
                tcphdr th = tcp_hdr(skb);
                th.doffAndFlags(5 << 12);
                th.seq(row.i32("in.th.seq"));
                th.urg(row.bool("in.th.urg"));
                th.syn(row.bool("in.th.syn"));
                th.urg_ptr(row.i32("in.th.urg_ptr"));

                Urgent.tcp_urg(tp, skb, th);

                SocketFields.out(row, tp);
                assertThat(tp.pred_flags == 0).as(row.toString()).isEqualTo(row.bool("out.pred_flags_cleared"));
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("takes the byte out of the segment that has it, and tells the reader")
        void takes_the_byte() {
            Receiver r = rs.receiver();
            urg(r, r.segment().data(0, 1).urgent(301));
            assertThat(r.tp.urg_data).isEqualTo(TCP_URG_VALID | Receiver.byteAt(r.start + 300) & 0xff);
            assertThat(r.events).containsExactly("data_ready");
        }

        @Test
        @DisplayName("waits for the byte if a later segment has it")
        void later_segment() {
            Receiver r = rs.receiver();
            urg(r, r.segment().data(0, 1).urgent(1501));
            assertThat(r.tp.urg_data).isEqualTo(TCP_URG_NOTYET);
            r.tp.rcv_nxt = r.seq(1);
            urg(r, r.segment().data(1, 2));
            assertThat(r.tp.urg_data).isEqualTo(TCP_URG_VALID | Receiver.byteAt(r.start + 1500) & 0xff);
        }

        @Test
        @DisplayName("MPTCP knows no urgent data")
        void mptcp() {
            Receiver r = rs.receiver();
            static_key_slow_inc(mptcp_static_key);
            r.tp.mpc = true;
            urg(r, r.segment().data(0, 1).urgent(301));
            assertThat(r.tp.urg_data).isZero();
            r.tp.mpc = false;
        }
    }
}
