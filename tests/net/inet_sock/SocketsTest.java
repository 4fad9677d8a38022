// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static org.assertj.core.api.Assertions.assertThat;

import net.request_sock.request_sock;
import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SocketsTest {
    @Nested
    class inet_rsk {
        @Test
        @DisplayName("is the same object")
        void same() {
            request_sock req = new inet_request_sock();

            assertThat(Sockets.inet_rsk(req)).isSameAs(req);
        }
    }

    @Nested
    class inet_sk {
        @Test
        @DisplayName("is the same object")
        void same() {
            sock sk = new inet_sock();

            assertThat(Sockets.inet_sk(sk)).isSameAs(sk);
        }
    }

    @Nested
    class inet_sk_flowi_flags {
        @Test
        @DisplayName("any source address is allowed to transparent sockets and to those that write their own header")
        void anysrc() {
            inet_sock inet = new inet_sock();
            assertThat(Sockets.inet_sk_flowi_flags(inet)).isZero();

            inet.transparent = true;
            assertThat(Sockets.inet_sk_flowi_flags(inet)).isEqualTo(FLOWI_FLAG_ANYSRC);

            inet.transparent = false;
            inet.hdrincl = true;
            assertThat(Sockets.inet_sk_flowi_flags(inet)).isEqualTo(FLOWI_FLAG_ANYSRC);
        }
    }
}
