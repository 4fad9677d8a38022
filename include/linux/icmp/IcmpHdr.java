// SPDX-License-Identifier: GPL-2.0-only
package linux.icmp;

import linux.skbuff.sk_buff;
import uapi.linux.icmp.icmphdr;

/** The ICMP header of a packet, from {@code include/linux/icmp.h}. */
public final class IcmpHdr {
    private IcmpHdr() {}

    /** The header where {@code transport_header} points. */
    public static icmphdr icmp_hdr(sk_buff skb) {
        return new icmphdr(skb.head, skb.transport_header);
    }
}
