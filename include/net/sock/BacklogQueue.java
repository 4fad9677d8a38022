// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.errno.Errno.ENOBUFS;
import static linux.kernel.Kernel.gtU32;
import static linux.sched.Sched.current;
import static linux.sched.task_struct.PF_MEMALLOC;
import static linux.skbuff.Dst.skb_dst_is_noref;
import static linux.skbuff.Meta.skb_pfmemalloc;
import static net.dst.Dst.skb_dst_force;
import static net.sock.Flags.sk_memalloc_socks;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.SockFlag.SOCK_MEMALLOC;

import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;

/**
 * The backlog: where a softirq leaves a packet for a socket that a system call has locked. {@code release_sock} works
 * it off, in the order in which the packets came.
 */
public final class BacklogQueue {
    private BacklogQueue() {}

    /** Appends without asking for room; {@code len} is the caller's business. */
    public static void __sk_add_backlog(sock sk, sk_buff skb) {
        skb_dst_force(skb);

        if (sk.sk_backlog.tail == null) {
            sk.sk_backlog.head = skb;
        } else {
            sk.sk_backlog.tail.next = skb;
        }

        sk.sk_backlog.tail = skb;
        skb.next = null;
    }

    /**
     * Is there more in the receive queue and the backlog than {@code limit}? The packet itself does not count, so that
     * one packet always fits.
     *
     * @param limit bytes of memory (u32)
     */
    static boolean sk_rcvqueues_full(sock sk, sk_buff skb, int limit) {
        int qsize = sk.sk_backlog.len + sk.sk_rmem_alloc;

        return gtU32(qsize, limit);
    }

    /**
     * Leaves the packet to the owner of the socket.
     *
     * @param limit bytes of memory that may wait (u32)
     * @return 0, or {@code -ENOBUFS}: the packet is the caller's still
     */
    public static int sk_add_backlog(sock sk, sk_buff skb, int limit) {
        if (sk_rcvqueues_full(sk, skb, limit)) {
            return -ENOBUFS;
        }

        __sk_add_backlog(sk, skb);
        sk.sk_backlog.len += skb.truesize;
        return 0;
    }

    /** Gives a packet of the backlog, or one from the prequeue, to the protocol. */
    public static int sk_backlog_rcv(sock sk, sk_buff skb) {
        Clock.spend(sk instanceof tcp_sock tp && tp.mpc ? Costs.costs().backlogMeta() : Costs.costs().backlog());
        if (sk_memalloc_socks() && skb_pfmemalloc(skb)) {
            return __sk_backlog_rcv(sk, skb);
        }

        return sk.sk_backlog_rcv.call(sk, skb);
    }

    /** The same for a packet that lives in the memory reserves: what it makes us allocate may come from there too. */
    static int __sk_backlog_rcv(sock sk, sk_buff skb) {
        int ret;
        int pflags = current.flags;

        BUG_ON(!sock_flag(sk, SOCK_MEMALLOC));

        current.flags |= PF_MEMALLOC;
        ret = sk.sk_backlog_rcv.call(sk, skb);
        current.flags = current.flags & ~PF_MEMALLOC | pflags & PF_MEMALLOC;

        return ret;
    }

    /**
     * Works the backlog off, and what comes to it meanwhile. Each round takes the whole list, so that new packets
     * queue up behind; the length is set back only when all is done, so that a flood meets the limit.
     */
    static void __release_sock(sock sk) {
        sk_buff skb = sk.sk_backlog.head;

        do {
            sk.sk_backlog.head = sk.sk_backlog.tail = null;
            bh_unlock_sock(sk);

            do {
                sk_buff next = skb.next;

                WARN_ON_ONCE(skb_dst_is_noref(skb));
                skb.next = null;
                sk_backlog_rcv(sk, skb);

                skb = next;
            } while (skb != null);

            bh_lock_sock(sk);
        } while ((skb = sk.sk_backlog.head) != null);

        sk.sk_backlog.len = 0;
    }
}
