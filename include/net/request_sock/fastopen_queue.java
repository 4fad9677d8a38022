// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

/** Requests with data in the SYN that already have a full socket. */
public final class fastopen_queue {
    /** Requests whose connection was reset: they count for a while, against floods. */
    public request_sock rskq_rst_head;

    public request_sock rskq_rst_tail;
    public int qlen;

    /** {@code TCP_FASTOPEN}'s argument; 0: off. */
    public int max_qlen;
}
