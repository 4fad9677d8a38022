// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import static net.inet_sock.Sockets.inet_rsk;
import static net.request_sock.Requests.reqsk_alloc;

import net.request_sock.request_sock;
import net.request_sock.request_sock_ops;

/** Connection requests of the Internet family. */
public final class Requests {
    private Requests() {}

    /** A new request without IP options; null when there is no memory. */
    public static request_sock inet_reqsk_alloc(request_sock_ops ops) {
        request_sock req = reqsk_alloc(ops);
        inet_request_sock ireq = inet_rsk(req);

        if (req != null) {
            ireq.opt = null;
        }

        return req;
    }
}
