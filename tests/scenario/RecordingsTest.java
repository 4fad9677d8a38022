// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import linux.bug.Bug;
import linux.init.Machine;
import linux.netdevice.PacketTap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import testing.Exchange;

/**
 * Plays each scenario and compares with what the real kernel did: the packets at the client's and at the server's devices, in their
 * order; the results of the system calls, for each task in its order; the counters. Times are not compared.
 *
 * <p>{@code order.txt} names those of which the recordings themselves say that an order in them is an accident: there the packets are
 * compared for each direction of each flow, and all else in full. {@code differs.txt} names the scenarios that do not agree in full, with the reason. Those must still carry all data intact, and
 * must differ: a scenario that has begun to agree is to be taken off the list.
 */
class RecordingsTest {
    private static byte[] recorded(String name) throws IOException {
        try (InputStream in = RecordingsTest.class.getResourceAsStream("/recordings/" + name)) {
            if (in == null) {
                return null;
            }
            return name.endsWith(".gz") ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
        }
    }

    private static String text(String name) throws IOException {
        return new String(recorded(name), StandardCharsets.UTF_8);
    }

    /** Scenarios named in a file, with the reason. */
    private static Map<String, String> named(String file) throws IOException {
        Map<String, String> found = new LinkedHashMap<>();
        for (String l : text(file).lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList()) {
            String[] w = l.split(" ", 2);
            found.put(w[0], w[1]);
        }
        return found;
    }

    /** The lines of a calls file by who says them, without what changes from run to run: times, sequence numbers, tokens. */
    private static Map<String, List<String>> calls(String text) {
        Map<String, List<String>> by = new LinkedHashMap<>();
        for (String l : text.split("\n(?=\\d+\\.\\d{6} )")) {
            String line = l.strip().replaceAll("^\\d+\\.\\d+ ", "").replaceAll(" after [\\d.]+ ms", "").replaceAll("seq \\d+", "seq");
            if (line.contains("(contents of /proc/net/mptcp:")) {
                line = line.replaceAll("(?s): .*", "");
            }
            by.computeIfAbsent(line.substring(0, Math.max(line.indexOf(' '), 0)), k -> new ArrayList<>()).add(line);
        }
        return by;
    }

    /** What came of a scenario, in the shape of the recordings. */
    private record Outcome(List<String> client, List<String> server, Map<String, List<String>> calls, String netstat) {}

    private static Outcome play(String name, List<String> damage) throws IOException, ScenarioException {
        Play play = new Play(Library.load(name), name);
        World world = play.prepare();
        Exchange client = new Exchange();
        Exchange server = new Exchange();
        PacketTap tap = PacketTap.open(world.devices()::contains, PacketTap.WHOLE, (dev, direction, ns, bytes, length) ->
                (dev.name.startsWith("s") ? server : client).add(bytes));
        play.run();
        tap.close();
        for (String task : List.of("S", "C")) {
            if (play.bytesReceived(task) > play.bytesSent("S") + play.bytesSent("C")) {
                damage.add(task + " received more than was sent");
            }
        }
        if (play.mismatches() > 0 && !name.contains("urgent")) {
            damage.add("data was changed on its way");
        }
        damage.addAll(Bug.warnings);
        return new Outcome(client.lines(), server.lines(), calls(play.calls().text()), play.netstat());
    }

    private static Outcome recording(String name) throws IOException {
        byte[] server = recorded(name + ".server.pcap.gz");
        return new Outcome(Exchange.ofPcap(recorded(name + ".pcap.gz")).lines(), server == null ? List.of() : Exchange.ofPcap(server).lines(),
                calls(text(name + ".calls.gz")), text(name + ".netstat"));
    }

    private static Outcome byFlow(Outcome o) {
        return new Outcome(byFlow(o.client), byFlow(o.server), o.calls, o.netstat);
    }

    /** The packets of each direction of each flow, in their order: "flow 1 c>s ...". */
    private static List<String> byFlow(List<String> lines) {
        Map<String, List<String>> by = new TreeMap<>();
        for (String l : lines) {
            String[] w = l.split(" ");
            by.computeIfAbsent(w[1] + " " + w[2], k -> new ArrayList<>()).add(l);
        }
        return by.values().stream().flatMap(List::stream).toList();
    }

    @TestFactory
    Stream<DynamicTest> recordings() throws IOException {
        Map<String, String> differing = named("differs.txt");
        Map<String, String> accidental = named("order.txt");
        return Library.names().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            List<String> damage = new ArrayList<>();
            Outcome actual = play(name, damage);
            Outcome expected = recording(name);
            if (accidental.containsKey(name)) {
                assertThat(actual).as(name + " agrees now: take it off order.txt").isNotEqualTo(expected);
                actual = byFlow(actual);
                expected = byFlow(expected);
            }
            assertThat(damage).isEmpty();
            if (differing.containsKey(name)) {
                assertThat(actual).as(name + " agrees now: take it off differs.txt").isNotEqualTo(expected);
                return;
            }
            assertThat(actual.client).isEqualTo(expected.client);
            assertThat(actual.server).isEqualTo(expected.server);
            assertThat(actual.netstat).isEqualTo(expected.netstat);
            assertThat(actual.calls).containsAllEntriesOf(expected.calls);
        }));
    }

    @AfterEach
    void halt() {
        Machine.halt();
    }

    @Test
    @DisplayName("a run repeated is the same to the nanosecond")
    void deterministic() throws Exception {
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            StringBuilder b = new StringBuilder();
            Play play = new Play(Library.load("tcp-bulk-lossy"), "tcp-bulk-lossy");
            World world = play.prepare();
            PacketTap.open(world.devices()::contains, PacketTap.WHOLE, (dev, direction, ns, bytes, length) ->
                    b.append(dev.name).append(direction).append(ns).append(java.util.Arrays.hashCode(bytes)).append('\n'));
            play.run();
            runs.add(b.toString());
        }
        assertThat(runs.get(0)).isNotEmpty().isEqualTo(runs.get(1));
    }
}
