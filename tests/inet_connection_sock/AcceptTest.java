// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EINVAL;
import static linux.fs.file.O_NONBLOCK;
import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.wait.Wait.waitqueue_active;
import static net.request_sock.Queues.reqsk_queue_add;
import static net.request_sock.Queues.reqsk_queue_remove;
import static net.request_sock.Requests.__reqsk_free;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.net.socket_wq;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.request_sock.fastopen_queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class AcceptTest {
    private TcpTables tcp;
    private tcp_sock listener;

    @BeforeEach
    void listener() {
        tcp = new TcpTables();
        listener = tcp.listening(80);
        listener.sk_wq = new socket_wq();
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    /** A connection comes and whoever waits is told. */
    private tcp_sock arrives() {
        tcp_sock child = tcp.socket();
        reqsk_queue_add(listener.icsk_accept_queue, tcp.request("10.0.0.1", 80, "10.0.0.2", 1234), listener, child);
        listener.sk_data_ready.call(listener, 0);
        return child;
    }

    @Nested
    class inet_csk_wait_for_connect {
        private int waitFor(long timeo) {
            lock_sock(listener);
            try {
                return Accept.inet_csk_wait_for_connect(listener, timeo);
            } finally {
                release_sock(listener);
            }
        }

        @Test
        @DisplayName("gives up when the time is over")
        void timeout() {
            long before = jiffies;

            assertThat(waitFor(100)).isEqualTo(-EAGAIN);

            assertThat(jiffies - before).isEqualTo(100);
            assertThat(waitqueue_active(listener.sk_wq.wait)).isFalse();
        }

        @Test
        @DisplayName("lets go of the socket while it sleeps, and returns as soon as there is a connection")
        void arrival() {
            long before = jiffies;
            kthread_run("peer", () -> {
                msleep(10);
                lock_sock(listener);
                arrives();
                release_sock(listener);
            });

            assertThat(waitFor(1000)).isZero();

            assertThat(jiffies - before).isBetween(10L, 12L);
            __reqsk_free(reqsk_queue_remove(listener.icsk_accept_queue));
        }

        @Test
        @DisplayName("fails when the socket stops listening")
        void closed() {
            kthread_run("closer", () -> {
                msleep(10);
                listener.skc_state = TCP_CLOSE;
                listener.sk_state_change.call(listener);
            });

            assertThat(waitFor(1000)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("of several who wait only the first is woken by a connection")
        void one_of_them() {
            List<String> log = new ArrayList<>();
            for (String name : List.of("a", "b")) {
                kthread_run(name, () -> log.add(name + " " + waitFor(100)));
            }
            msleep(10);

            arrives();
            msleep(10);
            assertThat(log).containsExactly("a 0");
            __reqsk_free(reqsk_queue_remove(listener.icsk_accept_queue));

            msleep(200);
            assertThat(log).containsExactly("a 0", "b " + -EAGAIN);
        }
    }

    @Nested
    class inet_csk_accept {
        private final IntRef err = new IntRef();

        @Test
        @DisplayName("takes the connection that has waited longest, frees its request and makes room in the backlog")
        void takes() {
            tcp_sock first = arrives();
            tcp_sock second = arrives();

            assertThat(Accept.inet_csk_accept(listener, 0, err)).isSameAs(first);
            assertThat(listener.sk_ack_backlog).isOne();
            assertThat(liveRequests()).isOne();
            assertThat(Accept.inet_csk_accept(listener, 0, err)).isSameAs(second);

            assertThat(liveRequests()).isZero();
            assertThat(sock_owned_by_user(listener)).isFalse();
        }

        @Test
        @DisplayName("on a socket that does not listen: EINVAL")
        void no_listener() {
            tcp_sock sk = tcp.socket();

            assertThat(Accept.inet_csk_accept(sk, 0, err)).isNull();

            assertThat(err.val).isEqualTo(-EINVAL);
            assertThat(sock_owned_by_user(sk)).isFalse();
        }

        @Test
        @DisplayName("with O_NONBLOCK it does not wait: EAGAIN")
        void nonblocking() {
            long before = jiffies;

            assertThat(Accept.inet_csk_accept(listener, O_NONBLOCK, err)).isNull();

            assertThat(err.val).isEqualTo(-EAGAIN);
            assertThat(jiffies).isEqualTo(before);
        }

        @Test
        @DisplayName("waits no longer than SO_RCVTIMEO says")
        void rcvtimeo() {
            long before = jiffies;
            listener.sk_rcvtimeo = 50;

            assertThat(Accept.inet_csk_accept(listener, 0, err)).isNull();

            assertThat(err.val).isEqualTo(-EAGAIN);
            assertThat(jiffies - before).isEqualTo(50);
        }

        @Test
        @DisplayName("a Fast Open connection without its third ACK keeps its request, which learns that it was taken")
        void fastopen_pending() {
            listener.icsk_accept_queue.fastopenq = new fastopen_queue();
            tcp_sock child = arrives();
            tcp_request_sock req = (tcp_request_sock) listener.icsk_accept_queue.rskq_accept_head;
            req.listener = listener;

            assertThat(Accept.inet_csk_accept(listener, 0, err)).isSameAs(child);

            assertThat(req.sk).isNull();
            assertThat(liveRequests()).isOne();
            __reqsk_free(req);
        }

        @Test
        @DisplayName("a Fast Open connection whose handshake is over gives its request up like any other")
        void fastopen_done() {
            listener.icsk_accept_queue.fastopenq = new fastopen_queue();
            arrives();

            Accept.inet_csk_accept(listener, 0, err);

            assertThat(liveRequests()).isZero();
        }
    }
}
