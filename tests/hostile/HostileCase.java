// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static scenario.Pattern.at;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * What the real kernel did with one hostile input: {@code hostile-data/cases.txt.gz} has all of them, in the order of time.
 *
 * <pre>
 * case NAME, row ROW of the table, result OUTCOME|VARIANT|NOTE
 * MICROSECONDS P HEX    a packet to the kernel          ... I TEXT  what the next packet is
 * MICROSECONDS K HEX    a packet of the kernel          ... M TEXT  a new part of the case begins
 * MICROSECONDS A TEXT   a system call and its result    ... D HEX   what recv has read, the beginning
 * MICROSECONDS S TEXT   a sysctl                        ... N TEXT  anything else
 * counter NAME N, log TEXT
 * </pre>
 */
public final class HostileCase {
    /** One line. {@code bytes} of a packet; {@code text} of the others. */
    public record Event(long at, char kind, String text, byte[] bytes) {
        Event at(long when) {
            return new Event(when, kind, text, bytes);
        }
    }

    public final String name;
    public String row;

    /** {@code OUTCOME|VARIANT|NOTE}, one for each connection of the case. */
    public final List<String> results = new ArrayList<>();

    public final List<Event> events = new ArrayList<>();
    public final Map<String, Long> counters = new LinkedHashMap<>();
    public final List<String> log = new ArrayList<>();

    private HostileCase(String name) {
        this.name = name;
    }

    /**
     * A case of several connections, one after the other, as a case for each: what is left of one connection would come between the packets
     * of the next. Counters and log belong to all, so the parts have none.
     */
    public List<HostileCase> parts() {
        if (results.size() == 1) {
            return List.of(this);
        }
        List<HostileCase> parts = new ArrayList<>();
        HostileCase part = null;
        for (Event e : events) {
            if (e.kind == 'M' && e.text.equals("setup")) {
                if (part != null) {
                    // The program has closed its socket without saying so.
                    part.events.add(new Event(e.at, 'M', "after", null));
                }
                part = new HostileCase(name + " " + results.get(parts.size()).split("\\|")[1]);
                part.row = row;
                part.results.add(results.get(parts.size()));
                parts.add(part);
                if (parts.size() > 1) {
                    for (Event first : events) {
                        if (first.text.startsWith("bind") || first.text.startsWith("listen")) {
                            part.events.add(new Event(e.at, first.kind, first.text, null));
                        }
                    }
                }
            }
            if (part != null && (e.bytes == null || e.kind == 'P' || part.knows(e))) {
                part.events.add(e);
            }
        }
        parts.forEach(c -> c.events.replaceAll(e -> e.at(e.at - c.events.get(0).at + 25_000)));
        return parts;
    }

    /** Has the peer sent from where this packet of the kernel goes to? */
    private boolean knows(Event k) {
        return events.stream().anyMatch(p -> p.kind == 'P' && Arrays.equals(p.bytes, 12, 16, k.bytes, 16, 20)
                && Arrays.equals(p.bytes, 20, 22, k.bytes, 22, 24));
    }

    public static List<HostileCase> all() {
        try (InputStream in = HostileCase.class.getResourceAsStream("/hostile-data/cases.txt.gz")) {
            BufferedReader r = new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8));
            List<HostileCase> all = new ArrayList<>();
            HostileCase c = null;
            String line;
            while ((line = r.readLine()) != null) {
                if (line.startsWith("case ")) {
                    c = new HostileCase(line.substring(5));
                    all.add(c);
                } else if (!line.isEmpty()) {
                    c.add(line);
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String line) {
        String[] w = line.split(" ", 3);
        switch (w[0]) {
            case "row":
                row = w[1];
                break;
            case "result":
                results.add(line.substring(7));
                break;
            case "counter":
                counters.put(w[1], Long.parseLong(w[2]));
                break;
            case "log":
                log.add(line.substring(4));
                break;
            default:
                char kind = w[1].charAt(0);
                String text = w.length > 2 ? w[2].strip() : "";
                events.add(new Event(Long.parseLong(w[0]), kind, text,
                        kind == 'P' || kind == 'K' ? HexFormat.of().parseHex(text) : null));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
