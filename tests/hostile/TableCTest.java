// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static hostile.TableATest.established;
import static linux.syscalls.FileCalls.sys_close;
import static linux.types.Be.get32;
import static linux.types.Be.put32;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Alloc.liveSockets;
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

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import linux.compiler.IntRef;
import mptcp_ctrl.Crypto;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.EveryIss;
import testing.Ipv4;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.MptcpPeer.Flow;
import testing.ScriptedPeer;
import testing.ScriptedPeer.Segment;

/** Attacks on joins and on the management of addresses; see {@link HostileTest} for what the real kernel did with some of them. */
@KernelTest
class TableCTest {
    private static final byte[] CAPABLE = option(30, 12, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8);

    private static void alive(MptcpPeer p, int dsn) {
        p.sent();
        p.data(p.first, dsn, "x");
        assertThat(p.read(10)).isEqualTo("x");
        assertThat(p.meta.skc_state).isEqualTo(TCP_ESTABLISHED);
    }

    private static int token(long key) {
        IntRef token = new IntRef();
        Crypto.mptcp_key_sha1(key, token, null);
        return token.val;
    }

    private static byte[] join(int token, int id, int nonce) {
        byte[] join = option(30, 12, 0x10, id);
        put32(join, 4, token);
        put32(join, 8, nonce);
        return bytes(MSS_OPTION, join);
    }

    /** A SYN from {@code port}, and what it is answered with, or null. */
    private static Segment syn(ScriptedPeer w, int port, byte[] options) {
        w.rest();
        w.port = port;
        w.seq = 1;
        w.options = options;
        w.send(SYN);
        w.options = new byte[0];
        List<Segment> answer = w.rest();
        return answer.isEmpty() ? null : answer.get(0);
    }

    @Test
    @DisplayName("C1: 1,000 guessed tokens: a RST for each, and nothing is kept")
    void c1() {
        MptcpPeer p = established(false, 1);
        int right = token(p.hostKey);
        for (int i = 0; i < 1000; i++) {
            int guess = i * 0x9e3779b9;
            if (guess != right) {
                assertThat(syn(p.wire, 1000 + i, join(guess, 1, i)).flags()).isEqualTo(RST | ACK);
            }
        }
        assertThat(liveRequests()).isZero();
        alive(p, 2);
        p.end();
    }

    static IntStream bits() {
        return IntStream.range(0, 64);
    }

    @ParameterizedTest(name = "bit {0}")
    @DisplayName("C2: SYN/ACK of a join with an HMAC that is wrong in one bit: the subflow is given up, the connection lives")
    @MethodSource("bits")
    void c2(int bit) {
        mptcp_set_default_path_manager("ndiffports");
        MptcpPeer p = MptcpPeer.connected(false);
        p.write("x");
        p.first.ack = p.sub(p.first).snd_nxt;
        p.dataAck(p.first, 2);
        p.sent();
        ScriptedPeer.later(1);

        Flow second = p.joined(1L << bit);

        assertThat(p.sub(second)).isNull();
        assertThat(p.reset(second)).isTrue();
        alive(p, 1);
        p.end();
    }

    @EveryIss
    @DisplayName("C3: third ACK of a join with an HMAC that is wrong in one of its 160 bits: RST, and the request is gone")
    void c3(int iss) {
        MptcpPeer p = established(false, iss);
        for (int bit = 0; bit < 160; bit++) {
            byte[] flip = new byte[20];
            flip[bit / 8] = (byte) (1 << bit % 8);
            Flow f = p.join(41000 + bit, 1, flip);
            assertThat(p.sent()).as("bit %d", bit).singleElement().satisfies(s -> assertThat(s.flags()).isEqualTo(RST));
            assertThat(p.sub(f)).isNull();
        }
        assertThat(liveRequests()).isZero();
        assertThat(p.mpcb.cnt_subflows).isOne();
        p.join(40001, 1);
        assertThat(p.mpcb.cnt_subflows).isEqualTo(2);
        alive(p, 2);
        p.end();
    }

    @Test
    @DisplayName("C4: joins to a connection that has fallen back, or is closed: RST")
    void c4() {
        MptcpPeer p = MptcpPeer.with(false, MptcpPeer.KEY, 1);
        int token = token(p.hostKey);
        p.plain(p.first, "plain");
        assertThat(p.read(10)).isEqualTo("plain");
        assertThat(syn(p.wire, 40001, join(token, 1, 2)).flags()).isEqualTo(RST | ACK);
        p.wire.end();
        assertThat(syn(p.wire, 40002, join(token, 1, 2)).flags()).isEqualTo(RST | ACK);
        assertThat(liveRequests()).isZero();
    }

