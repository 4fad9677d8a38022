// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

/** How the table of neighbours comes to life: {@code arp_init}, without the protocol. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.SUBSYS;
    }

    @Override
    public void data() {
        Arp.data();
    }

    @Override
    public void init() {
        register_netdevice_notifier(new notifier_block(Arp::arp_netdev_event));
    }
}
