// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import linux.init.Initcall;

/** {@code net/socket.c} at boot. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.CORE;
    }

    @Override
    public void data() {
        Create.net_families = new net_proto_family[Create.NPROTO];
        Create.sockets_in_use = 0;
        Create.last_ino = 0;
        Create.warned = false;
    }
}
