// SPDX-License-Identifier: GPL-2.0-only
package copy;

import static linux.netdevice.Open.dev_open;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.sched.Sched.msleep;
import static net.net_namespace.NetNs.init_net;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.errno.Errno;
import linux.in.Prefix;
import linux.init.Machine;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.netem.Netem;
import linux.netem.NetemSettings;
import main.Arguments;
import main.UsageException;
import net.neighbour.Neighbours;
import net.net_namespace.NetNs;
import net.net_namespace.net;

/**
 * What lies between the client and the server of a copy: the loopback NIC, or with {@code --paths} a veth pair for each path, between
 * two namespaces. Each path has a subnet of its own; everything that enters it at either end goes through netem.
 */
final class Network {
    final net client;
    final net server;
    final List<net_device> devices = new ArrayList<>();

    /** Where the server is. */
    final int address;

    final boolean mptcp;

    private Network(Arguments a) throws UsageException {
        mptcp = a.has("mptcp");
        if (a.has("paths")) {
            client = NetNs.create("client");
            server = NetNs.create("server");
            IpAddr.linkUp(client.loopback_dev);
            IpAddr.linkUp(server.loopback_dev);
            String[] paths = a.get("paths").split("/", -1);
            for (int i = 0; i < paths.length; i++) {
                addPath(i, settings(paths[i], a.seed() + i));
            }
            address = Prefix.parseAddr("10.1.0.2");
        } else {
            client = server = init_net;
            devices.add(init_net.loopback_dev);
            IpAddr.add(init_net.loopback_dev, "10.0.0.1/32");
            address = Prefix.parseAddr("10.0.0.1");
            NetemSettings netem = a.netem();
            if (netem != null) {
                Netem.attach(init_net.loopback_dev, netem);
            }
        }
    }

    /** Boots the machine and builds what the options ask for. */
    static Network build(Arguments a) throws UsageException {
        if (a.has("paths") && a.netem() != null) {
            throw new UsageException("--paths says what the paths are like; leave out --delay, --loss and the like");
        }
        Machine.boot(a.seed());
        Network n = new Network(a);
        Map<String, String> sysctls = new LinkedHashMap<>();
        sysctls.put("net.mptcp.mptcp_enabled", n.mptcp ? "1" : "0");
        if (n.mptcp && a.has("paths")) {
            sysctls.put("net.mptcp.mptcp_path_manager", "fullmesh");
        }
        option(a, "path-manager", "net.mptcp.mptcp_path_manager", sysctls);
        option(a, "scheduler", "net.mptcp.mptcp_scheduler", sysctls);
        option(a, "congestion", "net.ipv4.tcp_congestion_control", sysctls);
        sysctls.putAll(a.sysctls());
        for (Map.Entry<String, String> s : sysctls.entrySet()) {
            n.sysctl(s.getKey(), s.getValue());
        }
        // The path manager looks at new addresses a little later.
        msleep(2000);
        return n;
    }

    private static void option(Arguments a, String option, String sysctl, Map<String, String> sysctls) {
        if (a.has(option)) {
            sysctls.put(sysctl, a.get(option));
        }
    }

    private void sysctl(String name, String value) throws UsageException {
        int err = -Errno.ENOENT;
        for (net net : new net[] {init_net, client, server}) {
            int e = net.sysctls.write(name, value);
            err = e == -Errno.ENOENT ? err : e;
        }
        if (err < 0) {
            throw new UsageException("sysctl " + name + "=" + value + ": " + Errno.name(err));
        }
    }

    /** {@code 10ms,1%,10mbit}: delay, loss and rate; what is left out at the end is 0, 0 and unlimited. */
    private static NetemSettings settings(String path, long seed) throws UsageException {
        String[] w = path.split(",", -1);
        String[] names = {"delay", "loss", "rate"};
        StringBuilder text = new StringBuilder();
        if (w.length > names.length) {
            throw new UsageException("--paths: \"" + path + "\": expected DELAY,LOSS,RATE");
        }
        for (int i = 0; i < w.length; i++) {
            text.append(names[i]).append(' ').append(w[i]).append(' ');
        }
        try {
            return NetemSettings.parse(text + "seed " + seed);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--paths: \"" + path + "\": " + e.getMessage());
        }
    }

    private void addPath(int i, NetemSettings settings) throws UsageException {
        if (i >= 200) {
            throw new UsageException("--paths: too many");
        }
        net_device c = Veth.createPair(new Veth.End(client, "c" + i), new Veth.End(server, "s" + i));
        net_device s = Veth.peer(c);
        String subnet = "10." + (i + 1) + ".0.";
        rtnl_lock();
        dev_open(c);
        dev_open(s);
        rtnl_unlock();
        IpAddr.add(c, subnet + "1/24");
        IpAddr.add(s, subnet + "2/24");
        Neighbours.add(c, Prefix.parseAddr(subnet + "2"), Arrays.copyOf(s.dev_addr, s.addr_len));
        Neighbours.add(s, Prefix.parseAddr(subnet + "1"), Arrays.copyOf(c.dev_addr, c.addr_len));
        Netem.attach(c, settings);
        Netem.attach(s, settings);
        devices.add(c);
        devices.add(s);
    }
}
