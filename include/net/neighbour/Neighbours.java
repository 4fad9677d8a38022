// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

import static linux.err.Err.IS_ERR;
import static net.arp.Arp.__ipv4_neigh_lookup_noref;
import static net.arp.Arp.arp_tbl;
import static net.neighbour.Neigh.__neigh_create;
import static uapi.linux.neighbour.Nud.NUD_NONE;
import static uapi.linux.neighbour.Nud.NUD_PERMANENT;

import java.util.ArrayList;
import java.util.List;
import linux.netdevice.net_device;

/** {@code ip neigh}: entering by hand who has which hardware address. */
public final class Neighbours {
    private Neighbours() {}

    /**
     * {@code ip neigh replace IP lladdr MAC dev DEV nud permanent}.
     *
     * @param ip host order
     * @param mac six bytes
     */
    public static void add(net_device dev, int ip, byte[] mac) {
        if (mac.length != dev.addr_len) {
            throw new IllegalArgumentException("a hardware address of " + dev + " has " + dev.addr_len + " bytes, not "
                    + mac.length);
        }
        neighbour n = __ipv4_neigh_lookup_noref(dev, ip);
        if (n == null) {
            n = __neigh_create(ip, dev, false);
            if (IS_ERR(n)) {
                throw new IllegalStateException("no memory for a neighbour of " + dev);
            }
        }
        System.arraycopy(mac, 0, n.ha, 0, mac.length);
        n.nud_state = NUD_PERMANENT;
        n.output = Neigh::neigh_connected_output;
    }

    /** {@code ip neigh del}: packets for it are dropped from now on. */
    public static void remove(net_device dev, int ip) {
        neighbour n = __ipv4_neigh_lookup_noref(dev, ip);
        if (n != null) {
            n.nud_state = NUD_NONE;
            n.output = Neigh::neigh_resolve_output;
        }
    }

    /** Those of a device that were entered by hand, as {@code ip neigh} lists them. */
    public static List<neighbour> of(net_device dev) {
        List<neighbour> found = new ArrayList<>();
        for (neighbour n : arp_tbl.hash_buckets) {
            for (; n != null; n = n.next) {
                if (n.dev == dev && n.nud_state == NUD_PERMANENT) {
                    found.add(n);
                }
            }
        }
        return found;
    }
}
