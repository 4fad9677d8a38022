// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.fs.Files.get_files_struct;
import static linux.net.SocketFiles.sockfd_lookup;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.secure_seq.SecureSeq.secure_tcp_sequence_number;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_NONBLOCK;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.IntRef;
import linux.hrtimer.Clock;
import linux.net.socket;
import linux.sched.Sched;
import linux.sched.task_struct;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;

/**
 * A machine {@link #PEER} that exists only as a script: it sends what the test says, whatever that is, and writes down
 * what {@link #HOST} sends. Nothing happens by itself, so a test holds every segment in its hands.
 *
 * <pre>{@code
 * ScriptedPeer peer = new ScriptedPeer();
 * int listener = peer.listener(80);
 * peer.send(SYN);
 * assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
 * }</pre>
 */
public final class ScriptedPeer {
    public static final String HOST = "10.0.0.1";
    public static final String PEER = "10.0.0.2";

    /** Flags of TCP. */
    public static final int FIN = 0x01;

    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    /** Options of a SYN as most peers send them: MSS 1460, SACK, timestamps, window scale 7. */
    public static final byte[] SYN_OPTIONS = {2, 4, 5, (byte) 0xb4, 4, 2, 8, 10, 0, 0, 0, 100, 0, 0, 0, 0, 1, 3, 3, 7};

    /** MSS 1460 and nothing else. */
    public static final byte[] MSS_OPTION = {2, 4, 5, (byte) 0xb4};

    /** A segment of the host. */
    public record Segment(int saddr, int daddr, int tos, int ttl, int source, int dest, int seq, int ack, int flags,
            int window, byte[] options, byte[] payload, boolean intact) {
        public boolean is(int f) {
            return (flags & ~PSH) == f;
        }
    }

    public final Nic nic;

    /** The peer's port, and the host's. */
    public int port = 40000;

    public int hostPort = 80;

    /** What the next segment begins with, and what it acknowledges. */
    public int seq = 1_000_000;

    public int ack;
    public int window = 65535;
    public int ttl = 64;
    public int tos;

    /** Options of the next segments. */
    public byte[] options = {};

    /** Options in the IP header of the next segments. */
    public byte[] ipOptions = {};

    private int at;
    private final List<Integer> fds = new ArrayList<>();

    /** The host has {@code eth0}, and Multipath TCP is off. */
    public ScriptedPeer() {
        nic = Nic.up(init_net, "eth0", HOST + "/24");
        sysctl_mptcp_enabled = 0;
    }

    /** A descriptor of a listener on {@code hostPort}. */
    public int listener(int hostPort, int backlog) {
        int fd = open();
        this.hostPort = hostPort;
        assertThat(sys_bind(fd, new sockaddr_in(0, hostPort), sockaddr_in.SIZE)).isZero();
        assertThat(sys_listen(fd, backlog)).isZero();
        return fd;
    }

    public int listener(int hostPort) {
        return listener(hostPort, 8);
    }

