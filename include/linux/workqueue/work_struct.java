// SPDX-License-Identifier: GPL-2.0-only
package linux.workqueue;

/** Work to be done in a task of its own, where it may sleep. */
public class work_struct {
    /** What the worker does. */
    public interface Function {
        void call(work_struct work);
    }

    public Function func;

    /** The struct that embeds this work: what {@code container_of} finds in C. */
    public Object owner;

    /** It waits on a queue. Queueing it again changes nothing; cleared just before it runs. */
    boolean pending;
}
