// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import static linux.tcp.Sockets.tcp_sk;
import static net.tcp_states.TcpState.TCP_SYN_RECV;

import net.sock.sock;

/**
 * Fast Open (RFC 7413) on the side that was connected to. {@code fastopen_init_queue} lives with {@code tcp.c}, whose
 * destructor it installs.
 */
public final class Fastopen {
    private Fastopen() {}

    /** A connection that got data with its SYN and waits for the third ACK. */
    public static boolean tcp_passive_fastopen(sock sk) {
        return sk.skc_state == TCP_SYN_RECV && tcp_sk(sk).fastopen_rsk != null;
    }
}
