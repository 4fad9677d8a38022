// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import net.sock.sock;

/** Casts: a socket as one that makes connections, and what its congestion control keeps in it. */
public final class Sockets {
    private Sockets() {}

    public static inet_connection_sock inet_csk(sock sk) {
        return (inet_connection_sock) sk;
    }

    /**
     * What the congestion-control module of {@code sk} keeps; null while none has kept anything, and another
     * module's after a change of modules. {@link inet_connection_sock.CaPriv} shows how a module reads its own.
     */
    public static inet_connection_sock.CaPriv inet_csk_ca(sock sk) {
        return inet_csk(sk).icsk_ca_priv;
    }
}
