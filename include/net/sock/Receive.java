// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.skbuff.Queue.__skb_queue_tail;
import static net.dst.Dst.skb_dst_force;
import static net.sock.Flags.sock_flag;
import static net.sock.Memory.sk_rmem_schedule;
import static net.sock.Owner.skb_set_owner_r;
import static net.sock.SockFlag.SOCK_DEAD;

import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;

/** How a packet gets into a socket whose protocol needs no more than a receive queue. */
public final class Receive {
    private Receive() {}

    /**
     * Queues a datagram and wakes the reader.
     *
     * @return 0; {@code -ENOMEM}: the receive buffer is full; {@code -ENOBUFS}: no memory. Then the packet is the
     *     caller's still.
     */
    public static int sock_queue_rcv_skb(sock sk, sk_buff skb) {
        int skb_len;
        sk_buff_head list = sk.sk_receive_queue;

        if (sk.sk_rmem_alloc >= sk.sk_rcvbuf) {
            sk.sk_drops++;
            return -ENOMEM;
        }

        if (!sk_rmem_schedule(sk, skb, skb.truesize)) {
            sk.sk_drops++;
            return -ENOBUFS;
        }

        skb.dev = null;
        skb_set_owner_r(skb, sk);

        skb_len = skb.len;

        skb_dst_force(skb);

        // In C the number of drops lies where the mark was.
        skb.mark = sk.sk_drops;
        __skb_queue_tail(list, skb);

        if (!sock_flag(sk, SOCK_DEAD)) {
            sk.sk_data_ready.call(sk, skb_len);
        }
        return 0;
    }
}
