// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.tasklet_init;
import static linux.interrupt.Softirq.tasklet_schedule;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_splice_init;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.MPTCP_PATH_MANAGER;
import static linux.tcp.tcp_sock.MPTCP_SUB_DEFERRED;
import static linux.tcp.tcp_sock.TCP_DELACK_TIMER_DEFERRED;
import static linux.tcp.tcp_sock.TCP_MTU_REDUCED_DEFERRED;
import static linux.tcp.tcp_sock.TCP_TSQ_DEFERRED;
import static linux.tcp.tcp_sock.TCP_WRITE_TIMER_DEFERRED;
import static linux.tcp.tcp_sock.TSQ_QUEUED;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static mptcp_ctrl.SmallQueues.mptcp_tsq_flags;
import static mptcp_ctrl.SmallQueues.mptcp_tsq_sub_deferred;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.sock.Alloc.sk_free;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Lock.sock_release_ownership;
import static net.sock.Nodes.__sock_put;
import static net.sock.Owner.sock_wfree;
import static net.tcp.Multipath.mptcp;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_CLOSING;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_FIN_WAIT1;
import static net.tcp_states.TcpState.TCPF_LAST_ACK;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_timer.Delack.tcp_delack_timer_handler;
import static tcp_timer.Retransmit.tcp_write_timer_handler;

