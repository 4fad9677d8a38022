// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import linux.list.hlist_nulls_node;
import linux.tcp.tcp_request_sock;

/** A connection request with MP_CAPABLE, or a subflow that wants to join. */
public final class mptcp_request_sock extends tcp_request_sock {
    /** Place in the table of tokens (a new connection) or in that of joins. */
    public final hlist_nulls_node<mptcp_request_sock> hash_entry = new hlist_nulls_node<>(this);

    // ---- a new connection ----

    public long mptcp_loc_key;
    public long mptcp_rem_key;
    public int mptcp_loc_token;

    // ---- a subflow that joins; in C these share their place with the ones above ----

    public mptcp_cb mptcp_mpcb;
    public int mptcp_rem_nonce;
    public int mptcp_loc_nonce;
    public long mptcp_hash_tmac;

    /** Ids of the addresses in the MP_JOIN. */
    public int loc_id;

    public int rem_id;
    public boolean dss_csum;

    /** It joins a connection. */
    public boolean is_sub;

    public boolean low_prio;
    public boolean rcv_low_prio;
}
