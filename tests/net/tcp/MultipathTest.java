// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

@KernelTest
class MultipathTest {
    @Nested
    class mptcp {
        @Test
        @DisplayName("needs the flag on the socket, and anybody on the machine who uses MPTCP")
        void both() {
            tcp_sock tp = new tcp_sock();
            tp.mpc = true;
            assertThat(Multipath.mptcp(tp)).isFalse();

            static_key_slow_inc(Multipath.mptcp_static_key);
            assertThat(Multipath.mptcp(tp)).isTrue();

            tp.mpc = false;
            assertThat(Multipath.mptcp(tp)).isFalse();
        }

        @Test
        @DisplayName("after a boot nobody uses it")
        void booted() {
            assertThat(Multipath.mptcp_static_key.enabled).isZero();
        }
    }
}
