// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static linux.netdevice.Names.__dev_get_by_name;
import static net.net_namespace.NetNs.init_net;
import static uapi.linux.if_.Iff.IFF_UP;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.in.Prefix;
import linux.netdevice.Offloads;
import linux.netdevice.net_device;
import linux.netem.Netem;
import linux.netem.NetemSettings;
import linux.relay.Relay;
import net.neighbour.Neighbours;
import net.net_namespace.NetNs;
import net.net_namespace.net;

/**
 * The network of a scenario, on the machine that has just booted:
 *
 * <pre>
 *   topo lo      one namespace; 127.0.0.1 on lo
 *   topo pair    client c0 10.1.0.1/24 --- relay --- s0 10.1.0.2/24 server
 *   topo two     the same, and c1 10.2.0.1/24 --- relay --- s1 10.2.0.2/24
 * </pre>
 */
public final class World {
    /** Where the client and the server live. */
    public final net client;

    public final net server;

    /** null: there is none. */
    public final Relay relay;

    private final Scenario scenario;
    private final String file;

    /** Builds the network of {@code scenario}, without what its file says about sysctls, commands and faults. */
    World(Scenario scenario, String file) {
        this.scenario = scenario;
        this.file = file;
        if (scenario.topology == Scenario.Topology.LO) {
            client = server = init_net;
            relay = null;
            tune(init_net.loopback_dev);
        } else {
            client = NetNs.create("client");
            server = NetNs.create("server");
            relay = new Relay();
            for (net net : List.of(client, server)) {
                if ((net.loopback_dev.flags & IFF_UP) == 0) {
                    IpAddr.linkUp(net.loopback_dev);
                }
            }
            for (int path = 1; path <= scenario.topology.paths(); path++) {
                addPath(path);
            }
        }
    }

    private void addPath(int number) {
        long delay = scenario.delay[number - 1] * Clock.NSEC_PER_MSEC;
        Relay.Path path = relay.addPath(client, "c" + (number - 1), server, "s" + (number - 1), delay);
        String subnet = "10." + number + ".0.";
        tune(path.client);
        tune(path.server);
        IpAddr.add(path.client, subnet + "1/24");
        IpAddr.add(path.server, subnet + "2/24");
        Neighbours.add(path.client, Prefix.parseAddr(subnet + "2"), macOf(path.server));
        Neighbours.add(path.server, Prefix.parseAddr(subnet + "1"), macOf(path.client));
    }

    private static byte[] macOf(net_device dev) {
        return java.util.Arrays.copyOf(dev.dev_addr, dev.addr_len);
    }

    /** MTU and offloads as the scenario wants them; a veth pair of the relay never has large segments. */
    private void tune(net_device dev) {
        if (!scenario.gso || relay != null) {
            for (String offload : List.of("tso", "gso", "gro")) {
                Offloads.set(dev, offload, false);
            }
        }
        if (scenario.mtu != 0 && scenario.mtu != dev.mtu) {
            IpAddr.linkMtu(dev, scenario.mtu);
        }
    }

    /** All namespaces of the scenario: the first one, and those of the tasks. */
    public List<net> namespaces() {
        return relay == null ? List.of(init_net) : List.of(init_net, client, server);
    }

    /** The devices at which packets are watched: not the relay's own. */
    public List<net_device> devices() {
        if (relay == null) {
            return List.of(init_net.loopback_dev);
        }
        List<net_device> devices = new ArrayList<>();
        for (Relay.Path p : relay.paths()) {
            devices.add(p.client);
            devices.add(p.server);
        }
        return devices;
    }

    /** Sysctls, commands and rules of the file. */
    void configure() throws ScenarioException {
        for (Scenario.Setting s : scenario.sysctls) {
            sysctl(s.line(), s.name(), s.value());
        }
        for (Scenario.Setup s : scenario.setups) {
            net net = s.where() == 'C' ? client : s.where() == 'S' ? server : init_net;
            int err = Command.run(net, s.command());
            if (err < 0) {
                throw new ScenarioException(file, s.line(), String.join(" ", s.command()) + ": " + Errno.name(err));
            }
        }
        for (String rule : scenario.relayRules) {
            relay.addRule(rule);
        }
    }

    /** Writes a sysctl in every namespace that has it. */
    void sysctl(int line, String name, String value) throws ScenarioException {
        int err = Command.sysctl(namespaces(), name, value);
        if (err < 0) {
            throw new ScenarioException(file, line, "sysctl " + name + " = " + value + ": " + Errno.name(err));
        }
    }

    /** Puts netem in the way of everything that leaves the scenario's devices. */
    void netem(NetemSettings settings) {
        for (net_device dev : devices()) {
            Netem.attach(dev, settings);
        }
    }

    /** A device of a task's namespace by its name, or null. */
    public static net_device device(net net, String name) {
        return __dev_get_by_name(net, name);
    }
}
