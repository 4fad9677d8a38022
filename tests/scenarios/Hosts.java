// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.fs.Files.get_files_struct;
import static linux.netdevice.Flags.dev_change_flags;
import static linux.netdevice.Netdev.NETDEV_TX_OK;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.skbuff.Alloc.dev_alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Alloc.liveSockets;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.IFF_MPBACKUP;

import devinet.IpAddr;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import linux.in.Prefix;
import linux.moduleparam.ModuleParams;
import linux.netdevice.Offloads;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.netdevice.net_device_ops;
import linux.netem.Netem;
import linux.netem.NetemSettings;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import net.neighbour.Neighbours;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.secure_seq.SecureSeq;
import scenario.Counters;

/**
 * Two machines and what lies between them, for whole scenarios: path {@code i}, counted from 1, leads from 10.i.0.1 on {@code c<i>} to
 * 10.i.0.2 on {@code s<i>}; netem makes it long, slow or bad, and a {@link Middlebox} may stand in it. Or both ends are on one machine, and
 * the loopback NIC is all there is.
 *
 * <pre>{@code
 * Hosts h = new Hosts().mptcp("fullmesh").path("delay 10ms rate 100mbit").path("delay 10ms rate 100mbit");
 * Link l = h.connect();
 * l.transfer(1_000_000, 0);
 * l.end();
 * }</pre>
 */
final class Hosts {
    static final int PORT = 5001;

    /** Servers listen here and on the ports behind it, clients choose others. */
    static boolean isServerPort(int port) {
        return port >= PORT && port < PORT + 100;
    }

    final net client;
    final net server;

    /** The devices of path i at i - 1. */
    final List<net_device> clientDevs = new ArrayList<>();

    final List<net_device> serverDevs = new ArrayList<>();
    private final List<Netem> netems = new ArrayList<>();

    final Wiretap wire = new Wiretap(this);
    private final Map<net, Counters> before = new HashMap<>();
    private final net home = current.net_ns;

    private Hosts(net client, net server) {
        this.client = client;
        this.server = server;
        before.put(client, Counters.of(client));
        before.put(server, Counters.of(server));
        sysctl("net.ipv4.tcp_no_metrics_save", "1");
        sysctl("net.mptcp.mptcp_enabled", "0");
    }

    /** Two machines without any path. */
    Hosts() {
        this(NetNs.create("client"), NetNs.create("server"));
    }

    /** One machine that talks to itself; its address is 10.0.0.1. */
    static Hosts loopback() {
        Hosts h = new Hosts(init_net, init_net);
        IpAddr.add(init_net.loopback_dev, "10.0.0.1/32");
        h.clientDevs.add(init_net.loopback_dev);
        return h;
    }

    /** One more path, on which every packet goes through netem. Devices neither split nor merge segments. */
    Hosts path(String netem) {
        int i = clientDevs.size() + 1;
        net_device cd = Veth.createPair(new Veth.End(client, "c" + i), new Veth.End(server, "s" + i));
        net_device sd = Veth.peer(cd);
        for (net_device dev : List.of(cd, sd)) {
            for (String offload : List.of("tso", "gso", "gro", "rx")) {
                Offloads.set(dev, offload, false);
            }
            IpAddr.linkUp(dev);
        }
        IpAddr.add(cd, text(i, 1) + "/24");
        IpAddr.add(sd, text(i, 2) + "/24");
        Neighbours.add(cd, address(i, 2), Arrays.copyOf(sd.dev_addr, sd.addr_len));
        Neighbours.add(sd, address(i, 1), Arrays.copyOf(cd.dev_addr, cd.addr_len));
        netems.add(Netem.attach(cd, NetemSettings.parse(netem)));
        netems.add(Netem.attach(sd, NetemSettings.parse(netem)));
        clientDevs.add(cd);
        serverDevs.add(sd);
        return this;
    }

    Hosts paths(int n, String netem) {
        for (int i = 0; i < n; i++) {
            path(netem);
        }
        return this;
    }

    /** 10.path.0.host. */
    static int address(int path, int host) {
        return Prefix.parseAddr(text(path, host));
    }

    static String text(int path, int host) {
        return "10." + path + ".0." + host;
    }

    /** On all machines. */
    Hosts sysctl(String name, String value) {
        boolean written = false;
        for (net net : List.of(init_net, client, server)) {
            written |= net.sysctls.write(name, value) == 0;
        }
        assertThat(written).as("sysctl %s=%s", name, value).isTrue();
        return this;
    }

    /** Both sides speak Multipath TCP, with this path manager. */
    Hosts mptcp(String pathManager) {
        return sysctl("net.mptcp.mptcp_enabled", "1").sysctl("net.mptcp.mptcp_path_manager", pathManager);
    }

    /** The subflows of a connection under the path manager {@code ndiffports}. */
    Hosts ndiffports(int n) {
        mptcp("ndiffports");
        assertThat(ModuleParams.write("/sys/module/mptcp_ndiffports/parameters/num_subflows", Integer.toString(n))).isZero();
        return this;
    }

    /** What all connections begin with, TCP's numbers, on both sides. */
    Hosts iss(int iss) {
        SecureSeq.wanted = iss;
        return this;
    }

    /** From now on netem does that on a path, in both directions. */
    Hosts netem(int path, String settings) {
        netems.get(2 * path - 2).change(NetemSettings.parse(settings));
        netems.get(2 * path - 1).change(NetemSettings.parse(settings));
        return this;
    }

