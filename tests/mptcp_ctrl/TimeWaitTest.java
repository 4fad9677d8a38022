// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ENOBUFS;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_entry;
import static net.mptcp.Sequence64.mptcp_get_rcv_nxt_64;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.subflow;

import linux.gfp.Gfp;
import linux.tcp.tcp_timewait_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;

@KernelTest
class TimeWaitTest {
    private MptcpSockets b;
    private final tcp_timewait_sock tw = new tcp_timewait_sock();

    @BeforeEach
    void sockets() {
        b = new MptcpSockets(1);
        b.mpcb.mptcp_loc_key = 77;
        b.mpcb.rcv_high_order[0] = 5;
        b.meta.rcv_nxt = 1000;
    }

    @AfterEach
    void free() {
        b.free();
    }

    @Nested
    class mptcp_init_tw_sock {
        @Test
        @DisplayName("the TIME_WAIT knows the key and the control block, which it holds")
        void noted() {
            assertThat(TimeWait.mptcp_init_tw_sock(b.sub(0), tw)).isZero();

            assertThat(tw.mptcp_tw.loc_key).isEqualTo(77);
            assertThat(tw.mptcp_tw.mpcb).isSameAs(b.mpcb);
            assertThat(tw.mptcp_tw.meta_tw).isFalse();
            assertThat(tw.mptcp_tw.in_list).isTrue();
            assertThat(list_entry(b.mpcb.tw_list.next)).isSameAs(tw.mptcp_tw);
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(3);
        }

        @ParameterizedTest
        @CsvSource({TCP_TIME_WAIT + ", 1000", TCP_FIN_WAIT2 + ", 1001"})
        @DisplayName("after the connection's end it knows what was received; in FIN_WAIT2 as if the DATA_FIN had come")
        void after_the_meta(int state, long rcv_nxt) {
            b.mpcb.in_time_wait = true;
            b.mpcb.mptw_state = state;

            TimeWait.mptcp_init_tw_sock(b.sub(0), tw);

            assertThat(tw.mptcp_tw.meta_tw).isTrue();
            assertThat(tw.mptcp_tw.rcv_nxt).isEqualTo((5L << 32) + rcv_nxt);
        }

        @Test
        @DisplayName("after a fallback there is nothing to note")
        void fallback() {
            b.mpcb.infinite_mapping_rcv = true;

            assertThat(TimeWait.mptcp_init_tw_sock(b.sub(0), tw)).isZero();
            assertThat(tw.mptcp_tw).isNull();
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(2);
        }

        @Test
        @DisplayName("-ENOBUFS: no memory, and nothing is held")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(TimeWait.mptcp_init_tw_sock(b.sub(0), tw)).isEqualTo(-ENOBUFS);
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(2);
        }
    }

    @Nested
    class mptcp_twsk_destructor {
        @Test
        @DisplayName("leaves the list, and gives the control block back")
        void in_list() {
            TimeWait.mptcp_init_tw_sock(b.sub(0), tw);

            TimeWait.mptcp_twsk_destructor(tw);

            assertThat(list_empty(b.mpcb.tw_list)).isTrue();
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(2);
        }

        @Test
        @DisplayName("does not touch a control block that is gone")
        void gone() {
            TimeWait.mptcp_init_tw_sock(b.sub(0), tw);
            tw.mptcp_tw.mpcb = null;
            TimeWait.mptcp_twsk_destructor(tw);
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(3);

            tw.mptcp_tw.mpcb = b.mpcb;
            b.mpcb.mpcb_refcnt = 0;
            TimeWait.mptcp_twsk_destructor(tw);
            assertThat(b.mpcb.mpcb_refcnt).isZero();
        }
    }

    @Nested
    class mptcp_time_wait {
        @ParameterizedTest
        @CsvSource({TCP_TIME_WAIT + ", 1000", TCP_FIN_WAIT2 + ", 1001"})
        @DisplayName("tells the TIME_WAITs of the subflows what was received, and ends the meta socket")
        void told(int state, long rcv_nxt) {
            MptcpConnection c = new MptcpConnection(1).connect();
            TimeWait.mptcp_init_tw_sock(subflow(c.c, 1), tw);
            long before = mptcp_get_rcv_nxt_64(c.c);

            locked(c.c, () -> TimeWait.mptcp_time_wait(c.c, state, 60_000));

            assertThat(tw.mptcp_tw.meta_tw).isTrue();
            assertThat(tw.mptcp_tw.rcv_nxt - before).isEqualTo(rcv_nxt - 1000);
            assertThat(c.c.mpcb.in_time_wait).isTrue();
            assertThat(c.c.mpcb.mptw_state).isEqualTo(state);
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            c.close();
        }
    }
}
