// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import net.dst.dst_entry;

/** A datagram being put together: what its header will need. */
public class inet_cork {
    public int flags;
    public int addr;
    public ip_options opt;

    /** MTU of the route. */
    public int fragsize;

    /** Bytes so far, IP payload. */
    public int length;

    public dst_entry dst;
    public int tx_flags;
    public int ttl;

    /** -1: the socket's. */
    public int tos;

    public int priority;
}
