// SPDX-License-Identifier: GPL-2.0-only
package linux.printk;

import static linux.ratelimit.Ratelimit.___ratelimit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.jiffies.Jiffies;
import linux.ratelimit.ratelimit_state;

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

    /** What all messages of the network together may say: {@code net.core.message_cost} and {@code message_burst}. */
    public static ratelimit_state net_ratelimit_state;

    /** Called when the machine boots. */
    public static void boot() {
        log.clear();
        net_ratelimit_state = new ratelimit_state(5 * Jiffies.HZ, 10);
    }

    public static void printk(String format, Object... args) {
        String text = args.length == 0 ? format : String.format(format, args);
        Clock.spend(Costs.costs().printk());
        Line line = new Line(Clock.now(), text.strip());
        if (log.size() == LOG_LINES) {
            log.removeFirst();
        }
        log.addLast(line);
        if (listener != null) {
            listener.line(line);
        }
    }

    public static void pr_info(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_notice(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_err(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_warn(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_emerg(String format, Object... args) {
        printk(format, args);
    }

    public static void pr_crit(String format, Object... args) {
        printk(format, args);
    }

    /** Not compiled in, as in a kernel without DEBUG: the arguments are not even looked at. */
    public static void pr_debug(String format, Object... args) {}

    public static void net_crit_ratelimited(String format, Object... args) {
        ratelimited(format, args);
    }

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

    /** May the network say something now? At most ten times in five seconds, whatever it is. */
    public static boolean net_ratelimit() {
        return ___ratelimit(net_ratelimit_state, "net_ratelimit") != 0;
    }

    private static void ratelimited(String format, Object... args) {
        if (net_ratelimit()) {
            printk(format, args);
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
