// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

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
