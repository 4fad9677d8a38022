// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.tcp.Header.tcp_hdr;
import static net.inet_ecn.Ecn.INET_ECN_CE;
import static net.inet_ecn.Ecn.INET_ECN_MASK;
import static net.inet_ecn.Ecn.INET_ECN_NOT_ECT;
import static net.tcp.TcpConst.TCP_ECN_DEMAND_CWR;
import static net.tcp.TcpConst.TCP_ECN_OK;
import static net.tcp.TcpConst.TCP_ECN_QUEUE_CWR;
import static net.tcp.TcpConst.TCP_ECN_SEEN;
import static tcp_input.Quickack.tcp_enter_quickack_mode;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import uapi.linux.tcp.tcphdr;

/**
 * Explicit congestion notification (RFC 3168, section 6.1), the side that receives. The marks of the IP header make
 * a data receiver set ECE in every ACK until the sender's CWR says that it has slowed down; an ECE makes a data sender
 * slow down once per window ({@link Recovery#tcp_enter_cwr}) and set CWR in its next new segment.
 *
 * <p>State in {@code ecn_flags}: {@code TCP_ECN_OK} negotiated, {@code QUEUE_CWR} we owe a CWR, {@code DEMAND_CWR} we
 * send ECE until a CWR comes, {@code SEEN} the peer's packets carry ECT. What is sent: class {@code tcp_output.Ecn}.
 */
public final class Ecn {
    private Ecn() {}

    /** The window was reduced: the next new segment has to say so. */
    static void TCP_ECN_queue_cwr(tcp_sock tp) {
        if ((tp.ecn_flags & TCP_ECN_OK) != 0) {
            tp.ecn_flags |= TCP_ECN_QUEUE_CWR;
        }
    }

    /** A CWR from the peer ends our ECEs. */
    static void TCP_ECN_accept_cwr(tcp_sock tp, sk_buff skb) {
        if (tcp_hdr(skb).cwr()) {
            tp.ecn_flags &= ~TCP_ECN_DEMAND_CWR;
        }
    }

    /** Called when a reduction is undone. It clears the receiver's flag, and not the CWR that we owe. */
    static void TCP_ECN_withdraw_cwr(tcp_sock tp) {
        tp.ecn_flags &= ~TCP_ECN_DEMAND_CWR;
    }

    /**
     * Looks at the ECN bits of a data segment. Congestion experienced: ask for CWR, and acknowledge quickly because the
     * sender's window may be down to one segment. A segment without ECT from a sender that uses it is taken for a
     * retransmission (RFC 3168, 6.1.5), which deserves a quick ACK too.
     */
    static void TCP_ECN_check_ce(tcp_sock tp, sk_buff skb) {
        if ((tp.ecn_flags & TCP_ECN_OK) == 0) {
            return;
        }

        switch (TCP_SKB_CB(skb).ip_dsfield & INET_ECN_MASK) {
            case INET_ECN_NOT_ECT:
                if ((tp.ecn_flags & TCP_ECN_SEEN) != 0) {
                    tcp_enter_quickack_mode(tp);
                }
                break;
            case INET_ECN_CE:
                if ((tp.ecn_flags & TCP_ECN_DEMAND_CWR) == 0) {
                    tcp_enter_quickack_mode(tp);
                    tp.ecn_flags |= TCP_ECN_DEMAND_CWR;
                }
                // fall through
            default:
                tp.ecn_flags |= TCP_ECN_SEEN;
        }
    }

    /** A SYN/ACK accepts ECN with ECE alone; both flags are an old stack's echo of our SYN. */
    static void TCP_ECN_rcv_synack(tcp_sock tp, tcphdr th) {
        if ((tp.ecn_flags & TCP_ECN_OK) != 0 && (!th.ece() || th.cwr())) {
            tp.ecn_flags &= ~TCP_ECN_OK;
        }
    }

    /** A SYN offers ECN with ECE and CWR: here in the SYN of a simultaneous open. */
    static void TCP_ECN_rcv_syn(tcp_sock tp, tcphdr th) {
        if ((tp.ecn_flags & TCP_ECN_OK) != 0 && (!th.ece() || !th.cwr())) {
            tp.ecn_flags &= ~TCP_ECN_OK;
        }
    }

    /** Does this ACK report a congestion mark? In a SYN the flag means something else. */
    static boolean TCP_ECN_rcv_ecn_echo(tcp_sock tp, tcphdr th) {
        if (th.ece() && !th.syn() && (tp.ecn_flags & TCP_ECN_OK) != 0) {
            return true;
        }
        return false;
    }
}
