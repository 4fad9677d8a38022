// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.skbuff.Queue.__skb_queue_head_init;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Functions.mptcp_init_tcp_sock;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.snmp.Mib.NET_INC_STATS;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_sockets_allocated_inc;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static net.tcp.Congestion.tcp_enable_early_retrans;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Globals.tcp_memory_pressure;
import static net.tcp.Prequeue.tcp_prequeue_init;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static net.tcp.TcpConst.TCP_INIT_CWND;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static tcp_timer.Keepalive.tcp_init_xmit_timers;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMEMORYPRESSURES;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.Stream;
import net.sock.sock;
import tcp_output.Mss;

/**
 * The beginning of a TCP socket, whatever its address family: {@code tcp_v4_init_sock} calls {@link #tcp_init_sock},
 * which leaves it closed, with the values of RFC 6298 and RFC 5681 for a path that nothing is known about.
 *
 * <p>Also here: what {@code tcp_prot} does when memory gets short, and {@code TCP_DEFER_ACCEPT}'s conversion between
 * seconds and repetitions of the SYN/ACK.
 */
public final class Init {
    private Init() {}

    /** TCP as a whole has passed the second limit of {@code tcp_mem}. Counted once until the pressure is over. */
    public static void tcp_enter_memory_pressure(sock sk) {
        if (tcp_memory_pressure.val == 0) {
            NET_INC_STATS(sock_net(sk), LINUX_MIB_TCPMEMORYPRESSURES);
            tcp_memory_pressure.val = 1;
        }
    }

    /**
     * How often something is repeated within {@code seconds}, if the time between doubles from {@code timeout} up to
     * {@code rto_max}: at least once, at most 255 times (u8); 0 for no time at all.
     *
     * @param timeout seconds, as {@code rto_max}
     */
    static int secs_to_retrans(int seconds, int timeout, int rto_max) {
        int res = 0;

        if (seconds > 0) {
            int period = timeout;

            res = 1;
            while (seconds > period && res < 255) {
                res++;
                timeout <<= 1;
                if (timeout > rto_max) {
                    timeout = rto_max;
                }
                period += timeout;
            }
        }
        return res;
    }

    /** The other way round, so larger than what {@link #secs_to_retrans} was given: seconds. */
    static int retrans_to_secs(int retrans, int timeout, int rto_max) {
        int period = 0;

        if (retrans > 0) {
            period = timeout;
            while (--retrans != 0) {
                timeout <<= 1;
                if (timeout > rto_max) {
                    timeout = rto_max;
                }
                period += timeout;
            }
        }
        return period;
    }

    /**
     * Prepares a new socket, which is all zero otherwise. The congestion control that it has until it is connected
     * does nothing but keep the place; buffers start with the middle value of the sysctls.
     */
    public static void tcp_init_sock(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);

        __skb_queue_head_init(tp.out_of_order_queue);
        tcp_init_xmit_timers(sk);
        tcp_prequeue_init(tp);
        INIT_LIST_HEAD(tp.tsq_node);

        icsk.icsk_rto = TCP_TIMEOUT_INIT;
        tp.mdev = TCP_TIMEOUT_INIT;

        // Set before the handshake: others count the SYN as the first segment that was acknowledged.
        tp.snd_cwnd = TCP_INIT_CWND;

        tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
        tp.snd_cwnd_clamp = ~0;
        tp.mss_cache = TCP_MSS_DEFAULT;

        tp.reordering = sysctl_tcp_reordering;
        tcp_enable_early_retrans(tp);
        icsk.icsk_ca_ops = tcp_init_congestion_ops;

        tp.tsoffset = 0;

        sk.skc_state = TCP_CLOSE;

        sk.sk_write_space = Stream::sk_stream_write_space;
        sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);

        icsk.icsk_sync_mss = Mss::tcp_sync_mss;

        sk.sk_sndbuf = sysctl_tcp_wmem[1];
        sk.sk_rcvbuf = sysctl_tcp_rmem[1];

        mptcp_init_tcp_sock(sk);

        local_bh_disable();
        sk_sockets_allocated_inc(sk);
        local_bh_enable();
    }
}
