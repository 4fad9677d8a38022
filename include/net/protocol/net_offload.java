// SPDX-License-Identifier: GPL-2.0-only
package net.protocol;

import linux.netdevice.packet_offload;

/** How an IP protocol splits and merges packets. */
public final class net_offload {
    public packet_offload.Gso_send_check gso_send_check;
    public packet_offload.Gso_segment gso_segment;
    public packet_offload.Gro_receive gro_receive;
    public packet_offload.Gro_complete gro_complete;
    public int flags;
}
