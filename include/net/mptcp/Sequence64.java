// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_INDEX;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_OFO;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;

/**
 * Data sequence numbers have 64 bits (RFC 6824, section 3.3.1), the meta socket counts in 32. The high halves are kept
 * beside it, two for each direction: one that goes with {@code snd_nxt} or {@code rcv_nxt} (the {@code hiseq_index}
 * says which) and one for what lies across the next wrap of the low half, or the last one. So an element is always
 * taken over by the number two above its own.
 */
public final class Sequence64 {
    private Sequence64() {}

    /**
     * Which of the two high halves of the receiver has {@code data_seq}?
     *
     * @return 0 the first, {@code MPTCPHDR_SEQ64_INDEX} the second, {@code MPTCPHDR_SEQ64_OFO} none: out of window
     */
    public static int mptcp_get_64_bit(long data_seq, mptcp_cb mpcb) {
        int data_seq_high = (int) (data_seq >>> 32);

        if (mpcb.rcv_high_order[0] == data_seq_high) {
            return 0;
        } else if (mpcb.rcv_high_order[1] == data_seq_high) {
            return MPTCPHDR_SEQ64_INDEX;
        } else {
            return MPTCPHDR_SEQ64_OFO;
        }
    }

    /** The high half that goes with the data of {@code skb}, which is on the meta socket's send queue. */
    public static int mptcp_get_highorder_sndbits(sk_buff skb, mptcp_cb mpcb) {
        return mpcb.snd_high_order[(TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_SEQ64_INDEX) != 0 ? 1 : 0];
    }

    /** The full number of received data, whose high half is that of {@code index}. */
    public static long mptcp_get_data_seq_64(mptcp_cb mpcb, int index, int data_seq_32) {
        return (long) mpcb.rcv_high_order[index] << 32 | u32(data_seq_32);
    }

    /** The next data expected. */
    public static long mptcp_get_rcv_nxt_64(tcp_sock meta_tp) {
        mptcp_cb mpcb = meta_tp.mpcb;
        return mptcp_get_data_seq_64(mpcb, mpcb.rcv_hiseq_index, meta_tp.rcv_nxt);
    }

    /** Before {@code snd_nxt} moves on by {@code inc}: if it wraps, the other high half becomes the present one. */
    public static void mptcp_check_sndseq_wrap(tcp_sock meta_tp, int inc) {
        if (gtU32(meta_tp.snd_nxt, meta_tp.snd_nxt + inc)) {
            mptcp_cb mpcb = meta_tp.mpcb;
            mpcb.snd_hiseq_index = mpcb.snd_hiseq_index != 0 ? 0 : 1;
            mpcb.snd_high_order[mpcb.snd_hiseq_index] += 2;
        }
    }

    /** After {@code rcv_nxt} has moved on: likewise. Here the half left behind is raised: it becomes the next one. */
    public static void mptcp_check_rcvseq_wrap(tcp_sock meta_tp, int old_rcv_nxt) {
        if (gtU32(old_rcv_nxt, meta_tp.rcv_nxt)) {
            mptcp_cb mpcb = meta_tp.mpcb;
            mpcb.rcv_high_order[mpcb.rcv_hiseq_index] += 2;
            mpcb.rcv_hiseq_index = mpcb.rcv_hiseq_index != 0 ? 0 : 1;
        }
    }
}
