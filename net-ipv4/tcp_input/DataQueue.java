// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.errno.Errno.ENOMEM;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.kernel.Kernel.minU32;
import static linux.sched.Sched.current;
import static linux.sched.Sched.set_current_state;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Coalesce.kfree_skb_partial;
import static linux.skbuff.Coalesce.skb_try_coalesce;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Datagram.skb_copy_datagram_iovec;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
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
import static linux.socket.Iovec.memcpy_fromiovec;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static net.dst.Dst.skb_dst_drop;
import static net.inet_connection_sock.Acks.inet_csk_schedule_ack;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_rmem_schedule;
import static net.sock.NetDebug.SOCK_DEBUG;
import static net.sock.Owner.skb_set_owner_r;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp.Congestion.tcp_is_sack;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Windows.tcp_fast_path_check;
import static net.tcp.Windows.tcp_receive_window;
import static tcp_input.Buffers.tcp_event_data_recv;
import static tcp_input.Buffers.tcp_grow_window;
import static tcp_input.Buffers.tcp_rcv_space_adjust;
import static tcp_input.Ecn.TCP_ECN_accept_cwr;
import static tcp_input.Ecn.TCP_ECN_check_ce;
import static tcp_input.Fin.tcp_fin;
import static tcp_input.Prune.tcp_prune_queue;
import static tcp_input.Quickack.tcp_enter_quickack_mode;
import static tcp_input.SackBlocks.tcp_dsack_extend;
import static tcp_input.SackBlocks.tcp_dsack_set;
import static tcp_input.SackBlocks.tcp_sack_new_ofo_skb;
import static tcp_input.SackBlocks.tcp_sack_remove;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFODROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFOMERGE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFOQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRCVCOALESCE;

