// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Queue.skb_queue_head_init;

import linux.tcp.tcp_sock;

/**
 * The prequeue: segments that a softirq leaves to the reader who waits for them, so that checksum and copy are done
 * in his time. {@code tcp_ipv4.Receive.tcp_prequeue} fills it, {@code tcp_prequeue_process} empties it.
 */
public final class Prequeue {
    private Prequeue() {}

    /** Nobody waits, nothing is queued. */
    public static void tcp_prequeue_init(tcp_sock tp) {
        tp.ucopy.task = null;
        tp.ucopy.len = 0;
        tp.ucopy.memory = 0;
        skb_queue_head_init(tp.ucopy.prequeue);
    }
}
