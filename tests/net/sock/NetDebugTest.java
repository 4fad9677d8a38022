// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DBG;
import static org.assertj.core.api.Assertions.assertThat;

import linux.printk.Printk;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class NetDebugTest {
    @BeforeEach
    void forget() {
        Printk.boot();
    }

    private static int lines() {
        return Printk.dmesg().size();
    }

    @Nested
    class SOCK_DEBUG {
        @Test
        @DisplayName("speaks only of sockets with SO_DEBUG")
        void wanted() {
            sock sk = new sock();
            NetDebug.SOCK_DEBUG(null, "a");
            NetDebug.SOCK_DEBUG(sk, "b");
            sock_set_flag(sk, SOCK_DBG);
            NetDebug.SOCK_DEBUG(sk, "ack %d", 5);

            assertThat(lines()).isEqualTo(1);
            assertThat(Printk.dmesg().get(0).text()).isEqualTo("ack 5");
        }
    }

    @Nested
    class NETDEBUG {
        @Test
        @DisplayName("can be switched off")
        void off() {
            NetDebug.NETDEBUG("a");
            NetDebug.net_msg_warn = 0;
            NetDebug.NETDEBUG("b");
            assertThat(lines()).isEqualTo(1);
        }
    }

    @Nested
    class LIMIT_NETDEBUG {
        @Test
        @DisplayName("ten messages in five seconds, whatever they are; and it can be switched off")
        void limited() {
            for (int i = 0; i < 20; i++) {
                NetDebug.LIMIT_NETDEBUG("message " + i);
            }
            assertThat(lines()).isEqualTo(10);
            Printk.boot();
            NetDebug.net_msg_warn = 0;
            NetDebug.LIMIT_NETDEBUG("quiet");
            assertThat(lines()).isZero();
        }
    }
}
