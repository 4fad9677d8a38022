// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/** A node of a hash chain, embedded in its {@code owner}. */
public final class hlist_node<T> extends HlistLink<T> {
    /** Whose {@code next} leads here; null while the node is on no chain. */
    public HlistLink<T> pprev;

    public final T owner;

    public hlist_node(T owner) {
        this.owner = owner;
    }
}
