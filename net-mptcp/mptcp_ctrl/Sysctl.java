// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static mptcp_pm.PathManager.mptcp_get_default_path_manager;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static mptcp_sched.Registry.mptcp_get_default_scheduler;
import static mptcp_sched.Registry.mptcp_set_default_scheduler;
import static net.mptcp.MptcpConst.MPTCP_PM_NAME_MAX;
import static net.mptcp.MptcpConst.MPTCP_SCHED_NAME_MAX;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static net.mptcp.Sysctls.sysctl_mptcp_debug;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.mptcp.Sysctls.sysctl_mptcp_syn_retries;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import linux.compiler.Ref;
import linux.sysctl.ctl_table;

/**
 * {@code net.mptcp.*}, the first chapter of {@code net/mptcp/mptcp_ctrl.c}: numbers, and the names of the path manager
 * and of the scheduler that new connections get. {@link Boot#mptcp_init} registers the table.
 */
public final class Sysctl {
    private Sysctl() {}

    /** {@code mptcp_path_manager}: the name of the default; one that is not there is refused with {@code -ENOENT}. */
    static int proc_mptcp_path_manager(ctl_table ctl, boolean write, Ref<String> value) {
        Ref<String> val = new Ref<>();
        int ret = 0;

        mptcp_get_default_path_manager(val);

        if (write) {
            ret = mptcp_set_default_path_manager(firstLine(value.val, MPTCP_PM_NAME_MAX));
        } else {
            value.val = val.val;
        }
        return ret;
    }

    /** {@code mptcp_scheduler}: likewise. */
    static int proc_mptcp_scheduler(ctl_table ctl, boolean write, Ref<String> value) {
        Ref<String> val = new Ref<>();
        int ret = 0;

        mptcp_get_default_scheduler(val);

        if (write) {
            ret = mptcp_set_default_scheduler(firstLine(value.val, MPTCP_SCHED_NAME_MAX));
        } else {
            value.val = val.val;
        }
        return ret;
    }

    /** What {@code proc_dostring} keeps of a text: up to the first end of line, and as much as there is room for. */
    private static String firstLine(String text, int maxlen) {
        int end = 0;

        while (end < text.length() && end < maxlen - 1 && text.charAt(end) != '\n' && text.charAt(end) != 0) {
            end++;
        }
        return text.substring(0, end);
    }

    /** {@code mptcp_table}. */
    static ctl_table[] mptcp_table() {
        return new ctl_table[] {
            number("mptcp_enabled", () -> sysctl_mptcp_enabled, v -> sysctl_mptcp_enabled = v),
            number("mptcp_checksum", () -> sysctl_mptcp_checksum, v -> sysctl_mptcp_checksum = v),
            number("mptcp_debug", () -> sysctl_mptcp_debug, v -> sysctl_mptcp_debug = v),
            number("mptcp_syn_retries", () -> sysctl_mptcp_syn_retries, v -> sysctl_mptcp_syn_retries = v),
            name("mptcp_path_manager", Sysctl::proc_mptcp_path_manager),
            name("mptcp_scheduler", Sysctl::proc_mptcp_scheduler),
        };
    }

    private static ctl_table number(String procname, IntSupplier get, IntConsumer set) {
        ctl_table t = new ctl_table(procname);
        t.get = () -> new long[] {get.getAsInt()};
        t.set = v -> set.accept((int) v[0]);
        t.proc_handler = linux.sysctl.Sysctl::proc_dointvec;
        return t;
    }

    private static ctl_table name(String procname, ctl_table.Handler handler) {
        ctl_table t = new ctl_table(procname);
        t.proc_handler = handler;
        return t;
    }
}
