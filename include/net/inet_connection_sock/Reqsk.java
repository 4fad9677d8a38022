// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import static net.inet_connection_sock.Sockets.inet_csk;
import static net.request_sock.Queues.reqsk_queue_add;
import static net.request_sock.Queues.reqsk_queue_empty;
import static net.request_sock.Queues.reqsk_queue_is_full;
import static net.request_sock.Queues.reqsk_queue_len;
import static net.request_sock.Queues.reqsk_queue_len_young;
import static net.request_sock.Queues.reqsk_queue_unlink;
import static uapi.linux.poll.Poll.POLLIN;
import static uapi.linux.poll.Poll.POLLRDNORM;

import net.request_sock.ReqLink;
import net.request_sock.request_sock;
import net.sock.sock;

/**
 * The two queues of a listener, seen from its socket. Those that also start or stop the timer of the SYN queue are
 * with {@code inet_connection_sock.c}.
 */
public final class Reqsk {
    private Reqsk() {}

    /** The connection {@code child} is finished: let it be accepted. */
    public static void inet_csk_reqsk_queue_add(sock sk, request_sock req, sock child) {
        reqsk_queue_add(inet_csk(sk).icsk_accept_queue, req, sk, child);
    }

    /** Requests that wait for their third ACK. */
    public static int inet_csk_reqsk_queue_len(sock sk) {
        return reqsk_queue_len(inet_csk(sk).icsk_accept_queue);
    }

    /** Those of them whose SYN/ACK was sent only once. */
    public static int inet_csk_reqsk_queue_young(sock sk) {
        return reqsk_queue_len_young(inet_csk(sk).icsk_accept_queue);
    }

    public static boolean inet_csk_reqsk_queue_is_full(sock sk) {
        return reqsk_queue_is_full(inet_csk(sk).icsk_accept_queue);
    }

    /** Takes {@code req} off its hash chain; {@code prev} is the link that leads to it. */
    public static void inet_csk_reqsk_queue_unlink(sock sk, request_sock req, ReqLink prev) {
        reqsk_queue_unlink(inet_csk(sk).icsk_accept_queue, req, prev);
    }

    /** What {@code poll} reports of a listener: readable when there is a connection to accept. */
    public static int inet_csk_listen_poll(sock sk) {
        return !reqsk_queue_empty(inet_csk(sk).icsk_accept_queue) ? POLLIN | POLLRDNORM : 0;
    }
}
