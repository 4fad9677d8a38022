// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import static linux.bug.Bug.BUG_ON;
import static linux.gfp.Gfp.GFP_ATOMIC;

import linux.gfp.Gfp;

/** How connection requests begin and end. */
public final class Requests {
    private Requests() {}

    /** All requests alive, of whatever kind. */
    static int live;

    /** All requests alive, for those who check that nothing was left behind. */
    public static int liveRequests() {
        return live;
    }

    /** An empty request, or null. */
    public static request_sock reqsk_alloc(request_sock_ops ops) {
        request_sock req = Gfp.fails(GFP_ATOMIC) ? null : ops.alloc.call();

        if (req != null) {
            req.rsk_ops = ops;
            ops.live++;
            live++;
        }

        return req;
    }

    /** Frees the request only; what its protocol keeps in it has gone to somebody else. */
    public static void __reqsk_free(request_sock req) {
        BUG_ON(req.rsk_ops.live-- <= 0);
        live--;
    }

    public static void reqsk_free(request_sock req) {
        req.rsk_ops.destructor.call(req);
        __reqsk_free(req);
    }
}
