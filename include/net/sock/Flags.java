// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.bug.Bug.WARN_ON;
import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.SockFlag.SOCK_MEMALLOC;

/** The bits of {@code sk_flags}, and sockets that swap goes over. */
public final class Flags {
    private Flags() {}

    /** How many sockets may use the memory reserves: those that {@link #sk_set_memalloc} named. */
    static int memalloc_socks;

    public static void sock_copy_flags(sock nsk, sock osk) {
        nsk.sk_flags = osk.sk_flags;
    }

    /** @param flag {@code SOCK_*} of {@link SockFlag} */
    public static void sock_set_flag(sock sk, int flag) {
        sk.sk_flags |= 1L << flag;
    }

    public static void sock_reset_flag(sock sk, int flag) {
        sk.sk_flags &= ~(1L << flag);
    }

    public static boolean sock_flag(sock sk, int flag) {
        return (sk.sk_flags & 1L << flag) != 0;
    }

    public static boolean sk_memalloc_socks() {
        return memalloc_socks != 0;
    }

    /** Memory is being freed by way of this socket, so it gets some even when there is none. */
    public static void sk_set_memalloc(sock sk) {
        sock_set_flag(sk, SOCK_MEMALLOC);
        sk.sk_allocation |= __GFP_MEMALLOC;
        memalloc_socks++;
    }

    /** Takes the privilege back. What was received beyond the limits must have been read before. */
    public static void sk_clear_memalloc(sock sk) {
        sock_reset_flag(sk, SOCK_MEMALLOC);
        sk.sk_allocation &= ~__GFP_MEMALLOC;
        memalloc_socks--;

        if (WARN_ON(sk.sk_forward_alloc != 0)) {
            sk_mem_reclaim(sk);
        }
    }
}
