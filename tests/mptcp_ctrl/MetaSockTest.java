// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ECONNRESET;
import static linux.jiffies.Jiffies.jiffies;
import static linux.list.Lists.list_empty;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.timer.Timers.timer_pending;
import static mptcp_ctrl.Functions.mptcp_send_reset;
import static mptcp_ctrl.TimeWait.mptcp_init_tw_sock;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.SockTimers.sk_reset_timer;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.softirq;
import static testing.MptcpConnection.subflow;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;
import testing.Skbs;
import testing.Vectors;

@KernelTest
class MetaSockTest {
    /** Bare sockets; null: the test has none. */
    private MptcpSockets b;

    /** A real connection; null: the test has none. */
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
    class mptcp_syn_recv_sock {
        @Test
        @DisplayName("makes the socket of a subflow: that is how the peer's join gets one")
        void join() {
            connection(2);

            assertThat(c.s.mpcb.syn_recv_sock).isNotNull();
            assertThat(c.s.mpcb.cnt_subflows).isEqualTo(2);
            assertThat(subflow(c.s, 2)).isNotNull().isNotSameAs(c.s);
        }
    }

    @Nested
    class mptcp_select_ack_sock {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("mptcp_select_ack_sock", row -> {
                int n = row.i32("in.n");
                MptcpSockets c = new MptcpSockets(n);
                jiffies = row.i64("in.jiffies");
                c.meta.icsk_rto = row.i32("in.meta.icsk_rto");
                for (int i = 0; i < n; i++) {
                    tcp_sock tp = c.sub(i);
                    String in = "in." + i + ".";
                    tp.skc_state = row.i32(in + "sk_state");
                    tp.pf = row.bool(in + "pf");
                    tp.mptcp.pre_established = row.bool(in + "pre_established");
                    tp.srtt = row.i32(in + "srtt");
                    tp.icsk_ack.lrcvtime = row.i32(in + "icsk_ack.lrcvtime");
                    tp.rcv_tstamp = row.i32(in + "rcv_tstamp");
                }

                assertThat(c.indexOf(MetaSock.mptcp_select_ack_sock(c.meta)))
                        .as(row.toString())
                        .isEqualTo(row.i32("out.selected"));
            });
        }
    }

    @Nested
    class mptcp_sock_def_error_report {
        @Test
        @DisplayName("a reset of one subflow ends that subflow, and the application hears nothing of it")
        void one_of_two() {
            connection(2);
            softirq(c.s, () -> mptcp_send_reset(subflow(c.s, 2)));
            c.run(100);

            assertThat(c.c.mpcb.cnt_subflows).isOne();
            assertThat(c.c.sk_err).isZero();
            assertThat(c.c.skc_state).isEqualTo(TCP_ESTABLISHED);
            c.send(10);
            c.run(100);
            assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(10);
        }

        @Test
        @DisplayName("after a fallback the reset is the connection's end, and the application's error")
        void fallback() {
            connection(1);
            c.c.mpcb.infinite_mapping_snd = true;
            softirq(c.s, () -> mptcp_send_reset(subflow(c.s, 1)));
            c.run(100);

            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(MptcpConnection.recv(c.clientFd)).isEqualTo(-ECONNRESET);
        }

        @Test
        @DisplayName("after a fallback the application hears of it, unless it has gone")
        void application() {
            connection(1);
            tcp_sock sub = subflow(c.c, 1);
            List<Integer> errors = new ArrayList<>();
            c.c.sk_error_report = sk -> errors.add(sk.sk_err);
            c.c.mpcb.infinite_mapping_snd = true;
            sub.sk_err = 104;

            locked(c.c, () -> MetaSock.mptcp_sock_def_error_report(sub));

            assertThat(errors).containsExactly(104);
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(sub.sk_err).isZero();
        }

        @Test
        @DisplayName("an error of a connection that has ended already: the kernel warns (a bug of its), and nothing else comes of it")
        void ended() {
            connection(1);
            tcp_sock sub = subflow(c.c, 1);
            c.c.mpcb.infinite_mapping_snd = true;
            locked(c.c, () -> MetaSock.mptcp_sock_def_error_report(sub));
            assertThat(Bug.warnings).isEmpty();

            locked(c.c, () -> MetaSock.mptcp_sock_def_error_report(sub));

            assertThat(Bug.warnings).hasSize(1).allMatch(w -> w.contains("tcp.Boot.tcp_done"));
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            Bug.warnings.clear();
        }
    }

    @Nested
    class mptcp_mpcb_put {
        @Test
        @DisplayName("the last one lets go of path manager and scheduler")
        void last() {
            bare(0);
            b.mpcb.mpcb_refcnt = 2;

            MetaSock.mptcp_mpcb_put(b.mpcb);
            assertThat(b.mpcb.pm_ops).isNotNull();
            MetaSock.mptcp_mpcb_put(b.mpcb);

            assertThat(b.mpcb.pm_ops).isNull();
            assertThat(b.mpcb.sched_ops).isNull();
        }
    }

    @Nested
    class mptcp_sock_destruct {
        @Test
        @DisplayName("a subflow gives back the meta socket and the control block, and counts no more as MPTCP")
        void of_a_subflow() {
            bare(2);
            tcp_sock sub = b.sub(1);
            sub.skc_state = TCP_CLOSE;
            sock_set_flag(sub, SOCK_DEAD);
            sock_set_flag(sub, SOCK_MPTCP);
            int enabled = mptcp_static_key.enabled;
            Enable.mptcp_enable_static_key();
            sub.skc_refcnt = sub.sk_wmem_alloc = 0;

            MetaSock.mptcp_sock_destruct(sub);

            assertThat(sub.mptcp).isNull();
            assertThat(b.meta.skc_refcnt).isEqualTo(2);
            assertThat(b.mpcb.mpcb_refcnt).isEqualTo(2);
            assertThat(mptcp_static_key.enabled).isEqualTo(enabled);
            b.sub(0).mptcp.next = null;
        }

        @Test
        @DisplayName("a meta socket takes from the TIME_WAITs their way to the control block")
        void meta() {
            connection(1);
            tcp_timewait_sock tw = new tcp_timewait_sock();
            mptcp_init_tw_sock(subflow(c.c, 1), tw);
            mptcp_cb mpcb = c.c.mpcb;
            assertThat(tw.mptcp_tw.mpcb).isSameAs(mpcb);

            c.close();

            assertThat(tw.mptcp_tw.mpcb).isNull();
            assertThat(tw.mptcp_tw.in_list).isFalse();
            assertThat(list_empty(mpcb.tw_list)).isTrue();
            assertThat(mpcb.mpcb_refcnt).isZero();
        }
    }

    @Nested
    class mptcp_destroy_sock {
        @Test
        @DisplayName("a connection that is given up closes the subflows that are left")
        void subflows() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            c.send(100);
            c.closeClient();
            // Nothing arrives: in the end the kernel gives the connection up.
            c.netem(1, "delay 10ms loss 100%").netem(2, "delay 10ms loss 100%");
            c.run(400_000);

            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            c.netem(1, "delay 10ms").netem(2, "delay 20ms");
        }

        @Test
        @DisplayName("what waits to be sent again is thrown away; subflows that are closing are let alone")
        void meta() {
            bare(2);
            b.sub(0).closing = true;
            b.sub(1).send_mp_fclose = true;
            __skb_queue_tail(b.mpcb.reinject_queue, Skbs.linear(10));

            MetaSock.mptcp_destroy_sock(b.meta);

            assertThat(skb_queue_empty(b.mpcb.reinject_queue)).isTrue();
            assertThat(b.mpcb.cnt_subflows).isEqualTo(2);
        }

        @Test
        @DisplayName("a subflow leaves the list")
        void alone() {
            bare(2);

            MetaSock.mptcp_destroy_sock(b.sub(1));

            assertThat(b.mpcb.cnt_subflows).isOne();
            assertThat(b.sub(0).mptcp.next).isNull();
        }

        @Test
        @DisplayName("what is out of order goes, and the timer of joins")
        void queues() {
            connection(1);
            sk_buff skb = testing.Skbs.linear(10);
            locked(c.c, () -> {
                linux.skbuff.Queue.__skb_queue_tail(c.c.out_of_order_queue, skb);
                sk_reset_timer(c.c, c.c.mpcb.synack_timer, jiffies + 10_000);
                MetaSock.mptcp_destroy_sock(c.c);
            });

            assertThat(c.c.out_of_order_queue.qlen).isZero();
            assertThat(timer_pending(c.c.mpcb.synack_timer)).isFalse();
        }
    }

    @Nested
    class mptcp_set_state {
        @Test
        @DisplayName("with the first subflow the connection is established, and who waits for that is woken")
        void first() {
            bare(1);
            b.meta.skc_state = TCP_SYN_SENT;
            b.mpcb.cnt_established = 0;
            List<sock> woken = new ArrayList<>();
            b.meta.sk_state_change = woken::add;

            MetaSock.mptcp_set_state(b.sub(0));

            assertThat(b.meta.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(woken).containsExactly(b.meta);
            assertThat(b.mpcb.cnt_established).isOne();
            assertThat(b.sub(0).mptcp.establish_increased).isTrue();
        }

        @Test
        @DisplayName("a subflow in another state changes nothing, a later one only the count")
        void later() {
            bare(2);
            b.meta.sk_state_change = sk -> {
                throw new AssertionError("woken");
            };
            b.sub(0).skc_state = TCP_FIN_WAIT1;

            MetaSock.mptcp_set_state(b.sub(0));
            assertThat(b.mpcb.cnt_established).isEqualTo(2);

            MetaSock.mptcp_set_state(b.sub(1));
            assertThat(b.mpcb.cnt_established).isEqualTo(3);
        }
    }

    @Nested
    class mptcp_init_congestion_control {
        @Test
        @DisplayName("the module that the application chose for the connection")
        void chosen() {
            bare(1);
            List<sock> inits = new ArrayList<>();
            tcp_congestion_ops ca = new tcp_congestion_ops();
            ca.init = inits::add;
            b.meta.icsk_ca_ops = ca;

            MetaSock.mptcp_init_congestion_control(b.sub(0));

            assertThat(b.sub(0).icsk_ca_ops).isSameAs(ca);
            assertThat(inits).containsExactly(b.sub(0));
        }

        @Test
        @DisplayName("the default if it has not chosen")
        void not_chosen() {
            bare(1);
            b.meta.icsk_ca_ops = tcp_init_congestion_ops;

            MetaSock.mptcp_init_congestion_control(b.sub(0));

            assertThat(b.sub(0).icsk_ca_ops.name).isEqualTo("cubic");
        }
    }
}
