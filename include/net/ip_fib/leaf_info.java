// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import linux.list.list_head;

/** A prefix and the routes to it, best first. */
public final class leaf_info {
    public final int key;
    public final int plen;

    /** The mask of the prefix. */
    public final int mask_plen;

    /** Sorted by type of service (highest first), then by metric (lowest first). */
    public final list_head<fib_alias> falh = new list_head<>();

    public leaf_info(int key, int plen, int mask) {
        this.key = key;
        this.plen = plen;
        mask_plen = mask;
    }
}
