// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_entry;
import static linux.tcp.tcp_sock.MPTCP_SUB_DEFERRED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.MptcpConnection.subflow;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;

@KernelTest
class SmallQueuesTest {
    private MptcpSockets b;
    private final List<sock> released = new ArrayList<>();

    @BeforeEach
    void sockets() {
        b = new MptcpSockets(2);
        b.sub(0).skc_prot.release_cb = released::add;
        b.sub(1).skc_prot.release_cb = released::add;
    }

    @AfterEach
    void free() {
        b.free();
    }

    @Nested
    class mptcp_tsq_flags {
        @Test
        @DisplayName("notes the subflow once, and holds it and the meta socket")
        void once() {
            int meta = b.meta.skc_refcnt;
            SmallQueues.mptcp_tsq_flags(b.sub(1));
            SmallQueues.mptcp_tsq_flags(b.sub(1));

            assertThat(list_entry(b.mpcb.callback_list.next)).isSameAs(b.sub(1).mptcp);
            assertThat(b.sub(1).skc_refcnt).isEqualTo(2);
            assertThat(b.meta.skc_refcnt).isEqualTo(meta + 1);
            assertThat(b.meta.tsq_flags).isEqualTo(1 << MPTCP_SUB_DEFERRED);
        }

        @Test
        @DisplayName("a meta socket sees to its own flags")
        void meta() {
            SmallQueues.mptcp_tsq_flags(b.meta);

            assertThat(list_empty(b.mpcb.callback_list)).isTrue();
            assertThat(b.meta.tsq_flags).isZero();
        }
    }

    @Nested
    class mptcp_tsq_sub_deferred {
        @Test
        @DisplayName("does what was put off for each subflow, and gives back what was held")
        void all() {
            int meta = b.meta.skc_refcnt;
            SmallQueues.mptcp_tsq_flags(b.sub(0));
            SmallQueues.mptcp_tsq_flags(b.sub(1));

            SmallQueues.mptcp_tsq_sub_deferred(b.meta);

            assertThat(released).containsExactly(b.sub(1), b.sub(0));
            assertThat(list_empty(b.mpcb.callback_list)).isTrue();
            assertThat(list_empty(b.sub(0).mptcp.cb_list)).as("may be noted again").isTrue();
            assertThat(b.sub(0).skc_refcnt).isOne();
            assertThat(b.meta.skc_refcnt).isEqualTo(meta);
        }

        @Test
        @DisplayName("is a bug on a socket that never was a meta socket")
        void subflow() {
            assertThatThrownBy(() -> SmallQueues.mptcp_tsq_sub_deferred(b.sub(0))).isInstanceOf(Oops.class);
        }
    }
}
