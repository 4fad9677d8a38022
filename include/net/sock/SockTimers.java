// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.mod_timer;
import static net.sock.Nodes.__sock_put;
import static net.sock.Nodes.sock_hold;

import linux.timer.timer_list;

/** Timers of a socket. One that is running holds a reference, which its handler gives back. */
public final class SockTimers {
    private SockTimers() {}

    /** @param expires jiffies */
    public static void sk_reset_timer(sock sk, timer_list timer, long expires) {
        if (mod_timer(timer, expires) == 0) {
            sock_hold(sk);
        }
    }

    public static void sk_stop_timer(sock sk, timer_list timer) {
        if (del_timer(timer) != 0) {
            __sock_put(sk);
        }
    }
}
