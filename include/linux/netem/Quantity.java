// SPDX-License-Identifier: GPL-2.0-only
package linux.netem;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/**
 * Reads what people write for a share, a time or a rate: {@code 0.1%}, {@code 10ms}, {@code 2.5mbit}. A unit is required: a
 * bare number means something else to everybody.
 *
 * <p>Wrong texts are refused with an {@link IllegalArgumentException} that says what was expected.
 */
public final class Quantity {
    private Quantity() {}

    private static final Map<String, BigDecimal> NANOSECONDS = Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.valueOf(1_000),
            "ms", BigDecimal.valueOf(1_000_000),
            "s", BigDecimal.valueOf(1_000_000_000));

    private static final Map<String, BigDecimal> BITS = Map.of(
            "bit", BigDecimal.ONE,
            "kbit", BigDecimal.valueOf(1_000),
            "mbit", BigDecimal.valueOf(1_000_000),
            "gbit", BigDecimal.valueOf(1_000_000_000));

    private static final String SHARE = "a share like 1% or 0.05%, from 0% to 100%";
    private static final String TIME = "a time like 10ms: a number and one of ns, us, ms, s";
    private static final String RATE = "a rate like 10mbit: a number above 0 and one of bit, kbit, mbit, gbit";

    /** {@code "1%"}: 0.01. */
    public static double share(String text) {
        if (!text.endsWith("%")) {
            throw wrong(text, SHARE);
        }
        BigDecimal v = number(text.substring(0, text.length() - 1), text, SHARE);
        if (v.signum() < 0 || v.compareTo(BigDecimal.valueOf(100)) > 0) {
            throw wrong(text, SHARE);
        }
        return v.movePointLeft(2).doubleValue();
    }

    /** {@code "10ms"}: in nanoseconds, rounded down. */
    public static long time(String text) {
        return withUnit(text, NANOSECONDS, TIME, 0);
    }

    /** {@code "10mbit"}: in bits a second. */
    public static long rate(String text) {
        return withUnit(text, BITS, RATE, 1);
    }

    /** {@code "1000"}: a whole number of something. */
    public static int count(String text) {
        String expected = "a whole number from 1 to " + Integer.MAX_VALUE;
        try {
            int n = Integer.parseInt(text);
            if (n >= 1) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(text, expected);
    }

    private static long withUnit(String text, Map<String, BigDecimal> units, String expected, long min) {
        int i = 0;
        while (i < text.length() && (Character.isDigit(text.charAt(i)) || text.charAt(i) == '.')) {
            i++;
        }
        BigDecimal unit = units.get(text.substring(i));
        if (unit == null) {
            throw wrong(text, expected);
        }
        BigDecimal v = number(text.substring(0, i), text, expected).multiply(unit);
        if (v.compareTo(BigDecimal.valueOf(min)) < 0 || v.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw wrong(text, expected);
        }
        return v.setScale(0, RoundingMode.DOWN).longValueExact();
    }

    private static BigDecimal number(String digits, String text, String expected) {
        // BigDecimal would read 1e5 and +1 too.
        if (!digits.matches("\\d{1,15}(\\.\\d{0,15})?|\\.\\d{1,15}")) {
            throw wrong(text, expected);
        }
        return new BigDecimal(digits);
    }

    private static IllegalArgumentException wrong(String text, String expected) {
        return new IllegalArgumentException("\"" + text + "\" is not " + expected);
    }
}
