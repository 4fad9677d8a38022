// SPDX-License-Identifier: GPL-2.0-only
package linux.interrupt;

/** A function to be run soon, in softirq context: {@code TASKLET_SOFTIRQ}. */
public final class tasklet_struct {
    /** What runs; {@code data} is what was given to {@code tasklet_init}. */
    public interface Function {
        void call(Object data);
    }

    public tasklet_struct next;

    /** {@code TASKLET_STATE_SCHED}: waits to run. Scheduling it again changes nothing. */
    public boolean scheduled;

    public Function func;
    public Object data;
}
