// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.skb_peek;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.TSQ_THROTTLED;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.Paths.mptcp_pi_to_flag;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.sock.Stream.sk_stream_memory_free;
import static net.sock.Stream.sk_stream_min_wspace;
import static net.sock.Stream.sk_stream_wspace;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.SendTests.tcp_cwnd_test;
import static tcp_output.SendTests.tcp_snd_wnd_test;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;

/**
 * The default scheduler, first in {@code net/mptcp/mptcp_sched.c}: lowest smoothed round-trip time first, backup
 * subflows only when nothing else is left.
 *
 * <p>Reading order: {@link #mptcp_next_segment} is what {@code mptcp_write_xmit} calls; it takes a segment from {@link
 * #__mptcp_next_segment} and a subflow from {@link #get_available_subflow}. When the peer's receive buffer is full
 * because a slow subflow holds back what it waits for, {@link #mptcp_rcv_buf_optimization} sends that again on a faster
 * one ("opportunistic retransmission") and makes the slow one slower ("penalization"; Raiciu et al., NSDI 2012).
 */
public final class DefaultScheduler {
    private DefaultScheduler() {}

    static defsched_priv defsched_get_priv(tcp_sock tp) {
        if (tp.mptcp.mptcp_sched instanceof defsched_priv) {
            return (defsched_priv) tp.mptcp.mptcp_sched;
        }
        defsched_priv priv = new defsched_priv();
        tp.mptcp.mptcp_sched = priv;
        return priv;
    }

    /**
     * Can {@code skb} go out on subflow {@code sk} now?
     *
     * @param skb the segment of the meta socket, or null to ask about the subflow alone
     * @param zero_wnd_test true when probing a closed window: then one byte of window suffices
     */
    static boolean mptcp_is_available(sock sk, sk_buff skb, boolean zero_wnd_test) {
        tcp_sock tp = tcp_sk(sk);
        int mss_now;
        int space;
        int in_flight;

        if (!mptcp_sk_can_send(sk)) {
            return false;
        }

        // Until the fourth ACK has come back the peer may not know this subflow (RFC 6824, section 3.2).
        if (tp.mptcp.pre_established) {
            return false;
        }

        if (tp.pf) {
            return false;
        }

        if (inet_csk(sk).icsk_ca_state == TCP_CA_Loss) {
            // After a timeout the subflow only repeats itself. Without SACK it stays in Loss until something above
            // high_seq is acknowledged, and new data is what gets it there.
            if (!tcp_is_reno(tp)) {
                return false;
            } else if (tp.snd_una != tp.high_seq) {
                return false;
            }
        }

        if (!tp.mptcp.fully_established) {
            // It may have to fall back to TCP, where there is no other order than that of sending.
            if (skb != null && tp.mptcp.second_packet && tp.mptcp.last_end_data_seq != TCP_SKB_CB(skb).seq) {
                return false;
            }
        }

        // Enough of it waits in the queue of the device.
        if ((tp.tsq_flags & 1 << TSQ_THROTTLED) != 0) {
            return false;
        }

        in_flight = tcp_packets_in_flight(tp);
        if (geU32(in_flight, tp.snd_cwnd)) {
            return false;
        }

        // What is queued and not sent also takes its part of the window.
        space = (tp.snd_cwnd - in_flight) * tp.mss_cache;

        if (gtU32(tp.write_seq - tp.snd_nxt, space)) {
            return false;
        }

        if (zero_wnd_test && !before(tp.write_seq, tcp_wnd_end(tp))) {
            return false;
        }

        mss_now = tcp_current_mss(sk);

        // The sequence numbers of skb are still those of the meta socket, so its end is computed.
        if (skb != null && !zero_wnd_test && after(tp.write_seq + minU32(skb.len, mss_now), tcp_wnd_end(tp))) {
            return false;
        }

        return true;
    }

    /** Has {@code skb} been sent on this subflow before (not 0)? Then another one should repeat it. */
    static int mptcp_dont_reinject_skb(tcp_sock tp, sk_buff skb) {
        return skb != null && (mptcp_pi_to_flag(tp.mptcp.path_index) & TCP_SKB_CB(skb).path_mask) != 0 ? 1 : 0;
    }

    /**
     * {@code get_subflow}: the subflow for {@code skb}. The fastest one that has room; a backup subflow if there are
     * only such; one that has sent {@code skb} before if all others cannot.
     *
     * @return null: none can send now
     */
    static sock get_available_subflow(sock meta_sk, sk_buff skb, boolean zero_wnd_test) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        tcp_sock sk;
        tcp_sock bestsk = null;
        tcp_sock lowpriosk = null;
        tcp_sock backupsk = null;
        int min_time_to_peer = 0xffffffff;
        int lowprio_min_time_to_peer = 0xffffffff;
        int cnt_backups = 0;

