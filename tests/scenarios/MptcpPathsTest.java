// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static net.mptcp.MetaSockets.is_meta_sk;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_RCVBUF;

import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.netdevice.net_device;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

/** Many paths, unlike paths, bad paths, paths that are only there in case. */
@KernelTest
class MptcpPathsTest {
    @ParameterizedTest(name = "{0}, {1} subflows")
    @CsvSource({"default,2", "default,4", "default,8", "roundrobin,2", "roundrobin,8"})
    @DisplayName("subflows by ndiffports over one path")
    void ndiffports(String scheduler, int n) {
        Hosts h = new Hosts().ndiffports(n).sysctl("net.mptcp.mptcp_scheduler", scheduler).path("delay 10ms rate 50mbit");
        Link l = h.mesh();
        l.multipath(n).transfer(1_000_000, 500_000).multipath(n);
        assertThat(h.wire.bytesByPort().values()).as("bytes by subflow").hasSize(n).allMatch(bytes -> bytes > 0);
        l.end();
    }

    @ParameterizedTest(name = "{0} paths, loss {1}")
    @CsvSource({"2,0%", "3,1%", "4,2%"})
    @DisplayName("full mesh over several paths")
    void mesh(int paths, String loss) {
        Hosts h = new Hosts().mptcp("fullmesh");
        for (int i = 1; i <= paths; i++) {
            h.path("delay " + 5 * i + "ms rate 20mbit" + (loss.equals("0%") ? "" : " loss " + loss + " seed " + i));
        }
        Link l = h.mesh();
        l.transfer(1_000_000, 500_000).multipath(paths * paths);
        assertThat(h.wire.used()).hasSize(paths);
        l.end();
    }

    @ParameterizedTest(name = "{0} and {1}, {2}")
    @CsvSource({"delay 2ms rate 20mbit,delay 200ms rate 20mbit,default", "delay 200ms rate 20mbit,delay 2ms rate 20mbit,default",
        "delay 10ms rate 50mbit,delay 10ms rate 1mbit,default", "delay 10ms rate 1mbit,delay 10ms rate 50mbit,default",
        "delay 2ms rate 50mbit,delay 200ms rate 1mbit,default", "delay 200ms rate 1mbit,delay 2ms rate 50mbit,default",
        "delay 2ms rate 20mbit,delay 200ms rate 20mbit,roundrobin", "delay 10ms rate 50mbit,delay 10ms rate 1mbit,roundrobin"})
    @DisplayName("unequal paths, 1:100 in delay, 1:50 in rate")
    void unequal(String first, String second, String scheduler) {
        Hosts h = new Hosts().mptcp("fullmesh").sysctl("net.mptcp.mptcp_scheduler", scheduler).path(first).path(second);
        Link l = h.mesh();
        l.transfer(2_000_000, 500_000).multipath();
        l.end();
    }

    @ParameterizedTest(name = "{0} bytes, {1}")
    @CsvSource({"20000,default", "60000,default", "200000,default", "20000,roundrobin", "60000,roundrobin"})
    @DisplayName("a receive buffer far too small for the delay spread: what is missing is sent again on the fast path, and the slow one is held back")
    void smallBuffer(int rcvbuf, String scheduler) {
        Hosts h = new Hosts().mptcp("fullmesh").sysctl("net.mptcp.mptcp_scheduler", scheduler).path("delay 5ms rate 20mbit").path("delay 300ms rate 20mbit");
        h.run(2000);
        Link l = new Link(h).listenSocket();
        Link.setsockopt(l.listenFd, SOL_SOCKET, SO_RCVBUF, rcvbuf);
        l.listen().connect().transfer(100, 100);
        h.run(2000);
        long start = Clock.now();
        l.transfer(1_000_000, 0).multipath();
        // A window each 610 ms would take 1,000,000 / 20,000 * 0.6 s = 30 s.
        assertThat((Clock.now() - start) / 1e9).as("seconds").isLessThan(rcvbuf < 60_000 ? 25 : 12);
        l.end();
    }

