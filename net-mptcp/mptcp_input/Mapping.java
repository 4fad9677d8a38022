// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_err;
import static linux.sched.Sched.set_current_state;
import static linux.sched.task_struct.TASK_RUNNING;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Datagram.skb_copy_datagram_iovec;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.Queue.__skb_queue_after;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.Split.skb_split;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static mptcp_ctrl.Functions.mptcp_send_reset;
import static mptcp_ctrl.Functions.mptcp_sub_force_close_all;
import static mptcp_input.MetaStates.after64;
import static mptcp_input.MetaStates.before64;
import static mptcp_input.MetaStates.mptcp_become_fully_estab;
import static mptcp_ofo_queue.OfoQueue.mptcp_purge_ofo_queue;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.Dss.mptcp_skb_set_data_seq;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_INDEX;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_OFO;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_SET;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_SEQ;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_SEQ_64;
import static net.mptcp.Sequence64.mptcp_get_data_seq_64;
import static net.mptcp.Sequence64.mptcp_get_rcv_nxt_64;
import static net.sock.Memory.sk_mem_uncharge;
import static net.sock.Owner.skb_set_owner_r;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Windows.tcp_receive_window;
import static tcp_input.Buffers.tcp_rcv_space_adjust;
import static tcp_output.Fragment.__pskb_trim_head;

