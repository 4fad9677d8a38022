// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static hostile.TableATest.established;
import static linux.types.Be.put64;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.EveryIss;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.MptcpPeer.Flow;
import testing.ScriptedPeer;
import testing.ScriptedPeer.Segment;

/** Wrong mappings, data ACKs and ends of data of Multipath TCP, in whole ranges of values; see {@link HostileTest} for single ones. */
@KernelTest
class TableBTest {
    /** Of this key the initial data sequence number ends in ffffffdb: the 37th byte of data has a 0 there. */
    private static final long NEAR_WRAP = 0x1122334400439399L;

    private static byte[] text(int from, int n) {
        byte[] b = new byte[n];
        for (int i = 0; i < n; i++) {
            b[i] = (byte) ('a' + (from + i) % 26);
        }
        return b;
    }

    private static String string(int from, int n) {
        return new String(text(from, n));
    }

    static Stream<Arguments> mappings() {
        List<Arguments> all = new ArrayList<>();
        for (int ssn : new int[] {-1_000_000, -11, -10, -9, -1, 0, 1, 5, 9, 10, 11, 1000, 0x7fffffff, 0x80000000}) {
            for (int len : new int[] {1, 9, 10, 11, 20, 65535}) {
                all.add(Arguments.of(ssn, len));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "begins {0} from the segment, length {1}")
    @DisplayName("B2: a mapping that does not cover its segment resets the subflow, or gives what it covers; the connection lives")
    @MethodSource("mappings")
    void b2(int ssn, int len) {
        MptcpPeer p = established(false, -5);
        Flow second = p.join(40001, 1);
        p.sent();

        p.send(second, ACK, p.dss(second).map(2, 1 + ssn, new byte[0]).length(len).bytes(), text(0, 10));

        if (!p.reset(second)) {
            String got = p.read(100);
            assertThat(string(0, 10)).contains(got);
        }
        assertThat(p.meta.skc_state).isEqualTo(TCP_ESTABLISHED);
        assertThat(p.sub(p.first)).isNotNull();
        p.end();
    }

    @EveryIss
    @DisplayName("B6: one mapping over many segments that are cut anywhere, with checksums")
    void b6(int iss) {
        MptcpPeer p = established(true, iss);
        Random random = new Random(6);
        int dsn = 2;
        for (int round = 0; round < 20; round++) {
            int n = 1 + random.nextInt(400);
            byte[] all = text(dsn, n);
            byte[] dss = p.dss(p.first).map(dsn, p.first.seq - p.first.isn, all).bytes();
            for (int at = 0; at < n; ) {
                int len = Math.min(n - at, 1 + random.nextInt(99));
                byte[] piece = java.util.Arrays.copyOfRange(all, at, at + len);
                p.send(p.first, ACK, at == 0 || random.nextBoolean() ? dss : p.dss(p.first).bytes(), piece);
                at += len;
            }
            assertThat(p.read(1000)).isEqualTo(string(dsn, n));
            dsn += n;
        }
        assertThat(p.reset(p.first)).isFalse();
        p.end();
    }

    @ParameterizedTest(name = "DSN {0}")
    @DisplayName("B8: the number in MP_FAIL is not looked at: an infinite mapping follows, and what is outstanding is sent again")
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE})
    void b8(long dsn) {
        MptcpPeer p = established(true, 1000);
        p.write("hello");
        p.sent();
        byte[] fail = option(30, 12, 0x60);
        put64(fail, 4, dsn);

        p.send(p.first, ACK, fail);
        ScriptedPeer.later(300);

        assertThat(p.mpcb.infinite_mapping_snd).isTrue();
        assertThat(p.sent()).anyMatch(s -> new String(s.payload()).equals("hello"));
        p.first.ack += 5;
        p.send(p.first, ACK, new byte[0]);
        p.end();
    }

