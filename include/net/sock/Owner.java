// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.Queue.__skb_unlink;
import static net.sock.Alloc.__sk_free;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_mem_uncharge;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.skbuff.sk_buff;

/**
 * Who pays for a packet. A packet that is received or sent is charged to a socket until it is freed; then its
 * destructor, one of those here or TCP's own, gives the memory back.
 *
 * <p>In C a destructor is compared with a function's name; so each has its value here, of the same name.
 */
public final class Owner {
    private Owner() {}

    public static final sk_buff.Destructor sock_wfree = Owner::sock_wfree;
    public static final sk_buff.Destructor sock_rfree = Owner::sock_rfree;
    public static final sk_buff.Destructor sock_edemux = Owner::sock_edemux;

    /** TCP's destructor of packets it sends; set by {@code tcp_output.c}, which this package cannot name. */
    public static sk_buff.Destructor tcp_wfree;

    /** A segment has been acknowledged: gives its memory back and frees it. Writers are told later. */
    public static void sk_wmem_free_skb(sock sk, sk_buff skb) {
        sock_set_flag(sk, SOCK_QUEUE_SHRUNK);
        sk.sk_wmem_queued -= skb.truesize;
        sk_mem_uncharge(sk, skb.truesize);
        __kfree_skb(skb);
    }

    /** Bytes of memory that are on their way through devices. */
    public static int sk_wmem_alloc_get(sock sk) {
        return sk.sk_wmem_alloc - 1;
    }

    /** Bytes of memory that were received and not yet read. */
    public static int sk_rmem_alloc_get(sock sk) {
        return sk.sk_rmem_alloc;
    }

    public static boolean sk_has_allocations(sock sk) {
        return sk_wmem_alloc_get(sk) != 0 || sk_rmem_alloc_get(sk) != 0;
    }

    /** The packet is being sent by {@code sk}. It keeps the socket from being freed without holding a reference. */
    public static void skb_set_owner_w(sk_buff skb, sock sk) {
        skb_orphan(skb);
        skb.sk = sk;
        skb.destructor = sock_wfree;
        sk.sk_wmem_alloc += skb.truesize;
    }

    /** The packet was received by {@code sk}; {@code sk_rmem_schedule} has said that there is room. */
    public static void skb_set_owner_r(sk_buff skb, sock sk) {
        skb_orphan(skb);
        skb.sk = sk;
        skb.destructor = sock_rfree;
        sk.sk_rmem_alloc += skb.truesize;
        sk_mem_charge(sk, skb.truesize);
        Clock.spend(Costs.costs().queue());
    }

    /** The reader is done with a packet of the receive queue. */
    public static void sk_eat_skb(sock sk, sk_buff skb, boolean copied_early) {
        __skb_unlink(skb, sk.sk_receive_queue);
        __kfree_skb(skb);
    }

    /** The socket that early demultiplexing has found for the packet, with its reference; null: none. */
    public static sock skb_steal_sock(sk_buff skb) {
        if (skb.sk != null) {
            sock sk = skb.sk;

            skb.destructor = null;
            skb.sk = null;
            return sk;
        }
        return null;
    }

    /** A packet has left: gives the memory back, tells writers, and frees the socket if only packets kept it. */
    public static void sock_wfree(sk_buff skb) {
        sock sk = skb.sk;
        int len = skb.truesize;

        if (!sock_flag(sk, SOCK_USE_WRITE_QUEUE)) {
            // One byte stays charged, or the socket might be freed while its writers are being told.
            sk.sk_wmem_alloc -= len - 1;
            sk.sk_write_space.call(sk);
            len = 1;
        }
        if ((sk.sk_wmem_alloc -= len) == 0) {
            __sk_free(sk);
        }
    }

    /**
     * The packet will be a long time in a queue: gives all its memory back but one byte, so that TCP still sees that
     * something is on the way.
     */
    public static void skb_orphan_partial(sk_buff skb) {
        if (skb.destructor == sock_wfree || skb.destructor != null && skb.destructor == tcp_wfree) {
            skb.sk.sk_wmem_alloc -= skb.truesize - 1;
            skb.truesize = 1;
        } else {
            skb_orphan(skb);
        }
    }

    public static void sock_rfree(sk_buff skb) {
        sock sk = skb.sk;
        int len = skb.truesize;

        sk.sk_rmem_alloc -= len;
        sk_mem_uncharge(sk, len);
    }

    /** Gives back the reference that early demultiplexing took. {@code skb.sk} is never a time-wait socket here. */
    public static void sock_edemux(sk_buff skb) {
        sock sk = skb.sk;

        sock_put(sk);
    }
}
