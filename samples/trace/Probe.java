// SPDX-License-Identifier: GPL-2.0-only
package trace;

import weave.Functions;

/** What the probes in the functions call: {@code weave.Weaver} puts them there. */
public final class Probe {
    private Probe() {}

    /** Who wants to know; null: nobody. */
    static Tracer tracer;

    public static void enter(int function, Object[] args) {
        Tracer t = tracer;
        if (t != null) {
            // What the tracer itself calls is not traced.
            tracer = null;
            t.enter(Functions.get(function), args);
            tracer = t;
        }
    }

    public static void exit(int function, Object result) {
        Tracer t = tracer;
        if (t != null) {
            tracer = null;
            t.exit(Functions.get(function), result);
            tracer = t;
        }
    }
}
