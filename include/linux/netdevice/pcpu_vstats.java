// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

/** What one end of a veth pair counts: packets that it sent. */
public final class pcpu_vstats {
    public long packets;
    public long bytes;
}
