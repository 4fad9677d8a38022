// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.printk.Printk.net_ratelimit;
import static linux.printk.Printk.printk;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_DBG;

/** Messages of the stack that can be switched off, {@code net.core.warnings}. Format strings are Java's. */
public final class NetDebug {
    private NetDebug() {}

    /** {@code net.core.warnings}. */
    public static int net_msg_warn;

    /** Logged if the socket has {@code SO_DEBUG}. */
    public static void SOCK_DEBUG(sock sk, String format, Object... args) {
        if (sk != null && sock_flag(sk, SOCK_DBG)) {
            printk(format, args);
        }
    }

    public static void NETDEBUG(String format, Object... args) {
        if (net_msg_warn != 0) {
            printk(format, args);
        }
    }

    /** The same, but not more than ten messages in five seconds, of whatever kind. */
    public static void LIMIT_NETDEBUG(String format, Object... args) {
        if (net_msg_warn != 0 && net_ratelimit()) {
            printk(format, args);
        }
    }
}