    @Test
    @DisplayName("C5: 200 connections have 200 tokens")
    void c5() {
        ScriptedPeer w = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        w.listener(80, 300);
        List<Integer> tokens = IntStream.range(0, 200).mapToObj(i -> {
            byte[] key = find(syn(w, 20000 + i, bytes(MSS_OPTION, CAPABLE)).options(), 0);
            return token(linux.types.Be.get64(key, 4));
        }).collect(Collectors.toList());
        assertThat(tokens).doesNotHaveDuplicates();
        w.end();
    }

    @Test
    @DisplayName("C6: SYNs with MP_JOIN that come again, third ACKs in another order, and a listener that closes in between")
    void c6() {
        MptcpPeer p = established(false, 1);
        int token = token(p.hostKey);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 20; i++) {
                syn(p.wire, 30000 + i, join(token, 1, i));
            }
        }
        assertThat(liveRequests()).isEqualTo(20);
        for (int i = 19; i >= 0; i--) {
            p.wire.port = 30000 + i;
            p.wire.seq = 2;
            p.wire.send(i % 2 == 0 ? ACK : RST);
        }
        ScriptedPeer w = p.wire;
        int listener = w.listener(90);
        assertThat(syn(w, 31000, bytes(MSS_OPTION, CAPABLE)).flags()).isEqualTo(SYN | ACK);
        assertThat(syn(w, 31001, MSS_OPTION).flags()).isEqualTo(SYN | ACK);
        sys_close(listener);
        for (int port = 31000; port < 31002; port++) {
            w.port = port;
            w.seq = 2;
            w.send(ACK);
            assertThat(w.next().flags()).isEqualTo(RST);
        }
        w.hostPort = 80;
        alive(p, 2);
        p.end();
        assertThat(liveRequests()).isZero();
    }

    @Test
    @DisplayName("C6: the connection is closed while joins are half open")
    void c6_closed() {
        MptcpPeer p = established(false, 1);
        int token = token(p.hostKey);
        for (int i = 0; i < 5; i++) {
            assertThat(syn(p.wire, 30000 + i, join(token, 1, i)).flags()).isEqualTo(SYN | ACK);
        }
        p.end();
        assertThat(liveRequests()).isZero();
    }

    @EveryIss
    @DisplayName("C7: ADD_ADDR has no HMAC: whoever guesses the numbers makes the victim join the attacker, and learns the token")
    void c7(int iss) {
        mptcp_set_default_path_manager("fullmesh");
        MptcpPeer p = MptcpPeer.connected(false, iss);
        p.write("x");
        p.first.ack = p.sub(p.first).snd_nxt;
        p.dataAck(p.first, 2);
        p.sent();
        int attacker = Ipv4.ip("10.0.0.66");

        p.send(p.first, ACK, bytes(p.dss(p.first).bytes(), option(30, 8, 0x34, 9, 10, 0, 0, 66)));
        ScriptedPeer.later(1000);

        Segment syn = p.sent().stream().filter(s -> s.daddr() == attacker).findFirst().orElseThrow();
        assertThat(syn.flags()).isEqualTo(SYN);
        assertThat(get32(find(syn.options(), 1), 4)).isEqualTo(token(MptcpPeer.KEY));
        p.end();
    }

    @Test
    @DisplayName("C8: ADD_ADDR of every id, with addresses that nobody has: at most 8 are kept, and the connection goes on")
    void c8() {
        mptcp_set_default_path_manager("fullmesh");
        MptcpPeer p = MptcpPeer.connected(false, 1);
        p.write("x");
        p.first.ack = p.sub(p.first).snd_nxt;
        p.dataAck(p.first, 2);
        int[][] addresses = {
            {0, 0, 0, 0}, {127, 0, 0, 1}, {255, 255, 255, 255}, {10, 0, 0, 1}, {10, 0, 0, 2}, {224, 0, 0, 1}, {10, 0, 0, 255}, {10, 0, 0, 77}
        };
        for (int id = 0; id < 256; id++) {
            int[] a = addresses[id % addresses.length];
            byte[] add = id % 3 == 0 ? option(30, 10, 0x34, id, a[0], a[1], a[2], a[3] + (id >> 3 & 7), 0, id)
                    : option(30, 8, 0x34, id, a[0], a[1], a[2], a[3]);
            p.send(p.first, ACK, bytes(p.dss(p.first).bytes(), add));
            if (id % 50 == 0) {
                ScriptedPeer.later(100);
            }
        }
        ScriptedPeer.later(1000);
        assertThat(p.mpcb.cnt_subflows).isLessThanOrEqualTo(9);
        alive(p, 1);
        p.end();
    }

    @Test
    @DisplayName("C9: 31 subflows, and no more")
    void c9() {
        MptcpPeer p = established(false, 1);
        int taken = 1;
        for (int i = 0; i < 40; i++) {
            Flow f = p.join(40001 + i, 1 + i);
            if (p.sub(f) != null) {
                taken++;
            } else {
                assertThat(p.reset(f)).isTrue();
            }
            p.sent();
        }
        assertThat(taken).isEqualTo(31);
        assertThat(p.mpcb.cnt_subflows).isEqualTo(31);
        alive(p, 2);
        p.end();
    }

    @Test
    @DisplayName("C10: a flood of joins with the right token: half-open ones are bounded by the backlog")
    void c10() {
        MptcpPeer p = established(false, 1);
        int token = token(p.hostKey);
        int sockets = liveSockets().size();
        for (int i = 0; i < 5000; i++) {
            syn(p.wire, 1024 + i, join(token, 1 + i % 200, i));
        }
        assertThat(liveRequests()).isLessThanOrEqualTo(1024);
        assertThat(liveSockets()).hasSize(sockets);
        alive(p, 2);
        p.end();
    }

    static Stream<byte[]> stripped() {
        return Stream.of(new byte[0], option(30, 12, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9), option(30, 20, 0, 1), option(30, 20, 1, 1), new byte[] {1, 1, 1, 1});
    }

    @ParameterizedTest
    @DisplayName("C11: whatever stands in the third ACK, first data without a DSS make it plain TCP")
    @MethodSource("stripped")
    void c11(byte[] third) {
        ScriptedPeer w = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = w.listener(80);
        Segment synack = syn(w, 40000, bytes(MSS_OPTION, CAPABLE));
        w.ack = synack.seq() + 1;
        w.seq = 2;
        w.options = third;
        w.send(ACK);
        w.options = new byte[0];
        int fd = w.accept(listener);
        w.send(ACK, (byte) 'p');
        byte[] b = new byte[4];
        assertThat(linux.syscalls.SocketCalls.sys_recv(fd, b, 0, 4, 0)).isOne();
        linux.syscalls.SocketCalls.sys_send(fd, b, 0, 4, 0);
        Segment data = w.rest().stream().filter(s -> s.payload().length == 4).findFirst().orElseThrow();
        assertThat(find(data.options(), 2) == null || data.options()[3] != 0).isTrue();
        w.ack = data.seq() + 4;
        w.send(FIN | ACK);
        sys_close(fd);
        w.send(RST | ACK);
        w.end();
    }

    @ParameterizedTest(name = "from {0}")
    @DisplayName("C12: a SYN from an address that cannot be: dropped")
    @ValueSource(strings = {"0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255", "127.0.0.1", "10.0.0.1"})
    void c12(String from) {
        ScriptedPeer w = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        w.listener(80);
        for (byte[] options : List.of(MSS_OPTION, bytes(MSS_OPTION, CAPABLE), join(5, 1, 1))) {
            w.options = options;
            linux.skbuff.sk_buff skb = w.segment(SYN);
            // Another source: the sum of the pseudo header changes by the difference.
            int at = skb.data;
            int was = get32(skb.head, at + 12);
            int is = Ipv4.ip(from);
            int delta = (is >>> 16) + (is & 0xffff) - (was >>> 16) - (was & 0xffff);
            int sum = linux.types.Be.get16(skb.head, at + 36);
            linux.types.Be.put16(skb.head, at + 36, ~Math.floorMod((~sum & 0xffff) + delta, 0xffff) & 0xffff);
            put32(skb.head, at + 12, is);
            w.nic.receive(Ipv4.sum(skb));
            assertThat(w.rest()).isEmpty();
        }
        assertThat(liveRequests()).isZero();
        w.end();
    }
}
