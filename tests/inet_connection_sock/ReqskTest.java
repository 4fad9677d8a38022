// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_connection_sock.SynQueue.inet_csk_reqsk_queue_hash_add;
import static inet_connection_sock.SynQueue.inet_csk_search_req;
import static linux.jiffies.Jiffies.jiffies;
import static linux.timer.Timers.timer_pending;
import static net.request_sock.Requests.__reqsk_free;
import static net.request_sock.Requests.liveRequests;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;

import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.request_sock.ReqLink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class ReqskTest {
    private TcpTables tcp;
    private tcp_sock listener;
    private tcp_request_sock req;

    @BeforeEach
    void listener() {
        tcp = new TcpTables();
        listener = tcp.listening(80);
        req = tcp.request("10.0.0.1", 80, "10.0.0.7", 1000);
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    private int qlen() {
        return listener.icsk_accept_queue.listen_opt.qlen;
    }

    @Nested
    class inet_csk_reqsk_queue_added {
        @Test
        @DisplayName("the first request starts the timer, the second leaves it alone")
        void first() {
            Reqsk.inet_csk_reqsk_queue_added(listener, 200);
            Reqsk.inet_csk_reqsk_queue_added(listener, 100);

            assertThat(qlen()).isEqualTo(2);
            assertThat(listener.sk_timer.expires).isEqualTo(jiffies + 200);
            Reqsk.inet_csk_reqsk_queue_removed(listener, req);
            Reqsk.inet_csk_reqsk_queue_removed(listener, req);
            __reqsk_free(req);
        }
    }

    @Nested
    class inet_csk_reqsk_queue_removed {
        @Test
        @DisplayName("the last request stops the timer")
        void last() {
            Reqsk.inet_csk_reqsk_queue_added(listener, 200);
            Reqsk.inet_csk_reqsk_queue_added(listener, 200);

            Reqsk.inet_csk_reqsk_queue_removed(listener, req);
            assertThat(timer_pending(listener.sk_timer)).isTrue();
            Reqsk.inet_csk_reqsk_queue_removed(listener, req);
            assertThat(timer_pending(listener.sk_timer)).isFalse();
            assertThat(listener.skc_refcnt).isOne();
            __reqsk_free(req);
        }
    }

    @Nested
    class inet_csk_reqsk_queue_drop {
        @Test
        @DisplayName("takes the request out of its chain, out of the count, and frees it")
        void dropped() {
            inet_csk_reqsk_queue_hash_add(listener, req, 200);
            ReqLink prev = new ReqLink();
            assertThat(inet_csk_search_req(listener, prev, 1000, ip("10.0.0.7"), ip("10.0.0.1"))).isSameAs(req);

            Reqsk.inet_csk_reqsk_queue_drop(listener, req, prev);

            assertThat(qlen()).isZero();
            assertThat(liveRequests()).isZero();
            assertThat(tcp.log).containsExactly("req_destructor");
            assertThat(inet_csk_search_req(listener, prev, 1000, ip("10.0.0.7"), ip("10.0.0.1"))).isNull();
        }
    }
}
