// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_connection_sock.Timers.inet_csk_delete_keepalive_timer;
import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_unlink;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.request_sock.Queues.reqsk_queue_added;
import static net.request_sock.Queues.reqsk_queue_removed;
import static net.request_sock.Requests.reqsk_free;

import net.request_sock.ReqLink;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * Inlines of {@code inet_connection_sock.h}: counting the requests in the SYN queue starts and stops its timer, which
 * is the keepalive timer of the listener.
 */
public final class Reqsk {
    private Reqsk() {}

    /** A request has left the SYN queue; after the last one the timer is not needed. */
    public static void inet_csk_reqsk_queue_removed(sock sk, request_sock req) {
        if (reqsk_queue_removed(inet_csk(sk).icsk_accept_queue, req) == 0) {
            inet_csk_delete_keepalive_timer(sk);
        }
    }

    /** A request has come into the SYN queue; with the first one the timer starts. */
    public static void inet_csk_reqsk_queue_added(sock sk, long timeout) {
        if (reqsk_queue_added(inet_csk(sk).icsk_accept_queue) == 0) {
            inet_csk_reset_keepalive_timer(sk, timeout);
        }
    }

    /** Takes a request out of the SYN queue and frees it; {@code prev} leads to it. */
    public static void inet_csk_reqsk_queue_drop(sock sk, request_sock req, ReqLink prev) {
        inet_csk_reqsk_queue_unlink(sk, req, prev);
        inet_csk_reqsk_queue_removed(sk, req);
        reqsk_free(req);
    }
}
