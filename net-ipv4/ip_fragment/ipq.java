// SPDX-License-Identifier: GPL-2.0-only
package ip_fragment;

import net.inet_frag.inet_frag_queue;
import net.inetpeer.inet_peer;
import net.net_namespace.net;

/** An IPv4 datagram of which fragments are missing: known by id, addresses and protocol (RFC 791, section 3.2). */
final class ipq extends inet_frag_queue {
    /** {@code IP_DEFRAG_*}: who wants it. */
    int user;

    /** Host order. */
    int saddr;

    int daddr;
    int id;
    int protocol;

    /** Which ECN bits the fragments had: {@code 1 << bits}. */
    int ecn;

    /** Index of the device by which the last one came. */
    int iif;

    /** How many fragments the sender had sent when the last one came. */
    int rid;

    inet_peer peer;

    /** In C found from {@code q.net}, which is part of it. */
    net netNs;
}
