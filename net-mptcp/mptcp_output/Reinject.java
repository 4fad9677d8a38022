// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.ALIGN;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Copy.pskb_copy_for_clone;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Queue.__skb_queue_after;
import static linux.skbuff.Queue.__skb_queue_head;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.Queue.skb_peek_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.skbuff.Queue.skb_queue_head;
import static linux.skbuff.Queue.skb_queue_is_first;
import static linux.skbuff.Queue.skb_queue_is_last;
import static linux.skbuff.Queue.skb_queue_next;
import static linux.skbuff.Queue.skb_queue_prev;
import static linux.tcp.Sockets.tcp_sk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_REMOVE_ADDR;
import static net.mptcp.Paths.mptcp_pi_to_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_uncharge;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_output.Push.mptcp_push_pending_frames;

import linux.compiler.Differs;
import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.net_namespace.net;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * Data that went to one subflow is given back to the connection, so that another subflow can carry it (RFC 6824,
 * section 3.3.6). The packets wait on {@code mpcb.reinject_queue}, sorted by data sequence number, and {@link
 * WriteXmit#mptcp_write_xmit} takes them before anything new.
 *
 * <p>{@link #mptcp_reinject_data} comes from whoever gives a subflow up: a timeout ({@code mptcp_sub_retransmit...},
 * {@code tcp_write_timeout}), a reset, an address that went away ({@code mptcp_fullmesh}).
 *
 * <p>The class opens, as the source does, with the length of the REMOVE_ADDR option.
 */
public final class Reinject {
    private Reinject() {}

    /** Flags in the first word of a stored DSS option, see {@link net.mptcp.mp_dss}. */
    private static final int DSS_A = 0x01;

    private static final int DSS_a = 0x02;
    private static final int DSS_M = 0x04;

    /** Bytes of a REMOVE_ADDR option for the address ids whose bits are set (16 bits, at least one). */
    static int mptcp_sub_len_remove_addr(int bitfield) {
        int c;
        for (c = 0; bitfield != 0; c++) {
            bitfield &= bitfield - 1;
        }
        return MPTCP_SUB_LEN_REMOVE_ADDR + c - 1;
    }

    /** The same with the NOPs behind it. */
    public static int mptcp_sub_len_remove_addr_align(int bitfield) {
        return ALIGN(mptcp_sub_len_remove_addr(bitfield), 4);
    }

    /**
     * Takes the data sequence numbers of a packet from the mapping that was stored with it, since {@code seq} and
     * {@code end_seq} are those of the subflow by now.
     *
     * @return 1: it has no mapping
     */
    static int mptcp_reconstruct_mapping(sk_buff skb, sk_buff orig_skb) {
        int[] mpdss = TCP_SKB_CB(skb).dss;
        int p32;

        if (mpdss == null || (mpdss[0] & DSS_M) == 0) {
            return 1;
        }

        p32 = 1;
        if ((mpdss[0] & DSS_A) != 0) {
            p32++;
            if ((mpdss[0] & DSS_a) != 0) {
                p32++;
            }
        }

        TCP_SKB_CB(skb).seq = mpdss[p32];

        // Behind it the subflow sequence number, then the length in the upper half of a word.
        p32++;
        p32++;
        TCP_SKB_CB(skb).end_seq = (mpdss[p32] >>> 16) + TCP_SKB_CB(skb).seq;

        return 0;
    }

    /** Looks up in the meta socket's send queue on which paths the data of {@code skb} have been. */
    static void mptcp_find_and_set_pathmask(sock meta_sk, sk_buff skb) {
        sk_buff skb_it;

        skb_it = tcp_write_queue_head(meta_sk);

        for (; skb_it != null; skb_it = skb_it.next) {
            if (skb_it == tcp_send_head(meta_sk)) {
                break;
            }

            if (TCP_SKB_CB(skb_it).seq == TCP_SKB_CB(skb).seq) {
                TCP_SKB_CB(skb).path_mask = TCP_SKB_CB(skb_it).path_mask;
                break;
            }
        }
    }

    /**
     * Puts one packet into the reinject queue, if its data are still needed and no other packet there has them.
     *
     * <p>A packet that is only a part of its mapping (it was cut) cannot be mapped again: in its place copies of the
     * packets of the meta socket are taken that lie within the mapping.
     *
     * @param sk the subflow that had it; null: {@code orig_skb} is from the meta socket's own queue
     * @param clone_it 0: takes {@code orig_skb} itself away from the subflow; else a copy, without memory nothing
     */
    @KernelBug("A packet on the queue is dropped as soon as the new one reaches into it, also when it goes on behind"
            + " the new one: then its end is sent again only after the meta socket's timeout")
    @Differs("a packet that is taken away from a subflow is no longer what that is to send next: the kernel leaves sk_send_head as it is,"
            + " and may send from freed memory, since mptcp_reinject_data() pushes before it sets pf")
    static void __mptcp_reinject_data(sk_buff orig_skb, sock meta_sk, sock sk, int clone_it) {
        sk_buff skb;
        sk_buff skb1;
        tcp_sock meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;
        int seq;
        int end_seq;

        if (clone_it != 0) {
            // The other subflow will write its own headers.
            skb = pskb_copy_for_clone(orig_skb, GFP_ATOMIC);
        } else {
            if (sk.sk_send_head == orig_skb) {
                sk.sk_send_head = orig_skb.next;
            }
            __skb_unlink(orig_skb, sk.sk_write_queue);
            sock_set_flag(sk, SOCK_QUEUE_SHRUNK);
            sk.sk_wmem_queued -= orig_skb.truesize;
            sk_mem_uncharge(sk, orig_skb.truesize);
            skb = orig_skb;
        }
        if (skb == null) {
            return;
        }

        if (sk != null && mptcp_reconstruct_mapping(skb, orig_skb) != 0) {
            __kfree_skb(skb);
            return;
        }

        skb.sk = meta_sk;

        if (!after(TCP_SKB_CB(skb).end_seq, meta_tp.snd_una)) {
            __kfree_skb(skb);
            return;
        }

        if (skb.len + (mptcp_is_data_fin(skb) ? 1 : 0) != TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq) {
            seq = TCP_SKB_CB(skb).seq;
            end_seq = TCP_SKB_CB(skb).end_seq;

            __kfree_skb(skb);

            for (skb = tcp_write_queue_head(meta_sk); skb != null; skb = skb.next) {
                if (before(TCP_SKB_CB(skb).seq, seq)) {
                    continue;
                }
                if (after(TCP_SKB_CB(skb).end_seq, end_seq)) {
                    return;
                }

                __mptcp_reinject_data(skb, meta_sk, null, 1);
            }
            return;
        }

        // From here on it is the meta socket's: path_mask has its place where the mapping was.
        TCP_SKB_CB(skb).dss = null;
        TCP_SKB_CB(skb).path_mask = 0;

        mptcp_find_and_set_pathmask(meta_sk, skb);

        if (skb_queue_empty(mpcb.reinject_queue)) {
            skb_queue_head(mpcb.reinject_queue, skb);
            return;
        }

        skb1 = skb_peek_tail(mpcb.reinject_queue);
        seq = TCP_SKB_CB(skb).seq;
        while (true) {
            if (!after(TCP_SKB_CB(skb1).seq, seq)) {
                break;
            }
            if (skb_queue_is_first(mpcb.reinject_queue, skb1)) {
                skb1 = null;
                break;
            }
            skb1 = skb_queue_prev(mpcb.reinject_queue, skb1);
        }

        end_seq = TCP_SKB_CB(skb).end_seq;
        if (skb1 != null && before(seq, TCP_SKB_CB(skb1).end_seq)) {
            if (!after(end_seq, TCP_SKB_CB(skb1).end_seq)) {
                __kfree_skb(skb);
                return;
            }
            if (seq == TCP_SKB_CB(skb1).seq) {
                if (skb_queue_is_first(mpcb.reinject_queue, skb1)) {
                    skb1 = null;
                } else {
                    skb1 = skb_queue_prev(mpcb.reinject_queue, skb1);
                }
            }
        }
        if (skb1 == null) {
            __skb_queue_head(mpcb.reinject_queue, skb);
        } else {
            __skb_queue_after(mpcb.reinject_queue, skb1, skb);
        }

        while (!skb_queue_is_last(mpcb.reinject_queue, skb)) {
            skb1 = skb_queue_next(mpcb.reinject_queue, skb);

            if (!after(end_seq, TCP_SKB_CB(skb1).seq)) {
                break;
            }

            __skb_unlink(skb1, mpcb.reinject_queue);
            __kfree_skb(skb1);
        }
    }

    /**
     * Gives back to the connection all that subflow {@code sk} has not yet got acknowledged, and marks it as
     * potentially failed ({@code pf}): the scheduler leaves it alone until something is acknowledged on it.
     *
     * <p>SYNs and FINs are the subflow's own. A DATA_FIN without data is not on its queue: that is taken from the meta
     * socket.
     *
     * @param clone_it 0: its queue is emptied, it will not live much longer
     */
    public static void mptcp_reinject_data(sock sk, int clone_it) {
        sk_buff skb_it;
        sk_buff tmp;
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = tp.meta_sk;

        if (meta_sk.skc_state == TCP_CLOSE) {
            return;
        }

        for (skb_it = sk.sk_write_queue.next; skb_it != null; skb_it = tmp) {
            tmp = skb_it.next;
            tcp_skb_cb tcb = TCP_SKB_CB(skb_it);
            if ((tcb.tcp_flags & TCPHDR_SYN) != 0
                    || ((tcb.tcp_flags & TCPHDR_FIN) != 0 && !mptcp_is_data_fin(skb_it))
                    || ((tcb.tcp_flags & TCPHDR_FIN) != 0 && mptcp_is_data_fin(skb_it) && skb_it.len == 0)) {
                continue;
            }

            __mptcp_reinject_data(skb_it, meta_sk, sk, clone_it);
        }

        skb_it = tcp_write_queue_tail(meta_sk);
        if (skb_it != null && mptcp_is_data_fin(skb_it) && skb_it.len == 0
                && (TCP_SKB_CB(skb_it).path_mask & mptcp_pi_to_flag(tp.mptcp.path_index)) != 0) {
            __mptcp_reinject_data(skb_it, meta_sk, null, 1);
        }

        mptcp_push_pending_frames(meta_sk);

        tp.pf = true;
    }
}
