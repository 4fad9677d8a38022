// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import linux.netdevice.net_device;
import net.route.rtable;

/**
 * The next hop of a route, and the cache of entries: one for packets that come in and one for those that leave. Every
 * connection over the next hop shares them, unless there is an exception for its destination.
 */
public final class fib_nh {
    public net_device nh_dev;
    public final fib_info nh_parent;

    /** {@code RTNH_F_*}. */
    public int nh_flags;

    /** How far the gateway is: on the link, or (host) there is none. */
    public int nh_scope;

    public int nh_oif;

    /** 0: the destination is on the link. */
    public int nh_gw;

    /** The source address to use, valid while {@link #nh_saddr_genid} is the namespace's {@code dev_addr_genid}. */
    public int nh_saddr;

    public int nh_saddr_genid;

    /** In C one for each CPU. */
    public rtable nh_pcpu_rth_output;

    public rtable nh_rth_input;

    /** Null: none so far. */
    public fnhe_hash_bucket[] nh_exceptions;

    fib_nh(fib_info parent) {
        nh_parent = parent;
    }
}
