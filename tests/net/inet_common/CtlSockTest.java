// SPDX-License-Identifier: GPL-2.0-only
package net.inet_common;

import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.net.proto_ops;
import linux.net.socket;
import linux.net.socket_wq;
import linux.tcp.tcp_sock;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class CtlSockTest {
    @Nested
    class inet_ctl_sock_destroy {
        @Test
        @DisplayName("closes the socket, and lets it go in the first namespace, which outlives its own")
        void closed() {
            List<Object> released = new ArrayList<>();
            socket sock = new socket();
            tcp_sock sk = new tcp_sock();
            sk.skc_refcnt = 2;
            sk.skc_net = new net("short-lived");
            sk.sk_socket = sock;
            sock.sk = sk;
            sock.wq = new socket_wq();
            sock.ops = new proto_ops();
            sock.ops.release = s -> {
                released.add(s);
                return 0;
            };

            CtlSock.inet_ctl_sock_destroy(sk);

            assertThat(released).containsExactly(sock);
            assertThat(sk.skc_net).isSameAs(init_net);
            assertThat(sk.skc_refcnt).isEqualTo(2);
        }
    }
}
