// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EBADF;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EISCONN;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EPIPE;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_setsockopt;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static linux.types.Be.get16;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.net_namespace.NetNs.init_net;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpPeer.bytes;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.SYN_OPTIONS;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.SHUT_RD;
import static uapi.linux.socket.SocketOpt.SHUT_RDWR;
import static uapi.linux.socket.SocketOpt.SHUT_WR;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_OOBINLINE;
import static uapi.linux.socket.SocketOpt.SO_RCVBUF;
import static uapi.linux.socket.SocketOpt.SO_SNDBUF;

import fib_frontend.IpRoute;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import linux.uaccess.User;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.EveryIss;
import testing.Invariants;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;
import testing.ScriptedPeer.Segment;

/** What an attacker, a broken network or a careless program can do to TCP; see {@link HostileTest} for the recorded cases. */
@KernelTest
class TableDTest {
    private static final byte[] TEN = "0123456789".getBytes();

    private int fd;
    private tcp_sock tp;

    /** A connection that the host has accepted, both sides beginning with {@code iss}. */
    private ScriptedPeer accepted(int iss, byte[] synOptions) {
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80);
        p.seq = iss;
        p.untilHostIsn(iss);
        p.handshake(synOptions);
        assertThat(p.ack).isEqualTo(iss + 1);
        fd = p.accept(listener);
        tp = ScriptedPeer.sk(fd);
        return p;
    }

    private int send(int n) {
        return sys_send(fd, new byte[n], 0, n, MSG_DONTWAIT);
    }

    private int recv(int n, int flags) {
        return sys_recv(fd, new byte[n], 0, n, MSG_DONTWAIT | flags);
    }

    /** The next bytes arrive. */
    private void alive(ScriptedPeer p) {
        p.options = new byte[0];
        while (recv(10_000, 0) > 0) {}
        p.send(ACK, TEN);
        assertThat(recv(100, 0)).isEqualTo(10);
        sound();
    }

    private void sound() {
        assertThat(Invariants.broken(tp)).isEmpty();
    }

    private static byte[] sack(int... edges) {
        byte[] o = new byte[4 + 4 * edges.length];
        o[0] = o[1] = 1;
        o[2] = 5;
        o[3] = (byte) (2 + 4 * edges.length);
        for (int i = 0; i < edges.length; i++) {
            put32(o, 4 + 4 * i, edges[i]);
        }
        return o;
    }

    @EveryIss
    @Timeout(60)
    @DisplayName("D1: 70,000 segments of 8 bytes, SACKed bit by bit into one packet: more than 16 bits can count (CVE-2019-11477)")
    void d1(int iss) {
        ScriptedPeer p = new ScriptedPeer();
        assertThat(IpRoute.add(init_net, PEER + "/32 dev eth0 initcwnd 120000")).isZero();
        assertThat(init_net.sysctls.write("net/core/wmem_max", "16000000")).isZero();
        // Large packets, which only the device cuts.
        p.nic.dev.features |= NETIF_F_SG | NETIF_F_GSO;
        int listener = p.listener(80);
        p.seq = iss;
        p.untilHostIsn(iss);
        p.handshake(new byte[] {2, 4, 0, 48, 4, 2, 8, 10, 0, 0, 0, 100, 0, 0, 0, 0, 1, 3, 3, 14});
        fd = p.accept(listener);
        tp = ScriptedPeer.sk(fd);
        byte[] size = new byte[4];
        User.put32(size, 0, 8_000_000);
        assertThat(sys_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, 4)).isZero();
        byte[] ts = {1, 1, 8, 10, 0, 0, 0, 101, 0, 0, 0, 0};
        p.options = ts;
        for (int i = 1; i <= 4; i++) {
            p.seq += 100;
            p.send(ACK, TEN);
            p.seq -= 10;
        }
        p.seq -= 400;
        int sent = 0;
        while (sent < 560_000) {
            int n = send(560_000 - sent);
            assertThat(n).isPositive();
            sent += n;
        }
        assertThat(tp.packets_out).isGreaterThan(65_536);
        int una = p.ack;
        for (int to = 8_000; to <= 556_000; to += 4_000) {
            p.options = bytes(ts, sack(una + 8, una + to));
            p.send(ACK);
        }
        sound();
        assertThat(tp.sacked_out).isGreaterThan(65_536);
        p.ack += sent;
        p.options = ts;
        p.send(ACK);
        assertThat(tp.packets_out).isZero();
        p.seq += 10_000_000;
        p.options = new byte[0];
        p.seq -= 10_000_000;
        p.send(RST);
        p.end();
    }

    @EveryIss
    @Timeout(20)
    @DisplayName("D2: SACKs of every other byte range, back and forth, of a queue with MSS 48: sound, and done in time (CVE-2019-11478)")
    void d2(int iss) {
        ScriptedPeer p = accepted(iss, new byte[] {2, 4, 0, 48, 4, 2, 1, 1, 1, 3, 3, 14});
        Random random = new Random(2);
        int sent = Math.max(0, send(60_000));
        for (int i = 0; i < 300; i++) {
            int at = random.nextInt(4000);
            int at2 = random.nextInt(4000);
            p.options = sack(p.ack + at, p.ack + at + 1 + random.nextInt(60), p.ack + at2, p.ack + at2 + 5);
            p.send(ACK);
            if (i % 10 == 0) {
                int more = send(2000);
                sent += Math.max(0, more);
                ScriptedPeer.later(30);
            }
            sound();
        }
        p.options = new byte[0];
        p.send(RST);
        p.end();
    }

    @EveryIss
    @Timeout(20)
    @DisplayName("D3: thousands of tiny segments out of order fill the receive buffer: pruned, and the connection goes on (CVE-2018-5390)")
    void d3(int iss) {
        ScriptedPeer p = accepted(iss, SYN_OPTIONS);
        int start = p.seq;
        for (int i = 0; i < 4000; i++) {
            p.seq = start + 2 + i * 7919 % 5000 * 2;
            p.send(ACK, (byte) 1);
        }
        sound();
        assertThat(tp.sk_rmem_alloc).isLessThanOrEqualTo(2 * tp.sk_rcvbuf);
        p.seq = start;
        for (int i = 0; i < 12; i++) {
            p.send(ACK, new byte[1000]);
            assertThat(recv(10_000, 0)).isPositive();
        }
        p.seq = tp.rcv_nxt;
        alive(p);
        p.end();
    }

    @EveryIss
    @DisplayName("D4: 100 challenge ACKs a second in all, and whoever counts them knows of other connections (CVE-2016-5696, kept)")
    void d4(int iss) {
        ScriptedPeer p = accepted(iss, MSS_OPTION);
        int seq = p.seq;
        p.rest();
        for (int i = 0; i < 250; i++) {
            p.seq = seq + 1 + i;
            p.send(RST);
        }
        assertThat(p.rest()).hasSize(100);
        ScriptedPeer.later(1100);
        p.seq = seq + 1;
        p.send(RST);
        assertThat(p.rest()).hasSize(1);
        p.seq = seq;
        alive(p);
        p.end();
    }

    @EveryIss
    @DisplayName("D5: RST and SYN at any distance: only a RST at exactly the next number resets")
    void d5(int iss) {
        ScriptedPeer p = accepted(iss, MSS_OPTION);
        int seq = p.seq;
        for (int off : new int[] {1, 2, 1000, 29_199, 29_200, 29_201, 100_000, 0x7fffffff, 0x80000000, -1, -2, -29_200}) {
            for (int flags : new int[] {RST, RST | ACK, SYN, SYN | ACK, SYN | FIN, SYN | RST}) {
                p.seq = seq + off;
                p.send(flags);
                assertThat(tp.skc_state).as("%d, flags %x", off, flags).isEqualTo(TCP_ESTABLISHED);
            }
        }
        for (int off : new int[] {1, 1000, 70_000, 0x7fffffff, 0x80000000, -1, -70_000}) {
            p.seq = seq;
            int ack = p.ack;
            p.ack = ack + off;
            p.send(ACK);
            p.ack = ack;
        }
        p.seq = seq;
        alive(p);
        p.send(RST);
        assertThat(recv(1, 0)).isEqualTo(-linux.errno.Errno.ECONNRESET);
        p.end();
    }

    @ParameterizedTest(name = "tcp_adv_win_scale {0}")
    @DisplayName("D6: receive buffers of 1 byte and every scale of the window: no division by zero")
    @ValueSource(ints = {-31, -30, -17, -2, -1, 0, 1, 2, 17, 31})
    void d6(int scale) {
        ScriptedPeer p = new ScriptedPeer();
        assertThat(init_net.sysctls.write("net/ipv4/tcp_adv_win_scale", Integer.toString(scale))).isZero();
        fd = p.open();
        byte[] one = new byte[4];
        User.put32(one, 0, 1);
        sys_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, one, 4);
        p.port = 8080;
        p.connect(fd);
        Segment syn = p.next();
        p.hostPort = syn.source();
        p.ack = syn.seq() + 1;
        for (byte[] options : List.of(MSS_OPTION)) {
            p.options = options;
            p.send(SYN | ACK);
        }
        p.options = new byte[0];
        for (int i = 0; i < 20; i++) {
            p.send(ACK, new byte[100]);
            recv(1000, 0);
        }
        tp = ScriptedPeer.sk(fd);
        sound();
        p.send(RST);
        p.end();
    }

    @EveryIss
    @DisplayName("D7: the proportional rate reduction never divides by a window of 0 (CVE-2016-2070)")
    void d7(int iss) {
        ScriptedPeer p = accepted(iss, SYN_OPTIONS);
        for (int round = 0; round < 20; round++) {
            tp.snd_cwnd = 1 + round % 3;
            send(20_000);
            for (int i = 1; i < 5; i++) {
                p.options = sack(p.ack + 1448, p.ack + 1448 * (1 + i));
                p.send(ACK);
                sound();
            }
            if (tp.prr_out != 0 || tp.prr_delivered != 0) {
                assertThat(tp.prior_cwnd).isPositive();
            }
            p.options = new byte[0];
            p.ack = tp.snd_nxt;
            p.send(ACK);
            ScriptedPeer.later(500);
        }
        p.ack = tp.snd_nxt;
        p.send(RST);
        p.end();
    }

    @EveryIss
    @DisplayName("D8: urgent pointers of every kind, on data, on nothing and on a FIN: recv ends, in line and out of line")
    void d8(int iss) {
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80);
        for (int inline = 0; inline < 2; inline++) {
            for (int urg : new int[] {0, 1, 5, 10, 11, 100, 0x7fff, 0xffff}) {
                for (int what = 0; what < 4; what++) {
                    p.port++;
                    p.seq = iss;
                    p.rest();
                    p.handshake(MSS_OPTION);
                    fd = p.accept(listener);
                    tp = ScriptedPeer.sk(fd);
                    byte[] on = new byte[4];
                    User.put32(on, 0, inline);
                    sys_setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, on, 4);
                    urgent(p, ACK | (what == 3 ? FIN : 0), urg, what == 0 ? new byte[0] : TEN);
                    if (what == 2) {
                        urgent(p, ACK, urg, TEN);
                    }
                    int n;
                    int reads = 0;
                    while ((n = recv(3, 0)) > 0) {
                        assertThat(reads++).isLessThan(30);
                    }
                    assertThat(n).isIn(0, -EAGAIN);
                    assertThat(recv(1, MSG_OOB)).isIn(0, 1, -EAGAIN, -EINVAL);
                    sound();
                    p.send(RST);
                }
            }
        }
        p.end();
    }

    private static void urgent(ScriptedPeer p, int flags, int pointer, byte[] payload) {
        sk_buff skb = p.segment(flags | 0x20, payload);
        int th = skb.data + 20;
        int sum = get16(skb.head, th + 16);
        put16(skb.head, th + 16, ~Math.floorMod((~sum & 0xffff) + pointer, 0xffff) & 0xffff);
        put16(skb.head, th + 18, pointer);
        p.nic.receive(skb);
        p.seq += payload.length + ((flags & FIN) != 0 ? 1 : 0);
    }

    private enum State { CLOSED, LISTEN, SYN_RECV, SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT }

    /** A socket of the host in this state, whose peer is the port of {@code p}. */
    private void bring(ScriptedPeer p, int listener, State state, int iss) {
        p.options = new byte[0];
        p.seq = iss;
        p.hostPort = state == State.CLOSED ? 81 : 80;
        switch (state) {
            case CLOSED, LISTEN -> {}
            case SYN_RECV -> {
                p.send(SYN);
                p.ack = p.rest().get(0).seq() + 1;
            }
            case SYN_SENT -> {
                fd = p.open();
                p.connect(fd);
                Segment syn = p.rest().get(0);
                p.hostPort = syn.source();
                p.ack = syn.seq() + 1;
            }
            default -> {
                p.handshake(MSS_OPTION);
                do {
                    // Others may have been waiting to be accepted.
                    fd = p.accept(listener);
                } while (ScriptedPeer.sk(fd).skc_dport != p.port);
                p.rest();
                if (state == State.CLOSE_WAIT || state == State.LAST_ACK) {
                    p.send(FIN | ACK);
                }
                if (state != State.ESTABLISHED && state != State.CLOSE_WAIT) {
                    sys_shutdown(fd, SHUT_WR);
                }
                if (state == State.FIN_WAIT2 || state == State.TIME_WAIT) {
                    p.ack++;
                    p.send(ACK);
                }
                if (state == State.CLOSING || state == State.TIME_WAIT) {
                    p.send(FIN | ACK);
                }
            }
        }
    }

    @EveryIss
    @DisplayName("D9: all 256 combinations of flags, with data and without, in each state: the machine goes on")
    void d9(int iss) {
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80, 4000);
        p.port = 1024;
        for (State state : State.values()) {
            for (int flags = 0; flags < 256; flags++) {
                p.port++;
                p.rest();
                bring(p, listener, state, iss);
                p.send(flags, flags % 3 == 0 ? new byte[0] : TEN);
                if (state == State.ESTABLISHED && (flags & (SYN | RST | FIN)) == 0 && (flags & ACK) != 0 && flags % 3 != 0 && (flags & 0x20) == 0) {
                    assertThat(recv(100, 0)).as("flags %x", flags).isEqualTo(10);
                }
                if (state == State.CLOSED || state == State.LISTEN) {
                    // RFC 793: a RST is never answered; to a closed port all else is.
                    List<Segment> answer = p.rest();
                    if ((flags & RST) != 0) {
                        assertThat(answer).isEmpty();
                    } else if (state == State.CLOSED || (flags & ACK) != 0) {
                        assertThat(answer).singleElement().satisfies(s -> assertThat(s.flags() & RST).isEqualTo(RST));
                    }
                }
            }
        }
        p.port = 999;
        p.hostPort = 80;
        p.rest();
        p.seq = iss;
        p.handshake(MSS_OPTION);
        p.end();
    }

    @EveryIss
    @DisplayName("D10: windows that shrink, close for long and open again; data outside the window")
    void d10(int iss) {
        ScriptedPeer p = accepted(iss, SYN_OPTIONS);
        Random random = new Random(10);
        int expect = p.ack;
        send(200_000);
        for (int i = 0; i < 200; i++) {
            p.window = random.nextInt(4) == 0 ? 0 : random.nextInt(65536);
            for (Segment s : p.rest()) {
                if (s.seq() == expect && s.payload().length > 0) {
                    expect += s.payload().length;
                }
            }
            p.ack = expect;
            p.send(ACK);
            if (random.nextInt(3) == 0) {
                int seq = p.seq;
                p.seq = seq + 1_000_000 * (1 + random.nextInt(100));
                p.send(ACK, TEN);
                p.seq = seq;
            }
            ScriptedPeer.later(random.nextInt(300));
            sound();
        }
        p.window = 65535;
        alive(p);
        p.ack = tp.snd_nxt;
        p.send(RST);
        p.end();
    }

    @EveryIss
    @DisplayName("D11: time stamps that are missing, old, far ahead or echo what was never sent: dropped or taken, never harmful")
    void d11(int iss) {
        ScriptedPeer p = accepted(iss, SYN_OPTIONS);
        int[] stamps = {100, 101, 99, 0, 1, 0x7fffffff, 0x80000000, -1, 100 - 0x80000000, 105};
        for (int val : stamps) {
            for (int ecr : stamps) {
                byte[] ts = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
                put32(ts, 4, val);
                put32(ts, 8, ecr);
                p.options = ts;
                p.send(ACK, TEN);
                p.seq = tp.rcv_nxt;
                send(10);
                p.ack = tp.snd_nxt;
                sound();
            }
        }
        p.options = new byte[0];
        alive(p);
        p.send(RST);
        p.end();
    }

    @EveryIss
    @DisplayName("D12: ICMP of every type and code, with any MTU, about a segment in flight: the connection lives, and its MSS stays above 0")
    void d12(int iss) {
        ScriptedPeer p = accepted(iss, MSS_OPTION);
        send(20_000);
        for (int type = 0; type < 20; type++) {
            for (int code = 0; code < 20; code++) {
                for (int mtu : type == 3 && code == 4 ? new int[] {0, 1, 67, 68, 552, 576, 1499, 65535} : new int[] {0}) {
                    p.icmp(type, code, mtu, p.ack);
                    assertThat(tp.mss_cache).isGreaterThan(47);
                    sound();
                }
            }
        }
        p.icmp(3, 4, 68, p.ack + 0x40000000);
        p.icmp(3, 4, 68, p.ack - 1);
        assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        alive(p);
        p.ack = tp.snd_nxt;
        p.send(RST);
        p.end();
    }

    @EveryIss
    @DisplayName("D13: SACK blocks of every kind: below, beyond, reversed, overlapping, and data that are taken back")
    void d13(int iss) {
        ScriptedPeer p = accepted(iss, SYN_OPTIONS);
        Random random = new Random(13);
        int[] edges = {-1_000_000, -1448, -1, 0, 1, 700, 1448, 1449, 2896, 5792, 14480, 14481, 100_000, 0x7fffffff, 0x80000000};
        send(500_000);
        for (int i = 0; i < 400; i++) {
            int[] e = new int[2 * (1 + random.nextInt(4))];
            for (int k = 0; k < e.length; k++) {
                e[k] = p.ack + edges[random.nextInt(edges.length)];
            }
            p.options = sack(e);
            p.send(ACK);
            sound();
            if (i % 7 == 0) {
                ScriptedPeer.later(random.nextInt(400));
            }
            if (i % 20 == 19) {
                p.ack += Math.min(1448, tp.snd_nxt - p.ack);
            }
        }
        p.options = new byte[0];
        alive(p);
        p.send(RST);
        p.end();
    }

    @Test
    @DisplayName("D15: every byte of the headers of IP and TCP changed, without a right checksum and with one; lengths that are not the packet's")
    void d15() {
        ScriptedPeer p = accepted(1000, MSS_OPTION);
        int seq = p.seq;
        for (int at = 0; at < 20; at++) {
            for (int bit = 0; bit < 8; bit++) {
                for (boolean sum : new boolean[] {false, true}) {
                    sk_buff skb = p.segment(ACK, TEN);
                    skb.head[skb.data + at] ^= (byte) (1 << bit);
                    if (sum && (skb.head[skb.data] & 15) * 4 <= skb.len && (skb.head[skb.data] & 15) >= 5) {
                        Ipv4.sum(skb);
                    }
                    p.nic.receive(skb);
                }
            }
        }
        for (int at = 0; at < 30; at++) {
            sk_buff skb = p.segment(ACK, TEN);
            skb.head[skb.data + 20 + at] ^= 1;
            p.nic.receive(skb);
        }
        for (int len = 0; len < 50; len++) {
            sk_buff skb = p.segment(ACK, TEN);
            linux.skbuff.Data.skb_trim(skb, len);
            p.nic.receive(skb);
        }
        // A fragment of those is still waiting for its others.
        ScriptedPeer.later(60_000);
        p.seq = tp.rcv_nxt;
        assertThat(p.seq - seq).isIn(0, 10);
        alive(p);
        p.end();
    }

    @Test
    @DisplayName("D16: what a program must not do: errors, and nothing else")
    void d16() {
        ScriptedPeer p = new ScriptedPeer();
        byte[] b = new byte[10];
        assertThat(sys_recv(77, b, 0, 1, 0)).isEqualTo(-EBADF);
        assertThat(sys_send(-1, b, 0, 1, 0)).isEqualTo(-EBADF);
        assertThat(sys_close(77)).isEqualTo(-EBADF);
        assertThat(sys_socket(77, SOCK_STREAM, 0)).isNegative();
        assertThat(sys_socket(AF_INET, 77, 0)).isNegative();
        assertThat(sys_socket(AF_INET, SOCK_STREAM, 77)).isNegative();
        fd = p.open();
        assertThat(recv(1, 0)).isEqualTo(-ENOTCONN);
        assertThat(send(1)).isEqualTo(-EPIPE);
        // An error, but the socket cannot be read any more: so it is in the kernel.
        assertThat(sys_shutdown(fd, SHUT_RDWR)).isEqualTo(-ENOTCONN);
        assertThat(recv(1, 0)).isZero();
        fd = p.open();
        assertThat(sys_accept4(fd, null, null, 0)).isEqualTo(-EINVAL);
        assertThat(sys_connect(fd, new sockaddr_in(Ipv4.ip(PEER), 0), 3)).isEqualTo(-EINVAL);
        assertThat(sys_bind(fd, new sockaddr_in(Ipv4.ip(HOST), 500), 3)).isEqualTo(-EINVAL);
        p.port = 8080;
        assertThat(p.connect(fd)).isEqualTo(-EINPROGRESS);
        assertThat(p.connect(fd)).isEqualTo(-linux.errno.Errno.EALREADY);
        assertThat(ScriptedPeer.sk(fd).skc_state).isEqualTo(TCP_SYN_SENT);
        assertThat(recv(1, 0)).isEqualTo(-EAGAIN);
        assertThat(send(1)).isEqualTo(-EAGAIN);
        assertThat(sys_listen(fd, 1)).isEqualTo(-EINVAL);
        assertThat(sys_shutdown(fd, 77)).isEqualTo(-EINVAL);
        assertThat(sys_shutdown(fd, SHUT_RDWR)).isZero();
        int listener = p.listener(80);
        p.rest();
        p.port = 40000;
        p.handshake(MSS_OPTION);
        fd = p.accept(listener);
        assertThat(recv(0, 0)).isIn(0, -EAGAIN);
        assertThat(send(0)).isZero();
        assertThat(p.connect(fd)).isEqualTo(-EISCONN);
        assertThat(sys_recv(fd, b, 0, -1, MSG_DONTWAIT)).isNegative();
        assertThat(sys_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, b, 1)).isEqualTo(-EINVAL);
        assertThat(sys_setsockopt(fd, 77, 77, b, 4)).isNegative();
        assertThat(sys_shutdown(fd, SHUT_RD)).isZero();
        assertThat(recv(1, 0)).isZero();
        assertThat(sys_shutdown(fd, SHUT_WR)).isZero();
        assertThat(send(1)).isEqualTo(-EPIPE);
        assertThat(sys_shutdown(fd, SHUT_WR)).isZero();
        assertThat(sys_close(fd)).isZero();
        assertThat(sys_close(fd)).isEqualTo(-EBADF);
        assertThat(Arrays.equals(b, new byte[10])).isTrue();
        p.rest();
        p.ack++;
        p.send(FIN | ACK);
        p.end();
    }
}
