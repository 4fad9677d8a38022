// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import linux.wait.wait_queue_head_t;

/** Those who wait for something to happen on a socket. */
public final class socket_wq {
    public final wait_queue_head_t wait = new wait_queue_head_t();
}
