// SPDX-License-Identifier: GPL-2.0-only
package mptcp_rr;

import static linux.kernel.Kernel.DIV_ROUND_UP;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.skb_peek;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_sched.Registry.mptcp_register_scheduler;
import static mptcp_sched.Registry.mptcp_unregister_scheduler;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Dss.mptcp_is_data_fin;
import static net.mptcp.Paths.mptcp_pi_to_flag;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.tcp.Congestion.tcp_is_reno;
import static net.tcp.Congestion.tcp_packets_in_flight;
import static net.tcp.Sequence.before;
import static net.tcp.Windows.tcp_wnd_end;
import static net.tcp.WriteQueue.tcp_send_head;
import static tcp_output.Mss.tcp_current_mss;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_sched_ops;
import net.sock.sock;

/**
 * The scheduler {@code roundrobin}, {@code net/mptcp/mptcp_rr.c}: each subflow in turn sends {@link #num_segments}
 * segments, whatever its round-trip time. For measurements, not for use.
 */
public final class RoundRobin {
    private RoundRobin() {}

    /** Module parameters: segments a turn (8 bits), and whether a full window makes a subflow lose its turn. */
    public static int num_segments;

    public static boolean cwnd_limited;

    static mptcp_sched_ops mptcp_sched_rr;

    static rrsched_priv rrsched_get_priv(tcp_sock tp) {
        if (tp.mptcp.mptcp_sched instanceof rrsched_priv) {
            return (rrsched_priv) tp.mptcp.mptcp_sched;
        }
        rrsched_priv priv = new rrsched_priv();
        tp.mptcp.mptcp_sched = priv;
        return priv;
    }

    /**
     * Can {@code skb} go out on subflow {@code sk} now?
     *
     * @param skb the segment of the meta socket, or null to ask about the subflow alone
     * @param zero_wnd_test also ask whether the peer's window has room for a byte
     * @param cwnd_test also ask whether the congestion window has room
     */
    static boolean mptcp_rr_is_available(sock sk, sk_buff skb, boolean zero_wnd_test, boolean cwnd_test) {
        tcp_sock tp = tcp_sk(sk);
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
            // Only without SACK, and only to get it out of Loss: see the default scheduler.
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

        zero_wnd_test: {
            if (!cwnd_test) {
                break zero_wnd_test;
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
        }
        if (zero_wnd_test && !before(tp.write_seq, tcp_wnd_end(tp))) {
            return false;
        }

        return true;
    }

    /** Has {@code skb} been sent on this subflow before (not 0)? Then another one should repeat it. */
    static int mptcp_rr_dont_reinject_skb(tcp_sock tp, sk_buff skb) {
        return skb != null && (mptcp_pi_to_flag(tp.mptcp.path_index) & TCP_SKB_CB(skb).path_mask) != 0 ? 1 : 0;
    }

    /** {@code get_subflow}: the last subflow on the list that can send, better one that has not sent {@code skb}. */
    static sock rr_get_available_subflow(sock meta_sk, sk_buff skb, boolean zero_wnd_test) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        tcp_sock sk;
        tcp_sock bestsk = null;
        tcp_sock backupsk = null;

        // Our DATA_FIN goes where the peer's came from.
        if ((meta_sk.sk_shutdown & RCV_SHUTDOWN) != 0 && skb != null && mptcp_is_data_fin(skb)) {
            for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
                if (tcp_sk(sk).mptcp.path_index == mpcb.dfin_path_index
                        && mptcp_rr_is_available(sk, skb, zero_wnd_test, true)) {
                    return sk;
                }
            }
        }

        for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            tcp_sock tp = tcp_sk(sk);

            if (!mptcp_rr_is_available(sk, skb, zero_wnd_test, true)) {
                continue;
            }

            if (mptcp_rr_dont_reinject_skb(tp, skb) != 0) {
                backupsk = sk;
                continue;
            }

            bestsk = sk;
        }

        if (bestsk != null) {
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
     * The segment of the meta socket that is due.
     *
     * @param reinject 1: it is from the reinject queue, 0: it is new
     */
    static sk_buff __mptcp_rr_next_segment(sock meta_sk, IntRef reinject) {
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
        }
        return skb;
    }

    /**
     * {@code next_segment}: the subflow in the middle of its turn goes on, else one that had none in this round. When
     * all have had theirs the next round begins.
     *
     * @param reinject 1: the segment is from the reinject queue, and goes anywhere; 0: it is new
     * @param subsk gets the subflow
     * @param limit gets the number of bytes of it that may be sent at once; 0: all
     * @return null: nothing can be sent now
     */
    @KernelBug("a segment of several MSS counts whole although only a part of it is sent, and a subflow that is above "
            + "its quota does not count as one that had its turn: the round never ends, and nothing is sent any more; "
            + "fixed upstream by comparing with >=")
    static sk_buff mptcp_rr_next_segment(sock meta_sk, IntRef reinject, Ref<sock> subsk, IntRef limit) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        tcp_sock sk_it;
        sock choose_sk = null;
        sk_buff skb = __mptcp_rr_next_segment(meta_sk, reinject);
        int split = num_segments;
        int iter = 0;
        int full_subs = 0;

        limit.val = 0;

        if (skb == null) {
            return null;
        }

        if (reinject.val != 0) {
            subsk.val = rr_get_available_subflow(meta_sk, skb, false);
            if (subsk.val == null) {
                return null;
            }

            return skb;
        }

        found:
        while (true) {
            for (sk_it = mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
                tcp_sock tp_it = tcp_sk(sk_it);
                rrsched_priv rsp = rrsched_get_priv(tp_it);

                if (!mptcp_rr_is_available(sk_it, skb, false, cwnd_limited)) {
                    continue;
                }

                iter = iter + 1 & 0xff;

                // In the middle of its turn.
                if (rsp.quota > 0 && rsp.quota < num_segments) {
                    split = num_segments - rsp.quota;
                    choose_sk = sk_it;
                    break found;
                }

                if (rsp.quota == 0) {
                    split = num_segments;
                    choose_sk = sk_it;
                }

                if (rsp.quota == num_segments) {
                    full_subs = full_subs + 1 & 0xff;
                }
            }

            // Both keep counting from round to round, in 8 bits: with num_segments 0 that is how the loop ends.
            if (iter != 0 && iter == full_subs) {
                for (sk_it = mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
                    tcp_sock tp_it = tcp_sk(sk_it);
                    rrsched_priv rsp = rrsched_get_priv(tp_it);

                    if (!mptcp_rr_is_available(sk_it, skb, false, cwnd_limited)) {
                        continue;
                    }

                    rsp.quota = 0;
                }

                continue;
            }
            break;
        }

        if (choose_sk != null) {
            int mss_now;
            tcp_sock choose_tp = tcp_sk(choose_sk);
            rrsched_priv rsp = rrsched_get_priv(choose_tp);

            if (!mptcp_rr_is_available(choose_sk, skb, false, true)) {
                return null;
            }

            subsk.val = choose_sk;
            mss_now = tcp_current_mss(subsk.val);
            limit.val = split * mss_now;

            if (gtU32(skb.len, mss_now)) {
                rsp.quota = rsp.quota + DIV_ROUND_UP(skb.len, mss_now) & 0xff;
            } else {
                rsp.quota = rsp.quota + 1 & 0xff;
            }

            return skb;
        }

        return null;
    }

    static int rr_register() {
        if (mptcp_register_scheduler(mptcp_sched_rr) != 0) {
            return -1;
        }

        return 0;
    }

    static void rr_unregister() {
        mptcp_unregister_scheduler(mptcp_sched_rr);
    }
}
