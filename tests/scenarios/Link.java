// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.fs.Files.fput;
import static linux.net.SocketFiles.sockfd_lookup;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.tcp.Sockets.tcp_sk;
import static net.mptcp.MetaSockets.is_meta_sk;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.net.socket;
import linux.sched.task_struct;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import linux.uaccess.User;

/** A connection of two programs on {@link Hosts}: descriptors, the sockets behind them, and what has gone either way. */
final class Link {
    /** One direction: what the sender's calls took, and what the receiver's gave, all of it in the right order. */
    static final class Stream {
        long sent;
        long received;

        /** The first error of a side: a negative errno. */
        int sendError;

        int receiveError;

        /** The receiver has been told that no more comes. */
        boolean ended;

        /** When the last byte arrived, nanoseconds. */
        long finished;
    }

    final Hosts hosts;

    /** From client to server; back. */
    final Stream up = new Stream();

    final Stream down = new Stream();

    /** Descriptors; -1: not open. */
    int listenFd = -1;

    int clientFd = -1;
    int serverFd = -1;

    /** The sockets of the applications: meta sockets, if both sides speak MPTCP. */
    tcp_sock c;

    tcp_sock s;
    int port = Hosts.PORT;

    private final List<task_struct> tasks = new ArrayList<>();

    Link(Hosts hosts) {
        this.hosts = hosts;
    }

    /** The socket that is to listen, which does not yet. */
    Link listenSocket() {
        listenFd = hosts.fd(hosts.server, () -> sys_socket(AF_INET, SOCK_STREAM, 0));
        return this;
    }

    Link listen() {
        if (listenFd < 0) {
            listenSocket();
        }
        assertThat(sys_bind(listenFd, new sockaddr_in(0, port), sockaddr_in.SIZE)).isZero();
        assertThat(sys_listen(listenFd, 5)).isZero();
        return this;
    }

    Link socket() {
        clientFd = hosts.fd(hosts.client, () -> sys_socket(AF_INET, SOCK_STREAM, 0));
        c = socketOf(clientFd);
        return this;
    }

    /** The client connects on path 1, the server accepts. */
    Link connect() {
        if (clientFd < 0) {
            socket();
        }
        int address = hosts.client == hosts.server ? 0x0a000001 : Hosts.address(1, 2);
        assertThat(Errno.name(sys_connect(clientFd, new sockaddr_in(address, port), sockaddr_in.SIZE))).isEqualTo(Errno.name(0));
        serverFd = sys_accept(listenFd, null, null);
        assertThat(serverFd).isNotNegative();
        s = socketOf(serverFd);
        return this;
    }

    static tcp_sock socketOf(int fd) {
        socket sock = sockfd_lookup(fd, new IntRef());
        fput(sock.file);
        return tcp_sk(sock.sk);
    }

    static void setsockopt(int fd, int level, int option, int... values) {
        byte[] b = new byte[4 * values.length];
        for (int i = 0; i < values.length; i++) {
            User.put32(b, 4 * i, values[i]);
        }
        assertThat(sys_setsockopt(fd, level, option, b, b.length)).isZero();
    }

    /** A task that sends {@code n} more bytes, or until it fails. */
    private void sender(Stream stream, int fd, long n) {
        long until = stream.sent + n;
        tasks.add(hosts.task(hosts.client, "sender", () -> {
            while (stream.sent < until) {
                int len = (int) Math.min(Content.CHUNK, until - stream.sent);
                int ret = sys_send(fd, Content.table(), Content.at(stream.sent), len, 0);
                if (ret < 0) {
                    stream.sendError = ret;
                    return;
                }
                stream.sent += ret;
            }
        }));
    }

    /** A task that reads {@code n} more bytes, or until there are no more. */
    private void receiver(Stream stream, int fd, long n) {
        long until = n == Long.MAX_VALUE ? n : stream.received + n;
        tasks.add(hosts.task(hosts.server, "receiver", () -> {
            byte[] buf = new byte[Content.CHUNK];
            while (stream.received < until) {
                int ret = sys_recv(fd, buf, 0, (int) Math.min(buf.length, until - stream.received), 0);
                if (ret <= 0) {
                    stream.receiveError = ret;
                    stream.ended = ret == 0;
                    return;
                }
                int wrong = Content.firstWrong(buf, ret, stream.received);
                if (wrong >= 0) {
                    throw new AssertionError("byte " + (stream.received + wrong) + " is not the one that was sent");
                }
                stream.received += ret;
                stream.finished = Clock.now();
            }
        }));
    }

