// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

import linux.err.Err;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;

/**
 * A host on the same link and its hardware address. All of them are entered by hand ({@code ip neigh add ...
 * nud permanent}): this machine has no ARP.
 */
public final class neighbour implements Err.ErrPtr {
    /** @see neighbour#output */
    public interface Output {
        /** Sends the packet to this neighbour; returns {@code NET_XMIT_*} or a negative errno. */
        int call(neighbour neigh, sk_buff skb);
    }

    /** The next one in the same bucket. */
    public neighbour next;

    /** Host order. */
    public final int primary_key;

    public final net_device dev;

    /** Hardware address, as far as {@link #nud_state} says that it is known. */
    public final byte[] ha;

    /** {@code NUD_*}: NONE while nobody has entered it, PERMANENT, or NOARP where none is needed. */
    public int nud_state;

    /** {@code RTN_*}: kind of address. */
    public int type;

    /** When it was last known to live, in jiffies. */
    public long confirmed;

    /** How a packet gets to it. */
    public Output output;

    /** Users; the table is one of them. */
    public int refcnt = 1;

    /** It is in the table no more. */
    public boolean dead;

    private final int ptr_err;

    neighbour(int primary_key, net_device dev) {
        this.primary_key = primary_key;
        this.dev = dev;
        ha = new byte[dev.dev_addr.length];
        ptr_err = 0;
    }

    private neighbour(int err) {
        primary_key = 0;
        dev = null;
        ha = null;
        ptr_err = err;
    }

    /** What a function returns in place of a neighbour: {@code ERR_PTR(err)}. */
    public static neighbour ERR_PTR(int err) {
        return new neighbour(err);
    }

    @Override
    public int ptr_err() {
        return ptr_err;
    }
}
