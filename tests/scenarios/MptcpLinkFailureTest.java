// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.syscalls.SocketCalls.sys_connect;
import static net.mptcp.MetaSockets.is_meta_sk;
import static org.assertj.core.api.Assertions.assertThat;

import linux.errno.Errno;
import linux.socket.sockaddr_in;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

/** Two paths, full mesh; one fails, or both, silently or so that the client notices, and may come back. */
@KernelTest
class MptcpLinkFailureTest {
    private static final String LINK = "delay 10ms rate 10mbit";
    private static final String DEAD = LINK + " loss 100%";

    /** How a link fails. */
    enum Failure {
        /** Packets vanish; nobody is told. */
        SILENT,
        /** {@code ip link set down} at the client. */
        DOWN
    }

    private static void fail(Hosts h, Failure how, int... paths) {
        for (int p : paths) {
            if (how == Failure.SILENT) {
                h.netem(p, DEAD);
            } else {
                h.link(p, false);
            }
        }
    }

    private static void repair(Hosts h, Failure how, int... paths) {
        for (int p : paths) {
            if (how == Failure.SILENT) {
                h.netem(p, LINK);
            } else {
                h.link(p, true);
            }
        }
    }

    private static Hosts two() {
        return new Hosts().mptcp("fullmesh").paths(2, LINK);
    }

    @Nested
    class Before {
        @ParameterizedTest
        @CsvSource({"SILENT", "DOWN"})
        @DisplayName("the second path is dead from the start: the first carries all")
        void second(Failure how) {
            Hosts h = two();
            fail(h, how, 2);
            Link l = h.mesh();
            // The client may have half a subflow of which nobody answers the SYN.
            assertThat(l.s.mpcb.cnt_established).isLessThanOrEqualTo(2);
            l.transfer(300_000, 200_000).multipath();
            l.end();
        }

        @Test
        @DisplayName("the first path is dead from the start: connect() times out after two minutes")
        void first() {
            Hosts h = two();
            fail(h, Failure.SILENT, 1);
            Link l = new Link(h).listen().socket();
            assertThat(sys_connect(l.clientFd, new sockaddr_in(Hosts.address(1, 2), l.port), sockaddr_in.SIZE)).isEqualTo(-Errno.ETIMEDOUT);
            assertThat(h.client("Tcp.RetransSegs")).as("SYNs sent again").isEqualTo(6);
            l.end();
        }

        @Test
        @DisplayName("the client's first device is down: connect() finds no route")
        void noRoute() {
            Hosts h = two();
            fail(h, Failure.DOWN, 1);
            Link l = new Link(h).listen().socket();
            assertThat(sys_connect(l.clientFd, new sockaddr_in(Hosts.address(1, 2), l.port), sockaddr_in.SIZE)).isEqualTo(-Errno.ENETUNREACH);
            l.end();
        }

        @ParameterizedTest(name = "{0} ms")
        @CsvSource({"500,true", "6000,true", "10000,false", "40000,false"})
        @DisplayName("the first path is dead for a while: after mptcp_syn_retries (3) the SYN no longer asks for MPTCP")
        void returns(int ms, boolean mptcp) {
            Hosts h = two().run(2000);
            fail(h, Failure.SILENT, 1);
            h.task(h.client, "electrician", () -> {
                h.run(ms);
                repair(h, Failure.SILENT, 1);
            });
            Link l = h.connect();
            l.transfer(200_000, 200_000);
            assertThat(is_meta_sk(l.c)).isEqualTo(mptcp);
            assertThat(is_meta_sk(l.s)).isEqualTo(mptcp);
            assertThat(h.wire.used().contains(2)).as("second path used").isEqualTo(mptcp);
            l.end();
        }
    }

    @Nested
    class During {
        @ParameterizedTest(name = "path {1} fails: {0}")
        @CsvSource({"SILENT,1", "SILENT,2", "DOWN,1", "DOWN,2"})
        @DisplayName("one path fails for good: what was on its way there is sent again on the other")
        void one(Failure how, int path) {
            Hosts h = two();
            Link l = h.mesh();
            l.multipath(4).start(1_000_000, 500_000);
            h.run(150);
            fail(h, how, path);
            l.await().intact().multipath();
            l.end();
        }

        @ParameterizedTest(name = "path {1}, {0}, for {2} ms")
        @CsvSource({"SILENT,1,300", "SILENT,2,300", "SILENT,1,3000", "SILENT,2,3000", "DOWN,1,300", "DOWN,2,300", "DOWN,1,3000", "DOWN,2,3000"})
        @DisplayName("one path fails, comes back, and carries data again")
        void comesBack(Failure how, int path, int ms) {
            Hosts h = two();
            Link l = h.mesh();
            l.multipath(4).start(16_000_000, 0);
            h.run(150);
            fail(h, how, path);
            h.run(ms);
            repair(h, how, path);
            // A subflow that has backed off tries again after seconds; one that was closed is opened anew.
            h.run(Math.max(2000, ms));
            long before = h.wire.bytes(path);
            h.run(1000);
            assertThat(l.busy()).isTrue();
            assertThat(h.wire.bytes(path)).as("bytes on the path that is back").isGreaterThan(before + 250_000);
            l.await().intact().multipath();
            l.end();
        }

