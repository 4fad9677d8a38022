// SPDX-License-Identifier: GPL-2.0-only
package linux.igmp;

import static uapi.linux.in.In.INADDR_ALLHOSTS_GROUP;

import linux.inetdevice.in_device;

/**
 * Multicast groups. There is no IGMP on this machine and nobody can join a group: the only one is that of all hosts,
 * to which every device belongs that is up (RFC 1112, section 4). It stands for {@code net/ipv4/igmp.c}.
 */
public final class Igmp {
    private Igmp() {}

    public static final int IGMP_ALL_HOSTS = INADDR_ALLHOSTS_GROUP;

    /** The device comes up: joins all hosts. */
    public static void ip_mc_up(in_device in_dev) {
        in_dev.allHosts = true;
    }

    /** The device goes down. */
    public static void ip_mc_down(in_device in_dev) {
        in_dev.allHosts = false;
    }

    public static void ip_mc_destroy_dev(in_device in_dev) {
        ip_mc_down(in_dev);
    }

    /** @return 1 if packets to group {@code mc_addr} are for us */
    public static int ip_check_mc_rcu(in_device in_dev, int mc_addr, int src_addr, int proto) {
        return in_dev.allHosts && mc_addr == IGMP_ALL_HOSTS ? 1 : 0;
    }
}
