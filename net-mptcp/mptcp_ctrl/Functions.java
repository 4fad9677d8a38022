// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.gtU32;
import static linux.printk.Printk.pI4;
import static linux.printk.Printk.pr_err;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Close.mptcp_sub_close;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.Enable.mptcp_enable_sock;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.mptcp_init_failed;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MptcpConst.MPTCP_SYSCTL;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.tcp.TcpConst.MPTCP_FLAG_DATA_ACKED;

import linux.tcp.tcp_sock;
import mptcp_ofo_queue.OfoQueue;
import mptcp_output.Sizes;
import net.inet_connection_sock.inet_connection_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import tcp.Recvmsg;
import tcp_input.Prune;
import tcp_input.Rtt;
import tcp_input.SendCheck;
import tcp_output.AckAndProbe;

/**
 * Inline functions of {@code include/net/mptcp.h} that reach into the C files. The four {@code set_} and {@code reset_}
 * ones are how TCP's code works for three kinds of sockets: what differs is called through a pointer in {@code
 * tcp_sock}. {@code mpc} stands for all sockets of an MPTCP connection, {@code meta_funcs} are the meta socket's only.
 */
public final class Functions {
    private Functions() {}

    /** From now on plain TCP. */
    public static void reset_mpc(tcp_sock tp) {
        tp.mpc = false;

        tp.__select_window = tcp_output.Push::__tcp_select_window;
        tp.select_window = tcp_output.Windows::tcp_select_window;
        tp.select_initial_window = tcp_output.Windows::tcp_select_initial_window;
        tp.init_buffer_space = tcp_input.Buffers::tcp_init_buffer_space;
        tp.set_rto = Rtt::tcp_set_rto;
        tp.should_expand_sndbuf = SendCheck::tcp_should_expand_sndbuf;
        tp.init_congestion_control = tcp_cong.Registry::tcp_init_congestion_control;
    }

    /** From now on a subflow, or plain TCP: not a meta socket. */
    public static void reset_meta_funcs(tcp_sock tp) {
        tp.send_fin = tcp_output.Fin::tcp_send_fin;
        tp.write_xmit = tcp_output.WriteXmit::tcp_write_xmit;
        tp.send_active_reset = tcp_output.Fin::tcp_send_active_reset;
        tp.write_wakeup = AckAndProbe::tcp_write_wakeup;
        tp.prune_ofo_queue = Prune::tcp_prune_ofo_queue;
        tp.retransmit_timer = tcp_timer.Retransmit::tcp_retransmit_timer;
        tp.time_wait = tcp_minisocks.TimeWait::tcp_time_wait;
        tp.cleanup_rbuf = Recvmsg::tcp_cleanup_rbuf;
    }

    /** A new TCP socket: no MPTCP yet, but if {@code net.mptcp.mptcp_enabled} is 1 it will try. */
    public static void mptcp_init_tcp_sock(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        reset_mpc(tp);
        reset_meta_funcs(tp);

        if (!mptcp_init_failed && sysctl_mptcp_enabled == MPTCP_SYSCTL) {
            mptcp_enable_sock(sk);
        }
    }

    /** Ends a subflow with a RST. */
    public static void mptcp_send_reset(sock sk) {
        tcp_sk(sk).send_active_reset.call(sk, GFP_ATOMIC);
        mptcp_sub_force_close(sk);
    }

    /** Ends all subflows but {@code except} (null: all), without a word to the peer. */
    public static void mptcp_sub_force_close_all(mptcp_cb mpcb, sock except) {
        tcp_sock sk_it;
        tcp_sock tmp;

        for (sk_it = mpcb.connection_list; sk_it != null; sk_it = tmp) {
            tmp = sk_it.mptcp.next;
            if (sk_it != except) {
                mptcp_sub_force_close(sk_it);
            }
        }
    }

