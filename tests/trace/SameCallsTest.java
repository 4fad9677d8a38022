// SPDX-License-Identifier: GPL-2.0-only
package trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Does the port walk the calls that the real kernel walked? For each scenario whose recorded trace is not cut: which pairs caller > callee did
 * the kernel walk, which does a trace of ours have? Functions that the recording could not see are transparent.
 */
class SameCallsTest {
    private static final double EACH = 0.95;
    private static final double MEAN = 0.98;

    /** The traced kernel was slower than the one whose packets were recorded: a delayed ACK came first, and TIME_WAIT answered. */
    private static final Map<String, Double> LESS = Map.of("tcp-fastopen", 0.93);

    private final Map<Integer, String> pairs = new HashMap<>();
    private final Map<String, Set<String>> walked = new LinkedHashMap<>();
    private final Set<String> traced = new HashSet<>();

    SameCallsTest() throws IOException {
        try (InputStream in = new GZIPInputStream(SameCallsTest.class.getResourceAsStream("/recordings/calls-walked.txt.gz"))) {
            for (String l : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] w = l.split(" ");
                switch (w[0]) {
                    case "pair" -> pairs.put(Integer.parseInt(w[1]), w[2] + " > " + w[3]);
                    case "scenario" -> {
                        Set<String> found = new TreeSet<>();
                        for (int i = 2; i < w.length; i++) {
                            found.add(pairs.get(Integer.parseInt(w[i])));
                        }
                        walked.put(w[1], found);
                    }
                    case "traced" -> traced.addAll(List.of(w));
                    default -> { /* a comment */ }
                }
            }
        }
    }

    /** The pairs of a trace, as {@code same-calls} counts them: a softirq that begins inside a task was not called by it. */
    private Set<String> pairsOf(TraceTree t) {
        Set<String> found = new TreeSet<>();
        for (TraceTree.Node root : t.roots) {
            collect(root, new ArrayDeque<>(), found);
        }
        return found;
    }

    private void collect(TraceTree.Node n, Deque<String> callers, Set<String> found) {
        boolean seen = traced.contains(n.name);
        if (seen) {
            found.add((callers.isEmpty() || n.name.equals("__do_softirq") ? "-" : callers.peekLast()) + " > " + n.name);
            callers.addLast(n.name);
        }
        n.calls.forEach(c -> collect(c, callers, found));
        if (seen) {
            callers.removeLast();
        }
    }

    @Test
    @DisplayName("at least 95 % of the pairs in each scenario, 98 % on average")
    void share() throws IOException {
        double sum = 0;
        List<String> low = new ArrayList<>();
        for (Map.Entry<String, Set<String>> e : walked.entrySet()) {
            Set<String> missing = new TreeSet<>(e.getValue());
            missing.removeAll(pairsOf(TraceTree.of(e.getKey(), "--trace-filter", "depth=1000")));
            double share = 1 - (double) missing.size() / e.getValue().size();
            sum += share;
            if (share < LESS.getOrDefault(e.getKey(), EACH)) {
                low.add(e.getKey() + " " + share + ": " + missing);
            }
        }
        assertThat(low).isEmpty();
        assertThat(sum / walked.size()).isGreaterThan(MEAN);
        assertThat(walked).hasSize(123);
    }
}