    /** A descriptor of a stream socket that does not block. */
    public int open() {
        return keep(sys_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    }

    /** A descriptor that {@link #end} closes. */
    public int keep(int fd) {
        assertThat(fd).isNotNegative();
        fds.add(fd);
        return fd;
    }

    /** A connection that a listener on port 80 has accepted; {@code options} go into the SYN. */
    public int accepted(byte[] synOptions) {
        int listener = listener(80);
        handshake(synOptions);
        return accept(listener);
    }

    public int accepted() {
        return accepted(MSS_OPTION);
    }

    /** The three segments by which the peer connects. */
    public void handshake(byte[] synOptions) {
        options = synOptions;
        send(SYN);
        options = new byte[0];
        Segment synack = next();
        assertThat(synack.flags & ~ECE).isEqualTo(SYN | ACK);
        ack = synack.seq + 1;
        send(ACK);
    }

    /** Waits until the host would answer a SYN of the peer from {@link #port} to {@link #hostPort} with this number. */
    public void untilHostIsn(int iss) {
        int now = secure_tcp_sequence_number(Ipv4.ip(HOST), Ipv4.ip(PEER), hostPort, port);
        long rest = Math.floorMod(-Clock.ktime_get_real(), 64);
        Sched.nanosleep(rest + ((iss - now - (rest == 0 ? 0 : 1)) & 0xffffffffL) * 64);
    }

    /** What {@code listener} has to offer. */
    public int accept(int listener) {
        return keep(sys_accept4(listener, null, null, SOCK_NONBLOCK));
    }

    /** A connection that the host has opened to the peer's port 8080. */
    public int connected(byte[] synackOptions) {
        int fd = open();
        port = 8080;
        connect(fd);
        Segment syn = next();
        assertThat(syn.flags & ~(ECE | CWR)).isEqualTo(SYN);
        hostPort = syn.source;
        ack = syn.seq + 1;
        options = synackOptions;
        send(SYN | ACK);
        options = new byte[0];
        assertThat(next().is(ACK)).isTrue();
        return fd;
    }

    public int connected() {
        return connected(MSS_OPTION);
    }

    /** {@code connect} to the peer's {@link #port}. */
    public int connect(int fd) {
        return sys_connect(fd, new sockaddr_in(Ipv4.ip(PEER), port), sockaddr_in.SIZE);
    }

    /** The socket behind a descriptor. */
    public static tcp_sock sk(int fd) {
        IntRef err = new IntRef();
        socket sock = sockfd_lookup(fd, err);
        assertThat(sock).isNotNull();
        linux.fs.Files.fput(sock.file);
        return tcp_sk(sock.sk);
    }

    /** A segment with these flags, from {@link #seq}, which moves on. */
    public void send(int flags, byte... payload) {
        nic.receive(segment(flags, payload));
        seq += payload.length + ((flags & SYN) != 0 ? 1 : 0) + ((flags & FIN) != 0 ? 1 : 0);
    }

    /** The same as it comes from the link; {@link #seq} stays. */
    public sk_buff segment(int flags, byte... payload) {
        byte[] th = header(flags, payload);
        int saddr = Ipv4.ip(PEER);
        int daddr = Ipv4.ip(HOST);
        put16(th, 16, csum_tcpudp_magic(saddr, daddr, th.length, IPPROTO_TCP, csum_partial(th, 0, th.length, 0)));
        sk_buff skb = Ipv4.packet(PEER, HOST, IPPROTO_TCP, ipOptions, 0, th);
        linux.ip.IpHdr.ip_hdr(skb).ttl(ttl);
        linux.ip.IpHdr.ip_hdr(skb).tos(tos);
        return Ipv4.sum(skb);
    }

    private byte[] header(int flags, byte[] payload) {
        int hlen = 20 + options.length;
        byte[] th = new byte[hlen + payload.length];
        put16(th, 0, port);
        put16(th, 2, hostPort);
        put32(th, 4, seq);
        put32(th, 8, (flags & ACK) != 0 ? ack : 0);
        th[12] = (byte) (hlen / 4 << 4);
        th[13] = (byte) flags;
        put16(th, 14, window);
        System.arraycopy(options, 0, th, 20, options.length);
        System.arraycopy(payload, 0, th, hlen, payload.length);
        return th;
    }

    /** An ICMP message of a router about a segment of the host that began with {@code seq}. */
    public void icmp(int type, int code, int info, int seq) {
        byte[] quoted = new byte[28];
        quoted[0] = 0x45;
        put16(quoted, 2, 40);
        quoted[8] = (byte) ttl;
        quoted[9] = IPPROTO_TCP;
        put32(quoted, 12, Ipv4.ip(HOST));
        put32(quoted, 16, Ipv4.ip(PEER));
        put16(quoted, 20, hostPort);
        put16(quoted, 22, port);
        put32(quoted, 24, seq);
        nic.receive(Ipv4.packet("10.0.0.9", HOST, IPPROTO_ICMP, Ipv4.icmp(type, code, info, quoted)));
    }

    /** The next segment of the host; fails if there is none. */
    public Segment next() {
        assertThat(nic.sent.size()).as("segments of the host").isGreaterThan(at);
        return parse(nic.sent.get(at++));
    }

    /** All that were not looked at yet. */
    public List<Segment> rest() {
        List<Segment> all = new ArrayList<>();
        while (at < nic.sent.size()) {
            all.add(next());
        }
        return all;
    }

    private static Segment parse(byte[] b) {
        int ihl = (b[0] & 0x0f) * 4;
        int th = ihl;
        int hlen = (b[th + 12] >> 4 & 0x0f) * 4;
        int len = get16(b, 2) - ihl;
        int saddr = get32(b, 12);
        int daddr = get32(b, 16);
        return new Segment(saddr, daddr, get8(b, 1), get8(b, 8), get16(b, th), get16(b, th + 2), get32(b, th + 4),
                get32(b, th + 8), get8(b, th + 13), get16(b, th + 14), Arrays.copyOfRange(b, th + 20, th + hlen),
                Arrays.copyOfRange(b, th + hlen, ihl + len),
                csum_tcpudp_magic(saddr, daddr, len, IPPROTO_TCP, csum_partial(b, th, len, 0)) == 0);
    }

    /** Another task of this process, which shares its descriptors; it runs when this one sleeps. */
    public static void task(String name, Runnable body) {
        task_struct t = Sched.kthread_create(name, body);
        t.files = get_files_struct(Sched.current);
        Sched.wake_up_process(t);
    }

    /** Time passes. */
    public static void later(int milliseconds) {
        Sched.msleep(milliseconds);
    }

    /** Closes every descriptor that is still open, and waits until the last connection has given up. */
    public void end() {
        for (int fd : fds) {
            sys_close(fd);
        }
        fds.clear();
        later(30 * 60 * 1000);
    }
}