    @ParameterizedTest(name = "data ACK {0} from what was sent")
    @DisplayName("B10: a data ACK of what was not sent, or of old data, frees nothing: all comes again until it is acknowledged")
    @ValueSource(longs = {
        1, 2, 100, 65536, Integer.MAX_VALUE, 1L + Integer.MAX_VALUE, -6, -100, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE
    })
    void b10(long beyond) {
        MptcpPeer p = established(false, 0x7fffffff - 20);
        p.write("hello");
        long una = p.meta.snd_una;
        p.sent();

        p.send(p.first, ACK, p.dss(p.first).ack64(p.hostIdsn + 7 + beyond).bytes());
        // Of 64 bits only the lower 32 count in this version.
        boolean counts = (int) beyond <= 0 && (int) beyond > -5;
        assertThat(p.meta.snd_una - (int) una).isEqualTo(counts ? 5 + (int) beyond : 0);
        assertThat(p.meta.snd_una - p.meta.snd_nxt).isLessThanOrEqualTo(0);

        ScriptedPeer.later(300);
        if (!counts) {
            assertThat(p.sent()).anyMatch(s -> new String(s.payload()).equals("hello"));
        }
        p.first.ack += 5;
        p.dataAck(p.first, 7);
        assertThat(p.meta.snd_una).isEqualTo(p.meta.snd_nxt);
        p.end();
    }

