// SPDX-License-Identifier: GPL-2.0-only
package linux.printk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.jiffies.Jiffies;

/**
 * The kernel's log. It can be read as {@code dmesg}; a listener sees each line as it is written.
 *
 * <p>Format strings are Java's; where the kernel prints {@code %pI4}, give {@code %s} and {@link #pI4}.
 */
public final class Printk {
    private Printk() {}

    /** A line of the log and the virtual time it was written at, in nanoseconds since boot. */
    public record Line(long ns, String text) {
        @Override
        public String toString() {
            return String.format("[%5d.%06d] %s", ns / 1_000_000_000, ns / 1000 % 1_000_000, text);
        }
    }

    /** Sees every line when it is logged. */
    public interface Listener {
        void line(Line line);
    }

    /** The ring is bounded, as the kernel's is: old lines make room. */
    private static final int LOG_LINES = 4096;

    private static final ArrayDeque<Line> log = new ArrayDeque<>();

    /** Who else wants to see the log; survives a boot. */
    public static Listener listener;

    /** Interval in jiffies and burst of {@code net_ratelimit} (DEFAULT_RATELIMIT_*). */
    private static final int NET_MSG_COST = 5 * Jiffies.HZ;

    private static final int NET_MSG_BURST = 10;

    /** Per format string, as the kernel keeps one state per call site: {window start, printed, missed}. */
    private static final Map<String, long[]> ratelimits = new HashMap<>();

    /** Called when the machine boots. */
    public static void boot() {
        log.clear();
        ratelimits.clear();
    }

    public static void printk(String format, Object... args) {
        String text = args.length == 0 ? format : String.format(format, args);
        Line line = new Line(Clock.now(), text.strip());
        if (log.size() == LOG_LINES) {
            log.removeFirst();
        }
        log.addLast(line);
        if (listener != null) {
            listener.line(line);
        }
    }

    public static void pr_emerg(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_info(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_err(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_warn(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_crit(String format, Object... args) {
        printk(format, args);
    }

    /** Not compiled in, as in a kernel without DEBUG: the arguments are not even looked at. */
    public static void pr_debug(String format, Object... args) {}

    public static void net_info_ratelimited(String format, Object... args) {
        ratelimited(format, args);
    }

    public static void net_warn_ratelimited(String format, Object... args) {
        ratelimited(format, args);
    }

    public static void net_err_ratelimited(String format, Object... args) {
        ratelimited(format, args);
    }

    public static void net_dbg_ratelimited(String format, Object... args) {}

    /** May a message be printed now? At most {@value #NET_MSG_BURST} in five seconds for each text. */
    private static void ratelimited(String format, Object... args) {
        long[] state = ratelimits.computeIfAbsent(format, f -> new long[] {Jiffies.jiffies, 0, 0});
        if (Jiffies.jiffies - state[0] > NET_MSG_COST) {
            state[0] = Jiffies.jiffies;
            state[1] = 0;
        }
        if (state[1] < NET_MSG_BURST) {
            state[1]++;
            printk(format, args);
        } else {
            state[2]++;
        }
    }

    /** The log, oldest line first. */
    public static List<Line> dmesg() {
        return new ArrayList<>(log);
    }

    /** An IPv4 address in host order as {@code %pI4} prints it. */
    public static String pI4(int addr) {
        return (addr >>> 24) + "." + (addr >>> 16 & 255) + "." + (addr >>> 8 & 255) + "." + (addr & 255);
    }
}
