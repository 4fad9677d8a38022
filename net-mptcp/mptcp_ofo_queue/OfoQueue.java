// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ofo_queue;

import static linux.kernel.Kernel.ltU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_after;
import static linux.skbuff.Queue.__skb_queue_head;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.Queue.skb_peek_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.Queue.skb_queue_is_first;
import static linux.skbuff.Queue.skb_queue_is_last;
import static linux.skbuff.Queue.skb_queue_next;
import static linux.skbuff.Queue.skb_queue_prev;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_input.DataAck.mptcp_fin;
import static net.mptcp.Sequence64.mptcp_check_rcvseq_wrap;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Owner.skb_set_owner_r;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static tcp_input.DataQueue.tcp_try_coalesce;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OFOPRUNED;

import linux.compiler.BoolRef;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;

/**
 * The meta socket's out-of-order queue, {@code net/mptcp/mptcp_ofo_queue.c}: data that came on a fast subflow while
 * something before them is still on its way on a slow one.
 *
 * <p>With several paths out of order is the rule, and the queue is long; but the packets of one subflow come in order,
 * each as a rule right behind the one before. So every subflow remembers where its last packet went ({@code
 * shortcut_ofoqueue}), and {@link #try_shortcut} looks there first:
 *
 * <pre>
 *   queue      | A1 | A2 |      | B1 | B2 | B3 |            | A3 |
 *                                            ^                 ^
 *                              subflow B's shortcut      subflow A's shortcut
 * </pre>
 *
 * <p>{@link mptcp_input.DataReady} puts packets in, and calls {@link #mptcp_ofo_queue} when the next data have come. A
 * shortcut must never point to a packet that has left the queue: whoever takes one out calls {@link
 * #mptcp_remove_shortcuts}.
 */
public final class OfoQueue {
    private OfoQueue() {}

    /** {@code skb} leaves the queue: the subflow whose shortcut it was has none then. */
    public static void mptcp_remove_shortcuts(mptcp_cb mpcb,
            sk_buff skb) {
        tcp_sock tp;

        for (tp = mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
            if (tp.mptcp.shortcut_ofoqueue == skb) {
                tp.mptcp.shortcut_ofoqueue = null;
                return;
            }
        }
    }

    /**
     * Puts {@code skb} behind {@code here}, if it belongs there.
     *
     * @return 0: it does not. 1: it is in the queue. -1: {@code here} has taken its bytes, and it is gone
     */
    static int mptcp_ofo_queue_after(sk_buff_head head,
            sk_buff skb, sk_buff here,
            tcp_sock tp) {
        sock meta_sk = tp.meta_sk;
        tcp_sock meta_tp = tcp_sk(meta_sk);
        int seq = TCP_SKB_CB(skb).seq;
        int end_seq = TCP_SKB_CB(skb).end_seq;

        if (before(seq, TCP_SKB_CB(here).end_seq)) {
            return 0;
        }

        if (seq == TCP_SKB_CB(here).end_seq) {
            BoolRef fragstolen = new BoolRef();

            if (!tcp_try_coalesce(meta_sk, here, skb, fragstolen)) {
                __skb_queue_after(meta_tp.out_of_order_queue, here, skb);
                return 1;
            } else {
                kfree_skb_partial(skb, fragstolen.val);
                return -1;
            }
        }

        if (skb_queue_is_last(head, here)) {
            __skb_queue_after(head, here, skb);
            return 1;
        } else {
            sk_buff skb1 = skb_queue_next(head, here);
            if (!after(end_seq, TCP_SKB_CB(skb1).seq)) {
                __skb_queue_after(head, here, skb);
                return 1;
            }
        }

        return 0;
    }

