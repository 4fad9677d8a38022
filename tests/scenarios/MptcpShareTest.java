// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import linux.hrtimer.Clock;
import linux.init.Machine;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

/** How much a connection gets: all that its paths have, but no more of a shared one than a TCP would take. */
@KernelTest
class MptcpShareTest {
    /** A bulk transfer's goodput, in Mbit/s. */
    private static double goodput(Hosts h, long size) {
        Link l = h.mesh();
        long start = Clock.now();
        l.transfer(size, 0);
        double mbit = size * 8e3 / (l.up.finished - start);
        l.end();
        return mbit;
    }

    private static Hosts paths(int n, String congestion) {
        return new Hosts().sysctl("net.ipv4.tcp_congestion_control", congestion).paths(n, "delay 10ms rate 100mbit");
    }

    @ParameterizedTest(name = "{1}, scheduler {2}, {0} paths: at least {3} times")
    @CsvSource({"2,cubic,default,1.9", "2,lia,default,1.9", "2,olia,default,1.9", "2,cubic,roundrobin,1.9", "4,lia,default,3.8"})
    @DisplayName("equal paths of 100 Mbit/s add up")
    void addsUp(int n, String congestion, String scheduler, double factor) {
        double one = goodput(paths(1, congestion), 10_000_000);
        Machine.boot();
        double all = goodput(paths(n, congestion).mptcp("fullmesh").sysctl("net.mptcp.mptcp_scheduler", scheduler), n * 10_000_000L);
        assertThat(all / one).as("%.1f Mbit/s beside %.1f of a TCP", all, one).isGreaterThanOrEqualTo(factor);
    }

    @ParameterizedTest(name = "{0} and {1} Mbit/s")
    @CsvSource({"100,20", "20,100", "50,10"})
    @DisplayName("unequal paths add up as well")
    void unequal(int first, int second) {
        Hosts h = new Hosts().mptcp("fullmesh").path("delay 10ms rate " + first + "mbit").path("delay 10ms rate " + second + "mbit");
        assertThat(goodput(h, (first + second) * 80_000L)).isBetween(0.85 * (first + second), 1.0 * (first + second));
    }

    /** Bytes that two subflows got, and that a TCP beside them got, in two minutes on a link of 10 Mbit/s. */
    private static long[] compete(String congestion, int seed) {
        Machine.boot();
        Hosts h = new Hosts().ndiffports(2).sysctl("net.ipv4.tcp_congestion_control", congestion);
        h.path("delay 20ms 2ms rate 10mbit limit 60 seed " + seed);
        Link mptcp = h.mesh().multipath(2);
        h.sysctl("net.mptcp.mptcp_enabled", "0").sysctl("net.ipv4.tcp_congestion_control", "reno");
        Link tcp = new Link(h);
        tcp.port = Hosts.PORT + 1;
        tcp.listen().connect();
        for (Link l : new Link[] {mptcp, tcp}) {
            l.startReceiving(l.up).startSending(l.up, 1L << 40);
        }
        h.run(20_000);
        long[] got = {-mptcp.up.received, -tcp.up.received};
        h.run(120_000);
        got[0] += mptcp.up.received;
        got[1] += tcp.up.received;
        return got;
    }

    private static double ratio(String congestion, int... seeds) {
        long[] sum = new long[2];
        for (int seed : seeds) {
            long[] got = compete(congestion, seed);
            sum[0] += got[0];
            sum[1] += got[1];
        }
        // The transfers have no end: the machine is switched off.
        Machine.boot();
        return (double) sum[0] / sum[1];
    }

    @ParameterizedTest(name = "{0}: from {1} to {2} times")
    @CsvSource({"lia,0.7,1.2", "olia,0.7,1.2", "wvegas,0.5,1.2"})
    @DisplayName("two subflows under coupled congestion control take about as much of a shared bottleneck as a TCP")
    void coupled(String congestion, double least, double most) {
        double ratio = ratio(congestion, 1, 2);
        assertThat(ratio).isBetween(least, most);
    }

    @ParameterizedTest
    @CsvSource({"reno"})
    @DisplayName("without coupling they take about twice as much")
    void uncoupled(String congestion) {
        assertThat(ratio(congestion, 1)).isBetween(1.5, 2.8);
    }
}
