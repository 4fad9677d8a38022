// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import linux.err.Err;
import linux.list.list_head;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;

/** Where packets to some destination go: the device, the metrics of the path, and what to do with them. */
public class dst_entry implements Err.ErrPtr {
    /** {@code flags}. */
    public static final int DST_HOST = 0x0001;

    public static final int DST_NOXFRM = 0x0002;
    public static final int DST_NOPOLICY = 0x0004;
    public static final int DST_NOHASH = 0x0008;
    public static final int DST_NOCACHE = 0x0010;
    public static final int DST_NOCOUNT = 0x0020;

    /** {@code obsolete}: good; not to be used any more; ask {@code check} each time; check says no. */
    public static final int DST_OBSOLETE_NONE = 0;

    public static final int DST_OBSOLETE_DEAD = 2;
    public static final int DST_OBSOLETE_FORCE_CHK = -1;
    public static final int DST_OBSOLETE_KILL = -2;

    /** @see dst_entry#input */
    public interface Input {
        int call(sk_buff skb);
    }

    public net_device dev;
    public dst_ops ops;

    /** Indexed by {@code RTAX_* - 1}; shared and not to be written to while {@link #metricsReadOnly}. */
    int[] _metrics;

    boolean metricsReadOnly;

    /** When a learnt path MTU is forgotten, in jiffies; 0: never. */
    public long expires;

    /** What to do with a packet that came in, and with one that goes out. */
    public Input input;

    public Input output;

    /** {@code DST_*}. */
    public int flags;

    /** The peer has answered: the neighbour is known to live. */
    public int pending_confirm;

    /** For a route that says no: the errno, positive. */
    public int error;

    /** {@code DST_OBSOLETE_*}. */
    public int obsolete;

    /** Room that must be left in front of a packet, and behind it. */
    public int header_len;

    public int trailer_len;

    /** Users. One of 0 users is kept as long as a route or an exception has it cached. */
    public int __refcnt;

    public int __use;
    public long lastuse;

    /** On the list of those that are dead and still in use. */
    final list_head<dst_entry> garbage = new list_head<>(this);

    /** It is gone. In C its memory is, so that nobody can let go of it once more. */
    boolean destroyed;

    private final int ptr_err;

    public dst_entry() {
        ptr_err = 0;
    }

    protected dst_entry(int err) {
        ptr_err = err;
    }

    @Override
    public int ptr_err() {
        return ptr_err;
    }
}
