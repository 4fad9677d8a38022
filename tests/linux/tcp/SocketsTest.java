// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SocketsTest {
    @Nested
    class tcp_sk {
        @Test
        @DisplayName("is the same object")
        void same() {
            sock sk = new tcp_sock();

            assertThat(Sockets.tcp_sk(sk)).isSameAs(sk);
        }
    }

    @Nested
    class tcp_rsk {
        @Test
        @DisplayName("is the same object")
        void same() {
            request_sock req = new tcp_request_sock();

            assertThat(Sockets.tcp_rsk(req)).isSameAs(req);
        }
    }

    @Nested
    class tcp_twsk {
        @Test
        @DisplayName("is the same object")
        void same() {
            sock_common tw = new tcp_timewait_sock();

            assertThat(Sockets.tcp_twsk(tw)).isSameAs(tw);
        }
    }
}
