// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static net.tcp_states.TcpState.TCPF_FIN_WAIT1;
import static net.tcp_states.TcpState.TCPF_FIN_WAIT2;
import static net.tcp_states.TcpState.TCPF_SYN_RECV;

/** What follows from the state of a connection alone. */
public final class States {
    private States() {}

    /** Does an abort in {@code state} owe the peer a RST (RFC 9293, section 3.10.5)? */
    public static boolean tcp_need_reset(int state) {
        return (1 << state & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 | TCPF_SYN_RECV))
                != 0;
    }
}
