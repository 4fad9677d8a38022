// SPDX-License-Identifier: GPL-2.0-only
package devinet;

import static devinet.Rtnetlink.inet_rtm_deladdr;
import static devinet.Rtnetlink.inet_rtm_newaddr;
import static linux.in.Addresses.ipv4_is_loopback;
import static linux.inetdevice.InDev.inet_make_mask;
import static linux.netdevice.Flags.dev_change_flags;
import static linux.netdevice.Flags.dev_set_mtu;
import static linux.netdevice.Netdev.dev_net;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static net.ip_fib.fib_config.NLM_F_CREATE;
import static net.ip_fib.fib_config.NLM_F_EXCL;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;

import java.util.function.IntSupplier;
import linux.in.Prefix;
import linux.netdevice.net_device;

/** {@code ip addr} and {@code ip link}: what those programs work out before they ask the kernel. */
public final class IpAddr {
    private IpAddr() {}

    /**
     * {@code ip addr add 10.0.0.1/24 dev eth0}.
     *
     * @return 0 or a negative errno: {@code -EEXIST}, {@code -ENOBUFS} (no IPv4 on the device), ...
     */
    public static int add(net_device dev, String prefix) {
        return locked(() -> inet_rtm_newaddr(dev_net(dev), message(dev, prefix)));
    }

    /** {@code ip addr add 10.0.0.1/24 brd + dev eth0}: with the broadcast address of the subnet. */
    public static int addWithBroadcast(net_device dev, String prefix) {
        ifaddrmsg m = message(dev, prefix);
        m.broadcast = m.local | ~inet_make_mask(m.ifa_prefixlen);
        return locked(() -> inet_rtm_newaddr(dev_net(dev), m));
    }

    /** {@code ip addr del}. @return 0, or {@code -EADDRNOTAVAIL} */
    public static int del(net_device dev, String prefix) {
        ifaddrmsg m = message(dev, prefix);
        m.address = m.local;
        return locked(() -> inet_rtm_deladdr(dev_net(dev), m));
    }

    /** {@code ip link set DEV up}. */
    public static int linkUp(net_device dev) {
        return locked(() -> dev_change_flags(dev, dev.flags | IFF_UP));
    }

    /** {@code ip link set DEV down}. */
    public static int linkDown(net_device dev) {
        return locked(() -> dev_change_flags(dev, dev.flags & ~IFF_UP));
    }

    /** {@code ip link set DEV mtu N}. */
    public static int linkMtu(net_device dev, int mtu) {
        return locked(() -> dev_set_mtu(dev, mtu));
    }

    private static int locked(IntSupplier change) {
        rtnl_lock();
        try {
            return change.getAsInt();
        } finally {
            rtnl_unlock();
        }
    }

    private static ifaddrmsg message(net_device dev, String prefix) {
        Prefix p = Prefix.parse(prefix);
        ifaddrmsg m = new ifaddrmsg();
        m.ifa_index = dev.ifindex;
        m.ifa_prefixlen = p.len;
        m.local = p.addr;
        m.ifa_scope = ipv4_is_loopback(p.addr) ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
        m.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
        return m;
    }
}
