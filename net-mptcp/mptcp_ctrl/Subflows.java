// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.EPERM;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.raw32;
import static linux.workqueue.Workqueue.INIT_DELAYED_WORK;
import static mptcp_ctrl.Clone.mptcp_sub_inherit_sockopts;
import static mptcp_ctrl.Enable.mptcp_enable_static_key;
import static mptcp_ctrl.Functions.set_mpc;
import static mptcp_output.Reinject.mptcp_reinject_data;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_PUSHED2;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.Paths.mptcp_set_new_pathindex;
import static net.mptcp.Subflows.mptcp_sk_can_send_ack;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Nodes.sock_hold;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.SockTimers.sk_stop_timer;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Windows.tcp_receive_window;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.Differs;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import mptcp_input.DataReady;
import mptcp_output.Window;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tcp_sock;
import net.sock.sock;

/** Subflows come and go: the list in the control block, and what is due to all of them when the reader has read. */
public final class Subflows {
    private Subflows() {}

    /** Takes back what {@link Clone#mptcp_alloc_mpcb} has made: the master could not become a subflow. */
    @Differs("keeps meta_tp.mptcp and mpcb; in C they are freed here, and used and freed again by the tcp_done() of "
            + "the caller")
    public static void mptcp_fallback_meta_sk(sock meta_sk) {
        inet_csk(meta_sk).icsk_accept_queue.listen_opt = null;
    }

    /**
     * Makes {@code sk} a subflow of {@code meta_sk}. It holds the meta socket and the control block until it is
     * destroyed, not just until it leaves the list.
     *
     * @param loc_id id of our address, {@code rem_id} of the peer's (RFC 6824, section 3.2); 0 those of the first
     *     subflow
     * @return 0; {@code -ENOMEM}; {@code -EPERM}: there are 31 already
     */
    public static int mptcp_add_sock(sock meta_sk, sock sk, int loc_id, int rem_id, int flags) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        tcp_sock tp = tcp_sk(sk);

        tp.mptcp = Gfp.fails(flags) ? null : new mptcp_tcp_sock();
        if (tp.mptcp == null) {
            return -ENOMEM;
        }

        tp.mptcp.path_index = mptcp_set_new_pathindex(mpcb);
        if (tp.mptcp.path_index == 0) {
            return -EPERM;
        }

        INIT_LIST_HEAD(tp.mptcp.cb_list);

        tp.mptcp.tp = tp;
        tp.mpcb = mpcb;
        tp.meta_sk = meta_sk;
        set_mpc(tp);

        if (!sock_flag(sk, SOCK_MPTCP)) {
            mptcp_enable_static_key();
            sock_set_flag(sk, SOCK_MPTCP);
        }

        tp.mptcp.loc_id = loc_id & 0xff;
        tp.mptcp.rem_id = rem_id & 0xff;
        if (mpcb.sched_ops.init != null) {
            mpcb.sched_ops.init.call(sk);
        }

        // Given back by mptcp_sock_destruct().
        sock_hold(meta_sk);
        mpcb.mpcb_refcnt++;

        tp.mptcp.next = mpcb.connection_list;
        mpcb.connection_list = tp;
        tp.mptcp.attached = true;

        mpcb.cnt_subflows = mpcb.cnt_subflows + 1 & 0xff;
        meta_sk.sk_rmem_alloc += sk.sk_rmem_alloc;

        mptcp_sub_inherit_sockopts(meta_sk, sk);
        INIT_DELAYED_WORK(tp.mptcp.work, Close::mptcp_sub_close_wq, tp.mptcp);

        sk.sk_error_report = MetaSock::mptcp_sock_def_error_report;
        sk.sk_data_ready = DataReady::mptcp_data_ready;
        sk.sk_write_space = Window::mptcp_write_space;
        sk.sk_state_change = MetaSock::mptcp_set_state;
        sk.sk_destruct = MetaSock::mptcp_sock_destruct;

        if (sk.skc_family == AF_INET) {
            mptcp_debug("%s: token %#x pi %d, src_addr:%s:%d dst_addr:%s:%d, cnt_subflows now %d\n",
                    "mptcp_add_sock", raw32(mpcb.mptcp_loc_token), tp.mptcp.path_index, pI4(tp.inet_saddr),
                    tp.inet_sport, pI4(tp.skc_daddr), tp.skc_dport, mpcb.cnt_subflows);
        }

