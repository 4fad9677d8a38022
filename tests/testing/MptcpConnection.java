// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.fs.Files.fput;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.net.SocketFiles.sockfd_lookup_light;
import static linux.sched.Sched.current;
import static linux.sched.Sched.msleep;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ipv4.Subsockets.mptcp_init4_subsockets;
import static net.sock.Alloc.liveSockets;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import linux.compiler.IntRef;
import linux.in.Prefix;
import linux.mutex.mutex;
import linux.net.socket;
import linux.netdevice.PacketTap;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.netem.Netem;
import linux.netem.NetemSettings;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_rem4;
import net.neighbour.Neighbours;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.sock.sock;

/**
 * A real connection between two machines: path {@code i} leads from 10.i.0.1 on {@code c<i>} to 10.i.0.2 on {@code
 * s<i>}, ten milliseconds times {@code i} in each direction, and counts from 1. The test's own task makes the system
 * calls of both sides; while it waits, time passes.
 *
 * <pre>{@code
 * MptcpConnection c = new MptcpConnection(2).connect();
 * tcp_sock sub = c.join(2);
 * c.send(1000);
 * c.close();
 * }</pre>
 */
public final class MptcpConnection {
    public static final int PORT = 5001;

    public final net client = NetNs.create("client");
    public final net server = NetNs.create("server");

    /** The devices of path i at i - 1. */
    public final List<net_device> clientDevs = new ArrayList<>();

    public final List<net_device> serverDevs = new ArrayList<>();
    private final List<Netem> netems = new ArrayList<>();

    /** Descriptors; -1: not open. */
    public int listenFd = -1;

    public int clientFd = -1;
    public int serverFd = -1;

    /** The sockets of the two applications: meta sockets, if both sides speak MPTCP. */
    public tcp_sock c;

    public tcp_sock s;

    /** What has passed the devices of the client. */
    private final Exchange wire = new Exchange();

    private final net home = current.net_ns;

    /** @param paths between the two */
    public MptcpConnection(int paths) {
        for (int i = 1; i <= paths; i++) {
            net_device cd = Veth.createPair(new Veth.End(client, "c" + i), new Veth.End(server, "s" + i));
            net_device sd = Veth.peer(cd);
            IpAddr.linkUp(cd);
            IpAddr.linkUp(sd);
            IpAddr.add(cd, "10." + i + ".0.1/24");
            IpAddr.add(sd, "10." + i + ".0.2/24");
            Neighbours.add(cd, address(i, 2), Arrays.copyOf(sd.dev_addr, sd.addr_len));
            Neighbours.add(sd, address(i, 1), Arrays.copyOf(cd.dev_addr, cd.addr_len));
            NetemSettings delay = NetemSettings.parse("delay " + 10 * i + "ms");
            netems.add(Netem.attach(cd, delay));
            netems.add(Netem.attach(sd, delay));
            clientDevs.add(cd);
            serverDevs.add(sd);
        }
        PacketTap.open(clientDevs::contains, PacketTap.WHOLE, (dev, dir, ns, bytes, len) -> wire.add(bytes));
    }

    /** 10.path.0.host. */
    public static int address(int path, int host) {
        return Prefix.parseAddr("10." + path + ".0." + host);
    }

    /** Runs something as a task of that namespace would. */
    public int in(net net, IntSupplier call) {
        current.net_ns = net;
        try {
            return call.getAsInt();
        } finally {
            current.net_ns = home;
        }
    }

    /** The server listens. */
    public MptcpConnection listen() {
        listenFd = in(server, () -> sys_socket(AF_INET, SOCK_STREAM, 0));
        assertThat(sys_bind(listenFd, new sockaddr_in(0, PORT), sockaddr_in.SIZE)).isZero();
        assertThat(sys_listen(listenFd, 5)).isZero();
        return this;
    }

    /** The client has a socket. */
    public MptcpConnection socket() {
        clientFd = in(client, () -> sys_socket(AF_INET, SOCK_STREAM, 0));
        c = tcp_sk(socketOf(clientFd).sk);
        return this;
    }

    /** The whole handshake, on path 1. */
    public MptcpConnection connect() {
        if (listenFd < 0) {
            listen();
        }
        if (clientFd < 0) {
            socket();
        }
        assertThat(sys_connect(clientFd, new sockaddr_in(address(1, 2), PORT), sockaddr_in.SIZE)).isZero();
        return accept();
    }

