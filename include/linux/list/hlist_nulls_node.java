// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/**
 * A node of a chain of a hash table that is read without a lock, from {@code list_nulls.h}. In C the
 * end of the chain names the bucket, so that a reader who was carried into another chain notices;
 * with one CPU and no preemption nobody is, and the end is null.
 */
public final class hlist_nulls_node<T> extends HlistNullsLink<T> {
    /** Whose {@code next} leads here; null while the node is on no chain. */
    public HlistNullsLink<T> pprev;

    public final T owner;

    public hlist_nulls_node(T owner) {
        this.owner = owner;
    }
}
