// SPDX-License-Identifier: GPL-2.0-only
package bench;

import static linux.fs.file.O_NONBLOCK;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_fcntl;
import static linux.syscalls.SocketCalls.sys_accept;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_socket;
import static net.net_namespace.NetNs.init_net;
import static uapi.linux.fcntl.Fcntl.F_SETFL;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.TCP_NODELAY;

import devinet.IpAddr;
import java.util.Arrays;
import java.util.function.IntConsumer;
import linux.errno.Errno;
import linux.in.Prefix;
import linux.init.Machine;
import linux.moduleparam.ModuleParams;
import linux.netdev_features.NetdevFeatures;
import linux.netdevice.Offloads;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.netem.Netem;
import linux.netem.NetemSettings;
import linux.sched.task_struct;
import linux.socket.sockaddr_in;
import linux.uaccess.User;
import net.neighbour.Neighbours;
import net.net_namespace.NetNs;
import net.net_namespace.net;

/** The jobs of the bench on the simulated machine. */
final class Ours {
    private Ours() {}

    static final int WRITE = 64 * 1024;
    private static final int PORT = 5001;
    private static final int LOOPBACK = 0x7f000001;
    private static final long BULK = 1L << 30;
    private static final int TRIPS = 200_000;
    private static final int CONNECTIONS = 20_000;
    private static final int PAIRS = 10_000;

    /** Payload of a full segment: 1460 less the timestamps. */
    static final int SEGMENT = 1448;

    /** @return MB/s */
    static double bulk() {
        boot(false);
        return bulk(init_net, init_net, LOOPBACK, BULK) / 1e6;
    }

