// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.bug.Bug.BUG_ON;
import static linux.skbuff.Free.kfree_skb;

/**
 * Queues of packets. A packet stands in one queue at a time. What a cast from the head is in C, the end of a
 * walk or the place before the first packet, is null here.
 *
 * <p>The names with underscores are for those who hold the lock already. On one CPU without preemption there is
 * no lock to take: both kinds do the same.
 */
public final class Queue {
    private Queue() {}

    // ---- include/linux/skbuff.h ----

    public static boolean skb_queue_empty(sk_buff_head list) {
        return list.next == null;
    }

    /** Is it the last one of this queue? A packet of another queue is not, wherever it stands there. */
    public static boolean skb_queue_is_last(sk_buff_head list, sk_buff skb) {
        return list.prev == skb;
    }

    /** Is it the first one of this queue? */
    public static boolean skb_queue_is_first(sk_buff_head list, sk_buff skb) {
        return list.next == skb;
    }

    /** The packet behind one that is not the last. */
    public static sk_buff skb_queue_next(sk_buff_head list, sk_buff skb) {
        BUG_ON(skb_queue_is_last(list, skb));
        return skb.next;
    }

    /** The packet before one that is not the first. */
    public static sk_buff skb_queue_prev(sk_buff_head list, sk_buff skb) {
        BUG_ON(skb_queue_is_first(list, skb));
        return skb.prev;
    }

    /** The first packet, which stays where it is; null: the queue is empty. */
    public static sk_buff skb_peek(sk_buff_head list_) {
        return list_.next;
    }

    /** The last packet, which stays where it is; null: the queue is empty. */
    public static sk_buff skb_peek_tail(sk_buff_head list_) {
        return list_.prev;
    }

    public static int skb_queue_len(sk_buff_head list_) {
        return list_.qlen;
    }

    /** Makes the queue empty; what was in it is not freed. */
    public static void __skb_queue_head_init(sk_buff_head list) {
        list.prev = list.next = null;
        list.qlen = 0;
    }

    public static void skb_queue_head_init(sk_buff_head list) {
        __skb_queue_head_init(list);
    }

    /** @param prev null: the new packet becomes the first; {@code next} null: the last */
    static void __skb_insert(sk_buff newsk, sk_buff prev, sk_buff next, sk_buff_head list) {
        newsk.next = next;
        newsk.prev = prev;
        if (next != null) {
            next.prev = newsk;
        } else {
            list.prev = newsk;
        }
        if (prev != null) {
            prev.next = newsk;
        } else {
            list.next = newsk;
        }
        list.qlen++;
    }

    /** Puts all of {@code list} into {@code head}. @param prev null: in front of all; {@code next} null: behind all */
    static void __skb_queue_splice(sk_buff_head list, sk_buff prev, sk_buff next, sk_buff_head head) {
        sk_buff first = list.next;
        sk_buff last = list.prev;

        first.prev = prev;
        if (prev != null) {
            prev.next = first;
        } else {
            head.next = first;
        }

        last.next = next;
        if (next != null) {
            next.prev = last;
        } else {
            head.prev = last;
        }
    }

    /** Moves all of {@code list} behind what is in {@code head}. */
    public static void skb_queue_splice_tail_init(sk_buff_head list, sk_buff_head head) {
        if (!skb_queue_empty(list)) {
            __skb_queue_splice(list, head.prev, null, head);
            head.qlen += list.qlen;
            __skb_queue_head_init(list);
        }
    }

    /** @param prev null: in front of all */
    public static void __skb_queue_after(sk_buff_head list, sk_buff prev, sk_buff newsk) {
        __skb_insert(newsk, prev, prev == null ? list.next : prev.next, list);
    }

    /** @param next null: behind all */
    public static void __skb_queue_before(sk_buff_head list, sk_buff next, sk_buff newsk) {
        __skb_insert(newsk, next == null ? list.prev : next.prev, next, list);
    }

    public static void __skb_queue_head(sk_buff_head list, sk_buff newsk) {
        __skb_queue_after(list, null, newsk);
    }

    public static void __skb_queue_tail(sk_buff_head list, sk_buff newsk) {
        __skb_queue_before(list, null, newsk);
    }

    /** Takes the packet out of the queue that it stands in. */
    public static void __skb_unlink(sk_buff skb, sk_buff_head list) {
        sk_buff next;
        sk_buff prev;

        list.qlen--;
        next = skb.next;
        prev = skb.prev;
        skb.next = skb.prev = null;
        if (next != null) {
            next.prev = prev;
        } else {
            list.prev = prev;
        }
        if (prev != null) {
            prev.next = next;
        } else {
            list.next = next;
        }
    }

    /** Takes the first packet, or null. */
    public static sk_buff __skb_dequeue(sk_buff_head list) {
        sk_buff skb = skb_peek(list);

        if (skb != null) {
            __skb_unlink(skb, list);
        }
        return skb;
    }

    /** Takes the last packet, or null. */
    public static sk_buff __skb_dequeue_tail(sk_buff_head list) {
        sk_buff skb = skb_peek_tail(list);

        if (skb != null) {
            __skb_unlink(skb, list);
        }
        return skb;
    }

    /** Frees all that are in the queue. */
    public static void __skb_queue_purge(sk_buff_head list) {
        sk_buff skb;

        while ((skb = __skb_dequeue(list)) != null) {
            kfree_skb(skb);
        }
    }

    // ---- net/core/skbuff.c ----

    public static sk_buff skb_dequeue(sk_buff_head list) {
        sk_buff result;

        result = __skb_dequeue(list);
        return result;
    }

    public static void skb_queue_purge(sk_buff_head list) {
        sk_buff skb;

        while ((skb = skb_dequeue(list)) != null) {
            kfree_skb(skb);
        }
    }

    public static void skb_queue_head(sk_buff_head list, sk_buff newsk) {
        __skb_queue_head(list, newsk);
    }

    public static void skb_queue_tail(sk_buff_head list, sk_buff newsk) {
        __skb_queue_tail(list, newsk);
    }

    public static void skb_unlink(sk_buff skb, sk_buff_head list) {
        __skb_unlink(skb, list);
    }
}
