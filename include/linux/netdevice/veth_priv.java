// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

/** One end of a veth pair. */
public final class veth_priv {
    /** The other end; null when it is gone. */
    public net_device peer;

    /** Packets that the other end did not take. */
    public long dropped;
}
