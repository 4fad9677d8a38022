// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import linux.err.Err;
import net.net_namespace.net;

/** What routes to different prefixes have in common: where they lead, who entered them, their metrics. */
public final class fib_info implements Err.ErrPtr {
    public net fib_net;

    /** Routes that use it. */
    public int fib_treeref;

    public int fib_clntref;

    /** {@code RTNH_F_*}. */
    public int fib_flags;

    /** No route uses it any more. */
    public boolean fib_dead;

    public int fib_protocol;
    public int fib_scope;
    public int fib_type;

    /** The source address asked for; 0: none. */
    public int fib_prefsrc;

    /** The metric; unsigned, the lowest wins. */
    public int fib_priority;

    /** By {@code RTAX_* - 1}. */
    public int[] fib_metrics;

    /** Next hops: always one, there is no multipath routing. */
    public int fib_nhs;

    public final fib_nh[] fib_nh = {new fib_nh(this)};

    private final int ptr_err;

    public fib_info() {
        ptr_err = 0;
    }

    private fib_info(int err) {
        ptr_err = err;
    }

    /** What a function returns in place of it: {@code ERR_PTR(err)}. */
    public static fib_info ERR_PTR(int err) {
        return new fib_info(err);
    }

    @Override
    public int ptr_err() {
        return ptr_err;
    }
}
