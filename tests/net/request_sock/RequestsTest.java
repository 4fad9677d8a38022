// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.tcp.tcp_request_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class RequestsTest {
    private final request_sock_ops ops = new request_sock_ops();
    private final List<request_sock> destroyed = new ArrayList<>();

    @BeforeEach
    void table() {
        ops.alloc = tcp_request_sock::new;
        ops.destructor = destroyed::add;
    }

    @Nested
    class reqsk_alloc {
        @Test
        @DisplayName("makes a request of the protocol's kind and counts it")
        void counted() {
            request_sock req = Requests.reqsk_alloc(ops);

            assertThat(req).isInstanceOf(tcp_request_sock.class);
            assertThat(req.rsk_ops).isSameAs(ops);
            assertThat(ops.live).isEqualTo(1);
            assertThat(Requests.liveRequests()).isEqualTo(1);
            Requests.__reqsk_free(req);
        }

        @Test
        @DisplayName("null when there is no memory")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Requests.reqsk_alloc(ops)).isNull();
            assertThat(Requests.liveRequests()).isZero();
            Gfp.inject(null);
        }
    }

    @Nested
    class __reqsk_free {
        @Test
        @DisplayName("leaves what is in the request to its new owner")
        void not_destroyed() {
            Requests.__reqsk_free(Requests.reqsk_alloc(ops));
            assertThat(destroyed).isEmpty();
            assertThat(ops.live).isZero();
        }

        @Test
        @DisplayName("freed twice stops the machine")
        void twice() {
            request_sock req = Requests.reqsk_alloc(ops);
            Requests.__reqsk_free(req);
            assertThatThrownBy(() -> Requests.__reqsk_free(req)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class reqsk_free {
        @Test
        @DisplayName("lets the protocol free what is in it")
        void destroyed() {
            request_sock req = Requests.reqsk_alloc(ops);
            Requests.reqsk_free(req);
            assertThat(destroyed).containsExactly(req);
            assertThat(Requests.liveRequests()).isZero();
        }
    }
}
