// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Checksum.__skb_checksum_complete;
import static linux.skbuff.Checksum.skb_csum_unnecessary;
import static net.checksum.Csum.csum_tcpudp_magic;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.skbuff.sk_buff;

/** The checksum over pseudo header, header and payload (RFC 9293, section 3.1). */
public final class Checksum {
    private Checksum() {}

    /**
     * The checksum as it goes into the header; or, with {@code base} over a segment that has one, 0 if it is right.
     *
     * @param len of header and payload
     * @param base sum of these {@code len} bytes
     */
    public static int tcp_v4_check(int len, int saddr, int daddr, int base) {
        return csum_tcpudp_magic(saddr, daddr, len, IPPROTO_TCP, base);
    }

    /** Sums the packet up. @return 0 if it is intact */
    public static int __tcp_checksum_complete(sk_buff skb) {
        return __skb_checksum_complete(skb);
    }

    /** Is the packet damaged? Sums it up only if nobody has done that before. */
    public static boolean tcp_checksum_complete(sk_buff skb) {
        return !skb_csum_unnecessary(skb) && __tcp_checksum_complete(skb) != 0;
    }
}
