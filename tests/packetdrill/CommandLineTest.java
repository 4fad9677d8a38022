// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code packetdrill [OPTION]... FILE...}: exit status, and what is said. */
class CommandLineTest {
    private static final String GOOD = "tests/packetdrill/kernel/tcp/nagle-cork.pkt";
    private static final String WRONG = "tests/packetdrill/wrong/packet-window.pkt";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) throws IOException {
        return Packetdrill.main(List.of(args), new PrintStream(out), new PrintStream(err));
    }

    @Test
    @DisplayName("0 and silence if the script passes")
    void passes() throws IOException {
        assertThat(run(GOOD)).isZero();
        assertThat(out.toString() + err).isEmpty();
    }

    @Test
    @DisplayName("1 if it does not, with both packets")
    void fails() throws IOException {
        assertThat(run(WRONG)).isEqualTo(1);
        assertThat(err.toString()).isEqualTo(WRONG + ":11: window is 229, expected 230\n"
                + "  expected: 0.300000 > P. 1:101(100) ack 1 win 230\n"
                + "  actual:   0.300000 > P. 1:101(100) ack 1 win 229\n");
    }

    @Test
    @DisplayName("several scripts: all are played, and counted")
    void several() throws IOException {
        assertThat(run(WRONG, GOOD)).isEqualTo(1);
        assertThat(out.toString()).isEqualTo("FAILED " + WRONG + "\nok     " + GOOD + "\n1 passed, 1 failed\n");
    }

    @Test
    @DisplayName("-v shows the exchange")
    void verbose() throws IOException {
        assertThat(run("-v", GOOD)).isZero();
        assertThat(out.toString()).contains("0.100000 > S. 0:0(0) ack 1 win 29200 <mss 1460,nop,nop,sackOK,nop,wscale 7>\n")
                .contains("0.200000 accept(3, ..., ...) = 4\n").endsWith("ok     " + GOOD + "\n");
    }

    @Test
    @DisplayName("--pcap writes the packets")
    void pcap(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("x.pcapng");
        assertThat(run("--pcap", file.toString(), GOOD)).isZero();
        assertThat(Files.size(file)).isGreaterThan(1000);
    }

    @Test
    @DisplayName("--sysctl and -D reach the script, with = or without")
    void settings(@TempDir Path folder) throws IOException {
        Path script = Files.writeString(folder.resolve("s.pkt"), "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                + "0.1 setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [IDLE], 4) = 0\n0.2 getsockopt(3, SOL_TCP, TCP_KEEPIDLE, [77], [4]) = 0\n"
                + "0.3 getsockopt(3, SOL_TCP, TCP_KEEPCNT, [5], [4]) = 0\n");
        assertThat(run("--sysctl", "net.ipv4.tcp_keepalive_probes=5", "-DIDLE=77", script.toString())).as(err.toString()).isZero();
        assertThat(run("--sysctl=net.ipv4.tcp_keepalive_probes=6", "--define=IDLE=77", script.toString())).isEqualTo(1);
    }

    @Test
    @DisplayName("--gso on: the host sends packets larger than the MTU")
    void gso() throws IOException {
        String script = "tests/packetdrill/kernel/tcp/tso-retransmit-split.pkt";
        assertThat(run("--strict", script)).isEqualTo(1);
        assertThat(run("--strict", "--gso", "on", script)).isZero();
    }

    @Test
    @DisplayName("2 if the words cannot be followed")
    void usage() throws IOException {
        assertThat(run()).isEqualTo(2);
        assertThat(run("--nosuch", "1", GOOD)).isEqualTo(2);
        assertThat(run("--mtu")).isEqualTo(2);
        assertThat(run("--mtu=big", GOOD)).isEqualTo(2);
        assertThat(run("--pcap", "x", GOOD, GOOD)).isEqualTo(2);
        assertThat(err.toString()).contains("expected FILE").contains("there is no option --nosuch").contains("--mtu needs a value")
                .contains("--mtu=big").contains("--pcap and --trace tell of one script, not of 2");
    }
}
