// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.jiffies.Jiffies.HZ;
import static net.snmp.Mib.TCP_ADD_STATS_USER;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_RTO_MIN;
import static uapi.linux.snmp.Snmp.TCP_MIB_MAXCONN;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOALGORITHM;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMAX;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMIN;

import net.net_namespace.net;

/** The counters of {@code /proc/net/snmp} that never change. */
public final class Counters {
    private Counters() {}

    /** RFC 2012: algorithm "other", timeouts in milliseconds, -1: no fixed limit of connections. */
    public static void tcp_mib_init(net net) {
        TCP_ADD_STATS_USER(net, TCP_MIB_RTOALGORITHM, 1);
        TCP_ADD_STATS_USER(net, TCP_MIB_RTOMIN, TCP_RTO_MIN * 1000 / HZ);
        TCP_ADD_STATS_USER(net, TCP_MIB_RTOMAX, TCP_RTO_MAX * 1000 / HZ);
        TCP_ADD_STATS_USER(net, TCP_MIB_MAXCONN, -1);
    }
}
