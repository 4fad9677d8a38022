// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

/** The two queues of a listener: finished connections to be accepted, and requests. */
public final class request_sock_queue {
    public request_sock rskq_accept_head;
    public request_sock rskq_accept_tail;

    /** {@code TCP_DEFER_ACCEPT}, as a number of SYN/ACKs. */
    public int rskq_defer_accept;

    public listen_sock listen_opt;
    public fastopen_queue fastopenq;

    /** {@code *this = *o}. */
    public void copy(request_sock_queue o) {
        rskq_accept_head = o.rskq_accept_head;
        rskq_accept_tail = o.rskq_accept_tail;
        rskq_defer_accept = o.rskq_defer_accept;
        listen_opt = o.listen_opt;
        fastopenq = o.fastopenq;
    }
}
