// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put64;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpPeer.bytes;
import static testing.MptcpPeer.find;
import static testing.MptcpPeer.option;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_pm_ops;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.EveryIss;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.ScriptedPeer;
import testing.ScriptedPeer.Segment;

/**
 * Options that are malformed, in whole ranges of values; single cases of them are played in {@link HostileTest}, too. Whatever comes in,
 * the connection that it comes on or the next one must work afterwards.
 */
@KernelTest
class TableATest {
    private static final byte[] TEN = "0123456789".getBytes();

    /** Connects, sends and closes: the listener is well. */
    private static void alive(ScriptedPeer p, int listener) {
        p.port = 39999;
        p.seq = 77;
        p.handshake(MSS_OPTION);
        int fd = p.accept(listener);
        established(p, fd);
    }

    /** Ten bytes to the host and three back. */
    private static void established(ScriptedPeer p, int fd) {
        p.options = new byte[0];
        p.rest();
        byte[] buf = new byte[100];
        while (sys_recv(fd, buf, 0, buf.length, MSG_DONTWAIT) > 0) {}
        p.send(ACK, TEN);
        assertThat(sys_recv(fd, buf, 0, buf.length, MSG_DONTWAIT)).as("bytes read").isEqualTo(10);
        assertThat(sys_send(fd, new byte[3], 0, 3, MSG_DONTWAIT)).isEqualTo(3);
        Segment data = p.rest().stream().filter(s -> s.payload().length == 3).findFirst().orElseThrow();
        p.ack = data.seq() + 3;
        p.send(ACK);
    }

    /** The answer to a SYN with these options from a port that was not used before, which then is reset; null: none. */
    private static Segment syn(ScriptedPeer p, int iss, byte[] options, byte... payload) {
        p.rest();
        p.port++;
        p.seq = iss;
        p.options = options;
        p.send(SYN, payload);
        p.options = new byte[0];
        List<Segment> answer = p.rest();
        assertThat(answer).hasSizeLessThanOrEqualTo(1);
        if (answer.isEmpty()) {
            return null;
        }
        if ((answer.get(0).flags() & RST) == 0) {
            p.seq = iss + 1;
            p.send(RST);
        }
        return answer.get(0);
    }

    /** Data that the next mapping covers arrive. */
    private static void alive(MptcpPeer p, int dsn) {
        p.sent();
        p.data(p.first, dsn, "x");
        assertThat(p.read(10)).isEqualTo("x");
        assertThat(p.meta.skc_state).isEqualTo(TCP_ESTABLISHED);
        assertThat(p.mpcb.infinite_mapping_rcv || p.mpcb.infinite_mapping_snd || p.mpcb.send_infinite_mapping).isFalse();
    }

    /** A connection on which data have gone both ways: the next byte of the peer has the number 2. */
    static MptcpPeer established(boolean checksums, int iss) {
        MptcpPeer p = MptcpPeer.with(checksums, MptcpPeer.KEY, iss);
        p.data(p.first, 1, "s");
        assertThat(p.read(10)).isEqualTo("s");
        assertThat(p.write("t")).isOne();
        p.first.ack++;
        p.dataAck(p.first, 2);
        p.sent();
        return p;
    }

    @EveryIss
    @DisplayName("A1: a kind in the last place, without a length: the option is ignored")
    void a1(int iss) {
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = p.listener(80);
        for (int kind = 2; kind < 256; kind++) {
            byte[] options = {1, 1, 1, (byte) kind};
            Segment synack = syn(p, iss, options, (byte) 12, (byte) 2);
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(synack.options()).isEqualTo(MSS_OPTION);
            p.hostPort = 81;
            assertThat(syn(p, iss, options, (byte) 12, (byte) 0x10).flags()).isEqualTo(RST | ACK);
            p.hostPort = 80;
        }
        p.port = 50000;
        p.seq = iss;
        p.untilHostIsn(iss);
        p.handshake(MSS_OPTION);
        int fd = p.accept(listener);
        for (int kind = 2; kind < 256; kind++) {
            p.options = new byte[] {1, 1, 1, (byte) kind};
            p.send(ACK, (byte) 10, (byte) kind);
        }
        established(p, fd);
        p.end();
    }

