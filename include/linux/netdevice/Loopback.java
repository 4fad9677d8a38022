// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.ENOMEM;
import static linux.etherdevice.Ethernet.eth_header_ops;
import static linux.etherdevice.Ethernet.eth_type_trans;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.fails;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_TSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_FRAGLIST;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HIGHDMA;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_LLTX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_LOOPBACK;
import static linux.netdev_features.NetdevFeatures.NETIF_F_NETNS_LOCAL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_RXCSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_UFO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_VLAN_CHALLENGED;
import static linux.netdevice.Backlog.netif_rx;
import static linux.netdevice.Netdev.LOOPBACK_IFINDEX;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Registry.alloc_netdev;
import static linux.netdevice.Registry.free_netdev;
import static linux.netdevice.Registry.register_netdev;
import static linux.skbuff.Free.skb_orphan;
import static net.dst.Dst.skb_dst_force;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.net_eq;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_XMIT_DST_RELEASE;
import static uapi.linux.if_arp.IfArp.ARPHRD_LOOPBACK;
import static uapi.linux.if_ether.IfEther.ETH_ALEN;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;

import linux.bug.Oops;
import linux.skbuff.sk_buff;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import uapi.linux.if_link.rtnl_link_stats64;

/**
 * The loopback, {@code drivers/net/loopback.c}: what it is to send it receives. It splits nothing and completes no checksum,
 * since nobody can have damaged the packet: so packets of 64 KB with half a checksum go through it.
 */
public final class Loopback {
    private Loopback() {}

    private static net_device_ops loopback_ops;
    static pernet_operations loopback_net_ops;

    static void data() {
        loopback_ops = new net_device_ops();
        loopback_ops.ndo_init = Loopback::loopback_dev_init;
        loopback_ops.ndo_start_xmit = Loopback::loopback_xmit;
        loopback_ops.ndo_get_stats64 = Loopback::loopback_get_stats64;

        loopback_net_ops = new pernet_operations();
        loopback_net_ops.init = Loopback::loopback_net_init;
    }

    /**
     * The packet is sent and received at once. The sender's socket has its memory back, as after a transmission; the route
     * goes with the packet, so that the receiving side need not look for one.
     */
    static int loopback_xmit(sk_buff skb, net_device dev) {
        pcpu_lstats lb_stats;
        int len;

        skb_orphan(skb);

        skb_dst_force(skb);

        skb.protocol = eth_type_trans(skb, dev);

        lb_stats = dev.lstats;

        len = skb.len;
        if (netif_rx(skb) == NET_RX_SUCCESS) {
            lb_stats.bytes += len;
            lb_stats.packets++;
        }

        return NETDEV_TX_OK;
    }

    static rtnl_link_stats64 loopback_get_stats64(net_device dev, rtnl_link_stats64 stats) {
        long bytes = 0;
        long packets = 0;

        pcpu_lstats lb_stats = dev.lstats;
        bytes += lb_stats.bytes;
        packets += lb_stats.packets;

        stats.rx_packets = packets;
        stats.tx_packets = packets;
        stats.rx_bytes = bytes;
        stats.tx_bytes = bytes;
        return stats;
    }

    static int loopback_dev_init(net_device dev) {
        if (fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        dev.lstats = new pcpu_lstats();

        return 0;
    }

    static void loopback_dev_free(net_device dev) {
        dev_net(dev).loopback_dev = null;
        dev.lstats = null;
        free_netdev(dev);
    }

    static void loopback_setup(net_device dev) {
        dev.mtu = 64 * 1024;
        dev.hard_header_len = ETH_HLEN;
        dev.addr_len = ETH_ALEN;
        dev.tx_queue_len = 0;
        dev.type = ARPHRD_LOOPBACK;
        dev.flags = IFF_LOOPBACK;
        dev.priv_flags &= ~IFF_XMIT_DST_RELEASE;
        dev.hw_features = NETIF_F_ALL_TSO | NETIF_F_UFO;
        dev.features = NETIF_F_SG | NETIF_F_FRAGLIST
                | NETIF_F_ALL_TSO
                | NETIF_F_UFO
                | NETIF_F_HW_CSUM
                | NETIF_F_RXCSUM
                | NETIF_F_HIGHDMA
                | NETIF_F_LLTX
                | NETIF_F_NETNS_LOCAL
                | NETIF_F_VLAN_CHALLENGED
                | NETIF_F_LOOPBACK;
        dev.header_ops = eth_header_ops;
        dev.netdev_ops = loopback_ops;
        dev.destructor = Loopback::loopback_dev_free;
    }

    /** Gives a namespace its {@code lo}; somebody else brings it up and gives it 127.0.0.1. */
    static int loopback_net_init(net net) {
        net_device dev;
        int err;

        err = -ENOMEM;
        dev = alloc_netdev(null, "lo", Loopback::loopback_setup);
        if (dev == null) {
            return out(net, err);
        }

        dev_net_set(dev, net);
        err = register_netdev(dev);
        if (err != 0) {
            free_netdev(dev);
            return out(net, err);
        }

        BUG_ON(dev.ifindex != LOOPBACK_IFINDEX);
        net.loopback_dev = dev;
        return 0;
    }

    private static int out(net net, int err) {
        if (net_eq(net, init_net)) {
            throw new Oops("loopback: Failed to register netdevice: " + err);
        }
        return err;
    }
}
