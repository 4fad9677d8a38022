// SPDX-License-Identifier: GPL-2.0-only
package linux.hrtimer;

/** A timer with the resolution of the clock, a nanosecond. Devices and {@code nanosleep} use it. */
public final class hrtimer {
    /** Runs in interrupt context when the timer expires. */
    public interface Function {
        void call(hrtimer timer);
    }

    /** In nanoseconds since boot. */
    public long expires;

    public final Function function;

    /** Those that expire at the same time run in the order in which they were started. */
    long order;

    /** Place in the heap, -1 while not started. */
    int index = -1;

    public hrtimer(Function function) {
        this.function = function;
    }
}