    @ParameterizedTest(name = "order of seed {0}, {1}")
    @DisplayName("B11: 32-bit numbers wrap while data come out of order over two subflows")
    @CsvSource({"1, false", "2, false", "3, true", "4, false", "5, true", "6, false"})
    void b11(int seed, boolean checksums) {
        MptcpPeer p = MptcpPeer.with(checksums, NEAR_WRAP, 0xfffffff0);
        Flow second = p.join(40001, 1);
        int n = 80;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < n; i += 8) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(seed));
        for (int i : order) {
            Flow f = i / 8 % 2 == 0 ? p.first : second;
            byte[] b = text(i, 8);
            p.send(f, ACK, p.dss(f).map(1 + i, f.seq - f.isn, b).bytes(), b);
        }
        assertThat(p.read(1000)).isEqualTo(string(0, n));
        assertThat((int) p.idsn + 1 + n).isPositive();
        assertThat(p.mpcb.rcv_hiseq_index).isEqualTo(1);
        p.end();
    }

    @EveryIss
    @DisplayName("B12: the same data on two subflows, in part or with another content: each byte once, the first to come")
    void b12(int iss) {
        MptcpPeer p = established(false, iss);
        Flow second = p.join(40001, 1);
        Random random = new Random(12);
        StringBuilder read = new StringBuilder();
        int end = 2;
        while (end < 3000) {
            int from = Math.max(2, end - random.nextInt(30));
            int len = 1 + random.nextInt(60);
            Flow f = random.nextBoolean() ? p.first : second;
            byte[] b = text(from, len);
            if (from + len <= end) {
                java.util.Arrays.fill(b, (byte) '?');
            }
            p.send(f, ACK, p.dss(f).map(from, f.seq - f.isn, b).bytes(), b);
            end = Math.max(end, from + len);
            read.append(p.read(1000));
        }
        assertThat(read.toString()).isEqualTo(string(2, end - 2));
        assertThat(p.sent()).noneMatch(s -> s.is(RST) || s.is(RST | ACK));
        p.end();
    }

    @ParameterizedTest(name = "subflow FIN first: {0}, data behind: {1}")
    @DisplayName("B13: end of data before and behind the end of its subflow: the reader gets all data, then the end")
    @CsvSource({"true, false", "false, false", "false, true", "true, true"})
    void b13(boolean finFirst, boolean behind) {
        MptcpPeer p = established(false, 7);
        Flow second = p.join(40001, 1);
        if (finFirst) {
            p.send(second, ACK | FIN, new byte[0]);
        }
        p.data(p.first, 2, "bye");
        p.dataFin(p.first, 5);
        if (behind) {
            p.data(p.first, 6, "ghost");
            p.dataFin(p.first, 11);
        }
        assertThat(p.read(10)).isEqualTo("bye");
        assertThat(p.read(10)).isNull();
        p.end();
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("B15: a RST, or a time-out, before accept(): nobody falls over the subflow that is gone")
    @ValueSource(strings = {"rst", "fin", "data and rst", "time"})
    void b15(String what) {
        ScriptedPeer w = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        int listener = w.listener(80);
        byte[] capable = option(30, 12, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8);
        w.options = bytes(MSS_OPTION, capable);
        w.send(SYN);
        Segment synack = w.next();
        w.ack = synack.seq() + 1;
        byte[] theirs = find(synack.options(), 0);
        byte[] both = java.util.Arrays.copyOf(option(30, 20, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8), 20);
        System.arraycopy(theirs, 4, both, 12, 8);
        w.options = both;
        w.send(ACK);
        w.options = new byte[0];
        switch (what) {
            case "rst" -> w.send(RST | ACK);
            case "fin" -> w.send(FIN | ACK);
            case "data and rst" -> {
                w.send(ACK, (byte) 'x');
                w.send(RST | ACK);
            }
            default -> ScriptedPeer.later(200_000);
        }
        int fd = w.accept(listener);
        assertThat(ScriptedPeer.sk(fd)).isNotNull();
        byte[] buf = new byte[10];
        linux.syscalls.SocketCalls.sys_recv(fd, buf, 0, 10, uapi.linux.socket.SocketOpt.MSG_DONTWAIT);
        linux.syscalls.SocketCalls.sys_send(fd, buf, 0, 10, uapi.linux.socket.SocketOpt.MSG_DONTWAIT);
        w.send(RST | ACK);
        w.end();
    }

    @ParameterizedTest(name = "we {0}, the peer {1}")
    @DisplayName("B16: checksums are used if either side wants them")
    @CsvSource({"0, false", "0, true", "1, false", "1, true"})
    void b16(int ours, boolean theirs) {
        ScriptedPeer w = new ScriptedPeer();
        sysctl_mptcp_enabled = 1;
        sysctl_mptcp_checksum = ours;
        int listener = w.listener(80);
        byte[] capable = option(30, 12, 0, theirs ? 0x81 : 1, 1, 2, 3, 4, 5, 6, 7, 8);
        w.options = bytes(MSS_OPTION, capable);
        w.send(SYN);
        Segment synack = w.next();
        w.ack = synack.seq() + 1;
        byte[] key = find(synack.options(), 0);
        boolean both = ours == 1 || theirs;
        assertThat((key[3] & 0x80) != 0).isEqualTo(both);
        byte[] third = java.util.Arrays.copyOf(option(30, 20, 0, theirs ? 0x81 : 1, 1, 2, 3, 4, 5, 6, 7, 8), 20);
        System.arraycopy(key, 4, third, 12, 8);
        w.options = third;
        w.send(ACK);
        int fd = w.accept(listener);
        linux.syscalls.SocketCalls.sys_send(fd, text(0, 10), 0, 10, uapi.linux.socket.SocketOpt.MSG_DONTWAIT);
        byte[] dss = find(w.rest().stream().filter(s -> s.payload().length == 10).findFirst().orElseThrow().options(), 2);
        assertThat(dss).hasSize(both ? 20 : 18);
        w.options = new byte[0];
        w.send(RST | ACK);
        w.end();
    }

    @Test
    @DisplayName("B4: more than 64 KB on a subflow without any mapping resets it")
    void b4() {
        MptcpPeer p = established(false, 5);
        Flow second = p.join(40001, 1);
        p.sent();
        boolean reset = false;
        int sent = 0;
        while (!reset && sent < 100_000) {
            p.send(second, ACK, p.dss(second).bytes(), text(0, 1400));
            sent += 1400;
            reset = p.reset(second);
        }
        assertThat(reset).isTrue();
        p.data(p.first, 2, "x");
        assertThat(p.read(10)).isEqualTo("x");
        p.end();
    }
}
