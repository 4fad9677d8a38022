// SPDX-License-Identifier: GPL-2.0-only
package linux.in;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class AddressesTest {
    private static int ip(String s) {
        return Prefix.parseAddr(s);
    }

    @Nested
    class ipv4_is_loopback {
        @Test
        @DisplayName("127.0.0.0/8")
        void range() {
            assertThat(Addresses.ipv4_is_loopback(ip("127.255.255.255"))).isTrue();
            assertThat(Addresses.ipv4_is_loopback(ip("128.0.0.1"))).isFalse();
        }
    }

    @Nested
    class ipv4_is_multicast {
        @Test
        @DisplayName("224.0.0.0/4")
        void range() {
            assertThat(Addresses.ipv4_is_multicast(ip("239.255.255.255"))).isTrue();
            assertThat(Addresses.ipv4_is_multicast(ip("240.0.0.1"))).isFalse();
        }
    }

    @Nested
    class ipv4_is_local_multicast {
        @Test
        @DisplayName("224.0.0.0/24")
        void range() {
            assertThat(Addresses.ipv4_is_local_multicast(ip("224.0.0.251"))).isTrue();
            assertThat(Addresses.ipv4_is_local_multicast(ip("224.0.1.1"))).isFalse();
        }
    }

    @Nested
    class ipv4_is_lbcast {
        @Test
        @DisplayName("255.255.255.255 and nothing else")
        void one() {
            assertThat(Addresses.ipv4_is_lbcast(ip("255.255.255.255"))).isTrue();
            assertThat(Addresses.ipv4_is_lbcast(ip("10.255.255.255"))).isFalse();
        }
    }

    @Nested
    class ipv4_is_zeronet {
        @Test
        @DisplayName("0.0.0.0/8")
        void range() {
            assertThat(Addresses.ipv4_is_zeronet(ip("0.255.255.255"))).isTrue();
            assertThat(Addresses.ipv4_is_zeronet(ip("1.0.0.0"))).isFalse();
        }
    }
}