    /** The server takes the connection. */
    public MptcpConnection accept() {
        serverFd = sys_accept(listenFd, null, null);
        assertThat(serverFd).isNotNegative();
        s = tcp_sk(socketOf(serverFd).sk);
        run(50);
        return this;
    }

    /** The struct behind a descriptor. */
    public static socket socketOf(int fd) {
        socket sock = sockfd_lookup_light(fd, new IntRef());
        fput(sock.file);
        return sock;
    }

    /** Opens a subflow from the client on that path, and waits until it is established. @return the client's end */
    public tcp_sock join(int path) {
        tcp_sock sub = startJoin(path);
        run(50 * path);
        return sub;
    }

    /** Opens a subflow from the client on that path: the SYN is out. */
    public tcp_sock startJoin(int path) {
        mptcp_loc4 loc = new mptcp_loc4();
        mptcp_rem4 rem = new mptcp_rem4();
        loc.loc4_id = path;
        loc.addr = address(path, 1);
        rem.rem4_id = path;
        rem.addr = address(path, 2);
        locked(c, () -> assertThat(mptcp_init4_subsockets(c, loc, rem)).isZero());
        return c.mpcb.connection_list;
    }

    /** The subflow of a side that has this path's addresses. */
    public static tcp_sock subflow(tcp_sock meta, int path) {
        for (tcp_sock tp = meta.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
            if ((tp.skc_rcv_saddr >>> 16 & 0xff) == path) {
                return tp;
            }
        }
        return null;
    }

    /** Runs something as the owner of the connection, in process context. */
    public static void locked(sock meta_sk, Runnable what) {
        mutex lock = tcp_sk(meta_sk).mpcb.mpcb_mutex;

        mutex_lock(lock);
        lock_sock(meta_sk);
        what.run();
        release_sock(meta_sk);
        mutex_unlock(lock);
    }

    /** Runs something as a softirq would, with the connection locked. */
    public static void softirq(sock meta_sk, Runnable what) {
        local_bh_disable();
        bh_lock_sock(meta_sk);
        what.run();
        bh_unlock_sock(meta_sk);
        local_bh_enable();
    }

    /** Lets time pass. */
    public MptcpConnection run(int milliseconds) {
        msleep(milliseconds);
        return this;
    }

    /** The client sends so many bytes, which count up. */
    public int send(int n) {
        return sys_send(clientFd, Skbs.count(0, n), 0, n, MSG_DONTWAIT);
    }

    /** The server sends so many bytes. */
    public int reply(int n) {
        return sys_send(serverFd, Skbs.count(0, n), 0, n, MSG_DONTWAIT);
    }

    /** What a side can read now; a negative errno if there is nothing. */
    public static int recv(int fd) {
        return sys_recv(fd, new byte[1 << 20], 0, 1 << 20, MSG_DONTWAIT);
    }

    /** From now on netem does that on a path, in both directions: {@code "delay 10ms loss 100%"}. */
    public MptcpConnection netem(int path, String settings) {
        netems.get(2 * path - 2).change(NetemSettings.parse(settings));
        netems.get(2 * path - 1).change(NetemSettings.parse(settings));
        return this;
    }

    /** The packets at the client's devices since this was asked last, in the notation of {@link Exchange}. */
    public List<String> wire() {
        List<String> seen = new ArrayList<>(wire.lines());
        wire.lines().clear();
        return seen;
    }

    /** Closes one side's descriptor. */
    public void closeClient() {
        assertThat(sys_close(clientFd)).isZero();
        clientFd = -1;
    }

    public void closeServer() {
        assertThat(sys_close(serverFd)).isZero();
        serverFd = -1;
    }

    /** Closes what is open, and waits until nothing is left. */
    public void close() {
        for (int fd : new int[] {clientFd, serverFd, listenFd}) {
            if (fd >= 0) {
                sys_close(fd);
            }
        }
        clientFd = serverFd = listenFd = -1;
        run(70_000);
        // A side that can reach nobody any more gives up after minutes.
        for (int i = 0; i < 60 && orphans(); i++) {
            run(60_000);
        }
    }

    private static boolean orphans() {
        return liveSockets().stream().anyMatch(sk -> sk.sk_socket == null);
    }
}
