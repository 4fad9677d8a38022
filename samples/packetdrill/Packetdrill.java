// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code packetdrill [OPTION]... FILE...}: plays packetdrill scripts on the machine in here, in virtual time and without root.
 *
 * <pre>
 * Lexer -> Parser, PacketParser -> Script -> Runner -> Tun          the network
 *                                               |
 *                                            Process -> SystemCalls
 * </pre>
 */
public final class Packetdrill {
    private Packetdrill() {}

    /** Reads a script. */
    public static Script parse(Path file) throws ScriptException, IOException {
        return Parser.parse(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
    }

    /** Plays a script. */
    public static void play(Path file, Settings settings, PrintStream out) throws ScriptException, IOException {
        new Runner(parse(file), settings, out).run();
    }

    /**
     * @param args options, as {@code --name=value} or {@code --name value}, and files
     * @return 0: all scripts passed; 1: not all; 2: the words cannot be followed
     */
    public static int main(List<String> args, PrintStream out, PrintStream err) throws IOException {
        Settings settings = new Settings();
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (!arg.startsWith("-")) {
                files.add(Path.of(arg));
                continue;
            }
            String name = arg.equals("-v") ? "verbose" : arg.replaceFirst("^--", "").replaceFirst("=.*", "");
            boolean separate = !arg.contains("=") && !Settings.isFlag(name);
            if (!arg.equals("-v") && !arg.startsWith("--") || separate && i + 1 == args.size()) {
                err.println(arg + (arg.startsWith("--") ? " needs a value" : ": there is no such option; --help explains what there is"));
                return 2;
            }
            String value = separate ? args.get(++i) : arg.substring(arg.indexOf('=') + 1);
            String wrong = name.equals("pcap") ? null : settings.set(name, value);
            if (wrong != null) {
                err.println(wrong);
                return 2;
            }
            if (name.equals("pcap")) {
                settings.pcap(Path.of(value));
            }
        }
        if (files.isEmpty()) {
            err.println("expected FILE; --help explains");
            return 2;
        }
        if (settings.pcap != null && files.size() > 1) {
            err.println("--pcap writes the packets of one script, not of " + files.size());
            return 2;
        }
        return play(files, settings, out, err);
    }

    private static int play(List<Path> files, Settings settings, PrintStream out, PrintStream err) throws IOException {
        int failed = 0;
        for (Path file : files) {
            try {
                play(file, settings, out);
                if (files.size() > 1 || settings.verbose) {
                    out.println("ok     " + file);
                }
            } catch (ScriptException e) {
                failed++;
                err.println(e.getMessage());
                if (files.size() > 1) {
                    out.println("FAILED " + file);
                }
            }
        }
        if (files.size() > 1) {
            out.println(files.size() - failed + " passed, " + failed + " failed");
        }
        return failed == 0 ? 0 : 1;
    }
}
