// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import weave.TraceLoader;

/** The calls of a trace as a tree, read from its text. */
public final class TraceTree {
    /** A call: its arguments and its result as the text shows them. */
    public static final class Node {
        public final String name;
        public final String args;
        public final String task;
        public final boolean softirq;
        public String result = "";
        public final List<Node> calls = new ArrayList<>();

        Node(String name, String args, String task, boolean softirq) {
            this.name = name;
            this.args = args;
            this.task = task;
            this.softirq = softirq;
        }

        @Override
        public String toString() {
            return name + "(" + args + ")" + (result.isEmpty() ? "" : " = " + result);
        }
    }

    private static final Pattern OPEN = Pattern.compile("(\\w+)\\((.*)\\) \\{(.*)");
    private static final Pattern LEAF = Pattern.compile("(\\w+)\\((.*)\\);(?: /\\* = (.*) \\*/)?");
    private static final Pattern CLOSE = Pattern.compile("\\} /\\* \\w+(?: = (.*))? \\*/");

    /** Calls that nobody made: system calls, softirqs, works. */
    public final List<Node> roots = new ArrayList<>();

    /** All calls, in their order. */
    public final List<Node> all = new ArrayList<>();

    /** Lines about packets. */
    public final List<String> packets = new ArrayList<>();

    private TraceTree() {}

    /** Plays a scenario with all functions visible, also those that C compiles into their callers. */
    public static TraceTree of(String scenario, String... more) throws IOException {
        Path file = Files.createTempFile("trace", ".txt");
        try {
            List<String> args = new ArrayList<>(List.of("run", scenario, "--quiet", "--trace", file.toString()));
            args.addAll(List.of(more));
            int status = TraceLoader.run("main.Main", !args.contains("--trace-filter"), args.toArray(new String[0]));
            if (status != 0) {
                throw new IOException(args + " ended with " + status);
            }
            return parse(Files.readAllLines(file));
        } finally {
            Files.delete(file);
        }
    }

    static TraceTree parse(List<String> lines) {
        TraceTree t = new TraceTree();
        Map<String, Deque<Node>> left = new HashMap<>();
        Deque<Node> stack = new ArrayDeque<>();
        String task = "";
        for (String line : lines) {
            if (line.startsWith("== ")) {
                task = line.split(" ")[1];
                continue;
            }
            int bar = line.indexOf('|');
            if (bar < 0 || line.startsWith("#")) {
                continue;
            }
            String body = line.substring(bar + 1).strip();
            boolean softirq = bar > 1 && line.charAt(bar - 2) == 's';
            Matcher m;
            if (body.startsWith("/* packet")) {
                t.packets.add(body);
            } else if ((m = LEAF.matcher(body)).matches()) {
                t.add(stack.peekLast(), new Node(m.group(1), m.group(2), task, softirq)).result = m.group(3) == null ? "" : m.group(3);
            } else if ((m = OPEN.matcher(body)).matches()) {
                stack.addLast(m.group(3).contains("goes on") ? left.get(task).removeLast()
                        : t.add(stack.peekLast(), new Node(m.group(1), m.group(2), task, softirq)));
            } else if ((m = CLOSE.matcher(body)).matches() && !body.endsWith("waits */")) {
                stack.removeLast().result = m.group(1) == null ? "" : m.group(1);
            } else if (body.startsWith("}")) {
                // Its task gives the CPU away and will come back to it.
                left.computeIfAbsent(task, k -> new ArrayDeque<>()).addLast(stack.removeLast());
            } else {
                throw new IllegalArgumentException(line);
            }
        }
        return t;
    }

    private Node add(Node caller, Node n) {
        (caller == null ? roots : caller.calls).add(n);
        all.add(n);
        return n;
    }

    /** All that a call leads to, in its order. */
    public static List<Node> below(Node n) {
        List<Node> found = new ArrayList<>();
        for (Node c : n.calls) {
            found.add(c);
            found.addAll(below(c));
        }
        return found;
    }
}
