// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import linux.netdevice.PacketTap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import testing.Exchange;

/**
 * Plays every script below {@code tests/packetdrill}. Those in {@code kernel} have passed on the real kernel, and beside each lies what
 * that has sent: the port has to send the same packets. Those in {@code wrong} have to fail, with the words of their first line.
 */
class PacketdrillTest {
    private static final Path SCRIPTS = Path.of("tests/packetdrill");

    private static List<Path> scripts(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(SCRIPTS.resolve(folder))) {
            return files.filter(f -> f.toString().endsWith(".pkt")).sorted().toList();
        }
    }

    private static Settings settings(Path file) {
        String name = file.toString();
        Settings s = new Settings().strict();
        if (name.contains("kernel/mptcp")) {
            s.sysctl("net.mptcp.mptcp_enabled", name.contains("with-enabled-2") ? "2" : "1");
        }
        return name.endsWith("tso-retransmit-split.pkt") ? s.gso(true) : s;
    }

    @TestFactory
    Stream<DynamicTest> ours() throws IOException {
        return scripts("").stream().filter(f -> !f.startsWith(SCRIPTS.resolve("kernel")) && !f.startsWith(SCRIPTS.resolve("wrong")))
                .map(f -> DynamicTest.dynamicTest(SCRIPTS.relativize(f).toString(), () -> Packetdrill.play(f, settings(f), System.out)));
    }

    @TestFactory
    Stream<DynamicTest> kernel() throws IOException {
        return scripts("kernel").stream().map(f -> DynamicTest.dynamicTest(SCRIPTS.relativize(f).toString(), () -> {
            Exchange actual = new Exchange();
            PacketTap.Listener watcher = (dev, direction, ns, bytes, length) -> actual.addIp(bytes);
            Packetdrill.play(f, settings(f).watcher(watcher), System.out);
            // At its end the tool cleared up: the capture goes on.
            List<String> expected = Exchange.ofPcap(capture(f)).lines();
            assertThat(lines(actual.lines())).isNotEmpty().isEqualTo(lines(expected.subList(0, Math.min(actual.lines().size(), expected.size()))));
        }));
    }

    private static byte[] capture(Path script) throws IOException {
        byte[] packed = Files.readAllBytes(Path.of(script.toString().replaceFirst("pkt$", "pcap.gz")));
        return new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
    }

    /** The tool that the captures were made with wrote garbage into the MP_FAIL that it sent. */
    private static List<String> lines(List<String> lines) {
        return lines.stream().map(l -> l.contains("c>s") ? l.replaceFirst("mp_fail dsn .*]", "mp_fail dsn]") : l).toList();
    }

    @TestFactory
    Stream<DynamicTest> wrong() throws IOException {
        return scripts("wrong").stream().map(f -> DynamicTest.dynamicTest(SCRIPTS.relativize(f).toString(), () -> {
            String expected = Files.readAllLines(f).get(0).replaceFirst("^// says: ", "");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Throwable e = catchThrowable(() -> Packetdrill.play(f, settings(f), new PrintStream(out)));
            assertThat(e).isInstanceOf(ScriptException.class);
            assertThat(e.getMessage()).startsWith(f.toString()).contains(expected);
        }));
    }
}
