// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.tcp.Header.tcp_hdr;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_CWR;
import static net.tcp.TcpConst.TCPHDR_ECE;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCP_ECN_DEMAND_CWR;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import uapi.linux.tcp.tcphdr;

@KernelTest
class EcnTest {
    private static final int ECT_0 = 2;

    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(1000);
        tp = s.tp;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    @Nested
    class TCP_ECN_send_synack {
        @Test
        @DisplayName("takes CWR away, and ECE too unless both want ECN")
        void flags() {
            sk_buff skb = s.queue(0);
            TCP_SKB_CB(skb).tcp_flags = TCPHDR_SYN | TCPHDR_ACK | TCPHDR_ECE | TCPHDR_CWR;
            tp.ecn_flags = TCP_ECN_OK;

            Ecn.TCP_ECN_send_synack(tp, skb);
            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_SYN | TCPHDR_ACK | TCPHDR_ECE);

            tp.ecn_flags = 0;
            Ecn.TCP_ECN_send_synack(tp, skb);
            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_SYN | TCPHDR_ACK);
        }
    }

    @Nested
    class TCP_ECN_send_syn {
        @Test
        @DisplayName("tcp_ecn 1 asks for ECN with both flags")
        void asks() {
            sk_buff skb = s.queue(0);
            init_net.ipv4.sysctl_tcp_ecn = 1;

            Ecn.TCP_ECN_send_syn(tp, skb);

            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_ECE | TCPHDR_CWR);
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK);
        }

        @Test
        @DisplayName("tcp_ecn 2 only answers: the SYN says nothing")
        void does_not_ask() {
            sk_buff skb = s.queue(0);
            init_net.ipv4.sysctl_tcp_ecn = 2;
            tp.ecn_flags = TCP_ECN_OK;

            Ecn.TCP_ECN_send_syn(tp, skb);

            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_ACK);
            assertThat(tp.ecn_flags).isZero();
        }
    }

    @Nested
    class TCP_ECN_make_synack {
        @Test
        @DisplayName("sets ECE in the SYN/ACK if the SYN has asked")
        void ece() {
            tcp_request_sock req = new tcp_request_sock();
            tcphdr th = new tcphdr(new byte[20], 0);

            Ecn.TCP_ECN_make_synack(req, th);
            assertThat(th.flags()).isZero();

            req.ecn_ok = true;
            Ecn.TCP_ECN_make_synack(req, th);
            assertThat(th.flags()).isEqualTo(TCPHDR_ECE);
        }
    }

    @Nested
    class TCP_ECN_send {
        private sk_buff withHeader(int len) {
            sk_buff skb = s.queue(len);
            skb_push(skb, 20);
            skb_reset_transport_header(skb);
            return skb;
        }

        @Test
        @DisplayName("new data are ECN capable, and tell once that the window was halved")
        void new_data() {
            tp.ecn_flags = TCP_ECN_OK | TCP_ECN_QUEUE_CWR;
            sk_buff skb = withHeader(10);

            Ecn.TCP_ECN_send(tp, skb, 20);

            assertThat(tp.tos).isEqualTo(ECT_0);
            assertThat(tcp_hdr(skb).cwr()).isTrue();
            assertThat(skb.shinfo.gso_type & SKB_GSO_TCP_ECN).isNotZero();
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK);
            skb_pull(skb, 20);
        }

        @Test
        @DisplayName("ACKs and repetitions are not ECN capable, and leave CWR for new data")
        void ack_and_repetition() {
            tp.ecn_flags = TCP_ECN_OK | TCP_ECN_QUEUE_CWR;
            tp.tos = ECT_0;
            sk_buff ack = withHeader(0);
            Ecn.TCP_ECN_send(tp, ack, 20);
            assertThat(tp.tos).isZero();

            tp.tos = ECT_0;
            sk_buff again = withHeader(10);
            tp.snd_nxt = tp.write_seq;
            Ecn.TCP_ECN_send(tp, again, 20);

            assertThat(tp.tos).isZero();
            assertThat(tcp_hdr(again).cwr()).isFalse();
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_QUEUE_CWR);
            skb_pull(ack, 20);
            skb_pull(again, 20);
        }

        @Test
        @DisplayName("every segment echoes a mark until the peer has answered with CWR")
        void echo() {
            tp.ecn_flags = TCP_ECN_OK | TCP_ECN_DEMAND_CWR;
            sk_buff skb = withHeader(0);

            Ecn.TCP_ECN_send(tp, skb, 20);

            assertThat(tcp_hdr(skb).ece()).isTrue();
            assertThat(tp.ecn_flags).isEqualTo(TCP_ECN_OK | TCP_ECN_DEMAND_CWR);
            skb_pull(skb, 20);
        }

        @Test
        @DisplayName("without ECN nothing is touched")
        void off() {
            tp.ecn_flags = TCP_ECN_QUEUE_CWR | TCP_ECN_DEMAND_CWR;
            sk_buff skb = withHeader(10);

            Ecn.TCP_ECN_send(tp, skb, 20);

            assertThat(tp.tos).isZero();
            assertThat(tcp_hdr(skb).flags() & (TCPHDR_CWR | TCPHDR_ECE)).isZero();
            skb_pull(skb, 20);
        }
    }
}
