// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.list.Lists.hlist_nulls_del_init_rcu;
import static mptcp_ctrl.Tokens.mptcp_hash_tk;
import static net.mptcp.Globals.tk_hashtable;
import static net.net_namespace.NetNs.net_eq;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.sock_hold;

import linux.list.hlist_nulls_node;
import linux.tcp.tcp_sock;
import net.net_namespace.net;
import net.sock.sock;

/** Connections by token: where {@code mptcp_input} looks when a SYN with MP_JOIN comes. */
public final class TokenTable {
    private TokenTable() {}

    /** The connection that has this token, with a reference for the caller; null: none. */
    public static sock mptcp_hash_find(net net, int token) {
        int hash = mptcp_hash_tk(token);
        sock meta_sk = null;
        hlist_nulls_node<tcp_sock> node;

        found: {
            out:
            for (node = tk_hashtable[hash].first(); node != null; node = node.next) {
                tcp_sock meta_tp = node.owner;
                meta_sk = meta_tp;
                if (token == meta_tp.mptcp_loc_token && net_eq(net, sock_net(meta_sk))) {
                    if (meta_sk.skc_refcnt == 0) {
                        break out;
                    }
                    sock_hold(meta_sk);
                    break found;
                }
            }
            meta_sk = null;
        }
        return meta_sk;
    }

    /** No more subflows for this connection. The two do the same; this one is for process context. */
    public static void mptcp_hash_remove_bh(tcp_sock meta_tp) {
        hlist_nulls_del_init_rcu(meta_tp.tk_table);
        meta_tp.inside_tk_table = false;
    }

    /** No more subflows for this connection. */
    public static void mptcp_hash_remove(tcp_sock meta_tp) {
        hlist_nulls_del_init_rcu(meta_tp.tk_table);
        meta_tp.inside_tk_table = false;
    }
}
