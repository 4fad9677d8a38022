// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static linux.syscalls.SocketCalls.sys_accept4;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put64;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpPeer.bytes;
import static testing.MptcpPeer.option;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.SYN_OPTIONS;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.SOCK_NONBLOCK;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import linux.bug.Bug;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Invariants;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.MptcpPeer.Flow;
import testing.ScriptedPeer;

/**
 * Random packets, and right ones with random changes, on sockets in four states. Nothing may be thrown, nothing may hang, no warning may
 * be given and nothing may be left: {@link KernelTest} looks at that, and {@link Invariants} at the sockets in between. A run depends on its
 * seed only.
 */
@KernelTest
class FuzzTest {
    private static final int PACKETS = 1200;

    private Random random;

    /** What the peer may send next, as good as it knows. */
    private int seq;

    private int ack;
    private int isn;
    private final List<byte[]> mptcpOptions = new ArrayList<>();

    private int near(int n) {
        switch (random.nextInt(8)) {
            case 0:
                return n + random.nextInt(3) - 1;
            case 1:
                return n + random.nextInt(3000) - 1500;
            case 2:
                return n + random.nextInt(200_000) - 100_000;
            case 3:
                return random.nextInt(10) == 0 ? random.nextInt() : n;
            default:
                return n;
        }
    }

    private byte[] options() {
        byte[] o = new byte[0];
        int n = random.nextInt(4);
        for (int i = 0; i < n; i++) {
            o = bytes(o, one());
        }
        // Some change.
        if (o.length > 0 && random.nextInt(4) == 0) {
            o[random.nextInt(o.length)] = (byte) random.nextInt();
        }
        if (o.length > 1 && random.nextInt(8) == 0) {
            o = Arrays.copyOf(o, random.nextInt(o.length));
        }
        int len = Math.min(40, (o.length + 3) / 4 * 4);
        byte[] padded = Arrays.copyOf(o, len);
        Arrays.fill(padded, Math.min(o.length, len), len, (byte) random.nextInt(2));
        return padded;
    }

    private byte[] one() {
        switch (random.nextInt(9)) {
            case 0:
                return new byte[] {2, 4, (byte) random.nextInt(6), (byte) random.nextInt()};
            case 1:
                return new byte[] {4, 2, 3, 3, (byte) random.nextInt(), 1};
            case 2:
                byte[] ts = option(8, 10);
                put32(ts, 2, random.nextInt(1000));
                put32(ts, 6, near(-300_000));
                return ts;
            case 3:
                int blocks = 1 + random.nextInt(4);
                byte[] sack = option(5, 2 + 8 * blocks);
                for (int i = 0; i < 2 * blocks; i++) {
                    put32(sack, 2 + 4 * i, near(ack + random.nextInt(8) * 1448));
                }
                return sack;
            case 4:
                byte[] any = option(random.nextInt(256), 2 + random.nextInt(20));
                for (int i = 2; i < any.length; i++) {
                    any[i] = (byte) random.nextInt();
                }
                return any;
            default:
                return mptcpOptions.isEmpty() ? mptcp() : random.nextInt(3) == 0 ? mptcp() : mptcpOptions.get(random.nextInt(mptcpOptions.size()));
        }
    }

    /** An option of MPTCP with a random subtype, of a length that it may have. */
    private byte[] mptcp() {
        int[] lengths = {12, 20, 12, 16, 24, 4, 8, 14, 16, 18, 20, 22, 24, 26, 28, 8, 10, 4, 5, 6, 3, 4, 12, 12};
        int len = random.nextInt(10) == 0 ? 3 + random.nextInt(30) : lengths[random.nextInt(lengths.length)];
        byte[] o = option(30, len, random.nextInt(8) << 4 | random.nextInt(5), random.nextInt(32));
        for (int i = 4; i < len; i++) {
            o[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : 0);
        }
        return o;
    }

