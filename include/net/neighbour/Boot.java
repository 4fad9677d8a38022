// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

import static linux.netdevice.Notifiers.register_netdevice_notifier;

import linux.init.Initcall;
import linux.notifier.notifier_block;
import net.arp.Arp;

/** How the table of neighbours comes to life: {@code arp_init}, without the protocol. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.SUBSYS;
    }

    @Override
    public void data() {
        Arp.boot();
    }

    @Override
    public void init() {
        register_netdevice_notifier(new notifier_block(Arp::arp_netdev_event));
    }
}
