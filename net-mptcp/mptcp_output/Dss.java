// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get32;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.Dss.mptcp_sub_len_dss;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.mptcp.MptcpConst.MPTCPHDR_INF;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ACK_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_DSS_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_SEQ_ALIGN;
import static net.mptcp.Sequence64.mptcp_get_highorder_sndbits;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPOPT_EOL;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.WriteQueue.tcp_write_queue_empty;
import static tcp.Close.tcp_close_state;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mp_dss;
import net.mptcp.mptcp_cb;
import net.net_namespace.net;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * The DSS option of what we send (RFC 6824, section 3.3; its layout is at {@link net.mptcp.mp_dss}). We only ever
 * write data sequence numbers and data ACKs of 32 bits.
 *
 * <p>A mapping must not change once it has been sent, but packets are cut and merged before they are sent again. So
 * it is made once, when {@link WriteXmit#mptcp_skb_entail} gives the packet to a subflow, and kept in the control
 * block ({@link #mptcp_save_dss_data_seq}); {@link Options#mptcp_options_write} copies it from there with the data ACK
 * of the moment ({@link #mptcp_write_dss_data_seq}).
 */
public final class Dss {
    private Dss() {}

    /** Bytes of the option with data ACK and mapping: what is kept in the control block. */
    public static final int mptcp_dss_len = MPTCP_SUB_LEN_DSS_ALIGN + MPTCP_SUB_LEN_ACK_ALIGN + MPTCP_SUB_LEN_SEQ_ALIGN;

    /** Where a mapping is written before it goes into the control block, and the high half of its sequence number. */
    private static final byte[] scratch = new byte[mptcp_dss_len];

    private static final byte[] hdseq_bytes = new byte[4];

    /**
     * May the DATA_FIN in {@code skb} take the FIN of this subflow along, which saves a packet? Only if no subflow has
     * anything left to send, or all data are acknowledged. If the peer closed first and did not combine, neither do
     * we: it may have had its reason, since who sends the first FIN ends in TIME_WAIT.
     */
    static void mptcp_combine_dfin(sk_buff skb, sock meta_sk, sock subsk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;
        tcp_sock sk_it;
        boolean all_empty = true;
        boolean all_acked;

        // After a fallback there is no DATA_FIN that the peer would understand.
        if (mpcb.infinite_mapping_snd && tcp_close_state(subsk) != 0) {
            subsk.sk_shutdown |= SEND_SHUTDOWN;
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_FIN;
            return;
        }

        if ((meta_sk.sk_shutdown & RCV_SHUTDOWN) != 0) {
            if (!mpcb.dfin_combined) {
                return;
            }
        }

        for (sk_it = mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            if (!mptcp_sk_can_send(sk_it)) {
                continue;
            }

            if (!tcp_write_queue_empty(sk_it)) {
                all_empty = false;
            }
        }

        // The DATA_FIN itself took one.
        all_acked = meta_tp.snd_una == meta_tp.write_seq - 1;

        if ((all_empty || all_acked) && tcp_close_state(subsk) != 0) {
            subsk.sk_shutdown |= SEND_SHUTDOWN;
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_FIN;
        }
    }

    /**
     * Writes the mapping: data sequence number, subflow sequence number (from the subflow's ISN; 0 for a DATA_FIN
     * alone), length, and the checksum over the data and a pseudo header of these with the 64-bit data sequence number
     * (section 3.3.1). A length of 0 stands for the infinite mapping, which has no checksum.
     *
     * @return 32-bit words written; with a checksum one too few, but nobody looks
     */
    static int mptcp_write_dss_mapping(tcp_sock tp, sk_buff skb, byte[] ptr, int ptr_at) {
        tcp_skb_cb tcb = TCP_SKB_CB(skb);
        int start = ptr_at;
        int data_len;

        put32(ptr, ptr_at, tcb.seq);
        ptr_at += 4;

        if (mptcp_is_data_fin(skb) && skb.len == 0) {
            put32(ptr, ptr_at, 0);
        } else {
            put32(ptr, ptr_at, tp.write_seq - tp.mptcp.snt_isn);
        }
        ptr_at += 4;

        if ((tcb.mptcp_flags & MPTCPHDR_INF) != 0) {
            data_len = 0;
        } else {
            data_len = tcb.end_seq - tcb.seq & 0xffff;
        }

        if (tp.mpcb.dss_csum && data_len != 0) {
            int hdseq = mptcp_get_highorder_sndbits(skb, tp.mpcb);
            int csum;

            put32(ptr, ptr_at, data_len << 16 | TCPOPT_EOL << 8 | TCPOPT_EOL);
            csum = csum_partial(ptr, ptr_at - 8, 12, skb.csum);
            put32(hdseq_bytes, 0, hdseq);
            put16(ptr, ptr_at + 2, csum_fold(csum_partial(hdseq_bytes, 0, 4, csum)));
        } else {
            put32(ptr, ptr_at, data_len << 16 | TCPOPT_NOP << 8 | TCPOPT_NOP);
            ptr_at += 4;
        }

        return ptr_at - start >> 2;
    }

    /** Writes the head of the option and the data ACK. @return 32-bit words */
    static int mptcp_write_dss_data_ack(tcp_sock tp, sk_buff skb, byte[] ptr, int ptr_at) {
        mp_dss mdss = new mp_dss(ptr, ptr_at);
        int start = ptr_at;

        mdss.kind(TCPOPT_MPTCP);
        mdss.sub(MPTCP_SUB_DSS);
        mdss.rsv1(0);
        mdss.rsv2(0);
        mdss.F(mptcp_is_data_fin(skb));
        mdss.m(false);
        mdss.M(mptcp_is_data_seq(skb));
        mdss.a(false);
        mdss.A(true);
        mdss.len(mptcp_sub_len_dss(mdss, tp.mpcb.dss_csum ? 1 : 0));
        ptr_at += 4;

        put32(ptr, ptr_at, mptcp_meta_tp(tp).rcv_nxt);
        ptr_at += 4;

        return ptr_at - start >> 2;
    }

    /** Makes the mapping of a packet that is about to enter a subflow and keeps it in the control block. */
    static void mptcp_save_dss_data_seq(tcp_sock tp, sk_buff skb) {
        tcp_skb_cb tcb = TCP_SKB_CB(skb);
        int ptr = 0;
        int[] dss = new int[mptcp_dss_len / 4];

        tcb.mptcp_flags |= MPTCPHDR_SEQ;

        ptr += 4 * mptcp_write_dss_data_ack(tp, skb, scratch, ptr);
        ptr += 4 * mptcp_write_dss_mapping(tp, skb, scratch, ptr);

        for (int i = 0; i < dss.length; i++) {
            dss[i] = get32(scratch, 4 * i);
        }
        tcb.dss = dss;
        tcb.path_mask = 0;
    }

    /**
     * Writes the kept mapping into a header, with the data ACK of now. The control block is cleared, for in C the
     * bytes are IP's from here on: {@code skb} is the copy that is sent.
     *
     * @return 32-bit words
     */
    static int mptcp_write_dss_data_seq(tcp_sock tp, sk_buff skb, byte[] ptr, int ptr_at) {
        int start = ptr_at;
        int[] dss = TCP_SKB_CB(skb).dss;

        for (int i = 0; i < mptcp_dss_len / 4; i++) {
            put32(ptr, ptr_at + 4 * i, dss[i]);
        }

        put32(ptr, start + 4, mptcp_meta_tp(tp).rcv_nxt);

        TCP_SKB_CB(skb).dss = null;
        TCP_SKB_CB(skb).path_mask = 0;

        return mptcp_dss_len / 4;
    }
}