    /** Programs begin to send and receive so much in either direction. */
    Link start(long up, long down) {
        if (up > 0) {
            receiver(this.up, serverFd, up);
            sender(this.up, clientFd, up);
        }
        if (down > 0) {
            receiver(this.down, clientFd, down);
            sender(this.down, serverFd, down);
        }
        return this;
    }

    Link startSending(Stream stream, long n) {
        sender(stream, stream == up ? clientFd : serverFd, n);
        return this;
    }

    /** A program reads until there are no more. */
    Link startReceiving(Stream stream) {
        receiver(stream, stream == up ? serverFd : clientFd, Long.MAX_VALUE);
        return this;
    }

    /** Waits for the programs. */
    Link await() {
        tasks.forEach(t -> t.exited.wait_for_completion());
        tasks.clear();
        return this;
    }

    boolean busy() {
        return tasks.stream().anyMatch(t -> t.state != task_struct.TASK_DEAD);
    }

    /** Transfers so much and checks that all of it has arrived. */
    Link transfer(long up, long down) {
        return start(up, down).await().intact();
    }

    /** All that was sent has arrived, and no call failed. */
    Link intact() {
        for (Stream stream : List.of(up, down)) {
            assertThat(Errno.name(stream.sendError)).as("send").isEqualTo(Errno.name(0));
            assertThat(Errno.name(stream.receiveError)).as("recv").isEqualTo(Errno.name(0));
            assertThat(stream.received).as("bytes received").isEqualTo(stream.sent);
        }
        return this;
    }

    /** It is Multipath TCP on both sides, and has not fallen back. */
    Link multipath() {
        for (tcp_sock meta : List.of(c, s)) {
            String who = meta == c ? "client" : "server";
            assertThat(is_meta_sk(meta)).as(who + " speaks MPTCP").isTrue();
            assertThat(meta.mpcb.infinite_mapping_snd || meta.mpcb.infinite_mapping_rcv || meta.mpcb.send_infinite_mapping)
                    .as(who + " fell back").isFalse();
        }
        return this;
    }

    /** The same, and it has so many subflows. */
    Link multipath(int subflows) {
        multipath();
        assertThat(c.mpcb.cnt_subflows).as("subflows of the client").isEqualTo(subflows);
        assertThat(s.mpcb.cnt_subflows).as("subflows of the server").isEqualTo(subflows);
        return this;
    }

    /** The client's subflow from this path's address to that one's; null: there is none. */
    static tcp_sock subflow(tcp_sock meta, int local, int remote) {
        for (tcp_sock tp = meta.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
            if ((tp.skc_rcv_saddr >>> 16 & 0xff) == local && (tp.skc_daddr >>> 16 & 0xff) == remote) {
                return tp;
            }
        }
        return null;
    }

    void shutdownClient() {
        assertThat(sys_shutdown(clientFd, 1)).isZero();
    }

    void shutdownServer() {
        assertThat(sys_shutdown(serverFd, 1)).isZero();
    }

    void closeClient() {
        assertThat(sys_close(clientFd)).isZero();
        clientFd = -1;
    }

    void closeServer() {
        assertThat(sys_close(serverFd)).isZero();
        serverFd = -1;
    }

    void closeListener() {
        assertThat(sys_close(listenFd)).isZero();
        listenFd = -1;
    }

    /** Closes what is open, the client first, and waits until nothing is left. */
    void end() {
        close();
        hosts.quiet();
    }

    void close() {
        for (int fd : new int[] {clientFd, serverFd, listenFd}) {
            if (fd >= 0) {
                sys_close(fd);
                hosts.run(50);
            }
        }
        clientFd = serverFd = listenFd = -1;
    }
}
