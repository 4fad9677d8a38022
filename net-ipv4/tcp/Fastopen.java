// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.errno.Errno.ENOMEM;
import static net.inet_connection_sock.Sockets.inet_csk;

import linux.gfp.Gfp;
import net.request_sock.fastopen_queue;
import net.request_sock.request_sock_queue;
import net.sock.sock;

/** The queue of a listener with Fast Open: an inline of {@code linux/tcp.h} that needs the destructor of this file. */
public final class Fastopen {
    private Fastopen() {}

    /**
     * Switches Fast Open on for a listener, or changes how many connections may wait for their third ACK.
     *
     * @return 0 or {@code -ENOMEM}
     */
    public static int fastopen_init_queue(sock sk, int backlog) {
        request_sock_queue queue = inet_csk(sk).icsk_accept_queue;

        if (queue.fastopenq == null) {
            if (Gfp.fails(sk.sk_allocation)) {
                return -ENOMEM;
            }
            queue.fastopenq = new fastopen_queue();

            sk.sk_destruct = Close::tcp_sock_destruct;
        }
        queue.fastopenq.max_qlen = backlog;
        return 0;
    }
}
