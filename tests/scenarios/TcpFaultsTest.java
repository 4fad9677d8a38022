// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

/** A megabyte each way over links that lose, reorder, double and damage packets, each from several seeds. */
@KernelTest
class TcpFaultsTest {
    private static final int SIZE = 1_000_000;

    private static Hosts transfer(String faults, long seed) {
        Hosts h = new Hosts().path("delay 10ms rate 50mbit " + faults + " seed " + seed);
        h.netem(1, 1, "delay 10ms rate 50mbit " + faults + " seed " + (seed + 100));
        Link l = h.connect();
        l.transfer(SIZE, SIZE);
        l.end();
        return h;
    }

    @ParameterizedTest(name = "loss {0}, seed {1}")
    @CsvSource({"1%,1", "1%,2", "1%,3", "5%,1", "5%,2", "5%,3", "15%,1", "15%,2"})
    @DisplayName("what is lost is sent again, mostly without a timeout")
    void loss(String share, long seed) {
        Hosts h = transfer("loss " + share, seed);
        assertThat(h.both("Tcp.RetransSegs")).isPositive();
        assertThat(h.both("TcpExt.TCPSackRecovery")).isPositive();
        if (share.equals("1%")) {
            assertThat(h.both("TcpExt.TCPTimeouts")).as("timeouts").isLessThan(h.both("Tcp.RetransSegs") / 2);
        }
    }

    @ParameterizedTest(name = "loss {0}, seed {1}")
    @CsvSource({"1%,1", "5%,2", "10%,3"})
    @DisplayName("without SACK, window scaling and time stamps it works too")
    void bareLoss(String share, long seed) {
        Hosts h = new Hosts().path("delay 10ms rate 50mbit loss " + share + " seed " + seed);
        for (String option : new String[] {"sack", "window_scaling", "timestamps"}) {
            h.sysctl("net.ipv4.tcp_" + option, "0");
        }
        Link l = h.connect();
        l.transfer(SIZE, SIZE);
        assertThat(h.both("TcpExt.TCPSackRecovery")).isZero();
        assertThat(h.both("Tcp.RetransSegs")).isPositive();
        l.end();
    }

    @ParameterizedTest(name = "reorder {0}, seed {1}")
    @CsvSource({"2%,1", "2%,2", "25%,1", "25%,2", "25%,3"})
    @DisplayName("packets that overtake others wait in the out-of-order queue")
    void reorder(String share, long seed) {
        Hosts h = transfer("reorder " + share, seed);
        assertThat(h.both("TcpExt.TCPOFOQueue")).isPositive();
        assertThat(h.both("TcpExt.TCPSACKReorder") + h.both("TcpExt.TCPTSReorder") + h.both("TcpExt.TCPFACKReorder")).as("reordering seen").isPositive();
    }

    @ParameterizedTest(name = "duplicate {0}, seed {1}")
    @CsvSource({"1%,1", "1%,2", "20%,1", "20%,2"})
    @DisplayName("what comes twice is answered with a D-SACK and otherwise ignored")
    void duplicate(String share, long seed) {
        Hosts h = transfer("duplicate " + share, seed);
        assertThat(h.both("TcpExt.TCPDSACKOldSent")).isPositive();
        assertThat(h.both("TcpExt.TCPDSACKRecv")).isPositive();
    }

    @ParameterizedTest(name = "corrupt {0}, seed {1}")
    @CsvSource({"1%,1", "1%,2", "5%,1", "5%,2"})
    @DisplayName("what is damaged is found out by a checksum, and is as good as lost")
    void corrupt(String share, long seed) {
        Hosts h = transfer("corrupt " + share, seed);
        assertThat(h.both("Tcp.InErrs")).as("wrong TCP checksums").isPositive();
        assertThat(h.both("Tcp.RetransSegs")).isPositive();
    }

    @ParameterizedTest(name = "seed {0}")
    @CsvSource({"1", "2", "3", "4", "5", "6"})
    @DisplayName("all of it at once")
    void everything(long seed) {
        Hosts h = transfer("loss 3% reorder 10% duplicate 3% corrupt 1%", seed);
        assertThat(h.both("Tcp.RetransSegs")).isPositive();
    }
}
