// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.syscalls.SocketCalls.sys_recv;
import static net.mptcp.MetaSockets.is_meta_sk;
import static org.assertj.core.api.Assertions.assertThat;
import static scenarios.Segment.MPTCP;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.SOL_TCP;
import static uapi.linux.tcp.TcpOpt.MPTCP_ENABLED;

import java.util.function.BiPredicate;
import linux.errno.Errno;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

/** What becomes of a connection when somebody on its way does not like MPTCP: the cases of RFC 6824, section 3.6. */
@KernelTest
class MptcpFallbackTest {
    private static final String LINK = "delay 10ms rate 20mbit";

    /** What a connection has become for one side. */
    enum Mode {
        /** There never was a meta socket. */
        TCP,
        /** One mapping for all data that comes, without an end: as good as TCP. */
        INFINITE,
        MPTCP;

        static Mode of(tcp_sock sk) {
            if (!is_meta_sk(sk)) {
                return TCP;
            }
            return sk.mpcb.infinite_mapping_snd || sk.mpcb.infinite_mapping_rcv ? INFINITE : MPTCP;
        }
    }

    /** Segments that a box strips of options. */
    enum What {
        SYN((s, toServer) -> s.has(Segment.SYN) && toServer),
        SYNACK((s, toServer) -> s.has(Segment.SYN) && !toServer),
        THIRD_ACK((s, toServer) -> toServer && s.mptcp(Segment.MP_CAPABLE) != null && !s.has(Segment.SYN)),
        DATA((s, toServer) -> s.payload.length > 0),
        ACKS((s, toServer) -> s.payload.length == 0 && !s.has(Segment.SYN)),
        NONSYN((s, toServer) -> !s.has(Segment.SYN)),
        ALL((s, toServer) -> true);

        final BiPredicate<Segment, Boolean> matches;

        What(BiPredicate<Segment, Boolean> matches) {
            this.matches = matches;
        }
    }

    /** Strips all options of MPTCP from those segments, in that direction. */
    private static Middlebox stripper(What what, String direction) {
        return (s, toServer, on, back) -> {
            if (what.matches.test(s, toServer) && (direction.equals("both") || direction.equals("c2s") == toServer)) {
                s.strip(Segment.MPTCP);
            }
            on.accept(s);
        };
    }

    private static Link transfer(Link l, String traffic) {
        return l.transfer(traffic.equals("down") ? 0 : 100_000, traffic.equals("up") ? 0 : 100_000);
    }

    @ParameterizedTest(name = "{0} {1}, data {2}: client {3}, server {4}")
    @CsvSource({
        // The peer does not seem to know MPTCP.
        "SYN,both,both,TCP,TCP", "SYN,both,up,TCP,TCP", "SYN,both,down,TCP,TCP",
        "SYNACK,both,both,TCP,INFINITE", "SYNACK,both,up,TCP,INFINITE", "SYNACK,both,down,TCP,INFINITE",
        "ALL,c2s,both,TCP,TCP", "ALL,s2c,both,TCP,INFINITE", "ALL,s2c,up,TCP,INFINITE", "ALL,s2c,down,TCP,INFINITE", "ALL,both,both,TCP,TCP",
        // The third ACK is not needed when the first data has a mapping.
        "THIRD_ACK,both,both,MPTCP,MPTCP", "THIRD_ACK,both,up,MPTCP,MPTCP", "THIRD_ACK,both,down,MPTCP,MPTCP",
        // The first data has no mapping.
        "DATA,c2s,up,INFINITE,INFINITE", "DATA,c2s,down,MPTCP,MPTCP", "DATA,c2s,both,INFINITE,INFINITE",
        "DATA,s2c,up,MPTCP,MPTCP", "DATA,s2c,down,INFINITE,INFINITE", "DATA,s2c,both,INFINITE,INFINITE",
        "DATA,both,up,INFINITE,INFINITE", "DATA,both,down,INFINITE,INFINITE", "DATA,both,both,INFINITE,INFINITE",
        // The first acknowledgement of data has no DATA_ACK.
        "ACKS,c2s,up,MPTCP,MPTCP", "ACKS,c2s,down,INFINITE,INFINITE", "ACKS,s2c,up,INFINITE,INFINITE", "ACKS,s2c,down,MPTCP,MPTCP",
        "ACKS,both,up,INFINITE,INFINITE", "ACKS,both,down,INFINITE,INFINITE", "ACKS,both,both,INFINITE,INFINITE",
        // Neither of the two.
        "NONSYN,c2s,up,INFINITE,INFINITE", "NONSYN,c2s,down,INFINITE,INFINITE", "NONSYN,c2s,both,INFINITE,INFINITE",
        "NONSYN,s2c,up,INFINITE,INFINITE", "NONSYN,s2c,down,INFINITE,INFINITE", "NONSYN,s2c,both,INFINITE,INFINITE",
        "NONSYN,both,up,INFINITE,INFINITE", "NONSYN,both,down,INFINITE,INFINITE", "NONSYN,both,both,INFINITE,INFINITE",
    })
    @DisplayName("a box strips the options of MPTCP: all data arrives, in the way of TCP if need be")
    void stripped(What what, String direction, String traffic, Mode client, Mode server) {
        Middlebox[] box = {stripper(what, direction)};
        Hosts h = new Hosts().mptcp("fullmesh").path(LINK).middlebox(1, (s, toServer, on, back) -> box[0].pass(s, toServer, on, back));
        Link l = transfer(h.run(2000).connect(), traffic);
        assertThat(Mode.of(l.c)).as("client").isEqualTo(client);
        assertThat(Mode.of(l.s)).as("server").isEqualTo(server);
        assertThat(h.wire.clientResets() + h.wire.serverResets()).as("resets").isZero();
        if (client == Mode.MPTCP) {
            // Without its options, a DATA_FIN would not get through any more.
            box[0] = Middlebox.TRANSPARENT;
        }
        transfer(l, "both");
        l.shutdownClient();
        l.startReceiving(l.up).await();
        l.shutdownServer();
        l.startReceiving(l.down).await();
        assertThat(l.up.ended && l.down.ended).as("both see the end").isTrue();
        l.end();
    }

