// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import net.inet_timewait_sock.inet_timewait_sock;
import net.sock.sock;

/** Enters a socket into the table of connections, in place of {@code tw} if that is not null. */
public interface HashFn {
    /** @return 1 if {@code tw} was taken out */
    int call(sock sk, inet_timewait_sock tw);
}
