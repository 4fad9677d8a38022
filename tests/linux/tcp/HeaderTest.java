// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.bytes;

import linux.skbuff.sk_buff;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import uapi.linux.tcp.tcphdr;

@KernelTest
class HeaderTest {
    private final sk_buff skb = new sk_buff();

    @BeforeEach
    void packet() {
        skb.head = new byte[80];
        skb.transport_header = 40;
        tcphdr th = new tcphdr(skb.head, 40);
        th.doff(8);
        th.seq(0x12345678);
    }

    @Nested
    class tcp_hdr {
        @Test
        @DisplayName("looks at the packet's own bytes, from the transport header on")
        void view() {
            assertThat(Header.tcp_hdr(skb).seq()).isEqualTo(0x12345678);

            Header.tcp_hdr(skb).dest(80);
            assertThat(skb.head[43]).isEqualTo((byte) 80);
        }
    }

    @Nested
    class tcp_hdrlen {
        @Test
        @DisplayName("counts the header with its options")
        void bytes() {
            assertThat(Header.tcp_hdrlen(skb)).isEqualTo(32);
        }
    }

    @Nested
    class tcp_optlen {
        @Test
        @DisplayName("counts the options alone")
        void bytes() {
            assertThat(Header.tcp_optlen(skb)).isEqualTo(12);
        }
    }
}
