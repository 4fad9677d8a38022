// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.tcp.Sockets.tcp_sk;
import static net.tcp.Multipath.mptcp;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import linux.tcp.tcp_sock;
import net.sock.sock;

/** From any socket of a connection to its meta socket, and which of the three kinds a socket is. */
public final class MetaSockets {
    private MetaSockets() {}

    /** The socket that the application holds. A meta socket is its own. */
    public static sock mptcp_meta_sk(sock sk) {
        return tcp_sk(sk).meta_sk;
    }

    public static tcp_sock mptcp_meta_tp(tcp_sock tp) {
        return tcp_sk(tp.meta_sk);
    }

    /** Is it a meta socket? Also right for a socket that has never been near MPTCP. */
    public static boolean is_meta_tp(tcp_sock tp) {
        return tp.mpcb != null && mptcp_meta_tp(tp) == tp;
    }

    /** Is it a meta socket? May be asked of any socket, also of one that is not TCP. */
    public static boolean is_meta_sk(sock sk) {
        return sk.sk_type == SOCK_STREAM
                && sk.sk_protocol == IPPROTO_TCP
                && mptcp(tcp_sk(sk))
                && mptcp_meta_sk(sk) == sk;
    }

    /** The first subflow of a connection; a plain TCP socket counts as its own first. */
    public static boolean is_master_tp(tcp_sock tp) {
        return !mptcp(tp) || !tp.mptcp.slave_sk && !is_meta_tp(tp);
    }
}
