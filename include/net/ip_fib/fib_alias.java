// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import linux.list.list_head;

/** One of the routes to a prefix: they differ in type of service, metric, kind or next hop. */
public final class fib_alias {
    /** {@link #fa_state}: a lookup has found it since it was entered. */
    public static final int FA_S_ACCESSED = 0x01;

    public final list_head<fib_alias> fa_list = new list_head<>(this);
    public fib_info fa_info;
    public int fa_tos;

    /** {@code RTN_*}. */
    public int fa_type;

    public int fa_state;
}