    private void packet(ScriptedPeer p, int port, int hostPort) {
        p.port = port;
        p.hostPort = hostPort;
        p.seq = near(seq);
        p.ack = near(ack);
        p.window = random.nextInt(3) == 0 ? random.nextInt(65536) : 65535;
        p.options = options();
        int flags = random.nextInt(12) == 0 ? random.nextInt(256) : random.nextInt(60) == 0 ? ACK | RST : random.nextInt(60) == 0 ? ACK | FIN : ACK;
        byte[] payload = new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(4) == 0 ? random.nextInt(1460) : random.nextInt(20)];
        random.nextBytes(payload);
        sk_buff skb = p.segment(flags, payload);
        int th = skb.data + 20;
        if (random.nextInt(15) == 0) {
            // A bit somewhere, with a right checksum all the same.
            int at = th + random.nextInt(skb.len - 20);
            if (at - th != 16 && at - th != 17 && at - th > 3) {
                int was = skb.head[at] & 0xff;
                skb.head[at] ^= (byte) (1 << random.nextInt(8));
                int delta = (skb.head[at] & 0xff) - was << ((at - th) % 2 == 0 ? 8 : 0);
                put16(skb.head, th + 16, ~Math.floorMod((~get16(skb.head, th + 16) & 0xffff) + delta, 0xffff) & 0xffff);
            }
        }
        p.nic.receive(skb);
        // Follow what has been taken, as far as an answer shows it.
        for (ScriptedPeer.Segment s : p.rest()) {
            if (s.dest() == port && (s.flags() & ACK) != 0 && (s.flags() & RST) == 0) {
                seq = s.ack();
                ack = s.seq() + (random.nextInt(4) == 0 ? 0 : s.payload().length);
            }
        }
        p.options = new byte[0];
    }

    private void sound(int fd) {
        tcp_sock tp = ScriptedPeer.sk(fd);
        assertThat(Invariants.broken(tp.mpc && tp.mpcb != null && tp.meta_sk != null ? (tcp_sock) tp.meta_sk : tp)).isEmpty();
    }

    private void use(int fd) {
        byte[] b = new byte[random.nextInt(5000)];
        switch (random.nextInt(6)) {
            case 0:
                sys_send(fd, b, 0, b.length, MSG_DONTWAIT);
                break;
            case 1:
            case 2:
                sys_recv(fd, b, 0, b.length, MSG_DONTWAIT);
                break;
            case 3:
                if (random.nextInt(5) == 0) {
                    ScriptedPeer.later(random.nextInt(500));
                }
                break;
            default:
        }
    }

    private void begin(int seed) {
        random = new Random(Long.getLong("fuzz", 0) * 1000 + seed);
    }

    /** Forgets warnings that the kernel has at the same place. */
    @AfterEach
    void warnings() {
        // mptcp_sock_def_error_report ends a meta socket that has ended already.
        Bug.warnings.removeIf(w -> w.contains("tcp.Boot.tcp_done"));
    }

    @ParameterizedTest(name = "seed {0}")
    @DisplayName("a listener, with the connections that come of it")
    @Timeout(20)
    @ValueSource(ints = {1, 2, 3, 4})
    void listener(int seed) {
        begin(seed);
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = seed % 2;
        int listener = p.listener(80, 16);
        int fd = -1;
        for (int i = 0; i < PACKETS; i++) {
            int port = 2000 + random.nextInt(6);
            if (random.nextInt(4) == 0) {
                p.port = port;
                p.hostPort = random.nextInt(9) == 0 ? 81 : 80;
                p.seq = seq = random.nextInt();
                p.options = options();
                p.send(SYN);
                for (ScriptedPeer.Segment s : p.rest()) {
                    seq = s.ack();
                    ack = s.seq() + 1;
                }
                p.options = new byte[0];
            }
            packet(p, port, 80);
            int next = sys_accept4(listener, null, null, SOCK_NONBLOCK);
            if (next >= 0) {
                fd = p.keep(next);
            }
            if (fd >= 0) {
                use(fd);
                sound(fd);
            }
        }
        p.end();
    }

    @ParameterizedTest(name = "seed {0}")
    @DisplayName("sockets that connect")
    @Timeout(20)
    @ValueSource(ints = {11, 12, 13, 14})
    void synSent(int seed) {
        begin(seed);
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = seed % 2;
        for (int i = 0; i < PACKETS / 10; i++) {
            int fd = p.open();
            p.port = 3000 + i;
            p.connect(fd);
            ScriptedPeer.Segment syn = p.rest().get(0);
            int hostPort = syn.source();
            ack = syn.seq() + 1;
            seq = random.nextInt();
            for (int k = 0; k < 10; k++) {
                if (random.nextInt(4) == 0) {
                    p.port = 3000 + i;
                    p.hostPort = hostPort;
                    p.seq = seq;
                    p.ack = ack;
                    p.options = options();
                    p.send(random.nextInt(6) == 0 ? SYN : SYN | ACK);
                    seq++;
                    p.options = new byte[0];
                    p.rest();
                }
                packet(p, 3000 + i, hostPort);
                use(fd);
                sound(fd);
            }
        }
        p.end();
    }

    @ParameterizedTest(name = "seed {0}")
    @DisplayName("established connections of TCP")
    @Timeout(20)
    @ValueSource(ints = {21, 22, 23, 24})
    void established(int seed) {
        begin(seed);
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80);
        for (int i = 0; i < PACKETS / 50; i++) {
            p.rest();
            p.port = 4000 + i;
            p.hostPort = 80;
            p.seq = random.nextInt();
            p.window = 65535;
            p.handshake(random.nextBoolean() ? SYN_OPTIONS : new byte[] {2, 4, 0, 48, 4, 2, 1, 1});
            int fd = p.accept(listener);
            seq = p.seq;
            ack = p.ack;
            for (int k = 0; k < 50; k++) {
                packet(p, 4000 + i, 80);
                use(fd);
                sound(fd);
            }
        }
        p.end();
    }

    @ParameterizedTest(name = "seed {0}")
    @DisplayName("an established connection of Multipath TCP with two subflows")
    @Timeout(20)
    @ValueSource(ints = {31, 32, 33, 34, 35, 36, 37, 38})
    void mptcp(int seed) {
        begin(seed);
        boolean checksums = seed % 2 == 0;
        MptcpPeer p = MptcpPeer.with(checksums, MptcpPeer.KEY, random.nextInt());
        p.data(p.first, 1, "abc");
        p.write("def");
        p.first.ack += 3;
        p.dataAck(p.first, 4);
        p.sent();
        Flow second = p.join(40001, 1);
        int dsn = 4;
        for (int k = 0; k < PACKETS / 8; k++) {
            Flow f = random.nextBoolean() ? p.first : second;
            p.sent();
            isn = f.isn;
            seq = f.seq;
            ack = f.ack;
            mptcpOptions.clear();
            byte[] b = new byte[1 + random.nextInt(20)];
            MptcpPeer.Dss dss = p.dss(f).map(near(dsn), near(f.seq) - isn, b).length(random.nextInt(5) == 0 ? random.nextInt(100) : b.length);
            if (random.nextInt(4) == 0) {
                dss.wide();
            }
            if (random.nextInt(12) == 0) {
                dss.fin();
            }
            if (random.nextInt(4) == 0) {
                dss.ack64(p.hostIdsn + near(4));
            }
            mptcpOptions.add(dss.bytes());
            mptcpOptions.add(p.dss(f).bytes());
            byte[] fclose = option(30, 12, 0x70);
            put64(fclose, 4, random.nextInt(40) == 0 ? p.hostKey : random.nextLong());
            mptcpOptions.add(fclose);
            if (random.nextInt(3) == 0) {
                p.data(f, dsn, "ok");
                dsn += 2;
            } else {
                packet(p.wire, f.port, 80);
                f.seq = seq;
                f.ack = ack;
            }
            use(p.fd);
            sound(p.fd);
        }
        p.end();
    }

    /** The same seed gives the same packets: what the host sends is the same to the byte. */
    @ParameterizedTest(name = "seed {0}")
    @DisplayName("a run can be repeated")
    @ValueSource(ints = 22)
    void repeatable(int seed) {
        List<Integer> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            linux.init.Machine.halt();
            linux.init.Machine.boot();
            begin(seed);
            ScriptedPeer p = new ScriptedPeer();
            int listener = p.listener(80);
            p.handshake(SYN_OPTIONS);
            int fd = p.accept(listener);
            seq = p.seq;
            ack = p.ack;
            for (int k = 0; k < 100; k++) {
                packet(p, 40000, 80);
                use(fd);
            }
            int hash = p.nic.sent.size();
            for (byte[] s : p.nic.sent) {
                hash = 31 * hash + get32(s, 24) + Arrays.hashCode(s);
            }
            runs.add(hash);
            p.end();
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1));
    }
}
