// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_FIN;
import static uapi.linux.tcp.TcpOpt.TCP_FLAG_SYN;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class HeaderTest {
    @Nested
    class tcp_flag_word {
        @Test
        @DisplayName("is the fourth word of the header in host order")
        void fourth() {
            tcphdr th = new tcphdr(new byte[20], 0);
            th.doff(5);
            th.ack(true);
            th.fin(true);
            th.window(0xabcd);

            assertThat(Header.tcp_flag_word(th)).isEqualTo(0x5011abcd);
            assertThat(Header.tcp_flag_word(th) & (TCP_FLAG_FIN | TCP_FLAG_SYN)).isEqualTo(TCP_FLAG_FIN);
        }
    }
}
