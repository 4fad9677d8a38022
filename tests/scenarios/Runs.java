// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import linux.init.Machine;
import linux.netdevice.PacketTap;
import testing.Exchange;

/** Plays something on a machine of its own, and shows what went over the wire in the notation of {@link Exchange}: all numbers relative. */
final class Runs {
    private Runs() {}

    /** Where a reference run begins: far from all places where numbers wrap or change their sign. */
    static final int PLAIN = 1_000_000;

    /** What happened with plain numbers, by the scenario. */
    private static final Map<Class<?>, List<String>> EXPECTED = new HashMap<>();

    /** Plays a scenario, given as a lambda expression, from these first numbers: it must go as it does from {@link #PLAIN} ones. */
    static void same(int iss, Consumer<Hosts> scenario) {
        List<String> expected = EXPECTED.get(scenario.getClass());
        if (expected == null) {
            expected = play(PLAIN, scenario);
            assertThat(expected).isNotEmpty().noneMatch(line -> line.contains("BAD"));
            EXPECTED.put(scenario.getClass(), expected);
        }
        assertThat(play(iss, scenario)).isEqualTo(expected);
    }

    private static List<String> play(int iss, Consumer<Hosts> scenario) {
        Machine.boot();
        Hosts h = new Hosts().iss(iss);
        Exchange wire = new Exchange();
        PacketTap.open(h.clientDevs::contains, PacketTap.WHOLE, (dev, direction, ns, b, length) -> wire.add(b));
        scenario.accept(h);
        return new ArrayList<>(wire.lines());
    }
}
