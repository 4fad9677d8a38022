// SPDX-License-Identifier: GPL-2.0-only
package net.inet_common;

import static net.sock.Alloc.sk_release_kernel;

import net.sock.sock;

/** Sockets that the kernel makes for itself, to send RSTs and ICMP errors. */
public final class CtlSock {
    private CtlSock() {}

    public static void inet_ctl_sock_destroy(sock sk) {
        sk_release_kernel(sk);
    }
}
