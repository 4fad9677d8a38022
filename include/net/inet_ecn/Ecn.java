// SPDX-License-Identifier: GPL-2.0-only
package net.inet_ecn;

import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Data.skb_tail_pointer;
import static linux.skbuff.Headers.skb_network_header;
import static net.inet_sock.Sockets.inet_sk;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import linux.skbuff.sk_buff;
import net.sock.sock;
import uapi.linux.ip.iphdr;

/**
 * The ECN field: the two low bits of the IP header's TOS byte (RFC 3168, section 5), and the same bits in the TOS
 * that a socket sends with.
 */
public final class Ecn {
    private Ecn() {}

    /** The sender does not know ECN. */
    public static final int INET_ECN_NOT_ECT = 0;

    /** The sender knows ECN; two values for the same. */
    public static final int INET_ECN_ECT_1 = 1;

    public static final int INET_ECN_ECT_0 = 2;

    /** Congestion was met on the way. */
    public static final int INET_ECN_CE = 3;

    public static final int INET_ECN_MASK = 3;

    public static boolean INET_ECN_is_ce(int dsfield) {
        return (dsfield & INET_ECN_MASK) == INET_ECN_CE;
    }

    public static boolean INET_ECN_is_not_ect(int dsfield) {
        return (dsfield & INET_ECN_MASK) == INET_ECN_NOT_ECT;
    }

    /** ECT(0) or CE: what we send ourselves, marked or not. ECT(1) does not count. */
    public static boolean INET_ECN_is_capable(int dsfield) {
        return (dsfield & INET_ECN_ECT_0) != 0;
    }

    /** From now on packets of {@code sk} say ECT(0). */
    public static void INET_ECN_xmit(sock sk) {
        inet_sk(sk).tos |= INET_ECN_ECT_0;
    }

    /** From now on they do not. */
    public static void INET_ECN_dontxmit(sock sk) {
        inet_sk(sk).tos &= ~INET_ECN_MASK;
    }

    /**
     * Marks a packet as one that met congestion, and corrects the header's checksum.
     *
     * @return 0 if its sender does not know ECN: then it can only be dropped
     */
    public static int IP_ECN_set_ce(iphdr iph) {
        int check = iph.check();
        int ecn = iph.tos() + 1 & INET_ECN_MASK;

        // NOT_ECT has become 1, and CE 0; the two ECTs are 2 and 3.
        if ((ecn & 2) == 0) {
            return ecn == 0 ? 1 : 0;
        }

        // TOS grows by 2 (from ECT(1)) or by 1, so the sum shrinks by that: add the one's complement.
        check += 0xfffb + ecn;

        iph.check(check + (check >= 0xffff ? 1 : 0));
        iph.tos(iph.tos() | INET_ECN_CE);
        return 1;
    }

    /** The sender takes back that it knows ECN. The checksum is the caller's business. */
    public static void IP_ECN_clear(iphdr iph) {
        iph.tos(iph.tos() & ~INET_ECN_MASK);
    }

    /** {@link #IP_ECN_set_ce} for a packet of IPv4, which is what a router's queue does; 0: not marked. */
    public static int INET_ECN_set_ce(sk_buff skb) {
        switch (skb.protocol) {
            case ETH_P_IP:
                if (skb_network_header(skb) + iphdr.SIZE <= skb_tail_pointer(skb)) {
                    return IP_ECN_set_ce(ip_hdr(skb));
                }
                break;
            default:
                break;
        }

        return 0;
    }
}
