// SPDX-License-Identifier: GPL-2.0-only
package structure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rules of the house: who may import whom, and whose names have underscores. It reads the source files. */
class HouseRulesTest {
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([\\w.]+);", Pattern.MULTILINE);
    private static final Pattern CLASS = Pattern.compile("\\b(?:class|interface|enum|record) (\\w+)");
    private static final Pattern METHOD = Pattern.compile("^    (?:public |private |protected )?static [\\w<>\\[\\]., ?]+ (\\w+)\\(", Pattern.MULTILINE);

    private static List<Path> sources(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(folder))) {
            return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
        }
    }

    /** The packages that live in a folder. */
    private static Set<String> packages(String folder) throws IOException {
        Set<String> found = new HashSet<>();
        for (Path f : sources(folder)) {
            found.add(Path.of(folder).relativize(f.getParent()).toString().replace('/', '.'));
        }
        return found;
    }

    /** Imports in {@code folder} of something that lives in one of {@code forbidden}. */
    private static List<String> imports(String folder, String... forbidden) throws IOException {
        Set<String> packages = new HashSet<>();
        for (String f : forbidden) {
            packages.addAll(packages(f));
        }
        for (String below : List.of("include", "net-ipv4", "net-mptcp", "samples")) {
            if (!List.of(forbidden).contains(below)) {
                packages.removeAll(packages(below));
            }
        }
        List<String> wrong = new ArrayList<>();
        for (Path f : sources(folder)) {
            Matcher m = IMPORT.matcher(Files.readString(f));
            while (m.find()) {
                for (String name = m.group(1); name.contains("."); name = name.substring(0, name.lastIndexOf('.'))) {
                    if (packages.contains(name.substring(0, name.lastIndexOf('.')))) {
                        wrong.add(f + " imports " + m.group(1));
                        break;
                    }
                }
            }
        }
        return wrong;
    }

    @Test
    @DisplayName("include imports nothing above it")
    void includeIsTheGround() throws IOException {
        assertThat(imports("include", "net-ipv4", "net-mptcp", "samples", "tests")).isEmpty();
    }

    @Test
    @DisplayName("the stack does not know its samples and tests")
    void stackKnowsNoSamples() throws IOException {
        assertThat(imports("net-ipv4", "samples", "tests")).isEmpty();
        assertThat(imports("net-mptcp", "samples", "tests")).isEmpty();
    }

    @Test
    @DisplayName("only the tracer's weaver uses a library; all else needs nothing but the JDK")
    void noLibraries() throws IOException {
        Set<String> ours = new HashSet<>();
        for (String folder : List.of("include", "net-ipv4", "net-mptcp", "samples")) {
            ours.addAll(packages(folder));
        }
        List<String> foreign = new ArrayList<>();
        for (String folder : List.of("include", "net-ipv4", "net-mptcp", "samples")) {
            for (Path f : sources(folder)) {
                Matcher m = IMPORT.matcher(Files.readString(f));
                while (m.find()) {
                    String name = m.group(1);
                    boolean known = name.startsWith("java.") || name.startsWith("javax.") || name.startsWith("jdk.") || name.startsWith("com.sun.")
                            || ours.stream().anyMatch(p -> name.startsWith(p + "."));
                    if (!known && !(f.startsWith("samples/weave") && name.startsWith("net.bytebuddy."))) {
                        foreign.add(f + " imports " + name);
                    }
                }
            }
        }
        assertThat(foreign).isEmpty();
    }

    @Test
    @DisplayName("samples do not know the tests")
    void samplesKnowNoTests() throws IOException {
        assertThat(imports("samples", "tests")).isEmpty();
    }

    @Test
    @DisplayName("whatever has a name with underscores is Linux")
    void underscoresAreLinux() throws IOException {
        Set<String> linux = new HashSet<>();
        try (InputStream in = HouseRulesTest.class.getResourceAsStream("/structure/linux-names.txt")) {
            linux.addAll(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        }
        Set<String> ours = new TreeSet<>();
        for (String folder : List.of("include", "net-ipv4", "net-mptcp", "samples")) {
            for (Path f : sources(folder)) {
                String text = Files.readString(f);
                for (Pattern p : List.of(CLASS, METHOD)) {
                    Matcher m = p.matcher(text);
                    while (m.find()) {
                        String name = m.group(1);
                        // The type of a function pointer is called like the member that holds it: Cong_avoid.
                        String member = Character.toLowerCase(name.charAt(0)) + name.substring(1);
                        if (name.contains("_") && !name.equals(name.toUpperCase(Locale.ROOT)) && !linux.contains(name) && !linux.contains(member)) {
                            ours.add(name + " in " + f);
                        }
                    }
                }
            }
        }
        assertThat(ours).isEmpty();
    }

    @Test
    @DisplayName("each file says its licence in its first line")
    void licence() throws IOException {
        for (String folder : List.of("include", "net-ipv4", "net-mptcp", "samples", "tests")) {
            for (Path f : sources(folder)) {
                assertThat(Files.readString(f)).as(f.toString()).startsWith("// SPDX-License-Identifier: GPL-2.0-only\n");
            }
        }
    }

    @Test
    @DisplayName("every package of a C file's chapters lies in the folder of that C file's name")
    void folders() throws IOException {
        for (String folder : List.of("include", "net-ipv4", "net-mptcp", "samples", "tests")) {
            for (Path f : sources(folder)) {
                String pkg = Path.of(folder).relativize(f.getParent()).toString().replace('/', '.');
                assertThat(Files.readString(f)).as(f.toString()).contains("\npackage " + pkg + ";");
            }
        }
    }
}
