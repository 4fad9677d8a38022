// SPDX-License-Identifier: GPL-2.0-only
package net.netns.ipv4;

import java.util.List;
import linux.inetdevice.ipv4_devconf;
import net.inet_frag.netns_frags;
import net.inetpeer.inet_peer_base;
import net.ip_fib.fib_rule;
import net.ip_fib.fib_table;
import net.sock.sock;

/** IPv4 in a namespace: sysctls, and the roots of its tables. */
public final class netns_ipv4 {
    /** {@code net.ipv4.conf.all} and {@code .default}. */
    public ipv4_devconf devconf_all;

    public ipv4_devconf devconf_dflt;

    /** Rules beyond the three that every namespace has, in the order in which they are asked. */
    public List<fib_rule> rules_ops;

    public boolean fib_has_custom_rules;
    public fib_table fib_local;
    public fib_table fib_main;
    public fib_table fib_default;

    /** The routing tables: local, main, and those that somebody has put a route into. */
    public List<fib_table> fib_table_hash;

    /** The socket that ICMP errors are sent by. */
    public sock icmp_sk;

    /** What is remembered about hosts. */
    public inet_peer_base peers;

    /** Datagrams of which pieces are missing. */
    public final netns_frags frags = new netns_frags();

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
