// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_unclone;
import static linux.skbuff.Data.skb_reserve;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Functions.mptcp_set_rto;
import static mptcp_output.WriteXmit.mptcp_fragment;
import static mptcp_output.WriteXmit.mptcp_skb_entail;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.snmp.Mib.TCP_INC_STATS;
import static net.sock.Dst.__sk_dst_reset;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.NetDebug.LIMIT_NETDEBUG;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.SockTimers.sk_stop_timer;
import static net.tcp.Congestion.tcp_stream_is_thin;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sysctls.sysctl_tcp_retries1;
import static net.tcp.Sysctls.sysctl_tcp_thin_linear_timeouts;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.TcpConst.TCP_RESOURCE_PROBE_INTERVAL;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_THIN_LINEAR_RETRIES;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_write_queue_empty;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Options.tcp_init_nondata_skb;
import static tcp_output.Options.tcp_urg_mode;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.SendTests.tcp_mss_split_point;
import static tcp_output.Transmit.tcp_transmit_skb;
import static tcp_timer.WriteTimeout.retransmits_timed_out;
import static tcp_timer.WriteTimeout.tcp_write_err;
import static tcp_timer.WriteTimeout.tcp_write_timeout;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRETRANSFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_sock.inet_sock;
import net.mptcp.mptcp_cb;
import net.sock.sock;

/**
 * What is sent again when a timer has run out: the third ACK of a join, which must arrive (RFC 6824, section 3.2), and
 * data that no subflow got acknowledged on the level of the connection (section 3.3.6).
 *
 * <p>{@link #mptcp_ack_handler} is a timer of its own, one for each subflow; {@link #mptcp_retransmit_timer} is the
 * meta socket's {@code tp.retransmit_timer}, called by {@code tcp_write_timer_handler}.
 */
public final class Timers {
    private Timers() {}

    private static final int UINT_MAX = -1;

    /** Repeats the third ACK, with the usual exponential backoff; gives the subflow up after as many as a SYN. */
    static void mptcp_ack_retransmit_timer(sock sk) {
        sk_buff skb;
        tcp_sock tp = tcp_sk(sk);
        inet_connection_sock icsk = inet_csk(sk);

        if (inet_csk(sk).icsk_af_ops.rebuild_header.call(sk) != 0) {
            return;
        }

        if (tp.retrans_stamp == 0) {
            tp.retrans_stamp = tcp_time_stamp() != 0 ? tcp_time_stamp() : 1;
        }

        if (tcp_write_timeout(sk) != 0) {
            tp.mptcp.pre_established = false;
            sk_stop_timer(sk, tp.mptcp.mptcp_ack_timer);
            tp.send_active_reset.call(sk, GFP_ATOMIC);
            return;
        }

        skb = alloc_skb(MAX_TCP_HEADER, GFP_ATOMIC);
        if (skb == null) {
            sk_reset_timer(sk, tp.mptcp.mptcp_ack_timer, jiffies + u32(icsk.icsk_rto));
            return;
        }

        skb_reserve(skb, MAX_TCP_HEADER);
        tcp_init_nondata_skb(skb, tp.snd_una, TCPHDR_ACK);

        TCP_SKB_CB(skb).when = tcp_time_stamp();
        if (tcp_transmit_skb(sk, skb, 0, GFP_ATOMIC) > 0) {
            // Local congestion says nothing about the path: no backoff.
            if (icsk.icsk_retransmits == 0) {
                icsk.icsk_retransmits = 1;
            }
            sk_reset_timer(sk, tp.mptcp.mptcp_ack_timer, jiffies + u32(icsk.icsk_rto));
            return;
        }

        icsk.icsk_retransmits = icsk.icsk_retransmits + 1 & 0xff;
        icsk.icsk_rto = minU32(icsk.icsk_rto << 1, TCP_RTO_MAX);
        sk_reset_timer(sk, tp.mptcp.mptcp_ack_timer, jiffies + u32(icsk.icsk_rto));
        if (retransmits_timed_out(sk, sysctl_tcp_retries1 + 1, 0, false)) {
            __sk_dst_reset(sk);
        }
    }

    /** The timer of {@code mptcp.mptcp_ack_timer}; {@code data} is the subflow. A locked meta socket puts it off. */
    public static void mptcp_ack_handler(Object data) {
        sock sk = (sock) data;
        sock meta_sk = mptcp_meta_sk(sk);

        bh_lock_sock(meta_sk);
        out_unlock:
        {
            if (sock_owned_by_user(meta_sk)) {
                sk_reset_timer(sk, tcp_sk(sk).mptcp.mptcp_ack_timer, jiffies + HZ / 20);
                break out_unlock;
            }

            if (sk.skc_state == TCP_CLOSE) {
                break out_unlock;
            }
            if (!tcp_sk(sk).mptcp.pre_established) {
                break out_unlock;
            }

            mptcp_ack_retransmit_timer(sk);

            sk_mem_reclaim(sk);
        }
        bh_unlock_sock(meta_sk);
        sock_put(sk);
    }

    /**
     * Sends {@code skb}, which is in the meta socket's queue, once more, on whichever subflow the scheduler names.
     *
     * @return 0, also when no subflow is free (so that the timer backs off); {@code -EAGAIN}: too much of this socket
     *     waits in devices; {@code -ENOMEM}; -1: it could not be cut or queued
     */
    public static int mptcp_retransmit_skb(sock meta_sk, sk_buff skb) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        sock subsk;
        int limit;
        int mss_now;
        int err = -1;

