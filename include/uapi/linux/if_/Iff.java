// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.if_;

/** Flags of a device. */
public final class Iff {
    private Iff() {}

    public static final int IFNAMSIZ = 16;
    public static final int IFF_UP = 0x1;
    public static final int IFF_BROADCAST = 0x2;
    public static final int IFF_DEBUG = 0x4;
    public static final int IFF_LOOPBACK = 0x8;
    public static final int IFF_POINTOPOINT = 0x10;
    public static final int IFF_NOTRAILERS = 0x20;
    public static final int IFF_RUNNING = 0x40;
    public static final int IFF_NOARP = 0x80;
    public static final int IFF_PROMISC = 0x100;
    public static final int IFF_ALLMULTI = 0x200;
    public static final int IFF_MASTER = 0x400;
    public static final int IFF_SLAVE = 0x800;
    public static final int IFF_MULTICAST = 0x1000;
    public static final int IFF_PORTSEL = 0x2000;
    public static final int IFF_AUTOMEDIA = 0x4000;
    public static final int IFF_DYNAMIC = 0x8000;
    public static final int IFF_LOWER_UP = 0x10000;
    public static final int IFF_DORMANT = 0x20000;
    public static final int IFF_ECHO = 0x40000;
    public static final int IFF_NOMULTIPATH = 0x80000;
    public static final int IFF_MPBACKUP = 0x100000;
    public static final int IFF_VOLATILE = 461914;
    public static final int IFF_802_1Q_VLAN = 0x1;
    public static final int IFF_EBRIDGE = 0x2;
    public static final int IFF_SLAVE_INACTIVE = 0x4;
    public static final int IFF_MASTER_8023AD = 0x8;
    public static final int IFF_MASTER_ALB = 0x10;
    public static final int IFF_BONDING = 0x20;
    public static final int IFF_SLAVE_NEEDARP = 0x40;
    public static final int IFF_ISATAP = 0x80;
    public static final int IFF_MASTER_ARPMON = 0x100;
    public static final int IFF_WAN_HDLC = 0x200;
    public static final int IFF_XMIT_DST_RELEASE = 0x400;
    public static final int IFF_DONT_BRIDGE = 0x800;
    public static final int IFF_DISABLE_NETPOLL = 0x1000;
    public static final int IFF_MACVLAN_PORT = 0x2000;
    public static final int IFF_BRIDGE_PORT = 0x4000;
    public static final int IFF_OVS_DATAPATH = 0x8000;
    public static final int IFF_TX_SKB_SHARING = 0x10000;
    public static final int IFF_UNICAST_FLT = 0x20000;
    public static final int IFF_TEAM_PORT = 0x40000;
    public static final int IFF_SUPP_NOFCS = 0x80000;
    public static final int IFF_LIVE_ADDR_CHANGE = 0x100000;
    public static final int IFF_MACVLAN = 0x200000;
    public static final int IF_OPER_UNKNOWN = 0;
    public static final int IF_OPER_NOTPRESENT = 1;
    public static final int IF_OPER_DOWN = 2;
    public static final int IF_OPER_LOWERLAYERDOWN = 3;
    public static final int IF_OPER_TESTING = 4;
    public static final int IF_OPER_DORMANT = 5;
    public static final int IF_OPER_UP = 6;
}
