// SPDX-License-Identifier: GPL-2.0-only
package linux.moduleparam;

import static linux.errno.Errno.EACCES;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ERANGE;

import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;

/**
 * Parameters of modules, {@code kernel/params.c}: static variables of a C file that can be set from outside. Once the
 * machine runs, they are files such as {@code /sys/module/tcp_cubic/parameters/hystart}; {@link #read} and {@link
 * #write} take that name, or {@code tcp_cubic.hystart}. Some can only be read there, and some have no file; all can be
 * set on the {@linkplain #commandLine command line} of the kernel.
 *
 * <p>A C file declares its parameters in {@code data()}, after their initial values.
 */
public final class ModuleParams {
    private ModuleParams() {}

    private static final String SYSFS = "/sys/module/";

    /**
     * What the boot loader gives to the kernel: words such as {@code tcp_cubic.bic_scale=82}. Counts from the next
     * boot on, and stays. This is the only way to change what a module looks at once, when it starts.
     */
    public static String commandLine = "";

    /** How the text of a parameter is read: {@code int}, {@code byte} (0 to 255), {@code bool} (Y or N). */
    public enum Type {
        INT,
        BYTE,
        BOOL
    }

    private record Param(Type type, int perm, IntSupplier get, IntConsumer set) {}

    private static final Map<String, Param> params = new TreeMap<>();

    /**
     * {@code module_param(name, int, perm)}.
     *
     * @param perm mode of the file; 0: there is none
     */
    public static void module_param(String module, String name, int perm, IntSupplier get, IntConsumer set) {
        module_param(module, name, Type.INT, perm, get, set);
    }

    public static void module_param(
            String module, String name, Type type, int perm, IntSupplier get, IntConsumer set) {
        Param p = new Param(type, perm, get, set);
        params.put(module + "." + name, p);
        for (String word : commandLine.strip().split("\\s+")) {
            if (word.startsWith(module + "." + name + "=")) {
                store(p, word.substring(word.indexOf('=') + 1));
            }
        }
    }

    /**
     * {@code __setup(str, fn)}: {@code fn} gets what stands behind {@code str}, a word such as {@code
     * thash_entries=}, on the command line. It returns 1 if it could make something of it.
     */
    public static void __setup(String str, ToIntFunction<String> fn) {
        for (String word : commandLine.strip().split("\\s+")) {
            if (word.startsWith(str)) {
                fn.applyAsInt(word.substring(str.length()));
            }
        }
    }

    /** {@code /sys/module/M/parameters/P} as {@code M.P}. */
    private static String key(String name) {
        return name.startsWith(SYSFS) ? name.substring(SYSFS.length()).replace("/parameters/", ".") : name;
    }

    /** The names of those that have a file, as {@code M.P}, in order. */
    public static Iterable<String> names() {
        return params.keySet().stream().filter(n -> params.get(n).perm != 0).toList();
    }

    /** @return the value as text, or null if there is no such file */
    public static String read(String name) {
        Param p = params.get(key(name));
        if (p == null || p.perm == 0) {
            return null;
        }
        int v = p.get.getAsInt();
        return p.type == Type.BOOL ? v != 0 ? "Y" : "N" : Integer.toString(v);
    }

    /**
     * @return 0; {@code -ENOENT}: no such file; {@code -EACCES}: it is for reading; {@code -EINVAL}, {@code -ERANGE}:
     *     no value for it
     */
    public static int write(String name, String value) {
        Param p = params.get(key(name));
        if (p == null || p.perm == 0) {
            return -ENOENT;
        }
        if ((p.perm & 0222) == 0) {
            return -EACCES;
        }
        return store(p, value);
    }

    private static int store(Param p, String value) {
        if (p.type == Type.BOOL) {
            int first = value.isEmpty() ? 0 : value.charAt(0);
            if ("yY1".indexOf(first) < 0 && "nN0".indexOf(first) < 0) {
                return -EINVAL;
            }
            p.set.accept("yY1".indexOf(first) >= 0 ? 1 : 0);
            return 0;
        }
        BigInteger n = number(value);
        if (n == null) {
            return -EINVAL;
        }
        boolean fits = p.type == Type.BYTE ? n.signum() >= 0 && n.bitLength() <= 8 : n.bitLength() <= 31;
        if (!fits) {
            return p.type == Type.BYTE && n.signum() < 0 ? -EINVAL : -ERANGE;
        }
        p.set.accept(n.intValue());
        return 0;
    }

    /** Decimal, 0x hexadecimal, or octal after a 0; a newline may follow, nothing else. */
    private static BigInteger number(String text) {
        String s = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        boolean negative = s.startsWith("-");
        if (negative || s.startsWith("+")) {
            s = s.substring(1);
        }
        int radix = 10;
        if (s.matches("0[xX].+")) {
            radix = 16;
            s = s.substring(2);
        } else if (s.matches("0.+")) {
            radix = 8;
        }
        if (!s.matches("[0-9a-fA-F]+")) {
            return null;
        }
        try {
            BigInteger n = new BigInteger(s, radix);
            return negative ? n.negate() : n;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
