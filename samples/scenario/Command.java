// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENODEV;
import static linux.errno.Errno.ENOENT;
import static linux.netdevice.Flags.dev_change_flags;
import static linux.netdevice.Names.__dev_get_by_name;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import java.util.List;
import linux.in.Prefix;
import linux.moduleparam.ModuleParams;
import linux.netdevice.net_device;
import net.net_namespace.net;

/**
 * The configuration commands of a scenario: {@code ip addr add|del P dev D}, {@code ip link set D up|down}, {@code ip link set D mtu
 * N}, {@code ip route add|del ...}, {@code flags D BITS}, {@code echo VALUE > FILE} below {@code /sys/module} or {@code /proc/sys}.
 */
final class Command {
    private Command() {}

    private static final String IP_ADDR = "ip addr add|del ADDRESS/LENGTH dev DEVICE";
    private static final String IP_LINK = "ip link set DEVICE up|down, or ip link set DEVICE mtu N";

    /** What is wrong with it, or null. Whether the device exists is found out when it runs. */
    static String complaint(List<String> w) {
        String said = "\"" + String.join(" ", w) + "\": ";
        switch (w.isEmpty() ? "" : w.get(0)) {
            case "ip":
                return said(said, complaintIp(w));
            case "flags":
                return w.size() == 3 && w.get(2).matches("(0x)?[0-9a-fA-F]{1,8}") ? null : said + "expected flags DEVICE BITS, in hexadecimal";
            case "echo":
                return w.size() == 4 && w.get(2).equals(">") && (w.get(3).startsWith("/sys/module/") || w.get(3).startsWith("/proc/sys/"))
                        ? null : said + "expected echo VALUE > FILE, with a file below /sys/module or /proc/sys";
            default:
                return said + "expected ip ..., flags DEVICE BITS or echo VALUE > FILE";
        }
    }

    private static String said(String said, String complaint) {
        return complaint == null ? null : said + complaint;
    }

    private static String complaintIp(List<String> w) {
        String what = w.size() > 1 ? w.get(1) : "";
        switch (what) {
            case "addr":
                if (w.size() != 6 || !List.of("add", "del").contains(w.get(2)) || !w.get(4).equals("dev")) {
                    return "expected " + IP_ADDR;
                }
                try {
                    Prefix.parse(w.get(3));
                    return null;
                } catch (IllegalArgumentException e) {
                    return "expected " + IP_ADDR;
                }
            case "link":
                boolean state = w.size() == 5 && List.of("up", "down").contains(w.get(4));
                boolean mtu = w.size() == 6 && w.get(4).equals("mtu") && w.get(5).matches("\\d{1,6}");
                return w.size() > 2 && w.get(2).equals("set") && (state || mtu) ? null : "expected " + IP_LINK;
            case "route":
                return w.size() > 3 && List.of("add", "del").contains(w.get(2)) ? null : "expected ip route add|del ROUTE";
            default:
                return "expected ip addr, ip link or ip route";
        }
    }

    /**
     * Runs it in a namespace.
     *
     * @return 0 or a negative errno
     */
    static int run(net net, List<String> w) {
        switch (w.get(0)) {
            case "flags":
                return setFlags(net, w.get(1), w.get(2));
            case "echo":
                String file = w.get(3);
                return file.startsWith("/sys/module/") ? ModuleParams.write(file, w.get(1))
                        : net.sysctls.write(file.substring("/proc/sys/".length()), w.get(1));
            default:
                return ip(net, w);
        }
    }

    private static int ip(net net, List<String> w) {
        if (w.get(1).equals("route")) {
            String route = String.join(" ", w.subList(3, w.size()));
            return w.get(2).equals("add") ? IpRoute.add(net, route) : IpRoute.del(net, route);
        }
        boolean addr = w.get(1).equals("addr");
        net_device dev = __dev_get_by_name(net, w.get(addr ? 5 : 3));
        if (dev == null) {
            return -ENODEV;
        }
        switch (w.get(addr ? 2 : 4)) {
            case "add":
                return IpAddr.add(dev, w.get(3));
            case "del":
                return IpAddr.del(dev, w.get(3));
            case "up":
                return IpAddr.linkUp(dev);
            case "down":
                return IpAddr.linkDown(dev);
            case "mtu":
                return IpAddr.linkMtu(dev, Integer.parseInt(w.get(5)));
            default:
                return -EINVAL;
        }
    }

    /** What {@code ip link} does with a flag that it has no word for: {@code 100000} is IFF_MPBACKUP. */
    static int setFlags(net net, String device, String bits) {
        net_device dev = __dev_get_by_name(net, device);
        if (dev == null) {
            return -ENODEV;
        }
        rtnl_lock();
        try {
            return dev_change_flags(dev, dev.flags | parseFlags(bits));
        } finally {
            rtnl_unlock();
        }
    }

    static int parseFlags(String bits) {
        return Integer.parseUnsignedInt(bits.startsWith("0x") ? bits.substring(2) : bits, 16);
    }

    /**
     * Writes a sysctl in all of the namespaces: one that exists only in the first is written there.
     *
     * @return 0 or a negative errno
     */
    static int sysctl(List<net> namespaces, String name, String value) {
        int err = -ENOENT;
        for (net net : namespaces) {
            int e = net.sysctls.write(name, value);
            if (e != -ENOENT) {
                err = err == -ENOENT || e < 0 ? e : err;
            }
        }
        return err;
    }
}
