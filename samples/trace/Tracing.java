// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
    public static final Set<String> OPTIONS = Set.of("trace", "trace-json", "trace-filter");

    private final Path text;
    private final Filter filter;
    private Tracer tracer;

    private Tracing(Arguments a) throws UsageException {
        text = a.output("trace");
        filter = filter(a.get("trace-filter"));
        if (a.has("trace-filter") && text == null) {
            throw new UsageException("--trace-filter needs --trace FILE");
        }
    }

    private static Filter filter(String conditions) throws UsageException {
        try {
            return Filter.parse(conditions);
        } catch (Filter.SyntaxError e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** Checks the options. The files are not opened yet. */
    public static Tracing of(Arguments a) throws UsageException {
        return new Tracing(a);
    }

    /** Must the program run in a {@link TraceLoader} for this? */
    public static boolean wanted(String[] args) {
        for (String a : args) {
            if (a.equals("--trace")) {
                return true;
            }
        }
        return false;
    }

    /** Does the filter ask for functions that C compiles into their callers? */
    public static boolean inlines(String[] args) {
        int i = Arrays.asList(args).indexOf("--trace-filter");
        return i >= 0 && i + 1 < args.length && Arrays.asList(args[i + 1].split(";")).contains("inline");
    }

    /** Begins, if there is anything to do. The packets of {@code devices} get numbers. */
    public void start(Predicate<net_device> devices) throws IOException {
        List<Sink> sinks = new ArrayList<>();
        Names names = new Names();
        if (text != null) {
            sinks.add(new GraphText(new BufferedWriter(Files.newBufferedWriter(text), 1 << 16), names, filter.whole()));
        }
        if (!sinks.isEmpty()) {
            tracer = Tracer.open(filter, sinks, names, null, devices);
        }
    }

    @Override
    public void close() {
        if (tracer != null) {
            tracer.close();
            tracer = null;
        }
    }
}
