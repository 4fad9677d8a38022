// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.bug.Bug.WARN_ON;
import static linux.jump_label.JumpLabel.static_key_slow_dec;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Tokens.__mptcp_hash_insert;
import static mptcp_ctrl.Tokens.mptcp_find_token;
import static mptcp_ctrl.Tokens.mptcp_reqsk_find_tk;
import static mptcp_ctrl.Tokens.mptcp_set_key_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Multipath.mptcp_static_key;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Which sockets try MPTCP: every new one if {@code net.mptcp.mptcp_enabled} says so, or one whose application asks
 * ({@code MPTCP_ENABLED}). Such a socket has the flag {@code SOCK_MPTCP}, and counts in the static key.
 */
public final class Enable {
    private Enable() {}

    /** One more socket uses MPTCP. */
    public static void mptcp_enable_static_key() {
        static_key_slow_inc(mptcp_static_key);
        WARN_ON(mptcp_static_key.enabled == 0);
    }

    /** One less: its socket is destroyed. */
    public static void mptcp_disable_static_key() {
        static_key_slow_dec(mptcp_static_key);
    }

    /** The socket tries MPTCP from its next handshake on; a listener answers MP_CAPABLE. */
    public static void mptcp_enable_sock(sock sk) {
        if (!sock_flag(sk, SOCK_MPTCP)) {
            sock_set_flag(sk, SOCK_MPTCP);

            if (sk.skc_family == AF_INET) {
                inet_csk(sk).icsk_af_ops = mptcp_v4_specific;
            }

            mptcp_enable_static_key();
        }
    }

    /** The socket is plain TCP from its next handshake on. */
    public static void mptcp_disable_sock(sock sk) {
        if (sock_flag(sk, SOCK_MPTCP)) {
            sock_reset_flag(sk, SOCK_MPTCP);

            if (sk.skc_family == AF_INET) {
                inet_csk(sk).icsk_af_ops = tcp_ipv4.Sock.ipv4_specific;
            }

            mptcp_disable_static_key();
        }
    }

    /** A SYN with MP_CAPABLE is about to go out: picks the key in it. */
    public static void mptcp_connect_init(sock sk) {
        tcp_sock tp = tcp_sk(sk);

        do {
            mptcp_set_key_sk(sk);
        } while (mptcp_reqsk_find_tk(tp.mptcp_loc_token) || mptcp_find_token(tp.mptcp_loc_token));

        __mptcp_hash_insert(tp, tp.mptcp_loc_token);
    }
}
