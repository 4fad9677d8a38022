// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static net.tcp.TcpConst.TCP_ATO_MIN;
import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class QuickackTest {
    @Nested
    class tcp_dec_quickack_mode {
        private final tcp_sock tp = new tcp_sock();

        @BeforeEach
        void quick() {
            tp.icsk_ack.quick = 4;
            tp.icsk_ack.ato = 100;
        }

        @Test
        @DisplayName("takes what was sent off the ration, and leaves the timeout alone")
        void some_left() {
            Quickack.tcp_dec_quickack_mode(tp, 3);

            assertThat(tp.icsk_ack.quick).isEqualTo(1);
            assertThat(tp.icsk_ack.ato).isEqualTo(100);
        }

        @ParameterizedTest
        @ValueSource(ints = {4, 5, -1})
        @DisplayName("with the last one the delayed-ACK timeout goes back to its least")
        void used_up(int pkts) {
            Quickack.tcp_dec_quickack_mode(tp, pkts);

            assertThat(tp.icsk_ack.quick).isZero();
            assertThat(tp.icsk_ack.ato).isEqualTo(TCP_ATO_MIN);
        }

        @Test
        @DisplayName("outside quickack mode it does nothing")
        void not_quick() {
            tp.icsk_ack.quick = 0;

            Quickack.tcp_dec_quickack_mode(tp, 1);

            assertThat(tp.icsk_ack.quick).isZero();
            assertThat(tp.icsk_ack.ato).isEqualTo(100);
        }
    }
}
