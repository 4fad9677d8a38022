// SPDX-License-Identifier: GPL-2.0-only
package linux.timer;

import linux.list.list_head;

/** A timer with the resolution of a jiffy. It runs once, in softirq context. */
public final class timer_list {
    /** What runs when the timer expires; {@code data} is what was given to {@code setup_timer}. */
    public interface Function {
        void call(Object data);
    }

    /** The place in the wheel; {@code entry.next} is null while the timer is not pending. */
    public final list_head<timer_list> entry = new list_head<>(this);

    /** In jiffies. */
    public long expires;

    public Function function;
    public Object data;

    /** How many jiffies late it may run; -1: 1/256 of its length ({@code apply_slack}). */
    public int slack = -1;

    public timer_list() {
        entry.next = null;
        entry.prev = null;
    }
}
