// SPDX-License-Identifier: GPL-2.0-only
package linux.sysctl;

import static linux.errno.Errno.EINVAL;

import java.util.BitSet;
import java.util.function.LongUnaryOperator;
import linux.compiler.Ref;
import linux.jiffies.Jiffies;
import net.net_namespace.net;

/** How sysctls are read and written, {@code kernel/sysctl.c}, and how tables of them are made known. */
public final class Sysctl {
    private Sysctl() {}

    /** Makes the table known in {@code net}, below {@code path}. */
    public static ctl_table[] register_net_sysctl(net net, String path, ctl_table[] table) {
        net.sysctls.register(path, table);
        return table;
    }

    public static void unregister_net_sysctl_table(net net, String path, ctl_table[] table) {
        net.sysctls.unregister(path, table);
    }

    /** A text, up to the end of the line; what is longer than {@code table.maxlen - 1} is cut. */
    @SuppressWarnings("unchecked")
    public static int proc_dostring(ctl_table table, boolean write, Ref<String> value) {
        Ref<String> data = (Ref<String>) table.data;
        if (!write) {
            value.val = data.val;
            return 0;
        }
        int len = 0;
        while (len < value.val.length() && value.val.charAt(len) != 0 && value.val.charAt(len) != '\n') {
            len++;
        }
        data.val = value.val.substring(0, Math.min(len, table.maxlen - 1));
        return 0;
    }

    /** Numbers separated by blanks, as they are stored. */
    public static int proc_dointvec(ctl_table table, boolean write, Ref<String> value) {
        return numbers(table, write, value, v -> v, v -> v, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** The same; a number outside {@code [extra1, extra2]} is refused with {@code -EINVAL}. */
    public static int proc_dointvec_minmax(ctl_table table, boolean write, Ref<String> value) {
        return numbers(table, write, value, v -> v, v -> v, min(table), max(table, Integer.MAX_VALUE));
    }

    public static int proc_doulongvec_minmax(ctl_table table, boolean write, Ref<String> value) {
        return numbers(table, write, value, v -> v, v -> v, Math.max(0, min(table)), max(table, Long.MAX_VALUE));
    }

    /** Seconds outside, jiffies inside. */
    public static int proc_dointvec_jiffies(ctl_table table, boolean write, Ref<String> value) {
        return numbers(table, write, value, v -> v / Jiffies.HZ, v -> v * Jiffies.HZ, Integer.MIN_VALUE / Jiffies.HZ,
                Integer.MAX_VALUE / Jiffies.HZ);
    }

    /** Milliseconds outside, jiffies inside. */
    public static int proc_dointvec_ms_jiffies(ctl_table table, boolean write, Ref<String> value) {
        return numbers(table, write, value, v -> Jiffies.jiffies_to_msecs(v), v -> Jiffies.msecs_to_jiffies((int) v),
                Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static long min(ctl_table t) {
        return t.extra1 == null ? Integer.MIN_VALUE : t.extra1;
    }

    private static long max(ctl_table t, long limit) {
        return t.extra2 == null ? limit : t.extra2;
    }

    /** Fewer numbers than the variable has leave the rest as it is; more are ignored, as in the kernel. */
    private static int numbers(ctl_table table, boolean write, Ref<String> value, LongUnaryOperator out,
            LongUnaryOperator in, long min, long max) {
        long[] v = table.get.get().clone();
        if (!write) {
            StringBuilder s = new StringBuilder();
            for (int i = 0; i < v.length; i++) {
                s.append(i == 0 ? "" : "\t").append(out.applyAsLong(v[i]));
            }
            value.val = s.toString();
            return 0;
        }
        String[] words = value.val.strip().split("\\s+");
        for (int i = 0; i < v.length && i < words.length; i++) {
            long n;
            try {
                n = Long.decode(words[i]);
            } catch (NumberFormatException e) {
                return -EINVAL;
            }
            if (n < min || n > max) {
                return -EINVAL;
            }
            v[i] = in.applyAsLong(n);
        }
        table.set.accept(v);
        return 0;
    }

    /** A list of numbers and ranges, {@code 8080,9148-9150}, kept as a set of bits in {@code table.data}. */
    public static int proc_do_large_bitmap(ctl_table table, boolean write, Ref<String> value) {
        BitSet bits = (BitSet) table.data;
        if (!write) {
            StringBuilder s = new StringBuilder();
            for (int a = bits.nextSetBit(0); a >= 0; ) {
                int b = bits.nextClearBit(a) - 1;
                s.append(s.length() == 0 ? "" : ",").append(a).append(b > a ? "-" + b : "");
                a = bits.nextSetBit(b + 1);
            }
            value.val = s.toString();
            return 0;
        }
        BitSet read = new BitSet();
        for (String range : value.val.strip().split("[,\\s]+")) {
            if (range.isEmpty()) {
                continue;
            }
            String[] ends = range.split("-", 2);
            try {
                int a = Integer.parseInt(ends[0]);
                int b = ends.length == 2 ? Integer.parseInt(ends[1]) : a;
                if (a < 0 || b < a || b > 0xffff) {
                    return -EINVAL;
                }
                read.set(a, b + 1);
            } catch (NumberFormatException e) {
                return -EINVAL;
            }
        }
        bits.clear();
        bits.or(read);
        return 0;
    }
}
