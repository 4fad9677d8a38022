// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_after;
import static linux.kernel.Kernel.minU32;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.TCP_DELACK_TIMER_DEFERRED;
import static mptcp_ctrl.SmallQueues.mptcp_tsq_flags;
import static net.inet_connection_sock.Acks.inet_csk_ack_scheduled;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.inet_connection_sock.ICSK_ACK_TIMER;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.BacklogQueue.sk_backlog_rcv;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Memory.sk_mem_reclaim_partial;
import static net.sock.Memory.sk_under_memory_pressure;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockTimers.sk_reset_timer;
import static net.tcp.Multipath.mptcp;
import static net.tcp.TcpConst.TCP_ATO_MIN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOCKED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSCHEDULERFAILED;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * The timer of the delayed ACK: no data have come along to carry it, so it goes out alone (RFC 1122, section 4.2.3.2).
 *
 * <p>{@code tcp_send_delayed_ack} and {@code tcp_prequeue} set it. If a system call owns the socket when it runs out,
 * {@code tcp_release_cb} does the work.
 */
public final class Delack {
    private Delack() {}

    /**
     * The delay is over. A reader who was too slow for his prequeue loses it; then the ACK is sent, if one is still
     * due. That the timer ran out says that the guess of the delay was too short; in interactive use, that the traffic
     * is not interactive at present.
     */
    public static void tcp_delack_timer_handler(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        sk_mem_reclaim_partial(sk);

        out: {
            if (sk.skc_state == TCP_CLOSE || (icsk.icsk_ack.pending & ICSK_ACK_TIMER) == 0) {
                break out;
            }

            if (time_after(icsk.icsk_ack.timeout, jiffies)) {
                sk_reset_timer(sk, icsk.icsk_delack_timer, icsk.icsk_ack.timeout);
                break out;
            }
            icsk.icsk_ack.pending &= ~ICSK_ACK_TIMER;

            if (!skb_queue_empty(tp.ucopy.prequeue)) {
                sk_buff skb;

                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPSCHEDULERFAILED);

                while ((skb = __skb_dequeue(tp.ucopy.prequeue)) != null) {
                    sk_backlog_rcv(sk, skb);
                }

                tp.ucopy.memory = 0;
            }

            if (inet_csk_ack_scheduled(sk)) {
                if (icsk.icsk_ack.pingpong == 0) {
                    icsk.icsk_ack.ato = minU32(icsk.icsk_ack.ato << 1, icsk.icsk_rto);
                } else {
                    icsk.icsk_ack.pingpong = 0;
                    icsk.icsk_ack.ato = TCP_ATO_MIN;
                }
                tcp_send_ack(sk);
                NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_DELAYEDACKS);
            }
        }
        if (sk_under_memory_pressure(sk)) {
            sk_mem_reclaim(sk);
        }
    }

    /** The timer: does the work, or, if the socket is owned, leaves it (and a reference) to {@code release_sock}. */
    static void tcp_delack_timer(Object data) {
        sock sk = (sock) data;
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = mptcp(tp) ? mptcp_meta_sk(sk) : sk;

        bh_lock_sock(meta_sk);
        if (!sock_owned_by_user(meta_sk)) {
            tcp_delack_timer_handler(sk);
        } else {
            inet_csk(sk).icsk_ack.blocked = 1;
            NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_DELAYEDACKLOCKED);
            if ((tcp_sk(sk).tsq_flags & 1 << TCP_DELACK_TIMER_DEFERRED) == 0) {
                tcp_sk(sk).tsq_flags |= 1 << TCP_DELACK_TIMER_DEFERRED;
                sock_hold(sk);
            }
            if (mptcp(tp)) {
                mptcp_tsq_flags(sk);
            }
        }
        bh_unlock_sock(meta_sk);
        sock_put(sk);
    }
}
