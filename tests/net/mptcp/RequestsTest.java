// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.list.Lists.hlist_nulls_add_head_rcu;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.setup_timer;
import static linux.timer.Timers.timer_pending;
import static org.assertj.core.api.Assertions.assertThat;

import linux.jiffies.Jiffies;
import linux.list.hlist_nulls_head;
import linux.tcp.tcp_sock;
import net.request_sock.request_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class RequestsTest {
    private final tcp_sock meta = new tcp_sock();
    private final mptcp_request_sock req = new mptcp_request_sock();

    @BeforeEach
    void connection() {
        meta.skc_refcnt = 1;
        meta.mpcb = new mptcp_cb();
        setup_timer(meta.mpcb.synack_timer, data -> {}, meta);
    }

    @Nested
    class mptcp_reset_synack_timer {
        @Test
        @DisplayName("starts the timer, which holds the meta socket")
        void started() {
            Requests.mptcp_reset_synack_timer(meta, 200);

            assertThat(meta.mpcb.synack_timer.expires).isEqualTo(Jiffies.jiffies + 200);
            assertThat(timer_pending(meta.mpcb.synack_timer)).isTrue();
            assertThat(meta.skc_refcnt).isEqualTo(2);

            del_timer(meta.mpcb.synack_timer);
        }
    }

    @Nested
    class mptcp_delete_synack_timer {
        @Test
        @DisplayName("stops the timer, which lets the meta socket go")
        void stopped() {
            Requests.mptcp_reset_synack_timer(meta, 200);

            Requests.mptcp_delete_synack_timer(meta);

            assertThat(timer_pending(meta.mpcb.synack_timer)).isFalse();
            assertThat(meta.skc_refcnt).isEqualTo(1);
        }
    }

    @Nested
    class mptcp_rsk {
        @Test
        @DisplayName("is the same object")
        void same() {
            request_sock r = req;

            assertThat(Requests.mptcp_rsk(r)).isSameAs(req);
        }
    }

    @Nested
    class rev_mptcp_rsk {
        @Test
        @DisplayName("is the same object")
        void same() {
            assertThat(Requests.rev_mptcp_rsk(req)).isSameAs(req);
        }
    }

    @Nested
    class mptcp_hash_request_remove {
        @Test
        @DisplayName("takes the request out of its table, and does nothing the second time")
        void removed() {
            hlist_nulls_head<mptcp_request_sock> bucket = Globals.mptcp_reqsk_htb[17];
            hlist_nulls_add_head_rcu(req.hash_entry, bucket);

            Requests.mptcp_hash_request_remove(req);
            assertThat(bucket.first()).isNull();
            assertThat(req.hash_entry.pprev).isNull();

            Requests.mptcp_hash_request_remove(req);
            assertThat(bucket.first()).isNull();
        }
    }
}
