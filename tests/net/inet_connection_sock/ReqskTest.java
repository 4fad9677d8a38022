// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLRDNORM;

import net.request_sock.ReqLink;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class ReqskTest {
    private final inet_connection_sock listener = new inet_connection_sock();
    private final request_sock req = new request_sock();

    @BeforeEach
    void listen() {
        listener.icsk_accept_queue.listen_opt = new listen_sock();
        listener.icsk_accept_queue.listen_opt.syn_table = new request_sock[8];
        listener.icsk_accept_queue.listen_opt.max_qlen_log = 3;
    }

    @Nested
    class inet_csk_reqsk_queue_add {
        @Test
        @DisplayName("the connection waits to be accepted, and counts in the listener's backlog")
        void waits() {
            inet_connection_sock child = new inet_connection_sock();

            Reqsk.inet_csk_reqsk_queue_add(listener, req, child);

            assertThat(listener.icsk_accept_queue.rskq_accept_head).isSameAs(req);
            assertThat(req.sk).isSameAs(child);
            assertThat(listener.sk_ack_backlog).isEqualTo(1);
        }
    }

    @Nested
    class inet_csk_reqsk_queue_len {
        @Test
        @DisplayName("counts the requests")
        void counted() {
            listener.icsk_accept_queue.listen_opt.qlen = 5;

            assertThat(Reqsk.inet_csk_reqsk_queue_len(listener)).isEqualTo(5);
        }

        @Test
        @DisplayName("is 0 when the socket does not listen any more")
        void no_listener() {
            listener.icsk_accept_queue.listen_opt = null;

            assertThat(Reqsk.inet_csk_reqsk_queue_len(listener)).isZero();
        }
    }

    @Nested
    class inet_csk_reqsk_queue_young {
        @Test
        @DisplayName("counts those whose SYN/ACK was sent once")
        void counted() {
            listener.icsk_accept_queue.listen_opt.qlen_young = 4;

            assertThat(Reqsk.inet_csk_reqsk_queue_young(listener)).isEqualTo(4);
        }
    }

    @Nested
    class inet_csk_reqsk_queue_is_full {
        @Test
        @DisplayName("is full at the power of two that listen chose")
        void power_of_two() {
            listener.icsk_accept_queue.listen_opt.qlen = 7;
            assertThat(Reqsk.inet_csk_reqsk_queue_is_full(listener)).isFalse();

            listener.icsk_accept_queue.listen_opt.qlen = 8;
            assertThat(Reqsk.inet_csk_reqsk_queue_is_full(listener)).isTrue();
        }
    }

    @Nested
    class inet_csk_reqsk_queue_unlink {
        @Test
        @DisplayName("takes the request out of its chain, from behind another one too")
        void taken_out() {
            request_sock first = new request_sock();
            request_sock last = new request_sock();
            request_sock[] table = listener.icsk_accept_queue.listen_opt.syn_table;
            table[2] = first;
            first.dl_next = req;
            req.dl_next = last;
            ReqLink prev = new ReqLink();

            prev.set(first);
            Reqsk.inet_csk_reqsk_queue_unlink(listener, req, prev);
            assertThat(first.dl_next).isSameAs(last);

            prev.set(table, 2);
            Reqsk.inet_csk_reqsk_queue_unlink(listener, first, prev);
            assertThat(table[2]).isSameAs(last);
        }
    }

    @Nested
    class inet_csk_listen_poll {
        @Test
        @DisplayName("a listener is readable when there is a connection to accept")
        void readable() {
            assertThat(Reqsk.inet_csk_listen_poll(listener)).isZero();

            listener.icsk_accept_queue.rskq_accept_head = req;
            assertThat(Reqsk.inet_csk_listen_poll(listener)).isEqualTo(POLLIN | POLLRDNORM);
        }
    }
}
