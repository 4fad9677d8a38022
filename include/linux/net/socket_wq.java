// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import linux.wait.wait_queue_head_t;

/** Those who wait for something to happen on a socket. */
public final class socket_wq {
    /** Told where Linux sends SIGIO or SIGURG: there are no signals here. */
    public interface Fasync {
        /** @param band {@code POLL_IN}, {@code POLL_OUT}, ... */
        void call(int sig, int band);
    }

    public final wait_queue_head_t wait = new wait_queue_head_t();

    /** Null: nobody asked for it. The socket must have {@code SOCK_FASYNC} too. */
    public Fasync fasync_list;
}
