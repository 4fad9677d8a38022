// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.ip;

/** Types of service, IP options, and the indices of {@code net.ipv4.conf}. */
public final class Ip {
    private Ip() {}

    public static final int IPTOS_TOS_MASK = 0x1E;
    public static final int IPTOS_LOWDELAY = 0x10;
    public static final int IPTOS_THROUGHPUT = 0x08;
    public static final int IPTOS_RELIABILITY = 0x04;
    public static final int IPTOS_MINCOST = 0x02;
    public static final int IPTOS_PREC_MASK = 0xE0;
    public static final int IPTOS_PREC_INTERNETCONTROL = 0xc0;

    public static int IPTOS_TOS(int tos) {
        return tos & IPTOS_TOS_MASK;
    }

    /** An option's first byte: copied into fragments, class, number (RFC 791, section 3.1). */
    public static final int IPOPT_COPY = 0x80;

    public static final int IPOPT_CONTROL = 0x00;
    public static final int IPOPT_MEASUREMENT = 0x40;
    public static final int IPOPT_END = 0;
    public static final int IPOPT_NOOP = 1;
    public static final int IPOPT_NOP = IPOPT_NOOP;
    public static final int IPOPT_SEC = 2 | IPOPT_COPY;
    public static final int IPOPT_LSRR = 3 | IPOPT_COPY;
    public static final int IPOPT_TIMESTAMP = 4 | IPOPT_MEASUREMENT;
    public static final int IPOPT_CIPSO = 6 | IPOPT_COPY;
    public static final int IPOPT_RR = 7;
    public static final int IPOPT_SID = 8 | IPOPT_COPY;
    public static final int IPOPT_SSRR = 9 | IPOPT_COPY;
    public static final int IPOPT_RA = 20 | IPOPT_COPY;
    public static final int MAX_IPOPTLEN = 40;

    /** Where the first address in an option stands, counted from 1. */
    public static final int IPOPT_MINOFF = 4;

    /** Flags of the timestamp option: times only; times and addresses; only at the addresses that are given. */
    public static final int IPOPT_TS_TSONLY = 0;

    public static final int IPOPT_TS_TSANDADDR = 1;
    public static final int IPOPT_TS_PRESPEC = 3;

    public static int IPOPT_COPIED(int o) {
        return o & IPOPT_COPY;
    }

    public static final int MAXTTL = 255;
    public static final int IPDEFTTL = 64;

    /** Numbers of the settings of a device, from 1; their names stand in {@code devinet.Sysctls}. */
    public static final int IPV4_DEVCONF_FORWARDING = 1;

    public static final int IPV4_DEVCONF_MC_FORWARDING = 2;
    public static final int IPV4_DEVCONF_PROXY_ARP = 3;
    public static final int IPV4_DEVCONF_ACCEPT_REDIRECTS = 4;
    public static final int IPV4_DEVCONF_SECURE_REDIRECTS = 5;
    public static final int IPV4_DEVCONF_SEND_REDIRECTS = 6;
    public static final int IPV4_DEVCONF_SHARED_MEDIA = 7;
    public static final int IPV4_DEVCONF_RP_FILTER = 8;
    public static final int IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE = 9;
    public static final int IPV4_DEVCONF_BOOTP_RELAY = 10;
    public static final int IPV4_DEVCONF_LOG_MARTIANS = 11;
    public static final int IPV4_DEVCONF_TAG = 12;
    public static final int IPV4_DEVCONF_ARPFILTER = 13;
    public static final int IPV4_DEVCONF_MEDIUM_ID = 14;
    public static final int IPV4_DEVCONF_NOXFRM = 15;
    public static final int IPV4_DEVCONF_NOPOLICY = 16;
    public static final int IPV4_DEVCONF_FORCE_IGMP_VERSION = 17;
    public static final int IPV4_DEVCONF_ARP_ANNOUNCE = 18;
    public static final int IPV4_DEVCONF_ARP_IGNORE = 19;
    public static final int IPV4_DEVCONF_PROMOTE_SECONDARIES = 20;
    public static final int IPV4_DEVCONF_ARP_ACCEPT = 21;
    public static final int IPV4_DEVCONF_ARP_NOTIFY = 22;
    public static final int IPV4_DEVCONF_ACCEPT_LOCAL = 23;
    public static final int IPV4_DEVCONF_SRC_VMARK = 24;
    public static final int IPV4_DEVCONF_PROXY_ARP_PVLAN = 25;
    public static final int IPV4_DEVCONF_ROUTE_LOCALNET = 26;
    public static final int IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL = 27;
    public static final int IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL = 28;
    public static final int IPV4_DEVCONF_MAX = 28;
}
