// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

/**
 * The place of the pointer that leads to a request: what C passes as {@code struct request_sock **}. Either the
 * head of a hash chain or the request in front.
 */
public final class ReqLink {
    private request_sock[] table;
    private int slot;
    private request_sock before;

    /** {@code prev = &table[slot]}. */
    public void set(request_sock[] table, int slot) {
        this.table = table;
        this.slot = slot;
        before = null;
    }

    /** {@code prev = &req->dl_next}. */
    public void set(request_sock req) {
        before = req;
    }

    /** {@code *prev}. */
    public request_sock get() {
        return before != null ? before.dl_next : table[slot];
    }

    /** {@code *prev = req}. */
    public void put(request_sock req) {
        if (before != null) {
            before.dl_next = req;
        } else {
            table[slot] = req;
        }
    }
}
