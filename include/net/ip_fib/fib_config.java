// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import net.net_namespace.net;

/** A route to be entered or deleted, as it was asked for. 0 mostly means "not said". Addresses in host order. */
public final class fib_config {
    /** {@code fc_nlflags}: only in place of another; only if there is none; if there is none; behind the others. */
    public static final int NLM_F_REPLACE = 0x100;

    public static final int NLM_F_EXCL = 0x200;
    public static final int NLM_F_CREATE = 0x400;
    public static final int NLM_F_APPEND = 0x800;

    /** Length of the prefix. */
    public int fc_dst_len;

    public int fc_tos;

    /** {@code RTPROT_*}: who entered it. */
    public int fc_protocol;

    /** {@code RT_SCOPE_*}. */
    public int fc_scope;

    /** {@code RTN_*}. */
    public int fc_type;

    public int fc_table;
    public int fc_dst;
    public int fc_gw;
    public int fc_oif;

    /** {@code RTNH_F_*}. */
    public int fc_flags;

    /** The metric; unsigned, the lowest wins. */
    public int fc_priority;

    public int fc_prefsrc;

    /** By {@code RTAX_* - 1}; null: none. In C a list of attributes. */
    public int[] fc_mx;

    /** {@code NLM_F_*}. */
    public int fc_nlflags;

    /** {@code fc_nlinfo.nl_net}. */
    public net nl_net;
}
