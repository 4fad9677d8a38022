// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import linux.list.hlist_nulls_head;
import net.sock.sock_common;

/** Connections (also those in TIME_WAIT) that share a hash value. */
public final class inet_ehash_bucket {
    public final hlist_nulls_head<sock_common> chain = new hlist_nulls_head<>();
}
