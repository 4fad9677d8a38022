// SPDX-License-Identifier: GPL-2.0-only
package net.inet_timewait_sock;

import net.sock.sock;
import net.sock.sock_common;

/** How a protocol handles TIME_WAIT. */
public final class timewait_sock_ops {
    /** May {@code sk} take the ports over from {@code sktw}? 1: yes. */
    public interface Twsk_unique {
        int call(sock sk, sock_common sktw, Object twp);
    }

    public interface Twsk_destructor {
        void call(inet_timewait_sock sk);
    }

    public interface Alloc {
        inet_timewait_sock call();
    }

    public Alloc alloc;
    public Twsk_unique twsk_unique;
    public Twsk_destructor twsk_destructor;

    /** Those alive, for those who check that nothing was left behind. */
    public int live;
}
