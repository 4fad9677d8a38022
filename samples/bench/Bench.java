// SPDX-License-Identifier: GPL-2.0-only
package bench;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import main.Arguments;
import main.UsageException;

/**
 * {@code bench}: how fast the stack is. Each row does one job several times, on the simulated machine and then with plain Java sockets
 * over this computer's own loopback, in the same style; what is shown is the median of the runs, and the ratio. On the machine nothing
 * waits for virtual time (but in {@code simulated}), so that it is the code that is measured.
 *
 * <p>Each row has a Java virtual machine of its own, because what its compiler has learned from one job is wrong for the next. It has
 * the parallel collector, the same on every computer, and a young generation of fixed size: a heap that still grows costs page faults.
 */
public final class Bench {
    private Bench() {}

    /** Runs that count. */
    private static final int RUNS = 7;

    /** Before them each job runs for as long as this, so that the compiler of the virtual machine has done its work: ns. */
    private static final long WARM_UP = 3_000_000_000L;

    /** A job: gives a figure each time that it runs. */
    interface Job {
        double run() throws IOException;
    }

    /**
     * A row of the table.
     *
     * @param beside the same job by the computer's own sockets, or one of ours to compare with; null: there is none
     */
    private record Row(String title, String unit, Job ours, Job beside) {}

    private static final Map<String, Row> ROWS = new LinkedHashMap<>();

    static {
        row("bulk", "one connection, 64 KB writes, GSO on", "MB/s", Ours::bulk, Host::bulk);
        row("segments", "one task, MSS 1460, GSO off, checksums computed", "segments/s", Ours::segments, Host::segments);
        row("roundtrip-blocking", "1-byte round trips, two blocking tasks", "trips/s", Ours::roundtripBlocking, Host::roundtripBlocking);
        row("roundtrip", "1-byte round trips, one task, non-blocking", "trips/s", Ours::roundtrip, Host::roundtrip);
        row("connect", "connect + close, two blocking tasks", "connections/s", Ours::connect, Host::connect);
        row("pair-bytes", "heap for an idle established pair", "bytes", Ours::pairBytes, null);
        row("simulated", "packets simulated, veth + netem, 10 Gbit/s, 1 ms", "packets/s", Ours::simulated, null);
        mptcp("mptcp-1", "bulk over Multipath TCP, 1 subflow", 1, false);
        mptcp("mptcp-2", "bulk over Multipath TCP, 2 subflows", 2, false);
        mptcp("mptcp-4", "bulk over Multipath TCP, 4 subflows", 4, false);
        mptcp("mptcp-2-csum", "bulk over Multipath TCP, 2 subflows, DSS checksum", 2, true);
    }

    private static void row(String key, String title, String unit, Job ours, Job host) {
        ROWS.put(key, new Row(title, unit, ours, host));
    }

    private static void mptcp(String key, String title, int subflows, boolean checksum) {
        ROWS.put(key, new Row(title, "MB/s", () -> Ours.mptcp(subflows, checksum), Ours::bulk));
    }

    /** @return the exit status */
    public static int main(String[] args) throws UsageException, IOException {
        Arguments a = Arguments.parse(args, 1, Set.of("json"), Set.of());
        Path json = a.output("json");
        List<String> keys = a.words().isEmpty() ? new ArrayList<>(ROWS.keySet()) : a.words();
        for (String k : keys) {
            if (!ROWS.containsKey(k)) {
                throw new UsageException("bench " + k + ": expected one of " + String.join(", ", ROWS.keySet()));
            }
        }
        List<String> results = new ArrayList<>();
        System.out.printf("%-52s %14s %14s %7s  %s%n", "job", "here", "beside it", "ratio", "unit");
        for (String k : keys) {
            results.add(measure(k, ROWS.get(k), System.out));
        }
        if (json != null) {
            Files.writeString(json, "[\n  " + String.join(",\n  ", results) + "\n]\n");
        }
        return 0;
    }

    /** @return the row as JSON */
    private static String measure(String key, Row row, PrintStream out) throws IOException {
        double[] figures = apart(key);
        double value = figures[0];
        double host = figures[1];
        double ratio = value / host;
        out.printf(Locale.ROOT, "%-52s %14.0f %14s %7s  %s%n", key + ": " + row.title.substring(0, Math.min(row.title.length(), 50 - key.length())),
                value, Double.isNaN(host) ? "" : String.format(Locale.ROOT, "%.0f", host),
                Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio), row.unit);
        return String.format(Locale.ROOT, "{\"key\": \"%s\", \"value\": %.1f, \"unit\": \"%s\", \"host\": %s, \"ratio\": %s}", key, value, row.unit,
                number(host), number(ratio));
    }

    /** @return the figures of {@link Apart} */
    private static double[] apart(String key) throws IOException {
        String classes = Path.of(URI.create(Bench.class.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
        Process p = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseParallelGC", "-Xms1g",
                "-Xmn64m", "-XX:+AlwaysPreTouch", "-cp", classes, Apart.class.getName(), key).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (p.waitFor() != 0) {
                throw new IOException("bench " + key + " has failed");
            }
            return Arrays.stream(said.strip().split(" ")).mapToDouble(Double::parseDouble).toArray();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("bench " + key + " was interrupted", e);
        } finally {
            p.destroy();
        }
    }

    /** The program of the virtual machine that does one job, and prints two figures: here, and beside it ({@code NaN}: nothing is). */
    static final class Apart {
        private Apart() {}

        public static void main(String[] key) throws IOException {
            Row row = ROWS.get(key[0]);
            double[][] figures = figures(row.ours, row.beside);
            System.out.println(median(figures[0]) + " " + median(figures[1]));
            System.exit(0);
        }
    }

    /** Runs of both, in turn: what disturbs the computer disturbs both. */
    private static double[][] figures(Job ours, Job beside) throws IOException {
        double[][] f = new double[2][RUNS];
        warmUp(ours);
        if (beside != null) {
            warmUp(beside);
        }
        for (int i = 0; i < RUNS; i++) {
            f[0][i] = ours.run();
            f[1][i] = beside == null ? Double.NaN : beside.run();
        }
        return f;
    }

    private static void warmUp(Job job) throws IOException {
        long start = System.nanoTime();
        do {
            job.run();
        } while (System.nanoTime() - start < WARM_UP);
    }

    private static double median(double[] v) {
        double[] sorted = v.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "null" : String.format(Locale.ROOT, "%.3f", d);
    }
}