    @EveryIss
    @DisplayName("A1, A4: on a connection of Multipath TCP too, and MPTCP of length 2, whatever byte follows")
    void a4(int iss) {
        MptcpPeer p = established(false, iss);
        for (int i = 0; i < 256; i++) {
            p.send(p.first, ACK, new byte[] {1, 1, 1, 30}, (byte) i, (byte) i);
            p.send(p.first, ACK, new byte[] {1, 1, 30, 2}, (byte) i, (byte) i, (byte) i);
            p.send(p.first, ACK, new byte[] {1, 1, 30, 2});
        }
        assertThat(p.read(10)).isEmpty();
        alive(p, 2);
        p.end();
    }

    @Test
    @DisplayName("A2: a length of 0 or 1 ends the list: what stands behind is not seen, what stands before is")
    void a2() {
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = p.listener(80);
        for (int kind = 2; kind < 256; kind++) {
            for (byte len = 0; len < 2; len++) {
                assertThat(syn(p, 5, new byte[] {(byte) kind, len, 4, 2, 3, 3, 7, 1}).options()).isEqualTo(MSS_OPTION);
                assertThat(syn(p, 5, new byte[] {4, 2, (byte) kind, len, 3, 3, 7, 1}).options()).hasSize(8).startsWith(2, 4);
            }
        }
        alive(p, listener);
        p.end();
    }

    @Test
    @DisplayName("A2: likewise in front of a DSS")
    void a2_mptcp() {
        MptcpPeer p = established(false, 1_000_000);
        for (int len = 0; len < 2; len++) {
            byte[] b = {'a'};
            p.send(p.first, ACK, bytes(new byte[] {30, (byte) len, 1, 1}, p.dss(p.first).map(2, p.first.seq - p.first.isn, b).bytes()), b);
            assertThat(p.read(1)).isEmpty();
        }
        alive(p, 2);
        p.end();
    }

    @Test
    @DisplayName("A3: an option longer than what is left is not parsed")
    void a3() {
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = p.listener(80);
        for (int kind = 2; kind < 256; kind++) {
            for (int len : new int[] {7, 8, 12, 40, 41, 255}) {
                byte[] options = {4, 2, (byte) kind, (byte) len, 5, (byte) 0xb4, 3, 3};
                assertThat(syn(p, 5, options, (byte) 7).options()).hasSize(8).startsWith(2, 4);
            }
        }
        alive(p, listener);
        p.end();
    }

    @ParameterizedTest(name = "length {0}")
    @DisplayName("A5: MP_JOIN of any length with a token that nobody has: RST without a listener; with one only length 12 is a join")
    @ValueSource(ints = {3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 24, 36})
    void a5(int len) {
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = p.listener(80);
        byte[] join = option(30, len, 0x10, 1);
        for (int i = 4; i < len; i++) {
            join[i] = 0x77;
        }
        byte[] options = bytes(MSS_OPTION, Arrays.copyOf(join, (len + 3) / 4 * 4));

        Segment answer = syn(p, 5, options);
        assertThat(answer.flags()).isEqualTo(len == 12 ? RST | ACK : SYN | ACK);
        if (len != 12) {
            assertThat(find(answer.options(), 1)).isNull();
            // The kernel takes what may be an MP_JOIN of a later segment for a sign of MP_CAPABLE.
            assertThat(find(answer.options(), 0) != null).isEqualTo(len == 16 || len == 24);
        }
        p.hostPort = 81;
        assertThat(syn(p, 5, options, TEN).flags()).isEqualTo(RST | ACK);
        p.hostPort = 80;
        alive(p, listener);
        p.end();
    }

    @Test
    @DisplayName("A6, A7: ADD_ADDR of any version and any length: only those of length 8 and 10 and version 4 are heard of")
    void a7() {
        MptcpPeer p = established(false, 1_000_000);
        List<String> told = new ArrayList<>();
        p.mpcb.pm_ops = new mptcp_pm_ops();
        p.mpcb.pm_ops.get_local_id = (family, addr, net, low_prio) -> 0;
        p.mpcb.pm_ops.add_raddr = (mpcb, addr, family, port, id) -> told.add(id + ":" + port);
        for (int version = 0; version < 16; version++) {
            for (int len = 3; len <= 20; len++) {
                byte[] add = option(30, len, 0x30 | version, 9, 10, 0, 0, 9, 0x17, 0x70);
                told.clear();
                p.send(p.first, ACK, bytes(p.dss(p.first).bytes(), add));
                if (version == 4 && (len == 8 || len == 10)) {
                    assertThat(told).containsExactly(len == 8 ? "9:0" : "9:6000");
                } else {
                    assertThat(told).isEmpty();
                }
            }
        }
        alive(p, 2);
        p.end();
    }

