// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import capture.PcapngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import linux.init.Machine;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.KernelTest;

/** The same program and the same seed give the same capture, byte by byte; another seed gives another one. */
@KernelTest
class RepeatTest {
    @TempDir
    Path folder;

    private byte[] capture(long seed, Function<Long, Hosts> network) throws IOException {
        Machine.boot(seed);
        Hosts h = network.apply(seed);
        Path file = folder.resolve("capture.pcapng");
        List<net_device> devices = new ArrayList<>(h.clientDevs);
        devices.addAll(h.serverDevs);
        try (PcapngWriter writer = new PcapngWriter(file, devices, PacketTap.WHOLE)) {
            writer.watch();
            h.connect().transfer(300_000, 100_000).end();
        }
        return Files.readAllBytes(file);
    }

    private void repeats(Function<Long, Hosts> network) throws IOException {
        byte[] first = capture(11, network);
        assertThat(first.length).isGreaterThan(400_000);
        byte[] other = capture(12, network);
        assertThat(other).isNotEqualTo(first);
        assertThat(capture(11, network)).isEqualTo(first);
    }

    @Test
    @DisplayName("TCP over lo")
    void loopback() throws IOException {
        repeats(seed -> Hosts.loopback());
    }

    @Test
    @DisplayName("TCP over a link with all kinds of faults")
    void faults() throws IOException {
        repeats(seed -> new Hosts().path("delay 10ms 2ms rate 20mbit loss 2% reorder 5% duplicate 2% corrupt 1% seed " + seed));
    }

    @Test
    @DisplayName("Multipath TCP over three paths with faults, four tasks")
    void multipath() throws IOException {
        repeats(seed -> new Hosts().mptcp("fullmesh").paths(3, "delay 10ms 5ms rate 10mbit loss 2% reorder 5% duplicate 2% seed " + seed));
    }
}
