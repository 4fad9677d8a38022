// SPDX-License-Identifier: GPL-2.0-only
package net.snmp;

import static uapi.linux.snmp.Snmp.__ICMP_MIB_MAX;
import static uapi.linux.snmp.Snmp.__IPSTATS_MIB_MAX;
import static uapi.linux.snmp.Snmp.__LINUX_MIB_MAX;
import static uapi.linux.snmp.Snmp.__TCP_MIB_MAX;
import static uapi.linux.snmp.Snmp.__UDP_MIB_MAX;

/** The counters of a namespace, indexed by {@code uapi.linux.snmp.Snmp}. */
public final class netns_mib {
    public long[] tcp_statistics = new long[__TCP_MIB_MAX];
    public long[] ip_statistics = new long[__IPSTATS_MIB_MAX];

    /** {@code TcpExt} in {@code /proc/net/netstat}. */
    public long[] net_statistics = new long[__LINUX_MIB_MAX];

    public long[] udp_statistics = new long[__UDP_MIB_MAX];
    public long[] udplite_statistics = new long[__UDP_MIB_MAX];
    public long[] icmp_statistics = new long[__ICMP_MIB_MAX];

    /** By ICMP type: received, and from 256 on sent. */
    public long[] icmpmsg_statistics = new long[512];
}
