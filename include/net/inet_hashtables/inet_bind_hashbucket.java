// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import linux.list.hlist_head;

/** Ports that share a hash value. */
public final class inet_bind_hashbucket {
    public final hlist_head<inet_bind_bucket> chain = new hlist_head<>();
}
