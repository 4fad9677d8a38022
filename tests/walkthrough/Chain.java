// SPDX-License-Identifier: GPL-2.0-only
package walkthrough;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import trace.TraceTree;
import trace.TraceTree.Node;

/**
 * A chain of calls as the walkthroughs write it: a line for each call, its callees below it, two columns to the right.
 *
 * <pre>
 *   tcp_v4_rcv
 *     tcp_v4_do_rcv(sk=client)       what stands in the brackets occurs among its arguments; several are separated by commas
 *       ... tcp_ack                  called from here, with others in between
 *       tcp_data_queue = 1           this is its result
 *       ! tcp_send_ack               not called, neither directly nor through others
 * </pre>
 *
 * The callees come in this order; others may come between them.
 */
final class Chain {
    private static final Pattern LINE = Pattern.compile("( *)(\\.\\.\\. |! )?(\\w+)(?:\\(([^)]*)\\))?(?: = (\\S+))?(?:  .*)?");

    final String name;
    private final String args;
    private final String result;
    private final boolean through;
    private final boolean not;
    private final List<Chain> calls = new ArrayList<>();

    private Chain(Matcher m) {
        through = "... ".equals(m.group(2));
        not = "! ".equals(m.group(2));
        name = m.group(3);
        args = m.group(4);
        result = m.group(5);
    }

    /** The chains of a block; it usually has one. */
    static List<Chain> parse(List<String> lines) {
        List<Chain> roots = new ArrayList<>();
        List<Chain> open = new ArrayList<>();
        for (String line : lines) {
            Matcher m = LINE.matcher(line);
            if (!m.matches() || m.group(1).length() % 2 != 0 || m.group(1).length() / 2 > open.size()) {
                throw new IllegalArgumentException("no call: \"" + line + "\"");
            }
            Chain c = new Chain(m);
            open.subList(m.group(1).length() / 2, open.size()).clear();
            (open.isEmpty() ? roots : open.get(open.size() - 1).calls).add(c);
            open.add(c);
        }
        return roots;
    }

    /** The names of all functions in it. */
    List<String> names() {
        List<String> found = new ArrayList<>(List.of(name));
        calls.forEach(c -> found.addAll(c.names()));
        return found;
    }

    /** @return null if the trace has it somewhere, else the best that there is */
    String missingIn(TraceTree t) {
        String best = "nobody calls " + this;
        int most = -1;
        for (Node n : t.all) {
            if (matches(n)) {
                List<String> matched = new ArrayList<>();
                String missing = missingBelow(n, matched);
                if (missing == null) {
                    return null;
                }
                if (matched.size() > most) {
                    most = matched.size();
                    best = missing;
                }
            }
        }
        return best;
    }

    private boolean matches(Node n) {
        if (!n.name.equals(name) || result != null && !n.result.equals(result)) {
            return false;
        }
        if (args != null) {
            for (String a : args.split(",")) {
                if (!(", " + n.args + ",").contains(", " + a.strip() + ",")) {
                    return false;
                }
            }
        }
        return true;
    }

    private String missingBelow(Node n, List<String> matched) {
        List<Node> below = TraceTree.below(n);
        int at = 0;
        for (Chain c : calls) {
            if (c.not) {
                if (below.stream().anyMatch(c::matches)) {
                    return n + " leads to " + c.name;
                }
                continue;
            }
            String missing = "no " + c + " below " + n + (at == 0 ? "" : ", or not in this order");
            boolean found = false;
            for (int i = at; i < below.size() && !found; i++) {
                Node b = below.get(i);
                if ((c.through || n.calls.contains(b)) && c.matches(b)) {
                    String deeper = c.missingBelow(b, matched);
                    found = deeper == null;
                    missing = found ? missing : deeper;
                    at = found ? i + 1 : at;
                }
            }
            if (!found) {
                return missing;
            }
            matched.add(c.name);
        }
        return null;
    }

    @Override
    public String toString() {
        return name + (args == null ? "" : "(" + args + ")") + (result == null ? "" : " = " + result);
    }
}
