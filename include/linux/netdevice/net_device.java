// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.inetdevice.in_device;
import linux.list.list_head;
import net.net_namespace.net;
import net.sch_generic.Qdisc;

/** A network device. */
public final class net_device {
    /** {@code state}: bits {@code __LINK_STATE_*}. */
    public static final int __LINK_STATE_START = 0;

    public static final int __LINK_STATE_PRESENT = 1;
    public static final int __LINK_STATE_NOCARRIER = 2;
    public static final int __LINK_STATE_DORMANT = 4;

    /** {@code reg_state}. */
    public static final int NETREG_UNINITIALIZED = 0;

    public static final int NETREG_REGISTERED = 1;
    public static final int NETREG_UNREGISTERING = 2;
    public static final int NETREG_UNREGISTERED = 3;
    public static final int NETREG_RELEASED = 4;

    /** {@code addr_assign_type}: who gave it its address. */
    public static final int NET_ADDR_PERM = 0;

    public static final int NET_ADDR_RANDOM = 1;
    public static final int NET_ADDR_STOLEN = 2;
    public static final int NET_ADDR_SET = 3;

    /** @see net_device#destructor */
    public interface Destructor {
        void call(net_device dev);
    }

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

    /** Of {@code IFF_PROMISC} and {@code IFF_ALLMULTI}: what the user has asked for himself. */
    public int gflags;

    public int priv_flags;
    public int mtu;

    /** {@code ARPHRD_*}. */
    public int type;

    /** Length of the link header, and room that it may need beyond. */
    public int hard_header_len;

    public int needed_headroom;
    public int needed_tailroom;

    /** Hardware address, the one that it came with, and that of all stations. */
    public byte[] dev_addr;

    public byte[] perm_addr;
    public byte[] broadcast;
    public int addr_len;

    /** {@code NET_ADDR_*}. */
    public int addr_assign_type;

    public int promiscuity;
    public int allmulti;

    /** IPv4 on this device: its addresses and settings. */
    public in_device ip_ptr;

    /** Sees every packet that comes in, before the protocols do. */
    public rx_handler_func_t rx_handler;

    public Object rx_handler_data;

    /** The queue of the driver. */
    public final netdev_queue _tx = new netdev_queue(this);

    /** What sends when the device is up: {@code noqueue} (a packet goes to the driver at once), or netem. */
    public Qdisc qdisc;

    public int tx_queue_len;

    /** {@code IF_OPER_*} (RFC 2863): does it work, beyond being switched on? */
    public int operstate;

    public int reg_state;

    /** It is being taken down for good. */
    public boolean dismantle;

    /** Called when nobody uses it any more. */
    public Destructor destructor;

    public net nd_net;

    /** The largest packet that the driver takes, in bytes and in segments. */
    public int gso_max_size;

    public int gso_max_segs;

    /** {@code pcpu_refcnt}: users; it cannot go away while there are any. */
    public int refcnt;

    /** Its members that receive by polling. */
    public final list_head<napi_struct> napi_list = new list_head<>();

    /** Places on the lists of devices to be closed, to be unregistered, to be freed. */
    public final list_head<net_device> close_list = new list_head<>(this);

    public final list_head<net_device> unreg_list = new list_head<>(this);
    public final list_head<net_device> todo_list = new list_head<>(this);

    /** What a loopback, and what a veth counts. */
    public pcpu_lstats lstats;

    public pcpu_vstats vstats;

    /** What the driver keeps: {@code netdev_priv(dev)}. */
    public Object priv;

    @Override
    public String toString() {
        return name;
    }
}