    /** The same on what the client sends (0) or the server (1). */
    Hosts netem(int path, int side, String settings) {
        netems.get(2 * path - 2 + side).change(NetemSettings.parse(settings));
        return this;
    }

    /** Puts a box into a path, behind the netem of either side. */
    Hosts middlebox(int path, Middlebox box) {
        net_device cd = clientDevs.get(path - 1);
        net_device sd = serverDevs.get(path - 1);
        net_device_ops.Ndo_start_xmit xmit = cd.netdev_ops.ndo_start_xmit;
        hook(cd, xmit, box, true, to(cd, sd, xmit), to(sd, cd, xmit));
        hook(sd, xmit, box, false, to(sd, cd, xmit), to(cd, sd, xmit));
        return this;
    }

    private static void hook(net_device dev, net_device_ops.Ndo_start_xmit xmit, Middlebox box, boolean toServer, Middlebox.Wire on, Middlebox.Wire back) {
        net_device_ops ops = new net_device_ops();
        try {
            for (Field f : net_device_ops.class.getFields()) {
                f.set(ops, f.get(dev.netdev_ops));
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
        ops.ndo_start_xmit = (skb, d) -> {
            byte[] frame = new byte[skb.len];
            skb_copy_bits(skb, 0, frame, 0, frame.length);
            Segment s = Segment.parse(frame);
            if (s == null) {
                return xmit.call(skb, d);
            }
            consume_skb(skb);
            box.pass(s, toServer, on, back);
            return NETDEV_TX_OK;
        };
        dev.netdev_ops = ops;
    }

    /** Sends what it is given from one device to the other. */
    private static Middlebox.Wire to(net_device from, net_device to, net_device_ops.Ndo_start_xmit xmit) {
        return s -> {
            byte[] frame = s.frame();
            System.arraycopy(to.dev_addr, 0, frame, 0, 6);
            System.arraycopy(from.dev_addr, 0, frame, 6, 6);
            sk_buff skb = dev_alloc_skb(frame.length);
            System.arraycopy(frame, 0, skb.head, skb_put(skb, frame.length), frame.length);
            skb_reset_mac_header(skb);
            skb.protocol = 0x0800;
            skb.dev = from;
            xmit.call(skb, from);
        };
    }

    /** Takes the cable out of the client's device, or puts it in again. */
    Hosts link(int path, boolean up) {
        net_device dev = clientDevs.get(path - 1);
        assertThat(up ? IpAddr.linkUp(dev) : IpAddr.linkDown(dev)).isZero();
        return this;
    }

    /** {@code ip link set dev DEV multipath backup}: subflows through it are only there in case. */
    Hosts mpbackup(net_device dev) {
        rtnl_lock();
        assertThat(dev_change_flags(dev, dev.flags | IFF_MPBACKUP)).isZero();
        rtnl_unlock();
        return this;
    }

    /** Runs something as a task of that machine would. */
    <T> T in(net net, Supplier<T> call) {
        current.net_ns = net;
        try {
            return call.get();
        } finally {
            current.net_ns = home;
        }
    }

    int fd(net net, IntSupplier call) {
        return in(net, call::getAsInt);
    }

    /** Lets time pass. */
    Hosts run(int milliseconds) {
        msleep(milliseconds);
        return this;
    }

    /** A task of a machine, which shares our descriptors; it runs as soon as this one sleeps. */
    task_struct task(net net, String name, Runnable body) {
        task_struct t = kthread_create(name, body);
        t.net_ns = net;
        t.files = get_files_struct(current);
        wake_up_process(t);
        return t;
    }

    /** A listener and a client that has connected to it on path 1. */
    Link connect() {
        return new Link(this).listen().connect();
    }

    /** The same under Multipath TCP: path managers know all addresses first, and all subflows are there in the end. */
    Link mesh() {
        run(2000);
        Link l = connect();
        l.transfer(100, 100);
        run(1000);
        return l;
    }

    /** One more address for a device: 10.path.0.host, of the client (side 0) or the server (1). */
    Hosts addAddress(int path, int side, int host) {
        net_device dev = (side == 0 ? clientDevs : serverDevs).get(path - 1);
        net_device peer = Veth.peer(dev);
        assertThat(IpAddr.add(dev, text(path, host) + "/24")).isZero();
        Neighbours.add(peer, address(path, host), Arrays.copyOf(dev.dev_addr, dev.addr_len));
        return this;
    }

    Hosts delAddress(int path, int side, int host) {
        assertThat(IpAddr.del((side == 0 ? clientDevs : serverDevs).get(path - 1), text(path, host) + "/24")).isZero();
        return this;
    }

    /** By how much a counter of the client's machine has grown. */
    long client(String counter) {
        return Counters.of(client).get(counter) - before.get(client).get(counter);
    }

    long server(String counter) {
        return Counters.of(server).get(counter) - before.get(server).get(counter);
    }

    /** The counter on both sides. */
    long both(String counter) {
        return client(counter) + (server == client ? 0 : server(counter));
    }

    /** Waits until every connection has gone: TIME_WAIT, and those that can reach nobody any more. */
    void quiet() {
        run(70_000);
        for (int i = 0; i < 60 && liveSockets().stream().anyMatch(sk -> sk.sk_socket == null); i++) {
            run(60_000);
        }
    }
}
