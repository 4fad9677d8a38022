// SPDX-License-Identifier: GPL-2.0-only
package net.inet_timewait_sock;

import linux.list.hlist_node;
import net.inet_hashtables.inet_bind_bucket;
import net.sock.sock_common;

/** What takes the place of a socket in the hash tables after the connection: much smaller, and it times out. */
public class inet_timewait_sock extends sock_common {
    /** How long it lives, in jiffies. */
    public int tw_timeout;

    /** TIME_WAIT or FIN_WAIT2. */
    public int tw_substate;

    public int tw_rcv_wscale;

    /** Host order. */
    public int tw_sport;

    public boolean tw_transparent;
    public int tw_tos;

    /** When it dies, in jiffies (u32). */
    public int tw_ttd;

    public inet_bind_bucket tw_tb;
    public final hlist_node<inet_timewait_sock> tw_death_node = new hlist_node<>(this);
}
