// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import linux.list.list_head;

/** The route that a lookup has found. */
public final class fib_result {
    public int prefixlen;
    public int nh_sel;

    /** {@code RTN_*}. */
    public int type;

    /** {@code RT_SCOPE_*}. */
    public int scope;

    public fib_info fi;
    public fib_table table;

    /** All routes to the prefix. */
    public list_head<fib_alias> fa_head;
}
