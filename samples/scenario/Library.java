// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The scenarios that come with us, {@code samples/resources/scenarios}, and those in readers' files. */
public final class Library {
    private Library() {}

    private static final String FOLDER = "/scenarios/";

    /** The names, in the order of {@code scenarios/index.txt}. */
    public static List<String> names() throws IOException {
        return resource("index.txt").lines().filter(l -> !l.isBlank()).toList();
    }

    /**
     * @param nameOrFile the name of one of ours, or a file
     * @throws IOException neither exists, or the file cannot be read
     */
    public static Scenario load(String nameOrFile) throws IOException, ScenarioException {
        if (!nameOrFile.contains("/") && names().contains(nameOrFile)) {
            return ScenarioParser.parse(nameOrFile + ".scn", resource(nameOrFile + ".scn"));
        }
        Path p = Path.of(nameOrFile);
        if (!Files.isRegularFile(p)) {
            throw new IOException("no scenario and no file \"" + nameOrFile + "\"; \"list\" shows what there is");
        }
        return ScenarioParser.parse(nameOrFile, Files.readString(p, StandardCharsets.UTF_8));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Library.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IOException("no resource " + FOLDER + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
