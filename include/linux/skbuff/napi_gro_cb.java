// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import linux.types.View;

/** {@code struct napi_gro_cb}: what receive coalescing notes about a packet that it holds. */
public final class napi_gro_cb {
    /** {@code free}: the packet, whose pages have moved; the sk_buff alone, whose linear part has moved, too. */
    public static final int NAPI_GRO_FREE = 1;

    public static final int NAPI_GRO_FREE_STOLEN_HEAD = 2;

    /** Where the device put the headers, when they are not in the linear part: the first page of the packet. */
    public View frag0;

    /** Bytes there. */
    public int frag0_len;

    /** Bytes in front of the data that are still to be looked at. */
    public int data_offset;

    /** This packet cannot be merged: 1 or more. */
    public int flush;

    /** IP ids do not follow each other: may be merged only when DF is set. */
    public int flush_id;

    /** How many segments have been merged into this one. */
    public int count;

    /** It belongs to the flow that is compared. */
    public int same_flow;

    /** {@code NAPI_GRO_FREE}: what to free when the payload has moved into another packet. */
    public int free;

    /** When the packet was first held, in jiffies. */
    public long age;

    /** Protocol of the header that is compared. */
    public int proto;

    /** Checksum over what is not yet looked at. */
    public int csum;

    /** The last packet of the frag_list. */
    public sk_buff last;

    public napi_gro_cb() {}

    /** A copy. */
    public napi_gro_cb(napi_gro_cb o) {
        frag0 = o.frag0;
        frag0_len = o.frag0_len;
        data_offset = o.data_offset;
        flush = o.flush;
        flush_id = o.flush_id;
        count = o.count;
        same_flow = o.same_flow;
        free = o.free;
        age = o.age;
        proto = o.proto;
        csum = o.csum;
        last = o.last;
    }
}
