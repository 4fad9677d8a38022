// SPDX-License-Identifier: GPL-2.0-only
package net.inet_sock;

/** IP options of a header, with the places that matter found: {@code struct ip_options}. */
public final class ip_options {
    /** First hop to be taken by the packet, with source routing. */
    public int faddr;

    public int nexthop;

    /** Length in bytes, 0: none. */
    public int optlen;

    /** Offsets of the source route, record route, timestamp and router alert options; 0: none. */
    public int srr;

    public int rr;
    public int ts;
    public boolean is_strictroute;
    public boolean srr_is_hit;
    public boolean is_changed;
    public boolean rr_needaddr;
    public boolean ts_needtime;
    public boolean ts_needaddr;
    public int router_alert;

    /** Offset of a security label. */
    public int cipso;

    /** The options themselves. */
    public byte[] __data;

    /** {@code *this = *o}. */
    public void copy(ip_options o) {
        faddr = o.faddr;
        nexthop = o.nexthop;
        optlen = o.optlen;
        srr = o.srr;
        rr = o.rr;
        ts = o.ts;
        is_strictroute = o.is_strictroute;
        srr_is_hit = o.srr_is_hit;
        is_changed = o.is_changed;
        rr_needaddr = o.rr_needaddr;
        ts_needtime = o.ts_needtime;
        ts_needaddr = o.ts_needaddr;
        router_alert = o.router_alert;
        cipso = o.cipso;
        __data = o.__data == null ? null : o.__data.clone();
    }

    /** {@code memset(this, 0, sizeof(*this))}: {@link #__data}, which lies behind it in C, stays. */
    public void clear() {
        faddr = 0;
        nexthop = 0;
        optlen = 0;
        srr = 0;
        rr = 0;
        ts = 0;
        is_strictroute = false;
        srr_is_hit = false;
        is_changed = false;
        rr_needaddr = false;
        ts_needtime = false;
        ts_needaddr = false;
        router_alert = 0;
        cipso = 0;
    }
}
