// SPDX-License-Identifier: GPL-2.0-only
package net.snmp;

import net.net_namespace.net;

/**
 * How counters are counted: the macros of {@code snmp.h}, {@code ip.h}, {@code tcp.h} and {@code icmp.h}. The
 * {@code _BH} and {@code _USER} variants save a few instructions in C and are the same here.
 */
public final class Mib {
    private Mib() {}

    public static void NET_INC_STATS(net net, int field) {
        net.mib.net_statistics[field]++;
    }

    public static void NET_INC_STATS_BH(net net, int field) {
        net.mib.net_statistics[field]++;
    }

    public static void NET_INC_STATS_USER(net net, int field) {
        net.mib.net_statistics[field]++;
    }

    public static void NET_ADD_STATS(net net, int field, long adnd) {
        net.mib.net_statistics[field] += adnd;
    }

    public static void NET_ADD_STATS_BH(net net, int field, long adnd) {
        net.mib.net_statistics[field] += adnd;
    }

    public static void NET_ADD_STATS_USER(net net, int field, long adnd) {
        net.mib.net_statistics[field] += adnd;
    }

    public static void TCP_INC_STATS(net net, int field) {
        net.mib.tcp_statistics[field]++;
    }

    public static void TCP_INC_STATS_BH(net net, int field) {
        net.mib.tcp_statistics[field]++;
    }

    public static void TCP_DEC_STATS(net net, int field) {
        net.mib.tcp_statistics[field]--;
    }

    public static void TCP_ADD_STATS(net net, int field, long val) {
        net.mib.tcp_statistics[field] += val;
    }

    public static void TCP_ADD_STATS_USER(net net, int field, long val) {
        net.mib.tcp_statistics[field] += val;
    }

    public static void IP_INC_STATS(net net, int field) {
        net.mib.ip_statistics[field]++;
    }

    public static void IP_INC_STATS_BH(net net, int field) {
        net.mib.ip_statistics[field]++;
    }

    public static void IP_ADD_STATS(net net, int field, long val) {
        net.mib.ip_statistics[field] += val;
    }

    public static void IP_ADD_STATS_BH(net net, int field, long val) {
        net.mib.ip_statistics[field] += val;
    }

    /** Counts a packet and its bytes. C makes both names from one: {@code IPSTATS_MIB_OUT}. */
    public static void IP_UPD_PO_STATS(net net, int pkts, int octets, long val) {
        net.mib.ip_statistics[pkts]++;
        net.mib.ip_statistics[octets] += val;
    }

    public static void IP_UPD_PO_STATS_BH(net net, int pkts, int octets, long val) {
        IP_UPD_PO_STATS(net, pkts, octets, val);
    }

    public static void ICMP_INC_STATS(net net, int field) {
        net.mib.icmp_statistics[field]++;
    }

    public static void ICMP_INC_STATS_BH(net net, int field) {
        net.mib.icmp_statistics[field]++;
    }

    public static void ICMPMSGOUT_INC_STATS(net net, int type) {
        net.mib.icmpmsg_statistics[type + 256]++;
    }

    public static void ICMPMSGIN_INC_STATS_BH(net net, int type) {
        net.mib.icmpmsg_statistics[type]++;
    }
}
