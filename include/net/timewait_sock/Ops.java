// SPDX-License-Identifier: GPL-2.0-only
package net.timewait_sock;

import static linux.bug.Bug.BUG_ON;

import net.inet_timewait_sock.inet_timewait_sock;
import net.sock.sock;
import net.sock.sock_common;

/** Asking the protocol about its time-wait sockets, from {@code include/net/timewait_sock.h}. */
public final class Ops {
    private Ops() {}

    /**
     * May {@code sk} take over the ports of {@code sktw}?
     *
     * @param twp what the protocol is told besides: not null if it may note something for the new connection
     * @return 1 if so
     */
    public static int twsk_unique(sock sk, sock_common sktw, Object twp) {
        if (sk.skc_prot.twsk_prot.twsk_unique != null) {
            return sk.skc_prot.twsk_prot.twsk_unique.call(sk, sktw, twp);
        }
        return 0;
    }

    /** The last reference to {@code sk} is gone. */
    public static void twsk_destructor(inet_timewait_sock sk) {
        BUG_ON(sk == null);
        BUG_ON(sk.skc_prot == null);
        BUG_ON(sk.skc_prot.twsk_prot == null);
        if (sk.skc_prot.twsk_prot.twsk_destructor != null) {
            sk.skc_prot.twsk_prot.twsk_destructor.call(sk);
        }
    }
}
