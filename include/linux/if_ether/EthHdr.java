// SPDX-License-Identifier: GPL-2.0-only
package linux.if_ether;

import linux.skbuff.sk_buff;
import uapi.linux.if_ether.ethhdr;

/** The link header of a packet, {@code include/linux/if_ether.h}. */
public final class EthHdr {
    private EthHdr() {}

    public static ethhdr eth_hdr(sk_buff skb) {
        return new ethhdr(skb.head, skb.mac_header);
    }
}
