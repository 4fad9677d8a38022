// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_TSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_FRAGLIST;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdevice.Backlog.netif_rx_ni;
import static linux.netdevice.Gso.skb_checksum_help;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Registry.alloc_netdev;
import static linux.netdevice.Registry.free_netdev;
import static linux.netdevice.Registry.register_netdev;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Gso.skb_is_gso;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.types.Be.put16;
import static net.net_namespace.NetNs.init_net;
import static uapi.linux.if_.Iff.IFF_MULTICAST;
import static uapi.linux.if_.Iff.IFF_NOARP;
import static uapi.linux.if_.Iff.IFF_POINTOPOINT;
import static uapi.linux.if_arp.IfArp.ARPHRD_NONE;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import java.util.ArrayDeque;
import java.util.Arrays;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.netdevice.Offloads;
import linux.netdevice.net_device;
import linux.netdevice.net_device_ops;
import linux.skbuff.sk_buff;

/**
 * The network card of the host in a script: what it sends waits here until the script looks at it, what the script sends comes in
 * here. Like the device of that name in Linux it has no link header.
 */
final class Tun {
    static final String NAME = "tun0";

    /** Room that a driver leaves in front of a packet. */
    private static final int NET_SKB_PAD = 64;

    /**
     * A packet that the host has sent, from the IP header on, and when.
     *
     * @param finished has it its checksum? A large packet gets those of its segments later
     */
    record Sent(long ns, byte[] bytes, boolean finished) {
        /** Both as one packet: the header of the first, the data and the last flags of the second. */
        Sent with(Sent next) {
            byte[] more = Packets.payload(next.bytes);
            byte[] all = Arrays.copyOf(bytes, bytes.length + more.length);
            System.arraycopy(more, 0, all, bytes.length, more.length);
            put16(all, 2, all.length);
            all[Packets.transport(all) + Packets.FLAGS_AT] |= (byte) Packets.flags(next.bytes);
            return new Sent(ns, all, false);
        }
    }

    final net_device dev;

    /** What the script has not looked at yet. */
    final ArrayDeque<Sent> sent = new ArrayDeque<>();

    private final Runnable alarm;

    /**
     * @param gso does it take packets larger than its MTU?
     * @param alarm called after each packet of the host
     */
    Tun(boolean gso, int mtu, String address, Runnable alarm) {
        this.alarm = alarm;
        net_device_ops ops = new net_device_ops();
        ops.ndo_start_xmit = this::transmit;
        dev = alloc_netdev(null, NAME, d -> {
            d.netdev_ops = ops;
            d.type = ARPHRD_NONE;
            d.flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
            d.mtu = mtu;
            d.tx_queue_len = 0;
            d.hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | (gso ? NETIF_F_HW_CSUM | NETIF_F_ALL_TSO : 0);
            d.features = d.hw_features;
            d.destructor = gone -> free_netdev(gone);
        });
        dev_net_set(dev, init_net);
        check("the device", register_netdev(dev));
        if (!gso) {
            Offloads.set(dev, "gso", false);
            Offloads.set(dev, "gro", false);
        }
        check("its link", IpAddr.linkUp(dev));
        check("its address", IpAddr.add(dev, address));
        check("its route", IpRoute.add(init_net, "default dev " + NAME));
    }

    private static void check(String what, int err) {
        if (err != 0) {
            throw new IllegalStateException(what + ": " + err);
        }
    }

    private int transmit(sk_buff skb, net_device d) {
        boolean finished = skb.ip_summed != CHECKSUM_PARTIAL || !skb_is_gso(skb) && skb_checksum_help(skb) == 0;
        byte[] bytes = new byte[skb.len];
        skb_copy_bits(skb, 0, bytes, 0, bytes.length);
        sent.add(new Sent(Clock.now(), bytes, finished));
        consume_skb(skb);
        alarm.run();
        return NETDEV_TX_OK;
    }

    /** The packet comes in. */
    void receive(byte[] packet) {
        sk_buff skb = alloc_skb(NET_SKB_PAD + packet.length, Gfp.GFP_KERNEL);
        skb_reserve(skb, NET_SKB_PAD);
        int at = skb_put(skb, packet.length);
        System.arraycopy(packet, 0, skb.head, at, packet.length);
        skb_reset_mac_header(skb);
        skb_reset_network_header(skb);
        skb.protocol = ETH_P_IP;
        skb.dev = dev;
        netif_rx_ni(skb);
    }
}
