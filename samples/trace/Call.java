// SPDX-License-Identifier: GPL-2.0-only
package trace;

import weave.Function;

/** A call of a function of the kernel, while it lasts and for as long as somebody keeps it. */
public final class Call {
    public final Function function;

    /** Who called it, or null: it begins a system call, a softirq or a timer's work. */
    public final Call parent;

    public final Context context;

    /** How many calls it stands on. */
    public final int depth;

    /** Nanoseconds of virtual time since boot. */
    public final long ns;

    /** Is a softirq being served? */
    public final boolean softirq;

    /** The how many-th call of the run: it says the order where time stands still. */
    public final long number;

    /** As the function got them. What they point to changes. */
    final Object[] args;

    /** Is it to be seen, by the filter; and how many of its callers are? */
    boolean shown;

    int shownDepth;

    // ---- the filter's notes ----

    boolean hidden;

    /** How deep below a function that the filter asks for, from 1; 0: not below one. */
    int graphDepth;

    String socket;

    /** What {@link #text} said when the call began. */
    private String text;

    Call(Function function, Call parent, Context context, long ns, boolean softirq, long number, Object[] args) {
        this.function = function;
        this.parent = parent;
        this.context = context;
        this.depth = parent == null ? 0 : parent.depth + 1;
        this.ns = ns;
        this.softirq = softirq;
        this.number = number;
        this.args = args;
    }

    public String name() {
        return function.name;
    }

    /** The value of a parameter, or null. */
    Object arg(String name) {
        int i = function.parameters.indexOf(name);
        return i < 0 ? null : args[i];
    }

    /** {@code sk=client/meta, skb=[S 1:2], flags=0}. Ask first when the call begins: what it points to changes. */
    String text(Names names) {
        if (text == null) {
            text = Values.arguments(this, names);
        }
        return text;
    }
}
