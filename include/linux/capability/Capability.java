// SPDX-License-Identifier: GPL-2.0-only
package linux.capability;

import linux.init.Initcall;
import net.net_namespace.net;

/** Who may do what, {@code kernel/capability.c}. There is one user here, and that is root. */
public final class Capability implements Initcall {
    public static final int CAP_NET_BIND_SERVICE = 10;
    public static final int CAP_NET_ADMIN = 12;
    public static final int CAP_NET_RAW = 13;

    /** False: whoever asks is told no. For tests of what others may not do. */
    public static boolean privileged;

    /** Made by the boot. */
    public Capability() {}

    @Override
    public void data() {
        privileged = true;
    }

    public static boolean capable(int cap) {
        return privileged;
    }

    /** The same among those who own the namespace. */
    public static boolean ns_capable(net net, int cap) {
        return privileged;
    }
}
