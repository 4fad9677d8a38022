// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import static net.flow.flowi.FLOWI_FLAG_ANYSRC;

import net.request_sock.request_sock;
import net.sock.sock;

/** Casts and copies: a socket or a request as one of the Internet family. */
public final class Sockets {
    private Sockets() {}

    public static inet_request_sock inet_rsk(request_sock sk) {
        return (inet_request_sock) sk;
    }

    public static inet_sock inet_sk(sock sk) {
        return (inet_sock) sk;
    }

    /** Flags for the route look-up: may the source address be one that this machine does not have? */
    public static int inet_sk_flowi_flags(sock sk) {
        int flags = 0;

        if (inet_sk(sk).transparent || inet_sk(sk).hdrincl) {
            flags |= FLOWI_FLAG_ANYSRC;
        }
        return flags;
    }
}
