// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import net.dst.dst_entry;

/** A datagram being put together: what its header will need. */
public class inet_cork {
    /** {@code flags}: there are options in {@link #opt}. */
    public static final int IPCORK_OPT = 1;

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

    /** {@code *this = *o}. */
    public void copy(inet_cork o) {
        flags = o.flags;
        addr = o.addr;
        opt = o.opt;
        fragsize = o.fragsize;
        length = o.length;
        dst = o.dst;
        tx_flags = o.tx_flags;
        ttl = o.ttl;
        tos = o.tos;
        priority = o.priority;
    }
}
