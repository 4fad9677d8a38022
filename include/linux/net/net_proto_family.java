// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import net.net_namespace.net;

/** An address family: how its sockets are made. */
public final class net_proto_family {
    public interface Create {
        /**
         * Gives {@code sock} its {@code ops} and its {@code sk}.
         *
         * @param kern 1: for the kernel itself
         * @return 0 or a negative errno
         */
        int call(net net, socket sock, int protocol, int kern);
    }

    /** {@code PF_INET}. */
    public int family;

    public Create create;
}
