// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static ip_input.IpInput.ip_rcv;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Registry.alloc_netdev;
import static linux.netdevice.Registry.free_netdev;
import static linux.netdevice.Registry.register_netdev;
import static linux.skbuff.Free.kfree_skb;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.IFF_BROADCAST;
import static uapi.linux.if_.Iff.IFF_MULTICAST;
import static uapi.linux.if_.Iff.IFF_NOARP;
import static uapi.linux.if_.Iff.IFF_POINTOPOINT;
import static uapi.linux.if_arp.IfArp.ARPHRD_NONE;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.netdevice.net_device;
import linux.netdevice.net_device_ops;
import linux.skbuff.sk_buff;
import net.net_namespace.net;

/**
 * A network card for tests of IP: it has no link header, so that every neighbour can be reached at once, and writes down
 * the packets that it gets.
 */
public final class Nic {
    public final net_device dev;
    public final net_device_ops ops = new net_device_ops();

    /** The packets that left, from the IP header on. */
    public final List<byte[]> sent = new ArrayList<>();

    private Nic(net net, String name, int flags, long features) {
        ops.ndo_start_xmit = (skb, d) -> {
            sent.add(Skbs.bytes(skb));
            kfree_skb(skb);
            return NETDEV_TX_OK;
        };
        dev = alloc_netdev(null, name, d -> {
            d.netdev_ops = ops;
            d.type = ARPHRD_NONE;
            d.flags = flags;
            d.hw_features = features;
            d.features = features;
            d.mtu = 1500;
            d.tx_queue_len = 0;
            d.destructor = gone -> free_netdev(gone);
        });
        dev_net_set(dev, net);
        assertThat(register_netdev(dev)).isZero();
    }

    /** A device that broadcasts, down and without an address. */
    public static Nic down(net net, String name) {
        return new Nic(net, name, IFF_BROADCAST | IFF_MULTICAST, 0);
    }

    /** A device like a TUN, down and without an address: there is one peer, no broadcast, and it takes scattered packets. */
    public static Nic pointToPoint(net net, String name) {
        return new Nic(net, name, IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST, NETIF_F_SG);
    }

    /** One that broadcasts, up and with these addresses: {@code "10.0.0.1/24"}. */
    public static Nic up(net net, String name, String... addresses) {
        Nic nic = down(net, name);
        assertThat(IpAddr.linkUp(nic.dev)).isZero();
        for (String a : addresses) {
            assertThat(IpAddr.addWithBroadcast(nic.dev, a)).isZero();
        }
        return nic;
    }

    /** In the first namespace. */
    public static Nic up(String name, String... addresses) {
        return up(init_net, name, addresses);
    }

    /** {@code skb} comes in by this device, as from the link. */
    public int receive(sk_buff skb) {
        skb.dev = dev;
        skb.skb_iif = dev.ifindex;
        local_bh_disable();
        int ret = ip_rcv(skb, dev, null, dev);
        local_bh_enable();
        return ret;
    }
}
