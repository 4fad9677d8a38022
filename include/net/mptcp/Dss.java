// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_SET;
import static net.mptcp.Sequence64.mptcp_get_64_bit;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.types.Be;

/** What the DSS option of a packet says, as it was noted in its control block when the options were parsed. */
public final class Dss {
    private Dss() {}

    /** Bytes that the option must have by its flags, with ({@code csum} 1) or without (0) a checksum. */
    public static int mptcp_sub_len_dss(mp_dss m, int csum) {
        return 4 + (m.A() ? 4 + (m.a() ? 4 : 0) : 0) + (m.M() ? 10 + (m.m() ? 4 : 0) + csum * 2 : 0);
    }

    /** Does it carry a mapping? */
    public static boolean mptcp_is_data_seq(sk_buff skb) {
        return (TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_SEQ) != 0;
    }

    /** Does it carry a DATA_FIN? */
    public static boolean mptcp_is_data_fin(sk_buff skb) {
        return (TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_FIN) != 0;
    }

    /** After a fallback there are no DATA_FINs any more: then the FIN of the one subflow stands for it. */
    public static boolean mptcp_is_data_fin2(sk_buff skb, tcp_sock tp) {
        return mptcp_is_data_fin(skb) || tp.mpcb.infinite_mapping_rcv && tcp_hdr(skb).fin();
    }

    /**
     * Reads the data sequence number of a mapping.
     *
     * @param data_seq gets its low 32 bits
     * @param mpcb if the number has 64 bits, the control block notes which half of the window it is in ({@link
     *     Sequence64#mptcp_get_64_bit}); null: it does not
     * @return where in {@code skb.head} the low 32 bits stand; the subflow sequence number follows
     */
    public static int mptcp_skb_set_data_seq(sk_buff skb, IntRef data_seq, mptcp_cb mpcb) {
        int ptr = skb_transport_header(skb) + TCP_SKB_CB(skb).dss_off;

        if ((TCP_SKB_CB(skb).mptcp_flags & MPTCPHDR_SEQ64_SET) != 0) {
            long data_seq64 = Be.get64(skb.head, ptr);

            if (mpcb != null) {
                TCP_SKB_CB(skb).mptcp_flags |= mptcp_get_64_bit(data_seq64, mpcb);
            }

            data_seq.val = (int) data_seq64;
            ptr += 4;
        } else {
            data_seq.val = Be.get32(skb.head, ptr);
        }

        return ptr;
    }
}
