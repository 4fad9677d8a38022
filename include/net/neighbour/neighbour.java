// SPDX-License-Identifier: GPL-2.0-only
package net.neighbour;

import linux.netdevice.net_device;

/**
 * A host on the same link and its hardware address. All of them are entered by hand ({@code ip neigh add ...
 * nud permanent}): this machine has no ARP.
 */
public final class neighbour {
    /** Host order. */
    public final int primary_key;

    public final net_device dev;

    /** Hardware address; null: not known, and it never will be. */
    public byte[] ha;

    /** When it was last known to live, in jiffies. */
    public long confirmed;

    public neighbour(int primary_key, net_device dev, byte[] ha) {
        this.primary_key = primary_key;
        this.dev = dev;
        this.ha = ha;
    }
}
