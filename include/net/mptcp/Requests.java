// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.list.Lists.hlist_nulls_del_init_rcu;
import static linux.list.Lists.hlist_nulls_unhashed;
import static linux.tcp.Sockets.tcp_sk;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.SockTimers.sk_stop_timer;

import linux.jiffies.Jiffies;
import net.request_sock.request_sock;
import net.sock.sock;

/** Connection requests of MPTCP, and the timer that sends the SYN/ACKs of joining subflows again. */
public final class Requests {
    private Requests() {}

    /** @param len jiffies from now */
    public static void mptcp_reset_synack_timer(sock meta_sk, long len) {
        sk_reset_timer(meta_sk, tcp_sk(meta_sk).mpcb.synack_timer, Jiffies.jiffies + len);
    }

    public static void mptcp_delete_synack_timer(sock meta_sk) {
        sk_stop_timer(meta_sk, tcp_sk(meta_sk).mpcb.synack_timer);
    }

    public static mptcp_request_sock mptcp_rsk(request_sock req) {
        return (mptcp_request_sock) req;
    }

    public static request_sock rev_mptcp_rsk(mptcp_request_sock req) {
        return req;
    }

    /** Takes the request out of the table it is in (that of tokens, or that of joins), if it is in one. */
    public static void mptcp_hash_request_remove(request_sock req) {
        if (hlist_nulls_unhashed(mptcp_rsk(req).hash_entry)) {
            return;
        }

        hlist_nulls_del_init_rcu(mptcp_rsk(req).hash_entry);
    }
}
