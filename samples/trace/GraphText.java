// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;

/**
 * A trace as text, in the shape of ftrace's function_graph:
 *
 * <pre>
 *   2.000016 C . |  tcp_v4_connect(sk=client, addr_len=16) {
 *   2.000016 C . |    ip_route_connect(...); /* = 0 *&#47;
 *   2.000020 C . |  } /* tcp_v4_connect = 0 *&#47;
 * </pre>
 *
 * Where the CPU goes to another task, the braces of the one that leaves are closed, and opened again when it comes back: so they always
 * match, and a line's callers stand above it.
 */
final class GraphText implements Sink {
    private static final String HEAD = "# tracer: function_graph\n"
            + "# TIME: virtual, seconds since boot. A dot becomes an s while a softirq is served.\n"
            + "#\n"
            + "#      TIME TASK       |  FUNCTION CALLS\n";

    private final Writer out;
    private final Names names;

    /** Nothing is left out: packets are shown that no call shown sends. */
    private final boolean whole;

    /** A call whose line is not written yet: if it returns at once, it needs only one. */
    private Call pending;

    private final Map<Context, Deque<Call>> open = new HashMap<>();
    private Context context;
    private Deque<Call> stack = new ArrayDeque<>();

    /** A task that the CPU has gone to, if nothing has come of it yet. */
    private boolean switched;

    GraphText(Writer out, Names names, boolean whole) throws IOException {
        this.out = out;
        this.names = names;
        this.whole = whole;
        out.write(HEAD);
    }

    @Override
    public void switched(Context to) {
        switched = true;
    }

    @Override
    public void enter(Call c) throws IOException {
        arrive(c.context, c);
        flush();
        c.text(names);
        pending = c;
        stack.addLast(c);
    }

    @Override
    public void exit(Call c, Object result) throws IOException {
        arrive(c.context, c);
        String value = Values.result(c, result, names);
        stack.removeLast();
        if (pending == c) {
            pending = null;
            line(c, c.name() + "(" + c.text(names) + ");" + (value == null ? "" : " /* = " + value + " */"));
        } else {
            line(c, "} /* " + c.name() + (value == null ? "" : " = " + value) + " */");
        }
    }

    @Override
    public void packet(int number, net_device dev, PacketTap.Direction direction, byte[] bytes, int length, Call inside) throws IOException {
        if (!whole && (inside == null || inside.context != context || stack.isEmpty())) {
            return;
        }
        flush();
        out.write(String.format("%24s|  %s/* packet %d %s %s */%n", "", indent(stack.size()), number,
                direction == PacketTap.Direction.OUT ? "leaves by" : "comes in at", dev.name));
    }

    /** The CPU may have changed hands since the last line. */
    private void arrive(Context to, Call cause) throws IOException {
        if (!switched || to == context) {
            switched = false;
            return;
        }
        switched = false;
        if (context != null) {
            flush();
            int depth = stack.size();
            for (Call c : (Iterable<Call>) stack::descendingIterator) {
                out.write(String.format("%24s|  %s}%s%n", "", indent(--depth), depth == stack.size() - 1 ? " /* " + c.name() + " waits */" : ""));
            }
        }
        context = to;
        stack = open.computeIfAbsent(to, k -> new ArrayDeque<>());
        out.write(" ------------------------------------------\n== " + to.name + (cause.softirq ? " (softirq)" : "") + "\n");
        int depth = 0;
        for (Call c : stack) {
            out.write(String.format("%24s|  %s%s() { /* goes on */%n", "", indent(depth++), c.name()));
        }
    }

    private void flush() throws IOException {
        if (pending != null) {
            Call c = pending;
            pending = null;
            line(c, c.name() + "(" + c.text(names) + ") {");
        }
    }

    private void line(Call c, String text) throws IOException {
        String us = Long.toString(c.ns / 1000);
        String seconds = us.length() <= 6 ? "0." + "0".repeat(6 - us.length()) + us : us.substring(0, us.length() - 6) + "." + us.substring(us.length() - 6);
        out.write(" ".repeat(Math.max(0, 12 - seconds.length())) + seconds + " " + pad(c.context.name, 9) + (c.softirq ? "s" : ".") + " |  "
                + indent(c.shownDepth) + text + "\n");
    }

    private static String pad(String s, int n) {
        return s.length() >= n ? s.substring(0, n) : s + " ".repeat(n - s.length());
    }

    private static String indent(int depth) {
        return "  ".repeat(depth);
    }

    @Override
    public void end() throws IOException {
        flush();
        for (int depth = stack.size(); depth > 0; depth--) {
            out.write(String.format("%24s|  %s}%n", "", indent(depth - 1)));
        }
        out.close();
    }
}
