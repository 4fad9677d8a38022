// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/** A hash chain: half the memory of a {@link list_head}, and no way to its end. */
public final class hlist_head<T> extends HlistLink<T> {
    public hlist_node<T> first() {
        return next;
    }
}
