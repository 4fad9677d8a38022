// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import linux.netdevice.net_device;
import main.Arguments;
import main.UsageException;
import weave.TraceLoader;

/** What the options of a command ask to be traced: {@code --trace FILE} and its like. */
public final class Tracing implements AutoCloseable {
    /** The options, each of which has a value. */
    public static final Set<String> OPTIONS = Set.of("trace", "trace-json", "trace-filter", "stop", "html");

    private final Path text;
    private final Path json;
    private final Path html;
    private final Filter filter;
    private final Stop stop;
    private Tracer tracer;

    private Tracing(Arguments a) throws UsageException {
        text = a.output("trace");
        json = a.output("trace-json");
        html = a.output("html");
        try {
            filter = Filter.parse(a.get("trace-filter"));
            stop = a.has("stop") ? new Stop(a.get("stop")) : null;
        } catch (Filter.SyntaxError e) {
            throw new UsageException(e.getMessage());
        }
        if (a.has("trace-filter") && text == null && json == null && html == null) {
            throw new UsageException("--trace-filter needs --trace FILE, --trace-json FILE or --html FILE");
        }
    }

    /** Checks the options. The files are not opened yet. */
    public static Tracing of(Arguments a) throws UsageException {
        return new Tracing(a);
    }

    /** Must the program run in a {@link TraceLoader} for this? */
    public static boolean wanted(String[] args) {
        return !Collections.disjoint(Arrays.asList(args), List.of("--trace", "--trace-json", "--html", "--stop"));
    }

    /** Does the filter ask for functions that C compiles into their callers? */
    public static boolean inlines(String[] args) {
        int i = Arrays.asList(args).indexOf("--trace-filter");
        return i >= 0 && i + 1 < args.length && Arrays.asList(args[i + 1].split(";")).contains("inline");
    }

    /**
     * Begins, if there is anything to do. The packets of {@code devices} get numbers, in the order of {@code --pcap}.
     *
     * @param title of the page
     */
    public void start(String title, Predicate<net_device> devices) throws IOException {
        List<Sink> sinks = new ArrayList<>();
        Names names = new Names();
        if (text != null) {
            sinks.add(filtered(new GraphText(open(text), names, filter.whole()), names));
        }
        if (json != null) {
            sinks.add(filtered(new JsonTrace(open(json), names), names));
        }
        if (html != null) {
            sinks.add(new Page(html, title, names));
        }
        if (!sinks.isEmpty() || stop != null) {
            tracer = Tracer.open(filter, sinks, names, stop, devices);
        }
    }

    private static Writer open(Path file) throws IOException {
        return new BufferedWriter(Files.newBufferedWriter(file), 1 << 16);
    }

    private Sink filtered(Sink sink, Names names) {
        return filter.packet == 0 ? sink : new PacketFilter(sink, names, filter.packet);
    }

    @Override
    public void close() {
        if (tracer != null) {
            tracer.close();
            tracer = null;
            if (stop != null && !stop.reached()) {
                System.out.println("--stop " + stop + ": the run ended before");
            }
        }
    }
}
