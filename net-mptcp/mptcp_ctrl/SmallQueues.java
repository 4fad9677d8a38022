// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.bug.Bug.BUG_ON;
import static linux.list.Lists.list_add;
import static linux.list.Lists.list_del_init;
import static linux.list.Lists.list_empty;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.MPTCP_SUB_DEFERRED;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.sock.Nodes.__sock_put;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;

import linux.list.list_head;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_tcp_sock;
import net.sock.sock;

/**
 * What a softirq wants to do with a subflow while the connection is owned by a task: {@code tcp_release_cb} does it,
 * but that is called for the meta socket only. So the subflow is noted in a list of the control block, and the meta
 * socket gets the flag {@code MPTCP_SUB_DEFERRED}.
 */
public final class SmallQueues {
    private SmallQueues() {}

    /** Notes {@code sk} to be seen to when the meta socket is released; both are held until then. */
    public static void mptcp_tsq_flags(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = mptcp_meta_sk(sk);

        // release_sock() will see its flags itself.
        if (is_meta_sk(sk)) {
            return;
        }

        if (list_empty(tp.mptcp.cb_list)) {
            list_add(tp.mptcp.cb_list, tp.mpcb.callback_list);
            // It may be destroyed while it is on the list.
            sock_hold(sk);
        }

        if ((tcp_sk(meta_sk).tsq_flags & 1 << MPTCP_SUB_DEFERRED) == 0) {
            tcp_sk(meta_sk).tsq_flags |= 1 << MPTCP_SUB_DEFERRED;
            sock_hold(meta_sk);
        }
    }

    /** The meta socket is being released: does what was put off for its subflows. */
    public static void mptcp_tsq_sub_deferred(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);

        BUG_ON(!is_meta_sk(meta_sk) && !meta_tp.was_meta_sk);

        __sock_put(meta_sk);
        list_head<mptcp_tcp_sock> head = meta_tp.mpcb.callback_list;
        for (list_head<mptcp_tcp_sock> p = head.next, tmp; p != head; p = tmp) {
            mptcp_tcp_sock mptcp = p.owner;
            tmp = p.next;
            tcp_sock tp = mptcp.tp;
            sock sk = tp;

            list_del_init(mptcp.cb_list);
            sk.skc_prot.release_cb.call(sk);
            sock_put(sk);
        }
    }
}
