// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_hashtables.Connect.inet_hash_connect;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENETUNREACH;
import static linux.hrtimer.Clock.get_seconds;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.Sockets.tcp_twsk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_sock.Sockets.inet_sk;
import static net.route.Route.RT_CONN_FLAGS;
import static net.route.Route.ip_rt_put;
import static net.secure_seq.SecureSeq.secure_tcp_sequence_number;
import static net.snmp.Mib.IP_INC_STATS;
import static net.sock.Dst.sk_setup_caps;
import static net.sock.Fields.sock_net;
import static net.sock.Nodes.sock_hold;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Sysctls.sysctl_tcp_tw_reuse;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static route.Connect.ip_route_connect;
import static route.Connect.ip_route_newports;
import static tcp.Close.tcp_set_state;
import static tcp_metrics.Connection.tcp_fetch_timewait_stamp;
import static tcp_output.Syn.tcp_connect;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTCF_MULTICAST;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.tcp.TcpOpt.TCP_MSS_DEFAULT;

import linux.compiler.KernelBug;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.route.rtable;
import net.sock.sock;
import net.sock.sock_common;

/**
 * How a connection over IPv4 begins (RFC 9293, section 3.5): the first sequence number, whether a port that is still
 * in TIME_WAIT may be used again, and {@code connect}.
 *
 * <p>{@link #tcp_v4_connect} is what {@code inet_stream_connect} calls through {@code tcp_prot}, and what MPTCP calls
 * for each subflow. It finds a route, a source address and a port and goes on to {@code tcp_connect}, which sends the
 * SYN.
 */
public final class Connect {
    private Connect() {}

    /** Our initial sequence number for the connection that the SYN {@code skb} asks for (RFC 6528). */
    public static int tcp_v4_init_sequence(sk_buff skb) {
        return secure_tcp_sequence_number(ip_hdr(skb).daddr(),
                                          ip_hdr(skb).saddr(),
                                          tcp_hdr(skb).dest(),
                                          tcp_hdr(skb).source());
    }

    /**
     * May {@code sk} take over the two ports of a connection in TIME_WAIT? Only if that one used timestamps, by which
     * old segments can be told from new ones (RFC 6191); then {@code sk} goes on above its sequence numbers and gets a
     * reference to it.
     *
     * @param twp null: the caller leaves no choice (an explicit port); else {@code tcp_tw_reuse} must be on and the
     *     last timestamp be more than a second old
     * @return 1 if so
     */
    public static int tcp_twsk_unique(sock sk, sock_common sktw, Object twp) {
        tcp_timewait_sock tcptw = tcp_twsk(sktw);
        tcp_sock tp = tcp_sk(sk);

        if (tcptw.tw_ts_recent_stamp != 0
                && (twp == null || (sysctl_tcp_tw_reuse != 0
                        && get_seconds() - tcptw.tw_ts_recent_stamp > 1))) {
            tp.write_seq = tcptw.tw_snd_nxt + 65535 + 2;
            if (tp.write_seq == 0) {
                tp.write_seq = 1;
            }
            tp.rx_opt.ts_recent = tcptw.tw_ts_recent;
            tp.rx_opt.ts_recent_stamp = tcptw.tw_ts_recent_stamp;
            sock_hold(sktw);
            return 1;
        }

        return 0;
    }

