// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static linux.printk.Printk.pr_err;

/** {@code net.mptcp.*}: the variables behind the sysctls. {@link Boot} gives them their defaults. */
public final class Sysctls {
    private Sysctls() {}

    /** New sockets try MPTCP. */
    public static int sysctl_mptcp_enabled;

    /** DSS options carry checksums, even if the peer does not ask for them. */
    public static int sysctl_mptcp_checksum;

    /** Messages of {@link #mptcp_debug} are logged. */
    public static int sysctl_mptcp_debug;

    /** SYNs with MP_CAPABLE before the option is left out. */
    public static int sysctl_mptcp_syn_retries;

    static void data() {
        sysctl_mptcp_enabled = 1;
        sysctl_mptcp_checksum = 1;
        sysctl_mptcp_debug = 0;
        sysctl_mptcp_syn_retries = 3;
    }

    /**
     * Logs a message if {@code net.mptcp.mptcp_debug} is set. As in C it begins with the name of the source file,
     * which is that of the caller's package.
     */
    public static void mptcp_debug(String fmt, Object... args) {
        if (sysctl_mptcp_debug != 0) {
            String file = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                    .getCallerClass()
                    .getPackageName();
            pr_err("net/mptcp/" + file + ".c: " + fmt, args);
        }
    }

    public static int mptcp_sysctl_syn_retries() {
        return sysctl_mptcp_syn_retries;
    }
}
