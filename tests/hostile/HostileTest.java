// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static org.assertj.core.api.Assertions.assertThat;

import hostile.Play.Timeline;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Hostile input: packets that the real kernel was given, and what it did. The port does the same: it sends the same packets, the system
 * calls have the same results, the counters count the same. Where that kernel would have panicked or has read past the end of a packet,
 * the test says what comes of it here.
 */
class HostileTest {
    private static final int[] ISS = {0, 1, 0x7fffffff, 0x80000000, -1000};

    /** The port departs from the recorded kernel, on purpose: what comes instead. */
    private static final Map<String, Consumer<Play>> DEPARTURES = Map.of(
            // The address was read two bytes too far; what lay behind the packet is zero here.
            "A06-two-add-52-34", p -> {
                p.expected.packets.replaceAll(s -> s.replace("54.55.64.6", "54.55.0.0"));
                assertThat(p.differences()).isEmpty();
            },
            // So were the ids: nothing is removed, where the kernel has reset subflow 0 because of what lay behind the packet.
            "A06-two-remove", p -> {
                assertThat(p.actual.packets).noneMatch(s -> s.contains(" R"));
                assertThat(p.actual.calls).contains("/proc/net/mptcp: entry 1: meta state 01, subflows 01").doesNotContain("recv(s, 70000) = EAGAIN");
            },
            // A mapping that ends inside a segment: the tail's header is not written into its data.
            "B06-midx-20-9", p -> {
                List<String> read = p.expected.calls;
                read.set(9, "recv(s, 70000) = 10 0726456483a2c1e0ff");
                assertThat(p.differences()).isEmpty();
            },
            "B06-midx-40-9", p -> corrected(p, "92b0d0ef", "92b1d0ef"),
            "B06-midx-40-9-fin", p -> corrected(p, "739200d0ef", "739201d0ef"),
            "B06-midx-400-100-syn", p -> assertThat(p.actual.calls).contains("recv(s, 70000) = 310"),
            // __tcp_select_window would divide by a maximum segment size of 0.
            "D06-scale-31", p -> {
                assertThat(p.actual.packets).hasSize(2).last().asString().contains("A seq 1 ack 1 win 0");
                assertThat(p.leftovers).isEmpty();
            });

    /**
     * Clocks that jumped more than once while timers were running: the packets that the timers sent are not the same, all else is. Of the last
     * one the 80,000 segments, and how they were sent, are not recorded.
     */
    private static final Set<String> TIMERS = Set.of("A10-syn-no-h", "A15-mss1-ts", "C08-flood20", "D01-sack-8-jump");

    /** Which times have given the recorded outcome before. */
    private static final Map<String, Timeline> KNOWN = new HashMap<>();

    @TestFactory
    Stream<DynamicNode> recorded() {
        String only = System.getProperty("hostile", "");
        return HostileCase.all().stream().flatMap(c -> c.parts().stream()).filter(c -> c.name.contains(only)).map(HostileTest::node);
    }

    private static DynamicNode node(HostileCase c) {
        DynamicTest recorded = DynamicTest.dynamicTest(c.name, () -> check(c, null));
        if (DEPARTURES.containsKey(c.name) || TIMERS.contains(c.name) || !c.row.matches("[BD].*")) {
            return recorded;
        }
        List<DynamicTest> all = new ArrayList<>();
        all.add(recorded);
        for (int iss : ISS) {
            all.add(DynamicTest.dynamicTest("iss " + Integer.toUnsignedString(iss), () -> check(c, iss)));
        }
        return DynamicContainer.dynamicContainer(c.name, all);
    }

    private static void check(HostileCase c, Integer iss) {
        Consumer<Play> departure = DEPARTURES.get(c.name);
        List<String> least = null;
        Set<Timeline> left = EnumSet.allOf(Timeline.class);
        for (Timeline t = KNOWN.getOrDefault(c.name, Timeline.RECORDED); t != null; t = left.isEmpty() ? null : left.iterator().next()) {
            left.remove(t);
            Play p = Play.of(c, iss, t);
            if (departure != null) {
                assertThat(p.differences()).as("what the kernel did").isNotEmpty();
                try {
                    departure.accept(p);
                    return;
                } catch (AssertionError e) {
                    if (left.isEmpty()) {
                        throw e;
                    }
                    continue;
                }
            }
            List<String> d = p.differences();
            if (TIMERS.contains(c.name)) {
                d.removeIf(s -> s.startsWith("packet") || s.startsWith("counter") || s.startsWith("call") && c.name.startsWith("D01"));
            }
            if (least == null || d.size() < least.size()) {
                least = d;
            }
            if (d.isEmpty()) {
                KNOWN.put(c.name, t);
                return;
            }
        }
        assertThat(least).isEmpty();
    }

    private static void corrected(Play p, String wrong, String right) {
        p.expected.calls.replaceAll(s -> s.replace(wrong, right));
        assertThat(p.differences()).isEmpty();
    }
}
