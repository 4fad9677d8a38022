// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import static linux.errno.Errno.ETIMEDOUT;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.ilog2;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.max;
import static linux.kernel.Kernel.min;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Sysctls.mptcp_sysctl_syn_retries;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Dst.dst_negative_advice;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp.Sysctls.sysctl_tcp_base_mss;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.Sysctls.sysctl_tcp_orphan_retries;
import static net.tcp.Sysctls.sysctl_tcp_retries1;
import static net.tcp.Sysctls.sysctl_tcp_retries2;
import static net.tcp.Sysctls.sysctl_tcp_syn_retries;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_RTO_MIN;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp.WriteQueue.tcp_write_queue_head;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_check_oom;
import static tcp_metrics.Fastopen.tcp_fastopen_cache_set;
import static tcp_output.Mss.tcp_mss_to_mtu;
import static tcp_output.Mss.tcp_mtu_to_mss;
import static tcp_output.Mss.tcp_sync_mss;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONTIMEOUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVEFAIL;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.sock.sock;

/**
 * How long to go on when nobody answers.
 *
 * <p>{@link #tcp_write_timeout} is asked by {@link Retransmit#tcp_retransmit_timer} (also by MPTCP's, and for
 * MP_FASTCLOSE by {@link Keepalive}) before anything is sent again. It knows the two thresholds of RFC 1122, section
 * 4.2.3.5: after R1 ({@code tcp_retries1}) the route is suspected, and perhaps the MTU; after R2 ({@code tcp_retries2},
 * {@code tcp_syn_retries}, or the user's timeout, RFC 5482) the connection is given up. A connection that nobody owns
 * any more is given up sooner, and at once when memory is short.
 */
public final class WriteTimeout {
    private WriteTimeout() {}

