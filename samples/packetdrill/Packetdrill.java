// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import linux.netdevice.net_device;
import main.Arguments;
import main.UsageException;
import trace.Tracing;

/**
 * {@code packetdrill [OPTION]... FILE...}: plays packetdrill scripts on the machine in here, in virtual time and without root.
 *
 * <pre>
 * Lexer -> Parser, PacketParser -> Script -> Runner -> Tun          the network
 *                                               |
 *                                            Process -> SystemCalls
 * </pre>
 *
 * <p>What to know beside the manual of packetdrill:
 *
 * <ul>
 *   <li>Multipath TCP is on if a packet of the script has one of its options, and off otherwise; {@code --sysctl
 *       net.mptcp.mptcp_enabled=1} or a command in the script says something else.
 *   <li>A join of the host's own is expected by a SYN with a new name: {@code > S 0:0(0) <..., mp_join_syn ...> sock(5)}.
 *   <li>A SYN with the name of a listener begins another connection: {@code < S 0:0(0) win 1000 sock(3)}.
 *   <li>The checksum of a mapping is compared where the mapping covers the segment; all data is zeros.
 *   <li>FO is the experimental option of this kernel, number 254; number 34 only where the length fits no other way.
 * </ul>
 */
public final class Packetdrill {
    private Packetdrill() {}

    /** The words cannot be followed. */
    private static final int USAGE = 2;

    /** Reads a script. */
    static Script parse(Path file, Settings settings) throws ScriptException, IOException {
        return Parser.parse(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1), settings.defines);
    }

    /** Plays a script. */
    public static void play(Path file, Settings settings, PrintStream out) throws ScriptException, IOException {
        new Runner(parse(file, settings), settings, out).run();
    }

    /**
     * @param args options, as {@code --name=value} or {@code --name value}, and files
     * @return 0: all scripts passed; 1: not all; 2: the words cannot be followed
     */
    public static int main(List<String> args, PrintStream out, PrintStream err) throws IOException {
        try {
            return run(args, out, err);
        } catch (UsageException e) {
            err.println(e.getMessage());
            return USAGE;
        }
    }

    private static int run(List<String> args, PrintStream out, PrintStream err) throws IOException, UsageException {
        Settings settings = new Settings();
        List<Path> files = new ArrayList<>();
        List<String> traced = new ArrayList<>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i).replaceFirst("^-v$", "--verbose").replaceFirst("^-D", "--define=");
            if (!arg.startsWith("-")) {
                files.add(Path.of(arg));
                continue;
            }
            String name = arg.replaceFirst("^--", "").replaceFirst("=.*", "");
            String value = "";
            if (arg.contains("=")) {
                value = arg.substring(arg.indexOf('=') + 1);
            } else if (!Settings.isFlag(name)) {
                if (++i == args.size()) {
                    throw new UsageException(arg + " needs a value");
                }
                value = args.get(i);
            }
            if (Tracing.OPTIONS.contains(name)) {
                traced.addAll(List.of("--" + name, value));
                continue;
            }
            String wrong = settings.set(name, value);
            if (wrong != null) {
                throw new UsageException(wrong);
            }
        }
        if (files.isEmpty()) {
            throw new UsageException("expected FILE; --help explains");
        }
        if (files.size() > 1 && (settings.pcap != null || !traced.isEmpty())) {
            throw new UsageException("--pcap and --trace tell of one script, not of " + files.size());
        }
        if (!traced.isEmpty()) {
            settings.watcher(tracing(files.get(0).toString(), traced));
        }
        return play(files, settings, out, err);
    }

    /** Writes a trace of the script. */
    private static Settings.Watcher tracing(String title, List<String> options) throws UsageException {
        Tracing tracing = Tracing.of(Arguments.parse(options.toArray(new String[0]), 0, Tracing.OPTIONS, Set.of()));
        return new Settings.Watcher() {
            @Override
            public void begins(net_device dev) throws IOException {
                tracing.start(title, dev::equals);
            }

            @Override
            public void ends() {
                tracing.close();
            }
        };
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