        @ParameterizedTest(name = "{0}, for {1} ms")
        @CsvSource({"SILENT,100", "SILENT,2000", "SILENT,30000", "DOWN,100", "DOWN,2000", "DOWN,30000"})
        @DisplayName("both paths fail and come back: the transfer goes on")
        void both(Failure how, int ms) {
            Hosts h = two();
            Link l = h.mesh();
            l.multipath(4).start(1_000_000, 500_000);
            h.run(150);
            fail(h, how, 1, 2);
            h.run(ms);
            repair(h, how, 1, 2);
            l.await().intact().multipath();
            l.end();
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        @DisplayName("both paths fail, and only one comes back")
        void oneOfBoth(int path) {
            Hosts h = two();
            Link l = h.mesh();
            l.multipath(4).start(1_000_000, 500_000);
            h.run(150);
            fail(h, Failure.SILENT, 1, 2);
            h.run(3000);
            repair(h, Failure.SILENT, path);
            l.await().intact().multipath();
            l.end();
        }

        @Test
        @DisplayName("the paths fail by turns, each before the other is back for long")
        void byTurns() {
            Hosts h = two();
            Link l = h.mesh();
            l.start(2_000_000, 1_000_000);
            for (int i = 0; i < 6 && l.busy(); i++) {
                int path = i % 2 + 1;
                fail(h, Failure.SILENT, path);
                h.run(700);
                repair(h, Failure.SILENT, path);
                h.run(100);
            }
            l.await().intact().multipath();
            l.end();
        }

        @Test
        @DisplayName("both paths fail for good: the sender is told after a while, and nothing is left")
        void forGood() {
            Hosts h = two();
            h.sysctl("net.ipv4.tcp_retries2", "5");
            Link l = h.mesh();
            l.start(2_000_000, 0);
            h.run(150);
            fail(h, Failure.SILENT, 1, 2);
            for (int i = 0; i < 100 && l.up.sendError == 0; i++) {
                h.run(10_000);
            }
            assertThat(Errno.name(l.up.sendError)).isEqualTo("ETIMEDOUT");
            l.closeClient();
            h.run(1_000_000);
            // Nobody has told the server. What it sends resets its subflows one by one, and the connection outlives them until its own
            // retransmission has been in vain too often (mptcp_meta_retransmit_timer() in mptcp_output.c).
            repair(h, Failure.SILENT, 1, 2);
            l.shutdownServer();
            l.await();
            assertThat(h.wire.clientResets()).isEqualTo(4);
            assertThat(Errno.name(l.up.receiveError)).isEqualTo("ETIMEDOUT");
            l.end();
        }
    }

    @Nested
    class After {
        @ParameterizedTest(name = "path {1}: {0}")
        @CsvSource({"SILENT,1", "SILENT,2", "DOWN,1", "DOWN,2"})
        @DisplayName("one path fails when all data has arrived: the connection closes on the other")
        void one(Failure how, int path) {
            Hosts h = two();
            Link l = h.mesh();
            l.transfer(200_000, 200_000).multipath(4);
            fail(h, how, path);
            l.closeClient();
            h.run(3000);
            l.startReceiving(l.up).await();
            assertThat(l.up.ended).as("the server sees the end of data").isTrue();
            l.end();
        }

        @ParameterizedTest
        @CsvSource({"SILENT", "DOWN"})
        @DisplayName("both paths fail when all data has arrived, and both sides close: they give up, and nothing is left")
        void both(Failure how) {
            Hosts h = two();
            Link l = h.mesh();
            l.transfer(200_000, 200_000).multipath(4);
            fail(h, how, 1, 2);
            l.end();
        }

        @ParameterizedTest(name = "{0}, for {1} ms")
        @CsvSource({"SILENT,1000", "SILENT,20000", "DOWN,1000", "DOWN,20000"})
        @DisplayName("both paths are away while both sides close: the end comes through when they are back")
        void back(Failure how, int ms) {
            Hosts h = two();
            Link l = h.mesh();
            l.transfer(200_000, 200_000).multipath(4);
            fail(h, how, 1, 2);
            l.shutdownClient();
            l.startReceiving(l.up);
            h.run(ms);
            assertThat(l.up.ended).isFalse();
            repair(h, how, 1, 2);
            l.await();
            assertThat(l.up.ended).isTrue();
            l.end();
        }
    }
}
