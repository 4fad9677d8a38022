// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/** The chain of a bucket of {@link hlist_nulls_node}s. */
public final class hlist_nulls_head<T> extends HlistNullsLink<T> {
    public hlist_nulls_node<T> first() {
        return next;
    }
}
