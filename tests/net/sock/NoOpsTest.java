// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EOPNOTSUPP;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.mm.Mm.put_page;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.MSG_MORE;

import java.util.Arrays;
import linux.mm.Mm;
import linux.mm.page;
import linux.net.socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class NoOpsTest {
    private FakeFamily family;
    private socket sock;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sock = family.socket();
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private static void refused(int err) {
        assertThat(err).isEqualTo(-EOPNOTSUPP);
    }

    @Nested
    class sock_no_bind {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_bind(sock, null, 0));
        }
    }

    @Nested
    class sock_no_connect {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_connect(sock, null, 0, 0));
        }
    }

    @Nested
    class sock_no_socketpair {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_socketpair(sock, sock));
        }
    }

    @Nested
    class sock_no_accept {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_accept(sock, sock, 0));
        }
    }

    @Nested
    class sock_no_getname {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_getname(sock, null, null, 0));
        }
    }

    @Nested
    class sock_no_poll {
        @Test
        @DisplayName("nothing is ever ready")
        void never() {
            assertThat(NoOps.sock_no_poll(null, sock, null)).isZero();
        }
    }

    @Nested
    class sock_no_ioctl {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_ioctl(sock, 0, null));
        }
    }

    @Nested
    class sock_no_listen {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_listen(sock, 1));
        }
    }

    @Nested
    class sock_no_shutdown {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_shutdown(sock, 0));
        }
    }

    @Nested
    class sock_no_setsockopt {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_setsockopt(sock, 0, 0, null, 0));
        }
    }

    @Nested
    class sock_no_getsockopt {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_getsockopt(sock, 0, 0, null, null));
        }
    }

    @Nested
    class sock_no_sendmsg {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_sendmsg(sock, null, 0));
        }
    }

    @Nested
    class sock_no_recvmsg {
        @Test
        @DisplayName("is refused")
        void no() {
            refused(NoOps.sock_no_recvmsg(sock, null, 0, 0));
        }
    }

    @Nested
    class sock_no_sendpage {
        @Test
        @DisplayName("sends the piece of the page as any other memory")
        void copied() {
            page page = Mm.alloc_page(GFP_KERNEL);
            System.arraycopy(Skbs.count(1, 10), 0, page.data, 50, 10);
            family.ops.sendmsg = (s, m, len) -> {
                byte[] sent = Arrays.copyOfRange(
                        m.msg_iov[0].iov_base, m.msg_iov[0].iov_off, m.msg_iov[0].iov_off + m.msg_iov[0].iov_len);
                assertThat(sent).isEqualTo(Skbs.count(1, 10));
                assertThat(m.msg_flags).isEqualTo(MSG_MORE);
                return len;
            };

            assertThat(NoOps.sock_no_sendpage(sock, page, 50, 10, MSG_MORE)).isEqualTo(10);

            put_page(page);
        }
    }
}
