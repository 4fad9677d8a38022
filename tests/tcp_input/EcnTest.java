// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static net.tcp.TcpConst.TCP_ECN_DEMAND_CWR;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;
import static net.tcp.TcpConst.TCP_ECN_SEEN;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class EcnTest {
    private sk_buff skb;

    @BeforeEach
    void packet() {
        skb = alloc_skb(20, GFP_KERNEL);
        skb_reset_transport_header(skb);
        tcp_hdr(skb).doffAndFlags(5 << 12);
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    private tcphdr th(String flags) {
        tcphdr th = tcp_hdr(skb);
        th.ece(flags.contains("E"));
        th.cwr(flags.contains("C"));
        th.syn(flags.contains("S"));
        return th;
    }

    private static tcp_sock withEcn(int flags) {
        tcp_sock tp = fresh();
        tp.ecn_flags = flags;
        tp.rcv_wnd = 60_000;
        tp.icsk_ack.rcv_mss = 1000;
        tp.icsk_ack.pingpong = 1;
        return tp;
    }

    @Test
    @DisplayName("all of them agree with the kernel")
    void vectors() {
        Vectors.each("TCP_ECN", row -> {
            tcp_sock tp = FreshSocket.of(row);
            tcphdr th = tcp_hdr(skb);
            th.ece(row.bool("in.th.ece"));
            th.cwr(row.bool("in.th.cwr"));
            th.syn(row.bool("in.th.syn"));
            TCP_SKB_CB(skb).ip_dsfield = row.i32("in.skb.ip_dsfield");

            switch (row.text("in.op")) {
                case "TCP_ECN_queue_cwr" -> Ecn.TCP_ECN_queue_cwr(tp);
                case "TCP_ECN_accept_cwr" -> Ecn.TCP_ECN_accept_cwr(tp, skb);
                case "TCP_ECN_withdraw_cwr" -> Ecn.TCP_ECN_withdraw_cwr(tp);
                case "TCP_ECN_check_ce" -> Ecn.TCP_ECN_check_ce(tp, skb);
                case "TCP_ECN_rcv_synack" -> Ecn.TCP_ECN_rcv_synack(tp, th);
                case "TCP_ECN_rcv_syn" -> Ecn.TCP_ECN_rcv_syn(tp, th);
                case "TCP_ECN_rcv_ecn_echo" -> assertThat(Ecn.TCP_ECN_rcv_ecn_echo(tp, th)).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));
                default -> throw new IllegalArgumentException(row.text("in.op"));
            }
            SocketFields.out(row, tp);
        });
    }

    @Nested
    class TCP_ECN_queue_cwr {
        @Test
        @DisplayName("owes a CWR, if ECN was agreed on")
        void owes() {
            tcp_sock tp = withEcn(TCP_ECN_OK);
            Ecn.TCP_ECN_queue_cwr(tp);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_QUEUE_CWR);

            tp = withEcn(0);
            Ecn.TCP_ECN_queue_cwr(tp);
            assertThat(tp.ecn_flags).isZero();
        }
    }

    @Nested
    class TCP_ECN_accept_cwr {
        @Test
        @DisplayName("a CWR ends the ECEs, any other segment does not")
        void ends() {
            tcp_sock tp = withEcn(TCP_ECN_OK | TCP_ECN_DEMAND_CWR);
            th("");
            Ecn.TCP_ECN_accept_cwr(tp, skb);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_DEMAND_CWR);

            th("C");
            Ecn.TCP_ECN_accept_cwr(tp, skb);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK);
        }
    }

    @Nested
    class TCP_ECN_withdraw_cwr {
        @Test
        @DisplayName("stops demanding, and leaves the CWR that is owed")
        void stops() {
            tcp_sock tp = withEcn(TCP_ECN_OK | TCP_ECN_DEMAND_CWR | TCP_ECN_QUEUE_CWR);
            Ecn.TCP_ECN_withdraw_cwr(tp);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_QUEUE_CWR);
        }
    }

    @Nested
    class TCP_ECN_check_ce {
        @Test
        @DisplayName("the first mark demands a CWR and is acknowledged quickly, the next ones change nothing")
        void marked() {
            tcp_sock tp = withEcn(TCP_ECN_OK);
            TCP_SKB_CB(skb).ip_dsfield = 3;

            Ecn.TCP_ECN_check_ce(tp, skb);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_DEMAND_CWR | TCP_ECN_SEEN);
            assertThat(tp.icsk_ack.quick).isEqualTo(16);
            assertThat(tp.icsk_ack.pingpong).isZero();

            tp.icsk_ack.pingpong = 1;
            Ecn.TCP_ECN_check_ce(tp, skb);
            assertThat(tp.icsk_ack.pingpong).isOne();
        }

        @Test
        @DisplayName("a segment without ECT after some with it is a retransmission: acknowledge quickly")
        void not_ect() {
            tcp_sock tp = withEcn(TCP_ECN_OK);
            TCP_SKB_CB(skb).ip_dsfield = 2;
            Ecn.TCP_ECN_check_ce(tp, skb);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_SEEN);
            assertThat(tp.icsk_ack.quick).isZero();

            TCP_SKB_CB(skb).ip_dsfield = 0;
            Ecn.TCP_ECN_check_ce(tp, skb);
            assertThat(tp.icsk_ack.quick).isEqualTo(16);
        }

        @Test
        @DisplayName("without ECN nothing is looked at")
        void off() {
            tcp_sock tp = withEcn(0);
            TCP_SKB_CB(skb).ip_dsfield = 3;
            Ecn.TCP_ECN_check_ce(tp, skb);
            assertThat(tp.ecn_flags).isZero();
        }
    }

    @Nested
    class TCP_ECN_rcv_synack {
        @Test
        @DisplayName("only ECE without CWR is a yes")
        void answer() {
            for (String flags : new String[] {"", "C", "EC"}) {
                tcp_sock tp = withEcn(TCP_ECN_OK);
                Ecn.TCP_ECN_rcv_synack(tp, th(flags));
                assertThat(tp.ecn_flags).as(flags).isZero();
            }
            tcp_sock tp = withEcn(TCP_ECN_OK);
            Ecn.TCP_ECN_rcv_synack(tp, th("E"));
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK);
        }
    }

    @Nested
    class TCP_ECN_rcv_syn {
        @Test
        @DisplayName("only ECE and CWR together are an offer")
        void offer() {
            for (String flags : new String[] {"", "C", "E"}) {
                tcp_sock tp = withEcn(TCP_ECN_OK);
                Ecn.TCP_ECN_rcv_syn(tp, th(flags));
                assertThat(tp.ecn_flags).as(flags).isZero();
            }
            tcp_sock tp = withEcn(TCP_ECN_OK);
            Ecn.TCP_ECN_rcv_syn(tp, th("EC"));
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK);
        }
    }

    @Nested
    class TCP_ECN_rcv_ecn_echo {
        @Test
        @DisplayName("an ECE on an ECN connection; not in a SYN")
        void echo() {
            assertThat(Ecn.TCP_ECN_rcv_ecn_echo(withEcn(TCP_ECN_OK), th("E"))).isTrue();
            assertThat(Ecn.TCP_ECN_rcv_ecn_echo(withEcn(TCP_ECN_OK), th("ES"))).isFalse();
            assertThat(Ecn.TCP_ECN_rcv_ecn_echo(withEcn(TCP_ECN_OK), th("C"))).isFalse();
            assertThat(Ecn.TCP_ECN_rcv_ecn_echo(withEcn(0), th("E"))).isFalse();
        }
    }
}
