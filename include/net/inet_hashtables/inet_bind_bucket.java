// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import linux.list.hlist_head;
import linux.list.hlist_node;
import net.net_namespace.net;
import net.sock.sock_common;

/** A local port in use, and those who use it. */
public final class inet_bind_bucket {
    public final net ib_net;
    public final int port;

    /** All who use it allow it: with {@code SO_REUSEADDR}, and nobody listens; with {@code SO_REUSEPORT}. */
    public int fastreuse;

    public int fastreuseport;
    public int fastuid;
    public int num_owners;
    public final hlist_node<inet_bind_bucket> node = new hlist_node<>(this);

    /** By {@code skc_bind_node}: sockets, and sockets in TIME_WAIT. */
    public final hlist_head<sock_common> owners = new hlist_head<>();

    public inet_bind_bucket(net ib_net, int port) {
        this.ib_net = ib_net;
        this.port = port;
    }
}