        // No choice: no scheduling.
        if (mpcb.cnt_subflows == 1) {
            bestsk = mpcb.connection_list;
            if (!mptcp_is_available(bestsk, skb, zero_wnd_test)) {
                bestsk = null;
            }
            return bestsk;
        }

        // Our DATA_FIN goes where the peer's came from.
        if ((meta_sk.sk_shutdown & RCV_SHUTDOWN) != 0 && skb != null && mptcp_is_data_fin(skb)) {
            for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
                if (tcp_sk(sk).mptcp.path_index == mpcb.dfin_path_index
                        && mptcp_is_available(sk, skb, zero_wnd_test)) {
                    return sk;
                }
            }
        }

        for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            tcp_sock tp = tcp_sk(sk);

            if (tp.mptcp.rcv_low_prio || tp.mptcp.low_prio) {
                cnt_backups++;
            }

            if ((tp.mptcp.rcv_low_prio || tp.mptcp.low_prio) && ltU32(tp.srtt, lowprio_min_time_to_peer)) {
                if (!mptcp_is_available(sk, skb, zero_wnd_test)) {
                    continue;
                }

                if (mptcp_dont_reinject_skb(tp, skb) != 0) {
                    backupsk = sk;
                    continue;
                }

                lowprio_min_time_to_peer = tp.srtt;
                lowpriosk = sk;
            } else if (!(tp.mptcp.rcv_low_prio || tp.mptcp.low_prio) && ltU32(tp.srtt, min_time_to_peer)) {
                if (!mptcp_is_available(sk, skb, zero_wnd_test)) {
                    continue;
                }

                if (mptcp_dont_reinject_skb(tp, skb) != 0) {
                    backupsk = sk;
                    continue;
                }

                min_time_to_peer = tp.srtt;
                bestsk = sk;
            }
        }

        if (mpcb.cnt_established == cnt_backups && lowpriosk != null) {
            sk = lowpriosk;
        } else if (bestsk != null) {
            sk = bestsk;
        } else if (backupsk != null) {
            // It was sent on all of them: start over.
            if (skb != null) {
                TCP_SKB_CB(skb).path_mask = 0;
            }
            sk = backupsk;
        }

        return sk;
    }

    /**
     * The peer waits for the oldest segment that is not acknowledged. If {@code sk} has not sent it and is much faster
     * than the subflow that did, or that one has almost no window left, {@code sk} may send it too; and the slower one
     * gets half its window, once in a round trip.
     *
     * @param penal 1: the peer's window is what holds us back; 0: it is our send buffer
     * @return the segment, or null
     */
    static sk_buff mptcp_rcv_buf_optimization(sock sk, int penal) {
        sock meta_sk;
        tcp_sock tp = tcp_sk(sk);
        tcp_sock tp_it;
        sk_buff skb_head;
        defsched_priv dsp = defsched_get_priv(tp);

        if (tp.mpcb.cnt_subflows == 1) {
            return null;
        }

        meta_sk = mptcp_meta_sk(sk);
        skb_head = tcp_write_queue_head(meta_sk);

        if (skb_head == null || skb_head == tcp_send_head(meta_sk)) {
            return null;
        }

        retrans: {
            // With room in the send buffer the application is just slow to fill it: nobody to blame.
            if (penal == 0 && sk_stream_memory_free(meta_sk)) {
                break retrans;
            }

            if (ltU32(tcp_time_stamp() - dsp.last_rbuf_opti, tp.srtt >>> 3)) {
                break retrans;
            }

            for (tp_it = tp.mpcb.connection_list; tp_it != null; tp_it = tp_it.mptcp.next) {
                if (tp_it != tp
                        && (TCP_SKB_CB(skb_head).path_mask & mptcp_pi_to_flag(tp_it.mptcp.path_index)) != 0) {
                    if (ltU32(tp.srtt, tp_it.srtt) && inet_csk(tp_it).icsk_ca_state == TCP_CA_Open) {
                        int prior_cwnd = tp_it.snd_cwnd;

                        tp_it.snd_cwnd = maxU32(tp_it.snd_cwnd >>> 1, 1);

                        // In slow start the threshold has nothing to do with this window.
                        if (geU32(prior_cwnd, tp_it.snd_ssthresh)) {
                            tp_it.snd_ssthresh = maxU32(tp_it.snd_ssthresh >>> 1, 2);
                        }

                        dsp.last_rbuf_opti = tcp_time_stamp();
                    }
                    break;
                }
            }
        }

        if ((TCP_SKB_CB(skb_head).path_mask & mptcp_pi_to_flag(tp.mptcp.path_index)) == 0) {
            boolean do_retrans = false;
            for (tp_it = tp.mpcb.connection_list; tp_it != null; tp_it = tp_it.mptcp.next) {
                if (tp_it != tp
                        && (TCP_SKB_CB(skb_head).path_mask & mptcp_pi_to_flag(tp_it.mptcp.path_index)) != 0) {
                    if (leU32(tp_it.snd_cwnd, 4)) {
                        do_retrans = true;
                        break;
                    }

                    if (geU32(4 * tp.srtt, tp_it.srtt)) {
                        do_retrans = false;
                        break;
                    } else {
                        do_retrans = true;
                    }
                }
            }

            if (do_retrans && mptcp_is_available(sk, skb_head, false)) {
                return skb_head;
            }
        }
        return null;
    }

    /**
     * The segment of the meta socket that is due: what is to be sent again on another subflow comes before what was
     * never sent.
     *
     * @param reinject 1: it is from the reinject queue; 0: it is new; -1: it was sent, and goes out once more for the
     *     sake of the buffers
     */
    static sk_buff __mptcp_next_segment(sock meta_sk, IntRef reinject) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        sk_buff skb = null;

        reinject.val = 0;

        // Fallen back to TCP: nothing can be sent twice.
        if (mpcb.infinite_mapping_snd || mpcb.send_infinite_mapping) {
            return tcp_send_head(meta_sk);
        }

        skb = skb_peek(mpcb.reinject_queue);

        if (skb != null) {
            reinject.val = 1;
        } else {
            skb = tcp_send_head(meta_sk);

            if (skb == null
                    && meta_sk.sk_socket != null
                    && (meta_sk.sk_socket.flags & 1 << SOCK_NOSPACE) != 0
                    && sk_stream_wspace(meta_sk) < sk_stream_min_wspace(meta_sk)) {
                sock subsk = get_available_subflow(meta_sk, null, false);
                if (subsk == null) {
                    return null;
                }

                skb = mptcp_rcv_buf_optimization(subsk, 0);
                if (skb != null) {
                    reinject.val = -1;
                }
            }
        }
        return skb;
    }

    /**
     * {@code next_segment}: what to send, and where.
     *
     * @param reinject as in {@link #__mptcp_next_segment}
     * @param subsk gets the subflow
     * @param limit gets the number of bytes of it that may be sent at once; 0: all
     * @return null: nothing can be sent now
     */
    static sk_buff mptcp_next_segment(sock meta_sk, IntRef reinject, Ref<sock> subsk, IntRef limit) {
        sk_buff skb = __mptcp_next_segment(meta_sk, reinject);
        int mss_now;
        tcp_sock subtp;
        int gso_max_segs;
        int max_len;
        int max_segs;
        int window;
        int needed;

        limit.val = 0;

        if (skb == null) {
            return null;
        }

        subsk.val = get_available_subflow(meta_sk, skb, false);
        if (subsk.val == null) {
            return null;
        }

        subtp = tcp_sk(subsk.val);
        mss_now = tcp_current_mss(subsk.val);

        if (reinject.val == 0 && !tcp_snd_wnd_test(tcp_sk(meta_sk), skb, mss_now)) {
            skb = mptcp_rcv_buf_optimization(subsk.val, 1);
            if (skb != null) {
                reinject.val = -1;
            } else {
                return null;
            }
        }

        // One segment: nothing to be split.
        if (leU32(skb.len, mss_now)) {
            return skb;
        }

        // As tcp_mss_split_point(), without Nagle's algorithm, which subflows do not use: by window and GSO size of
        // the device first, then by the peer's window.
        gso_max_segs = subsk.val.sk_gso_max_segs & 0xffff;
        if (gso_max_segs == 0) {
            gso_max_segs = 1;
        }
        max_segs = minU32(tcp_cwnd_test(subtp, skb), gso_max_segs);
        if (max_segs == 0) {
            return null;
        }

        max_len = mss_now * max_segs;
        window = tcp_wnd_end(subtp) - subtp.write_seq;

        needed = minU32(skb.len, window);
        if (leU32(max_len, skb.len)) {
            limit.val = max_len;
        } else {
            limit.val = needed;
        }

        return skb;
    }

    /** {@code init}: no penalties in the first round trip of a subflow. */
    static void defsched_init(sock sk) {
        defsched_priv dsp = defsched_get_priv(tcp_sk(sk));

        dsp.last_rbuf_opti = tcp_time_stamp();
    }
}
