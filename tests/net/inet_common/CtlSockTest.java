// SPDX-License-Identifier: GPL-2.0-only
package net.inet_common;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class CtlSockTest {
    @Nested
    class inet_ctl_sock_destroy {
        @Test
        @DisplayName("without a socket there is nothing to destroy")
        void none() {
            CtlSock.inet_ctl_sock_destroy(null);
        }
    }
}
