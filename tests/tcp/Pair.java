// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.net.SocketFiles.sockfd_lookup;
import static linux.sched.Sched.msleep;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_socket;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.IntRef;
import linux.netdevice.PacketTap;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import testing.Nic;
import uapi.linux.tcp.tcphdr;

/** A connection over loopback, plain TCP or Multipath TCP, with both ends in this task. */
final class Pair {
    static final int PORT = 8000;

    final int listener;
    final int client;
    final int server;

    /** The sockets behind the descriptors. */
    final tcp_sock c;

    final tcp_sock s;

    /** What went over the wire since {@link #quiet}: {@code "c FA"}, from the client, FIN and ACK. */
    private final List<String> wire = new ArrayList<>();

    private Pair(boolean mptcp) {
        sysctl_mptcp_enabled = mptcp ? 1 : 0;
        if (mptcp) {
            // With a loopback address there is no Multipath TCP. This one leads to lo as well.
            Nic.up("eth0", "10.0.0.1/24");
        }
        listener = ok(sys_socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address = new sockaddr_in(mptcp ? 0x0a000001 : INADDR_LOOPBACK, PORT);
        ok(sys_bind(listener, address, sockaddr_in.SIZE));
        ok(sys_listen(listener, 10));
        client = ok(sys_socket(AF_INET, SOCK_STREAM, 0));
        ok(sys_connect(client, address, sockaddr_in.SIZE));
        server = ok(sys_accept4(listener, null, null, 0));
        c = sock(client);
        s = sock(server);
        PacketTap.open(d -> true, PacketTap.WHOLE, (dev, direction, ns, bytes, length) -> {
            tcphdr th = new tcphdr(bytes, 14 + (bytes[14] & 15) * 4);
            StringBuilder flags = new StringBuilder(th.source() == PORT ? "s " : "c ");
            for (int i = 0; i < 8; i++) {
                flags.append((th.flags() & 1 << i) != 0 ? "FSRPAUEC".substring(i, i + 1) : "");
            }
            wire.add(flags.toString());
        });
    }

    /** Forgets what went over the wire. */
    void quiet() {
        wire.clear();
    }

    /** What went over the wire, and forgets it. */
    List<String> wire() {
        List<String> seen = List.copyOf(wire);
        wire.clear();
        return seen;
    }

    static Pair tcp() {
        return new Pair(false);
    }

    static Pair mptcp() {
        return new Pair(true);
    }

    static tcp_sock sock(int fd) {
        IntRef err = new IntRef();
        tcp_sock tp = (tcp_sock) sockfd_lookup(fd, err).sk;
        linux.fs.Files.fput(tp.sk_socket.file);
        return tp;
    }

    static int ok(int ret) {
        assertThat(ret).isNotNegative();
        return ret;
    }

    int send(int fd, byte[] b, int flags) {
        return sys_send(fd, b, 0, b.length, flags);
    }

    byte[] recv(int fd, int n) {
        byte[] b = new byte[n];
        int ret = sys_recv(fd, b, 0, n, 0);
        return Arrays.copyOf(b, ok(ret));
    }

    /** Closes what is open, and waits until TIME_WAIT is over. */
    void close() {
        for (int fd : new int[] {client, server, listener}) {
            sys_close(fd);
        }
        msleep(TCP_TIMEWAIT_LEN + 10_000);
    }
}
