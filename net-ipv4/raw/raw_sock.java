// SPDX-License-Identifier: GPL-2.0-only
package raw;

import net.inet_sock.inet_sock;

/** A socket that sees IP packets of some protocol as they are: the kernel's own, for ICMP. */
public final class raw_sock extends inet_sock {
    /** {@code filter.data}: a bit for each type of ICMP message that it does not want. */
    public int filter;
}
