// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static org.assertj.core.api.Assertions.assertThat;

import net.sock.sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class SocketsTest {
    /** The struct of a module, and how a module gets at it. */
    private static class vegas implements inet_connection_sock.CaPriv {
        int baseRTT;

        static vegas ca(sock sk) {
            if (inet_csk_ca(sk) instanceof vegas ca) {
                return ca;
            }
            vegas ca = new vegas();
            inet_csk(sk).icsk_ca_priv = ca;
            return ca;
        }

        @Override
        public inet_connection_sock.CaPriv copy() {
            return this;
        }
    }

    private static final class yeah extends vegas {}

    private static final class other extends vegas {
        static other ca(sock sk) {
            if (inet_csk_ca(sk) instanceof other ca) {
                return ca;
            }
            other ca = new other();
            inet_csk(sk).icsk_ca_priv = ca;
            return ca;
        }
    }

    @Nested
    class inet_csk {
        @Test
        @DisplayName("is the same object")
        void same() {
            sock sk = new inet_connection_sock();

            assertThat(Sockets.inet_csk(sk)).isSameAs(sk);
        }
    }

    @Nested
    class inet_csk_ca {
        private final sock sk = new inet_connection_sock();

        @Test
        @DisplayName("there is nothing before a module has looked")
        void nothing() {
            assertThat(Sockets.inet_csk_ca(sk)).isNull();
        }

        @Test
        @DisplayName("a module finds what it has kept, and zeroes where another module's was")
        void found() {
            vegas.ca(sk).baseRTT = 5;
            assertThat(vegas.ca(sk).baseRTT).isEqualTo(5);

            assertThat(other.ca(sk).baseRTT).isZero();
            assertThat(Sockets.inet_csk_ca(sk)).isInstanceOf(other.class);
        }

        @Test
        @DisplayName("a struct that begins with another module's serves that module's functions too")
        void begins_with() {
            yeah yeah = new yeah();
            Sockets.inet_csk(sk).icsk_ca_priv = yeah;

            assertThat(vegas.ca(sk)).isSameAs(yeah);
        }
    }
}
