// SPDX-License-Identifier: GPL-2.0-only
package net.flow;

/** What an IPv4 route is asked for. Addresses and ports in host order; 0 leaves the choice to the route. */
public final class flowi4 extends flowi {
    public int saddr;
    public int daddr;

    /** {@code fl4_sport}, {@code fl4_dport}. */
    public int fl4_sport;

    public int fl4_dport;
    public int fl4_icmp_type;
    public int fl4_icmp_code;

    /** {@code *this = *o}. */
    public void copy(flowi4 o) {
        flowic_oif = o.flowic_oif;
        flowic_iif = o.flowic_iif;
        flowic_mark = o.flowic_mark;
        flowic_tos = o.flowic_tos;
        flowic_scope = o.flowic_scope;
        flowic_proto = o.flowic_proto;
        flowic_flags = o.flowic_flags;
        flowic_secid = o.flowic_secid;
        saddr = o.saddr;
        daddr = o.daddr;
        fl4_sport = o.fl4_sport;
        fl4_dport = o.fl4_dport;
        fl4_icmp_type = o.fl4_icmp_type;
        fl4_icmp_code = o.fl4_icmp_code;
    }
}