    @ParameterizedTest
    @ValueSource(strings = {"c2s", "s2c"})
    @DisplayName("pure ACKs of one side lose their DATA_ACK while data flows both ways: one side falls back, the other does not notice, and "
            + "resets the subflow after 64 KB without a mapping (mptcp_detect_mapping() in mptcp_input.c)")
    void halfFallback(String direction) {
        Hosts h = new Hosts().mptcp("fullmesh").path(LINK).middlebox(1, stripper(What.ACKS, direction));
        Link l = h.run(2000).connect();
        l.start(100_000, 100_000).await();
        boolean c2s = direction.equals("c2s");
        assertThat(Mode.of(c2s ? l.s : l.c)).isEqualTo(Mode.INFINITE);
        assertThat(Mode.of(c2s ? l.c : l.s)).isEqualTo(Mode.MPTCP);
        assertThat(Errno.name(c2s ? l.up.receiveError : l.down.receiveError)).isEqualTo("ECONNRESET");
        l.end();
    }

    @ParameterizedTest(name = "client {0}, server {1}")
    @CsvSource({"true,false", "false,true", "false,false"})
    @DisplayName("MPTCP_ENABLED is off at one end: TCP, without a trace of MPTCP in what that end sends")
    void oneSide(boolean client, boolean server) {
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, LINK).run(2000);
        Link l = new Link(h).listenSocket().socket();
        Link.setsockopt(l.clientFd, SOL_TCP, MPTCP_ENABLED, client ? 1 : 0);
        Link.setsockopt(l.listenFd, SOL_TCP, MPTCP_ENABLED, server ? 1 : 0);
        l.listen().connect().transfer(200_000, 200_000);
        assertThat(Mode.of(l.c)).isEqualTo(Mode.TCP);
        assertThat(Mode.of(l.s)).isEqualTo(Mode.TCP);
        assertThat(h.wire.client(Segment.MP_CAPABLE)).isEqualTo(client ? 1 : 0);
        assertThat(h.wire.server(Segment.MP_CAPABLE)).isZero();
        assertThat(h.wire.used()).containsExactly(1);
        l.end();
    }

    /** Segments of a handshake that joins. */
    enum Join {
        SYN((s, toServer) -> s.has(Segment.SYN) && toServer),
        SYNACK((s, toServer) -> s.has(Segment.SYN) && !toServer),
        ACK((s, toServer) -> !s.has(Segment.SYN));

        final BiPredicate<Segment, Boolean> matches;

        Join(BiPredicate<Segment, Boolean> matches) {
            this.matches = matches;
        }
    }

    @ParameterizedTest(name = "from the {0}")
    @CsvSource({"SYN", "SYNACK", "ACK"})
    @DisplayName("a box on the second path strips MP_JOIN: the subflow is refused, the connection stays what it is")
    void join(Join which) {
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, LINK).middlebox(2, (s, toServer, on, back) -> {
            if (s.mptcp(Segment.MP_JOIN) != null && which.matches.test(s, toServer)) {
                s.stripMptcp(Segment.MP_JOIN);
            }
            on.accept(s);
        });
        Link l = h.mesh();
        l.transfer(300_000, 300_000).multipath();
        assertThat(Link.subflow(l.s, 2, 2)).as("subflow on the second path").satisfiesAnyOf(
                sub -> assertThat(sub).isNull(), sub -> assertThat(sub.mptcp.fully_established).isFalse());
        assertThat(h.wire.clientResets() + h.wire.serverResets()).isPositive();
        l.end();
    }

    @ParameterizedTest(name = "path {0}, {1}")
    @CsvSource({"1,c2s", "1,s2c", "1,both", "2,c2s", "2,s2c", "2,both"})
    @DisplayName("a box on one of two paths begins to strip in the middle of a transfer: what went there is sent again on the other")
    void midway(int path, String direction) {
        boolean[] on = {false};
        Middlebox strip = stripper(What.NONSYN, direction);
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, LINK).middlebox(path, (s, toServer, wire, back) ->
                (on[0] ? strip : Middlebox.TRANSPARENT).pass(s, toServer, wire, back));
        Link l = h.mesh();
        l.multipath(4).start(800_000, 800_000);
        h.run(200);
        on[0] = true;
        l.await().intact().multipath();
        l.end();
    }

    // ---- DSS checksums ----

    /** Damages a byte of the n-th new data segment of the client; its TCP checksum is right. */
    private static Middlebox damage(int n, int at) {
        int[] end = new int[2];
        return (s, toServer, on, back) -> {
            if (toServer && s.payload.length > 0 && (end[0] == 0 || s.end() - end[1] > 0)) {
                end[1] = s.end();
                if (++end[0] == n) {
                    s.payload[at < 0 ? s.payload.length + at : at] ^= 0x55;
                }
            }
            on.accept(s);
        };
    }

    @ParameterizedTest(name = "segment {0}, byte {1}")
    @CsvSource({"1,0", "2,1", "2,-1", "5,700", "40,701", "60,-2"})
    @DisplayName("data damaged on the only subflow: MP_FAIL, an infinite mapping, and the damaged data comes once more")
    void onlySubflow(int segment, int at) {
        Hosts h = new Hosts().mptcp("default").path(LINK).middlebox(1, damage(segment, at));
        Link l = h.connect();
        l.transfer(100_000, 0);
        assertThat(h.wire.server(Segment.MP_FAIL)).as("MP_FAIL").isPositive();
        assertThat(Mode.of(l.c)).isEqualTo(Mode.INFINITE);
        assertThat(Mode.of(l.s)).isEqualTo(Mode.INFINITE);
        l.transfer(50_000, 50_000);
        l.end();
    }

    @Test
    @DisplayName("the same while the server sends, too: its MP_FAIL takes the place of the mappings of its own data "
            + "(mptcp_established_options() in mptcp_output.c), so that data stands still for ever")
    void onlySubflowBothWays() {
        Hosts h = new Hosts().mptcp("default").path(LINK).middlebox(1, damage(2, 7));
        Link l = h.connect();
        l.start(50_000, 0).startSending(l.down, 50_000).await();
        h.run(60_000);
        assertThat(l.up.received).isEqualTo(50_000);
        assertThat(sys_recv(l.clientFd, new byte[65536], 0, 65536, MSG_DONTWAIT)).as("what was on its way before").isEqualTo(8 * 1428);
        assertThat(sys_recv(l.clientFd, new byte[65536], 0, 65536, MSG_DONTWAIT)).isEqualTo(-Errno.EAGAIN);
        assertThat(l.c.mpcb.connection_list.rcv_nxt - l.c.mpcb.connection_list.copied_seq).as("bytes without a mapping").isPositive();
        l.end();
    }

    @ParameterizedTest(name = "path {0}, segment {1}")
    @CsvSource({"1,5", "1,60", "2,3", "2,60"})
    @DisplayName("data damaged on one of several subflows: that one is reset with MP_FAIL, the connection goes on")
    void oneOfSeveral(int path, int segment) {
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, LINK);
        Link l = h.mesh();
        h.middlebox(path, damage(segment, 17));
        l.multipath(4).transfer(500_000, 100_000).multipath(3);
        assertThat(h.wire.server(Segment.MP_FAIL)).isPositive();
        assertThat(h.wire.serverResets()).isPositive();
        l.end();
    }

    @Test
    @DisplayName("every subflow has its damage: one after the other is reset, the last falls back")
    void allSubflows() {
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, LINK);
        Link l = h.mesh();
        int[] damaged = new int[4];
        for (int path = 1; path <= 2; path++) {
            int p = path;
            h.middlebox(path, (s, toServer, on, back) -> {
                int flow = (s.saddr >>> 16 & 1) + 2 * (p - 1);
                if (toServer && s.payload.length > 0 && ++damaged[flow] == 30) {
                    s.payload[3] ^= 1;
                }
                on.accept(s);
            });
        }
        l.transfer(1_500_000, 0);
        assertThat(damaged).doesNotContain(0);
        assertThat(l.s.mpcb.cnt_subflows).isEqualTo(1);
        assertThat(Mode.of(l.s)).isEqualTo(Mode.INFINITE);
        assertThat(Mode.of(l.c)).isEqualTo(Mode.INFINITE);
        l.end();
    }

    @Test
    @DisplayName("without checksums nobody finds the damage, and nobody falls back")
    void noChecksum() {
        Hosts h = new Hosts().sysctl("net.mptcp.mptcp_checksum", "0").mptcp("default").path(LINK);
        int[] seen = {0};
        Link l = h.middlebox(1, (s, toServer, on, back) -> {
            if (s.mptcp(Segment.DSS) != null && (s.mptcp(Segment.DSS)[3] & 4) != 0) {
                seen[0]++;
                assertThat(s.mptcp(Segment.DSS).length).as("no room for a checksum").isEqualTo(4 + 4 + 10);
            }
            on.accept(s);
        }).connect();
        l.transfer(200_000, 200_000).multipath(1);
        assertThat(seen[0]).isPositive();
        l.end();
    }
}
