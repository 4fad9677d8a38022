// SPDX-License-Identifier: GPL-2.0-only
package net.netns.ipv4;

import net.sock.sock;

/** IPv4 in a namespace: sysctls, and the roots of its tables. */
public final class netns_ipv4 {
    /** {@code net.ipv4.conf.all} and {@code .default}. */
    public Object devconf_all;

    public Object devconf_dflt;

    /** The routing tables: local and main. */
    public Object fib_table_hash;

    /** The socket that ICMP errors are sent by. */
    public sock icmp_sk;

    /** Buckets of the metrics learnt from connections; {@code 1 << log} of them. */
    public Object tcp_metrics_hash;

    public int tcp_metrics_hash_log;

    public int sysctl_icmp_echo_ignore_all;
    public int sysctl_icmp_echo_ignore_broadcasts;
    public int sysctl_icmp_ignore_bogus_error_responses;

    /** Least time between two ICMP errors to a host, in jiffies, and the types that are limited. */
    public int sysctl_icmp_ratelimit;

    public int sysctl_icmp_ratemask;
    public int sysctl_icmp_errors_use_inbound_ifaddr;

    /** {@code net.ipv4.ip_local_port_range}: first and last. */
    public final int[] sysctl_local_ports_range = new int[2];

    public int sysctl_tcp_ecn;
    public int sysctl_ip_no_pmtu_disc;
    public int sysctl_ip_fwd_use_pmtu;
    public final int[] sysctl_ping_group_range = new int[2];

    /** Changes when an address does, and when a route does: older {@code rtable}s are stale then. */
    public int dev_addr_genid;

    public int rt_genid;
}
