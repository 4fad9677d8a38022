// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.inetdevice.in_device;
import linux.timer.timer_list;
import net.net_namespace.net;

/** A network device. */
public final class net_device {
    /** {@code state}: bits {@code __LINK_STATE_*}. */
    public static final int __LINK_STATE_START = 0;

    public static final int __LINK_STATE_PRESENT = 1;
    public static final int __LINK_STATE_NOCARRIER = 2;

    /** {@code reg_state}. */
    public static final int NETREG_UNINITIALIZED = 0;

    public static final int NETREG_REGISTERED = 1;
    public static final int NETREG_UNREGISTERING = 2;
    public static final int NETREG_UNREGISTERED = 3;

    public String name;

    /** Bits {@code __LINK_STATE_*}. */
    public int state;

    /** What it can do, {@code NETIF_F_*}; what of it can be switched; what somebody wants switched on. */
    public long features;

    public long hw_features;
    public long wanted_features;
    public long hw_enc_features;

    public int ifindex;
    public int iflink;
    public final net_device_stats stats = new net_device_stats();
    public long rx_dropped;
    public net_device_ops netdev_ops;
    public header_ops header_ops;

    /** {@code IFF_*}. */
    public int flags;

    public int priv_flags;
    public int mtu;

    /** {@code ARPHRD_*}. */
    public int type;

    /** Length of the link header, and room that it may need beyond. */
    public int hard_header_len;

    public int needed_headroom;
    public int needed_tailroom;

    /** Hardware address, and that of all stations. */
    public byte[] dev_addr;

    public byte[] broadcast;
    public int addr_len;
    public int promiscuity;
    public int allmulti;

    /** IPv4 on this device: its addresses and settings. */
    public in_device ip_ptr;

    /** Sees every packet that comes in, before the protocols do. */
    public rx_handler_func_t rx_handler;

    public Object rx_handler_data;

    /** What sends: none (a packet goes to the driver at once), or netem. */
    public Qdisc qdisc;

    public int tx_queue_len;

    /** When it sent last, in jiffies. */
    public long trans_start;

    public final timer_list watchdog_timer = new timer_list();
    public int reg_state;
    public net nd_net;

    /** The largest packet that the driver takes, in bytes and in segments. */
    public int gso_max_size;

    public int gso_max_segs;

    /** Users; it cannot go away while there are any. */
    public int refcnt;

    /** What the driver keeps: {@code netdev_priv(dev)}. */
    public Object priv;

    @Override
    public String toString() {
        return name;
    }
}
