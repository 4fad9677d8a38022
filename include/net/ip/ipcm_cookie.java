// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import net.inet_sock.ip_options;

/** What was asked for with one datagram. */
public final class ipcm_cookie {
    /** Host order. */
    public int addr;

    public int oif;
    public ip_options opt;
    public int tx_flags;
    public int ttl;

    /** -1: the socket's. */
    public int tos;

    public int priority;
}
