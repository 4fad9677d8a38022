// SPDX-License-Identifier: GPL-2.0-only
package linux.list;

/**
 * Rings and hash chains, from {@code include/linux/list.h} and {@code rculist.h}. The {@code _rcu}
 * variants are the same here: nobody reads while another writes.
 */
public final class Lists {
    private Lists() {}

    public static <T> void INIT_LIST_HEAD(list_head<T> list) {
        list.next = list;
        list.prev = list;
    }

    static <T> void __list_add(list_head<T> entry, list_head<T> prev, list_head<T> next) {
        next.prev = entry;
        entry.next = next;
        entry.prev = prev;
        prev.next = entry;
    }

    /** Puts {@code entry} first: a stack. */
    public static <T> void list_add(list_head<T> entry, list_head<T> head) {
        __list_add(entry, head, head.next);
    }

    /** Puts {@code entry} last: a queue. */
    public static <T> void list_add_tail(list_head<T> entry, list_head<T> head) {
        __list_add(entry, head.prev, head);
    }

    static <T> void __list_del(list_head<T> prev, list_head<T> next) {
        next.prev = prev;
        prev.next = next;
    }

    static <T> void __list_del_entry(list_head<T> entry) {
        __list_del(entry.prev, entry.next);
    }

    /** Takes {@code entry} out; its links lead nowhere afterwards (C poisons them). */
    public static <T> void list_del(list_head<T> entry) {
        __list_del(entry.prev, entry.next);
        entry.next = null;
        entry.prev = null;
    }

    /** Takes {@code entry} out and leaves it as an empty list, so that it may be taken out twice. */
    public static <T> void list_del_init(list_head<T> entry) {
        __list_del_entry(entry);
        INIT_LIST_HEAD(entry);
    }

    public static <T> void list_move(list_head<T> entry, list_head<T> head) {
        __list_del_entry(entry);
        list_add(entry, head);
    }

    public static <T> void list_move_tail(list_head<T> entry, list_head<T> head) {
        __list_del_entry(entry);
        list_add_tail(entry, head);
    }

    public static <T> boolean list_empty(list_head<T> head) {
        return head.next == head;
    }

    static <T> void __list_splice(list_head<T> list, list_head<T> prev, list_head<T> next) {
        list_head<T> first = list.next;
        list_head<T> last = list.prev;

        first.prev = prev;
        prev.next = first;

        last.next = next;
        next.prev = last;
    }

    /** Moves all of {@code list} to the front of {@code head}; {@code list} is empty afterwards. */
    public static <T> void list_splice_init(list_head<T> list, list_head<T> head) {
        if (!list_empty(list)) {
            __list_splice(list, head, head.next);
            INIT_LIST_HEAD(list);
        }
    }

    public static <T> void list_splice_tail_init(list_head<T> list, list_head<T> head) {
        if (!list_empty(list)) {
            __list_splice(list, head.prev, head);
            INIT_LIST_HEAD(list);
        }
    }

    /** The struct that the link is part of: {@code container_of}. */
    public static <T> T list_entry(list_head<T> link) {
        return link.owner;
    }

    /** @param head not empty */
    public static <T> T list_first_entry(list_head<T> head) {
        return head.next.owner;
    }

    public static <T> void INIT_HLIST_NODE(hlist_node<T> h) {
        h.next = null;
        h.pprev = null;
    }

    public static <T> boolean hlist_unhashed(hlist_node<T> h) {
        return h.pprev == null;
    }

    public static <T> boolean hlist_empty(hlist_head<T> h) {
        return h.next == null;
    }

    public static <T> void __hlist_del(hlist_node<T> n) {
        hlist_node<T> next = n.next;
        HlistLink<T> pprev = n.pprev;

        pprev.next = next;
        if (next != null) {
            next.pprev = pprev;
        }
    }

    public static <T> void hlist_del(hlist_node<T> n) {
        __hlist_del(n);
        n.next = null;
        n.pprev = null;
    }

    public static <T> void hlist_del_init(hlist_node<T> n) {
        if (!hlist_unhashed(n)) {
            __hlist_del(n);
            INIT_HLIST_NODE(n);
        }
    }

    public static <T> void hlist_add_head(hlist_node<T> n, hlist_head<T> h) {
        hlist_node<T> first = h.next;
        n.next = first;
        if (first != null) {
            first.pprev = n;
        }
        h.next = n;
        n.pprev = h;
    }

    public static <T> void hlist_del_rcu(hlist_node<T> n) {
        hlist_del(n);
    }

    public static <T> void hlist_add_head_rcu(hlist_node<T> n, hlist_head<T> h) {
        hlist_add_head(n, h);
    }

    public static <T> void hlist_nulls_add_head_rcu(hlist_nulls_node<T> n, hlist_nulls_head<T> h) {
        hlist_nulls_node<T> first = h.next;

        n.next = first;
        n.pprev = h;
        h.next = n;
        if (first != null) {
            first.pprev = n;
        }
    }

    public static <T> boolean hlist_nulls_unhashed(hlist_nulls_node<T> h) {
        return h.pprev == null;
    }

    public static <T> boolean hlist_nulls_empty(hlist_nulls_head<T> h) {
        return h.next == null;
    }

    public static <T> void __hlist_nulls_del(hlist_nulls_node<T> n) {
        hlist_nulls_node<T> next = n.next;
        HlistNullsLink<T> pprev = n.pprev;

        pprev.next = next;
        if (next != null) {
            next.pprev = pprev;
        }
    }

    public static <T> void hlist_nulls_del(hlist_nulls_node<T> n) {
        __hlist_nulls_del(n);
        n.pprev = null;
    }

    public static <T> void hlist_nulls_del_rcu(hlist_nulls_node<T> n) {
        hlist_nulls_del(n);
    }

    public static <T> void hlist_nulls_del_init_rcu(hlist_nulls_node<T> n) {
        if (!hlist_nulls_unhashed(n)) {
            __hlist_nulls_del(n);
            n.pprev = null;
        }
    }
}
