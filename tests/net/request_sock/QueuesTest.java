// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.jiffies;
import static net.request_sock.Queues.sysctl_max_syn_backlog;
import static net.tcp.Sequence.before;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Init.entries;

import linux.bug.Bug;
import linux.gfp.Gfp;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.sock.sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class QueuesTest {
    private final request_sock_ops ops = new request_sock_ops();
    private final request_sock_queue queue = new request_sock_queue();
    private final sock listener = new sock();

    @BeforeEach
    void table() {
        ops.alloc = tcp_request_sock::new;
        ops.destructor = r -> r.mss = -1;
    }

    private request_sock request() {
        return Requests.reqsk_alloc(ops);
    }

    private void alloc() {
        assertThat(Queues.reqsk_queue_alloc(queue, 8, GFP_KERNEL)).isZero();
    }

    @Nested
    class reqsk_queue_yank_acceptq {
        @Test
        @DisplayName("takes all at once")
        void all() {
            request_sock a = new tcp_request_sock();
            request_sock b = new tcp_request_sock();
            Queues.reqsk_queue_add(queue, a, listener, new sock());
            Queues.reqsk_queue_add(queue, b, listener, new sock());

            assertThat(Queues.reqsk_queue_yank_acceptq(queue)).isSameAs(a);

            assertThat(a.dl_next).isSameAs(b);
            assertThat(Queues.reqsk_queue_empty(queue)).isTrue();
        }
    }

    @Nested
    class reqsk_queue_empty {
        @Test
        @DisplayName("nobody waits to be accepted")
        void nobody() {
            assertThat(Queues.reqsk_queue_empty(queue)).isTrue();
            Queues.reqsk_queue_add(queue, new tcp_request_sock(), listener, new sock());
            assertThat(Queues.reqsk_queue_empty(queue)).isFalse();
        }
    }

    @Nested
    class reqsk_queue_unlink {
        @Test
        @DisplayName("takes the request out of its chain, be it the first or a later one")
        void chain() {
            request_sock a = new tcp_request_sock();
            request_sock b = new tcp_request_sock();
            request_sock c = new tcp_request_sock();
            request_sock[] table = {a};
            a.dl_next = b;
            b.dl_next = c;
            ReqLink prev = new ReqLink();
            prev.set(a);

            Queues.reqsk_queue_unlink(queue, b, prev);
            assertThat(a.dl_next).isSameAs(c);
            prev.set(table, 0);
            Queues.reqsk_queue_unlink(queue, a, prev);
            assertThat(table[0]).isSameAs(c);
        }
    }

    @Nested
    class reqsk_queue_add {
        @Test
        @DisplayName("queues behind those who have waited longer, and counts")
        void behind() {
            request_sock a = new tcp_request_sock();
            request_sock b = new tcp_request_sock();
            sock child = new sock();
            b.dl_next = a;

            Queues.reqsk_queue_add(queue, a, listener, new sock());
            Queues.reqsk_queue_add(queue, b, listener, child);

            assertThat(queue.rskq_accept_head).isSameAs(a);
            assertThat(queue.rskq_accept_tail).isSameAs(b);
            assertThat(a.dl_next).isSameAs(b);
            assertThat(b.dl_next).isNull();
            assertThat(b.sk).isSameAs(child);
            assertThat(listener.sk_ack_backlog).isEqualTo(2);
        }
    }

    @Nested
    class reqsk_queue_remove {
        @Test
        @DisplayName("first come, first accepted")
        void first() {
            request_sock a = new tcp_request_sock();
            request_sock b = new tcp_request_sock();
            Queues.reqsk_queue_add(queue, a, listener, new sock());
            Queues.reqsk_queue_add(queue, b, listener, new sock());

            assertThat(Queues.reqsk_queue_remove(queue)).isSameAs(a);
            assertThat(queue.rskq_accept_tail).isSameAs(b);
            assertThat(Queues.reqsk_queue_remove(queue)).isSameAs(b);
            assertThat(queue.rskq_accept_head).isNull();
            assertThat(queue.rskq_accept_tail).isNull();
        }
    }

    @Nested
    class reqsk_queue_removed {
        @Test
        @DisplayName("counts down, among the young ones too if it has not timed out")
        void counts() {
            alloc();
            queue.listen_opt.qlen = 3;
            queue.listen_opt.qlen_young = 2;
            request_sock req = new tcp_request_sock();

            assertThat(Queues.reqsk_queue_removed(queue, req)).isEqualTo(2);
            assertThat(queue.listen_opt.qlen_young).isEqualTo(1);
            req.num_timeout = 1;
            assertThat(Queues.reqsk_queue_removed(queue, req)).isEqualTo(1);
            assertThat(queue.listen_opt.qlen_young).isEqualTo(1);
        }
    }

    @Nested
    class reqsk_queue_added {
        @Test
        @DisplayName("says how many there were before")
        void before() {
            alloc();
            assertThat(Queues.reqsk_queue_added(queue)).isZero();
            assertThat(Queues.reqsk_queue_added(queue)).isEqualTo(1);
            assertThat(queue.listen_opt.qlen_young).isEqualTo(2);
        }
    }

    @Nested
    class reqsk_queue_len {
        @Test
        @DisplayName("without a SYN queue it is 0")
        void none() {
            assertThat(Queues.reqsk_queue_len(queue)).isZero();
            alloc();
            queue.listen_opt.qlen = 5;
            assertThat(Queues.reqsk_queue_len(queue)).isEqualTo(5);
        }
    }

    @Nested
    class reqsk_queue_len_young {
        @Test
        @DisplayName("counts those that have not timed out")
        void young() {
            alloc();
            queue.listen_opt.qlen_young = 4;
            assertThat(Queues.reqsk_queue_len_young(queue)).isEqualTo(4);
        }
    }

    @Nested
    class reqsk_queue_is_full {
        @Test
        @DisplayName("when as many wait as the table has entries")
        void full() {
            alloc();
            queue.listen_opt.qlen = 15;
            assertThat(Queues.reqsk_queue_is_full(queue)).isFalse();
            queue.listen_opt.qlen = 16;
            assertThat(Queues.reqsk_queue_is_full(queue)).isTrue();
        }
    }

    @Nested
    class reqsk_queue_hash_req {
        @Test
        @DisplayName("puts the request first in its chain, as one that has not timed out")
        void first() {
            alloc();
            request_sock a = new tcp_request_sock();
            request_sock b = new tcp_request_sock();
            b.num_timeout = 3;
            b.num_retrans = 2;
            b.sk = listener;

            Queues.reqsk_queue_hash_req(queue, 5, a, 1000);
            Queues.reqsk_queue_hash_req(queue, 5, b, 3000);

            assertThat(queue.listen_opt.syn_table[5]).isSameAs(b);
            assertThat(b.dl_next).isSameAs(a);
            assertThat(b.expires).isEqualTo(jiffies + 3000);
            assertThat(b.num_timeout + b.num_retrans).isZero();
            assertThat(b.sk).isNull();
        }
    }

    @Nested
    class reqsk_queue_alloc {
        @ParameterizedTest
        @CsvSource({"0, 16, 4", "1, 16, 4", "8, 16, 4", "15, 16, 4", "16, 32, 5", "128, 256, 8", "255, 256, 8", "-1, 512, 9"})
        @DisplayName("one entry more than the backlog, which is 8 to 256, rounded up to a power of two")
        void entries(int backlog, int entries, int log) {
            net.request_sock.Queues.sysctl_max_syn_backlog = 256;
            assertThat(Queues.reqsk_queue_alloc(queue, backlog, GFP_KERNEL)).isZero();
            assertThat(queue.listen_opt.nr_table_entries).isEqualTo(entries);
            assertThat(queue.listen_opt.syn_table).hasSize(entries);
            assertThat(queue.listen_opt.max_qlen_log).isEqualTo(log);
        }

        @Test
        @DisplayName("nobody waits to be accepted, and each listener hashes in its own way")
        void fresh() {
            queue.rskq_accept_head = new tcp_request_sock();
            alloc();
            int rnd = queue.listen_opt.hash_rnd;
            assertThat(queue.rskq_accept_head).isNull();
            alloc();
            assertThat(queue.listen_opt.hash_rnd).isNotEqualTo(rnd);
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Queues.reqsk_queue_alloc(queue, 8, GFP_KERNEL)).isEqualTo(-ENOMEM);
            assertThat(queue.listen_opt).isNull();
            Gfp.inject(null);
        }
    }

    @Nested
    class __reqsk_queue_destroy {
        @Test
        @DisplayName("the SYN queue is gone")
        void gone() {
            alloc();
            Queues.__reqsk_queue_destroy(queue);
            assertThat(Queues.reqsk_queue_len(queue)).isZero();
        }
    }

    @Nested
    class reqsk_queue_yank_listen_sk {
        @Test
        @DisplayName("takes the SYN queue away from the listener")
        void taken() {
            alloc();
            listen_sock lopt = queue.listen_opt;
            assertThat(Queues.reqsk_queue_yank_listen_sk(queue)).isSameAs(lopt);
            assertThat(queue.listen_opt).isNull();
        }
    }

    @Nested
    class reqsk_queue_destroy {
        @Test
        @DisplayName("frees every request that still waits")
        void freed() {
            alloc();
            for (int i = 0; i < 5; i++) {
                Queues.reqsk_queue_hash_req(queue, i % 3, request(), 0);
                Queues.reqsk_queue_added(queue);
            }

            Queues.reqsk_queue_destroy(queue);

            assertThat(ops.live).isZero();
            assertThat(queue.listen_opt).isNull();
        }

        @Test
        @DisplayName("warns when it counted more than there are")
        void miscounted() {
            alloc();
            queue.listen_opt.qlen = 1;
            Queues.reqsk_queue_destroy(queue);
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }

    @Nested
    class reqsk_fastopen_remove {
        private final tcp_sock lsk = new tcp_sock();
        private final tcp_sock child = new tcp_sock();
        private fastopen_queue q;
        private tcp_request_sock req;

        @BeforeEach
        void handshake() {
            q = lsk.icsk_accept_queue.fastopenq = new fastopen_queue();
            q.qlen = 3;
            lsk.skc_state = TCP_LISTEN;
            lsk.skc_refcnt = 5;
            req = (tcp_request_sock) request();
            req.listener = lsk;
            child.fastopen_rsk = req;
        }

        private void parted() {
            assertThat(child.fastopen_rsk).isNull();
            assertThat(req.listener).isNull();
            assertThat(lsk.skc_refcnt).isEqualTo(4);
        }

        @Test
        @DisplayName("not accepted yet: the request stays with the accept queue")
        void not_accepted() {
            req.sk = child;

            Queues.reqsk_fastopen_remove(child, req, true);

            parted();
            assertThat(q.qlen).isEqualTo(2);
            assertThat(ops.live).isEqualTo(1);
            Requests.reqsk_free(req);
        }

        @Test
        @DisplayName("accepted, and the handshake went well: the request goes")
        void accepted() {
            Queues.reqsk_fastopen_remove(child, req, false);

            parted();
            assertThat(q.qlen).isEqualTo(2);
            assertThat(ops.live).isZero();
        }

        @Test
        @DisplayName("accepted and reset: the request counts for another minute, behind those before it")
        void reset() {
            tcp_request_sock other = (tcp_request_sock) request();
            q.rskq_rst_head = q.rskq_rst_tail = other;

            Queues.reqsk_fastopen_remove(child, req, true);

            parted();
            assertThat(q.qlen).isEqualTo(3);
            assertThat(req.expires).isEqualTo(jiffies + 60_000);
            assertThat(other.dl_next).isSameAs(req);
            assertThat(q.rskq_rst_tail).isSameAs(req);
            Requests.reqsk_free(req);
            Requests.reqsk_free(other);
        }

        @Test
        @DisplayName("reset, but the listener is closed: nobody counts any more")
        void closed() {
            lsk.skc_state = TCP_CLOSE;

            Queues.reqsk_fastopen_remove(child, req, true);

            assertThat(q.qlen).isEqualTo(2);
            assertThat(q.rskq_rst_head).isNull();
            assertThat(ops.live).isZero();
        }
    }
}
