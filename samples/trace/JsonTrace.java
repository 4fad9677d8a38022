// SPDX-License-Identifier: GPL-2.0-only
package trace;

import capture.Tcpdump;
import java.io.IOException;
import java.io.Writer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;

/**
 * A trace as trace-event JSON, for ui.perfetto.dev: a track for each task, calls as slices upon one another, packets as arrows from the call
 * that sends to the call that receives.
 *
 * <p>Calls take no virtual time, and slices without a length could not be seen. So each beginning and each end of a call moves the shown
 * time on by a tenth of a microsecond; when virtual time is ahead of it, it catches up. The true time stands in the arguments.
 */
final class JsonTrace implements Sink {
    private static final long STEP = 100;

    private final Writer out;
    private final Names names;
    private final Tcpdump dump = new Tcpdump();
    private final Map<Context, Integer> tracks = new HashMap<>();

    /** Packets that have left and not arrived yet. */
    private final Set<Integer> underWay = new HashSet<>();

    private long shown;
    private boolean first = true;

    JsonTrace(Writer out, Names names) throws IOException {
        this.out = out;
        this.names = names;
        out.write("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"clock\":\"virtual time, stretched: each event takes 0.1 us\"},\"traceEvents\":[");
        event("\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"args\":{\"name\":\"kernel\"}");
    }

    private void event(String fields) throws IOException {
        out.write((first ? "\n{" : ",\n{") + fields + "}");
        first = false;
    }

    private int track(Context c) throws IOException {
        Integer t = tracks.get(c);
        if (t == null) {
            tracks.put(c, t = tracks.size() + 1);
            event("\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":" + t + ",\"args\":{\"name\":" + quote(c.name) + "}");
        }
        return t;
    }

    private String at(long ns) {
        shown = Math.max(ns, shown + STEP);
        return shown / 1000 + "." + String.format("%03d", shown % 1000);
    }

    @Override
    public void enter(Call c) throws IOException {
        int track = track(c.context);
        event("\"ph\":\"B\",\"name\":" + quote(c.name()) + ",\"cat\":" + quote(c.softirq ? "softirq" : "task") + ",\"pid\":1,\"tid\":" + track + ",\"ts\":"
                + at(c.ns) + ",\"args\":{\"time\":" + quote(String.format("%.6f s", c.ns / 1e9)) + ",\"args\":" + quote(c.text(names)) + ",\"file\":"
                + quote(c.function.file) + "}");
        Object skb = c.arg("skb");
        if (skb instanceof linux.skbuff.sk_buff && c.softirq && underWay.remove(names.packet((linux.skbuff.sk_buff) skb))) {
            event("\"ph\":\"f\",\"bp\":\"e\",\"name\":\"packet\",\"cat\":\"packet\",\"id\":" + names.packet((linux.skbuff.sk_buff) skb) + ",\"pid\":1,\"tid\":" + track
                    + ",\"ts\":" + at(c.ns));
        }
    }

    @Override
    public void exit(Call c, Object result) throws IOException {
        String value = Values.result(c, result, names);
        event("\"ph\":\"E\",\"pid\":1,\"tid\":" + track(c.context) + ",\"ts\":" + at(linux.hrtimer.Clock.now())
                + (value == null ? "" : ",\"args\":{\"result\":" + quote(value) + "}"));
    }

    @Override
    public void packet(int number, net_device dev, PacketTap.Direction direction, byte[] bytes, int length, Call inside) throws IOException {
        if (inside == null) {
            return;
        }
        String line = dump.line(dev, direction, linux.hrtimer.Clock.now(), bytes);
        event("\"ph\":\"i\",\"s\":\"t\",\"name\":" + quote("packet " + number) + ",\"cat\":\"packet\",\"pid\":1,\"tid\":" + track(inside.context) + ",\"ts\":"
                + at(linux.hrtimer.Clock.now()) + ",\"args\":{\"packet\":" + quote(line) + "}");
        if (direction == PacketTap.Direction.OUT && inside.shown) {
            event("\"ph\":\"s\",\"name\":\"packet\",\"cat\":\"packet\",\"id\":" + number + ",\"pid\":1,\"tid\":" + track(inside.context) + ",\"ts\":"
                    + at(linux.hrtimer.Clock.now()));
            underWay.add(number);
        }
    }

    /** A JSON string. */
    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') {
                b.append('\\').append(c);
            } else if (c < ' ') {
                b.append(String.format("\\u%04x", (int) c));
            } else {
                b.append(c);
            }
        }
        return b.append('"').toString();
    }

    @Override
    public void end() throws IOException {
        out.write("\n]}\n");
        out.close();
    }
}
