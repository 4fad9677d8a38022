// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import static net.request_sock.Requests.reqsk_free;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;

import linux.gfp.Gfp;
import net.request_sock.request_sock;
import net.request_sock.request_sock_ops;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class RequestsTest {
    @Nested
    class inet_reqsk_alloc {
        private final request_sock_ops ops = new request_sock_ops();

        @BeforeEach
        void protocol() {
            ops.destructor = req -> {};
            ops.alloc = () -> {
                inet_request_sock req = new inet_request_sock();
                req.opt = new ip_options();
                return req;
            };
        }

        @Test
        @DisplayName("makes a request of the protocol, without IP options")
        void made() {
            request_sock req = Requests.inet_reqsk_alloc(ops);

            assertThat(req.rsk_ops).isSameAs(ops);
            assertThat(((inet_request_sock) req).opt).isNull();

            reqsk_free(req);
        }

        @Test
        @DisplayName("without memory there is none")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Requests.inet_reqsk_alloc(ops)).isNull();
        }
    }
}
