// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static net.inet_ecn.Ecn.INET_ECN_is_not_ect;
import static net.inet_sock.Sockets.inet_rsk;

import linux.skbuff.sk_buff;
import net.net_namespace.net;
import net.request_sock.request_sock;
import uapi.linux.tcp.tcphdr;

/** Explicit congestion notification (RFC 3168) for a connection request; the rest is in {@code tcp_input.Ecn}. */
public final class Ecn {
    private Ecn() {}

    /**
     * Notes that the SYN asks for ECN. A SYN whose IP header carries ECT or CE is not believed: these bits are
     * forbidden there (RFC 3168, section 6.1.1), so somebody on the way plays with them.
     */
    public static void TCP_ECN_create_request(request_sock req, sk_buff skb, net net) {
        tcphdr th = tcp_hdr(skb);

        if (net.ipv4.sysctl_tcp_ecn != 0
                && th.ece()
                && th.cwr()
                && INET_ECN_is_not_ect(TCP_SKB_CB(skb).ip_dsfield)) {
            inet_rsk(req).ecn_ok = true;
        }
    }
}
