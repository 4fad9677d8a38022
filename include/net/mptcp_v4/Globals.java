// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp_v4;

import static net.tcp.Globals.tcp_request_sock_ops;

import linux.init.Initcall;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.request_sock.request_sock_ops;
import net.tcp.tcp_request_sock_ops;

/** The tables of {@code include/net/mptcp_v4.h}: how MPTCP works over IPv4. {@code mptcp_ipv4} fills them in. */
public final class Globals implements Initcall {
    /** Requests with MP_CAPABLE or MP_JOIN. */
    public static request_sock_ops mptcp_request_sock_ops;

    /** For meta sockets and subflows. */
    public static inet_connection_sock_af_ops mptcp_v4_specific;

    /** How a SYN with MP_CAPABLE is answered, and one with MP_JOIN. */
    public static tcp_request_sock_ops mptcp_request_sock_ipv4_ops;

    public static tcp_request_sock_ops mptcp_join_request_sock_ipv4_ops;

    @Override
    public void data() {
        mptcp_request_sock_ops = new request_sock_ops();
        mptcp_v4_specific = new inet_connection_sock_af_ops();
        mptcp_request_sock_ipv4_ops = new tcp_request_sock_ops();
        mptcp_join_request_sock_ipv4_ops = new tcp_request_sock_ops();
    }
}
