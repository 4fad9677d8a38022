// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class StatesTest {
    @Nested
    class tcp_need_reset {
        @ParameterizedTest
        @ValueSource(ints = {TCP_ESTABLISHED, TCP_CLOSE_WAIT, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_SYN_RECV})
        @DisplayName("where the peer believes in the connection and data may be lost, it must be told")
        void yes(int state) {
            assertThat(States.tcp_need_reset(state)).isTrue();
        }

        @ParameterizedTest
        @ValueSource(ints = {TCP_SYN_SENT, TCP_TIME_WAIT, TCP_CLOSE, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING})
        @DisplayName("where it has not begun, or both sides have said their FIN, nothing is sent")
        void no(int state) {
            assertThat(States.tcp_need_reset(state)).isFalse();
        }
    }
}
