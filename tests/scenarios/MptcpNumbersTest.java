// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.SocketFields.same;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.function.Consumer;
import linux.errno.Errno;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.EveryIss;
import testing.KernelTest;

/** The scenarios of MPTCP from other first numbers: those of the subflows, and those of the data. */
@KernelTest
class MptcpNumbersTest {
    private static final String LINK = "delay 10ms rate 20mbit";

    /** Subflow numbers: whatever they begin with, the exchange is the same. */
    @Nested
    class Subflows {
        private void same(int iss, Consumer<Hosts> scenario) {
            List<String> expected = Runs.play(Runs.PLAIN, scenario);
            assertThat(expected).isNotEmpty().noneMatch(line -> line.contains("BAD"));
            assertThat(Runs.play(iss, scenario)).isEqualTo(expected);
        }

        @EveryIss
        @DisplayName("two paths, data in both directions")
        void transfer(int iss) {
            same(iss, h -> h.mptcp("fullmesh").paths(2, LINK).mesh().transfer(200_000, 100_000).multipath(4).end());
        }

        @EveryIss
        @DisplayName("loss on both paths")
        void loss(int iss) {
            same(iss, h -> h.mptcp("fullmesh").path(LINK + " loss 3% seed 1").path(LINK + " loss 3% seed 2").mesh()
                    .transfer(200_000, 100_000).multipath().end());
        }

        @EveryIss
        @DisplayName("a link fails and comes back")
        void failure(int iss) {
            same(iss, h -> {
                Link l = h.mptcp("fullmesh").paths(2, LINK).mesh();
                l.start(1_000_000, 200_000);
                h.run(100).netem(2, LINK + " loss 100%").run(1000).netem(2, LINK);
                l.await().intact().multipath().end();
            });
        }

        @EveryIss
        @DisplayName("address removed, fast close")
        void close(int iss) {
            same(iss, h -> {
                Link l = h.mptcp("fullmesh").paths(2, LINK).mesh();
                l.start(200_000, 200_000);
                h.run(50).delAddress(2, 0, 1);
                l.await().intact().multipath();
                sys_send(l.clientFd, new byte[100], 0, 100, 0);
                h.run(1000);
                l.closeServer();
                h.run(500);
                assertThat(sys_recv(l.clientFd, new byte[1], 0, 1, MSG_DONTWAIT)).isEqualTo(-Errno.ECONNRESET);
                l.end();
            });
        }

        @EveryIss
        @DisplayName("fall-back: damaged data on the only subflow")
        void fallback(int iss) {
            same(iss, h -> {
                int[] seen = {0};
                Link l = h.mptcp("default").path(LINK).middlebox(1, (s, toServer, on, back) -> {
                    if (toServer && s.payload.length > 0 && ++seen[0] == 20) {
                        s.payload[7] ^= 1;
                    }
                    on.accept(s);
                }).connect();
                l.transfer(100_000, 0).transfer(20_000, 50_000);
                assertThat(l.s.mpcb.infinite_mapping_rcv).isTrue();
                l.end();
            });
        }

        @EveryIss
        @DisplayName("fall-back: no mapping comes through")
        void stripped(int iss) {
            same(iss, h -> {
                Link l = h.mptcp("default").path(LINK).middlebox(1, (s, toServer, on, back) -> {
                    if (!s.has(Segment.SYN)) {
                        s.strip(Segment.MPTCP);
                    }
                    on.accept(s);
                }).connect();
                l.transfer(100_000, 50_000);
                assertThat(l.s.mpcb.infinite_mapping_rcv).isTrue();
                l.end();
            });
        }
    }

    /** Numbers at which data may begin: around 2^31, 2^32, 2^63 and 2^64. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest(name = "data from {0}")
    @ValueSource(longs = {0, 1, 0x7fffffffL, 0x80000000L, 0xfffffc18L, 0xffffffffL, 0x100000000L, 0x1_7fff_ff00L, 0x1_ffff_ff00L,
        0x7fff_ffff_ffff_fc18L, 0x7fff_ffff_ffff_ffffL, 0x8000_0000_0000_0000L, -1000, -1})
    private @interface EveryDsn {}

    /** Data sequence numbers; with checksums, which contain all 64 bits of them. */
    @Nested
    class Data {
        private Link mesh(long dsn, String... links) {
            Hosts h = new Hosts().mptcp("fullmesh");
            for (String link : links) {
                h.path(link);
            }
            Link l = h.mesh();
            DataNumbers.begin(l, dsn, dsn + 500);
            return l;
        }

        private void noFailure(Link l) {
            assertThat(l.hosts.wire.client(Segment.MP_FAIL) + l.hosts.wire.server(Segment.MP_FAIL)).as("MP_FAIL").isZero();
            assertThat(l.hosts.wire.clientResets() + l.hosts.wire.serverResets()).as("resets").isZero();
        }

        @EveryDsn
        @DisplayName("two paths, data in both directions")
        void transfer(long dsn) {
            Link l = mesh(dsn, LINK, LINK);
            l.transfer(200_000, 100_000).multipath(4);
            assertThat(l.s.rcv_nxt).isEqualTo((int) dsn + 200_000);
            assertThat(l.c.rcv_nxt).isEqualTo((int) dsn + 100_500);
            noFailure(l);
            l.end();
        }

        @EveryDsn
        @DisplayName("loss on both paths, one of them slow")
        void loss(long dsn) {
            Link l = mesh(dsn, LINK + " loss 3% seed 1", "delay 50ms rate 20mbit loss 3% seed 2");
            l.transfer(200_000, 200_000).multipath(4);
            noFailure(l);
            l.end();
        }

        @EveryDsn
        @DisplayName("the window is shut while the numbers pass the border, and opens again")
        void zeroWindow(long dsn) {
            Link l = mesh(dsn, LINK, LINK);
            l.startSending(l.up, 1_200_000);
            l.hosts.run(5000);
            l.startReceiving(l.up);
            l.hosts.run(5000);
            l.shutdownClient();
            l.await().intact().multipath();
            assertThat(l.up.ended).isTrue();
            l.end();
        }

        @EveryDsn
        @DisplayName("a path fails in between: what it carried is sent again on the other")
        void failure(long dsn) {
            Link l = mesh(dsn, LINK, LINK);
            l.start(300_000, 100_000);
            l.hosts.run(25).netem(1, LINK + " loss 100%");
            l.await().intact().multipath();
            l.end();
        }

        @EveryDsn
        @DisplayName("a DATA_FIN at the border")
        void close(long dsn) {
            Link l = mesh(dsn, LINK, LINK);
            l.startReceiving(l.up).startReceiving(l.down);
            l.shutdownClient();
            l.shutdownServer();
            l.await();
            assertThat(l.up.ended && l.down.ended).isTrue();
            noFailure(l);
            l.end();
        }

        @EveryDsn
        @DisplayName("damaged data: MP_FAIL and an infinite mapping")
        void fallback(long dsn) {
            int[] seen = {0};
            Link l = mesh(dsn, LINK);
            l.hosts.middlebox(1, (s, toServer, on, back) -> {
                if (toServer && s.payload.length > 0 && ++seen[0] == 2) {
                    s.payload[7] ^= 1;
                }
                on.accept(s);
            });
            l.transfer(50_000, 0).transfer(20_000, 50_000);
            assertThat(l.s.mpcb.infinite_mapping_rcv).isTrue();
            assertThat(l.hosts.wire.server(Segment.MP_FAIL)).isPositive();
            l.end();
        }
    }
}
