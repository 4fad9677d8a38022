// SPDX-License-Identifier: GPL-2.0-only
package net.tcp_states;

/** States of a connection, as {@code skc_state} and {@code TCP_INFO} have them; {@code TCPF_*} are bits for sets of them. */
public final class TcpState {
    private TcpState() {}

    public static final int TCP_ESTABLISHED = 1;
    public static final int TCP_SYN_SENT = 2;
    public static final int TCP_SYN_RECV = 3;
    public static final int TCP_FIN_WAIT1 = 4;
    public static final int TCP_FIN_WAIT2 = 5;
    public static final int TCP_TIME_WAIT = 6;
    public static final int TCP_CLOSE = 7;
    public static final int TCP_CLOSE_WAIT = 8;
    public static final int TCP_LAST_ACK = 9;
    public static final int TCP_LISTEN = 10;
    public static final int TCP_CLOSING = 11;
    public static final int TCP_MAX_STATES = 12;
    public static final int TCP_STATE_MASK = 0xf;
    public static final int TCP_ACTION_FIN = 1 << 7;
    public static final int TCPF_ESTABLISHED = 1 << 1;
    public static final int TCPF_SYN_SENT = 1 << 2;
    public static final int TCPF_SYN_RECV = 1 << 3;
    public static final int TCPF_FIN_WAIT1 = 1 << 4;
    public static final int TCPF_FIN_WAIT2 = 1 << 5;
    public static final int TCPF_TIME_WAIT = 1 << 6;
    public static final int TCPF_CLOSE = 1 << 7;
    public static final int TCPF_CLOSE_WAIT = 1 << 8;
    public static final int TCPF_LAST_ACK = 1 << 9;
    public static final int TCPF_LISTEN = 1 << 10;
    public static final int TCPF_CLOSING = 1 << 11;
}
