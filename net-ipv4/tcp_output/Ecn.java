// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_ecn.Ecn.INET_ECN_dontxmit;
import static net.inet_ecn.Ecn.INET_ECN_xmit;
import static net.inet_sock.Sockets.inet_rsk;
import static net.sock.Fields.sock_net;
import static net.tcp.Sequence.before;
import static net.tcp.TcpConst.TCPHDR_CWR;
import static net.tcp.TcpConst.TCPHDR_ECE;
import static net.tcp.TcpConst.TCP_ECN_DEMAND_CWR;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import uapi.linux.tcp.tcphdr;

/**
 * Explicit congestion notification on the way out (RFC 3168, section 6.1). Routers mark packets instead of dropping
 * them; the receiver says so with ECE in every ACK until the sender has answered with CWR.
 *
 * <p>{@link Transmit#tcp_transmit_skb} calls {@link #TCP_ECN_send} for every segment but a SYN; the others are for
 * the handshake ({@link Syn}), where both flags in a SYN ask for ECN and ECE alone in the SYN/ACK agrees.
 */
public final class Ecn {
    private Ecn() {}

    /** A SYN that crossed the peer's becomes a SYN/ACK: ECE stays only if the peer asked for ECN too. */
    static void TCP_ECN_send_synack(tcp_sock tp, sk_buff skb) {
        TCP_SKB_CB(skb).tcp_flags &= ~TCPHDR_CWR;
        if ((tp.ecn_flags & TCP_ECN_OK) == 0) {
            TCP_SKB_CB(skb).tcp_flags &= ~TCPHDR_ECE;
        }
    }

    /** Asks for ECN in our SYN, if the sysctl is 1. With 2, the default, we only agree when asked. */
    static void TCP_ECN_send_syn(sock sk, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);

        tp.ecn_flags = 0;
        if (sock_net(sk).ipv4.sysctl_tcp_ecn == 1) {
            TCP_SKB_CB(skb).tcp_flags |= TCPHDR_ECE | TCPHDR_CWR;
            tp.ecn_flags = TCP_ECN_OK;
        }
    }

    static void TCP_ECN_make_synack(request_sock req, tcphdr th) {
        if (inet_rsk(req).ecn_ok) {
            th.ece(true);
        }
    }

    /**
     * Only new data are sent as ECN capable; an ACK or a repetition must not be marked (RFC 3168, sections 6.1.4 and
     * 6.1.5). Puts the flags in that are due: CWR once, ECE until the peer has answered.
     *
     * @param tcp_header_len a packet of just this length has no data
     */
    static void TCP_ECN_send(sock sk, sk_buff skb, int tcp_header_len) {
        tcp_sock tp = tcp_sk(sk);

        if ((tp.ecn_flags & TCP_ECN_OK) != 0) {
            if (skb.len != tcp_header_len && !before(TCP_SKB_CB(skb).seq, tp.snd_nxt)) {
                INET_ECN_xmit(sk);
                if ((tp.ecn_flags & TCP_ECN_QUEUE_CWR) != 0) {
                    tp.ecn_flags &= ~TCP_ECN_QUEUE_CWR;
                    tcp_hdr(skb).cwr(true);
                    skb.shinfo.gso_type |= SKB_GSO_TCP_ECN;
                }
            } else {
                INET_ECN_dontxmit(sk);
            }
            if ((tp.ecn_flags & TCP_ECN_DEMAND_CWR) != 0) {
                tcp_hdr(skb).ece(true);
            }
        }
    }
}
