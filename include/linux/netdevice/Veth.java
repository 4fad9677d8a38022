// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ENOTCONN;
import static linux.etherdevice.EtherAddr.eth_hw_addr_random;
import static linux.etherdevice.EtherAddr.is_valid_ether_addr;
import static linux.etherdevice.Ethernet.ether_setup;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.fails;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_TSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_FRAGLIST;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_GRE;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_IPIP;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_SIT;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO_UDP_TUNNEL;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HIGHDMA;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_VLAN_CTAG_RX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_VLAN_CTAG_TX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_VLAN_STAG_RX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_VLAN_STAG_TX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_LLTX;
import static linux.netdev_features.NetdevFeatures.NETIF_F_RXCSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_UFO;
import static linux.netdevice.Linkwatch.netif_carrier_off;
import static linux.netdevice.Linkwatch.netif_carrier_on;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Netdev.netdev_priv;
import static linux.netdevice.Netdev.unregister_netdevice;
import static linux.netdevice.Receive.dev_forward_skb;
import static linux.netdevice.Registry.alloc_netdev;
import static linux.netdevice.Registry.free_netdev;
import static linux.netdevice.Registry.register_netdevice;
import static linux.netdevice.Registry.unregister_netdevice_many;
import static linux.netdevice.Registry.unregister_netdevice_queue;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static uapi.linux.if_.Iff.IFF_LIVE_ADDR_CHANGE;
import static uapi.linux.if_.Iff.IFF_TX_SKB_SHARING;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_ether.IfEther.ETH_ALEN;

import linux.etherdevice.Ethernet;
import linux.list.list_head;
import linux.skbuff.sk_buff;
import net.net_namespace.net;
import uapi.linux.if_link.rtnl_link_stats64;

/**
 * Pairs of Ethernet devices, {@code drivers/net/veth.c}: what one end is to send the other one receives. The ends may be in
 * different namespaces; a queue in front of one ({@code linux.netem}) makes a link of it that is slow, long or lossy.
 *
 * <p>Each end has a carrier while the other one is up. Like the loopback it takes large packets and unfinished checksums,
 * unless that is switched off.
 */
public final class Veth {
    private Veth() {}

    private static final String DRV_NAME = "veth";
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 65535;

    private static final long VETH_FEATURES = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_ALL_TSO
            | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_HIGHDMA
            | NETIF_F_GSO_GRE | NETIF_F_GSO_UDP_TUNNEL
            | NETIF_F_GSO_IPIP | NETIF_F_GSO_SIT | NETIF_F_UFO
            | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX
            | NETIF_F_HW_VLAN_STAG_TX | NETIF_F_HW_VLAN_STAG_RX;

    private static net_device_ops veth_netdev_ops;

    static void data() {
        veth_netdev_ops = new net_device_ops();
        veth_netdev_ops.ndo_init = Veth::veth_dev_init;
        veth_netdev_ops.ndo_open = Veth::veth_open;
        veth_netdev_ops.ndo_stop = Veth::veth_close;
        veth_netdev_ops.ndo_start_xmit = Veth::veth_xmit;
        veth_netdev_ops.ndo_change_mtu = Veth::veth_change_mtu;
        veth_netdev_ops.ndo_get_stats64 = Veth::veth_get_stats64;
        veth_netdev_ops.ndo_set_mac_address = Ethernet::eth_mac_addr;
    }

    private static veth_priv priv(net_device dev) {
        return (veth_priv) netdev_priv(dev);
    }

    /** The other end; null when it is gone. */
    public static net_device peer(net_device dev) {
        return priv(dev).peer;
    }

    /** Has the other end receive the packet; what it does not take is counted as dropped here. */
    static int veth_xmit(sk_buff skb, net_device dev) {
        veth_priv priv = priv(dev);
        net_device rcv;
        int length = skb.len;

        drop:
        {
            rcv = priv.peer;
            if (rcv == null) {
                kfree_skb(skb);
                break drop;
            }

            if (skb.ip_summed == CHECKSUM_NONE && (rcv.features & NETIF_F_RXCSUM) != 0) {
                skb.ip_summed = CHECKSUM_UNNECESSARY;
            }

            if (dev_forward_skb(rcv, skb) == NET_RX_SUCCESS) {
                pcpu_vstats stats = dev.vstats;

                stats.bytes += length;
                stats.packets++;
                return NETDEV_TX_OK;
            }
        }
        priv.dropped++;
        return NETDEV_TX_OK;
    }

    static long veth_stats_one(pcpu_vstats result, net_device dev) {
        veth_priv priv = priv(dev);

        result.packets = 0;
        result.bytes = 0;
        result.packets += dev.vstats.packets;
        result.bytes += dev.vstats.bytes;
        return priv.dropped;
    }

