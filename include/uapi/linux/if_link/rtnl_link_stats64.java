// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.if_link;

/** What {@code ip -s link} shows of a device. */
public final class rtnl_link_stats64 {
    public long rx_packets;
    public long tx_packets;
    public long rx_bytes;
    public long tx_bytes;
    public long rx_errors;
    public long tx_errors;
    public long rx_dropped;
    public long tx_dropped;
}
