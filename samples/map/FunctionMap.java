// SPDX-License-Identifier: GPL-2.0-only
package map;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import main.Arguments;
import main.UsageException;
import weave.KernelSource;

/**
 * {@code map FUNCTION}: where a function of the kernel lives in both trees, who calls it and whom it calls, which pointers refer to it, in which
 * walkthroughs it runs, which tests it has, and whether it differs. What it says about Linux comes from tables that ship with the
 * samples; what it says about us from the source files, so it is to be run in the project's folder.
 */
public final class FunctionMap {
    private FunctionMap() {}

    private static final int NEAR = 8;
    private static final Path WALKTHROUGHS = Path.of("samples/walkthrough");

    /** @return the exit status: 1 if there is no such function */
    public static int main(String[] args) throws UsageException, IOException {
        Arguments a = Arguments.parse(args, 1, Set.of(), Set.of());
        a.expectWords("FUNCTION");
        return show(a.word(0), System.out);
    }

    static int show(String name, PrintStream out) throws IOException {
        List<KernelSource.Entry> linux = KernelSource.entries().getOrDefault(name, List.of());
        List<SourceFiles.Found> here = SourceFiles.functions(name);
        if (linux.isEmpty() && here.isEmpty()) {
            out.println("no function " + name + "; near: " + String.join(", ", near(name)));
            return 1;
        }
        out.println(name);
        for (KernelSource.Entry e : linux) {
            section(out, "Linux", List.of(e.file() + ":" + e.line() + "-" + e.end() + ", " + linkage(e.linkage())));
        }
        List<String> places = new ArrayList<>();
        here.forEach(f -> places.add(f.file() + ":" + f.from() + "-" + f.to()));
        section(out, "here", places.isEmpty() ? List.of(notPorted(name)) : places);
        for (SourceFiles.Found f : here) {
            section(out, "differs", f.differs());
            section(out, "kernel bug", f.bugs());
        }
        section(out, "called by", wrap(callers(name)));
        section(out, "calls", wrap(callees(name)));
        section(out, "pointers", pointers(name));
        section(out, "called by", through(name));
        section(out, "walkthrough", walkthroughs(name));
        section(out, "tests", SourceFiles.tests(name));
        return 0;
    }

    private static String linkage(KernelSource.Linkage l) {
        return l == KernelSource.Linkage.GLOBAL ? "global" : l == KernelSource.Linkage.STATIC ? "static" : "static inline";
    }

    private static void section(PrintStream out, String title, List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            out.printf("  %-12s %s%n", i == 0 ? title : "", lines.get(i));
        }
    }

    /** Names in lines of a bearable length. */
    private static List<String> wrap(Iterable<String> names) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String n : names) {
            if (line.length() > 0 && line.length() + n.length() > 100) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(n);
        }
        if (line.length() > 0) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static Set<String> callers(String name) {
        Set<String> found = new TreeSet<>();
        for (String l : KernelSource.lines("calls.csv")) {
            String[] w = l.split(",", 3);
            if (List.of(w[2].split(" ")).contains(name)) {
                found.add(w[1]);
            }
        }
        return found;
    }

    /** In the order of the source; calls through pointers as the source writes them. */
    private static Set<String> callees(String name) {
        Set<String> found = new LinkedHashSet<>();
        for (String l : KernelSource.lines("calls.csv")) {
            String[] w = l.split(",", 3);
            if (w[1].equals(name)) {
                found.addAll(List.of(w[2].split(" ")));
            }
        }
        for (String l : KernelSource.lines("indirect.csv")) {
            String[] w = l.split(",", -1);
            if (w[1].equals(name)) {
                found.add("(*" + w[2] + ")");
            }
        }
        return found;
    }

    private static List<String> pointers(String name) {
        List<String> found = new ArrayList<>();
        for (String l : KernelSource.lines("pointers.csv")) {
            String[] w = l.split(",", -1);
            if (w[0].equals(name)) {
                found.add(w[1] + "." + w[2] + ", set in " + w[3] + ":" + w[4] + (w[5].isEmpty() ? "" : " by " + w[5]));
            }
        }
        return found;
    }

    /** Who calls through those pointers. */
    private static List<String> through(String name) {
        Set<String> found = new TreeSet<>();
        for (String p : KernelSource.lines("pointers.csv")) {
            String[] w = p.split(",", -1);
            if (w[0].equals(name)) {
                for (String l : KernelSource.lines("indirect.csv")) {
                    String[] x = l.split(",", -1);
                    if ((x[2].endsWith("->" + w[2]) || x[2].endsWith("." + w[2]) || x[2].equals(w[2])) && x[3].equals(w[1])) {
                        found.add(x[1] + " (" + x[2] + ")");
                    }
                }
            }
        }
        return wrap(found);
    }

    private static List<String> walkthroughs(String name) throws IOException {
        List<String> found = new ArrayList<>();
        if (Files.isDirectory(WALKTHROUGHS)) {
            try (var files = Files.list(WALKTHROUGHS)) {
                for (Path p : files.filter(f -> f.toString().endsWith(".md") && !f.endsWith("README.md")).sorted().toList()) {
                    if (Files.readString(p).matches("(?s).*\\b" + name + "\\b.*")) {
                        found.add(p.toString());
                    }
                }
            }
        }
        return found;
    }

    private static String notPorted(String name) throws IOException {
        Path list = Path.of("tests/not-ported.txt");
        if (Files.exists(list)) {
            for (String l : Files.readAllLines(list)) {
                String[] w = l.split(" ", 3);
                if (w.length == 3 && w[1].equals(name)) {
                    return "not ported: " + w[2];
                }
            }
        }
        return "not here" + (Files.isDirectory(Path.of("include")) ? "" : ", or this is not the project's folder");
    }

    /** Names that somebody may have meant. */
    static List<String> near(String name) {
        return KernelSource.entries().keySet().stream()
                .sorted(Comparator.comparingInt((String n) -> n.contains(name) || name.contains(n) && n.length() > 4
                        ? Math.abs(n.length() - name.length()) / 4 : distance(n, name)).thenComparing(n -> n))
                .limit(NEAR).toList();
    }

    /** How many letters must be changed, added or taken away. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
