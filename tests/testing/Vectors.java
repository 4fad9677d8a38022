// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static testing.Skbs.bytes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * The tables of {@code tests/vectors}: what functions of the real kernel returned and changed. Each row is the input
 * ({@code in.*}) and the outcome ({@code out.*}) of one call.
 */
public final class Vectors {
    private Vectors() {}

    /** A row of a table. Numbers wrap to the width that is asked for: a u32 above 2^31 is a negative int. */
    public static final class Row {
        private final Map<String, Integer> columns;
        private final String[] values;
        private final String where;

        Row(String table, int line, Map<String, Integer> columns, String[] values) {
            this.columns = columns;
            this.values = values;
            where = table + ".csv:" + line;
        }

        /** The text in {@code column}. */
        public String text(String column) {
            Integer i = columns.get(column);
            if (i == null) {
                throw new IllegalArgumentException(where + ": no column " + column + " among " + columns.keySet());
            }
            return i < values.length ? values[i] : "";
        }

        /** The names of all columns, in the table's order. */
        public Collection<String> columns() {
            return columns.keySet();
        }

        public boolean has(String column) {
            return columns.containsKey(column);
        }

        /** The number in {@code column} as u64 or s64. */
        public long i64(String column) {
            String s = text(column);
            return s.startsWith("-") ? Long.parseLong(s) : Long.parseUnsignedLong(s);
        }

        /** The low 32 bits of the number in {@code column}. */
        public int i32(String column) {
            return (int) i64(column);
        }

        public boolean bool(String column) {
            return i64(column) != 0;
        }

        /** The bytes that {@code column} has in hex. */
        public byte[] bytes(String column) {
            String s = text(column);
            byte[] b = new byte[s.length() / 2];
            for (int i = 0; i < b.length; i++) {
                b[i] = (byte) Integer.parseInt(s, 2 * i, 2 * i + 2, 16);
            }
            return b;
        }

        /** An address or another 32-bit number that {@code column} has as wire bytes in hex, in host order. */
        public int be32(String column) {
            return Integer.parseUnsignedInt(text(column), 16);
        }

        /** Table and line, for messages. */
        @Override
        public String toString() {
            return where;
        }
    }

    /** All rows of {@code tests/vectors/NAME.csv.gz}. */
    public static List<Row> rows(String name) {
        String path = "/vectors/" + name + ".csv.gz";
        try (InputStream in = Vectors.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalArgumentException("no table " + path);
            }
            BufferedReader r =
                    new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII));
            Map<String, Integer> columns = new LinkedHashMap<>();
            String[] names = r.readLine().split(",", -1);
            for (int i = 0; i < names.length; i++) {
                columns.put(names[i], i);
            }
            List<Row> rows = new ArrayList<>();
            String line;
            for (int n = 2; (line = r.readLine()) != null; n++) {
                rows.add(new Row(name, n, columns, line.split(",", -1)));
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code check} on every row, and fails if the table is empty. */
    public static void each(String name, Consumer<Row> check) {
        List<Row> rows = rows(name);
        if (rows.isEmpty()) {
            throw new AssertionError(name + " is empty");
        }
        rows.forEach(check);
    }
}