        // A quarter more than what is queued: copies and headers.
        if (meta_sk.sk_wmem_alloc > min(meta_sk.sk_wmem_queued + (meta_sk.sk_wmem_queued >> 2), meta_sk.sk_sndbuf)) {
            return -EAGAIN;
        }

        failed:
        {
            subsk = meta_tp.mpcb.sched_ops.get_subflow.call(meta_sk, skb, false);
            if (subsk == null) {
                err = 0;
                break failed;
            }
            mss_now = tcp_current_mss(subsk);

            if (skb_unclone(skb, GFP_ATOMIC) != 0) {
                err = -ENOMEM;
                break failed;
            }

            BUG_ON(tcp_skb_pcount(skb) == 0);

            limit = mss_now;
            if (gtU32(skb.len, mss_now) && !tcp_urg_mode(meta_tp)) {
                limit = tcp_mss_split_point(
                        meta_sk, skb, mss_now, Integer.divideUnsigned(UINT_MAX, mss_now), TCP_NAGLE_OFF);
            }

            if (gtU32(skb.len, limit) && mptcp_fragment(meta_sk, skb, limit, GFP_ATOMIC, 0) != 0) {
                break failed;
            }

            if (!mptcp_skb_entail(subsk, skb, -1)) {
                break failed;
            }
            TCP_SKB_CB(skb).when = tcp_time_stamp();

            TCP_INC_STATS(sock_net(meta_sk), TCP_MIB_RETRANSSEGS);

            if (meta_tp.retrans_stamp == 0) {
                meta_tp.retrans_stamp = TCP_SKB_CB(skb).when;
            }

            __tcp_push_pending_frames(subsk, mss_now, TCP_NAGLE_PUSH);

            return 0;
        }
        NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_TCPRETRANSFAIL);
        return err;
    }

    /**
     * The oldest data of the connection have not been acknowledged in time, though the subflows may all think that
     * they were: sends them again somewhere. A shrunk window is probed without counting towards the end, unless
     * nothing has come from the peer for two minutes. After a fallback the one subflow does all that itself.
     */
    public static void mptcp_retransmit_timer(sock meta_sk) {
        tcp_sock meta_tp = tcp_sk(meta_sk);
        mptcp_cb mpcb = meta_tp.mpcb;
        inet_connection_sock meta_icsk = inet_csk(meta_sk);
        int err;

        if (meta_tp.packets_out == 0 || mpcb.infinite_mapping_snd || mpcb.send_infinite_mapping) {
            return;
        }

        WARN_ON(tcp_write_queue_empty(meta_sk));

        out_reset_timer:
        {
            if (meta_tp.snd_wnd == 0 && !sock_flag(meta_sk, SOCK_DEAD)
                    && (1 << meta_sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) == 0) {
                inet_sock meta_inet = inet_sk(meta_sk);
                if (meta_sk.skc_family == AF_INET) {
                    LIMIT_NETDEBUG("MPTCP: Peer %s:%d/%d unexpectedly shrunk window %d:%d (repaired)\n",
                            pI4(meta_inet.skc_daddr),
                            meta_inet.skc_dport,
                            meta_inet.skc_num, u32(meta_tp.snd_una),
                            u32(meta_tp.snd_nxt));
                }
                if (gtU32(tcp_time_stamp() - meta_tp.rcv_tstamp, TCP_RTO_MAX)) {
                    tcp_write_err(meta_sk);
                    return;
                }

                mptcp_retransmit_skb(meta_sk, tcp_write_queue_head(meta_sk));
                break out_reset_timer;
            }

            if (tcp_write_timeout(meta_sk) != 0) {
                return;
            }

            if (meta_icsk.icsk_retransmits == 0) {
                NET_INC_STATS_BH(sock_net(meta_sk), LINUX_MIB_TCPTIMEOUTS);
            }

            meta_icsk.icsk_ca_state = TCP_CA_Loss;

            err = mptcp_retransmit_skb(meta_sk, tcp_write_queue_head(meta_sk));
            if (err > 0) {
                if (meta_icsk.icsk_retransmits == 0) {
                    meta_icsk.icsk_retransmits = 1;
                }
                inet_csk_reset_xmit_timer(meta_sk, ICSK_TIME_RETRANS,
                        u32(minU32(meta_icsk.icsk_rto, TCP_RESOURCE_PROBE_INTERVAL)), TCP_RTO_MAX);
                return;
            }

            meta_icsk.icsk_backoff = meta_icsk.icsk_backoff + 1 & 0xff;
            meta_icsk.icsk_retransmits = meta_icsk.icsk_retransmits + 1 & 0xff;
        }
        // Thin streams wait the same time each time, as in tcp_retransmit_timer.
        if (meta_sk.skc_state == TCP_ESTABLISHED
                && (meta_tp.thin_lto || sysctl_tcp_thin_linear_timeouts != 0)
                && tcp_stream_is_thin(meta_tp)
                && meta_icsk.icsk_retransmits <= TCP_THIN_LINEAR_RETRIES) {
            meta_icsk.icsk_backoff = 0;
            // The meta socket has no round-trip time of its own: the subflows' decide.
            mptcp_set_rto(meta_sk);
        } else {
            meta_icsk.icsk_rto = minU32(meta_icsk.icsk_rto << 1, TCP_RTO_MAX);
        }
        inet_csk_reset_xmit_timer(meta_sk, ICSK_TIME_RETRANS, u32(meta_icsk.icsk_rto), TCP_RTO_MAX);
    }
}