    static Stream<Arguments> dss() {
        List<Arguments> all = new ArrayList<>();
        for (int flags = 0; flags < 16; flags++) {
            for (int sum = 0; sum < 2; sum++) {
                for (int more = -1; more <= 2; more++) {
                    all.add(Arguments.of(flags, sum == 1, more));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "flags {0}, checksum {1}, length {2}")
    @DisplayName("A8: DSS of every combination of A, a, M and m: only the exact length counts; 'a' without 'A' and 'm' without 'M' mean nothing")
    @MethodSource("dss")
    void a8(int flags, boolean sum, int more) {
        MptcpPeer p = established(true, 1_000_000);
        boolean ack = (flags & 1) != 0;
        boolean map = (flags & 4) != 0;
        int ackLen = !ack ? 0 : (flags & 2) != 0 ? 8 : 4;
        int mapLen = !map ? 0 : (flags & 8) != 0 ? 14 : 10;
        byte[] right = (map ? p.dss(p.first).map(2, 2, TEN).sum(true) : p.dss(p.first).sum(true)).bytes();
        byte[] b = new byte[40];
        Arrays.fill(b, (byte) 1);
        b[0] = 30;
        b[2] = 0x20;
        b[3] = (byte) flags;
        int at = 4;
        if (ack) {
            put64(b, at, p.hostIdsn + 2);
            if (ackLen == 4) {
                put32(b, at, (int) p.hostIdsn + 2);
            }
            at += ackLen;
        }
        if (map) {
            put64(b, at, p.idsn + 2);
            if (mapLen == 10) {
                put32(b, at, (int) p.idsn + 2);
            }
            at += mapLen - 6;
            put32(b, at, 2);
            put16(b, at + 4, 10);
            Arrays.fill(b, at + 6, 40, (byte) 1);
            at += 6;
            if (sum) {
                System.arraycopy(right, right.length - 2, b, at, 2);
            }
        } else {
            Arrays.fill(b, at, 40, (byte) 1);
        }
        int len = at + (sum ? 2 : 0) + more;
        b[1] = (byte) len;

        p.sent();
        p.send(p.first, ACK, Arrays.copyOf(b, (Math.max(len, at) + 3) / 4 * 4), TEN);

        boolean withSum = map && len == at + 2;
        if (withSum && sum) {
            assertThat(p.read(20)).as("accepted").isEqualTo("0123456789");
            assertThat(p.reset(p.first)).isFalse();
        } else if (withSum) {
            assertThat(p.mpcb.send_infinite_mapping || p.mpcb.infinite_mapping_snd).as("what follows is no checksum").isTrue();
        } else if (map && len == at) {
            assertThat(p.reset(p.first)).as("no checksum").isTrue();
        } else {
            assertThat(p.read(20)).as("ignored").isEmpty();
            assertThat(p.reset(p.first)).isFalse();
            p.data(p.first, 2, "abc");
            assertThat(p.read(20)).isEqualTo("abc");
        }
        p.end();
    }

    @ParameterizedTest(name = "flags {0}")
    @DisplayName("A9: F without M is no DATA_FIN")
    @ValueSource(ints = {0x10, 0x11, 0x12, 0x13, 0x18, 0x19, 0x1b})
    void a9(int flags) {
        MptcpPeer p = established(false, 1_000_000);
        byte[] dss = option(30, (flags & 1) == 0 ? 4 : (flags & 2) != 0 ? 12 : 8, 0x20, flags);
        if ((flags & 3) == 3) {
            put64(dss, 4, p.hostIdsn + 2);
        } else if ((flags & 1) != 0) {
            put32(dss, 4, (int) p.hostIdsn + 2);
        }
        p.send(p.first, ACK, dss);
        p.send(p.first, ACK, dss, TEN);
        alive(p, 2);
        p.end();
    }

    @Test
    @DisplayName("A10: MP_CAPABLE of other versions, with B, without H and of other lengths")
    void a10() {
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = p.listener(80);
        for (int version = 0; version < 16; version++) {
            for (int flags = 0; flags < 256; flags++) {
                byte[] capable = option(30, 12, version, flags, 1, 2, 3, 4, 5, 6, 7, 8);
                Segment answer = syn(p, 5, capable);
                boolean capableToo = version == 0 && (flags & 1) != 0;
                if (version == 0 && (flags & 0x40) != 0 && capableToo) {
                    assertThat(answer).as("B: dropped").isNull();
                } else if (answer != null) {
                    assertThat(find(answer.options(), 0) != null).as("version %d flags %x", version, flags).isEqualTo(capableToo);
                }
            }
        }
        for (int len = 3; len <= 36; len++) {
            byte[] capable = Arrays.copyOf(option(30, len, 0, 0x81), (len + 3) / 4 * 4);
            assertThat(find(syn(p, 5, capable).options(), 0) != null).as("length %d", len).isEqualTo(len == 12 || len == 20);
        }
        alive(p, listener);
        p.end();
    }

    @Test
    @DisplayName("A12, A13: REMOVE_ADDR and MP_PRIO of any length, for ids that nobody has: no subflow is touched")
    void a12() {
        MptcpPeer p = established(false, 1_000_000);
        for (int len = 2; len <= 32; len++) {
            for (int sub : new int[] {0x40, 0x50, 0x51}) {
                byte[] o = option(30, len);
                Arrays.fill(o, 2, len, (byte) 77);
                if (len > 2) {
                    o[2] = (byte) sub;
                }
                p.send(p.first, ACK, bytes(p.dss(p.first).bytes(), o));
            }
        }
        alive(p, 2);
        p.end();
    }

    @Test
    @DisplayName("A12: REMOVE_ADDR with the id of a joined subflow, twice, and in one option many times")
    void a12_joined() {
        MptcpPeer p = established(false, 1_000_000);
        MptcpPeer.Flow second = p.join(40001, 5);
        p.sent();
        p.send(p.first, ACK, bytes(p.dss(p.first).bytes(), option(30, 8, 0x40, 5, 5, 5, 5, 5)));
        assertThat(p.reset(second)).isTrue();
        p.send(p.first, ACK, bytes(p.dss(p.first).bytes(), option(30, 4, 0x40, 5)));
        alive(p, 2);
        p.end();
    }

    @EveryIss
    @DisplayName("A14: headers that are too short or longer than the segment are counted and dropped")
    void a14(int iss) {
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80);
        p.seq = iss;
        p.untilHostIsn(iss);
        p.handshake(MSS_OPTION);
        int fd = p.accept(listener);
        for (int doff = 0; doff < 16; doff++) {
            linux.skbuff.sk_buff skb = p.segment(ACK, (byte) 'x');
            int th = skb.data + 20;
            int was = skb.head[th + 12] & 0xf0;
            skb.head[th + 12] = (byte) (doff << 4);
            // The checksum stays right.
            int sum = linux.types.Be.get16(skb.head, th + 16);
            put16(skb.head, th + 16, ~Math.floorMod((~sum & 0xffff) + ((doff << 4) - was << 8), 0xffff) & 0xffff);
            long errors = linux.skbuff.Alloc.liveSkbs();
            p.nic.receive(skb);
            if (doff != 5) {
                assertThat(linux.skbuff.Alloc.liveSkbs()).as("doff %d", doff).isEqualTo(errors - 1);
            } else {
                p.seq++;
            }
        }
        established(p, fd);
        p.end();
    }

    @Test
    @DisplayName("A15: a window scale above 14 is 14; a maximum segment size of 0 is none, and a small one is 48 at least")
    void a15() {
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80, 300);
        for (int scale = 0; scale < 256; scale++) {
            p.port++;
            p.seq = 5;
            p.handshake(bytes(MSS_OPTION, new byte[] {1, 3, 3, (byte) scale}));
            tcp_sock tp = ScriptedPeer.sk(p.accept(listener));
            assertThat(tp.rx_opt.snd_wscale).isEqualTo(Math.min(scale, 14));
            p.send(RST);
        }
        for (int mss : new int[] {0, 1, 47, 48, 49, 536, 1460, 65535}) {
            p.port++;
            p.seq = 5;
            p.handshake(new byte[] {2, 4, (byte) (mss >> 8), (byte) mss});
            int fd = p.accept(listener);
            assertThat(sys_send(fd, new byte[3000], 0, 3000, MSG_DONTWAIT)).isPositive();
            int want = mss == 0 ? 536 : Math.min(Math.max(mss, 48), 1460);
            assertThat(p.rest().get(0).payload()).as("MSS %d", mss).hasSize(want);
            p.send(RST);
        }
        p.end();
    }

    @Test
    @DisplayName("A15: SACK of a length that is not 8n + 2, SACK-permitted and MSS after the handshake: ignored")
    void a15_sack() {
        ScriptedPeer p = new ScriptedPeer();
        int listener = p.listener(80);
        p.handshake(ScriptedPeer.SYN_OPTIONS);
        int fd = p.accept(listener);
        tcp_sock tp = ScriptedPeer.sk(fd);
        sys_send(fd, new byte[5000], 0, 5000, MSG_DONTWAIT);
        for (int len = 2; len <= 40; len++) {
            if (len % 8 == 2 && len >= 10 && len <= 34) {
                continue;
            }
            byte[] sack = option(5, len);
            for (int at = 2; at + 8 <= len; at += 8) {
                put32(sack, at, p.ack + 1448);
                put32(sack, at + 4, p.ack + 2896);
            }
            p.options = Arrays.copyOf(sack, (len + 3) / 4 * 4);
            p.send(ACK);
            assertThat(tp.sacked_out).as("length %d", len).isZero();
        }
        p.options = new byte[] {4, 2, 2, 4, 0, 48, 1, 1};
        p.send(ACK);
        assertThat(tp.mss_cache).isEqualTo(1448);
        p.ack += 5000;
        established(p, fd);
        p.end();
    }

    @Test
    @DisplayName("A16: own options: never more than 40 bytes, whole, and padded with NOP")
    void a16() {
        MptcpPeer p = established(true, 1_000_000);
        p.mpcb.pm_ops = new mptcp_pm_ops();
        p.mpcb.pm_ops.get_local_id = (family, addr, net, low_prio) -> 0;
        MptcpPeer.Flow second = p.join(40001, 1);
        p.write("hello");
        for (int i = 0; i < 6; i++) {
            p.first.seq += 10;
            p.send(p.first, ACK, p.dss(p.first).bytes(), TEN);
        }
        p.write("world");
        p.send(second, ACK | FIN, new byte[0]);
        testing.ScriptedPeer.later(3000);
        List<Segment> all = p.sent();
        assertThat(all).isNotEmpty().allSatisfy(s -> wellFormed(s.options()));
        p.end();
    }

    private static void wellFormed(byte[] o) {
        assertThat(o.length).isLessThanOrEqualTo(40).matches(n -> n % 4 == 0);
        for (int at = 0; at < o.length; ) {
            if (o[at] == 1) {
                at++;
                continue;
            }
            assertThat(at + 1).isLessThan(o.length);
            int len = o[at + 1] & 0xff;
            assertThat(len).isGreaterThanOrEqualTo(2).isLessThanOrEqualTo(o.length - at);
            at += len;
        }
    }

    @Test
    @DisplayName("A16: SYN with all options, and ACKs with a time stamp and as many SACK blocks as fit")
    void a16_syn() {
        ScriptedPeer p = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int fd = p.open();
        p.port = 8080;
        p.connect(fd);
        Segment syn = p.next();
        wellFormed(syn.options());
        assertThat(syn.options()).hasSize(32);
        assertThat(find(syn.options(), 0)).isNotNull();
        p.hostPort = syn.source();
        p.ack = syn.seq() + 1;
        byte[] capable = option(30, 12, 0, 0x01, 1, 2, 3, 4, 5, 6, 7, 8);
        p.options = bytes(ScriptedPeer.SYN_OPTIONS, capable);
        p.send(SYN | ACK);
        byte[] ts = {1, 1, 8, 10, 0, 0, 0, 101, 0, 0, 0, 0};
        for (int i = 0; i < 10; i++) {
            p.seq += 100;
            p.options = bytes(ts, new byte[] {30, 4, 0x20, 0});
            p.send(ACK, TEN);
        }
        List<Segment> acks = p.rest();
        assertThat(acks).hasSizeGreaterThan(5).allSatisfy(s -> wellFormed(s.options()));
        assertThat(acks.get(acks.size() - 1).options()).hasSize(40);
        p.options = new byte[0];
        p.send(RST);
        p.end();
    }
}
