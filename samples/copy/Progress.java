// SPDX-License-Identifier: GPL-2.0-only
package copy;

import java.util.Locale;
import linux.hrtimer.Clock;

/** A line on the terminal that says how far a long transfer is, renewed each second of real time. */
final class Progress {
    private static final long EVERY = 1_000_000_000L;

    private final long size;
    private long done;
    private long next = System.nanoTime() + EVERY;
    private boolean shown;

    Progress(long size) {
        this.size = size;
    }

    void add(int n) {
        done += n;
        long now = System.nanoTime();
        if (now - next >= 0) {
            next = now + EVERY;
            shown = true;
            System.err.printf(Locale.ROOT, "\r%3d %%, %d of %d bytes, virtual time %.3f s ", done * 100 / size, done, size, Clock.now() / 1e9);
        }
    }

    void end() {
        if (shown) {
            System.err.println();
        }
    }
}