    /** One task that writes and reads in turn. @return data segments a second */
    static double segments() {
        boot(false);
        net_device lo = init_net.loopback_dev;
        for (String offload : new String[] {"tso", "gso", "gro"}) {
            Offloads.set(lo, offload, false);
        }
        // Loopback never asks for checksums; this one does.
        lo.features &= ~(NetdevFeatures.NETIF_F_ALL_CSUM | NetdevFeatures.NETIF_F_RXCSUM);
        IpAddr.linkMtu(lo, 1500);
        int listener = listen(init_net);
        int c = connectTo(LOOPBACK);
        int s = ok(sys_accept(listener, null, null));
        for (int fd : new int[] {c, s}) {
            ok(sys_fcntl(fd, F_SETFL, O_NONBLOCK));
        }
        byte[] out = new byte[WRITE];
        byte[] in = new byte[WRITE];
        long start = System.nanoTime();
        for (long left = BULK; left > 0; ) {
            ok(sys_send(c, out, 0, out.length, 0));
            left -= ok(sys_recv(s, in, 0, in.length, 0));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        for (int fd : new int[] {c, s, listener}) {
            sys_close(fd);
        }
        return BULK / seconds / SEGMENT;
    }

    /** @return MB/s */
    static double mptcp(int subflows, boolean checksum) {
        boot(true);
        init_net.sysctls.write("net.mptcp.mptcp_checksum", checksum ? "1" : "0");
        if (subflows > 1) {
            init_net.sysctls.write("net.mptcp.mptcp_path_manager", "ndiffports");
            ModuleParams.write("mptcp_ndiffports.num_subflows", Integer.toString(subflows));
        }
        return bulk(init_net, init_net, Prefix.parseAddr("10.0.0.1"), BULK) / 1e6;
    }

    /** @return packets a second of real time: data and acknowledgements, each counted once */
    static double simulated() {
        boot(false);
        net client = NetNs.create("client");
        net server = NetNs.create("server");
        net_device c = Veth.createPair(new Veth.End(client, "c0"), new Veth.End(server, "s0"));
        net_device s = Veth.peer(c);
        for (net_device dev : new net_device[] {c, s}) {
            IpAddr.linkUp(dev);
            for (String offload : new String[] {"tso", "gso", "gro"}) {
                Offloads.set(dev, offload, false);
            }
            Netem.attach(dev, NetemSettings.parse("delay 1ms rate 10gbit limit 100000"));
        }
        IpAddr.add(c, "10.1.0.1/24");
        IpAddr.add(s, "10.1.0.2/24");
        Neighbours.add(c, Prefix.parseAddr("10.1.0.2"), Arrays.copyOf(s.dev_addr, s.addr_len));
        Neighbours.add(s, Prefix.parseAddr("10.1.0.1"), Arrays.copyOf(c.dev_addr, c.addr_len));
        scenario.Counters before = scenario.Counters.of(server);
        scenario.Counters acks = scenario.Counters.of(client);
        long start = System.nanoTime();
        bulk(client, server, Prefix.parseAddr("10.1.0.2"), BULK / 4);
        double seconds = (System.nanoTime() - start) / 1e9;
        long packets = scenario.Counters.of(server).get("Tcp.InSegs") - before.get("Tcp.InSegs")
                + scenario.Counters.of(client).get("Tcp.InSegs") - acks.get("Tcp.InSegs");
        return packets / seconds;
    }

    private static void boot(boolean mptcp) {
        Machine.boot();
        init_net.sysctls.write("net.mptcp.mptcp_enabled", mptcp ? "1" : "0");
        IpAddr.add(init_net.loopback_dev, "10.0.0.1/32");
    }

    /** One connection, one way. @return bytes a second of real time */
    private static double bulk(net client, net server, int addr, long bytes) {
        long[] time = new long[1];
        int listener = listen(server);
        task_struct receiver = kthread_create("receiver", () -> {
            byte[] buf = new byte[WRITE];
            int s = ok(sys_accept(listener, null, null));
            long start = System.nanoTime();
            while (ok(sys_recv(s, buf, 0, buf.length, 0)) > 0) {
                // all of it
            }
            time[0] = System.nanoTime() - start;
            sys_close(s);
        });
        task_struct sender = kthread_create("sender", () -> {
            byte[] buf = new byte[WRITE];
            int s = connectTo(addr);
            for (long left = bytes; left > 0; left -= buf.length) {
                ok(sys_send(s, buf, 0, buf.length, 0));
            }
            sys_close(s);
        });
        receiver.net_ns = server;
        sender.net_ns = client;
        run(receiver, sender);
        sys_close(listener);
        return bytes * 1e9 / time[0];
    }

    /** @return round trips a second */
    static double roundtripBlocking() {
        boot(false);
        long[] time = new long[1];
        int listener = listen(init_net);
        task_struct server = kthread_create("server", () -> {
            byte[] b = new byte[1];
            int s = ok(sys_accept(listener, null, null));
            noDelay(s);
            while (ok(sys_recv(s, b, 0, 1, 0)) > 0) {
                ok(sys_send(s, b, 0, 1, 0));
            }
            sys_close(s);
        });
        task_struct client = kthread_create("client", () -> {
            byte[] b = new byte[1];
            int s = connectTo(LOOPBACK);
            noDelay(s);
            long start = System.nanoTime();
            for (int i = 0; i < TRIPS; i++) {
                ok(sys_send(s, b, 0, 1, 0));
                ok(sys_recv(s, b, 0, 1, 0));
            }
            time[0] = System.nanoTime() - start;
            sys_close(s);
        });
        run(server, client);
        sys_close(listener);
        return TRIPS * 1e9 / time[0];
    }

    /** @return round trips a second */
    static double roundtrip() {
        boot(false);
        int listener = listen(init_net);
        int c = connectTo(LOOPBACK);
        int s = ok(sys_accept(listener, null, null));
        for (int fd : new int[] {c, s}) {
            noDelay(fd);
            ok(sys_fcntl(fd, F_SETFL, O_NONBLOCK));
        }
        byte[] b = new byte[1];
        long start = System.nanoTime();
        for (int i = 0; i < TRIPS; i++) {
            ok(sys_send(c, b, 0, 1, 0));
            ok(sys_recv(s, b, 0, 1, 0));
            ok(sys_send(s, b, 0, 1, 0));
            ok(sys_recv(c, b, 0, 1, 0));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        for (int fd : new int[] {c, s, listener}) {
            sys_close(fd);
        }
        return TRIPS / seconds;
    }

    /** @return connections a second */
    static double connect() {
        boot(false);
        long[] time = new long[1];
        int listener = listen(init_net);
        task_struct server = kthread_create("server", () -> {
            for (int i = 0; i < CONNECTIONS; i++) {
                sys_close(ok(sys_accept(listener, null, null)));
            }
        });
        task_struct client = kthread_create("client", () -> {
            long start = System.nanoTime();
            for (int i = 0; i < CONNECTIONS; i++) {
                sys_close(connectTo(LOOPBACK));
            }
            time[0] = System.nanoTime() - start;
        });
        run(server, client);
        sys_close(listener);
        return CONNECTIONS * 1e9 / time[0];
    }

    /** @return bytes of heap for both ends of a connection that nobody uses, descriptors included */
    static double pairBytes() {
        boot(false);
        int listener = listen(init_net);
        // Tables grow before we look.
        open(listener, 100, fd -> { });
        long before = heap();
        int[] fds = new int[2 * PAIRS];
        int[] n = new int[1];
        open(listener, PAIRS, fd -> fds[n[0]++] = fd);
        msleep(1000);
        long used = heap() - before;
        for (int fd : fds) {
            sys_close(fd);
        }
        return (double) used / PAIRS;
    }

    private static void open(int listener, int pairs, IntConsumer opened) {
        for (int i = 0; i < pairs; i++) {
            opened.accept(connectTo(LOOPBACK));
            opened.accept(ok(sys_accept(listener, null, null)));
        }
    }

    private static long heap() {
        Runtime r = Runtime.getRuntime();
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            used = Math.min(used, r.totalMemory() - r.freeMemory());
        }
        return used;
    }

    private static void run(task_struct... tasks) {
        linux.fs.Files.currentFiles();
        for (task_struct t : tasks) {
            t.files = linux.fs.Files.get_files_struct(current);
            wake_up_process(t);
        }
        for (task_struct t : tasks) {
            t.exited.wait_for_completion();
        }
    }

    /** A listener in a namespace. */
    private static int listen(net net) {
        net own = current.net_ns;
        current.net_ns = net;
        int l = ok(sys_socket(AF_INET, SOCK_STREAM, 0));
        current.net_ns = own;
        ok(sys_bind(l, new sockaddr_in(0, PORT), sockaddr_in.SIZE));
        ok(sys_listen(l, 128));
        return l;
    }

    private static int connectTo(int addr) {
        int s = ok(sys_socket(AF_INET, SOCK_STREAM, 0));
        ok(sys_connect(s, new sockaddr_in(addr, PORT), sockaddr_in.SIZE));
        return s;
    }

    private static void noDelay(int fd) {
        ok(sys_setsockopt(fd, SOL_TCP, TCP_NODELAY, User.bytesOf(1), 4));
    }

    private static int ok(int result) {
        if (result < 0) {
            throw new IllegalStateException(Errno.name(result));
        }
        return result;
    }
}
