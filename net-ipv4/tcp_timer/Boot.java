// SPDX-License-Identifier: GPL-2.0-only
package tcp_timer;

import linux.init.Initcall;
import net.sock.Options;

/** What {@code net/core/sock.c} calls of {@code tcp_timer.c}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Options.tcp_set_keepalive = Keepalive::tcp_set_keepalive;
    }
}
