// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.uaccess.User.get32;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a script says about {@code tcp_info}: lines of Python, of which this is the part that scripts use.
 *
 * <pre>
 * %{ assert tcpi_snd_cwnd == 10 and tcpi_rto &lt;= 3*200000, tcpi_rto }%
 * </pre>
 */
final class Assertions {
    private static final String[] WORDS = {
        "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets", "last_data_sent", "last_ack_sent",
        "last_data_recv", "last_ack_recv", "pmtu", "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering",
        "rcv_rtt", "rcv_space", "total_retrans"
    };

    private static final Pattern TOKEN = Pattern.compile("\\s*(0x[0-9a-fA-F]+|\\d+\\.?\\d*|\\.\\d+|[A-Za-z_]\\w*|[<>=!]=|<<|>>|//|\"[^\"]*\"|'[^']*'|.)");

    private final Map<String, Double> variables;
    private final Set<String> used = new LinkedHashSet<>();
    private Matcher in;
    private String token;

    private Assertions(Map<String, Double> variables) {
        this.variables = variables;
    }

    /** @param info what {@code getsockopt(TCP_INFO)} gave */
    static void check(String code, byte[] info) throws Failure {
        Assertions a = new Assertions(variables(info));
        for (String line : code.split("[\\n;]")) {
            String statement = line.replaceFirst("#.*", "").strip();
            if (!statement.isEmpty()) {
                a.statement(statement);
            }
        }
    }

    private static Map<String, Double> variables(byte[] b) {
        Map<String, Double> v = new LinkedHashMap<>();
        String[] bytes = {"state", "ca_state", "retransmits", "probes", "backoff", "options"};
        for (int i = 0; i < bytes.length; i++) {
            v.put("tcpi_" + bytes[i], (double) (b[i] & 0xff));
        }
        v.put("tcpi_snd_wscale", (double) (b[6] & 0xf));
        v.put("tcpi_rcv_wscale", (double) (b[6] >> 4 & 0xf));
        for (int i = 0; i < WORDS.length; i++) {
            v.put("tcpi_" + WORDS[i], (double) Integer.toUnsignedLong(get32(b, 8 + 4 * i)));
        }
        return v;
    }

    private void statement(String text) throws Failure {
        used.clear();
        in = TOKEN.matcher(text);
        token = "";
        next();
        if (token.equals("assert")) {
            next();
            boolean holds = or() != 0;
            if (!holds) {
                throw new Failure("assertion failed: " + text.substring("assert".length()).strip() + values());
            }
            if (token.equals(",")) {
                return;
            }
        } else if (!token.startsWith("print")) {
            String name = token;
            next();
            if (!token.equals("=")) {
                throw new Failure("cannot make sense of \"" + text + "\": expected assert EXPRESSION, or NAME = EXPRESSION");
            }
            next();
            variables.put(name, or());
        } else {
            return;
        }
        if (!token.isEmpty()) {
            throw new Failure("cannot make sense of \"" + token + "\" in \"" + text + "\"");
        }
    }

    private String values() {
        return used.stream().map(n -> n + " is " + shown(variables.get(n))).collect(Collectors.joining(", ", " (", ")"));
    }

    private static String shown(double v) {
        return v == Math.rint(v) ? Long.toString((long) v) : Double.toString(v);
    }

    private void next() {
        token = in.lookingAt() ? in.group(1) : "";
        in.region(in.hitEnd() && token.isEmpty() ? in.regionEnd() : in.lookingAt() ? in.end() : in.regionEnd(), in.regionEnd());
    }

    private boolean take(String... any) {
        for (String t : any) {
            if (token.equals(t)) {
                next();
                return true;
            }
        }
        return false;
    }

    private double or() throws Failure {
        double v = and();
        while (take("or")) {
            double right = and();
            v = v != 0 ? v : right;
        }
        return v;
    }

    private double and() throws Failure {
        double v = not();
        while (take("and")) {
            double right = not();
            v = v != 0 ? right : v;
        }
        return v;
    }

    private double not() throws Failure {
        return take("not") ? truth(not() == 0) : comparison();
    }

    private static double truth(boolean b) {
        return b ? 1 : 0;
    }

    /** Comparisons may form a chain: {@code 1 < x <= 3}. */
    private double comparison() throws Failure {
        double left = bits();
        boolean holds = true;
        boolean compared = false;
        for (String op = token; take("==", "!=", "<=", ">=", "<", ">"); op = token) {
            double right = bits();
            holds &= switch (op) {
                case "==" -> left == right;
                case "!=" -> left != right;
                case "<=" -> left <= right;
                case ">=" -> left >= right;
                case "<" -> left < right;
                default -> left > right;
            };
            compared = true;
            left = right;
        }
        return compared ? truth(holds) : left;
    }

    private double bits() throws Failure {
        double v = sum();
        for (String op = token; take("|", "&", "^", "<<", ">>"); op = token) {
            long a = (long) v;
            long b = (long) sum();
            v = switch (op) {
                case "|" -> a | b;
                case "&" -> a & b;
                case "^" -> a ^ b;
                case "<<" -> a << b;
                default -> a >> b;
            };
        }
        return v;
    }

    private double sum() throws Failure {
        double v = product();
        for (String op = token; take("+", "-"); op = token) {
            double right = product();
            v = op.equals("+") ? v + right : v - right;
        }
        return v;
    }

    private double product() throws Failure {
        double v = unary();
        for (String op = token; take("*", "/", "//", "%"); op = token) {
            double right = unary();
            v = switch (op) {
                case "*" -> v * right;
                case "/" -> v / right;
                case "//" -> Math.floor(v / right);
                default -> v - right * Math.floor(v / right);
            };
        }
        return v;
    }

    private double unary() throws Failure {
        return take("-") ? -unary() : take("+") ? unary() : atom();
    }

    private double atom() throws Failure {
        String t = token;
        next();
        if (t.equals("(")) {
            double v = or();
            if (!take(")")) {
                throw new Failure("expected \")\", not \"" + token + "\"");
            }
            return v;
        }
        if (t.startsWith("0x")) {
            return Long.parseLong(t.substring(2), 16);
        }
        if (!t.isEmpty() && (Character.isDigit(t.charAt(0)) || t.charAt(0) == '.')) {
            return Double.parseDouble(t);
        }
        if (t.equals("True") || t.equals("False")) {
            return truth(t.equals("True"));
        }
        if (token.equals("(")) {
            return function(t);
        }
        if (variables.containsKey(t)) {
            used.add(t);
            return variables.get(t);
        }
        if (Symbols.value(t) != null) {
            return Symbols.value(t);
        }
        throw new Failure(t.isEmpty() ? "an expression ends too early" : "\"" + t + "\" is unknown here");
    }

    private double function(String name) throws Failure {
        take("(");
        double v = or();
        while (take(",")) {
            double right = or();
            v = name.equals("min") ? Math.min(v, right) : name.equals("max") ? Math.max(v, right) : v;
        }
        if (!take(")")) {
            throw new Failure("expected \")\", not \"" + token + "\"");
        }
        return switch (name) {
            case "abs" -> Math.abs(v);
            case "int" -> (long) v;
            case "min", "max", "float" -> v;
            default -> throw new Failure("there is no function \"" + name + "\" here");
        };
    }
}
