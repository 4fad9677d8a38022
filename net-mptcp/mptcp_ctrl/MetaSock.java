// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static af_inet.Create.inet_sock_destruct;
import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.jump_label.JumpLabel.static_key_false;
import static linux.kernel.Kernel.ltU32;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_empty;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.tcp.Sockets.tcp_sk;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static mptcp_ctrl.Close.mptcp_sub_close;
import static mptcp_ctrl.Subflows.mptcp_del_sock;
import static mptcp_ofo_queue.OfoQueue.mptcp_purge_ofo_queue;
import static mptcp_pm.PathManager.mptcp_cleanup_path_manager;
import static mptcp_sched.Registry.mptcp_cleanup_scheduler;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.Requests.mptcp_delete_synack_timer;
import static net.mptcp.Subflows.mptcp_sk_can_send_ack;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.sock.Callbacks.sk_wake_async;
import static net.sock.Flags.sock_flag;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Keepalive.keepalive_time_elapsed;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_set_state;
import static tcp_cong.Registry.tcp_init_congestion_control;
import static tcp_ipv4.Listen.tcp_v4_syn_recv_sock;
import static uapi.linux.siginfo.Siginfo.POLL_OUT;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;

import linux.compiler.KernelBug;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tw;
import net.request_sock.request_sock;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * Callbacks of meta sockets and subflows. A subflow is a TCP socket whose {@code sk_error_report}, {@code
 * sk_state_change} and {@code sk_destruct} are the functions here: what TCP would tell the application, they turn into
 * something that happens to the connection.
 */
public final class MetaSock {
    private MetaSock() {}

    /** {@code mpcb.syn_recv_sock}: makes the socket of a subflow when the third ACK of its MP_JOIN has come. */
    static sock mptcp_syn_recv_sock(sock sk, sk_buff skb, request_sock req, dst_entry dst) {
        return tcp_v4_syn_recv_sock(sk, skb, req, dst);
    }

    /**
     * The subflow to send a bare DATA_ACK on: the one with the shortest round trip among those heard of within the
     * connection's RTO, else the one heard of last.
     *
     * @return null: no subflow can send an ACK
     */
    public static sock mptcp_select_ack_sock(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        tcp_sock sk;
        sock rttsk = null;
        sock lastsk = null;
        int min_time = 0;
        int last_active = 0;

        for (sk = meta_tp.mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            tcp_sock tp = tcp_sk(sk);
            int elapsed;

            if (!mptcp_sk_can_send_ack(sk) || tp.pf) {
                continue;
            }

            elapsed = keepalive_time_elapsed(tp);

            if (ltU32(elapsed, inet_csk(meta_sk).icsk_rto)) {
                if (min_time == 0 || ltU32(tp.srtt, min_time)) {
                    min_time = tp.srtt;
                    rttsk = sk;
                }
                continue;
            }

            if (rttsk == null && (last_active == 0 || ltU32(elapsed, last_active))) {
                last_active = elapsed;
                lastsk = sk;
            }
        }

        if (rttsk != null) {
            return rttsk;
        }

        return lastsk;
    }

    /**
     * {@code sk_error_report} of a subflow: it is closed, and the application hears nothing of it. After a fallback
     * the one subflow is the connection, so the error is the connection's too.
     */
    @KernelBug("ends a meta socket that may have ended already, which gives a warning")
    static void mptcp_sock_def_error_report(sock sk) {
        mptcp_cb mpcb = tcp_sk(sk).mpcb;

        if (!sock_flag(sk, SOCK_DEAD)) {
            mptcp_sub_close(sk, 0);
        }

        if (mpcb.infinite_mapping_rcv || mpcb.infinite_mapping_snd || mpcb.send_infinite_mapping) {
            sock meta_sk = mptcp_meta_sk(sk);

            meta_sk.sk_err = sk.sk_err;
            meta_sk.sk_err_soft = sk.sk_err_soft;

            if (!sock_flag(meta_sk, SOCK_DEAD)) {
                meta_sk.sk_error_report.call(meta_sk);
            }

            tcp_done(meta_sk);
        }

        sk.sk_err = 0;
    }

