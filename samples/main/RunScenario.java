// SPDX-License-Identifier: GPL-2.0-only
package main;

import capture.PcapngWriter;
import capture.Tcpdump;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import linux.netdevice.PacketTap;
import scenario.Library;
import scenario.Play;
import scenario.Scenario;
import scenario.ScenarioException;
import scenario.World;
import trace.Tracing;

/** {@code run NAME} and {@code run FILE}: plays a scenario and shows it. {@code list}: what there is to play. */
final class RunScenario {
    private RunScenario() {}

    private static final Set<String> OPTIONS = Arguments.and(Tracing.OPTIONS, "pcap", "calls", "netstat", "seed", "sysctl", "delay", "rate", "loss",
            "duplicate", "reorder", "corrupt");

    static int main(String[] args) throws UsageException, ScenarioException, IOException {
        Arguments a = Arguments.parse(args, 1, OPTIONS, Set.of("quiet"));
        a.expectWords("NAME or FILE");
        Path pcap = a.output("pcap");
        Path calls = a.output("calls");
        Path netstat = a.output("netstat");
        Tracing tracing = Tracing.of(a);
        Scenario scenario = Library.load(a.word(0));
        Play play = new Play(scenario, a.word(0));
        World world = play.prepare(a.seed(scenario.seed), a.netem(), a.sysctls());

        try (PcapngWriter writer = pcap == null ? null : new PcapngWriter(pcap, world.devices(), scenario.snap)) {
            PacketTap capture = writer == null ? null : writer.watch();
            PacketTap shown = a.has("quiet") ? null : show(world);
            tracing.start(a.word(0) + ": " + scenario.title, world.devices()::contains);
            play.run();
            tracing.close();
            if (capture != null) {
                capture.close();
            }
            if (shown != null) {
                shown.close();
            }
        }
        if (calls != null) {
            Files.writeString(calls, play.calls().text());
        }
        if (netstat != null) {
            Files.writeString(netstat, play.netstat());
        }
        if (!a.has("quiet")) {
            System.out.println("\n" + play.calls().text() + "\n" + play.netstat());
        }
        play.close();
        return 0;
    }

    private static PacketTap show(World world) {
        Tcpdump dump = new Tcpdump();
        return PacketTap.open(world.devices()::contains, PacketTap.WHOLE,
                (dev, direction, ns, bytes, length) -> System.out.println(dump.line(dev, direction, ns, bytes)));
    }

    static int list(String[] args) throws UsageException, ScenarioException, IOException {
        Arguments.parse(args, 1, Set.of(), Set.of()).expectWords();
        for (String name : Library.names()) {
            System.out.printf("%-36s %s%n", name, Library.load(name).title);
        }
        return 0;
    }
}