    /** What this end received is what the other one sent. */
    static rtnl_link_stats64 veth_get_stats64(net_device dev, rtnl_link_stats64 tot) {
        veth_priv priv = priv(dev);
        net_device peer;
        pcpu_vstats one = new pcpu_vstats();

        tot.tx_dropped = veth_stats_one(one, dev);
        tot.tx_bytes = one.bytes;
        tot.tx_packets = one.packets;

        peer = priv.peer;
        if (peer != null) {
            tot.rx_dropped = veth_stats_one(one, peer);
            tot.rx_bytes = one.bytes;
            tot.rx_packets = one.packets;
        }

        return tot;
    }

    static int veth_open(net_device dev) {
        veth_priv priv = priv(dev);
        net_device peer = priv.peer;

        if (peer == null) {
            return -ENOTCONN;
        }

        if ((peer.flags & IFF_UP) != 0) {
            netif_carrier_on(dev);
            netif_carrier_on(peer);
        }
        return 0;
    }

    static int veth_close(net_device dev) {
        veth_priv priv = priv(dev);
        net_device peer = priv.peer;

        netif_carrier_off(dev);
        if (peer != null) {
            netif_carrier_off(peer);
        }

        return 0;
    }

    static boolean is_valid_veth_mtu(int new_mtu) {
        return new_mtu >= MIN_MTU && new_mtu <= MAX_MTU;
    }

    /** 68 to 65535; the other end keeps its own. */
    static int veth_change_mtu(net_device dev, int new_mtu) {
        if (!is_valid_veth_mtu(new_mtu)) {
            return -EINVAL;
        }
        dev.mtu = new_mtu;
        return 0;
    }

    static int veth_dev_init(net_device dev) {
        if (fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        dev.vstats = new pcpu_vstats();

        return 0;
    }

    static void veth_dev_free(net_device dev) {
        dev.vstats = null;
        free_netdev(dev);
    }

    static void veth_setup(net_device dev) {
        ether_setup(dev);

        dev.priv_flags &= ~IFF_TX_SKB_SHARING;
        dev.priv_flags |= IFF_LIVE_ADDR_CHANGE;

        dev.netdev_ops = veth_netdev_ops;
        dev.features |= NETIF_F_LLTX;
        dev.features |= VETH_FEATURES;
        dev.destructor = Veth::veth_dev_free;

        dev.hw_features = VETH_FEATURES;
        dev.hw_enc_features = VETH_FEATURES;
    }

    /** One end of a pair to be made: where, under which name, with which address; null: a random one. */
    public record End(net net, String name, byte[] address) {
        public End(net net, String name) {
            this(net, name, null);
        }
    }

    /** Thrown by {@link #createPair}. */
    public static final class CannotCreate extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        CannotCreate(End end, int err) {
            super("veth " + end.name() + " in " + end.net() + ": errno " + -err);
        }
    }

    /**
     * {@code ip link add A netns NA type veth peer name B netns NB}: what {@code veth_newlink} does, without its netlink
     * message. The ends are down and have no addresses yet. A name may be a pattern like "veth%d".
     *
     * @return the first end; {@link #peer} is the second
     */
    public static net_device createPair(End end, End peerEnd) {
        net_device dev, peer;

        rtnl_lock();
        try {
            peer = newEnd(peerEnd);
            try {
                dev = newEnd(end);
            } catch (CannotCreate e) {
                unregister_netdevice(peer);
                throw e;
            }

            priv(dev).peer = peer;
            priv(peer).peer = dev;
            return dev;
        } finally {
            rtnl_unlock();
        }
    }

    private static net_device newEnd(End end) {
        net_device dev = alloc_netdev(new veth_priv(), end.name(), Veth::veth_setup);
        int err = dev == null ? -ENOMEM : register(dev, end);

        if (err < 0) {
            if (dev != null) {
                free_netdev(dev);
            }
            throw new CannotCreate(end, err);
        }
        return dev;
    }

    private static int register(net_device dev, End end) {
        int err;

        dev_net_set(dev, end.net());
        if (end.address() == null) {
            eth_hw_addr_random(dev);
        } else if (end.address().length != ETH_ALEN || !is_valid_ether_addr(end.address(), 0)) {
            return -EADDRNOTAVAIL;
        } else {
            System.arraycopy(end.address(), 0, dev.dev_addr, 0, ETH_ALEN);
        }

        err = register_netdevice(dev);
        if (err < 0) {
            return err;
        }

        netif_carrier_off(dev);
        return 0;
    }

    /** {@code ip link del}: takes both ends away. */
    public static void deletePair(net_device dev) {
        list_head<net_device> list = new list_head<>();

        rtnl_lock();
        veth_dellink(dev, list);
        unregister_netdevice_many(list);
        rtnl_unlock();
    }

    static void veth_dellink(net_device dev, list_head<net_device> head) {
        veth_priv priv;
        net_device peer;

        priv = priv(dev);
        peer = priv.peer;

        priv.peer = null;
        unregister_netdevice_queue(dev, head);

        if (peer != null) {
            priv = priv(peer);
            priv.peer = null;
            unregister_netdevice_queue(peer, head);
        }
    }
}
