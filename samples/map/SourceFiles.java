// SPDX-License-Identifier: GPL-2.0-only
package map;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Functions and tests in this project's source files, found by their text. */
final class SourceFiles {
    private SourceFiles() {}

    private static final List<String> FOLDERS = List.of("include", "net-ipv4", "net-mptcp");

    /** A method: its lines, and what its annotations say. */
    record Found(Path file, int from, int to, List<String> differs, List<String> bugs) {}

    /** The methods of that name, usually one. */
    static List<Found> functions(String name) throws IOException {
        Pattern head = Pattern.compile("^    (?:@?[\\w<>\\[\\]., ?]+ )?static [\\w<>\\[\\]., ?]+ " + name + "\\(.*");
        List<Found> found = new ArrayList<>();
        for (String folder : FOLDERS) {
            for (Path f : javaFiles(Path.of(folder))) {
                List<String> lines = Files.readAllLines(f);
                for (int i = 0; i < lines.size(); i++) {
                    if (lines.get(i).contains(" " + name + "(") && head.matcher(lines.get(i)).matches()) {
                        String annotations = annotations(lines, i);
                        found.add(new Found(f, i + 1, end(lines, i) + 1, said(annotations, "Differs"), said(annotations, "KernelBug")));
                    }
                }
            }
        }
        return found;
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static int end(List<String> lines, int from) {
        for (int i = from; i < lines.size(); i++) {
            if (lines.get(i).equals("    }") || i == from && lines.get(i).endsWith("}")) {
                return i;
            }
        }
        return from;
    }

    /** What stands between the Javadoc and the method. */
    private static String annotations(List<String> lines, int method) {
        int from = method;
        while (from > 0 && !lines.get(from - 1).isBlank() && !lines.get(from - 1).endsWith("*/")) {
            from--;
        }
        return String.join(" ", lines.subList(from, method));
    }

    private static List<String> said(String annotations, String which) {
        List<String> found = new ArrayList<>();
        Matcher m = Pattern.compile("@" + which + "\\(((?:\\s*\\+?\\s*\"(?:[^\"\\\\]|\\\\.)*\")+)\\s*\\)").matcher(annotations);
        while (m.find()) {
            found.add(m.group(1).strip().replaceAll("\"\\s*\\+\\s*\"", "").replaceAll("^\"|\"$", "").replace("\\\"", "\""));
        }
        return found;
    }

    /** The test classes that are called like the function, with the number of their tests. */
    static List<String> tests(String name) throws IOException {
        List<String> found = new ArrayList<>();
        Pattern head = Pattern.compile("    class " + name + " (?:extends .*)?\\{");
        for (Path f : javaFiles(Path.of("tests"))) {
            List<String> lines = Files.readAllLines(f);
            for (int i = 0; i < lines.size(); i++) {
                if (head.matcher(lines.get(i)).matches()) {
                    long n = lines.subList(i, end(lines, i)).stream().filter(l -> l.strip().matches("@(Test|TestFactory|ParameterizedTest|EveryIss)\\b.*")).count();
                    found.add(f + ":" + (i + 1) + ", " + n + (n == 1 ? " test" : " tests"));
                }
            }
        }
        return found;
    }
}
