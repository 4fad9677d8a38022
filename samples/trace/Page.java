// SPDX-License-Identifier: GPL-2.0-only
package trace;

import static net.sock.Alloc.liveSockets;
import static trace.JsonTrace.quote;

import capture.Tcpdump;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import linux.hrtimer.Clock;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;
import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * A scenario as one HTML page that needs nothing else: the packets over virtual time in a lane for each subflow, for each packet the calls that
 * sent it and those that received it, the sockets' fields that changed meanwhile, and a plot of sequence numbers and windows.
 *
 * <p>The page is {@code samples/resources/page.html}; this class puts the data into it. Of a long run the calls of the first packets are kept,
 * up to {@link #CALLS}: the packets themselves are all there.
 */
final class Page extends PacketTrees {
    /** Calls whose lines are kept: some tens of megabytes. */
    private static final int CALLS = 150_000;

    private static final int PACKETS = 20_000;
    private static final String DATA = "/*DATA*/";

    /** A packet at a device. */
    private static final class Passed {
        String dev;
        boolean out;
        long ns;
        String text;
        String socket;
        final List<String> trees = new ArrayList<>();
        final Map<String, SocketChanges.Change> changes = SocketChanges.none();
    }

    /** What a root began with, and what has changed while it ran itself. */
    private static final class Watch {
        SocketChanges.Snapshot before = SocketChanges.now();
        final Map<String, SocketChanges.Change> changes = SocketChanges.none();
    }

    private final Path file;
    private final String title;
    private final Tcpdump dump = new Tcpdump();
    private final Map<Integer, Passed> packets = new LinkedHashMap<>();
    private final Deque<Watch> watches = new ArrayDeque<>();
    private final Map<String, Integer> functions = new LinkedHashMap<>();
    private final List<String> files = new ArrayList<>();
    private final List<String> samples = new ArrayList<>();
    private final Map<sock, String> lastSample = new IdentityHashMap<>();
    private int calls;
    private int dropped;

    Page(Path file, String title, Names names) {
        super(names);
        this.file = file;
        this.title = title;
    }

    @Override
    void began(Root root) {
        if (!watches.isEmpty()) {
            // What an inner root changes is not the outer one's.
            SocketChanges.since(watches.peekLast().before, names, watches.peekLast().changes);
        }
        watches.addLast(new Watch());
    }

    @Override
    void finished(Root root) {
        Watch w = watches.removeLast();
        SocketChanges.since(w.before, names, w.changes);
        if (!watches.isEmpty()) {
            watches.peekLast().before = SocketChanges.now();
        }
        sample();
        List<Integer> numbers = root.received > 0 ? List.of(root.received) : root.sent;
        if (numbers.isEmpty() || !packets.containsKey(numbers.get(0))) {
            return;
        }
        Passed p = packets.get(numbers.get(0));
        if (root.isSender()) {
            for (Call c = root.call; c != null && p.socket == null; c = c.parent) {
                p.socket = names.socketOf(c);
            }
        }
        String tree = tree(root, root.isSender());
        for (int n : numbers) {
            Passed each = packets.get(n);
            if (each != null) {
                each.socket = each.socket == null ? p.socket : each.socket;
                each.trees.add(tree);
                each.changes.putAll(w.changes);
            }
        }
    }

    /** A line for each call: depth, function, arguments, result, context; the first letter says whether it sends or receives. */
    private String tree(Root root, boolean sends) {
        StringBuilder b = new StringBuilder(sends ? "s" : "r");
        Map<Call, Object> results = new IdentityHashMap<>();
        for (Event e : root.events) {
            if (!e.begins() && e.result() != null) {
                results.put(e.call(), e.result());
            }
        }
        Deque<Call> callers = new ArrayDeque<>();
        for (Call c = root.call.parent; c != null; c = c.parent) {
            callers.addFirst(c);
        }
        b.append(callers.size());
        int depth = 0;
        for (Call c : callers) {
            if (c.shown) {
                line(b, depth++, c, null);
            }
        }
        int base = depth - root.call.shownDepth;
        for (Event e : root.events) {
            if (e.begins()) {
                line(b, e.call().shownDepth + base, e.call(), results.get(e.call()));
            }
        }
        return b.toString();
    }

    private void line(StringBuilder b, int depth, Call c, Object result) {
        if (++calls > CALLS) {
            dropped++;
            return;
        }
        Integer f = functions.get(c.name());
        if (f == null) {
            functions.put(c.name(), f = functions.size());
            files.add(c.function.file.isEmpty() ? c.function.className : c.function.file);
        }
        String value = result == null ? null : Values.result(c, result, names);
        b.append('\n').append(depth).append('\t').append(f).append('\t').append(c.text(names)).append('\t').append(value == null ? "" : value).append('\t')
                .append(c.context.name).append(c.softirq ? ", softirq" : "");
    }

    @Override
    public void packet(int number, net_device dev, PacketTap.Direction direction, byte[] bytes, int length, Call inside) throws IOException {
        super.packet(number, dev, direction, bytes, length, inside);
        String line = dump.packet(bytes);
        if (packets.size() < PACKETS) {
            Passed p = new Passed();
            p.dev = dev.name;
            p.out = direction == PacketTap.Direction.OUT;
            p.ns = Clock.now();
            p.text = line;
            packets.put(number, p);
        }
    }

    /** Windows, and what is under way, of each connected socket, when they have changed. */
    private void sample() {
        for (sock sk : liveSockets()) {
            if (sk instanceof tcp_sock && ((tcp_sock) sk).skc_dport != 0) {
                tcp_sock tp = (tcp_sock) sk;
                int inFlight = tp.packets_out - tp.sacked_out - tp.lost_out + tp.retrans_out;
                String s = quote(names.of(sk)) + "," + tp.snd_cwnd + "," + inFlight + "," + (tp.srtt >> 3) + "," + tp.skc_state;
                if (!s.equals(lastSample.put(sk, s)) && samples.size() < PACKETS) {
                    samples.add("[" + Clock.now() + "," + s + "]");
                }
            }
        }
    }

    @Override
    public void end() throws IOException {
        String page;
        try (InputStream in = Page.class.getResourceAsStream("/page.html")) {
            page = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        int at = page.indexOf(DATA);
        try (Writer out = new BufferedWriter(Files.newBufferedWriter(file), 1 << 16)) {
            out.write(page.substring(0, at));
            data(out);
            out.write(page.substring(at + DATA.length()));
        }
    }

    /** The packets that have left and come in somewhere are joined by the page. */
    private void data(Writer out) throws IOException {
        out.write("{\"title\":" + script(title) + ",\"dropped\":" + dropped + ",\"functions\":[");
        List<String> quoted = new ArrayList<>();
        functions.keySet().forEach(f -> quoted.add(quote(f)));
        out.write(String.join(",", quoted) + "],\"files\":[");
        quoted.clear();
        files.forEach(f -> quoted.add(quote(f)));
        out.write(String.join(",", quoted) + "],\n\"packets\":[");
        Map<String, Integer> shared = new HashMap<>();
        List<String> trees = new ArrayList<>();
        String comma = "\n";
        for (Map.Entry<Integer, Passed> e : packets.entrySet()) {
            Passed p = e.getValue();
            StringBuilder refs = new StringBuilder();
            for (String t : p.trees) {
                Integer i = shared.get(t);
                if (i == null) {
                    shared.put(t, i = trees.size());
                    trees.add(t);
                }
                refs.append(refs.length() == 0 ? "" : ",").append(i);
            }
            Map<String, TreeSet<String>> changes = new LinkedHashMap<>();
            p.changes.values().forEach(c -> changes.computeIfAbsent(c.socket(), k -> new TreeSet<>()).add(c.text()));
            StringBuilder changed = new StringBuilder();
            changes.forEach((socket, fields) -> {
                changed.append(changed.length() == 0 ? "" : ",").append(script(socket)).append(":[");
                changed.append(String.join(",", fields.stream().map(Page::script).toList())).append(']');
            });
            out.write(comma + "{\"n\":" + e.getKey() + ",\"t\":" + p.ns + ",\"dev\":" + quote(p.dev) + ",\"out\":" + p.out + ",\"sk\":"
                    + (p.socket == null ? "null" : script(p.socket)) + ",\"text\":" + script(p.text) + ",\"trees\":[" + refs + "],\"changes\":{" + changed + "}}");
            comma = ",\n";
        }
        out.write("],\n\"trees\":[");
        comma = "\n";
        for (String t : trees) {
            out.write(comma + script(t));
            comma = ",\n";
        }
        out.write("],\n\"samples\":[" + String.join(",\n", samples) + "]}");
    }

    /** A JSON string that may stand in a script element. */
    private static String script(String s) {
        return quote(s).replace("</", "<\\/").replace("<!", "\\u003c!");
    }
}
