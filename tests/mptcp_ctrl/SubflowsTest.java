// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.EPERM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.jiffies;
import static linux.skbuff.Free.kfree_skb;
import static linux.timer.Timers.setup_timer;
import static linux.timer.Timers.timer_pending;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_SCHED;
import static net.request_sock.Queues.reqsk_queue_alloc;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Multipath.mptcp;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.subflow;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_sched_ops;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;

@KernelTest
class SubflowsTest {
    private MptcpSockets b;
    private MptcpConnection c;

    @AfterEach
    void free() {
        if (b != null) {
            b.free();
        }
        if (c != null) {
            c.close();
        }
    }

    private MptcpSockets bare(int n) {
        b = new MptcpSockets(n);
        return b;
    }

    private MptcpConnection connection(int paths) {
        c = new MptcpConnection(paths).connect();
        for (int i = 2; i <= paths; i++) {
            c.join(i);
        }
        return c;
    }

    @Nested
    class mptcp_fallback_meta_sk {
        @Test
        @DisplayName("the queue of requests to join is gone; what tcp_done() still needs is not")
        void gone() {
            bare(0);
            reqsk_queue_alloc(b.meta.icsk_accept_queue, 32, GFP_ATOMIC);

            Subflows.mptcp_fallback_meta_sk(b.meta);

            assertThat(b.meta.icsk_accept_queue.listen_opt).isNull();
            assertThat(b.meta.mpcb).isNotNull();
            assertThat(b.meta.mptcp).isNotNull();
        }
    }

    @Nested
    class mptcp_add_sock {
        @Test
        @DisplayName("the new subflow is the first on the list, has an index of its own and holds the connection")
        void added() {
            bare(1);
            tcp_sock sub = FreshSocket.fresh();
            sub.sk_rmem_alloc = 700;
            b.mpcb.next_path_index = 2;

            assertThat(Subflows.mptcp_add_sock(b.meta, sub, 3, 4, GFP_KERNEL)).isZero();

            assertThat(b.mpcb.connection_list).isSameAs(sub);
            assertThat(sub.mptcp.next).isSameAs(b.sub(0));
            assertThat(sub.mptcp.path_index).isEqualTo(2);
            assertThat(sub.mptcp.loc_id).isEqualTo(3);
            assertThat(sub.mptcp.rem_id).isEqualTo(4);
            assertThat(sub.mptcp.attached).isTrue();
            assertThat(mptcp(sub)).isTrue();
            assertThat(sock_flag(sub, SOCK_MPTCP)).isTrue();
            assertThat(b.mpcb.cnt_subflows).isEqualTo(2);
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(3);
            assertThat(b.meta.skc_refcnt).isEqualTo(3);
            assertThat(b.meta.sk_rmem_alloc).as("its memory is the connection's").isEqualTo(700);
            assertThat(sub.nonagle).isEqualTo(TCP_NAGLE_OFF | TCP_NAGLE_PUSH);
        }

        @Test
        @DisplayName("-ENOMEM: no memory; -EPERM: there are 31 already. Neither is a subflow")
        void refused() {
            bare(1);
            tcp_sock sub = FreshSocket.fresh();
            Gfp.failNth(0);
            assertThat(Subflows.mptcp_add_sock(b.meta, sub, 0, 0, GFP_KERNEL)).isEqualTo(-ENOMEM);

            b.mpcb.path_index_bits = 0xfffffffe;
            assertThat(Subflows.mptcp_add_sock(b.meta, sub, 0, 0, GFP_KERNEL)).isEqualTo(-EPERM);

            assertThat(mptcp(sub)).isFalse();
            assertThat(b.mpcb.cnt_subflows).isOne();
            assertThat(b.meta.skc_refcnt).isEqualTo(2);
        }

        @Test
        @DisplayName("the scheduler may keep something of it; the static key counts it; its work closes it")
        void prepared() {
            bare(1);
            tcp_sock sub = FreshSocket.fresh();
            List<sock> told = new ArrayList<>();
            mptcp_sched_ops ops = new mptcp_sched_ops();
            ops.init = told::add;
            b.mpcb.sched_ops = ops;

            Subflows.mptcp_add_sock(b.meta, sub, 3, 4, GFP_KERNEL);

            assertThat(told).containsExactly(sub);
            assertThat(sub.mptcp.work.owner).isSameAs(sub.mptcp);
            assertThat(sub.mptcp.work.func).isNotNull();
            assertThat(sub.mptcp.cb_list.next).isSameAs(sub.mptcp.cb_list);
        }
    }

    @Nested
    class mptcp_del_sock {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        @DisplayName("takes any one out of the list, and its index may be given again; a second time changes nothing")
        void from_the_list(int which) {
            bare(3);
            tcp_sock sub = b.sub(which);
            sub.mptcp.establish_increased = true;

            Subflows.mptcp_del_sock(sub);
            Subflows.mptcp_del_sock(sub);

            List<tcp_sock> left = new ArrayList<>();
            for (tcp_sock tp = b.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
                left.add(tp);
            }
            assertThat(left).hasSize(2).doesNotContain(sub);
            assertThat(b.mpcb.cnt_subflows).isEqualTo(2);
            assertThat(b.mpcb.cnt_established).isEqualTo(2);
            assertThat(b.mpcb.path_index_bits & 1 << which + 1).isZero();
            assertThat(b.mpcb.master_sk == null).isEqualTo(which == 0);
        }