import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * From subflow sequence numbers to data sequence numbers: the mapping that DSS options announce (RFC 6824, section
 * 3.3.1).
 *
 * <p>A subflow has one mapping at a time, {@code map_*} in its {@code mptcp_tcp_sock}. {@link
 * DataReady#mptcp_data_ready} goes through the subflow's receive queue and calls for each packet, in this order,
 * {@link #mptcp_prevalidate_skb} (is it still MPTCP?), {@link #mptcp_detect_mapping} (does it announce a mapping?) and
 * {@link #mptcp_validate_mapping} (cut the packets to the mapping):
 *
 * <pre>
 *   receive queue       | A     | B           | C       |
 *   mapping                 |-------------------|
 *   after validation    xxxx| A | B           |C|  C'   |     x: nobody knows where it belongs; freed
 * </pre>
 *
 * <p>When the mapping is complete, {@link #mptcp_prepare_skb} gives the packets their data sequence numbers and {@link
 * DataReady#mptcp_queue_skb} passes them on. Bytes without a mapping wait: the announcement may come with a later
 * packet. If it never comes, the subflow is of no use.
 */
public final class Mapping {
    private Mapping() {}

    /** {@code &data_seq} of {@link #mptcp_detect_mapping}; it is read at once, so one is enough. */
    private static final IntRef seq_ref = new IntRef();

    /**
     * Turns the sequence numbers of a packet into data sequence numbers. A packet is not bound to its mapping any more
     * then, so mappings of several subflows may overlap. The FIN in the header now means DATA_FIN, for whoever reads.
     */
    static void mptcp_prepare_skb(sk_buff skb, sk_buff next,
            sock sk) {
        tcp_sock tp = tcp_sk(sk);
        tcp_skb_cb tcb = TCP_SKB_CB(skb);
        int inc = 0;

        // A DATA_FIN takes a number behind the last byte of its mapping; the FIN of the subflow does not count.
        if (tp.mptcp.map_data_fin
                && tcb.end_seq - (tcp_hdr(skb).fin() ? 1 : 0)
                        == tp.mptcp.map_subseq + tp.mptcp.map_data_len) {
            inc = 1;

            tcp_hdr(skb).fin(true);
        } else {
            tcp_hdr(skb).fin(false);
        }

        tcb.seq = (int) tp.mptcp.map_data_seq + tcb.seq - tp.mptcp.map_subseq;
        tcb.end_seq = tcb.seq + skb.len + inc;
    }

    /**
     * Copies a packet to the reader, who waits for exactly these bytes.
     *
     * @return 1: all of it was copied, so it need not be queued
     */
    static int mptcp_direct_copy(sk_buff skb, sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        int chunk = minU32(skb.len, meta_tp.ucopy.len);
        int eaten = 0;

        set_current_state(TASK_RUNNING);

        local_bh_enable();
        if (skb_copy_datagram_iovec(skb, 0, meta_tp.ucopy.iov, chunk) == 0) {
            meta_tp.ucopy.len -= chunk;
            meta_tp.copied_seq += chunk;
            eaten = chunk == skb.len ? 1 : 0;
            tcp_rcv_space_adjust(meta_sk);
        }
        local_bh_disable();
        return eaten;
    }

    /** The mapping has been used up. */
    static void mptcp_reset_mapping(tcp_sock tp) {
        tp.mptcp.map_data_len = 0;
        tp.mptcp.map_data_seq = 0;
        tp.mptcp.map_subseq = 0;
        tp.mptcp.map_data_fin = false;
        tp.mptcp.mapping_present = false;
    }

    /** Cuts off what lies before {@code seq}, the beginning of the mapping, and gives back the memory. */
    static void mptcp_skb_trim_head(sk_buff skb, sock sk, int seq) {
        int len = seq - TCP_SKB_CB(skb).seq;
        int new_seq = TCP_SKB_CB(skb).seq + len;

        __pskb_trim_head(skb, len);

        TCP_SKB_CB(skb).seq = new_seq;

        skb.truesize -= len;
        sk.sk_rmem_alloc -= len;
        sk_mem_uncharge(sk, len);
    }

    /**
     * Cuts a packet in two at {@code seq}, the end of the mapping. The second part stays in the receive queue behind
     * the first and waits for a mapping of its own; a FIN goes with it.
     *
     * @return 0 or {@code -ENOMEM}
     */
    @Differs("the header of the second part lies in the room in front of its payload. In the kernel it lies on the"
            + " payload, and the bits of the 14th byte pass for flags: the lowest was cleared, or taken for a FIN, and"
            + " with the second one set the reader never got any further; fixed when the flags moved to"
            + " TCP_SKB_CB(skb)->tcp_flags (MPTCP v0.90 and later)")
    static int mptcp_skb_split_tail(sk_buff skb, sock sk, int seq) {
        sk_buff buff;
        int nsize;
        int nlen, len;

        len = seq - TCP_SKB_CB(skb).seq;
        nsize = skb_headlen(skb) - len + tcp_sk(sk).tcp_header_len;
        if (nsize < 0) {
            nsize = 0;
        }

        buff = alloc_skb(nsize, GFP_ATOMIC);
        if (buff == null) {
            return -ENOMEM;
        }

        skb_reset_transport_header(buff);
        skb_reserve(buff, tcp_sk(sk).tcp_header_len);

        tcp_hdr(buff).fin(tcp_hdr(skb).fin());
        tcp_hdr(skb).fin(false);

        // First charge for the sk_buff as it is: the bytes that move are paid for already.
        skb_set_owner_r(buff, sk);
        nlen = skb.len - len - nsize;
        buff.truesize += nlen;
        skb.truesize -= nlen;

        TCP_SKB_CB(buff).seq = TCP_SKB_CB(skb).seq + len;
        TCP_SKB_CB(buff).end_seq = TCP_SKB_CB(skb).end_seq;
        TCP_SKB_CB(skb).end_seq = TCP_SKB_CB(buff).seq;

        skb_split(skb, buff, len);

        __skb_queue_after(sk.sk_receive_queue, skb, buff);

        return 0;
    }

    /**
     * Is it still MPTCP that comes in here? Until a whole window has been received with mappings, a packet without one
     * means that something on the way takes the options out: the first subflow falls back to TCP, another one is reset
     * (RFC 6824, section 3.6). A FIN without data means something for the subflow only and is taken out of the queue.
     *
     * @return 0: go on. 1: the subflow is reset. -1: the packet is gone, go on with the next one
     */
    static int mptcp_prevalidate_skb(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);

        if (skb.len == 0 && tcp_hdr(skb).fin() && !mptcp_is_data_fin(skb)
                && !tp.mpcb.infinite_mapping_rcv) {
            tp.copied_seq = TCP_SKB_CB(skb).end_seq;
            __skb_unlink(skb, sk.sk_receive_queue);
            __kfree_skb(skb);
            return -1;
        }

        if (!tp.mptcp.fully_established && !mptcp_is_data_seq(skb)
                && !tp.mptcp.mapping_present && !tp.mpcb.infinite_mapping_rcv) {
            pr_err("%s %#x will fallback - pi %d from %s, seq %d\n",
                    "mptcp_prevalidate_skb", tp.mpcb.mptcp_loc_token,
                    tp.mptcp.path_index, "mptcp_data_ready",
                    u32(TCP_SKB_CB(skb).seq));

            if (!is_master_tp(tp)) {
                mptcp_send_reset(sk);
                return 1;
            }

            tp.mpcb.infinite_mapping_snd = true;
            tp.mpcb.infinite_mapping_rcv = true;

            mptcp_sub_force_close_all(tp.mpcb, sk);

            // The peer has fallen back as silently: an infinite mapping would not get through anyway.
            tp.mpcb.send_infinite_mapping = false;
            tp.mptcp.fully_established = true;
        }

        if (!tp.mptcp.fully_established) {
            tp.mptcp.init_rcv_wnd -= skb.len;
            if (tp.mptcp.init_rcv_wnd < 0) {
                mptcp_become_fully_estab(sk);
            }
        }

        return 0;
    }

    /**
     * Takes the mapping from the DSS option of a packet, if it has one.
     *
     * <ul>
     *   <li>After a fallback every packet is its own mapping, to the next data expected; its FIN is a DATA_FIN.
     *   <li>While a mapping is incomplete, an option must repeat it, or the subflow is reset.
     *   <li>Length 0: the peer has fallen back (infinite mapping, RFC 6824, section 3.6). Then the others are closed.
     *   <li>The mapping must begin at what is not consumed yet and touch the packet, or the subflow is reset.
     *   <li>More than 64 KiB without a mapping: reset, for that is the longest one.
     * </ul>
     *
     * @return 0: go on, with or without a mapping. 1: the subflow is reset. -1: the packet is gone
     */
    @Differs("resets the subflow if the mapping lies behind the end of the packet, where the kernel reads on: after two"
            + " DSS options in one segment, flags and place may be of different ones")
    @KernelBug("an infinite mapping is accepted at any time, from a peer that has sent no MP_FAIL and with other"
            + " subflows alive: they are closed, and what is out of order is thrown away")
    static int mptcp_detect_mapping(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk), meta_tp = mptcp_meta_tp(tp);
        mptcp_cb mpcb = tp.mpcb;
        tcp_skb_cb tcb = TCP_SKB_CB(skb);
        int ptr;
        int data_seq, sub_seq, data_len, tcp_end_seq;

        if (mpcb.infinite_mapping_rcv) {
            tp.mptcp.map_data_seq = mptcp_get_rcv_nxt_64(meta_tp);
            tp.mptcp.map_subseq = tcb.seq;
            tp.mptcp.map_data_len = skb.len & 0xffff;
            tp.mptcp.map_data_fin = tcp_hdr(skb).fin();
            tp.mptcp.mapping_present = true;
            return 0;
        }

        if (!mptcp_is_data_seq(skb)) {
            if (!tp.mptcp.mapping_present
                    && gtU32(tp.rcv_nxt - tp.copied_seq, 65536)) {
                mptcp_send_reset(sk);
                return 1;
            }

            return 0;
        }

        if (skb_transport_header(skb) + tcb.dss_off
                        + ((tcb.mptcp_flags & MPTCPHDR_SEQ64_SET) != 0 ? MPTCP_SUB_LEN_SEQ_64 : MPTCP_SUB_LEN_SEQ)
                > skb.tail) {
            mptcp_send_reset(sk);
            return 1;
        }

        ptr = mptcp_skb_set_data_seq(skb, seq_ref, mpcb);
        data_seq = seq_ref.val;
        ptr += 4;
        sub_seq = get32(skb.head, ptr) + tp.mptcp.rcv_isn;
        ptr += 4;
        data_len = get16(skb.head, ptr);

        // A DATA_FIN without data says 0 here, as it takes no room in the subflow (RFC 6824, section 3.3.3).
        if (mptcp_is_data_fin(skb) && skb.len == 0) {
            sub_seq = TCP_SKB_CB(skb).seq;
        }

        if (tp.mptcp.mapping_present
                && (data_seq != (int) tp.mptcp.map_data_seq
                        || sub_seq != tp.mptcp.map_subseq
                        || data_len != tp.mptcp.map_data_len + (tp.mptcp.map_data_fin ? 1 : 0)
                        || mptcp_is_data_fin(skb) != tp.mptcp.map_data_fin)) {
            pr_err("%s Mappings do not match!\n", "mptcp_detect_mapping");
            pr_err("%s dseq %d mdseq %d, sseq %d msseq %d dlen %d mdlen %d dfin %d mdfin %d\n",
                    "mptcp_detect_mapping", u32(data_seq), u32((int) tp.mptcp.map_data_seq),
                    u32(sub_seq), u32(tp.mptcp.map_subseq), data_len,
                    tp.mptcp.map_data_len, mptcp_is_data_fin(skb) ? 1 : 0,
                    tp.mptcp.map_data_fin ? 1 : 0);
            mptcp_send_reset(sk);
            return 1;
        }

        if (tp.mptcp.mapping_present) {
            return 0;
        }

        if (data_len == 0) {
            mpcb.infinite_mapping_rcv = true;
            mpcb.send_infinite_mapping = true;
            tp.mptcp.fully_established = true;
            // MP_FAIL has been repeated until now: the peer has understood it.
            tp.mptcp.send_mp_fail = false;

            data_len = skb.len + (mptcp_is_data_fin(skb) ? 1 : 0);
            sub_seq = tcb.seq;

            mptcp_sub_force_close_all(mpcb, sk);

            // From here on data come in order, and these would be taken for the next ones.
            mptcp_purge_ofo_queue(meta_tp);
        }

        // Until the peer has fallen back, nothing that it sends with a mapping can be trusted.
        if (tp.mptcp.send_mp_fail) {
            tp.copied_seq = TCP_SKB_CB(skb).end_seq;
            __skb_unlink(skb, sk.sk_receive_queue);
            __kfree_skb(skb);
            return -1;
        }

        if (mptcp_is_data_fin(skb)) {
            data_len--;
        }

        tcp_end_seq = tcb.end_seq - (tcp_hdr(skb).fin() ? 1 : 0);
        if (!before(sub_seq, tcb.end_seq) && after(tcp_end_seq, tcb.seq)
                || mptcp_is_data_fin(skb) && skb.len == 0 && after(sub_seq, tcb.end_seq)
                || !after(sub_seq + data_len, tcb.seq) && after(tcp_end_seq, tcb.seq)
                || before(sub_seq, tp.copied_seq)) {
            pr_err("%s Packet's mapping does not map to the DSS sub_seq %d "
                    + "end_seq %d, tcp_end_seq %d seq %d dfin %d len %d data_len %d"
                    + "copied_seq %d\n", "mptcp_detect_mapping", u32(sub_seq), u32(tcb.end_seq), u32(tcp_end_seq),
                    u32(tcb.seq), mptcp_is_data_fin(skb) ? 1 : 0,
                    skb.len, u32(data_len), u32(tp.copied_seq));
            mptcp_send_reset(sk);
            return 1;
        }

        if ((tcb.mptcp_flags & MPTCPHDR_SEQ64_SET) == 0) {
            // Ahead of what is expected, and yet a smaller number: the low half wraps in between.
            if (after(data_seq, meta_tp.rcv_nxt) && ltU32(data_seq, meta_tp.rcv_nxt)) {
                tp.mptcp.map_data_seq = mptcp_get_data_seq_64(mpcb, mpcb.rcv_hiseq_index != 0 ? 0 : 1, data_seq);
            } else {
                tp.mptcp.map_data_seq = mptcp_get_data_seq_64(mpcb, mpcb.rcv_hiseq_index, data_seq);
            }
        } else {
            tp.mptcp.map_data_seq = mptcp_get_data_seq_64(mpcb,
                    (tcb.mptcp_flags & MPTCPHDR_SEQ64_INDEX) != 0 ? 1 : 0, data_seq);

            if ((tcb.mptcp_flags & MPTCPHDR_SEQ64_OFO) != 0) {
                // Far away, so that it will be dropped as out of the window.
                tp.mptcp.map_data_seq += 0xFFFFFFFFL;
                tp.mptcp.map_data_seq += 0xFFFFFFFFL;
            }
        }

        tp.mptcp.map_data_len = data_len & 0xffff;
        tp.mptcp.map_subseq = sub_seq;
        tp.mptcp.map_data_fin = mptcp_is_data_fin(skb);
        tp.mptcp.mapping_present = true;

        return 0;
    }

    /**
     * Does a mapping touch the receive window? What {@code tcp_sequence} is for segments (RFC 793, section 3.3), with
     * 64 bits: the low half of {@code rcv_wup} may still be in front of a wrap that {@code rcv_nxt} is behind.
     *
     * @param data_seq the first data sequence number, and {@code end_data_seq} the one behind the last
     */
    static boolean mptcp_sequence(tcp_sock meta_tp,
            long data_seq, long end_data_seq) {
        mptcp_cb mpcb = meta_tp.mpcb;
        long rcv_wup64;

        if (gtU32(meta_tp.rcv_wup, meta_tp.rcv_nxt)) {
            rcv_wup64 = u32(mpcb.rcv_high_order[mpcb.rcv_hiseq_index] - 1) << 32
                    | u32(meta_tp.rcv_wup);
        } else {
            rcv_wup64 = mptcp_get_data_seq_64(mpcb, mpcb.rcv_hiseq_index,
                    meta_tp.rcv_wup);
        }

        return !before64(end_data_seq, rcv_wup64)
                && !after64(data_seq, mptcp_get_rcv_nxt_64(meta_tp) + u32(tcp_receive_window(meta_tp)));
    }

    /**
     * Cuts the packets in the queue to the present mapping: what the first one has in front of it, and what {@code skb}
     * has behind it. Packets that lie before it as a whole are freed: their own mapping was lost.
     *
     * @return 0: go on. -1: there was no memory to split the packet, so it is gone; the peer's meta socket will send
     *     it again
     */
    static int mptcp_validate_mapping(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff tmp, tmp1;
        int tcp_end_seq;

        if (!tp.mptcp.mapping_present) {
            return 0;
        }

        tmp = skb_peek(sk.sk_receive_queue);
        if (before(TCP_SKB_CB(tmp).seq, tp.mptcp.map_subseq)
                && after(TCP_SKB_CB(tmp).end_seq, tp.mptcp.map_subseq)) {
            mptcp_skb_trim_head(tmp, sk, tp.mptcp.map_subseq);
        }

        tcp_end_seq = TCP_SKB_CB(skb).end_seq - (tcp_hdr(skb).fin() ? 1 : 0);
        if (after(tcp_end_seq, tp.mptcp.map_subseq + tp.mptcp.map_data_len)) {
            int seq = tp.mptcp.map_subseq + tp.mptcp.map_data_len;
            if (mptcp_skb_split_tail(skb, sk, seq) != 0) {
                tp.copied_seq = TCP_SKB_CB(skb).end_seq;
                __skb_unlink(skb, sk.sk_receive_queue);
                __kfree_skb(skb);
                return -1;
            }
        }

        if (before(TCP_SKB_CB(skb_peek(sk.sk_receive_queue)).seq, tp.mptcp.map_subseq)) {
            for (tmp1 = sk.sk_receive_queue.next; tmp1 != null; tmp1 = tmp) {
                tmp = tmp1.next;
                if (!before(TCP_SKB_CB(tmp1).seq, tp.mptcp.map_subseq)) {
                    break;
                }

                tp.copied_seq = TCP_SKB_CB(tmp1).end_seq;
                __skb_unlink(tmp1, sk.sk_receive_queue);

                __kfree_skb(tmp1);
            }
        }

        return 0;
    }
}
