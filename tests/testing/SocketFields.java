// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock_af_ops;

/**
 * Sockets as the tables of {@link Vectors} describe them: columns {@code tp.}, {@code icsk.} and {@code sk.} name a
 * field of a {@code tcp_sock}, as {@code in.tp.rx_opt.snd_wscale} does.
 *
 * <pre>{@code
 * tcp_sock tp = SocketFields.fresh();
 * SocketFields.in(row, tp);
 * Rto.tcp_bound_rto(tp);
 * SocketFields.out(row, tp);
 * }</pre>
 */
public final class SocketFields {
    private SocketFields() {}

    private static List<Vectors.Row> freshSocket;

    /**
     * A socket with the values that the real kernel's {@code socket()} gives it ({@code fresh_socket.csv}), and
     * nothing else: no protocol, no namespace, no functions, no congestion control.
     */
    public static tcp_sock fresh() {
        tcp_sock tp = new tcp_sock();
        tp.icsk_af_ops = new inet_connection_sock_af_ops();
        if (freshSocket == null) {
            freshSocket = Vectors.rows("fresh_socket");
        }
        for (Vectors.Row row : freshSocket) {
            String name = row.text("name").replace("->", ".");
            set(tp, name, row.i64("out.value"));
        }
        return tp;
    }

    /**
     * Gives the socket the values of all {@code in.} columns that are fields of it.
     *
     * @param except columns that look like a field and are none, without {@code in.}
     */
    public static void in(Vectors.Row row, tcp_sock tp, String... except) {
        for (String column : row.columns()) {
            if (column.startsWith("in.") && isField(column.substring(3), except)) {
                set(tp, column.substring(3), row.i64(column));
            }
        }
    }

    /**
     * Compares the socket with all {@code out.} columns that are fields of it.
     *
     * @param except columns that look like a field and are none, without {@code out.}
     */
    public static void out(Vectors.Row row, tcp_sock tp, String... except) {
        for (String column : row.columns()) {
            if (column.startsWith("out.") && isField(column.substring(4), except)) {
                check(row, tp, column.substring(4), row.i64(column));
            }
        }
    }

    /** Compares the field {@code tp.a.b[1].c} and the like with what the table says. */
    public static void check(Vectors.Row row, tcp_sock tp, String name, long expected) {
        same(tp, name, expected, row + " " + name);
    }

    /** Compares one field, {@code tp.a.b[1].c} or the like. */
    public static void same(tcp_sock tp, String name, long expected, String what) {
        Object value = value(tp, name);
        Object wanted = value instanceof Boolean
                ? (Object) (expected != 0)
                : value instanceof Long ? (Object) expected : (Object) (int) expected;
        assertThat(value).as("%s", what).isEqualTo(wanted);
    }

    private static boolean isField(String name, String[] except) {
        return (name.startsWith("tp.") || name.startsWith("icsk.") || name.startsWith("sk."))
                && !Arrays.asList(except).contains(name);
    }

    /** Sets {@code tp.a.b[1].c} and the like. */
    public static void set(tcp_sock tp, String name, long value) {
        try {
            Object[] owner = new Object[1];
            Field f = walk(tp, name, owner);
            if (f.getType() == boolean.class) {
                f.setBoolean(owner[0], value != 0);
            } else if (f.getType() == long.class) {
                f.setLong(owner[0], value);
            } else {
                f.setInt(owner[0], (int) value);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    private static Object value(tcp_sock tp, String name) {
        try {
            Object[] owner = new Object[1];
            return walk(tp, name, owner).get(owner[0]);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    private static Field walk(Object root, String name, Object[] owner) throws ReflectiveOperationException {
        String[] parts = name.split("\\.");
        Object at = root;
        for (int i = 1; i < parts.length - 1; i++) {
            int bracket = parts[i].indexOf('[');
            if (bracket < 0) {
                at = at.getClass().getField(parts[i]).get(at);
            } else {
                Object array = at.getClass().getField(parts[i].substring(0, bracket)).get(at);
                at = Array.get(array, Integer.parseInt(parts[i].substring(bracket + 1, parts[i].length() - 1)));
            }
        }
        owner[0] = at;
        return at.getClass().getField(kernelName(parts[parts.length - 1]));
    }

    /** The names that macros of {@code sock.h} give to fields of {@code sock_common}. */
    private static String kernelName(String field) {
        switch (field) {
            case "sk_state":
                return "skc_state";
            default:
                return field;
        }
    }
}