    /**
     * The RTO of the connection is twice the longest of its subflows. While the meta socket is itself sending again it
     * stays, for the sake of its backoff.
     */
    public static void mptcp_set_rto(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        tcp_sock sk_it;
        inet_connection_sock micsk = inet_csk(mptcp_meta_sk(sk));
        int max_rto = 0;

        if (micsk.icsk_retransmits != 0) {
            return;
        }

        for (sk_it = tp.mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            if (mptcp_sk_can_send(sk_it) && gtU32(inet_csk(sk_it).icsk_rto, max_rto)) {
                max_rto = inet_csk(sk_it).icsk_rto;
            }
        }
        if (max_rto != 0) {
            micsk.icsk_rto = max_rto << 1;

            micsk.icsk_backoff = 0;
        }
    }

    /** The peer has closed this subflow: we do too, if the connection was closed, by it first, and all is delivered. */
    public static void mptcp_sub_close_passive(sock sk) {
        sock meta_sk = mptcp_meta_sk(sk);
        tcp_sock tp = tcp_sk(sk);
        tcp_sock meta_tp = tcp_sk(meta_sk);

        if (tp.mpcb.passive_close && meta_tp.snd_una == meta_tp.write_seq) {
            mptcp_sub_close(sk, 0);
        }
    }

    /**
     * An ACK has come that acknowledges data of a subflow but has no DATA_ACK: somewhere on the path options are
     * removed, so the connection falls back to TCP (RFC 6824, section 3.6). Only the first subflow can.
     *
     * @param flag of {@code tcp_ack}
     * @return true: the subflow is to be reset
     */
    public static boolean mptcp_fallback_infinite(sock sk, int flag) {
        tcp_sock tp = tcp_sk(sk);

        if (tp.mptcp.fully_established) {
            return false;
        }

        if ((flag & MPTCP_FLAG_DATA_ACKED) == 0) {
            return false;
        }

        if (tp.mpcb.infinite_mapping_snd) {
            return false;
        }

        pr_err("%s %#x will fallback - pi %d, src %s dst %s from %s\n", "mptcp_fallback_infinite",
                raw32(tp.mpcb.mptcp_loc_token), tp.mptcp.path_index, pI4(inet_sk(sk).inet_saddr),
                pI4(inet_sk(sk).skc_daddr), caller());
        if (!is_master_tp(tp)) {
            return true;
        }

        tp.mpcb.infinite_mapping_snd = true;
        tp.mpcb.infinite_mapping_rcv = true;
        tp.mptcp.fully_established = true;

        mptcp_sub_force_close_all(tp.mpcb, sk);

        return false;
    }

    /** {@code __builtin_return_address(0)} of the function that asks, by name. */
    private static String caller() {
        return StackWalker.getInstance()
                .walk(s -> s.skip(2).findFirst())
                .map(StackWalker.StackFrame::getMethodName)
                .orElse("?");
    }

    /** From now on a socket of an MPTCP connection. */
    public static void set_mpc(tcp_sock tp) {
        tp.mpc = true;

        tp.__select_window = mptcp_output.Window::__mptcp_select_window;
        tp.select_window = mptcp_output.Options::mptcp_select_window;
        tp.select_initial_window = Sizes::mptcp_select_initial_window;
        tp.init_buffer_space = mptcp_input.Buffers::mptcp_init_buffer_space;
        tp.set_rto = mptcp_input.Buffers::mptcp_tcp_set_rto;
        tp.should_expand_sndbuf = mptcp_input.Buffers::mptcp_should_expand_sndbuf;
        tp.init_congestion_control = MetaSock::mptcp_init_congestion_control;
    }

    /** From now on a meta socket. */
    public static void set_meta_funcs(tcp_sock tp) {
        tp.send_fin = mptcp_output.Fin::mptcp_send_fin;
        tp.write_xmit = mptcp_output.WriteXmit::mptcp_write_xmit;
        tp.send_active_reset = mptcp_output.Fin::mptcp_send_active_reset;
        tp.write_wakeup = mptcp_output.WriteXmit::mptcp_write_wakeup;
        tp.prune_ofo_queue = OfoQueue::mptcp_prune_ofo_queue;
        tp.retransmit_timer = mptcp_output.Timers::mptcp_retransmit_timer;
        tp.time_wait = TimeWait::mptcp_time_wait;
        tp.cleanup_rbuf = Subflows::mptcp_cleanup_rbuf;
    }
}
