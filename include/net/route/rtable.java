// SPDX-License-Identifier: GPL-2.0-only
package net.route;

import linux.list.list_head;
import net.dst.dst_entry;

/** An IPv4 route. */
public final class rtable extends dst_entry {
    /** {@link #rt_genid} of the namespace when it was made: older ones are stale. */
    public int rt_genid;

    /** {@code RTCF_*}. */
    public int rt_flags;

    /** {@code RTN_*}. */
    public int rt_type;

    public boolean rt_is_input;
    public boolean rt_uses_gateway;

    /** Index of the device it came in by. */
    public int rt_iif;

    /** Host order; 0: the destination is on the link. */
    public int rt_gateway;

    /** A path MTU learnt from ICMP; 0: none. */
    public int rt_pmtu;

    /** On the list of those that no next hop has cached; else on none. */
    public final list_head<rtable> rt_uncached = new list_head<>(this);

    public rtable() {}

    private rtable(int err) {
        super(err);
    }

    /** What a function returns in place of a route: {@code ERR_PTR(err)}. */
    public static rtable ERR_PTR(int err) {
        return new rtable(err);
    }
}
