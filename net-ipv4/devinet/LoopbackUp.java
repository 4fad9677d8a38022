// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static net.net_namespace.NetNs.register_pernet_device;

import linux.init.Initcall;
import net.net_namespace.pernet_operations;

/**
 * {@code ip link set lo up}: what the first program of every Linux does, and whoever makes a namespace. Here the machine
 * does it by itself, so that 127.0.0.1 is there from the beginning.
 */
public final class LoopbackUp implements Initcall {
    @Override
    public Level level() {
        return Level.LATE;
    }

    @Override
    public void init() {
        pernet_operations ops = new pernet_operations();
        ops.init = net -> net.loopback_dev == null ? 0 : IpAddr.linkUp(net.loopback_dev);
        register_pernet_device(ops);
    }
}
