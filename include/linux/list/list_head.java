// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/**
 * A link of a doubly linked ring. The head is a link without an owner; a struct that is on a list
 * embeds a link that knows its owner, which is what {@code container_of} finds out in C.
 */
public final class list_head<T> {
    public list_head<T> next;
    public list_head<T> prev;

    /** The struct that this link is part of; null for the head of a list. */
    public final T owner;

    /** The head of an empty list. */
    public list_head() {
        owner = null;
        next = this;
        prev = this;
    }

    /** The link of {@code owner}, on no list. */
    public list_head(T owner) {
        this.owner = owner;
        next = this;
        prev = this;
    }
}
