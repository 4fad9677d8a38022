// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_request_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import uapi.linux.tcp.tcphdr;

@KernelTest
class OpenreqTest {
    @Nested
    class tcp_openreq_init {
        private final tcp_request_sock req = new tcp_request_sock();
        private final tcp_options_received rx_opt = new tcp_options_received();
        private final sk_buff skb = new sk_buff();

        @BeforeEach
        void syn() {
            skb.head = new byte[64];
            skb.transport_header = 20;
            tcphdr th = new tcphdr(skb.head, 20);
            th.source(40000);
            th.dest(80);
            TCP_SKB_CB(skb).seq = -1;
        }

        @Test
        @DisplayName("takes ports, sequence numbers and options from the SYN")
        void taken() {
            rx_opt.mss_clamp = 1400;
            rx_opt.saw_tstamp = true;
            rx_opt.rcv_tsval = 77;
            rx_opt.tstamp_ok = true;
            rx_opt.sack_ok = TCP_SACK_SEEN;
            rx_opt.wscale_ok = true;
            rx_opt.snd_wscale = 7;

            Openreq.tcp_openreq_init(req, rx_opt, skb);

            assertThat(req.skc_dport).isEqualTo(40000);
            assertThat(req.skc_num).isEqualTo(80);
            assertThat(req.rcv_isn).isEqualTo(-1);
            assertThat(req.rcv_nxt).isZero();
            assertThat(req.mss).isEqualTo(1400);
            assertThat(req.ts_recent).isEqualTo(77);
            assertThat(req.tstamp_ok).isTrue();
            assertThat(req.sack_ok).isTrue();
            assertThat(req.wscale_ok).isTrue();
            assertThat(req.snd_wscale).isEqualTo(7);
        }

        @Test
        @DisplayName("everything that comes later is put back: a request may have been another one before")
        void put_back() {
            req.rcv_wnd = 5;
            req.cookie_ts = true;
            req.snt_synack = 9;
            req.ts_recent = 3;
            req.acked = true;
            req.ecn_ok = true;
            req.mptcp_rqsk = true;
            req.saw_mpc = true;
            rx_opt.rcv_tsval = 77;

            Openreq.tcp_openreq_init(req, rx_opt, skb);

            assertThat(req.rcv_wnd).isZero();
            assertThat(req.cookie_ts).isFalse();
            assertThat(req.snt_synack).isZero();
            assertThat(req.ts_recent).as("no timestamp in the SYN").isZero();
            assertThat(req.acked).isFalse();
            assertThat(req.ecn_ok).isFalse();
            assertThat(req.mptcp_rqsk).isFalse();
            assertThat(req.saw_mpc).isFalse();
        }
    }
}
