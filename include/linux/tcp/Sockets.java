// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;

/** Casts: a socket, a request or a time-wait socket as what it is to TCP. */
public final class Sockets {
    private Sockets() {}

    public static tcp_request_sock tcp_rsk(request_sock req) {
        return (tcp_request_sock) req;
    }

    public static tcp_sock tcp_sk(sock sk) {
        return (tcp_sock) sk;
    }

    /** @param sk what a look-up found: in C a time-wait socket passes as a {@code struct sock} until it is looked at */
    public static tcp_timewait_sock tcp_twsk(sock_common sk) {
        return (tcp_timewait_sock) sk;
    }
}
