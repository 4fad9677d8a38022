// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.tcp.Header.tcp_hdrlen;

/** What a router asks and does, from {@code include/linux/skbuff.h}. */
public final class Forward {
    private Forward() {}

    /** A sum over the whole packet is no good when its header changes. */
    public static void skb_forward_csum(sk_buff skb) {
        if (skb.ip_summed == CHECKSUM_COMPLETE) {
            skb.ip_summed = CHECKSUM_NONE;
        }
    }

    /** Length of each packet that a GSO packet stands for, from the transport header on. */
    public static int skb_gso_transport_seglen(sk_buff skb) {
        skb_shared_info shinfo = skb.shinfo;

        if ((shinfo.gso_type & SKB_GSO_TCPV4) != 0) {
            return tcp_hdrlen(skb) + shinfo.gso_size;
        }

        return shinfo.gso_size;
    }

    /** The same from the IP header on: what has to fit into an MTU. */
    public static int skb_gso_network_seglen(sk_buff skb) {
        int hdr_len = skb_transport_header(skb) - skb_network_header(skb);

        return hdr_len + skb_gso_transport_seglen(skb);
    }
}