    /** Gives the connection up: {@code ETIMEDOUT}, or what an ICMP error has said in the meantime. */
    public static void tcp_write_err(sock sk) {
        sk.sk_err = sk.sk_err_soft != 0 ? sk.sk_err_soft : ETIMEDOUT;
        sk.sk_error_report.call(sk);

        tcp_done(sk);
        NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPABORTONTIMEOUT);
    }

    /**
     * Kills an orphan if there are too many, or if TCP has no memory left. One that has not sent for long, or that ICMP
     * has complained about, counts double each.
     *
     * @param do_reset not 0: send a RST; it is sent in any case if the peer may well be there
     * @return 1: the socket is dead
     */
    static int tcp_out_of_resources(sock sk, int do_reset) {
        tcp_sock tp = tcp_sk(sk);
        int shift = 0;

        // A u32 limit makes the comparison unsigned: a time in the future counts as long ago.
        if (gtU32(tcp_time_stamp() - tp.lsndtime, 2 * TCP_RTO_MAX) || do_reset == 0) {
            shift++;
        }

        if (sk.sk_err_soft != 0) {
            shift++;
        }

        if (tcp_check_oom(sk, shift)) {
            if (tcp_time_stamp() - tp.lsndtime <= TCP_TIMEWAIT_LEN
                    // Or the peer has closed the window, and so it lives.
                    || tp.snd_wnd == 0 && tp.packets_out == 0) {
                do_reset = 1;
            }
            if (do_reset != 0) {
                tp.send_active_reset.call(sk, GFP_ATOMIC);
            }
            tcp_done(sk);
            NET_INC_STATS_BH(sock_net(sk), LINUX_MIB_TCPABORTONMEMORY);
            return 1;
        }
        return 0;
    }

    /**
     * How often an orphan may try: the sysctl; if that is 0, eight times (about 100 s at the least RTO) while the
     * timeout has not grown to its limit yet, then not at all.
     *
     * @param alive not 0: there is still hope
     */
    static int tcp_orphan_retries(sock sk, int alive) {
        int retries = sysctl_tcp_orphan_retries;

        if (sk.sk_err_soft != 0 && alive == 0) {
            retries = 0;
        }

        if (retries == 0 && alive != 0) {
            retries = 8;
        }
        return retries;
    }

    /**
     * Perhaps it is the large packets that get lost, and ICMP with them: turns MTU probing on (RFC 4821, section 7.7),
     * or, if it is on, halves its lower end, to a header and 68 bytes at least.
     */
    static void tcp_mtu_probing(inet_connection_sock icsk, sock sk) {
        if (sysctl_tcp_mtu_probing != 0) {
            if (icsk.icsk_mtup.enabled == 0) {
                icsk.icsk_mtup.enabled = 1;
                tcp_sync_mss(sk, icsk.icsk_pmtu_cookie);
            } else {
                tcp_sock tp = tcp_sk(sk);
                int mss;

                mss = tcp_mtu_to_mss(sk, icsk.icsk_mtup.search_low) >> 1;
                mss = min(sysctl_tcp_base_mss, mss);
                mss = max(mss, 68 - tp.tcp_header_len);
                icsk.icsk_mtup.search_low = tcp_mss_to_mtu(sk, mss);
                tcp_sync_mss(sk, icsk.icsk_pmtu_cookie);
            }
        }
    }

    /**
     * Has the first segment been waiting for longer than {@code boundary} timeouts take, each twice the one before,
     * from the least RTO up to the largest? So the number stands for a time, whatever the RTO of this connection is: 15
     * means 924.6 s.
     *
     * @param timeout in jiffies; not 0: this time instead
     * @param syn_set begin with the initial RTO
     */
    public static boolean retransmits_timed_out(sock sk, int boundary,
            int timeout, boolean syn_set) {
        int linear_backoff_thresh, start_ts;
        int rto_base = syn_set ? TCP_TIMEOUT_INIT : TCP_RTO_MIN;

        if (inet_csk(sk).icsk_retransmits == 0) {
            return false;
        }

        if (tcp_sk(sk).retrans_stamp == 0) {
            start_ts = TCP_SKB_CB(tcp_write_queue_head(sk)).when;
        } else {
            start_ts = tcp_sk(sk).retrans_stamp;
        }

        if (timeout == 0) {
            linear_backoff_thresh = ilog2(TCP_RTO_MAX / rto_base);

            if (leU32(boundary, linear_backoff_thresh)) {
                timeout = ((2 << boundary) - 1) * rto_base;
            } else {
                timeout = ((2 << linear_backoff_thresh) - 1) * rto_base
                        + (boundary - linear_backoff_thresh) * TCP_RTO_MAX;
            }
        }
        return geU32(tcp_time_stamp() - start_ts, timeout);
    }

    /**
     * The retransmission timer has run out: is that all right, is the route to be suspected, or is it over?
     *
     * <p>While connecting, Fast Open and MPTCP are blamed too: the cookie cache remembers the loss, and MP_CAPABLE is
     * left out of the SYN from some number of losses on (RFC 6824, section 3.6).
     *
     * @return 1: the connection was given up
     */
    public static int tcp_write_timeout(sock sk) {
        inet_connection_sock icsk = inet_csk(sk);
        tcp_sock tp = tcp_sk(sk);
        int retry_until;
        boolean do_reset, syn_set = false;

        if ((1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV)) != 0) {
            if (icsk.icsk_retransmits != 0) {
                dst_negative_advice(sk);
                if (tp.syn_fastopen || tp.syn_data) {
                    tcp_fastopen_cache_set(sk, 0, null, true);
                }
                if (tp.syn_data) {
                    NET_INC_STATS_BH(sock_net(sk),
                            LINUX_MIB_TCPFASTOPENACTIVEFAIL);
                }
            }
            retry_until = icsk.icsk_syn_retries != 0 ? icsk.icsk_syn_retries : sysctl_tcp_syn_retries;
            syn_set = true;
            if (tcp_sk(sk).request_mptcp
                    && icsk.icsk_retransmits >= mptcp_sysctl_syn_retries()) {
                tcp_sk(sk).request_mptcp = false;
            }
        } else {
            if (retransmits_timed_out(sk, sysctl_tcp_retries1, 0, false)) {
                tcp_mtu_probing(icsk, sk);

                dst_negative_advice(sk);
            }

            retry_until = sysctl_tcp_retries2;
            if (sock_flag(sk, SOCK_DEAD)) {
                int alive = ltU32(icsk.icsk_rto, TCP_RTO_MAX) ? 1 : 0;

                retry_until = tcp_orphan_retries(sk, alive);
                do_reset = alive != 0
                        || !retransmits_timed_out(sk, retry_until, 0, false);

                if (tcp_out_of_resources(sk, do_reset ? 1 : 0) != 0) {
                    return 1;
                }
            }
        }

        if (retransmits_timed_out(sk, retry_until,
                syn_set ? 0 : icsk.icsk_user_timeout, syn_set)) {
            tcp_write_err(sk);
            return 1;
        }
        return 0;
    }
}
