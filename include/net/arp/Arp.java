// SPDX-License-Identifier: GPL-2.0-only
package net.arp;

import static linux.errno.Errno.EINVAL;
import static linux.in.Addresses.ipv4_is_multicast;
import static linux.jiffies.Jiffies.HZ;
import static linux.netdevice.Notifiers.NETDEV_UNREGISTER;
import static linux.netdevice.Notifiers.netdev_notifier_info_to_dev;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static net.neighbour.Neigh.NUD_VALID;
import static net.neighbour.Neigh.neigh_ifdown;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_NOARP;
import static uapi.linux.if_.Iff.IFF_POINTOPOINT;
import static uapi.linux.if_arp.IfArp.ARPHRD_ETHER;
import static uapi.linux.in.In.INADDR_BROADCAST;
import static uapi.linux.neighbour.Nud.NUD_NOARP;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import linux.compiler.Differs;
import linux.netdevice.net_device;
import linux.notifier.notifier_block;
import net.neighbour.Neigh;
import net.neighbour.neigh_table;
import net.neighbour.neighbour;

/**
 * What IPv4 makes of neighbours, {@code include/net/arp.h} and a little of {@code net/ipv4/arp.c}: the table, looking
 * something up in it, and what kind of address needs what. The protocol itself is not there, see {@link Neigh}.
 */
public final class Arp {
    private Arp() {}

    /** For how long an answer is good, in jiffies. */
    public static final long BASE_REACHABLE_TIME = 30 * HZ;

    public static neigh_table arp_tbl;

    /** Called when the machine boots. */
    public static void boot() {
        arp_tbl = new neigh_table();
    }

    public static int arp_hashfn(int key, net_device dev) {
        int val = key ^ dev.ifindex;

        return val * 0x9e3779b9 >>> 24;
    }

    /** The neighbour {@code key} (host order) at {@code dev}, or null; nobody holds it. */
    public static neighbour __ipv4_neigh_lookup_noref(net_device dev, int key) {
        neighbour n;

        for (n = arp_tbl.hash_buckets[arp_hashfn(key, dev)]; n != null; n = n.next) {
            if (n.dev == dev && n.primary_key == key) {
                return n;
            }
        }

        return null;
    }

    /** The same; the caller holds it. */
    public static neighbour __ipv4_neigh_lookup(net_device dev, int key) {
        neighbour n;

        n = __ipv4_neigh_lookup_noref(dev, key);
        if (n != null) {
            n.refcnt++;
        }

        return n;
    }

    @Differs("the address alone says whether it is a broadcast: 255.255.255.255 and nothing else. Linux asks the routes, and so "
            + "knows the broadcast address of a subnet")
    public static int arp_constructor(neighbour neigh) {
        int addr = neigh.primary_key;
        net_device dev = neigh.dev;

        neigh.type = ipv4_is_multicast(addr) ? RTN_MULTICAST : addr == INADDR_BROADCAST ? RTN_BROADCAST : RTN_UNICAST;

        if (dev.header_ops == null) {
            neigh.nud_state = NUD_NOARP;
            neigh.output = Neigh::neigh_direct_output;
        } else {
            if (neigh.type == RTN_MULTICAST) {
                neigh.nud_state = NUD_NOARP;
                arp_mc_map(addr, neigh.ha, dev, 1);
            } else if ((dev.flags & (IFF_NOARP | IFF_LOOPBACK)) != 0) {
                neigh.nud_state = NUD_NOARP;
                System.arraycopy(dev.dev_addr, 0, neigh.ha, 0, dev.addr_len);
            } else if (neigh.type == RTN_BROADCAST || (dev.flags & IFF_POINTOPOINT) != 0) {
                neigh.nud_state = NUD_NOARP;
                System.arraycopy(dev.broadcast, 0, neigh.ha, 0, dev.addr_len);
            }

            if ((neigh.nud_state & NUD_VALID) != 0) {
                neigh.output = Neigh::neigh_connected_output;
            } else {
                neigh.output = Neigh::neigh_resolve_output;
            }
        }
        return 0;
    }

    /** The hardware address of a group: 01:00:5e and the low 23 bits (RFC 1112). */
    static int arp_mc_map(int addr, byte[] haddr, net_device dev, int dir) {
        switch (dev.type) {
            case ARPHRD_ETHER:
                haddr[0] = 0x01;
                haddr[1] = 0x00;
                haddr[2] = 0x5e;
                haddr[3] = (byte) (addr >> 16 & 0x7f);
                haddr[4] = (byte) (addr >> 8);
                haddr[5] = (byte) addr;
                return 0;
            default:
                if (dir != 0) {
                    System.arraycopy(dev.broadcast, 0, haddr, 0, dev.addr_len);
                    return 0;
                }
        }
        return -EINVAL;
    }

    @Differs("only when the device goes away for good are its neighbours forgotten; Linux also forgets them, even those "
            + "entered by hand, when it is switched off. There is no ARP that could find them again when it is switched on")
    public static int arp_netdev_event(notifier_block self, long event, Object ptr) {
        net_device dev = netdev_notifier_info_to_dev(ptr);

        if (event == NETDEV_UNREGISTER) {
            arp_ifdown(dev);
        }

        return NOTIFY_DONE;
    }

    /** Forgets the neighbours of a device. */
    public static void arp_ifdown(net_device dev) {
        neigh_ifdown(arp_tbl, dev);
    }
}
