// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.bug.Bug.BUG_ON;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.tcp.Sockets.tcp_sk;
import static net.sock.Dst.sk_can_gso;
import static net.tcp_states.TcpState.TCPF_CLOSE;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_FIN_WAIT1;
import static net.tcp_states.TcpState.TCPF_FIN_WAIT2;
import static net.tcp_states.TcpState.TCPF_LISTEN;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;
import static net.tcp_states.TcpState.TCPF_SYN_SENT;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * What subflows can do: each alone, and all together, for then the meta socket can do it too.
 *
 * <p>The walks over them ({@code mptcp_for_each_sk}, {@code mptcp_for_each_tp}) are plain loops: {@code for (tp =
 * mpcb.connection_list; tp != null; tp = tp.mptcp.next)}; the safe one reads {@code next} before the body.
 */
public final class Subflows {
    private Subflows() {}

    /** May {@code sendpage} hand pages down? Not with checksums, which need to see the data. */
    public static boolean mptcp_can_sendpage(sock sk) {
        tcp_sock sk_it;

        if (tcp_sk(sk).mpcb.dss_csum) {
            return false;
        }

        for (sk_it = tcp_sk(sk).mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            if ((sk_it.sk_route_caps & NETIF_F_SG) == 0 || (sk_it.sk_route_caps & NETIF_F_ALL_CSUM) == 0) {
                return false;
            }
        }

        return true;
    }

    /** Can data be sent on it? A joining subflow must have got its fourth ACK (RFC 6824, section 3.2). */
    public static boolean mptcp_sk_can_send(sock sk) {
        return (1 << sk.skc_state & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) != 0 && !tcp_sk(sk).mptcp.pre_established;
    }

    /** Can data come in on it? */
    public static boolean mptcp_sk_can_recv(sock sk) {
        return (1 << sk.skc_state & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2)) != 0;
    }

    /** Can ACKs, and so DATA_ACKs, be sent on it? */
    public static boolean mptcp_sk_can_send_ack(sock sk) {
        return (1 << sk.skc_state & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_CLOSE | TCPF_LISTEN)) == 0
                && !tcp_sk(sk).mptcp.pre_established;
    }

    /** Can all that data are sent on split large packets below TCP? */
    public static boolean mptcp_sk_can_gso(sock meta_sk) {
        tcp_sock sk;

        if (tcp_sk(meta_sk).mpcb.dss_csum) {
            return false;
        }

        for (sk = tcp_sk(meta_sk).mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            if (!mptcp_sk_can_send(sk)) {
                continue;
            }
            if (!sk_can_gso(sk)) {
                return false;
            }
        }
        return true;
    }

    /** Can all that data are sent on send from pages? */
    public static boolean mptcp_can_sg(sock meta_sk) {
        tcp_sock sk;

        if (tcp_sk(meta_sk).mpcb.dss_csum) {
            return false;
        }

        for (sk = tcp_sk(meta_sk).mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
            if (!mptcp_sk_can_send(sk)) {
                continue;
            }
            if ((sk.sk_route_caps & NETIF_F_SG) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Is it an IPv6 socket that talks IPv4? This kernel is built without IPv6, so there is none. */
    public static boolean mptcp_v6_is_v4_mapped(sock sk) {
        BUG_ON(sk.skc_family == AF_INET6);
        return false;
    }
}