import java.util.Arrays;
import linux.compiler.BoolRef;
import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.socket.msghdr;
import linux.tcp.tcp_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * The payload of a segment on its way to the reader.
 *
 * <p>A segment can meet four queues. Two of them hold whole segments that nobody has looked at, the other two payload
 * that belongs to the stream:
 *
 * <pre>
 *                      softirq: tcp_v4_rcv
 *      a system call       |      a reader          nobody
 *      owns the socket     |      sleeps            does
 *        +-----------------+---------+-----------------+
 *        v                           v                 |
 *   sk_backlog               ucopy.prequeue            |
 *        | release_sock              | the reader      |
 *        +-----------------+---------+-----------------+
 *                          v
 *        tcp_rcv_established, tcp_rcv_state_process
 *                          |
 *     next in sequence     |     behind a hole
 *        +-----------------+---------+
 *        v                           v
 *  sk_receive_queue &lt;------ out_of_order_queue
 *        |      tcp_ofo_queue: the hole is filled
 *        v
 *     tcp_recvmsg
 * </pre>
 *
 * <ul>
 *   <li>The <i>backlog</i> exists because a softirq must not touch a socket that a system call is working with.
 *   <li>The <i>prequeue</i> exists for speed: a reader who sleeps anyway processes the segment himself, and copies it
 *       straight to where he wants it ({@code ucopy}): here in {@link #tcp_data_queue}, in the fast path in {@link
 *       Established#tcp_copy_to_iovec}. Then it never enters the receive queue.
 *   <li>The <i>receive queue</i> has payload without headers, without holes, from {@code copied_seq} (or a bit before:
 *       the first packet may be read in part) to {@code rcv_nxt}. Overlaps are possible; the reader skips them.
 *   <li>The <i>out-of-order queue</i> is sorted by first sequence number, and what is there no packet covers alone.
 * </ul>
 *
 * <p>{@link #tcp_data_queue} is called by {@link Established} and {@link States} for every accepted segment of the slow
 * path; the fast path goes to {@link #tcp_queue_rcv}. Memory is charged to the socket in the moment a packet enters one
 * of the last two queues; {@link #tcp_try_rmem_schedule} asks before, and lets {@link Prune} make room. All packets of
 * a Multipath TCP connection share the buffer of the meta socket, so that is who is asked.
 */
public final class DataQueue {
    private DataQueue() {}

    /**
     * A hole was filled: moves what follows without a gap from the out-of-order queue to the receive queue. What turns
     * out to have come twice goes into the D-SACK block. A FIN among it takes effect now.
     */
    static void tcp_ofo_queue(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        int dsack_high = tp.rcv_nxt;
        sk_buff skb;

        while ((skb = skb_peek(tp.out_of_order_queue)) != null) {
            if (after(TCP_SKB_CB(skb).seq, tp.rcv_nxt)) {
                break;
            }

            if (before(TCP_SKB_CB(skb).seq, dsack_high)) {
                int dsack = dsack_high;
                if (before(TCP_SKB_CB(skb).end_seq, dsack_high)) {
                    dsack_high = TCP_SKB_CB(skb).end_seq;
                }
                tcp_dsack_extend(sk, TCP_SKB_CB(skb).seq, dsack);
            }

            // A DATA_FIN without data is empty, and yet has to be passed on.
            if (!after(TCP_SKB_CB(skb).end_seq, tp.rcv_nxt)
                    && !(mptcp(tp) && TCP_SKB_CB(skb).end_seq == TCP_SKB_CB(skb).seq)) {
                SOCK_DEBUG(sk, "ofo packet was already received\n");
                __skb_unlink(skb, tp.out_of_order_queue);
                __kfree_skb(skb);
                continue;
            }
            SOCK_DEBUG(sk, "ofo requeuing : rcv_next %X seq %X - %X\n",
                    tp.rcv_nxt, TCP_SKB_CB(skb).seq,
                    TCP_SKB_CB(skb).end_seq);

            __skb_unlink(skb, tp.out_of_order_queue);
            __skb_queue_tail(sk.sk_receive_queue, skb);
            tp.rcv_nxt = TCP_SKB_CB(skb).end_seq;
            if (tcp_hdr(skb).fin()) {
                tcp_fin(sk);
            }
        }
    }

    /**
     * May {@code size} more bytes of memory be charged to the socket? If the buffer or the memory of TCP is exhausted,
     * makes room first: packs the queues, and in the end gives up what is out of order.
     *
     * @return 0, or -1: there is no room, drop the segment
     */
    static int tcp_try_rmem_schedule(sock sk, sk_buff skb,
            int size) {
        if (mptcp(tcp_sk(sk))) {
            sk = mptcp_meta_sk(sk);
        }

        if (sk.sk_rmem_alloc > sk.sk_rcvbuf
                || !sk_rmem_schedule(sk, skb, size)) {

            if (tcp_prune_queue(sk) < 0) {
                return -1;
            }

            if (!sk_rmem_schedule(sk, skb, size)) {
                if (!tcp_sk(sk).prune_ofo_queue.call(sk)) {
                    return -1;
                }

                if (!sk_rmem_schedule(sk, skb, size)) {
                    return -1;
                }
            }
        }
        return 0;
    }

    /**
     * Adds the payload of {@code from} to the packet in front of it in the queue, if that is cheap: saves memory and
     * makes queues shorter. A FIN keeps its own packet, because the reader looks for it in the header; so does every
     * packet of a subflow, because of its mapping.
     *
     * @param fragstolen for {@code kfree_skb_partial}
     * @return true: the caller has to free {@code from}
     */
    public static boolean tcp_try_coalesce(sock sk, sk_buff to, sk_buff from,
            BoolRef fragstolen) {
        IntRef delta = new IntRef();

        fragstolen.val = false;

        if (mptcp(tcp_sk(sk)) && !is_meta_sk(sk)) {
            return false;
        }

        if (tcp_hdr(from).fin()) {
            return false;
        }

        if (TCP_SKB_CB(from).seq != TCP_SKB_CB(to).end_seq) {
            return false;
        }

        if (!skb_try_coalesce(to, from, fragstolen, delta)) {
            return false;
        }

        sk.sk_rmem_alloc += delta.val;
        sk_mem_charge(sk, delta.val);
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPRCVCOALESCE);
        TCP_SKB_CB(to).end_seq = TCP_SKB_CB(from).end_seq;
        TCP_SKB_CB(to).ack_seq = TCP_SKB_CB(from).ack_seq;
        return true;
    }

    /**
     * Puts a segment that lies behind a hole into the out-of-order queue, sorted, and tells the SACK blocks. What it
     * covers is freed; if it is covered itself, it is.
     *
     * <p>Two quick ways first: the queue is empty, or the segment continues its last packet.
     */
    @Differs("steps over an empty DATA_FIN that the new segment covers, as later versions of MPTCP do: the kernel looks"
            + " at it again and again and never gets out of the loop")
    @KernelBug("an empty DATA_FIN behind a hole is reported as a SACK block of no bytes; later versions of MPTCP test"
            + " for it")
    @KernelBug("the place in the queue is found by walking from its end, so that many tiny segments cost quadratic time"
            + " (CVE-2018-5390); fixed upstream by \"tcp: use an RB tree for ooo receive queue\"")
    static void tcp_data_queue_ofo(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb1;
        int seq, end_seq;

        TCP_ECN_check_ce(tp, skb);

        if (tcp_try_rmem_schedule(sk, skb, skb.truesize) != 0) {
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPOFODROP);
            __kfree_skb(skb);
            return;
        }

        // The next segment will not be the next in sequence: no fast path.
        tp.pred_flags = 0;
        inet_csk_schedule_ack(sk);

        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPOFOQUEUE);
        SOCK_DEBUG(sk, "out of order segment: rcv_next %X seq %X - %X\n",
                tp.rcv_nxt, TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq);

        end: {
            skb1 = skb_peek_tail(tp.out_of_order_queue);
            if (skb1 == null) {
                if (tcp_is_sack(tp)) {
                    tp.rx_opt.num_sacks = 1;
                    tp.selective_acks[0].start_seq = TCP_SKB_CB(skb).seq;
                    tp.selective_acks[0].end_seq =
                            TCP_SKB_CB(skb).end_seq;
                }
                __skb_queue_head(tp.out_of_order_queue, skb);
                break end;
            }

            seq = TCP_SKB_CB(skb).seq;
            end_seq = TCP_SKB_CB(skb).end_seq;

            add_sack: {
                if (seq == TCP_SKB_CB(skb1).end_seq) {
                    BoolRef fragstolen = new BoolRef();

                    if (!tcp_try_coalesce(sk, skb1, skb, fragstolen)) {
                        __skb_queue_after(tp.out_of_order_queue, skb1, skb);
                    } else {
                        tcp_grow_window(sk, skb);
                        kfree_skb_partial(skb, fragstolen.val);
                        skb = null;
                    }

                    if (tp.rx_opt.num_sacks == 0
                            || tp.selective_acks[0].end_seq != seq) {
                        break add_sack;
                    }

                    tp.selective_acks[0].end_seq = end_seq;
                    break end;
                }

                while (true) {
                    if (!after(TCP_SKB_CB(skb1).seq, seq)) {
                        break;
                    }
                    if (skb_queue_is_first(tp.out_of_order_queue, skb1)) {
                        skb1 = null;
                        break;
                    }
                    skb1 = skb_queue_prev(tp.out_of_order_queue, skb1);
                }

                if (skb1 != null && before(seq, TCP_SKB_CB(skb1).end_seq)) {
                    if (!after(end_seq, TCP_SKB_CB(skb1).end_seq)
                            && !(mptcp(tp) && end_seq == seq)) {
                        // Nothing new in it.
                        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPOFOMERGE);
                        __kfree_skb(skb);
                        skb = null;
                        tcp_dsack_set(sk, seq, end_seq);
                        break add_sack;
                    }
                    if (after(seq, TCP_SKB_CB(skb1).seq)) {
                        tcp_dsack_set(sk, seq,
                                TCP_SKB_CB(skb1).end_seq);
                    } else {
                        // Same beginning: skb1 goes behind it, where it will be found to be covered.
                        if (skb_queue_is_first(tp.out_of_order_queue,
                                skb1)) {
                            skb1 = null;
                        } else {
                            skb1 = skb_queue_prev(
                                    tp.out_of_order_queue,
                                    skb1);
                        }
                    }
                }
                if (skb1 == null) {
                    __skb_queue_head(tp.out_of_order_queue, skb);
                } else {
                    __skb_queue_after(tp.out_of_order_queue, skb1, skb);
                }

                sk_buff at = skb;
                while (!skb_queue_is_last(tp.out_of_order_queue, at)) {
                    skb1 = skb_queue_next(tp.out_of_order_queue, at);

                    if (!after(end_seq, TCP_SKB_CB(skb1).seq)) {
                        break;
                    }
                    if (before(end_seq, TCP_SKB_CB(skb1).end_seq)) {
                        tcp_dsack_extend(sk, TCP_SKB_CB(skb1).seq,
                                end_seq);
                        break;
                    }
                    // It has no data, but the DATA_FIN in its options is not in skb.
                    if (mptcp(tp) && TCP_SKB_CB(skb1).seq == TCP_SKB_CB(skb1).end_seq) {
                        at = skb1;
                        continue;
                    }
                    __skb_unlink(skb1, tp.out_of_order_queue);
                    tcp_dsack_extend(sk, TCP_SKB_CB(skb1).seq,
                            TCP_SKB_CB(skb1).end_seq);
                    NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPOFOMERGE);
                    __kfree_skb(skb1);
                }
            }
            if (tcp_is_sack(tp)) {
                tcp_sack_new_ofo_skb(sk, seq, end_seq);
            }
        }
        if (skb != null) {
            tcp_grow_window(sk, skb);
            skb_set_owner_r(skb, sk);
        }
    }

    /**
     * Puts a segment that comes next in sequence at the end of the receive queue, and charges for it.
     *
     * @param hdrlen bytes in front of the payload
     * @return 1: the payload went into the packet before it and the caller has to free this one
     */
    public static int tcp_queue_rcv(sock sk, sk_buff skb, int hdrlen,
            BoolRef fragstolen) {
        int eaten;
        sk_buff tail = skb_peek_tail(sk.sk_receive_queue);

        __skb_pull(skb, hdrlen);
        eaten = tail != null
                && tcp_try_coalesce(sk, tail, skb, fragstolen) ? 1 : 0;
        tcp_sk(sk).rcv_nxt = TCP_SKB_CB(skb).end_seq;
        if (eaten == 0) {
            __skb_queue_tail(sk.sk_receive_queue, skb);
            skb_set_owner_r(skb, sk);
        }
        return eaten;
    }

    /**
     * Socket repair ({@code TCP_REPAIR}): puts bytes of the application into its own receive queue, as if the peer had
     * sent them. For connections that move to another machine.
     *
     * @return {@code size}, or {@code -ENOMEM}, also when the bytes could not be read
     */
    public static int tcp_send_rcvq(sock sk, msghdr msg, int size) {
        sk_buff skb = null;
        tcphdr th;
        BoolRef fragstolen = new BoolRef();

        if (size == 0) {
            return 0;
        }

        err: {
            skb = alloc_skb(size + tcphdr.SIZE, sk.sk_allocation);
            if (skb == null) {
                break err;
            }

            err_free: {
                if (tcp_try_rmem_schedule(sk, skb, size + tcphdr.SIZE) != 0) {
                    break err_free;
                }

                th = new tcphdr(skb.head, skb_put(skb, tcphdr.SIZE));
                skb_reset_transport_header(skb);
                Arrays.fill(th.b, th.at, th.at + tcphdr.SIZE, (byte) 0);

                if (memcpy_fromiovec(skb.head, skb_put(skb, size), msg.msg_iov, size) != 0) {
                    break err_free;
                }

                TCP_SKB_CB(skb).seq = tcp_sk(sk).rcv_nxt;
                TCP_SKB_CB(skb).end_seq = TCP_SKB_CB(skb).seq + size;
                TCP_SKB_CB(skb).ack_seq = tcp_sk(sk).snd_una - 1;

                if (tcp_queue_rcv(sk, skb, tcphdr.SIZE, fragstolen) != 0) {
                    WARN_ON_ONCE(fragstolen.val);
                    __kfree_skb(skb);
                }
                return size;
            }
            kfree_skb(skb);
        }
        return -ENOMEM;
    }

    /**
     * Takes the payload and the FIN of a segment (RFC 793, section 3.9, "seventh"), and {@code skb} in any case.
     *
     * <ul>
     *   <li>Next in sequence: to the reader directly if he is here and waits for exactly this, else to the receive
     *       queue. A hole may be filled by it.
     *   <li>Nothing new, or outside of the window (a zero window probe): dropped, with an ACK at once.
     *   <li>New at its end only: like the first; the reader skips what he has.
     *   <li>Behind a hole: {@link #tcp_data_queue_ofo}.
     * </ul>
     *
     * An empty segment without FIN ends here, unless it carries a DATA_FIN of MPTCP.
     */
    static void tcp_data_queue(sock sk, sk_buff skb) {
        tcphdr th = tcp_hdr(skb);
        tcp_sock tp = tcp_sk(sk);
        int eaten = -1;
        BoolRef fragstolen = new BoolRef();

        drop: {
            if (TCP_SKB_CB(skb).seq == TCP_SKB_CB(skb).end_seq
                    && !(mptcp(tp) && mptcp_is_data_fin(skb))) {
                break drop;
            }

            skb_dst_drop(skb);
            __skb_pull(skb, th.doff() * 4);

            TCP_ECN_accept_cwr(tp, skb);

            tp.rx_opt.dsack = false;

            out_of_window: {
                queue_and_out: {
                    if (TCP_SKB_CB(skb).seq == tp.rcv_nxt) {
                        if (tcp_receive_window(tp) == 0) {
                            break out_of_window;
                        }

                        if (tp.ucopy.task == current
                                && tp.copied_seq == tp.rcv_nxt && tp.ucopy.len != 0
                                && sock_owned_by_user(sk) && tp.urg_data == 0) {
                            int chunk = minU32(skb.len,
                                    tp.ucopy.len);

                            set_current_state(TASK_RUNNING);

                            // The socket is locked, so softirqs may run: they leave their segments in the backlog.
                            local_bh_enable();
                            if (skb_copy_datagram_iovec(skb, 0, tp.ucopy.iov, chunk) == 0) {
                                tp.ucopy.len -= chunk;
                                tp.copied_seq += chunk;
                                eaten = chunk == skb.len ? 1 : 0;
                                tcp_rcv_space_adjust(sk);
                            }
                            local_bh_disable();
                        }

                        break queue_and_out;
                    }

                    if (!after(TCP_SKB_CB(skb).end_seq, tp.rcv_nxt)) {
                        // Sent again although it had arrived: our ACK was lost, or late.
                        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_DELAYEDACKLOST);
                        tcp_dsack_set(sk, TCP_SKB_CB(skb).seq, TCP_SKB_CB(skb).end_seq);

                        break out_of_window;
                    }

                    if (!before(TCP_SKB_CB(skb).seq, tp.rcv_nxt + tcp_receive_window(tp))) {
                        break out_of_window;
                    }

                    tcp_enter_quickack_mode(sk);

                    if (before(TCP_SKB_CB(skb).seq, tp.rcv_nxt)) {
                        SOCK_DEBUG(sk, "partial packet: rcv_next %X seq %X - %X\n",
                                tp.rcv_nxt, TCP_SKB_CB(skb).seq,
                                TCP_SKB_CB(skb).end_seq);

                        tcp_dsack_set(sk, TCP_SKB_CB(skb).seq, tp.rcv_nxt);

                        if (tcp_receive_window(tp) == 0) {
                            break out_of_window;
                        }
                        break queue_and_out;
                    }

                    tcp_data_queue_ofo(sk, skb);
                    return;
                }
                if (eaten <= 0) {
                    if (eaten < 0
                            && tcp_try_rmem_schedule(sk, skb, skb.truesize) != 0) {
                        break drop;
                    }

                    eaten = tcp_queue_rcv(sk, skb, 0, fragstolen);
                }
                tp.rcv_nxt = TCP_SKB_CB(skb).end_seq;
                if (skb.len != 0 || mptcp_is_data_fin(skb)) {
                    tcp_event_data_recv(sk, skb);
                }
                if (th.fin()) {
                    tcp_fin(sk);
                }

                if (!skb_queue_empty(tp.out_of_order_queue)) {
                    tcp_ofo_queue(sk);

                    // The last hole is filled: tell at once (RFC 5681, section 4.2).
                    if (skb_queue_empty(tp.out_of_order_queue)) {
                        inet_csk(sk).icsk_ack.pingpong = 0;
                    }
                }

                if (tp.rx_opt.num_sacks != 0) {
                    tcp_sack_remove(tp);
                }

                tcp_fast_path_check(sk);

                if (eaten > 0) {
                    kfree_skb_partial(skb, fragstolen.val);
                }
                // For a subflow this sorts the data into the stream: needed also when nobody reads any more.
                if (!sock_flag(sk, SOCK_DEAD) || mptcp(tp)) {
                    sk.sk_data_ready.call(sk, 0);
                }
                return;
            }
            tcp_enter_quickack_mode(sk);
            inet_csk_schedule_ack(sk);
        }
        __kfree_skb(skb);
    }
}
