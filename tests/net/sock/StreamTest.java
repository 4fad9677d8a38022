// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EPIPE;
import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static net.sock.SockFlag.SOCK_FASYNC;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.compiler.LongRef;
import linux.sched.task_struct;
import linux.skbuff.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FakeFamily;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class StreamTest {
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
        sk.sk_sndbuf = 10_000;
        sk.sk_write_space = Stream::sk_stream_write_space;
    }

    @AfterEach
    void close() {
        sk.sk_wmem_queued = 0;
        sk.sk_forward_alloc = 0;
        family.closeAll();
    }

    /** Something that happens {@code ms} from now, while a system call waits. */
    private task_struct later(int ms, Runnable what) {
        return kthread_run("later", () -> {
            msleep(ms);
            what.run();
        });
    }

    @Nested
    class sk_stream_min_wspace {
        @Test
        @DisplayName("is half of what is queued")
        void half() {
            sk.sk_wmem_queued = 3001;
            assertThat(Stream.sk_stream_min_wspace(sk)).isEqualTo(1500);
        }
    }

    @Nested
    class sk_stream_wspace {
        @Test
        @DisplayName("is what the buffer has left, and negative when it is overfull")
        void left() {
            sk.sk_wmem_queued = 4000;
            assertThat(Stream.sk_stream_wspace(sk)).isEqualTo(6000);
            sk.sk_wmem_queued = 10_001;
            assertThat(Stream.sk_stream_wspace(sk)).isEqualTo(-1);
        }
    }

    @Nested
    class sk_stream_memory_free {
        @Test
        @DisplayName("the buffer has room, and the protocol has no objections")
        void room() {
            sk.sk_wmem_queued = 9999;
            assertThat(Stream.sk_stream_memory_free(sk)).isTrue();
            sk.sk_wmem_queued = 10_000;
            assertThat(Stream.sk_stream_memory_free(sk)).isFalse();

            sk.sk_wmem_queued = 0;
            family.proto.stream_memory_free = s -> false;
            assertThat(Stream.sk_stream_memory_free(sk)).isFalse();
        }
    }

    @Nested
    class sk_stream_is_writeable {
        @Test
        @DisplayName("a third of the buffer must be free")
        void a_third() {
            sk.sk_wmem_queued = 6667;
            assertThat(Stream.sk_stream_is_writeable(sk)).isTrue();
            sk.sk_wmem_queued = 6668;
            assertThat(Stream.sk_stream_is_writeable(sk)).isFalse();
        }
    }

    @Nested
    class sk_stream_moderate_sndbuf {
        @Test
        @DisplayName("shrinks the buffer to half of what is in it, but not below two packets")
        void shrinks() {
            sk.sk_sndbuf = 50_000;
            sk.sk_wmem_queued = 30_000;
            Stream.sk_stream_moderate_sndbuf(sk);
            assertThat(sk.sk_sndbuf).isEqualTo(15_000);

            sk.sk_wmem_queued = 10;
            Stream.sk_stream_moderate_sndbuf(sk);
            assertThat(sk.sk_sndbuf).isEqualTo(SOCK_MIN_SNDBUF);
        }

        @Test
        @DisplayName("never enlarges it, and leaves one alone that the application has set")
        void left_alone() {
            sk.sk_sndbuf = 5000;
            sk.sk_wmem_queued = 30_000;
            Stream.sk_stream_moderate_sndbuf(sk);
            assertThat(sk.sk_sndbuf).isEqualTo(5000);

            sk.sk_userlocks = SOCK_SNDBUF_LOCK;
            sk.sk_sndbuf = 50_000;
            Stream.sk_stream_moderate_sndbuf(sk);
            assertThat(sk.sk_sndbuf).isEqualTo(50_000);
        }
    }

    @Nested
    class sk_stream_write_space {
        @Test
        @DisplayName("wakes a writer when it is worth while, and notes that there is room")
        void wakes() {
            List<String> log = new ArrayList<>();
            task_struct writer = kthread_run("writer", () -> {
                LongRef timeo = new LongRef(MAX_SCHEDULE_TIMEOUT);
                sk.sk_wmem_queued = 10_000;
                lock_sock(sk);
                Stream.sk_stream_wait_memory(sk, timeo);
                log.add("writes at " + sk.sk_wmem_queued);
                release_sock(sk);
            });
            msleep(1);
            assertThat(sk.sk_socket.flags & 1 << SOCK_NOSPACE).isNotZero();
            sk.sk_wmem_queued = 7000;
            Stream.sk_stream_write_space(sk);
            msleep(1);
            assertThat(log).isEmpty();
            assertThat(sk.sk_socket.flags & 1 << SOCK_NOSPACE).isNotZero();

            sk.sk_wmem_queued = 6000;
            Stream.sk_stream_write_space(sk);

            assertThat(sk.sk_socket.flags & 1 << SOCK_NOSPACE).isZero();
            writer.exited.wait_for_completion();
            assertThat(log).containsExactly("writes at 6000");
        }

        @Test
        @DisplayName("tells who asked for signals, unless nothing can be sent any more")
        void async() {
            List<Integer> bands = new ArrayList<>();
            sk.sk_wq.fasync_list = (sig, band) -> bands.add(band);
            sk.sk_flags |= 1L << SOCK_FASYNC;
            sk.sk_socket.flags |= 1 << SOCK_ASYNC_NOSPACE;

            Stream.sk_stream_write_space(sk);
            assertThat(bands).containsExactly(POLL_OUT);
            sk.sk_socket.flags |= 1 << SOCK_ASYNC_NOSPACE;
            sk.sk_shutdown = SEND_SHUTDOWN;
            Stream.sk_stream_write_space(sk);

            assertThat(bands).hasSize(1);
            sk.sk_wq.fasync_list = null;
        }

        @Test
        @DisplayName("of an orphan nobody is told")
        void orphan() {
            sock orphan = family.orphan();
            orphan.sk_sndbuf = 10_000;

            Stream.sk_stream_write_space(orphan);

            assertThat(orphan.sk_socket).isNull();
        }
    }

    @Nested
    class sk_stream_wait_connect {
        private int call(long timeo) {
            lock_sock(sk);
            int err = Stream.sk_stream_wait_connect(sk, new LongRef(timeo));
            assertThat(sock_owned_by_user(sk)).isTrue();
            assertThat(sk.sk_write_pending).isZero();
            release_sock(sk);
            return err;
        }

        @Test
        @DisplayName("comes back with 0 when the connection is there")
        void connected() {
            sk.skc_state = TCP_SYN_SENT;
            task_struct t = later(5, () -> {
                assertThat(sk.sk_write_pending).isEqualTo(1);
                sk.skc_state = TCP_ESTABLISHED;
                sk.sk_state_change.call(sk);
            });

            assertThat(call(MAX_SCHEDULE_TIMEOUT)).isZero();

            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("a connection that the peer has closed at once counts as one")
        void close_wait() {
            sk.skc_state = TCP_SYN_RECV;
            task_struct t = later(5, () -> {
                sk.skc_state = TCP_CLOSE_WAIT;
                sk.sk_state_change.call(sk);
            });

            assertThat(call(100)).isZero();

            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("returns the error that ends the attempt, once")
        void refused() {
            sk.skc_state = TCP_SYN_SENT;
            task_struct t = later(5, () -> {
                sk.sk_err = ECONNREFUSED;
                sk.skc_state = TCP_CLOSE;
                sk.sk_state_change.call(sk);
            });

            assertThat(call(100)).isEqualTo(-ECONNREFUSED);

            assertThat(sk.sk_err).isZero();
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("-EPIPE: nobody is connecting; -EAGAIN: no time to wait")
        void at_once() {
            sk.skc_state = TCP_CLOSE;
            assertThat(call(100)).isEqualTo(-EPIPE);
            sk.skc_state = TCP_SYN_SENT;
            assertThat(call(0)).isEqualTo(-EAGAIN);
        }

        @Test
        @DisplayName("-EAGAIN when the time has passed")
        void timeout() {
            sk.skc_state = TCP_SYN_SENT;
            long before = jiffies;
            assertThat(call(30)).isEqualTo(-EAGAIN);
            assertThat(jiffies - before).isEqualTo(30);
        }
    }

    @Nested
    class sk_stream_closing {
        @Test
        @DisplayName("is true while our FIN is not acknowledged")
        void states() {
            for (int state : new int[] {TCP_FIN_WAIT1, TCP_CLOSING, TCP_LAST_ACK}) {
                sk.skc_state = state;
                assertThat(Stream.sk_stream_closing(sk)).isTrue();
            }
            for (int state : new int[] {TCP_ESTABLISHED, TCP_FIN_WAIT2, TCP_CLOSE_WAIT, TCP_CLOSE}) {
                sk.skc_state = state;
                assertThat(Stream.sk_stream_closing(sk)).isFalse();
            }
        }
    }

    @Nested
    class sk_stream_wait_close {
        private long call(long timeout) {
            long before = jiffies;
            lock_sock(sk);
            Stream.sk_stream_wait_close(sk, timeout);
            release_sock(sk);
            return jiffies - before;
        }

        @Test
        @DisplayName("waits until the FIN is acknowledged")
        void acknowledged() {
            sk.skc_state = TCP_FIN_WAIT1;
            task_struct t = later(5, () -> {
                sk.skc_state = TCP_FIN_WAIT2;
                sk.sk_state_change.call(sk);
            });

            assertThat(call(1000)).isBetween(5L, 7L);

            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("gives up when the time has passed, and does not wait at all with none")
        void timeout() {
            sk.skc_state = TCP_FIN_WAIT1;
            assertThat(call(40)).isEqualTo(40);
            assertThat(call(0)).isZero();
        }
    }

    @Nested
    class sk_stream_wait_memory {
        private final LongRef timeo = new LongRef();

        private int call(long timeout) {
            timeo.val = timeout;
            lock_sock(sk);
            int err = Stream.sk_stream_wait_memory(sk, timeo);
            assertThat(sk.sk_write_pending).isZero();
            release_sock(sk);
            return err;
        }

        @Test
        @DisplayName("waits until there is room in the buffer")
        void room() {
            sk.sk_wmem_queued = 10_000;
            task_struct t = later(5, () -> {
                assertThat(sk.sk_socket.flags & 1 << SOCK_NOSPACE).isNotZero();
                assertThat(sk.sk_write_pending).isEqualTo(1);
                sk.sk_wmem_queued = 100;
                sk.sk_write_space.call(sk);
            });

            assertThat(call(1000)).isZero();

            assertThat(timeo.val).isBetween(993L, 995L);
            t.exited.wait_for_completion();
        }

        @ParameterizedTest
        @ValueSource(longs = {0, 1, 50})
        @DisplayName("-EAGAIN when the time has passed")
        void timeout(long ms) {
            sk.sk_wmem_queued = 10_000;
            long before = jiffies;

            assertThat(call(ms)).isEqualTo(-EAGAIN);

            assertThat(timeo.val).isZero();
            assertThat(jiffies - before).isEqualTo(ms);
            assertThat(sk.sk_socket.flags & 1 << SOCK_ASYNC_NOSPACE).isNotZero();
        }

        @Test
        @DisplayName("-EPIPE when the socket has an error, or nothing more can be sent; the error stays for the caller")
        void pipe() {
            sk.sk_wmem_queued = 10_000;
            task_struct t = later(5, () -> {
                sk.sk_err = ECONNRESET;
                sk.sk_error_report.call(sk);
            });
            assertThat(call(MAX_SCHEDULE_TIMEOUT)).isEqualTo(-EPIPE);
            assertThat(sk.sk_err).isEqualTo(ECONNRESET);
            sk.sk_err = 0;
            sk.sk_shutdown = SEND_SHUTDOWN;
            assertThat(call(MAX_SCHEDULE_TIMEOUT)).isEqualTo(-EPIPE);
            t.exited.wait_for_completion();
        }

        @Test
        @DisplayName("with room in the buffer it is memory that is short: comes back after 2 to 201 jiffies by itself")
        void memory() {
            for (int i = 0; i < 20; i++) {
                long before = jiffies;
                assertThat(call(1000)).isZero();
                assertThat(jiffies - before).isBetween(2L, 201L);
                assertThat(timeo.val).isEqualTo(1000 - (jiffies - before));
            }
        }

        @Test
        @DisplayName("waiting for memory has no end of its own for one who waits for ever")
        void memory_for_ever() {
            assertThat(call(MAX_SCHEDULE_TIMEOUT)).isZero();
            assertThat(timeo.val).isEqualTo(MAX_SCHEDULE_TIMEOUT);
        }

        @Test
        @DisplayName("a short timeout may be over when memory was waited for: nothing is left of it, but it is no error")
        void memory_short() {
            long before = jiffies;
            timeo.val = 1;
            int err = call(1);
            assertThat(jiffies - before).isGreaterThan(1);
            assertThat(err).isEqualTo(-EAGAIN);
            assertThat(timeo.val).isZero();
        }
    }

    @Nested
    class sk_stream_error {
        @Test
        @DisplayName("-EPIPE becomes the error of the socket, if it has one")
        void better() {
            sk.sk_err = ECONNRESET;
            assertThat(Stream.sk_stream_error(sk, 0, -EPIPE)).isEqualTo(-ECONNRESET);
            assertThat(sk.sk_err).isZero();
            assertThat(Stream.sk_stream_error(sk, 0, -EPIPE)).isEqualTo(-EPIPE);
        }

        @Test
        @DisplayName("other errors stay what they are, and so does that of the socket")
        void others() {
            sk.sk_err = ECONNRESET;
            assertThat(Stream.sk_stream_error(sk, 0, -EAGAIN)).isEqualTo(-EAGAIN);
            assertThat(sk.sk_err).isEqualTo(ECONNRESET);
        }
    }

    @Nested
    class sk_stream_kill_queues {
        @Test
        @DisplayName("frees what was not read and what errors were not fetched, and gives all pages back")
        void freed() {
            Queue.__skb_queue_tail(sk.sk_receive_queue, Skbs.linear(1));
            Queue.__skb_queue_tail(sk.sk_error_queue, Skbs.linear(1));
            family.proto.memory_allocated.val = 2;
            sk.sk_forward_alloc = 8192;

            Stream.sk_stream_kill_queues(sk);

            assertThat(sk.sk_receive_queue.qlen + sk.sk_error_queue.qlen).isZero();
            assertThat(family.proto.memory_allocated.val).isZero();
        }

        @Test
        @DisplayName("warns when memory is unaccounted for")
        void warns() {
            sk.sk_forward_alloc = 100;
            sk.sk_wmem_queued = 100;

            Stream.sk_stream_kill_queues(sk);

            assertThat(Bug.warnings).hasSize(2);
            Bug.warnings.clear();
        }
    }
}