        @Test
        @DisplayName("what it has sent without an answer goes out again on another one")
        void reinject() {
            connection(2);
            c.netem(1, "delay 10ms loss 100%");
            // A full segment: Nagle's algorithm would hold a small one back.
            c.send(1428);
            c.run(1);
            assertThat(tcp_send_head(c.c)).isNull();
            c.wire();

            locked(c.c, () -> mptcp_sub_force_close(subflow(c.c, 1)));
            c.run(100);

            assertThat(c.wire()).anySatisfy(line -> assertThat(line).contains("flow 2 c>s").contains("len 1428"));
            assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(1428);
            c.netem(1, "delay 10ms");
        }

        @Test
        @DisplayName("a subflow that waits for its fourth ACK does not send the third again any more")
        void ack_timer() {
            bare(2);
            tcp_sock sub = b.sub(1);
            sub.mptcp.pre_established = true;
            setup_timer(sub.mptcp.mptcp_ack_timer, data -> {}, sub);
            sk_reset_timer(sub, sub.mptcp.mptcp_ack_timer, jiffies + 100);

            Subflows.mptcp_del_sock(sub);

            assertThat(timer_pending(sub.mptcp.mptcp_ack_timer)).isFalse();
            assertThat(sub.skc_refcnt).isOne();
        }
    }

    @Nested
    class mptcp_update_metasocket {
        @Test
        @DisplayName("tells the path manager about the connection, if it wants to know")
        void new_session() {
            bare(1);
            List<sock> told = new ArrayList<>();
            b.mpcb.pm_ops = new mptcp_pm_ops();
            Subflows.mptcp_update_metasocket(b.sub(0), b.meta);
            b.mpcb.pm_ops.new_session = told::add;

            Subflows.mptcp_update_metasocket(b.sub(0), b.meta);

            assertThat(told).containsExactly(b.meta);
        }
    }

    @Nested
    class mptcp_cleanup_rbuf {
        private final List<sock> acked = new ArrayList<>();

        private void ackable(int n) {
            bare(n);
            for (int i = 0; i < n; i++) {
                tcp_sock tp = b.sub(i);
                tp.icsk_ack.rcv_mss = 1000;
                tp.icsk_ack.pending = ICSK_ACK_SCHED;
                tp.icsk_af_ops.queue_xmit = (skb, fl) -> {
                    acked.add(tp);
                    kfree_skb(skb);
                    return 0;
                };
            }
        }

        @Test
        @DisplayName("sends the ACK that was put off when two segments have come, and on no subflow without one")
        void two_segments() {
            ackable(3);
            b.sub(1).rcv_nxt = b.sub(1).rcv_wup + 1001;
            b.sub(2).rcv_nxt = b.sub(2).rcv_wup + 1001;
            b.sub(2).icsk_ack.pending = 0;

            Subflows.mptcp_cleanup_rbuf(b.meta, 0);

            assertThat(acked).containsExactly(b.sub(1));
        }

        @Test
        @DisplayName("sends it after a small segment when everything was read, but waits for an answer to ride on")
        void pushed() {
            ackable(1);
            b.sub(0).icsk_ack.pending |= ICSK_ACK_PUSHED;
            b.sub(0).icsk_ack.pingpong = 1;
            Subflows.mptcp_cleanup_rbuf(b.meta, 10);
            assertThat(acked).as("it answers").isEmpty();

            b.sub(0).icsk_ack.pingpong = 0;
            b.meta.sk_rmem_alloc = 1;
            Subflows.mptcp_cleanup_rbuf(b.meta, 10);
            assertThat(acked).as("not all was read").isEmpty();

            b.meta.sk_rmem_alloc = 0;
            Subflows.mptcp_cleanup_rbuf(b.meta, 10);
            assertThat(acked).hasSize(1);
        }

        @Test
        @DisplayName("tells every subflow that can send when the window has become twice as large")
        void window() {
            ackable(2);
            b.sub(0).icsk_ack.pending = b.sub(1).icsk_ack.pending = 0;
            b.sub(1).skc_state = TCP_SYN_SENT;
            b.meta.window_clamp = 40_000;
            b.meta.rcv_wnd = 10_000;
            b.meta.rcv_wup = b.meta.rcv_nxt;
            b.sub(0).__select_window = sk -> 19_999;
            Subflows.mptcp_cleanup_rbuf(b.meta, 10);
            assertThat(acked).isEmpty();

            b.sub(0).__select_window = sk -> 20_000;
            Subflows.mptcp_cleanup_rbuf(b.meta, 10);
            assertThat(acked).containsExactly(b.sub(0));
        }

        @Test
        @DisplayName("nothing when nothing was read, or nobody will read any more")
        void not_read() {
            ackable(1);
            b.sub(0).icsk_ack.pending = 0;
            b.meta.window_clamp = 40_000;
            b.meta.rcv_wnd = 10_000;
            b.meta.rcv_wup = b.meta.rcv_nxt;
            b.sub(0).__select_window = sk -> 40_000;

            Subflows.mptcp_cleanup_rbuf(b.meta, 0);
            b.meta.sk_shutdown = RCV_SHUTDOWN;
            Subflows.mptcp_cleanup_rbuf(b.meta, 10);

            assertThat(acked).isEmpty();
        }

        @Test
        @DisplayName("an ACK that a task had kept from going out, and exactly a segment, or one more byte")
        void blocked() {
            ackable(1);
            b.sub(0).rcv_nxt = b.sub(0).rcv_wup + 1000;
            Subflows.mptcp_cleanup_rbuf(b.meta, 0);
            assertThat(acked).isEmpty();

            b.sub(0).icsk_ack.blocked = 1;
            Subflows.mptcp_cleanup_rbuf(b.meta, 0);
            assertThat(acked).hasSize(1);
        }
    }
}
