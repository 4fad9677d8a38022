// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

import net.sock.sock;
import net.sock.sock_common;

/** An IPv4 socket: what goes into the IP header. */
public class inet_sock extends sock {
    /** {@code pmtudisc}: {@code IP_PMTUDISC_*}. */
    public static final int IP_PMTUDISC_DONT = 0;

    public static final int IP_PMTUDISC_WANT = 1;
    public static final int IP_PMTUDISC_DO = 2;
    public static final int IP_PMTUDISC_PROBE = 3;
    public static final int IP_PMTUDISC_INTERFACE = 4;

    /** The source address in packets; {@code skc_rcv_saddr} is the one bound to. Host order. */
    public int inet_saddr;

    /** Time to live, -1: the route's. */
    public int uc_ttl;

    public int cmsg_flags;

    /** Source port, host order. */
    public int inet_sport;

    /** Next IP id of a connected socket (16 bits). */
    public int inet_id;

    public ip_options inet_opt;

    /** Device by which {@code sk_rx_dst} came in. */
    public int rx_dst_ifindex;

    public int tos;
    public int min_ttl;
    public int mc_ttl;
    public int pmtudisc;

    /** {@code IP_RECVERR}: ICMP errors are reported at once. */
    public boolean recverr;

    /** It is an {@code inet_connection_sock}. */
    public boolean is_icsk;

    /** May bind to an address that does not exist. */
    public boolean freebind;

    public boolean hdrincl;
    public boolean mc_loop;
    public boolean transparent;
    public boolean mc_all;
    public boolean nodefrag;

    /** TOS of the packet received last. */
    public int rcv_tos;

    public int uc_index;
    public int mc_index;
    public int mc_addr;

    /** What {@code ip_append_data} has begun. */
    public inet_cork_full cork = new inet_cork_full();

    @Override
    public void copy(sock_common other) {
        super.copy(other);
        inet_sock o = (inet_sock) other;
        inet_saddr = o.inet_saddr;
        uc_ttl = o.uc_ttl;
        cmsg_flags = o.cmsg_flags;
        inet_sport = o.inet_sport;
        inet_id = o.inet_id;
        inet_opt = o.inet_opt;
        rx_dst_ifindex = o.rx_dst_ifindex;
        tos = o.tos;
        min_ttl = o.min_ttl;
        mc_ttl = o.mc_ttl;
        pmtudisc = o.pmtudisc;
        recverr = o.recverr;
        is_icsk = o.is_icsk;
        freebind = o.freebind;
        hdrincl = o.hdrincl;
        mc_loop = o.mc_loop;
        transparent = o.transparent;
        mc_all = o.mc_all;
        nodefrag = o.nodefrag;
        rcv_tos = o.rcv_tos;
        uc_index = o.uc_index;
        mc_index = o.mc_index;
        mc_addr = o.mc_addr;
        cork.copy(o.cork);
    }
}
