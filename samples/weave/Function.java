// SPDX-License-Identifier: GPL-2.0-only
package weave;

import java.util.List;

/** A function of the kernel that has a probe. */
public final class Function {
    public final int number;

    /** {@code tcp_input.Ack}. */
    public final String className;

    /** {@code tcp_ack}. */
    public final String name;

    public final List<String> parameters;

    /** Does it return yes or no? */
    public final boolean truth;

    /** The C file, such as {@code net/ipv4/tcp_input.c}, or an empty string for what only our machine has. */
    public final String file;

    Function(int number, String className, String name, String[] parameters, boolean truth, String file) {
        this.number = number;
        this.className = className;
        this.name = name;
        this.parameters = List.of(parameters);
        this.truth = truth;
        this.file = file;
    }

    @Override
    public String toString() {
        return name;
    }
}
