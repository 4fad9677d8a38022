// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_connection_sock.Timers.tcp_clear_xmit_timers;
import static inet_hashtables.Bind.inet_put_port;
import static linux.bug.Bug.BUG_ON;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.MetaSock.mptcp_destroy_sock;
import static mptcp_ctrl.TokenTable.mptcp_hash_remove;
import static net.dst.Dst.dst_hold;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.sock.Flags.sock_flag;
import static net.sock.Memory.sk_sockets_allocated_dec;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Multipath.mptcp;
import static net.tcp.WriteQueue.tcp_write_queue_purge;
import static tcp.Init.tcp_init_sock;
import static tcp.Sendmsg.tcp_free_fastopen_req;
import static tcp_cong.Registry.tcp_cleanup_congestion_control;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.inet_timewait_sock.timewait_sock_ops;
import net.sock.sock;

/** How a TCP socket over IPv4 begins and ends, and the table that makes it one: {@link #ipv4_specific}. */
public final class Sock {
    private Sock() {}

    /** What TCP asks of IPv4. */
    public static inet_connection_sock_af_ops ipv4_specific;

    /** TIME_WAIT of TCP. */
    static timewait_sock_ops tcp_timewait_sock_ops;

    /** Keeps the route by which {@code skb} came in, for {@code tcp_v4_early_demux}. */
    public static void inet_sk_rx_dst_set(sock sk, sk_buff skb) {
        dst_entry dst = skb_dst(skb);

        dst_hold(dst);
        sk.sk_rx_dst = dst;
        inet_sk(sk).rx_dst_ifindex = skb.skb_iif;
    }

    /** {@code socket(AF_INET, SOCK_STREAM)}: with MPTCP the connection it makes will offer it. */
    static int tcp_v4_init_sock(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);

        tcp_init_sock(sk);

        if (sock_flag(sk, SOCK_MPTCP)) {
            icsk.icsk_af_ops = mptcp_v4_specific;
        } else {
            icsk.icsk_af_ops = ipv4_specific;
        }

        return 0;
    }

    /** The connection is over: stops the timers and empties the queues. */
    public static void tcp_v4_destroy_sock(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        tcp_clear_xmit_timers(sk);

        tcp_cleanup_congestion_control(sk);

        if (mptcp(tp)) {
            mptcp_destroy_sock(sk);
        }
        if (tp.inside_tk_table) {
            mptcp_hash_remove(tp);
        }

        tcp_write_queue_purge(sk);

        __skb_queue_purge(tp.out_of_order_queue);

        __skb_queue_purge(tp.ucopy.prequeue);

        if (inet_csk(sk).icsk_bind_hash != null) {
            inet_put_port(sk);
        }

        BUG_ON(tp.fastopen_rsk != null);

        // It may have ended while it was being opened.
        tcp_free_fastopen_req(tp);

        sk_sockets_allocated_dec(sk);
    }
}
