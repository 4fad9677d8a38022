// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.ECONNRESET;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.in_serving_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.MetaSock.mptcp_select_ack_sock;
import static mptcp_output.Sizes.mptcp_current_mss;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.tcp.States.tcp_need_reset;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_LAST_ACK;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static tcp_output.Fin.tcp_send_active_reset;
import static tcp_output.Options.tcp_init_nondata_skb;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.Transmit.tcp_queue_skb;

import linux.compiler.KernelBug;
import linux.sched.Sched;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;

/**
 * The end of a connection: DATA_FIN behind the last data (RFC 6824, section 3.3.3), or MP_FASTCLOSE at once (section
 * 3.5). The subflows are closed later, when the DATA_FIN has been acknowledged.
 *
 * <p>{@code tcp_close} and {@code tcp_shutdown} come in through {@code tp.send_fin} and {@code tp.send_active_reset}
 * of the meta socket.
 */
public final class Fin {
    private Fin() {}

    /**
     * Puts a DATA_FIN at the end of what is to be sent: on the last packet if that is still here, else in one of its
     * own. Must not fail, so it waits for memory.
     */
    @KernelBug("Goes round in circles until there is memory, with the socket locked; fixed upstream, for the function"
            + " that this is a copy of, by \"tcp: avoid looping in tcp_send_fin()\"")
    public static void mptcp_send_fin(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        sk_buff skb = tcp_write_queue_tail(meta_sk);
        int mss_now;

        if ((1 << meta_sk.skc_state & (TCPF_CLOSE_WAIT | TCPF_LAST_ACK)) != 0) {
            meta_tp.mpcb.passive_close = true;
        }

        mss_now = mptcp_current_mss(meta_sk);

        if (tcp_send_head(meta_sk) != null) {
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            meta_tp.write_seq++;
        } else {
            for (;;) {
                skb = alloc_skb_fclone(MAX_TCP_HEADER, meta_sk.sk_allocation);
                if (skb != null) {
                    break;
                }
                Sched.yield();
            }
            skb_reserve(skb, MAX_TCP_HEADER);

            tcp_init_nondata_skb(skb, meta_tp.write_seq, TCPHDR_ACK);
            TCP_SKB_CB(skb).end_seq++;
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            tcp_queue_skb(meta_sk, skb);
        }
        __tcp_push_pending_frames(meta_sk, mss_now, TCP_NAGLE_OFF);
    }

    /**
     * Ends the connection at once: one subflow sends MP_FASTCLOSE, and again until the peer resets it (the keepalive
     * timer sees to that); the others are reset. After a fallback there is one subflow and a plain RST on it.
     */
    public static void mptcp_send_active_reset(sock meta_sk, int priority) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;
        sock sk = null;
        tcp_sock sk_it = null;
        tcp_sock tmpsk;

        if (mpcb.cnt_subflows == 0) {
            return;
        }

        WARN_ON(meta_tp.send_mp_fclose);

        sk = mptcp_select_ack_sock(meta_sk);

        if (sk == null) {
            return;
        }

        if (mpcb.infinite_mapping_snd || mpcb.infinite_mapping_rcv) {
            sk.sk_err = ECONNRESET;
            if (tcp_need_reset(sk.skc_state)) {
                tcp_send_active_reset(sk, priority);
            }
            mptcp_sub_force_close(sk);
            return;
        }

        tcp_sk(sk).send_mp_fclose = true;

        if (!in_serving_softirq()) {
            local_bh_disable();
        }

        for (sk_it = mpcb.connection_list; sk_it != null; sk_it = tmpsk) {
            tmpsk = sk_it.mptcp.next;
            if (tcp_sk(sk_it).send_mp_fclose) {
                continue;
            }

            sk_it.sk_err = ECONNRESET;
            if (tcp_need_reset(sk_it.skc_state)) {
                tcp_send_active_reset(sk_it, GFP_ATOMIC);
            }
            mptcp_sub_force_close(sk_it);
        }

        if (!in_serving_softirq()) {
            local_bh_enable();
        }

        tcp_send_ack(sk);
        inet_csk_reset_keepalive_timer(sk, u32(inet_csk(sk).icsk_rto));

        meta_tp.send_mp_fclose = true;
    }
}