    /**
     * Puts {@code skb} into the queue, sorted, and makes it the shortcut of its subflow. First the subflow's own
     * shortcut is tried, then those of the others; if none fits, the walk backwards begins at the nearest one behind.
     * A packet that is covered by another one is freed, and so are those behind it that it reaches.
     *
     * @param shortcut that of {@code tp}, or null
     */
    @KernelBug("A packet on the queue is freed as soon as the new one reaches into it, also when it goes on behind the new"
            + " one: its end comes again only after the peer's data-level timeout")
    static void try_shortcut(sk_buff shortcut, sk_buff skb,
            sk_buff_head head, tcp_sock tp) {
        sock meta_sk = tp.meta_sk;
        tcp_sock tp_it, meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;
        sk_buff skb1, best_shortcut = null;
        int seq = TCP_SKB_CB(skb).seq;
        int end_seq = TCP_SKB_CB(skb).end_seq;
        int distance = 0xffffffff;

        end: {
            if (shortcut == null) {
                if (skb_queue_empty(head)) {
                    __skb_queue_head(head, skb);
                    break end;
                }
            } else {
                int ret = mptcp_ofo_queue_after(head, skb, shortcut, tp);

                if (ret != 0) {
                    skb = ret > 0 ? skb : null;
                    break end;
                }
            }

            for (tp_it = mpcb.connection_list; tp_it != null; tp_it = tp_it.mptcp.next) {
                shortcut = tp_it.mptcp.shortcut_ofoqueue;
                if (shortcut != null) {
                    int ret = mptcp_ofo_queue_after(head, skb, shortcut, tp);

                    if (ret != 0) {
                        skb = ret > 0 ? skb : null;
                        break end;
                    }
                }

                // Not behind this one; but the walk may begin here, if no other is nearer.
                if (shortcut != null && after(TCP_SKB_CB(shortcut).seq, seq)) {
                    if (ltU32(TCP_SKB_CB(shortcut).seq - seq, distance)) {
                        distance = TCP_SKB_CB(shortcut).seq - seq;
                        best_shortcut = shortcut;
                    }
                }
            }

            if (best_shortcut != null) {
                skb1 = best_shortcut;
            } else {
                skb1 = skb_peek_tail(head);
            }

            if (seq == TCP_SKB_CB(skb1).end_seq) {
                BoolRef fragstolen = new BoolRef();

                if (!tcp_try_coalesce(meta_sk, skb1, skb, fragstolen)) {
                    __skb_queue_after(meta_tp.out_of_order_queue, skb1, skb);
                } else {
                    kfree_skb_partial(skb, fragstolen.val);
                    skb = null;
                }

                break end;
            }

            while (true) {
                if (!after(TCP_SKB_CB(skb1).seq, seq)) {
                    break;
                }
                if (skb_queue_is_first(head, skb1)) {
                    skb1 = null;
                    break;
                }
                skb1 = skb_queue_prev(head, skb1);
            }

            if (skb1 != null && before(seq, TCP_SKB_CB(skb1).end_seq)) {
                if (!after(end_seq, TCP_SKB_CB(skb1).end_seq)) {
                    // Nothing new in it.
                    __kfree_skb(skb);
                    skb = null;
                    break end;
                }
                if (seq == TCP_SKB_CB(skb1).seq) {
                    // skb1 goes behind it, where it will be found to be covered.
                    if (skb_queue_is_first(head, skb1)) {
                        skb1 = null;
                    } else {
                        skb1 = skb_queue_prev(head, skb1);
                    }
                }
            }
            if (skb1 == null) {
                __skb_queue_head(head, skb);
            } else {
                __skb_queue_after(head, skb1, skb);
            }

            while (!skb_queue_is_last(head, skb)) {
                skb1 = skb_queue_next(head, skb);

                if (!after(end_seq, TCP_SKB_CB(skb1).seq)) {
                    break;
                }

                __skb_unlink(skb1, head);
                mptcp_remove_shortcuts(mpcb, skb1);
                __kfree_skb(skb1);
            }
        }
        if (skb != null) {
            skb_set_owner_r(skb, meta_sk);
            tp.mptcp.shortcut_ofoqueue = skb;
        }
    }

    /**
     * Puts a packet with data sequence numbers into the queue; the meta socket pays for it.
     *
     * @param sk the subflow that it came on
     */
    public static void mptcp_add_meta_ofo_queue(sock meta_sk, sk_buff skb,
            sock sk) {
        tcp_sock tp = tcp_sk(sk);

        try_shortcut(tp.mptcp.shortcut_ofoqueue, skb,
                tcp_sk(meta_sk).out_of_order_queue, tp);
    }

    /**
     * {@code prune_ofo_queue} of a meta socket: the buffer is full, so all that is out of order is thrown away. The
     * peer was never told that it had arrived: data ACKs are cumulative, there is no SACK among them.
     *
     * @return true: memory has become free
     */
    public static boolean mptcp_prune_ofo_queue(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        boolean res = false;

        if (!skb_queue_empty(tp.out_of_order_queue)) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_OFOPRUNED);
            mptcp_purge_ofo_queue(tp);

            sk_mem_reclaim(sk);
            res = true;
        }

        return res;
    }

    /** A hole was filled: moves what follows without a gap to the receive queue. A DATA_FIN among it takes effect. */
    public static void mptcp_ofo_queue(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        sk_buff skb;

        while ((skb = skb_peek(meta_tp.out_of_order_queue)) != null) {
            int old_rcv_nxt = meta_tp.rcv_nxt;
            if (after(TCP_SKB_CB(skb).seq, meta_tp.rcv_nxt)) {
                break;
            }

            if (!after(TCP_SKB_CB(skb).end_seq, meta_tp.rcv_nxt)) {
                __skb_unlink(skb, meta_tp.out_of_order_queue);
                mptcp_remove_shortcuts(meta_tp.mpcb, skb);
                __kfree_skb(skb);
                continue;
            }

            __skb_unlink(skb, meta_tp.out_of_order_queue);
            mptcp_remove_shortcuts(meta_tp.mpcb, skb);

            __skb_queue_tail(meta_sk.sk_receive_queue, skb);
            meta_tp.rcv_nxt = TCP_SKB_CB(skb).end_seq;
            mptcp_check_rcvseq_wrap(meta_tp, old_rcv_nxt);

            if (tcp_hdr(skb).fin()) {
                mptcp_fin(meta_sk);
            }
        }
    }

    /** Frees all that is in the queue. */
    public static void mptcp_purge_ofo_queue(tcp_sock meta_tp) {
        sk_buff_head head = meta_tp.out_of_order_queue;
        sk_buff skb, tmp;

        for (skb = head.next; skb != null; skb = tmp) {
            tmp = skb.next;
            __skb_unlink(skb, head);
            mptcp_remove_shortcuts(meta_tp.mpcb, skb);
            kfree_skb(skb);
        }
    }
}
