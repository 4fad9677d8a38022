// SPDX-License-Identifier: GPL-2.0-only
package net.sch_generic;

/** What a packet carries while it stands in a queue of a device. */
public final class qdisc_skb_cb {
    /** Bytes that it will be on the wire, all segments with their headers. */
    public int pkt_len;
}
