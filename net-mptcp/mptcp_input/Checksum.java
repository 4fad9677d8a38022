// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pr_err;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_transport_offset;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.skb_queue_is_last;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get8;
import static linux.types.Be.put32;
import static mptcp_ctrl.Functions.mptcp_send_reset;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_SET;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_SEQ_CSUM;
import static net.tcp.Sequence.before;

import linux.compiler.Differs;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * The checksum of a DSS mapping (RFC 6824, section 3.3.1): middleboxes that change the payload without knowing of
 * MPTCP are found out by it. {@link DataReady#mptcp_queue_skb} asks when all of a mapping has arrived.
 *
 * <pre>
 * +---------------------------------------------------------------+
 * |             data sequence number (64 bits, always)            |    a pseudo header, as in TCP:
 * +---------------------------------------------------------------+    of the DSS option, but for the
 * |             subflow sequence number (32 bits)                 |    high half of the first number
 * +-------------------------------+-------------------------------+
 * |       length of the mapping   |        checksum               |
 * +-------------------------------+-------------------------------+
 * |             the payload, from however many packets            |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class Checksum {
    private Checksum() {}

    /** {@code first_word} and {@code data_seq} of the source. */
    private static final byte[] word = new byte[4];

    /**
     * Sums up the packets of the present mapping, which stand at the front of the subflow's receive queue. A sum over
     * a packet of odd length leaves the next one shifted by a byte; its first byte is then added alone.
     *
     * <p>If the sum is wrong, an MP_FAIL will be sent. With other subflows this one is reset and its data come again
     * elsewhere; the last one falls back to TCP, with the data in the queue lost: the peer, told by MP_FAIL, sends
     * everything from there on again (RFC 6824, section 3.6).
     *
     * @return 1: right. -1: wrong, and the subflow is reset. 0: wrong, and the queue has been emptied
     */
    @Differs("reads neither the first byte of an empty packet nor a mapping behind the end of the packet, where the"
            + " kernel stops in skb_checksum; a sum over no packet at all is wrong without a look at the last packet")
    static int mptcp_verif_dss_csum(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff tmp, tmp1, last = null;
        int csum_tcp = 0;
        int ans = 1, overflowed = 0, offset = 0, dss_csum_added = 0;
        int iter = 0;

        for (tmp = sk.sk_receive_queue.next; tmp != null; tmp = tmp1) {
            int csum_len;

            tmp1 = tmp.next;

            if (before(tp.mptcp.map_subseq + tp.mptcp.map_data_len, TCP_SKB_CB(tmp).end_seq)) {
                csum_len = tp.mptcp.map_subseq + tp.mptcp.map_data_len - TCP_SKB_CB(tmp).seq;
            } else {
                csum_len = tmp.len;
            }

            offset = 0;
            if (overflowed != 0 && csum_len != 0) {
                put32(word, 0, skb_headlen(tmp) != 0 ? get8(tmp.head, tmp.data) : 0);
                csum_tcp = csum_partial(word, 0, 4, csum_tcp);
                offset = 1;
                csum_len--;
                overflowed = 0;
            }

            csum_tcp = skb_checksum(tmp, offset, csum_len, csum_tcp);

            if (csum_len != (csum_len & ~1)) {
                overflowed = 1;
            }

            if (mptcp_is_data_seq(tmp) && dss_csum_added == 0) {
                // The high half comes from the mapping, for the option may have 32 bits only.
                int dss = skb_transport_offset(tmp)
                        + TCP_SKB_CB(tmp).dss_off;
                if ((TCP_SKB_CB(tmp).mptcp_flags & MPTCPHDR_SEQ64_SET) != 0) {
                    dss += 4;
                }

                if (dss + MPTCP_SUB_LEN_SEQ_CSUM <= skb_headlen(tmp)) {
                    csum_tcp = skb_checksum(tmp, dss,
                            MPTCP_SUB_LEN_SEQ_CSUM,
                            csum_tcp);
                }

                put32(word, 0, (int) (tp.mptcp.map_data_seq >>> 32));
                csum_tcp = csum_partial(word, 0, 4, csum_tcp);

                dss_csum_added = 1;
            }
            last = tmp;
            iter++;

            if (!skb_queue_is_last(sk.sk_receive_queue, tmp)
                    && !before(TCP_SKB_CB(tmp1).seq,
                            tp.mptcp.map_subseq + tp.mptcp.map_data_len)) {
                break;
            }
        }

        if (csum_fold(csum_tcp) != 0) {
            pr_err("%s csum is wrong: %#x data_seq %d dss_csum_added %d overflowed %d iterations %d\n",
                    "mptcp_verif_dss_csum", csum_fold(csum_tcp), last != null ? u32(TCP_SKB_CB(last).seq) : 0,
                    dss_csum_added, overflowed, iter);

            tp.mptcp.send_mp_fail = true;

            tp.mpcb.csum_cutoff_seq = tp.mptcp.map_data_seq;

            if (tp.mpcb.cnt_subflows > 1) {
                mptcp_send_reset(sk);
                ans = -1;
            } else {
                tp.mpcb.send_infinite_mapping = true;

                while ((tmp = __skb_dequeue(sk.sk_receive_queue)) != null) {
                    tp.copied_seq = TCP_SKB_CB(tmp).end_seq;
                    kfree_skb(tmp);
                }

                ans = 0;
            }
        }

        return ans;
    }
}
