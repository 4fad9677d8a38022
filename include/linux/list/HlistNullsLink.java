// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/** What points to the first or next node of a nulls chain: the head, or the node before. */
public abstract class HlistNullsLink<T> {
    /** The first node (of a head) or the next one (of a node); null at the end. */
    public hlist_nulls_node<T> next;
}
