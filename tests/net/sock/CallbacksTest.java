// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.sched.Sched.current;
import static linux.wait.Wait.add_wait_queue;
import static linux.wait.Wait.remove_wait_queue;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_FASYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.poll.Poll.POLLERR;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLOUT;
import static uapi.linux.siginfo.Siginfo.POLL_ERR;
import static uapi.linux.siginfo.Siginfo.POLL_IN;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.siginfo.Siginfo.POLL_PRI;
import static uapi.linux.siginfo.Siginfo.SIGIO;
import static uapi.linux.siginfo.Siginfo.SIGURG;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;

import java.util.ArrayList;
import java.util.List;
import linux.fs.file;
import linux.fs.file_operations;
import linux.wait.wait_queue_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class CallbacksTest {
    /** The events that each wake-up had for its key; null: for all. */
    private final List<Object> woken = new ArrayList<>();

    /** {@code signal:band}. */
    private final List<String> signals = new ArrayList<>();

    private FakeFamily family;
    private sock sk;
    private wait_queue_t wait;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
        wait = new wait_queue_t(current, (w, mode, flags, key) -> {
            woken.add(key);
            return 1;
        });
        add_wait_queue(sk.sk_wq.wait, wait);
        sk.sk_wq.fasync_list = (sig, band) -> signals.add(sig + ":" + band);
        sock_set_flag(sk, SOCK_FASYNC);
    }

    @AfterEach
    void close() {
        if (sk.sk_wq != null) {
            remove_wait_queue(sk.sk_wq.wait, wait);
            sk.sk_wq.fasync_list = null;
        }
        family.closeAll();
    }

    @Nested
    class sk_wake_async {
        @Test
        @DisplayName("tells only who asked for it")
        void asked() {
            Callbacks.sk_wake_async(sk, SOCK_WAKE_IO, POLL_IN);
            sk.sk_flags = 0;
            Callbacks.sk_wake_async(sk, SOCK_WAKE_IO, POLL_IN);

            assertThat(signals).containsExactly(SIGIO + ":" + POLL_IN);
        }
    }

    @Nested
    class sock_def_wakeup {
        @Test
        @DisplayName("wakes everybody, whatever he waits for")
        void everybody() {
            Callbacks.sock_def_wakeup(sk);

            assertThat(woken).containsExactly((Object) null);
            assertThat(signals).isEmpty();
        }

        @Test
        @DisplayName("of an orphan nobody waits")
        void orphan() {
            sock orphan = family.orphan();
            Callbacks.sock_def_wakeup(orphan);
            Callbacks.sock_def_error_report(orphan);
            Callbacks.sock_def_readable(orphan, 1);
            Callbacks.sock_def_write_space(orphan);

            assertThat(woken).isEmpty();
        }
    }

    @Nested
    class sock_def_error_report {
        @Test
        @DisplayName("is an event that every poller hears of")
        void error() {
            Callbacks.sock_def_error_report(sk);

            assertThat((int) woken.get(0)).isEqualTo(POLLERR);
            assertThat(signals).containsExactly(SIGIO + ":" + POLL_ERR);
        }
    }

    @Nested
    class sock_def_readable {
        @Test
        @DisplayName("wakes readers")
        void readers() {
            Callbacks.sock_def_readable(sk, 100);

            assertThat((int) woken.get(0) & (POLLIN | POLLOUT)).isEqualTo(POLLIN);
            assertThat(signals).containsExactly(SIGIO + ":" + POLL_IN);
        }
    }

    @Nested
    class sock_def_write_space {
        @Test
        @DisplayName("wakes writers when half of the buffer is free")
        void half() {
            sk.sk_socket.flags |= 1 << SOCK_ASYNC_NOSPACE;
            sk.sk_sndbuf = 1000;
            sk.sk_wmem_alloc = 501;
            Callbacks.sock_def_write_space(sk);
            assertThat(woken).isEmpty();

            sk.sk_wmem_alloc = 500;
            Callbacks.sock_def_write_space(sk);
            assertThat((int) woken.get(0) & (POLLIN | POLLOUT)).isEqualTo(POLLOUT);
            assertThat(signals).as("poll would not yet call it writable").isEmpty();

            sk.sk_wmem_alloc = 499;
            Callbacks.sock_def_write_space(sk);
            assertThat(signals).containsExactly(SIGIO + ":" + POLL_OUT);
            sk.sk_wmem_alloc = 1;
        }
    }

    @Nested
    class sock_def_destruct {
        @Test
        @DisplayName("lets go of what the protocol keeps")
        void let_go() {
            sk.sk_protinfo = "something";

            Callbacks.sock_def_destruct(sk);

            assertThat(sk.sk_protinfo).isNull();
        }
    }

    @Nested
    class sk_send_sigurg {
        @Test
        @DisplayName("tells who asked, if the socket is still open")
        void told() {
            Callbacks.sk_send_sigurg(sk);
            assertThat(signals).isEmpty();

            sk.sk_socket.file = new file(new file_operations(), sk.sk_socket);
            Callbacks.sk_send_sigurg(sk);
            assertThat(signals).containsExactly(SIGURG + ":" + POLL_PRI);
        }

        @Test
        @DisplayName("of an orphan nobody hears")
        void orphan() {
            Callbacks.sk_send_sigurg(family.orphan());
            assertThat(signals).isEmpty();
        }
    }
}
