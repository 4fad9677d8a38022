// SPDX-License-Identifier: GPL-2.0-only
package linux.bug;

import java.util.ArrayList;
import java.util.List;
import linux.printk.Printk;

/**
 * Assertions of the kernel. {@code BUG_ON} stops the machine; {@code WARN_ON} goes to the log, lets
 * the code go on, and fails the test that is running.
 */
public final class Bug {
    private Bug() {}

    /** Every warning since boot, with the place that raised it; the test harness wants this empty. */
    public static final List<String> warnings = new ArrayList<>();

    /** One per call site: what {@code WARN_ON_ONCE} has already said since boot. */
    private static final List<StackTraceElement> said = new ArrayList<>();

    /** Called when the machine boots. */
    public static void boot() {
        warnings.clear();
        said.clear();
    }

    public static void BUG() {
        throw new Oops("kernel BUG at " + caller());
    }

    public static void BUG_ON(boolean condition) {
        if (condition) {
            throw new Oops("kernel BUG at " + caller());
        }
    }

    /** @return {@code condition}, so that it can stand inside an {@code if} */
    public static boolean WARN_ON(boolean condition) {
        if (condition) {
            warn("");
        }
        return condition;
    }

    public static boolean WARN_ON_ONCE(boolean condition) {
        if (condition && once()) {
            warn("");
        }
        return condition;
    }

    public static boolean WARN(boolean condition, String format, Object... args) {
        if (condition) {
            warn(": " + String.format(format, args).strip());
        }
        return condition;
    }

    public static boolean WARN_ONCE(boolean condition, String format, Object... args) {
        if (condition && once()) {
            warn(": " + String.format(format, args).strip());
        }
        return condition;
    }

    private static boolean once() {
        StackTraceElement site = caller();
        return !said.contains(site) && said.add(site);
    }

    private static void warn(String text) {
        String line = "WARNING: at " + caller() + text;
        warnings.add(line);
        Printk.printk(line);
    }

    private static StackTraceElement caller() {
        return StackWalker.getInstance()
                .walk(s -> s.filter(f -> !f.getClassName().equals(Bug.class.getName())).findFirst())
                .orElseThrow()
                .toStackTraceElement();
    }
}