import linux.interrupt.tasklet_struct;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * TCP small queues: what a connection may have waiting below TCP, in queueing disciplines and devices, is kept small
 * ({@code tcp_limit_output_bytes}, or a millisecond at the pacing rate). So packets wait where they can still be
 * cut, merged or forgotten, and others see short queues and true round-trip times.
 *
 * <p>{@link WriteXmit#tcp_write_xmit} stops at the limit and marks the socket {@code TSQ_THROTTLED}. When a device
 * has sent a packet and frees it, {@link #tcp_wfree} finds the mark. It must not send from there, since the device's
 * lock may be held, so it puts the socket on the list of a tasklet, and {@link #tcp_tasklet_func} goes on sending
 * a little later; or, if a system call owns the socket, {@link #tcp_release_cb} does when that is over.
 *
 * <p>{@link #tcp_release_cb} also does what else was put off until the socket is released: timers, a new path MTU,
 * and the work of MPTCP.
 */
public final class SmallQueues {
    private SmallQueues() {}

    /** {@code struct tsq_tasklet}: the sockets that may send again. In C there is one for each CPU. */
    static final class tsq_tasklet {
        final tasklet_struct tasklet = new tasklet_struct();
        final list_head<tcp_sock> head = new list_head<>();
    }

    static tsq_tasklet tsq_tasklet;

    private static final int TCP_DEFERRED_ALL = 1 << TCP_TSQ_DEFERRED | 1 << TCP_WRITE_TIMER_DEFERRED
            | 1 << TCP_DELACK_TIMER_DEFERRED | 1 << TCP_MTU_REDUCED_DEFERRED | 1 << MPTCP_PATH_MANAGER
            | 1 << MPTCP_SUB_DEFERRED;

    /** Sends what may be sent, if the connection is in a state in which data go out. */
    static void tcp_tsq_handler(sock sk) {
        if ((1 << sk.skc_state
                & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_CLOSE_WAIT | TCPF_LAST_ACK)) != 0) {
            tcp_sk(sk).write_xmit.call(sk, tcp_current_mss(sk), tcp_sk(sk).nonagle, 0, GFP_ATOMIC);
        }
    }

    /**
     * The tasklet: lets every socket on the list send. The lock to ask for is the meta socket's, and after the
     * subflow the meta socket itself may have something for it.
     */
    static void tcp_tasklet_func(Object data) {
        tsq_tasklet tsq = (tsq_tasklet) data;
        list_head<tcp_sock> list = new list_head<>();
        list_head<tcp_sock> q;
        list_head<tcp_sock> n;
        tcp_sock tp;
        sock sk;
        sock meta_sk;

        list_splice_init(tsq.head, list);

        for (q = list.next; q != list; q = n) {
            n = q.next;
            tp = q.owner;
            list_del(tp.tsq_node);

            sk = tp;
            meta_sk = mptcp(tp) ? mptcp_meta_sk(sk) : sk;
            bh_lock_sock(meta_sk);

            exit:
            if (!sock_owned_by_user(meta_sk)) {
                tcp_tsq_handler(sk);
                if (mptcp(tp)) {
                    tcp_tsq_handler(meta_sk);
                }
            } else {
                if (mptcp(tp) && sk.skc_state == TCP_CLOSE) {
                    break exit;
                }

                tp.tsq_flags |= 1 << TCP_TSQ_DEFERRED;

                if (mptcp(tp)) {
                    mptcp_tsq_flags(sk);
                }
            }
            bh_unlock_sock(meta_sk);

            tp.tsq_flags &= ~(1 << TSQ_QUEUED);
            sk_free(sk);
        }
    }

    /**
     * Does what interrupts have put off because the socket was owned. Called by {@code release_sock}, with bottom
     * halves disabled, when the backlog is empty.
     *
     * <p>The timers' handlers expect a socket that nobody owns, so ownership ends in the middle of this.
     */
    public static void tcp_release_cb(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int flags;
        int nflags;

        flags = tp.tsq_flags;
        if ((flags & TCP_DEFERRED_ALL) == 0) {
            return;
        }
        nflags = flags & ~TCP_DEFERRED_ALL;
        tp.tsq_flags = nflags;

        if ((flags & 1 << TCP_TSQ_DEFERRED) != 0) {
            tcp_tsq_handler(sk);
        }

        sock_release_ownership(sk);

        if ((flags & 1 << TCP_WRITE_TIMER_DEFERRED) != 0) {
            tcp_write_timer_handler(sk);
            __sock_put(sk);
        }
        if ((flags & 1 << TCP_DELACK_TIMER_DEFERRED) != 0) {
            tcp_delack_timer_handler(sk);
            __sock_put(sk);
        }
        if ((flags & 1 << TCP_MTU_REDUCED_DEFERRED) != 0) {
            inet_csk(sk).icsk_af_ops.mtu_reduced.call(sk);
            __sock_put(sk);
        }
        if ((flags & 1 << MPTCP_PATH_MANAGER) != 0) {
            if (tcp_sk(sk).mpcb.pm_ops.release_sock != null) {
                tcp_sk(sk).mpcb.pm_ops.release_sock.call(sk);
            }
            __sock_put(sk);
        }
        if ((flags & 1 << MPTCP_SUB_DEFERRED) != 0) {
            mptcp_tsq_sub_deferred(sk);
        }
    }

    /** Called when TCP is set up. */
    public static void tcp_tasklet_init() {
        tsq_tasklet tsq = tsq_tasklet;

        INIT_LIST_HEAD(tsq.head);
        tasklet_init(tsq.tasklet, SmallQueues::tcp_tasklet_func, tsq);
    }

    /**
     * The destructor of a packet that TCP sent: its memory is the sender's again. A socket that waits for that goes
     * on the tasklet's list; one byte of the memory stays charged, as the reference that keeps the socket alive
     * until {@link #tcp_tasklet_func} is done with it.
     */
    public static void tcp_wfree(sk_buff skb) {
        sock sk = skb.sk;
        tcp_sock tp = tcp_sk(sk);

        if (testAndClear(tp, TSQ_THROTTLED) && !testAndSet(tp, TSQ_QUEUED)) {
            tsq_tasklet tsq;

            sk.sk_wmem_alloc -= skb.truesize - 1;

            tsq = tsq_tasklet;
            list_add(tp.tsq_node, tsq.head);
            tasklet_schedule(tsq.tasklet);
        } else {
            sock_wfree(skb);
        }
    }

    private static boolean testAndClear(tcp_sock tp, int bit) {
        boolean was = (tp.tsq_flags & 1 << bit) != 0;
        tp.tsq_flags &= ~(1 << bit);
        return was;
    }

    private static boolean testAndSet(tcp_sock tp, int bit) {
        boolean was = (tp.tsq_flags & 1 << bit) != 0;
        tp.tsq_flags |= 1 << bit;
        return was;
    }
}
