// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.minU32;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Clone.skb_unclone;
import static linux.skbuff.Copy.pskb_copy_for_clone;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_unlink;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_output.Dss.mptcp_combine_dfin;
import static mptcp_output.Dss.mptcp_save_dss_data_seq;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MetaSockets.mptcp_meta_tp;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_INF;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_INDEX;
import static net.mptcp.Paths.mptcp_pi_to_flag;
import static net.mptcp.Sequence64.mptcp_check_sndseq_wrap;
import static net.mptcp.Subflows.mptcp_sk_can_send_ack;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_mem_uncharge;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Sequence.between;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_skb_is_last;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_output.AckAndProbe.tcp_xmit_probe_skb;
import static tcp_output.Events.tcp_event_new_data_sent;
import static tcp_output.Fragment.tcp_adjust_pcount;
import static tcp_output.Fragment.tcp_fragment;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Options.tcp_urg_mode;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.SendTests.tcp_init_tso_segs;
import static tcp_output.SendTests.tcp_minshall_update;
import static tcp_output.SendTests.tcp_mss_split_point;
import static tcp_output.SendTests.tcp_nagle_test;
import static tcp_output.SendTests.tcp_snd_wnd_test;
import static tcp_output.Transmit.tcp_transmit_skb;

import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * From the meta socket's send queue to the subflows.
 *
 * <p>{@link #mptcp_write_xmit} is the meta socket's {@code tp.write_xmit}: everything that pushes comes here through
 * {@code __tcp_push_pending_frames}. It asks the scheduler for a segment and a subflow, puts a copy of the segment on
 * the subflow's own queue ({@link #mptcp_skb_entail}) and pushes there, where {@code tcp_write_xmit} goes on. The
 * original stays with the meta socket until it is acknowledged on the level of data.
 *
 * <p>Windows and Nagle are judged here, on the level of the connection; congestion windows on the subflows.
 */
public final class WriteXmit {
    private WriteXmit() {}

    private static final int UINT_MAX = -1;

    /**
     * Copies {@code skb} to the end of subflow {@code sk}'s send queue, with a mapping and with sequence numbers of
     * the subflow. A DATA_FIN without data takes no room in the subflow's numbers, so it is sent at once and not
     * queued: no subflow will repeat it, but the meta socket will.
     *
     * @param reinject 0: it is sent for the first time
     * @return false: not done, without memory or because sending failed
     */
    static boolean mptcp_skb_entail(sock sk, sk_buff skb, int reinject) {
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = mptcp_meta_sk(sk);
        mptcp_cb mpcb = tp.mpcb;
        tcp_skb_cb tcb;
        sk_buff subskb = null;

        if (reinject == 0) {
            TCP_SKB_CB(skb).mptcp_flags |= mpcb.snd_hiseq_index != 0 ? MPTCPHDR_SEQ64_INDEX : 0;
        }

        subskb = pskb_copy_for_clone(skb, GFP_ATOMIC);
        if (subskb == null) {
            return false;
        }

        // Makes tcp_write_xmit count the segments anew, with the subflow's MSS.
        subskb.shinfo.gso_segs = 0;

        TCP_SKB_CB(skb).path_mask |= mptcp_pi_to_flag(tp.mptcp.path_index);

        if ((sk.sk_route_caps & NETIF_F_ALL_CSUM) == 0 && skb.ip_summed == CHECKSUM_PARTIAL) {
            subskb.csum = skb.csum = skb_checksum(skb, 0, skb.len, 0);
            subskb.ip_summed = skb.ip_summed = CHECKSUM_NONE;
        }

        tcb = TCP_SKB_CB(subskb);

        // The peer asked for a fallback: the first data that it has not seen carry the infinite mapping.
        if (tp.mpcb.send_infinite_mapping
                && !tp.mpcb.infinite_mapping_snd
                && !before(tcb.seq, mptcp_meta_tp(tp).snd_nxt)) {
            tp.mptcp.fully_established = true;
            tp.mpcb.infinite_mapping_snd = true;
            tp.mptcp.infinite_cutoff_seq = tp.write_seq;
            tcb.mptcp_flags |= MPTCPHDR_INF;
        }

        if (mptcp_is_data_fin(subskb)) {
            mptcp_combine_dfin(subskb, meta_sk, sk);
        }

        mptcp_save_dss_data_seq(tp, subskb);

        tcb.seq = tp.write_seq;
        tcb.sacked = 0;
        tp.write_seq += subskb.len + ((tcb.tcp_flags & TCPHDR_FIN) != 0 ? 1 : 0);
        tcb.end_seq = tp.write_seq;

        if (!mptcp_is_data_fin(subskb) || tcb.end_seq != tcb.seq) {
            tcp_add_write_queue_tail(sk, subskb);
            sk.sk_wmem_queued += subskb.truesize;
            sk_mem_charge(sk, subskb.truesize);
        } else {
            int err;

            tcp_init_tso_segs(sk, subskb, 1);
            TCP_SKB_CB(subskb).when = tcp_time_stamp();
            err = tcp_transmit_skb(sk, subskb, 1, GFP_ATOMIC);

            kfree_skb(subskb);

            if (err != 0) {
                return false;
            }
        }

        if (!tp.mptcp.fully_established) {
            tp.mptcp.second_packet = true;
            tp.mptcp.last_end_data_seq = TCP_SKB_CB(skb).end_seq;
        }

        return true;
    }

    /**
     * Cuts {@code skb} behind {@code len} bytes; a DATA_FIN goes with the rest.
     *
     * @param reinject 1: {@code skb} is on the reinject queue, whose packets are not charged to the meta socket, so
     *     what {@code tcp_fragment} has accounted for the send queue is taken back
     * @return 0, or what {@code tcp_fragment} says: then nothing has changed
     */
    static int mptcp_fragment(sock meta_sk, sk_buff skb, int len, int gfp, int reinject) {
        int ret;
        int diff;
        int old_factor;
        sk_buff buff;
        int flags;
        sk_buff tail = tcp_write_queue_tail(meta_sk);

        if (ltU32(skb_headlen(skb), len)) {
            diff = skb.len - len;
        } else {
            diff = skb.data_len;
        }
        old_factor = tcp_skb_pcount(skb);

        // All that counts here is that the number of segments becomes 1.
        ret = tcp_fragment(meta_sk, skb, len, UINT_MAX, gfp);
        if (ret != 0) {
            return ret;
        }

        buff = skb.next;

        flags = TCP_SKB_CB(skb).mptcp_flags;
        TCP_SKB_CB(skb).mptcp_flags = flags & ~MPTCPHDR_FIN;
        TCP_SKB_CB(buff).mptcp_flags = flags;
        TCP_SKB_CB(buff).path_mask = TCP_SKB_CB(skb).path_mask;

        if (reinject == 1) {
            int undo = buff.truesize - diff;
            meta_sk.sk_wmem_queued -= undo;
            sk_mem_uncharge(meta_sk, undo);

            // Our queues are no rings: tcp_fragment has moved the tail of the queue that it took for skb's.
            if (buff.next == null) {
                meta_sk.sk_write_queue.prev = tail;
                tcp_sk(meta_sk).mpcb.reinject_queue.prev = buff;
            }
            tcp_sk(meta_sk).mpcb.reinject_queue.qlen++;
            meta_sk.sk_write_queue.qlen--;

            if (!before(tcp_sk(meta_sk).snd_nxt, TCP_SKB_CB(buff).end_seq)) {
                undo = old_factor - tcp_skb_pcount(skb) - tcp_skb_pcount(buff);
                if (undo != 0) {
                    tcp_adjust_pcount(meta_sk, skb, -undo);
                }
            }
        }

        return 0;
    }

    /**
     * The meta socket's {@code tp.write_wakeup}, called by the probe timer: sends as much as the peer's window takes,
     * even if it is less than a segment; with a closed window every subflow sends a probe.
     *
     * @return 0; -1: nothing sent; above 0: a probe met congestion in a local queue
     */
    public static int mptcp_write_wakeup(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        sk_buff skb;
        tcp_sock sk_it;
        int ans = 0;

        if (meta_sk.skc_state == TCP_CLOSE) {
            return -1;
        }

        skb = tcp_send_head(meta_sk);
        window_probe:
        if (skb != null && before(TCP_SKB_CB(skb).seq, tcp_wnd_end(meta_tp))) {
            int mss;
            int seg_size = tcp_wnd_end(meta_tp) - TCP_SKB_CB(skb).seq;
            sock subsk = meta_tp.mpcb.sched_ops.get_subflow.call(meta_sk, skb, true);
            tcp_sock subtp;
            if (subsk == null) {
                break window_probe;
            }
            subtp = tcp_sk(subsk);
            mss = tcp_current_mss(subsk);

            seg_size = minU32(tcp_wnd_end(meta_tp) - TCP_SKB_CB(skb).seq, tcp_wnd_end(subtp) - subtp.write_seq);

            if (before(meta_tp.pushed_seq, TCP_SKB_CB(skb).end_seq)) {
                meta_tp.pushed_seq = TCP_SKB_CB(skb).end_seq;
            }

            // The window is not closed: silly window avoidance must have held this back.
            if (ltU32(seg_size, TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq) || gtU32(skb.len, mss)) {
                seg_size = minU32(seg_size, mss);
                TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;
                if (mptcp_fragment(meta_sk, skb, seg_size, GFP_ATOMIC, 0) != 0) {
                    return -1;
                }
            } else if (tcp_skb_pcount(skb) == 0) {
                tcp_set_skb_tso_segs(meta_sk, skb, UINT_MAX);
            }

            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_PSH;
            if (!mptcp_skb_entail(subsk, skb, 0)) {
                return -1;
            }
            TCP_SKB_CB(skb).when = tcp_time_stamp();

            mptcp_check_sndseq_wrap(meta_tp, TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq);
            tcp_event_new_data_sent(meta_sk, skb);

            __tcp_push_pending_frames(subsk, mss, TCP_NAGLE_PUSH);

            return 0;
        }
        if (between(meta_tp.snd_up, meta_tp.snd_una + 1, meta_tp.snd_una + 0xFFFF)) {
            for (sk_it = meta_tp.mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
                if (mptcp_sk_can_send_ack(sk_it)) {
                    tcp_xmit_probe_skb(sk_it, 1);
                }
            }
        }

        for (sk_it = meta_tp.mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            int ret;

            if (!mptcp_sk_can_send_ack(sk_it)) {
                continue;
            }

            ret = tcp_xmit_probe_skb(sk_it, 0);
            if (ret > 0) {
                ans = ret;
            }
        }
        return ans;
    }

    /**
     * Gives segments to subflows as long as the scheduler has both. {@code mss_now} is not looked at: each subflow has
     * its own.
     *
     * @param nonagle {@code TCP_NAGLE_*}, for the last packet in the queue
     * @param push_one not 0: one packet at most
     * @return true: nothing is on the way and something waits: the caller sees to a window probe
     */
    public static boolean mptcp_write_xmit(sock meta_sk, int mss_now, int nonagle, int push_one, int gfp) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        tcp_sock subtp;
        Ref<sock> subsk = new Ref<>();
        mptcp_cb mpcb = meta_tp.mpcb;
        sk_buff skb;
        int sent_pkts;
        IntRef reinject = new IntRef();
        IntRef sublimit = new IntRef();

        sent_pkts = 0;

        while ((skb = mpcb.sched_ops.next_segment.call(meta_sk, reinject, subsk, sublimit)) != null) {
            int limit;

            subtp = tcp_sk(subsk.val);
            mss_now = tcp_current_mss(subsk.val);

            if (reinject.val == 1) {
                if (!after(TCP_SKB_CB(skb).end_seq, meta_tp.snd_una)) {
                    __skb_unlink(skb, mpcb.reinject_queue);
                    __kfree_skb(skb);
                    continue;
                }
            }

            if (skb_unclone(skb, GFP_ATOMIC) != 0) {
                break;
            }

            if (!tcp_snd_wnd_test(meta_tp, skb, mss_now)) {
                break;
            }

            // One "segment" each: packets_out of the meta socket counts packets.
            tcp_set_skb_tso_segs(meta_sk, skb, UINT_MAX);

            if (!tcp_nagle_test(meta_tp, skb, mss_now, tcp_skb_is_last(meta_sk, skb) ? nonagle : TCP_NAGLE_PUSH)) {
                break;
            }

            limit = mss_now;
            // So much as the window takes; the subflow cuts it for its own limits.
            if (gtU32(skb.len, mss_now) && !tcp_urg_mode(meta_tp)) {
                limit = tcp_mss_split_point(meta_sk, skb, mss_now, Integer.divideUnsigned(UINT_MAX, mss_now), nonagle);
            }

            if (sublimit.val != 0) {
                limit = minU32(limit, sublimit.val);
            }

            if (gtU32(skb.len, limit) && mptcp_fragment(meta_sk, skb, limit, gfp, reinject.val) != 0) {
                break;
            }

            if (!mptcp_skb_entail(subsk.val, skb, reinject.val)) {
                break;
            }
            __tcp_push_pending_frames(subsk.val, mss_now, TCP_NAGLE_PUSH);
            TCP_SKB_CB(skb).when = tcp_time_stamp();

            if (reinject.val == 0) {
                mptcp_check_sndseq_wrap(meta_tp, TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq);
                tcp_event_new_data_sent(meta_sk, skb);
            }

            tcp_minshall_update(meta_tp, mss_now, skb);
            sent_pkts += tcp_skb_pcount(skb);

            if (reinject.val > 0) {
                __skb_unlink(skb, mpcb.reinject_queue);
                kfree_skb(skb);
            }

            if (push_one != 0) {
                break;
            }
        }

        return meta_tp.packets_out == 0 && tcp_send_head(meta_sk) != null;
    }
}
