// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static org.assertj.core.api.Assertions.assertThat;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

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
