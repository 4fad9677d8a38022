// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import linux.compiler.Ref;
import net.inet_timewait_sock.inet_timewait_death_row;
import net.inet_timewait_sock.inet_timewait_sock;
import net.sock.sock;

/** Is the connection from port {@code lport} still free? Enters it if so. */
public interface CheckEstablished {
    /** @return 0, or {@code -EADDRNOTAVAIL} */
    int call(inet_timewait_death_row death_row, sock sk, int lport, Ref<inet_timewait_sock> twp);
}
