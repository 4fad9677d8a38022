// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Skbs.fill;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_UNSPEC;

import linux.compiler.IntRef;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class AddressesTest {
    private final sockaddr_in kernel = new sockaddr_in();

    @Nested
    class move_addr_to_kernel {
        @Test
        @DisplayName("copies: what the application does with its address afterwards does not matter")
        void copied() {
            sockaddr_in user = new sockaddr_in(0x0a000001, 80);

            assertThat(Addresses.move_addr_to_kernel(user, 16, kernel)).isZero();
            user.sin_port = 81;

            assertThat(kernel.sin_addr).isEqualTo(0x0a000001);
            assertThat(kernel.sin_port).isEqualTo(80);
        }

        @Test
        @DisplayName("an address of another family has that family, and nothing is known of the rest")
        void family() {
            sockaddr user = new sockaddr();
            user.sa_family = AF_UNSPEC;

            assertThat(Addresses.move_addr_to_kernel(user, 2, kernel)).isZero();

            assertThat(kernel.sa_family).isEqualTo(AF_UNSPEC);
            assertThat(kernel.sin_addr).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {-1, 129, Integer.MAX_VALUE})
        @DisplayName("-EINVAL: no length of an address")
        void length(int ulen) {
            assertThat(Addresses.move_addr_to_kernel(new sockaddr_in(), ulen, kernel)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("-EFAULT: none there; with a length of 0 nobody looks")
        void none() {
            assertThat(Addresses.move_addr_to_kernel(null, 16, kernel)).isEqualTo(-EFAULT);
            assertThat(Addresses.move_addr_to_kernel(null, 0, kernel)).isZero();
        }
    }

    @Nested
    class move_addr_to_user {
        private final sockaddr_in user = new sockaddr_in(1, 1);

        @BeforeEach
        void fill() {
            kernel.sin_addr = 0x0a000001;
            kernel.sin_port = 80;
            kernel.sa_family = AF_INET;
            user.sa_family = 99;
        }

        @ParameterizedTest
        @CsvSource({"0, 99, 1, 1", "1, 99, 1, 1", "2, 2, 1, 1", "4, 2, 80, 1", "7, 2, 80, 1", "8, 2, 80, 167772161",
            "16, 2, 80, 167772161", "100, 2, 80, 167772161"})
        @DisplayName("gives as much as there is room for, and says how much there would be")
        void cut_off(int room, int family, int port, int addr) {
            IntRef len = new IntRef(room);

            assertThat(Addresses.move_addr_to_user(kernel, 16, user, len)).isZero();

            assertThat(len.val).isEqualTo(16);
            assertThat(user.sa_family).isEqualTo(family);
            assertThat(user.sin_port).isEqualTo(port);
            assertThat(user.sin_addr).isEqualTo(addr);
        }

        @Test
        @DisplayName("-EINVAL: negative room; -EFAULT: no length, or no address where there is room for one")
        void errors() {
            assertThat(Addresses.move_addr_to_user(kernel, 16, user, new IntRef(-1))).isEqualTo(-EINVAL);
            assertThat(Addresses.move_addr_to_user(kernel, 16, user, null)).isEqualTo(-EFAULT);
            assertThat(Addresses.move_addr_to_user(kernel, 16, null, new IntRef(16))).isEqualTo(-EFAULT);
            IntRef len = new IntRef(0);
            assertThat(Addresses.move_addr_to_user(kernel, 16, null, len)).isZero();
            assertThat(len.val).isEqualTo(16);
        }
    }
}
