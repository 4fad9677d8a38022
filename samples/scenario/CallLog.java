// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import linux.hrtimer.Clock;

/** What the tasks have done and what came of it: the {@code .calls} file of a recording. */
public final class CallLog {
    /** @param ns virtual time since the tasks were let go, nanoseconds */
    public record Line(long ns, String who, String text) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d.%06d %-5s %s", ns / 1_000_000_000, ns / 1000 % 1_000_000, who, text);
        }
    }

    private final List<Line> lines = new ArrayList<>();
    private long start;

    /** Time counts from now on. */
    void start() {
        start = Clock.now();
    }

    void add(String who, String format, Object... args) {
        lines.add(new Line(Clock.now() - start, who, String.format(Locale.ROOT, format, args)));
    }

    /** What somebody else has noted, in its place by time. */
    void merge(List<Line> others) {
        lines.addAll(others);
        lines.sort(Comparator.comparingLong(Line::ns));
    }

    public List<Line> lines() {
        return lines;
    }

    /** The whole file. */
    public String text() {
        StringBuilder b = new StringBuilder();
        lines.forEach(l -> b.append(l).append('\n'));
        return b.toString();
    }
}
