// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.bug.Bug.WARN_ON;
import static linux.list.Lists.__hlist_del;
import static linux.list.Lists.__hlist_nulls_del;
import static linux.list.Lists.hlist_add_head;
import static linux.list.Lists.hlist_nulls_add_head_rcu;
import static linux.list.Lists.hlist_nulls_del_init_rcu;
import static linux.list.Lists.hlist_nulls_empty;
import static linux.list.Lists.hlist_nulls_unhashed;
import static net.sock.Alloc.sk_free;

import linux.list.hlist_head;
import linux.list.hlist_nulls_head;
import linux.list.hlist_nulls_node;

/**
 * Sockets in hash tables, and the references that keep them alive. Whoever leads to a socket holds one: its
 * descriptor, a running timer, its place in a table. Packets on its queues do not.
 *
 * <p>In C a socket has one node that serves both kinds of chains ({@code sk_node} and {@code sk_nulls_node} are a
 * union); here it is always the second kind, whose chains end in null.
 */
public final class Nodes {
    private Nodes() {}

    /** @param head not empty */
    static sock_common __sk_head(hlist_nulls_head<sock_common> head) {
        return head.first().owner;
    }

    /** The first of the chain, or null. */
    public static sock_common sk_head(hlist_nulls_head<sock_common> head) {
        return hlist_nulls_empty(head) ? null : __sk_head(head);
    }

    /** @param head not empty */
    static sock_common __sk_nulls_head(hlist_nulls_head<sock_common> head) {
        return head.first().owner;
    }

    /** The first of the chain, or null. A chain of an established table has time-wait sockets too. */
    public static sock_common sk_nulls_head(hlist_nulls_head<sock_common> head) {
        return hlist_nulls_empty(head) ? null : __sk_nulls_head(head);
    }

    public static sock_common sk_next(sock_common sk) {
        return sk.skc_nulls_node.next != null ? sk.skc_nulls_node.next.owner : null;
    }

    public static sock_common sk_nulls_next(sock_common sk) {
        return sk.skc_nulls_node.next != null ? sk.skc_nulls_node.next.owner : null;
    }

    public static boolean sk_unhashed(sock_common sk) {
        return hlist_nulls_unhashed(sk.skc_nulls_node);
    }

    public static boolean sk_hashed(sock_common sk) {
        return !sk_unhashed(sk);
    }

    public static void sk_node_init(hlist_nulls_node<sock_common> node) {
        node.pprev = null;
    }

    public static void sk_nulls_node_init(hlist_nulls_node<sock_common> node) {
        node.pprev = null;
    }

    static void __sk_del_node(sock_common sk) {
        __hlist_nulls_del(sk.skc_nulls_node);
    }

    /** Takes the socket out of its chain, if it is in one; the reference stays the caller's. */
    public static boolean __sk_del_node_init(sock_common sk) {
        if (sk_hashed(sk)) {
            __sk_del_node(sk);
            sk_node_init(sk.skc_nulls_node);
            return true;
        }
        return false;
    }

    /** One more reference; somebody must have one already. */
    public static void sock_hold(sock_common sk) {
        sk.skc_refcnt++;
    }

    /** Gives a reference back of which the caller knows that it is not the last one. */
    public static void __sock_put(sock_common sk) {
        sk.skc_refcnt--;
    }

    /** Takes the socket out of its chain, and gives back the reference that the chain held. */
    public static boolean sk_del_node_init(sock_common sk) {
        boolean rc = __sk_del_node_init(sk);

        if (rc) {
            WARN_ON(sk.skc_refcnt == 1);
            __sock_put(sk);
        }
        return rc;
    }

    public static boolean __sk_nulls_del_node_init_rcu(sock_common sk) {
        if (sk_hashed(sk)) {
            hlist_nulls_del_init_rcu(sk.skc_nulls_node);
            return true;
        }
        return false;
    }

    /** The same as {@link #sk_del_node_init}, for the established and listening tables. */
    public static boolean sk_nulls_del_node_init_rcu(sock_common sk) {
        boolean rc = __sk_nulls_del_node_init_rcu(sk);

        if (rc) {
            WARN_ON(sk.skc_refcnt == 1);
            __sock_put(sk);
        }
        return rc;
    }

    static void __sk_add_node(sock_common sk, hlist_nulls_head<sock_common> list) {
        hlist_nulls_add_head_rcu(sk.skc_nulls_node, list);
    }

    public static void sk_add_node(sock_common sk, hlist_nulls_head<sock_common> list) {
        sock_hold(sk);
        __sk_add_node(sk, list);
    }

    public static void __sk_nulls_add_node_rcu(sock_common sk, hlist_nulls_head<sock_common> list) {
        hlist_nulls_add_head_rcu(sk.skc_nulls_node, list);
    }

    public static void sk_nulls_add_node_rcu(sock_common sk, hlist_nulls_head<sock_common> list) {
        sock_hold(sk);
        __sk_nulls_add_node_rcu(sk, list);
    }

    public static void __sk_del_bind_node(sock_common sk) {
        __hlist_del(sk.skc_bind_node);
    }

    public static void sk_add_bind_node(sock_common sk, hlist_head<sock_common> list) {
        hlist_add_head(sk.skc_bind_node, list);
    }

    /** Gives a reference back; after the last one the socket is freed. */
    public static void sock_put(sock sk) {
        if (--sk.skc_refcnt == 0) {
            sk_free(sk);
        }
    }
}
