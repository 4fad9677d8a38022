// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_CWR;
import static net.tcp.TcpConst.TCPHDR_ECE;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.skbuff.skb_shared_info;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import uapi.linux.tcp.tcphdr;

@KernelTest
class SegmentsTest {
    @Nested
    class tcp_flag_byte {
        @Test
        @DisplayName("is byte 13 of the header, without a sign")
        void byte_13() {
            byte[] b = new byte[20];
            b[13] = (byte) 0xd2;

            assertThat(Segments.tcp_flag_byte(new tcphdr(b, 0)))
                    .isEqualTo(TCPHDR_CWR | TCPHDR_ECE | TCPHDR_ACK | TCPHDR_SYN);
        }
    }

    @Nested
    class tcp_skb_pcount {
        @Test
        @DisplayName("is the number of segments that the packet stands for")
        void gso_segs() {
            sk_buff skb = new sk_buff();
            skb.shinfo = new skb_shared_info();
            skb.shinfo.gso_segs = 3;

            assertThat(Segments.tcp_skb_pcount(skb)).isEqualTo(3);
        }
    }

    @Nested
    class tcp_skb_mss {
        @Test
        @DisplayName("is the payload of each of them")
        void gso_size() {
            sk_buff skb = new sk_buff();
            skb.shinfo = new skb_shared_info();
            skb.shinfo.gso_size = 1448;

            assertThat(Segments.tcp_skb_mss(skb)).isEqualTo(1448);
        }
    }
}
