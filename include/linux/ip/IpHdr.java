// SPDX-License-Identifier: GPL-2.0-only
package linux.ip;

import linux.skbuff.sk_buff;
import uapi.linux.ip.iphdr;

/** The IP header of a packet, from {@code include/linux/ip.h}. */
public final class IpHdr {
    private IpHdr() {}

    /** The header where {@code network_header} points. A new view each time: reload it when the data may have moved. */
    public static iphdr ip_hdr(sk_buff skb) {
        return new iphdr(skb.head, skb.network_header);
    }
}
