// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import devinet.IpAddr;
import java.util.List;
import linux.netdevice.Offloads;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

/** Much data over TCP on links that lose nothing: all of it arrives, and no byte crosses twice. */
@KernelTest
class TcpBulkTest {
    private static final long SIZE = 100_000_000;

    private static void nothingTwice(Hosts h) {
        assertThat(h.both("Tcp.RetransSegs")).as("segments sent again").isZero();
        assertThat(h.both("Tcp.InErrs")).isZero();
        assertThat(h.both("TcpExt.TCPTimeouts")).isZero();
        assertThat(h.wire.clientResets() + h.wire.serverResets()).isZero();
    }

    @Test
    @DisplayName("100 MB over lo in segments of 64 KB")
    void large() {
        Hosts h = Hosts.loopback();
        Link l = h.connect();
        l.transfer(SIZE, 0);
        nothingTwice(h);
        assertThat(h.client("Tcp.OutSegs")).as("large segments").isLessThan(SIZE / 10_000);
        l.end();
    }

    @Test
    @DisplayName("100 MB over lo in segments of 1460 bytes, each with its checksum computed")
    void small() {
        Hosts h = Hosts.loopback();
        for (String offload : List.of("tso", "gso", "gro")) {
            Offloads.set(init_net.loopback_dev, offload, false);
        }
        IpAddr.linkMtu(init_net.loopback_dev, 1500);
        Link l = h.connect();
        l.transfer(SIZE, 0);
        nothingTwice(h);
        assertThat(h.client("Tcp.OutSegs")).as("segments").isGreaterThan(SIZE / 1460);
        l.end();
    }

    @Test
    @DisplayName("50 MB in each direction at once")
    void bothWays() {
        Hosts h = Hosts.loopback();
        Link l = h.connect();
        l.transfer(SIZE / 2, SIZE / 2);
        nothingTwice(h);
        l.end();
    }

    @Test
    @DisplayName("20 MB over a link of 100 Mbit/s and 20 ms: it is full nearly all the time")
    void link() {
        Hosts h = new Hosts().path("delay 10ms rate 100mbit");
        Link l = h.connect();
        l.transfer(20_000_000, 0);
        nothingTwice(h);
        double mbit = 20_000_000 * 8e3 / l.up.finished;
        // A segment of 1448 bytes is a frame of 1514; slow start takes some round trips.
        assertThat(mbit).isBetween(88.0, 100.0 * 1448 / 1514);
        l.end();
    }
}
