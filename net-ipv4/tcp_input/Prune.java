// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.BUG;
import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Headers.skb_mac_header;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_set_mac_header;
import static linux.skbuff.Headers.skb_set_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.Queue.__skb_queue_before;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.Queue.skb_queue_is_last;
import static linux.skbuff.Queue.skb_queue_next;
import static linux.skbuff.Truesize.SKB_MAX_ORDER;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ofo_queue.OfoQueue.mptcp_remove_shortcuts;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Memory.sk_under_memory_pressure;
import static net.sock.NetDebug.SOCK_DEBUG;
import static net.sock.Owner.skb_set_owner_r;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_sack_reset;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Windows.tcp_win_from_space;
import static tcp_input.Buffers.tcp_clamp_window;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OFOPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PRUNECALLED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_RCVPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRCVCOLLAPSED;

import linux.compiler.Differs;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * The receive buffer is full, and a segment that the window allowed is at the door.
 *
 * <p>How can that be? The window is counted in payload, the buffer in memory, and a packet takes more memory than it
 * has payload; with small packets many times more. {@link DataQueue#tcp_try_rmem_schedule} then calls {@link
 * #tcp_prune_queue}, which goes from the gentle to the brutal:
 *
 * <ol>
 *   <li>let the buffer grow or the window shrink ({@link Buffers#tcp_clamp_window}),
 *   <li>copy many small packets into few full ones ({@link #tcp_collapse}), first those out of order,
 *   <li>throw away what is out of order, although the peer was told by SACK that it has arrived
 *       ({@link #tcp_prune_ofo_queue}): RFC 2018 allows that in section 8, and the peer must be able to bear it,
 *   <li>refuse the new segment.
 * </ol>
 *
 * <p>With Multipath TCP the socket is the meta socket, and {@code prune_ofo_queue} is MPTCP's own.
 */
public final class Prune {
    private Prune() {}

    /** Frees a packet that has been copied or has nothing new. @return the one behind it, or null */
    static sk_buff tcp_collapse_one(sock sk, sk_buff skb,
            sk_buff_head list) {
        sk_buff next = null;

        if (!skb_queue_is_last(list, skb)) {
            next = skb_queue_next(list, skb);
        }

        __skb_unlink(skb, list);
        if (mptcp(tcp_sk(sk))) {
            mptcp_remove_shortcuts(tcp_sk(sk).mpcb, skb);
        }
        __kfree_skb(skb);
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPRCVCOLLAPSED);

        return next;
    }

    /**
     * Copies the bytes from {@code start} to {@code end}, which have no gap between them, out of their packets into new
     * ones of a page each. Packets at the beginning that are full already, and do not overlap, stay as they are. SYN
     * and FIN end the work. When memory runs out it stops half way, with everything in its place.
     *
     * @param tail the packet to stop before; null: to the end of the queue
     */
    @Differs("gives up when the headers leave no room in the new packet, and not only when they need more than all:"
            + " else it would add empty packets for ever")
    static void tcp_collapse(sock sk, sk_buff_head list,
            sk_buff head, sk_buff tail,
            int start, int end) {
        sk_buff skb;
        boolean end_of_skbs;

        skb = head;
        restart:
        while (true) {
            end_of_skbs = true;
            for (; skb != null; skb = skb.next) {
                if (skb == tail) {
                    break;
                }
                // Nothing new in it: among packets out of order this happens.
                if (!before(start, TCP_SKB_CB(skb).end_seq)) {
                    skb = tcp_collapse_one(sk, skb, list);
                    if (skb == null) {
                        break;
                    }
                    continue restart;
                }

                // Worth it: more overhead than the window was computed with, or a part that we have already.
                if (!tcp_hdr(skb).syn() && !tcp_hdr(skb).fin()
                        && (tcp_win_from_space(skb.truesize) > skb.len
                                || before(TCP_SKB_CB(skb).seq, start))) {
                    end_of_skbs = false;
                    break;
                }

                if (!skb_queue_is_last(list, skb)) {
                    sk_buff next = skb_queue_next(list, skb);
                    if (next != tail
                            && TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(next).seq) {
                        end_of_skbs = false;
                        break;
                    }
                }

                start = TCP_SKB_CB(skb).end_seq;
            }
            break;
        }
        if (end_of_skbs || tcp_hdr(skb).syn() || tcp_hdr(skb).fin()) {
            return;
        }

        while (before(start, end)) {
            sk_buff nskb;
            int header = skb_headroom(skb);
            int copy = SKB_MAX_ORDER(header, 0);

            if (copy <= 0) {
                return;
            }
            if (ltU32(end - start, copy)) {
                copy = end - start;
            }
            nskb = alloc_skb(copy + header, GFP_ATOMIC);
            if (nskb == null) {
                return;
            }

            skb_set_mac_header(nskb, skb_mac_header(skb));
            skb_set_network_header(nskb, skb_network_header(skb));
            skb_set_transport_header(nskb, skb_transport_header(skb));
            skb_reserve(nskb, header);
            System.arraycopy(skb.head, 0, nskb.head, 0, header);
            TCP_SKB_CB(nskb).copy(TCP_SKB_CB(skb));
            TCP_SKB_CB(nskb).seq = TCP_SKB_CB(nskb).end_seq = start;
            __skb_queue_before(list, skb, nskb);
            skb_set_owner_r(nskb, sk);

            while (copy > 0) {
                int offset = start - TCP_SKB_CB(skb).seq;
                int size = TCP_SKB_CB(skb).end_seq - start;

                BUG_ON(offset < 0);
                if (size > 0) {
                    size = min(copy, size);
                    if (skb_copy_bits(skb, offset, nskb.head, skb_put(nskb, size), size) != 0) {
                        BUG();
                    }
                    TCP_SKB_CB(nskb).end_seq += size;
                    copy -= size;
                    start += size;
                }
                if (!before(start, TCP_SKB_CB(skb).end_seq)) {
                    skb = tcp_collapse_one(sk, skb, list);
                    if (skb == null
                            || skb == tail
                            || tcp_hdr(skb).syn()
                            || tcp_hdr(skb).fin()) {
                        return;
                    }
                }
            }
        }
    }

    /** Collapses the out-of-order queue: each run of packets without a gap by itself. */
    @KernelBug("a peer that sends tiny segments with gaps makes every further segment walk the whole queue, which"
            + " nothing comes of (CVE-2018-5390); fixed upstream by \"tcp: detect malicious patterns in"
            + " tcp_collapse_ofo_queue()\"")
    static void tcp_collapse_ofo_queue(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb = skb_peek(tp.out_of_order_queue);
        sk_buff head;
        int start, end;

        if (skb == null) {
            return;
        }

        start = TCP_SKB_CB(skb).seq;
        end = TCP_SKB_CB(skb).end_seq;
        head = skb;

        for (;;) {
            sk_buff next = null;

            if (!skb_queue_is_last(tp.out_of_order_queue, skb)) {
                next = skb_queue_next(tp.out_of_order_queue, skb);
            }
            skb = next;

            if (skb == null
                    || after(TCP_SKB_CB(skb).seq, end)
                    || before(TCP_SKB_CB(skb).end_seq, start)) {
                tcp_collapse(sk, tp.out_of_order_queue,
                        head, skb, start, end);
                head = skb;
                if (skb == null) {
                    break;
                }
                start = TCP_SKB_CB(skb).seq;
                end = TCP_SKB_CB(skb).end_seq;
            } else {
                if (before(TCP_SKB_CB(skb).seq, start)) {
                    start = TCP_SKB_CB(skb).seq;
                }
                if (after(TCP_SKB_CB(skb).end_seq, end)) {
                    end = TCP_SKB_CB(skb).end_seq;
                }
            }
        }
    }

    /**
     * Throws the out-of-order queue away, and with it what SACK blocks have said: the peer has to send it again, as
     * after a timeout. Plain TCP's {@code prune_ofo_queue}.
     *
     * @return was there anything?
     */
    public static boolean tcp_prune_ofo_queue(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        boolean res = false;

        if (!skb_queue_empty(tp.out_of_order_queue)) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_OFOPRUNED);
            __skb_queue_purge(tp.out_of_order_queue);

            if (tp.rx_opt.sack_ok != 0) {
                tcp_sack_reset(tp.rx_opt);
            }
            sk_mem_reclaim(sk);
            res = true;
        }
        return res;
    }

    /**
     * Tries to get the socket below {@code sk_rcvbuf} again.
     *
     * @return 0, or -1: nothing helped, drop the segment. It will be sent again, and the reader may have read by then
     */
    static int tcp_prune_queue(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        SOCK_DEBUG(sk, "prune_queue: c=%x\n", tp.copied_seq);

        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_PRUNECALLED);

        if (sk.sk_rmem_alloc >= sk.sk_rcvbuf) {
            tcp_clamp_window(sk);
        } else if (sk_under_memory_pressure(sk)) {
            tp.rcv_ssthresh = minU32(tp.rcv_ssthresh, 4 * tp.advmss);
        }

        tcp_collapse_ofo_queue(sk);
        if (!skb_queue_empty(sk.sk_receive_queue)) {
            tcp_collapse(sk, sk.sk_receive_queue,
                    skb_peek(sk.sk_receive_queue),
                    null,
                    tp.copied_seq, tp.rcv_nxt);
        }
        sk_mem_reclaim(sk);

        if (sk.sk_rmem_alloc <= sk.sk_rcvbuf) {
            return 0;
        }

        tp.prune_ofo_queue.call(sk);

        if (sk.sk_rmem_alloc <= sk.sk_rcvbuf) {
            return 0;
        }

        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_RCVPRUNED);

        // Far over the limit: no fast path until there is room.
        tp.pred_flags = 0;
        return -1;
    }
}
