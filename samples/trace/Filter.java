// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What of a trace is to be seen. Conditions are separated by semicolons, and all must hold; names may contain {@code *}, and several are
 * separated by commas:
 *
 * <pre>
 *   function=tcp_ack,mptcp_*   these functions, nothing else
 *   graph=tcp_sendmsg          these functions and all that they call
 *   not=skb_*,kfree_skb        neither these nor what they call
 *   file=mptcp_*.c             functions of these C files
 *   depth=5                    this many levels, counted from graph= or from the system call
 *   socket=client/meta         work on this socket, and what it calls
 *   packet=5                   what sends packet 5 and what receives it
 *   start=tcp_close            nothing before the first call of this function
 *   stop=tcp_fin               nothing behind its first return
 *   inline                     also functions that a C compiler compiles into their callers
 * </pre>
 */
public final class Filter {
    /** What an option says that cannot be followed. */
    public static final class SyntaxError extends Exception {
        private static final long serialVersionUID = 1L;

        SyntaxError(String message) {
            super(message);
        }
    }

    private static final String KEYS = "function, graph, not, file, depth, socket, packet, start, stop or inline";

    /** What is there because somebody watches: taps, and the copies that they get. */
    private static final Set<String> WATCHING = Set.of("dev_queue_xmit_nit", "receive");

    private Pattern function;
    private Pattern graph;
    private Pattern not;
    private Pattern file;
    private Pattern socket;
    private String start;
    private String stop;
    private int depth = Integer.MAX_VALUE;
    private boolean stopped;

    /** The packet that is wanted, or 0. */
    int packet;

    private Filter() {}

    /** @param text conditions, or null: everything is let through */
    public static Filter parse(String text) throws SyntaxError {
        Filter f = new Filter();
        for (String condition : text == null ? new String[0] : text.split(";")) {
            if (!condition.isBlank()) {
                f.add(condition.strip());
            }
        }
        return f;
    }

    private void add(String condition) throws SyntaxError {
        String[] w = condition.split("=", 2);
        String value = w.length == 2 ? w[1] : "";
        if (value.isEmpty() != w[0].equals("inline")) {
            throw new SyntaxError("--trace-filter " + condition + ": expected KEY=VALUE, with KEY one of " + KEYS);
        }
        switch (w[0]) {
            case "function" -> function = globs(value);
            case "graph" -> graph = globs(value);
            case "not" -> not = globs(value);
            case "file" -> file = globs(value);
            case "socket" -> socket = globs(value);
            case "depth" -> depth = number(condition, value);
            case "packet" -> packet = number(condition, value);
            case "start" -> start = value;
            case "stop" -> stop = value;
            case "inline" -> { /* the classes have been loaded accordingly */ }
            default -> throw new SyntaxError("--trace-filter " + condition + ": there is no " + w[0] + ", only " + KEYS);
        }
    }

    private static int number(String condition, String value) throws SyntaxError {
        if (!value.matches("[1-9]\\d{0,8}")) {
            throw new SyntaxError("--trace-filter " + condition + ": expected a number above 0");
        }
        return Integer.parseInt(value);
    }

    private static Pattern globs(String names) {
        List<String> parts = new ArrayList<>();
        for (String n : names.split(",")) {
            parts.add("\\Q" + n.strip().replace("*", "\\E.*\\Q") + "\\E");
        }
        return Pattern.compile(String.join("|", parts));
    }


    /** Is nothing left out? */
    boolean whole() {
        return function == null && graph == null && not == null && file == null && socket == null && packet == 0 && start == null && stop == null;
    }

    /** The call begins: says in {@link Call#shown} whether it is to be seen. */
    void decide(Call c, Names names) {
        Call p = c.parent;
        String name = c.name();
        c.shownDepth = p == null ? 0 : p.shownDepth + (p.shown ? 1 : 0);
        c.hidden = p != null && p.hidden && !name.equals("__do_softirq") || WATCHING.contains(name) || c.context.aside(c) || not != null && matches(not, name);
        c.graphDepth = p != null && p.graphDepth > 0 && !name.equals("__do_softirq") ? p.graphDepth + 1 : graph == null || matches(graph, name) ? 1 : 0;
        if (socket != null) {
            String s = names.socketOf(c);
            c.socket = s != null ? s : p == null ? null : p.socket;
        }
        if (start != null && name.equals(start)) {
            start = null;
        }
        c.shown = start == null && !stopped && !c.hidden && c.graphDepth > 0 && c.graphDepth <= depth
                && (function == null || matches(function, name))
                && (file == null || matches(file, c.function.file.substring(c.function.file.lastIndexOf('/') + 1)))
                && (socket == null || c.socket != null && matches(socket, c.socket));
    }

    /** The call has returned. */
    void left(Call c) {
        if (start == null && c.name().equals(stop)) {
            stopped = true;
        }
    }

    private static boolean matches(Pattern p, String name) {
        return p.matcher(name).matches();
    }
}
