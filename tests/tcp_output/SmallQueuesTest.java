// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.jiffies;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_empty;
import static linux.tcp.tcp_sock.MPTCP_PATH_MANAGER;
import static linux.tcp.tcp_sock.TCP_DELACK_TIMER_DEFERRED;
import static linux.tcp.tcp_sock.TCP_MTU_REDUCED_DEFERRED;
import static linux.tcp.tcp_sock.TCP_TSQ_DEFERRED;
import static linux.tcp.tcp_sock.TCP_WRITE_TIMER_DEFERRED;
import static linux.tcp.tcp_sock.TSQ_QUEUED;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static linux.workqueue.Workqueue.queued;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.sock.Nodes.sock_hold;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.TcpConst.TCP_NAGLE_CORK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class SmallQueuesTest {
    private Sender s;
    private tcp_sock tp;

    /** Calls of {@code write_xmit}: "mss nonagle push_one". */
    private final List<String> xmits = new ArrayList<>();

    @BeforeEach
    void setUp() {
        s = new Sender().established(1000);
        tp = s.tp;
        tp.nonagle = TCP_NAGLE_CORK;
        tp.write_xmit = (sk, mss_now, nonagle, push_one, gfp) ->
                xmits.add(mss_now + " " + nonagle + " " + push_one) && false;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    @Nested
    class tcp_tsq_handler {
        @ParameterizedTest
        @ValueSource(ints = {TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_CLOSING, TCP_CLOSE_WAIT, TCP_LAST_ACK})
        @DisplayName("sends in the states in which there may be something to send")
        void sends(int state) {
            tp.skc_state = state;

            SmallQueues.tcp_tsq_handler(tp);

            assertThat(xmits).containsExactly("1000 2 0");
        }

        @ParameterizedTest
        @ValueSource(ints = {TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE, TCP_LISTEN})
        @DisplayName("does nothing in the others")
        void does_not(int state) {
            tp.skc_state = state;

            SmallQueues.tcp_tsq_handler(tp);

            assertThat(xmits).isEmpty();
        }
    }

    /** A packet of {@code s} that a device holds. */
    private sk_buff onTheWay() {
        s.hold = true;
        s.queue(100);
        tp.write_xmit = WriteXmit::tcp_write_xmit;
        WriteXmit.tcp_write_xmit(tp, 1000, TCP_NAGLE_OFF, 0, GFP_ATOMIC);
        tp.write_xmit = (sk, mss_now, nonagle, push_one, gfp) ->
                xmits.add(mss_now + " " + nonagle + " " + push_one) && false;
        assertThat(s.held).hasSize(1);
        return s.held.get(0);
    }

    @Nested
    class tcp_wfree {
        @Test
        @DisplayName("gives the packet's memory back to the sender")
        void memory() {
            sk_buff skb = onTheWay();
            assertThat(tp.sk_wmem_alloc).isEqualTo(1 + skb.truesize);

            s.release();

            assertThat(tp.sk_wmem_alloc).isOne();
            assertThat(tp.tsq_flags).isZero();
        }

        @Test
        @DisplayName("a socket that was throttled goes on the tasklet's list, with one byte kept as a reference")
        void throttled() {
            onTheWay();
            tp.tsq_flags = 1 << TSQ_THROTTLED;
            local_bh_disable();

            s.release();

            assertThat(tp.tsq_flags).isEqualTo(1 << TSQ_QUEUED);
            assertThat(tp.sk_wmem_alloc).isEqualTo(2);
            assertThat(SmallQueues.tsq_tasklet.head.next.owner).isSameAs(tp);
            assertThat(xmits).isEmpty();

            local_bh_enable();

            assertThat(xmits).hasSize(1);
            assertThat(tp.sk_wmem_alloc).isOne();
        }

        @Test
        @DisplayName("a socket on the list is not put there twice")
        void once() {
            onTheWay();
            tp.tsq_flags = 1 << TSQ_THROTTLED | 1 << TSQ_QUEUED;

            s.release();

            assertThat(tp.tsq_flags).isEqualTo(1 << TSQ_QUEUED);
            assertThat(tp.sk_wmem_alloc).isOne();
            assertThat(list_empty(SmallQueues.tsq_tasklet.head)).isTrue();
        }
    }

    @Nested
    class tcp_tasklet_func {
        private void queued(Sender s) {
            s.tp.tsq_flags |= 1 << TSQ_QUEUED;
            s.tp.sk_wmem_alloc++;
            list_add(s.tp.tsq_node, SmallQueues.tsq_tasklet.head);
        }

        @Test
        @DisplayName("lets every socket on the list send, and drops the reference that kept it")
        void every_socket() {
            Sender other = new Sender().established(1);
            other.tp.write_xmit = tp.write_xmit;
            queued(s);
            queued(other);

            SmallQueues.tcp_tasklet_func(SmallQueues.tsq_tasklet);

            assertThat(xmits).containsExactly("1000 0 0", "1000 2 0");
            assertThat(list_empty(SmallQueues.tsq_tasklet.head)).isTrue();
            assertThat(tp.tsq_flags).isZero();
            assertThat(tp.sk_wmem_alloc).isOne();
            assertThat(tp.sk_lock.slock).isFalse();
            other.close();
        }

        @Test
        @DisplayName("a socket that a system call owns sends when it is released")
        void owned() {
            queued(s);
            tp.sk_lock.owned = 1;

            SmallQueues.tcp_tasklet_func(SmallQueues.tsq_tasklet);

            assertThat(xmits).isEmpty();
            assertThat(tp.tsq_flags).isEqualTo(1 << TCP_TSQ_DEFERRED);

            SmallQueues.tcp_release_cb(tp);

            assertThat(xmits).hasSize(1);
        }

        @Test
        @DisplayName("MPTCP: if the meta socket is owned, a subflow that is closed already is left alone")
        void closed_subflow() {
            Sender meta = new Sender().established(1);
            mptcp_static_key.enabled = 1;
            tp.mpc = true;
            tp.mpcb = new mptcp_cb();
            tp.mpcb.meta_sk = tp.meta_sk = meta.tp;
            meta.tp.sk_lock.owned = 1;
            tp.skc_state = TCP_CLOSE;
            queued(s);

            SmallQueues.tcp_tasklet_func(SmallQueues.tsq_tasklet);

            assertThat(xmits).isEmpty();
            assertThat(tp.tsq_flags).isZero();
            assertThat(tp.sk_wmem_alloc).isOne();
            assertThat(meta.tp.sk_lock.slock).isFalse();
            tp.mpc = false;
            meta.close();
        }
    }

    @Nested
    class tcp_release_cb {
        @Test
        @DisplayName("nothing was put off: the socket stays owned")
        void nothing() {
            tp.sk_lock.owned = 1;
            tp.tsq_flags = 1 << TSQ_THROTTLED | 1 << TSQ_QUEUED;

            SmallQueues.tcp_release_cb(tp);

            assertThat(tp.sk_lock.owned).isOne();
            assertThat(tp.tsq_flags).isEqualTo(1 << TSQ_THROTTLED | 1 << TSQ_QUEUED);
        }

        @ParameterizedTest
        @ValueSource(ints = {TCP_WRITE_TIMER_DEFERRED, TCP_DELACK_TIMER_DEFERRED})
        @DisplayName("runs the timer that found the socket owned, and drops its reference")
        void timers(int deferred) {
            sock_hold(tp);
            tp.sk_lock.owned = 1;
            tp.tsq_flags = 1 << deferred;
            tp.icsk_ack.pending = ICSK_ACK_SCHED | ICSK_ACK_TIMER;
            tp.icsk_ack.timeout = jiffies;
            tp.icsk_pending = ICSK_TIME_PROBE0;
            tp.icsk_timeout = jiffies;

            SmallQueues.tcp_release_cb(tp);

            assertThat(tp.tsq_flags).isZero();
            assertThat(tp.sk_lock.owned).isZero();
            assertThat(tp.skc_refcnt).isOne();
            assertThat(tp.icsk_pending == 0).isEqualTo(deferred == TCP_WRITE_TIMER_DEFERRED);
            assertThat(s.drain(1000)).hasSize(deferred == TCP_DELACK_TIMER_DEFERRED ? 1 : 0);
        }

        @Test
        @DisplayName("takes over a path MTU that an ICMP message has brought")
        void mtu() {
            List<sock> told = new ArrayList<>();
            s.af.mtu_reduced = told::add;
            sock_hold(tp);
            tp.tsq_flags = 1 << TCP_MTU_REDUCED_DEFERRED;

            SmallQueues.tcp_release_cb(tp);

            assertThat(told).containsExactly(tp);
            assertThat(tp.skc_refcnt).isOne();
        }

        @Test
        @DisplayName("lets the path manager do what needs the socket")
        void path_manager() {
            List<sock> told = new ArrayList<>();
            tp.mpcb = new mptcp_cb();
            tp.mpcb.pm_ops = new mptcp_pm_ops();
            sock_hold(tp);
            tp.tsq_flags = 1 << MPTCP_PATH_MANAGER;
            SmallQueues.tcp_release_cb(tp);
            assertThat(tp.skc_refcnt).isOne();

            tp.mpcb.pm_ops.release_sock = told::add;
            sock_hold(tp);
            tp.tsq_flags = 1 << MPTCP_PATH_MANAGER;
            SmallQueues.tcp_release_cb(tp);

            assertThat(told).containsExactly(tp);
            assertThat(tp.skc_refcnt).isOne();
        }
    }

    @Nested
    class tcp_tasklet_init {
        @Test
        @DisplayName("makes the list empty and the tasklet ready")
        void ready() {
            SmallQueues.tcp_tasklet_init();

            assertThat(list_empty(SmallQueues.tsq_tasklet.head)).isTrue();
            assertThat(SmallQueues.tsq_tasklet.tasklet.func).isNotNull();
            assertThat(SmallQueues.tsq_tasklet.tasklet.data).isSameAs(SmallQueues.tsq_tasklet);
        }
    }
}
