// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.bug.Bug.WARN_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Clone.skb_header_release;
import static linux.skbuff.Clone.skb_unclone;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reset_tail_pointer;
import static linux.skbuff.Data.skb_trim;
import static linux.skbuff.Frags.skb_frag_size;
import static linux.skbuff.Frags.skb_frag_size_sub;
import static linux.skbuff.Frags.skb_frag_unref;
import static linux.skbuff.Split.skb_split;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_output.Sizes.mptcp_trim_head;
import static net.checksum.Csum.csum_block_sub;
import static net.checksum.Csum.csum_partial_copy_nocheck;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.Subflows.mptcp_sk_can_gso;
import static net.sock.Dst.sk_can_gso;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_mem_uncharge;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.tcp.Congestion.tcp_is_fack;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_verify_left_out;
import static net.tcp.Multipath.mptcp;
import static net.tcp.SackState.tcp_highest_sack_seq;
import static net.tcp.Segments.tcp_skb_mss;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.WriteQueue.tcp_insert_write_queue_after;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static tcp.Sendmsg.sk_stream_alloc_skb;

import linux.compiler.KernelBug;
import linux.skbuff.sk_buff;
import linux.skbuff.skb_shared_info;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Packets on the write queue are cut: in two, because only a part may be sent now or again; or at the front, because
 * that part was acknowledged.
 *
 * <p>A packet may stand for several segments of MSS size that a device (or {@code tcp_gso_segment}) makes of it
 * later: {@code gso_segs}, here called pcount, says how many. All counters of the connection ({@code packets_out},
 * {@code sacked_out}, {@code lost_out}, ...) count segments, so whenever a cut changes a pcount, {@link
 * #tcp_adjust_pcount} has to set them right.
 *
 * <p>Called by {@link WriteXmit}, {@link Retransmit}, {@link AckAndProbe}, and from {@code tcp_input} when a SACK
 * block ends in the middle of a packet. No RFC decides anything here.
 */
public final class Fragment {
    private Fragment() {}

    /**
     * Decides how many segments {@code skb} is: one, if it fits into one or if the device cannot split it.
     *
     * <p>The count has 16 bits. It fits for what one write makes, but SACK can have packets merged until it wraps.
     */
    public static void tcp_set_skb_tso_segs(sock sk, sk_buff skb, int mss_now) {
        skb_shared_info shinfo = skb.shinfo;

        WARN_ON_ONCE(skb_cloned(skb));

        if (leU32(skb.len, mss_now) || (is_meta_sk(sk) && !mptcp_sk_can_gso(sk))
                || (!is_meta_sk(sk) && !sk_can_gso(sk)) || skb.ip_summed == CHECKSUM_NONE) {
            shinfo.gso_segs = 1;
            shinfo.gso_size = 0;
            shinfo.gso_type = 0;
        } else {
            shinfo.gso_segs = Integer.divideUnsigned(skb.len + mss_now - 1, mss_now) & 0xffff;
            shinfo.gso_size = mss_now & 0xffff;
            shinfo.gso_type = sk.sk_gso_type;
        }
    }

    /** Takes {@code decr} segments from {@code fackets_out}, if {@code skb} lies where that counts. */
    static void tcp_adjust_fackets_out(sock sk, sk_buff skb, int decr) {
        tcp_sock tp = tcp_sk(sk);

        if (tp.sacked_out == 0 || tcp_is_reno(tp)) {
            return;
        }

        if (after(tcp_highest_sack_seq(tp), TCP_SKB_CB(skb).seq)) {
            tp.fackets_out -= decr;
        }
    }

    /** {@code skb}, which was sent before, is now {@code decr} segments less (negative: more) than it was. */
    public static void tcp_adjust_pcount(sock sk, sk_buff skb, int decr) {
        tcp_sock tp = tcp_sk(sk);

        tp.packets_out -= decr;

        if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0) {
            tp.sacked_out -= decr;
        }
        if ((TCP_SKB_CB(skb).sacked & TCPCB_SACKED_RETRANS) != 0) {
            tp.retrans_out -= decr;
        }
        if ((TCP_SKB_CB(skb).sacked & TCPCB_LOST) != 0) {
            tp.lost_out -= decr;
        }

        // Without SACK nobody knows which segments the duplicate ACKs were for.
        if (tcp_is_reno(tp) && decr > 0) {
            tp.sacked_out -= minU32(tp.sacked_out, decr);
        }

        tcp_adjust_fackets_out(sk, skb, decr);

        if (tp.lost_skb_hint != null
                && before(TCP_SKB_CB(skb).seq, TCP_SKB_CB(tp.lost_skb_hint).seq)
                && (tcp_is_fack(tp) || (TCP_SKB_CB(skb).sacked & TCPCB_SACKED_ACKED) != 0)) {
            tp.lost_cnt_hint -= decr;
        }

        tcp_verify_left_out(tp);
    }

    /**
     * Cuts {@code skb} behind {@code len} bytes; the rest becomes a packet of its own behind it in the write queue.
     *
     * <p>PSH and FIN go with the rest, tags and times are those of the whole. Nothing changes on an error.
     *
     * @return 0, {@code -EINVAL} if it has not that many bytes, {@code -ENOMEM}
     */
    @KernelBug("The peer's SACK blocks can have the queue cut into tiny packets without limit, each of which costs"
            + " much more memory than it has bytes (CVE-2019-11478); fixed upstream by \"tcp: tcp_fragment() should"
            + " apply sane memory limits\"")
    public static int tcp_fragment(sock sk, sk_buff skb, int len, int mss_now, int gfp) {
        tcp_sock tp = tcp_sk(sk);
        sk_buff buff;
        int nsize;
        int old_factor;
        int nlen;
        int flags;

        if (WARN_ON(gtU32(len, skb.len))) {
            return -EINVAL;
        }

        nsize = skb_headlen(skb) - len;
        if (nsize < 0) {
            nsize = 0;
        }

        if (skb_unclone(skb, gfp) != 0) {
            return -ENOMEM;
        }

        buff = sk_stream_alloc_skb(sk, nsize, gfp);
        if (buff == null) {
            return -ENOMEM;
        }

        sk.sk_wmem_queued += buff.truesize;
        sk_mem_charge(sk, buff.truesize);
        nlen = skb.len - len - nsize;
        buff.truesize += nlen;
        skb.truesize -= nlen;

        TCP_SKB_CB(buff).seq = TCP_SKB_CB(skb).seq + len;
        TCP_SKB_CB(buff).end_seq = TCP_SKB_CB(skb).end_seq;
        TCP_SKB_CB(skb).end_seq = TCP_SKB_CB(buff).seq;

        flags = TCP_SKB_CB(skb).tcp_flags;
        TCP_SKB_CB(skb).tcp_flags = flags & ~(TCPHDR_FIN | TCPHDR_PSH);
        TCP_SKB_CB(buff).tcp_flags = flags;
        TCP_SKB_CB(buff).sacked = TCP_SKB_CB(skb).sacked;

        if (skb.shinfo.nr_frags == 0 && skb.ip_summed != CHECKSUM_PARTIAL) {
            // The sum of all was taken while the bytes were copied from the application: split it as well.
            buff.csum = csum_partial_copy_nocheck(skb.head, skb.data + len, buff.head, skb_put(buff, nsize), nsize, 0);

            skb_trim(skb, len);

            skb.csum = csum_block_sub(skb.csum, buff.csum, len);
        } else {
            skb.ip_summed = CHECKSUM_PARTIAL;
            skb_split(skb, buff, len);
        }

        buff.ip_summed = skb.ip_summed;

        TCP_SKB_CB(buff).when = TCP_SKB_CB(skb).when;
        buff.tstamp = skb.tstamp;

        old_factor = tcp_skb_pcount(skb);

        tcp_set_skb_tso_segs(sk, skb, mss_now);
        tcp_set_skb_tso_segs(sk, buff, mss_now);

        if (!before(tp.snd_nxt, TCP_SKB_CB(buff).end_seq)) {
            int diff = old_factor - tcp_skb_pcount(skb) - tcp_skb_pcount(buff);

            if (diff != 0) {
                tcp_adjust_pcount(sk, skb, diff);
            }
        }

        skb_header_release(buff);
        tcp_insert_write_queue_after(skb, buff, sk);

        return 0;
    }

    /**
     * Throws the first {@code len} bytes away. What lies in the linear part is only skipped; of the pages, those used
     * up are let go. Afterwards a packet that lost all its linear bytes can take new ones again.
     */
    public static void __pskb_trim_head(sk_buff skb, int len) {
        skb_shared_info shinfo;
        int i;
        int k;
        int eat;

        eat = min(len, skb_headlen(skb));
        if (eat != 0) {
            __skb_pull(skb, eat);
            len -= eat;
            if (len == 0) {
                return;
            }
        }
        eat = len;
        k = 0;
        shinfo = skb.shinfo;
        for (i = 0; i < shinfo.nr_frags; i++) {
            int size = skb_frag_size(shinfo.frags(i));

            if (size <= eat) {
                skb_frag_unref(skb, i);
                eat -= size;
            } else {
                shinfo.frags(k).copy(shinfo.frags(i));
                if (eat != 0) {
                    shinfo.frags(k).page_offset += eat;
                    skb_frag_size_sub(shinfo.frags(k), eat);
                    eat = 0;
                }
                k++;
            }
        }
        shinfo.nr_frags = k;

        skb_reset_tail_pointer(skb);
        skb.data_len -= len;
        skb.len = skb.data_len;
    }

    /**
     * The first {@code len} bytes of {@code skb} were acknowledged: gives them and their memory back.
     *
     * <p>On a subflow the data keep the mapping that was announced for the whole packet, so a packet with a mapping
     * is left to {@code mptcp_trim_head}.
     *
     * @return 0, {@code -ENOMEM}
     */
    public static int tcp_trim_head(sock sk, sk_buff skb, int len) {
        if (mptcp(tcp_sk(sk)) && !is_meta_sk(sk) && mptcp_is_data_seq(skb)) {
            return mptcp_trim_head(sk, skb, len);
        }

        if (skb_unclone(skb, GFP_ATOMIC) != 0) {
            return -ENOMEM;
        }

        __pskb_trim_head(skb, len);

        TCP_SKB_CB(skb).seq += len;
        skb.ip_summed = CHECKSUM_PARTIAL;

        skb.truesize -= len;
        sk.sk_wmem_queued -= len;
        sk_mem_uncharge(sk, len);
        sock_set_flag(sk, SOCK_QUEUE_SHRUNK);

        if (tcp_skb_pcount(skb) > 1) {
            tcp_set_skb_tso_segs(sk, skb, tcp_skb_mss(skb));
        }

        // What is left has no mapping any more; a retransmission by the meta socket makes a new one.
        if (mptcp(tcp_sk(sk)) && !is_meta_sk(sk)) {
            TCP_SKB_CB(skb).mptcp_flags &= ~MPTCPHDR_SEQ;
        }

        return 0;
    }
}
