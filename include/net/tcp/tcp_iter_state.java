// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import net.net_namespace.net;
import net.sock.sock;

/** How far a walk over all TCP sockets has got. */
public final class tcp_iter_state {
    public net net;
    public int family;

    /** {@code TCP_SEQ_STATE_*}: listeners, requests, connections. */
    public int state;

    /** The listener whose requests are walked. */
    public sock syn_wait_sk;

    public int bucket;
    public int offset;
    public int sbucket;
    public int num;
    public int uid;
    public long last_pos;
}
