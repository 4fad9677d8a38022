// SPDX-License-Identifier: GPL-2.0-only
package linux.sysctl;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.EPERM;

import java.util.Map;
import java.util.TreeMap;
import linux.compiler.Ref;

/** {@code /proc/sys} of a namespace: sysctls by their names, {@code net.ipv4.tcp_sack}. */
public final class SysctlTree {
    private final Map<String, ctl_table> tables = new TreeMap<>();

    /** Makes {@code entries} known below {@code path}, as in {@code net/ipv4}. */
    public void register(String path, ctl_table... entries) {
        for (ctl_table t : entries) {
            tables.put(path.replace('/', '.') + "." + t.procname, t);
        }
    }

    public void unregister(String path, ctl_table... entries) {
        for (ctl_table t : entries) {
            tables.remove(path.replace('/', '.') + "." + t.procname);
        }
    }

    /** @return the value as text, or null if there is none of that name */
    public String read(String name) {
        ctl_table t = tables.get(name.replace('/', '.'));
        if (t == null) {
            return null;
        }
        Ref<String> value = new Ref<>();
        t.proc_handler.call(t, false, value);
        return value.val;
    }

    /** @return 0; {@code -ENOENT}: none of that name; {@code -EPERM}: read-only; {@code -EINVAL}: no value for it */
    public int write(String name, String value) {
        ctl_table t = tables.get(name.replace('/', '.'));
        if (t == null) {
            return -ENOENT;
        }
        if ((t.mode & 0200) == 0) {
            return -EPERM;
        }
        if (value == null) {
            return -EINVAL;
        }
        return t.proc_handler.call(t, true, new Ref<>(value));
    }

    /** The names, in order. */
    public Iterable<String> names() {
        return tables.keySet();
    }
}
