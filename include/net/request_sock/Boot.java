// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import linux.init.Initcall;

/** {@code net/core/request_sock.c} at boot. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Queues.sysctl_max_syn_backlog = 256;
        Requests.live = 0;
    }
}