        return 0;
    }

    /**
     * Takes a subflow off the list. What it has sent without being acknowledged for is to be sent again on another one.
     * The socket itself lives on: its FIN may still be on the way.
     */
    public static void mptcp_del_sock(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        tcp_sock tp_prev;
        mptcp_cb mpcb;

        if (tp.mptcp == null || !tp.mptcp.attached) {
            return;
        }

        mpcb = tp.mpcb;
        tp_prev = mpcb.connection_list;

        mptcp_debug("%s: Removing subsock tok %#x pi:%d state %d is_meta? %d\n", "mptcp_del_sock",
                raw32(mpcb.mptcp_loc_token), tp.mptcp.path_index, sk.skc_state, is_meta_sk(sk) ? 1 : 0);

        if (tp_prev == tp) {
            mpcb.connection_list = tp.mptcp.next;
        } else {
            for (; tp_prev != null && tp_prev.mptcp.next != null; tp_prev = tp_prev.mptcp.next) {
                if (tp_prev.mptcp.next == tp) {
                    tp_prev.mptcp.next = tp.mptcp.next;
                    break;
                }
            }
        }
        mpcb.cnt_subflows = mpcb.cnt_subflows - 1 & 0xff;
        if (tp.mptcp.establish_increased) {
            mpcb.cnt_established--;
        }

        tp.mptcp.next = null;
        tp.mptcp.attached = false;
        mpcb.path_index_bits &= ~(1 << tp.mptcp.path_index);

        if (!skb_queue_empty(sk.sk_write_queue)) {
            mptcp_reinject_data(sk, 0);
        }

        if (is_master_tp(tp)) {
            mpcb.master_sk = null;
        } else if (tp.mptcp.pre_established) {
            sk_stop_timer(sk, tp.mptcp.mptcp_ack_timer);
        }

        inet_sk(sk).inet_opt = null;
    }

    /** The connection is made: the path manager may begin. */
    public static void mptcp_update_metasocket(sock sk, sock meta_sk) {
        if (tcp_sk(sk).mpcb.pm_ops.new_session != null) {
            tcp_sk(sk).mpcb.pm_ops.new_session.call(meta_sk);
        }
    }

    /**
     * {@code cleanup_rbuf} of a meta socket: the application has read {@code copied} bytes. Each subflow on which an
     * ACK was put off, or on which the window to offer has become at least twice as large, sends an ACK.
     */
    public static void mptcp_cleanup_rbuf(sock meta_sk, int copied) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        tcp_sock sk;
        int rcv_window_now = 0;

        if (copied > 0 && (meta_sk.sk_shutdown & RCV_SHUTDOWN) == 0) {
            rcv_window_now = tcp_receive_window(meta_tp);

            if (gtU32(2 * rcv_window_now, meta_tp.window_clamp)) {
                rcv_window_now = 0;
            }
        }

        for (sk = meta_tp.mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            tcp_sock tp = tcp_sk(sk);
            inet_connection_sock icsk = inet_csk(sk);

            if (!mptcp_sk_can_send_ack(sk)) {
                continue;
            }

            second_part: {
                if (!inet_csk_ack_scheduled(sk)) {
                    break second_part;
                }
                if (icsk.icsk_ack.blocked != 0
                        || gtU32(tp.rcv_nxt - tp.rcv_wup, icsk.icsk_ack.rcv_mss)
                        // One who answers does not write between two reads: let the ACK ride on the answer.
                        || copied > 0
                                && ((icsk.icsk_ack.pending & ICSK_ACK_PUSHED2) != 0
                                        || (icsk.icsk_ack.pending & ICSK_ACK_PUSHED) != 0
                                                && icsk.icsk_ack.pingpong == 0)
                                && meta_sk.sk_rmem_alloc == 0) {
                    tcp_send_ack(sk);
                    continue;
                }
            }
            if (rcv_window_now != 0) {
                int new_window = tp.__select_window.call(sk);

                if (new_window != 0 && geU32(new_window, 2 * rcv_window_now)) {
                    tcp_send_ack(sk);
                }
            }
        }
    }
}
