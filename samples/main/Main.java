// SPDX-License-Identifier: GPL-2.0-only
package main;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import linux.init.Machine;
import scenario.ScenarioException;
import trace.Tracing;
import weave.TraceLoader;

/**
 * The programs of this project, by their first word: {@code mvn -q compile exec:java -Dexec.args="copy FILE OUT"}. Without words a
 * short walkthrough runs. {@code --help} tells all.
 */
public final class Main {
    private Main() {}

    /** Wrong words, missing files. */
    private static final int USAGE = 2;

    public static void main(String[] args) {
        int status = run(args);
        System.out.flush();
        if (status != 0) {
            System.exit(status);
        }
    }

    /** @return the exit status: 0 it worked, 1 it did not, 2 the words cannot be followed */
    static int run(String[] args) {
        try {
            return command(args);
        } catch (UsageException | ScenarioException e) {
            System.err.println(e.getMessage());
            return USAGE;
        } catch (IOException | UncheckedIOException e) {
            System.err.println(e instanceof java.nio.file.NoSuchFileException ? e.getMessage() + ": no such file" : e.getMessage());
            return USAGE;
        } finally {
            Machine.halt();
        }
    }

    private static int command(String[] args) throws UsageException, ScenarioException, IOException {
        if (Arrays.asList(args).contains("--help") || args.length > 0 && args[0].equals("help")) {
            return help();
        }
        if (Tracing.wanted(args) && !TraceLoader.traces(Main.class)) {
            return TraceLoader.run(Main.class.getName(), Tracing.inlines(args), args);
        }
        if (args.length == 0 || args[0].startsWith("--")) {
            return Walkthrough.run(args, System.out);
        }
        switch (args[0]) {
            case "copy":
                return copy.Copy.main(args);
            case "run":
                return RunScenario.main(args);
            case "list":
                return RunScenario.list(args);
            case "map":
                return map.FunctionMap.main(args);
            case "bench":
                return bench.Bench.main(args);
            case "packetdrill":
                return packetdrill.Packetdrill.main(Arrays.asList(args).subList(1, args.length), System.out, System.err);
            default:
                throw new UsageException("\"" + args[0] + "\": expected copy, run, list, map, packetdrill, bench, or nothing at all; --help explains");
        }
    }

    private static int help() throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("/help.txt")) {
            System.out.print(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        return 0;
    }
}
