// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import linux.list.hlist_nulls_head;
import net.sock.sock_common;

/** Listeners that share a hash value. */
public final class inet_listen_hashbucket {
    public final hlist_nulls_head<sock_common> head = new hlist_nulls_head<>();
}
