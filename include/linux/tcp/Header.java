// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import static linux.skbuff.Headers.skb_transport_header;

import linux.skbuff.sk_buff;
import uapi.linux.tcp.tcphdr;

/** The TCP header of a packet. */
public final class Header {
    private Header() {}

    public static tcphdr tcp_hdr(sk_buff skb) {
        return new tcphdr(skb.head, skb_transport_header(skb));
    }

    /** Bytes of the header, with its options. */
    public static int tcp_hdrlen(sk_buff skb) {
        return tcp_hdr(skb).doff() * 4;
    }

    /** Bytes of the options. */
    public static int tcp_optlen(sk_buff skb) {
        return (tcp_hdr(skb).doff() - 5) * 4;
    }
}