    /** Gives a reference to the control block back: the meta socket, each subflow and each TIME_WAIT has one. */
    static void mptcp_mpcb_put(mptcp_cb mpcb) {
        if (--mpcb.mpcb_refcnt == 0) {
            mptcp_cleanup_path_manager(mpcb);
            mptcp_cleanup_scheduler(mpcb);
        }
    }

    /**
     * {@code sk_destruct} of a meta socket or a subflow. A subflow lets go of the meta socket, which therefore always
     * goes last; with it the TIME_WAITs lose their way to the control block.
     */
    static void mptcp_sock_destruct(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        BUG_ON(!list_empty(tp.mptcp.cb_list));

        tp.mptcp = null;

        if (!is_meta_sk(sk) && !tp.was_meta_sk) {
            sock_put(mptcp_meta_sk(sk));
            mptcp_mpcb_put(tp.mpcb);
        } else {
            mptcp_cb mpcb = tp.mpcb;

            for (list_head<mptcp_tw> p = mpcb.tw_list.next, next; p != mpcb.tw_list; p = next) {
                mptcp_tw mptw = p.owner;
                next = p.next;
                list_del(mptw.list);
                mptw.in_list = false;
                mptcp_mpcb_put(mpcb);
                mptw.mpcb = null;
            }

            mptcp_mpcb_put(mpcb);

            mptcp_debug("%s destroying meta-sk\n", "mptcp_sock_destruct");
        }

        WARN_ON(!static_key_false(mptcp_static_key));

        inet_sock_destruct(sk);
    }

    /**
     * The connection or the subflow is closed for good. A meta socket closes the subflows that are left: there are
     * some when the kernel has ended the connection itself, before its DATA_FIN was acknowledged.
     */
    public static void mptcp_destroy_sock(sock sk) {
        if (is_meta_sk(sk)) {
            tcp_sock sk_it;
            tcp_sock tmpsk;

            __skb_queue_purge(tcp_sk(sk).mpcb.reinject_queue);
            mptcp_purge_ofo_queue(tcp_sk(sk));

            for (sk_it = tcp_sk(sk).mpcb.connection_list; sk_it != null; sk_it = tmpsk) {
                tmpsk = sk_it.mptcp.next;
                // Closing already, or repeating an MP_FASTCLOSE until the peer's RST comes.
                if (tcp_sk(sk_it).closing || tcp_sk(sk_it).send_mp_fclose) {
                    continue;
                }

                // A close that was put off waits for the peer's FIN, which saves us the TIME_WAIT.
                if (delayed_work_pending(tcp_sk(sk_it).mptcp.work)) {
                    continue;
                }

                mptcp_sub_close(sk_it, 0);
            }

            mptcp_delete_synack_timer(sk);
        } else {
            mptcp_del_sock(sk);
        }
    }

    /** {@code sk_state_change} of a subflow: with the first one established, the connection is, and connect() ends. */
    static void mptcp_set_state(sock sk) {
        sock meta_sk = mptcp_meta_sk(sk);

        if ((1 << meta_sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0 && sk.skc_state == TCP_ESTABLISHED) {
            tcp_set_state(meta_sk, TCP_ESTABLISHED);

            if (!sock_flag(meta_sk, SOCK_DEAD)) {
                meta_sk.sk_state_change.call(meta_sk);
                sk_wake_async(meta_sk, SOCK_WAKE_IO, POLL_OUT);
            }
        }

        if (sk.skc_state == TCP_ESTABLISHED) {
            tcp_sk(sk).mptcp.establish_increased = true;
            tcp_sk(sk).mpcb.cnt_established++;
        }
    }

    /**
     * {@code init_congestion_control} of a subflow: the module that the application chose for the connection, or the
     * default.
     */
    public static void mptcp_init_congestion_control(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        inet_connection_sock meta_icsk = inet_csk(mptcp_meta_sk(sk));
        tcp_congestion_ops ca = meta_icsk.icsk_ca_ops;

        use_default: {
            if (ca == tcp_init_congestion_ops) {
                break use_default;
            }

            icsk.icsk_ca_ops = ca;
            if (icsk.icsk_ca_ops.init != null) {
                icsk.icsk_ca_ops.init.call(sk);
            }

            return;
        }

        icsk.icsk_ca_ops = tcp_init_congestion_ops;
        tcp_init_congestion_control(sk);
    }
}
