// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.alloc_page;
import static linux.mm.Mm.put_page;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.get32;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_MARK;

import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.mm.page;
import linux.socket.sockaddr_in;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class KernelSocketsTest {
    private final sockaddr_in addr = new sockaddr_in(1, 2);
    private FakeFamily family;
    private socket sock;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sock = family.socket();
    }

    @AfterEach
    void close() {
        Gfp.inject(null);
        family.closeAll();
    }

    @Nested
    class kernel_bind {
        @Test
        @DisplayName("is the family's")
        void family() {
            family.ops.bind = (s, a, len) -> a == addr ? len : -1;
            assertThat(KernelSockets.kernel_bind(sock, addr, 16)).isEqualTo(16);
        }
    }

    @Nested
    class kernel_listen {
        @Test
        @DisplayName("is the family's, and has no limit")
        void family() {
            family.ops.listen = (s, backlog) -> backlog;
            assertThat(KernelSockets.kernel_listen(sock, 1000)).isEqualTo(1000);
        }
    }

    @Nested
    class kernel_accept {
        private final Ref<socket> newsock = new Ref<>();

        @Test
        @DisplayName("a connection of the same kind, without a descriptor")
        void connection() {
            family.ops.accept = (s, n, flags) -> flags;
            assertThat(KernelSockets.kernel_accept(sock, newsock, 5)).isEqualTo(5);
            assertThat(newsock.val.type).isEqualTo(sock.type);
            assertThat(newsock.val.ops).isSameAs(family.ops);
            assertThat(newsock.val.file).isNull();
            Create.sock_release(newsock.val);
        }

        @Test
        @DisplayName("after an error there is none")
        void error() {
            family.ops.accept = (s, n, flags) -> -11;
            assertThat(KernelSockets.kernel_accept(sock, newsock, 0)).isEqualTo(-11);
            assertThat(newsock.val).isNull();
            Gfp.failNth(0);
            assertThat(KernelSockets.kernel_accept(sock, newsock, 0)).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class kernel_connect {
        @Test
        @DisplayName("is the family's")
        void family() {
            family.ops.connect = (s, a, len, flags) -> len + flags;
            assertThat(KernelSockets.kernel_connect(sock, addr, 16, 100)).isEqualTo(116);
        }
    }

    @Nested
    class kernel_getsockname {
        @Test
        @DisplayName("asks for our name")
        void ours() {
            family.ops.getname = (s, a, len, peer) -> peer;
            assertThat(KernelSockets.kernel_getsockname(sock, addr, null)).isZero();
        }
    }

    @Nested
    class kernel_getpeername {
        @Test
        @DisplayName("asks for the peer's name")
        void theirs() {
            family.ops.getname = (s, a, len, peer) -> peer;
            assertThat(KernelSockets.kernel_getpeername(sock, addr, null)).isEqualTo(1);
        }
    }

    @Nested
    class kernel_getsockopt {
        @Test
        @DisplayName("options of sockets are here, others are the family's")
        void level() {
            byte[] v = new byte[4];
            sock.sk.sk_mark = 9;
            assertThat(KernelSockets.kernel_getsockopt(sock, SOL_SOCKET, SO_MARK, v, new IntRef(4))).isZero();
            assertThat(get32(v, 0)).isEqualTo(9);
            family.ops.getsockopt = (s, l, name, val, len) -> l + name;
            assertThat(KernelSockets.kernel_getsockopt(sock, 6, 2, v, new IntRef(4))).isEqualTo(8);
        }
    }

    @Nested
    class kernel_setsockopt {
        @Test
        @DisplayName("options of sockets are here, others are the family's")
        void level() {
            assertThat(KernelSockets.kernel_setsockopt(sock, SOL_SOCKET, SO_MARK, bytesOf(8), 4)).isZero();
            assertThat(sock.sk.sk_mark).isEqualTo(8);
            family.ops.setsockopt = (s, l, name, val, len) -> l + name;
            assertThat(KernelSockets.kernel_setsockopt(sock, 6, 2, null, 4)).isEqualTo(8);
        }
    }

    @Nested
    class kernel_sendpage {
        @Test
        @DisplayName("a family that cannot send pages sends their bytes")
        void bytes() {
            page page = alloc_page(GFP_KERNEL);
            family.ops.sendmsg = (s, m, len) -> len;
            assertThat(KernelSockets.kernel_sendpage(sock, page, 0, 100, 0)).isEqualTo(100);
            family.ops.sendpage = (s, p, offset, size, flags) -> 7;
            assertThat(KernelSockets.kernel_sendpage(sock, page, 0, 100, 0)).isEqualTo(7);
            put_page(page);
        }
    }

    @Nested
    class kernel_sock_shutdown {
        @Test
        @DisplayName("is the family's")
        void family() {
            family.ops.shutdown = (s, how) -> how;
            assertThat(KernelSockets.kernel_sock_shutdown(sock, 2)).isEqualTo(2);
        }
    }
}
