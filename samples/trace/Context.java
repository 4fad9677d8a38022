// SPDX-License-Identifier: GPL-2.0-only
package trace;

import linux.sched.task_struct;

/** A task, or the idle CPU: each has a stack of calls of its own. */
public final class Context {
    /** {@code S}, {@code C}, {@code kworker/1}, {@code idle}. */
    public final String name;

    private final boolean program;
    private final boolean relay;

    /** The innermost call. */
    Call top;

    Context(task_struct task) {
        name = task.comm;
        program = name.equals("init");
        relay = name.equals("relay");
    }

    /**
     * Is a call of no interest, because it is not the scenario's? Of the program that sets all up and of the relay only the softirqs
     * count that come while they have the CPU.
     */
    boolean aside(Call c) {
        return !c.softirq && (program || relay) && !c.name().equals("__do_softirq");
    }
}
