// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import linux.init.Machine;
import linux.netdevice.PacketTap;
import testing.Exchange;

/** Plays something on a machine of its own, and shows what went over the wire in the notation of {@link Exchange}: all numbers relative. */
final class Runs {
    private Runs() {}

    /** Where a reference run begins: far from all places where numbers wrap or change their sign. */
    static final int PLAIN = 1_000_000;

    /** @param iss what TCP's numbers begin with */
    static List<String> play(int iss, Consumer<Hosts> scenario) {
        Machine.boot();
        Hosts h = new Hosts().iss(iss);
        Exchange wire = new Exchange();
        PacketTap.open(h.clientDevs::contains, PacketTap.WHOLE, (dev, direction, ns, b, length) -> wire.add(b));
        scenario.accept(h);
        return new ArrayList<>(wire.lines());
    }
}