    /**
     * Opens a connection: route, source address, state SYN_SENT, port and hash table, then the SYN.
     *
     * <p>The route is looked up twice, since policy may depend on the source port, which is only chosen in between.
     *
     * @return 0 when the SYN is on its way; {@code -EINVAL} (short address), {@code -EAFNOSUPPORT}, {@code
     *     -ENETUNREACH} (no route, or to a broadcast or multicast address), {@code -EADDRNOTAVAIL} (no port left)
     */
    @KernelBug("With tcp_tw_recycle the peer's timestamp is looked up before the socket has its address, so a new"
            + " socket finds none; fixed upstream by 4396e46187ca, which removes tcp_tw_recycle")
    public static int tcp_v4_connect(sock sk, sockaddr uaddr, int addr_len) {
        inet_sock inet = inet_sk(sk);
        tcp_sock tp = tcp_sk(sk);
        int orig_sport;
        int orig_dport;
        int daddr;
        int nexthop;
        flowi4 fl4;
        rtable rt;
        int err;
        ip_options inet_opt;

        if (addr_len < sockaddr_in.SIZE) {
            return -EINVAL;
        }

        if (uaddr.sa_family != AF_INET) {
            return -EAFNOSUPPORT;
        }

        sockaddr_in usin = (sockaddr_in) uaddr;
        nexthop = daddr = usin.sin_addr;
        inet_opt = inet.inet_opt;
        if (inet_opt != null && inet_opt.srr != 0) {
            if (daddr == 0) {
                return -EINVAL;
            }
            nexthop = inet_opt.faddr;
        }

        orig_sport = inet.inet_sport;
        orig_dport = usin.sin_port;
        fl4 = inet.cork.fl;
        rt = ip_route_connect(fl4, nexthop, inet.inet_saddr,
                              RT_CONN_FLAGS(sk), sk.skc_bound_dev_if,
                              IPPROTO_TCP,
                              orig_sport, orig_dport, sk);
        if (IS_ERR(rt)) {
            err = PTR_ERR(rt);
            if (err == -ENETUNREACH) {
                IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
            }
            return err;
        }

        if ((rt.rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) != 0) {
            ip_rt_put(rt);
            return -ENETUNREACH;
        }

        if (inet_opt == null || inet_opt.srr == 0) {
            daddr = fl4.daddr;
        }

        if (inet.inet_saddr == 0) {
            inet.inet_saddr = fl4.saddr;
        }
        inet.skc_rcv_saddr = inet.inet_saddr;

        if (tp.rx_opt.ts_recent_stamp != 0 && inet.skc_daddr != daddr) {
            // The socket was connected to somebody else before.
            tp.rx_opt.ts_recent = 0;
            tp.rx_opt.ts_recent_stamp = 0;
            if (!tp.repair) {
                tp.write_seq = 0;
            }
        }

        if (tcp_death_row.sysctl_tw_recycle != 0
                && tp.rx_opt.ts_recent_stamp == 0 && fl4.daddr == daddr) {
            tcp_fetch_timewait_stamp(sk, rt);
        }

        inet.skc_dport = usin.sin_port;
        inet.skc_daddr = daddr;

        inet_csk(sk).icsk_ext_hdr_len = 0;
        if (inet_opt != null) {
            inet_csk(sk).icsk_ext_hdr_len = inet_opt.optlen;
        }

        tp.rx_opt.mss_clamp = TCP_MSS_DEFAULT;

        failure:
        {
            // The port is still missing, but from here on nobody else may change the socket.
            tcp_set_state(sk, TCP_SYN_SENT);
            err = inet_hash_connect(tcp_death_row, sk);
            if (err != 0) {
                break failure;
            }

            rt = ip_route_newports(fl4, rt, orig_sport, orig_dport,
                                   inet.inet_sport, inet.skc_dport, sk);
            if (IS_ERR(rt)) {
                err = PTR_ERR(rt);
                rt = null;
                break failure;
            }
            sk.sk_gso_type = SKB_GSO_TCPV4;
            sk_setup_caps(sk, rt);

            if (tp.write_seq == 0 && !tp.repair) {
                tp.write_seq = secure_tcp_sequence_number(inet.inet_saddr,
                                                          inet.skc_daddr,
                                                          inet.inet_sport,
                                                          usin.sin_port);
            }

            inet.inet_id = (tp.write_seq ^ (int) Jiffies.jiffies) & 0xffff;

            err = tcp_connect(sk);

            rt = null;
            if (err != 0) {
                break failure;
            }

            return 0;
        }

        // Unhashes the socket and gives the port back.
        tcp_set_state(sk, TCP_CLOSE);
        ip_rt_put(rt);
        sk.sk_route_caps = 0;
        inet.skc_dport = 0;
        return err;
    }
}
