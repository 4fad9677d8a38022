// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import linux.list.hlist_node;
import linux.list.hlist_nulls_node;
import net.net_namespace.net;

/**
 * What sockets, time-wait sockets and connection requests have in common: who talks to whom, and the
 * places in the hash tables.
 *
 * <p>Linux embeds this struct first in each of the three and gives its fields other names by macros: {@code
 * sk_state}, {@code tw_state} and {@code ireq_state} all are {@code skc_state}. Here the three inherit it
 * and the fields keep their own names.
 */
public abstract class sock_common {
    /** Addresses of the peer and of this side, host order. */
    public int skc_daddr;

    public int skc_rcv_saddr;

    /** Value in the hash table. */
    public int skc_hash;

    /** Ports of the peer and of this side, host order. */
    public int skc_dport;

    public int skc_num;

    /** {@code AF_INET}. */
    public int skc_family;

    /** {@code TCP_ESTABLISHED}, ... */
    public int skc_state;

    /** {@code SO_REUSEADDR}: 0 to 2. */
    public int skc_reuse;

    public boolean skc_reuseport;

    /** Index of the only device that may be used; 0: any. */
    public int skc_bound_dev_if;

    /** Place among those bound to the same port. */
    public final hlist_node<sock_common> skc_bind_node = new hlist_node<>(this);

    public proto skc_prot;
    public net skc_net;

    // ---- from here on not copied with the rest (skc_dontcopy_begin) ----

    /** Place among the established, listening or waiting ones. */
    public final hlist_nulls_node<sock_common> skc_nulls_node = new hlist_nulls_node<>(this);

    public int skc_tx_queue_mapping;
    public int skc_refcnt;

    // ---- skc_dontcopy_end ----

    /**
     * Copies all that {@code memcpy} copies in {@code sock_copy}, of whatever class the two are: embedded structs as a
     * whole, pointers as pointers, heads of queues and links of lists with what they lead to. Not copied: the place in
     * the hash table and the reference count (as in C), the lock, and whether timers are running (what C sets anew
     * right afterwards).
     */
    public void copy(sock_common o) {
        skc_daddr = o.skc_daddr;
        skc_rcv_saddr = o.skc_rcv_saddr;
        skc_hash = o.skc_hash;
        skc_dport = o.skc_dport;
        skc_num = o.skc_num;
        skc_family = o.skc_family;
        skc_state = o.skc_state;
        skc_reuse = o.skc_reuse;
        skc_reuseport = o.skc_reuseport;
        skc_bound_dev_if = o.skc_bound_dev_if;
        skc_bind_node.next = o.skc_bind_node.next;
        skc_bind_node.pprev = o.skc_bind_node.pprev;
        skc_prot = o.skc_prot;
        skc_net = o.skc_net;
    }
}
