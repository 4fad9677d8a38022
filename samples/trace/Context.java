// SPDX-License-Identifier: GPL-2.0-only
package trace;

import linux.sched.task_struct;

/** A task, or the idle CPU: each has a stack of calls of its own. */
public final class Context {
    /** {@code S}, {@code C}, {@code kworker/1}, {@code idle}. */
    public final String name;

    /** It is the program that set all this up, not a part of the scenario. */
    final boolean program;

    /** The innermost call. */
    Call top;

    Context(task_struct task) {
        name = task.comm;
        program = name.equals("init");
    }
}
