// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

/** What a loopback counts. */
public final class pcpu_lstats {
    public long packets;
    public long bytes;
}