    @ParameterizedTest(name = "loss {0}, seed {1}")
    @CsvSource({"1%,1", "1%,2", "5%,1", "5%,2", "10%,1", "10%,2", "10%,3"})
    @DisplayName("loss on both paths")
    void loss(String loss, int seed) {
        Hosts h = new Hosts().mptcp("fullmesh");
        h.path("delay 10ms rate 20mbit loss " + loss + " seed " + seed).path("delay 20ms rate 20mbit loss " + loss + " seed " + (seed + 10));
        Link l = h.mesh();
        l.transfer(500_000, 500_000).multipath();
        assertThat(h.both("Tcp.RetransSegs")).isPositive();
        l.end();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {1, 2, 3, 4})
    @DisplayName("loss, reordering, duplicates and damage that TCP's checksum finds, all at once on three paths")
    void everything(int seed) {
        Hosts h = new Hosts().mptcp("fullmesh");
        for (int i = 1; i <= 3; i++) {
            h.path("delay " + 10 * i + "ms 5ms rate 20mbit loss 2% reorder 5% duplicate 2% corrupt 1% seed " + (seed * 10 + i));
        }
        Link l = h.mesh();
        l.transfer(500_000, 500_000);
        // A checksum of 16 bits does not find everything; damage to an option changes what MPTCP does, but no data.
        assertThat(is_meta_sk(l.c) && is_meta_sk(l.s)).isTrue();
        assertThat(h.both("Tcp.InErrs")).isPositive();
        l.end();
    }

    // ---- backup ----

    private static final String LINK = "delay 10ms rate 20mbit";

    private static Hosts backup() {
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, LINK);
        for (net_device dev : new net_device[] {h.clientDevs.get(1), h.serverDevs.get(1)}) {
            h.mpbackup(dev);
        }
        return h;
    }

    @Test
    @DisplayName("a backup path carries nothing while the other one is well")
    void backupIdle() {
        Hosts h = backup();
        Link l = h.mesh();
        h.wire.reset();
        l.transfer(1_000_000, 1_000_000).multipath(4);
        assertThat(h.wire.bytes(2)).as("bytes on the backup path").isLessThan(h.wire.bytes(1) / 20);
        l.end();
    }

    @ParameterizedTest(name = "noticed after {0} ms")
    @ValueSource(ints = {0, 5000})
    @DisplayName("the path fails, and as soon as the client knows that its link is down, the backup takes over")
    void backupTakesOver(int ms) {
        Hosts h = backup();
        Link l = h.mesh();
        l.start(500_000, 500_000);
        h.run(100).netem(1, LINK + " loss 100%").run(ms).link(1, false);
        l.await().intact().multipath();
        assertThat(h.wire.bytes(2)).as("bytes on the backup path").isGreaterThan(500_000);
        l.end();
    }

    @Test
    @DisplayName("the path fails and nobody notices: the scheduler takes a backup only when every established subflow is one "
            + "(get_available_subflow() in mptcp_sched.c), so the sender gives up in the end")
    void backupUnused() {
        Hosts h = backup();
        Link l = h.mesh();
        l.startReceiving(l.up).startSending(l.up, 1_000_000);
        h.run(100).netem(1, LINK + " loss 100%");
        h.run(3_000_000);
        assertThat(Errno.name(l.up.sendError)).isEqualTo("ETIMEDOUT");
        assertThat(h.wire.bytes(2)).as("bytes on the backup path").isZero();
        l.closeClient();
        l.shutdownServer();
        l.await();
        l.end();
    }

    @Test
    @DisplayName("MP_PRIO: the client makes its first path a backup in the middle of a transfer, and traffic moves to the second")
    void priority() {
        Hosts h = new Hosts().mptcp("fullmesh").paths(2, "delay 10ms rate 5mbit");
        Link l = h.mesh();
        l.multipath(4).start(4_000_000, 0);
        h.run(500).mpbackup(h.clientDevs.get(0)).run(1500);
        assertThat(h.wire.client(Segment.MP_PRIO)).isPositive();
        long from1 = h.wire.bytesFrom(1);
        long from2 = h.wire.bytesFrom(2);
        h.run(1000);
        assertThat(l.busy()).isTrue();
        assertThat(h.wire.bytesFrom(1) - from1).as("bytes from the first address").isZero();
        assertThat(h.wire.bytesFrom(2) - from2).as("bytes from the second address").isGreaterThan(250_000);
        l.await().intact().multipath(4).end();
    }
}
