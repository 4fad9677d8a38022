// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_after;
import static linux.skbuff.Queue.__skb_queue_before;
import static linux.skbuff.Queue.__skb_queue_head;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.Queue.skb_peek_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.Queue.skb_queue_is_last;
import static linux.skbuff.Queue.skb_queue_next;
import static linux.skbuff.Queue.skb_queue_prev;
import static linux.tcp.Sockets.tcp_sk;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.tcp.Sysctls.sysctl_tcp_notsent_lowat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * The write queue: first what was sent and is not acknowledged, then, from {@code sk_send_head} on, what was never
 * sent.
 *
 * <pre>
 *   head                      sk_send_head              tail
 *    |  sent, unacknowledged   |  not yet sent            |
 * snd_una                   snd_nxt                   write_seq
 * </pre>
 *
 * <p>{@code sk_send_head} is null when all was sent. The walks ({@code tcp_for_write_queue} and its kin) are plain
 * loops: {@code for (skb = tcp_write_queue_head(sk); skb != null; skb = skb.next)}.
 */
public final class WriteQueue {
    private WriteQueue() {}

    /** Forgets where the search for losses stopped. */
    public static void tcp_clear_retrans_hints_partial(tcp_sock tp) {
        tp.lost_skb_hint = null;
    }

    /** Forgets also where retransmission stopped: needed whenever a packet leaves the middle of the queue. */
    public static void tcp_clear_all_retrans_hints(tcp_sock tp) {
        tcp_clear_retrans_hints_partial(tp);
        tp.retransmit_skb_hint = null;
    }

    /** Frees everything, sent or not. {@code sk_send_head} and the counters are the caller's business. */
    public static void tcp_write_queue_purge(sock sk) {
        sk_buff skb;

        while ((skb = __skb_dequeue(sk.sk_write_queue)) != null) {
            sk_wmem_free_skb(sk, skb);
        }
        sk_mem_reclaim(sk);
        tcp_clear_all_retrans_hints(tcp_sk(sk));
    }

    /** The oldest packet; null if the queue is empty. */
    public static sk_buff tcp_write_queue_head(sock sk) {
        return skb_peek(sk.sk_write_queue);
    }

    /** The newest packet; null if the queue is empty. */
    public static sk_buff tcp_write_queue_tail(sock sk) {
        return skb_peek_tail(sk.sk_write_queue);
    }

    /** The one behind {@code skb}, which must not be the last. */
    public static sk_buff tcp_write_queue_next(sock sk, sk_buff skb) {
        return skb_queue_next(sk.sk_write_queue, skb);
    }

    /** The one in front of {@code skb}, which must not be the first. */
    public static sk_buff tcp_write_queue_prev(sock sk, sk_buff skb) {
        return skb_queue_prev(sk.sk_write_queue, skb);
    }

    /** The first packet that was never sent; null: there is none. */
    public static sk_buff tcp_send_head(sock sk) {
        return sk.sk_send_head;
    }

    public static boolean tcp_skb_is_last(sock sk, sk_buff skb) {
        return skb_queue_is_last(sk.sk_write_queue, skb);
    }

    /** {@code skb}, which was the send head, has been sent. */
    public static void tcp_advance_send_head(sock sk, sk_buff skb) {
        if (tcp_skb_is_last(sk, skb)) {
            sk.sk_send_head = null;
        } else {
            sk.sk_send_head = tcp_write_queue_next(sk, skb);
        }
    }

    /** {@code skb_unlinked}, the last packet, was taken off the queue: it must not stay send head. */
    public static void tcp_check_send_head(sock sk, sk_buff skb_unlinked) {
        if (sk.sk_send_head == skb_unlinked) {
            sk.sk_send_head = null;
        }
    }

    public static void tcp_init_send_head(sock sk) {
        sk.sk_send_head = null;
    }

    public static void __tcp_add_write_queue_tail(sock sk, sk_buff skb) {
        __skb_queue_tail(sk.sk_write_queue, skb);
    }

    /** Queues new data; it becomes the send head if all before it was sent. */
    public static void tcp_add_write_queue_tail(sock sk, sk_buff skb) {
        __tcp_add_write_queue_tail(sk, skb);

        if (sk.sk_send_head == null) {
            sk.sk_send_head = skb;

            if (tcp_sk(sk).highest_sack == null) {
                tcp_sk(sk).highest_sack = skb;
            }
        }
    }

    public static void __tcp_add_write_queue_head(sock sk, sk_buff skb) {
        __skb_queue_head(sk.sk_write_queue, skb);
    }

    /** Inserts {@code buff} behind {@code skb}. */
    public static void tcp_insert_write_queue_after(sk_buff skb, sk_buff buff, sock sk) {
        __skb_queue_after(sk.sk_write_queue, skb, buff);
    }

    /** Inserts {@code new_} in front of {@code skb}, and makes it the send head if {@code skb} was. */
    public static void tcp_insert_write_queue_before(sk_buff new_, sk_buff skb, sock sk) {
        __skb_queue_before(sk.sk_write_queue, skb, new_);

        if (sk.sk_send_head == skb) {
            sk.sk_send_head = new_;
        }
    }

    /** Takes {@code skb} off the queue; its memory stays charged. */
    public static void tcp_unlink_write_queue(sk_buff skb, sock sk) {
        __skb_unlink(skb, sk.sk_write_queue);
    }

    public static boolean tcp_write_queue_empty(sock sk) {
        return skb_queue_empty(sk.sk_write_queue);
    }

    /** {@code TCP_NOTSENT_LOWAT}, or the sysctl: how many bytes may wait to be sent (u32). */
    public static int tcp_notsent_lowat(tcp_sock tp) {
        return tp.notsent_lowat != 0 ? tp.notsent_lowat : sysctl_tcp_notsent_lowat;
    }

    /** May more be queued, as far as {@code TCP_NOTSENT_LOWAT} decides? Is {@code tcp_prot.stream_memory_free}. */
    public static boolean tcp_stream_memory_free(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int notsent_bytes = tp.write_seq - tp.snd_nxt;

        return ltU32(notsent_bytes, tcp_notsent_lowat(tp));
    }
}
