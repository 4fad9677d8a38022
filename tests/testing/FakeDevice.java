// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.etherdevice.Ethernet.ether_setup;
import static linux.netdevice.Netdev.NETDEV_TX_BUSY;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.netdevice.Netdev.dev_net_set;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Registry.alloc_netdev;
import static linux.netdevice.Registry.free_netdev;
import static linux.netdevice.Registry.register_netdev;
import static linux.skbuff.Free.kfree_skb;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.netdevice.net_device;
import linux.netdevice.net_device_ops;
import linux.skbuff.sk_buff;
import net.net_namespace.net;

/** An Ethernet device with a driver that writes down what it gets: bytes, and how they came. */
public final class FakeDevice {
    /** A packet as the driver got it. */
    public record Sent(byte[] bytes, int ip_summed, boolean linear, boolean gso) {}

    public final net_device dev;
    public final net_device_ops ops = new net_device_ops();
    public final List<Sent> sent = new ArrayList<>();

    /** How many packets the driver refuses from now on. */
    public int refuse;

    private FakeDevice(net net, String name, long features) {
        ops.ndo_start_xmit = this::xmit;
        dev = alloc_netdev(null, name, d -> {
            ether_setup(d);
            d.netdev_ops = ops;
            d.features = features;
            d.hw_features = features;
            d.dev_addr[0] = 2;
            d.dev_addr[5] = 1;
            d.destructor = gone -> free_netdev(gone);
        });
        dev_net_set(dev, net);
    }

    /** Not yet registered. */
    public static FakeDevice made(String name, long features) {
        return new FakeDevice(init_net, name, features);
    }

    /** Registered and up, with these features and what every device has. */
    public static FakeDevice up(String name, long features) {
        FakeDevice d = made(name, features);
        assertThat(register_netdev(d.dev)).isZero();
        assertThat(dev_open(d.dev)).isZero();
        return d;
    }

    private int xmit(sk_buff skb, net_device dev) {
        if (refuse > 0) {
            refuse--;
            return NETDEV_TX_BUSY;
        }
        sent.add(new Sent(Skbs.bytes(skb), skb.ip_summed, skb.data_len == 0, skb.shinfo.gso_size != 0));
        kfree_skb(skb);
        return NETDEV_TX_OK;
    }
}
